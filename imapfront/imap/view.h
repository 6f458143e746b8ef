/*
 * A session's picture of the selected folder: which UID has which sequence number. It
 * changes only when untagged responses tell the client so (RFC 3501 section 7.4.1).
 */
#ifndef IMAPFRONT_IMAP_VIEW_H
#define IMAPFRONT_IMAP_VIEW_H

#include "bridge/store.h"
#include "imapfront/imap/set.h"

struct imap_told { /* flags that the client was shown after the last update */
	uint32_t uid;
	uint64_t modseq;
};

struct imap_view {
	uint32_t *uids; /* ascending; sequence number i + 1 */
	size_t count, capacity;
	uint32_t *held; /* expunged, not told yet; ascending */
	size_t held_count, held_capacity;
	struct store_uid_range *recent; /* \Recent in this session; ascending */
	size_t recent_count, recent_capacity;
	struct imap_told *told;
	size_t told_count, told_capacity;
	const struct message_labels *labels; /* how keywords are shown; may be NULL */
	uint64_t modseq; /* all changes up to here are taken in */
	uint32_t uidvalidity, uidnext;
};

void imap_view_init(struct imap_view *view, const struct store_view *from);
void imap_view_finish(struct imap_view *view); /* zeroed is fine */

/* imap_view_seq() - sequence number of @uid, 0 if the client does not know it. */
uint32_t imap_view_seq(const struct imap_view *view, uint32_t uid);

/*
 * imap_view_select() - the UIDs that a command names, ascending
 * @set:    resolved by this
 * @is_uid: of UIDs; those that do not exist are left out
 * Errors: ERR_SYNTAX a sequence number that does not exist.
 */
MUST_CHECK bool imap_view_select(const struct imap_view *view, struct imap_set *set,
				 bool is_uid, struct store_uid_list *uids_r,
				 struct err *err);

/*
 * imap_view_told() - a FETCH response showed the flags of @uid as of @modseq, so that
 * the next update needs not
 */
void imap_view_told(struct imap_view *view, uint32_t uid, uint64_t modseq);
/* imap_view_caught_up() - the client knows all changes up to @modseq */
void imap_view_caught_up(struct imap_view *view, uint64_t modseq);

/* imap_view_add_recent() - UIDs that are \Recent in this session; above earlier ones */
void imap_view_add_recent(struct imap_view *view, struct store_uid_range range);
bool imap_view_is_recent(const struct imap_view *view, uint32_t uid);
size_t imap_view_recent_count(const struct imap_view *view);

enum imap_update {
	IMAP_UPDATE_EXPUNGE = 1, /* EXPUNGE may be sent now, held ones too */
	IMAP_UPDATE_MODSEQ = 2, /* the client knows CONDSTORE */
	IMAP_UPDATE_VANISHED = 4, /* it knows QRESYNC: VANISHED in place of EXPUNGE */
	IMAP_UPDATE_RECENT = 8, /* it knows \Recent: not after ENABLE IMAP4rev2 */
	IMAP_UPDATE_NO_FLAGS = 16, /* NOTIFY leaves them out */
};
/* imap_view_update() - take in @changes and append the untagged responses to @out */
void imap_view_update(struct imap_view *view, const struct store_changes *changes,
		      unsigned how, struct strbuf *out);

#endif
