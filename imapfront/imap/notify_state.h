/* What NOTIFY keeps of a session; for notify*.c alone. */
#ifndef IMAPFRONT_IMAP_NOTIFY_STATE_H
#define IMAPFRONT_IMAP_NOTIFY_STATE_H

#include "imapfront/imap/client.h"

struct imap_known { /* a mailbox as the client knows it */
	struct store_box box;
	size_t added; /* messages that the session itself has put there since */
	struct store_annotations notes; /* where changes of them are to be told */
};

struct imap_notify {
	struct pool pool;
	struct imap_notify_wish wish;
	struct imap_known *known; /* by id */
	size_t count;
	struct strbuf named; /* paths that the session itself changed, a line feed each */
	struct store_annotations server_notes;
	uint64_t annotation_changes; /* of the store, up to which the notes are right */
};

/* NULL: not known */
struct imap_known *imap_notify_known(const struct imap_notify *n, int64_t box_id);
/* imap_notify_events() - what the client wants to hear of a mailbox: enum imap_event */
unsigned imap_notify_events(const struct imap_client *client,
			    const struct store_box *box);

/* notify_notes.c */

/* imap_notify_notes_begin() - read what the client is to know. Blocks: disk. */
MUST_CHECK bool imap_notify_notes_begin(struct imap_client *client, struct err *err);
/*
 * imap_notify_notes() - tell entries that changed
 * @now: the mailboxes of now, by id; they take the notes over. Blocks: disk.
 */
MUST_CHECK bool imap_notify_notes(struct imap_client *client, struct imap_known *now,
				  size_t count, struct strbuf *out, struct err *err);

#endif
