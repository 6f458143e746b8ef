/*
 * Several mailboxes by one word, for ESEARCH (RFC 7377) and NOTIFY (RFC 5465 section 6).
 * Pure.
 */
#ifndef IMAPFRONT_IMAP_SOURCE_H
#define IMAPFRONT_IMAP_SOURCE_H

#include "bridge/store.h"
#include "imapfront/imap/reader.h"

enum imap_source_kind {
	IMAP_SOURCE_SELECTED,
	IMAP_SOURCE_INBOXES,
	IMAP_SOURCE_PERSONAL,
	IMAP_SOURCE_SUBSCRIBED,
	IMAP_SOURCE_SUBTREE,
	IMAP_SOURCE_SUBTREE_ONE, /* it and what is directly below */
	IMAP_SOURCE_MAILBOXES,
};
struct imap_source {
	enum imap_source_kind kind;
	struct str mailbox; /* a path, of the last three */
	struct imap_source *next;
};

/* imap_source_read() - one word with its names; *@tail is where the last one's next is */
MUST_CHECK bool imap_source_read(struct imap_reader *in, struct imap_source ***tail,
				 struct err *err);
/* imap_source_names() - is @box meant? @selected_id: of the selected mailbox, 0: none */
bool imap_source_names(const struct imap_source *source, int64_t selected_id,
		       const struct store_box *box);

#endif
