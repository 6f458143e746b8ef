/*
 * The store of one account: ledger.db (what cannot be fetched again) and cache.db (what
 * can), see docs/architecture.md. The fronts and sync meet here and nowhere else.
 *
 * Every function is one short transaction on a handle that it borrows itself: callers
 * never hold a database handle, and no function touches the network. All are safe from
 * any thread. Functions that change something commit first and then publish to the hub.
 * Errors: ERR_NOT_FOUND (box or message is gone), ERR_EXISTS, ERR_STATE (not possible
 * now, text says why), ERR_LIMIT, ERR_BROKEN (database, disk). Blocks: disk only.
 */
#ifndef BRIDGE_STORE_H
#define BRIDGE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "bridge/message.h"
#include "bridge/notify.h"

struct store;

/* Once, before the first thread and the first store. */
MUST_CHECK bool store_process_init(struct err *err);
/* One daemon per directory: a lock file is held until store_close() (ERR_STATE if taken).
 */
MUST_CHECK bool store_open(const char *dir, struct notify_hub *hub,
			   struct store **store_r, struct err *err);
/* store_on_damage() - @damaged is called when a file turns out to be damaged, from any
 * thread and under any lock of the store. Set once, before other threads use the store.
 */
void store_on_damage(struct store *s, void (*damaged)(void *), void *context);
void store_close(struct store *store);

/* ---- folders, as fronts see them ----------------------------------------------------
 */

struct store_box {
	int64_t id; /* local, never reused */
	int64_t parent_id; /* 0 at the top */
	char *remote_id; /* NULL until the server knows it */
	char *name; /* display name, UTF-8, unescaped; the default Inbox is "INBOX" */
	char *path; /* names joined by '/', UTF-8; inside a name '/' is "%2F" and
		     * '%' is "%25", so that it is unique in the account */
	enum box_kind kind;
	enum box_use use;
	bool subscribed; /* all mail folders are, until a client says otherwise */
	bool hidden; /* not shown to IMAP clients */
	bool complete; /* index complete: SELECT may open it */
	bool has_children;
	unsigned rights; /* BOX_RIGHT_* */
	bool read_only; /* no right to write of any kind */
	uint32_t uidvalidity, uidnext;
	uint32_t messages, unseen;
	uint64_t modseq; /* highest mod-sequence, milliseconds since 1970 at least */
	uint64_t size_bytes; /* sum of the sizes known */
};
struct store_boxes {
	struct store_box *items; /* sorted by path, INBOX first */
	size_t count;
};
void store_box_finish(struct store_box *box);
void store_boxes_finish(struct store_boxes *boxes);
MUST_CHECK bool store_box_list(struct store *s, struct store_boxes *boxes_r,
			       struct err *err);
/* @path: as above; "INBOX" in any case (also as the first part of a path). */
MUST_CHECK bool store_box_find(struct store *s, struct str path, struct store_box *box_r,
			       struct err *err);
MUST_CHECK bool store_box_get(struct store *s, int64_t box_id, struct store_box *box_r,
			      struct err *err);
MUST_CHECK bool store_box_by_use(struct store *s, enum box_use use,
				 struct store_box *box_r, struct err *err);
struct store_deleted { /* messages that carry MSG_DELETED */
	uint64_t messages, bytes;
};
MUST_CHECK bool store_deleted_count(struct store *s, int64_t box_id,
				    struct store_deleted *deleted_r, struct err *err);
/* Subscriptions of names that do not exist are kept too (RFC 3501 section 6.3.6). */
MUST_CHECK bool store_subscribe(struct store *s, struct str path, bool on,
				struct err *err);
/* store_subscribe_new() - a name that a client makes is not subscribed to until the
 * client says so; what it has said before stays. */
MUST_CHECK bool store_subscribe_new(struct store *s, struct str path, struct err *err);
/* Paths subscribed to, one a line feed each, sorted; also those without a folder. */
MUST_CHECK bool store_subscribed(struct store *s, struct strbuf *paths, struct err *err);

/* ---- messages, as fronts read them --------------------------------------------------
 */

struct store_view { /* all UIDs of a folder at one moment, ascending */
	uint32_t *uids;
	size_t count;
	uint64_t modseq;
	uint32_t uidvalidity, uidnext;
};
void store_view_finish(struct store_view *view);
MUST_CHECK bool store_view_load(struct store *s, int64_t box_id,
				struct store_view *view_r, struct err *err);

struct store_change {
	uint32_t uid;
	bool expunged;
	bool is_new; /* UID first published above the asked mod-sequence */
	unsigned flags;
	char *keywords;
	uint64_t modseq;
};
struct store_changes {
	struct store_change *items; /* by UID ascending */
	size_t count;
	uint64_t modseq; /* up to which this is complete */
	uint32_t uidvalidity, uidnext;
};
void store_changes_finish(struct store_changes *changes);
/* What has a stamp above @since: NOOP, IDLE, CONDSTORE in one query. */
MUST_CHECK bool store_changes_since(struct store *s, int64_t box_id, uint64_t since,
				    struct store_changes *changes_r, struct err *err);
/* store_living_since() - of messages that are there alone: @since is a client's word, and
 * an old one would bring a row for every UID that ever was (store_vanished_since()) */
MUST_CHECK bool store_living_since(struct store *s, int64_t box_id, uint64_t since,
				   struct store_changes *changes_r, struct err *err);

struct store_uid_range {
	uint32_t from, to; /* from <= to */
};
struct store_uid_ranges {
	struct store_uid_range *items; /* ascending, disjoint */
	size_t count;
};
void store_uid_ranges_finish(struct store_uid_ranges *ranges);
/*
 * store_vanished_since() - UIDs that were expunged after @since (RFC 7162 section 3.2)
 * With @since before the oldest that is remembered: all UIDs below UIDNEXT that are not
 * there.
 */
MUST_CHECK bool store_vanished_since(struct store *s, int64_t box_id, uint64_t since,
				     struct store_uid_ranges *ranges_r, struct err *err);
/*
 * store_recent_claim() - \Recent: which UIDs no session has been shown yet
 * @claim:   from now on this one has (SELECT), else only look (EXAMINE, STATUS)
 * @range_r: from > to: none
 */
MUST_CHECK bool store_recent_claim(struct store *s, int64_t box_id, bool claim,
				   struct store_uid_range *range_r, struct err *err);
MUST_CHECK bool store_recent_count(struct store *s, int64_t box_id, uint64_t *count_r,
				   struct err *err);
/* store_first_unseen() - UID of the first message without \Seen, 0: none */
MUST_CHECK bool store_first_unseen(struct store *s, int64_t box_id, uint32_t *uid_r,
				   struct err *err);
/* store_keywords_used() - all keywords of a folder's messages, a list as in message.h */
MUST_CHECK bool store_keywords_used(struct store *s, int64_t box_id,
				    struct strbuf *keywords, struct err *err);

struct store_row { /* what the index holds of a message */
	int64_t id, content_id; /* of the store's own */
	uint32_t uid;
	unsigned flags;
	bool has_body, known; /* as in struct store_msg */
	const char *keywords;
	uint64_t modseq;
	int64_t internal_unix_s;
	uint64_t size;
	uint64_t thread; /* which conversation it belongs to; 0: not known */
	int64_t saved_unix_s; /* when it entered the folder; 0: not known */
};
struct store_rows { /* shared: read only */
	size_t count;
};
/*
 * store_rows_get() - all messages of a folder at one moment, from memory
 * Give it back with store_rows_release(): until then, what a commit changes is there
 * twice. The keywords of a row live as long as the snapshot.
 */
MUST_CHECK bool store_rows_get(struct store *s, int64_t box_id,
			       struct store_rows **rows_r, struct err *err);
void store_rows_release(struct store_rows *rows);
void store_rows_release_ptr(struct store_rows **rows); /* for CLEANUP */
/* store_rows_at() - @at: below count, by UID ascending */
struct store_row store_rows_at(const struct store_rows *rows, size_t at);
/* store_rows_find() - Return: false, there is no message @uid */
bool store_rows_find(const struct store_rows *rows, uint32_t uid,
		     struct store_row *row_r);

struct store_rows_walk { /* { .rows = rows }: at the start */
	const struct store_rows *rows;
	size_t part, at; /* of store_snapshot.c */
};
bool store_rows_next(struct store_rows_walk *walk, struct store_row *row_r);
/* store_rows_seek() - store_rows_find(), and the walk goes on behind it; quick where it
 * is asked for UIDs that ascend */
bool store_rows_seek(struct store_rows_walk *walk, uint32_t uid, struct store_row *row_r);

enum store_want { /* columns of struct store_msg that cost something */
		  STORE_WANT_ENVELOPE = 1,
		  STORE_WANT_BODY = 2, /* FETCH BODY, as on the wire */
		  STORE_WANT_BODYSTRUCTURE = 4, /* as on the wire */
		  STORE_WANT_HEADER = 8, /* the whole header block with its empty line */
		  STORE_WANT_SORT = 16,
		  STORE_WANT_EMAIL_ID = 32,
		  STORE_WANT_PREVIEW = 64,
};
struct store_msg {
	uint32_t uid;
	int64_t content_id; /* of the store's own, 0: none */
	unsigned flags;
	char *keywords;
	uint64_t modseq;
	int64_t internal_unix_s; /* INTERNALDATE, shown as UTC */
	uint64_t size; /* RFC822.SIZE: exact when known, else Exchange's guess */
	uint64_t thread; /* as in struct store_row; so is the next */
	int64_t saved_unix_s;
	bool has_body; /* the octets are here */
	bool known; /* or were: what was worked out of them is kept */
	/* NULL when not wanted or when the body is needed for it and is not here: */
	char *envelope, *body, *bodystructure;
	char *preview; /* UTF-8, not quoted; "" there is no text */
	char *email_id; /* letters and digits, of the content (RFC 8474 section 5.1) */
	struct strbuf header;
	struct strbuf sort; /* for mime_sort_keys_unpack(); empty: not wanted, or there
			     * is no header yet */
};
struct store_msgs {
	struct store_msg *items; /* by UID ascending; UIDs that are gone are left out */
	size_t count;
};
void store_msgs_finish(struct store_msgs *msgs);
/* Call with slices of some hundreds of UIDs. */
MUST_CHECK bool store_msgs_read(struct store *s, int64_t box_id, const uint32_t *uids,
				size_t count, unsigned want, struct store_msgs *msgs_r,
				struct err *err);
/* store_sort_keys_known() - append what STORE_WANT_SORT gives for a content, if it is in
 * memory. */
bool store_sort_keys_known(struct store *s, int64_t content_id, struct strbuf *sort);

struct store_body { /* octets of one message: heap or mapped file, no handle held */
	struct str octets;
	void *memory;
	size_t mapped_bytes; /* 0: memory is malloc'ed */
};
void store_body_finish(struct store_body *body);
/* Errors: ERR_NOT_FOUND no such UID; ERR_STATE the body is not here
 * (account_bodies_need). */
/* store_body_parted() - a client is given only a part of it: where its octets leave and
 * come back as others, that is another message */
MUST_CHECK bool store_body_parted(struct store *s, int64_t box_id, uint32_t uid,
				  struct err *err);
MUST_CHECK bool store_body_open(struct store *s, int64_t box_id, uint32_t uid,
				struct store_body *body_r, struct err *err);

/* ---- changes by clients: effect and journal entry in one ledger transaction ----------
 */

struct store_uid_list {
	uint32_t *uids;
	size_t count;
};
void store_uid_list_finish(struct store_uid_list *list);

enum store_flag_op { STORE_FLAGS_ADD, STORE_FLAGS_REMOVE, STORE_FLAGS_REPLACE };
struct store_flags {
	enum store_flag_op op;
	unsigned flags; /* MSG_DRAFT stays where the server says it */
	struct str keywords; /* as in message.h */
	uint64_t unchanged_since; /* CONDSTORE; UINT64_MAX: none */
};
struct store_flags_result {
	struct store_uid_list failed; /* above unchanged_since, left alone; ascending */
	uint64_t modseq_before, modseq; /* of the folder; nothing else is in between */
};
void store_flags_result_finish(struct store_flags_result *result);
/*
 * store_flags_change() - flags and keywords of @uids
 * @uids:     any order; ascending is faster
 * @result_r: may be NULL
 * Durable against kill -9; at most the last second is lost with the power.
 */
MUST_CHECK bool store_flags_change(struct store *s, int64_t box_id, const uint32_t *uids,
				   size_t count, const struct store_flags *change,
				   struct store_flags_result *result_r, struct err *err);

struct store_append {
	struct str mime; /* these octets are the body from now on */
	unsigned flags;
	struct str keywords;
	int64_t internal_unix_s;
};
/* @entry_r: journal entry to wait for, see account_verdict_wait(). Survives a power cut.
 */
MUST_CHECK bool store_append(struct store *s, int64_t box_id,
			     const struct store_append *msg, uint32_t *uid_r,
			     int64_t *entry_r, struct err *err);

/* New UIDs at once; @new_r has one for each of @uids that was still there, with @old_r
 * (both in the order of @uids). Bodies that are here are shared, not fetched again. */
MUST_CHECK bool store_copy(struct store *s, int64_t box_id, const uint32_t *uids,
			   size_t count, int64_t to_box_id, struct store_uid_list *old_r,
			   struct store_uid_list *new_r, int64_t *entry_r,
			   struct err *err);
MUST_CHECK bool store_move(struct store *s, int64_t box_id, const uint32_t *uids,
			   size_t count, int64_t to_box_id, struct store_uid_list *old_r,
			   struct store_uid_list *new_r, int64_t *entry_r,
			   struct err *err);
/* Those of @uids that carry MSG_DELETED are removed (soft deletion on the server). */
MUST_CHECK bool store_expunge(struct store *s, int64_t box_id, const uint32_t *uids,
			      size_t count, struct store_uid_list *gone_r,
			      int64_t *entry_r, struct err *err);

/*
 * store_box_create() - missing parents are made too (RFC 3501 section 6.3.3)
 * @use: BOX_USE_ARCHIVE: shown so for as long as the server names no folder for it; the
 *       server is not told. Errors: ERR_EXISTS, ERR_DENIED.
 */
MUST_CHECK bool store_box_create(struct store *s, struct str path, enum box_use use,
				 int64_t *entry_r, struct err *err);
MUST_CHECK bool store_box_rename(struct store *s, struct str from, struct str to,
				 int64_t *entry_r, struct err *err);
/* ERR_DENIED: INBOX, special folders; ERR_STATE: has children (as most servers: refuse).
 */
MUST_CHECK bool store_box_delete(struct store *s, struct str path, int64_t *entry_r,
				 struct err *err);

/* ---- annotations
 * -----------------------------------------------------------------------
 */

#define STORE_ANNOTATION_BYTES 65536 /* of one value */
#define STORE_ANNOTATIONS_MAX 1000 /* of one folder */

struct store_annotation {
	char *entry; /* "/private/comment" */
	struct strbuf value;
};
struct store_annotations {
	struct store_annotation *items; /* by entry */
	size_t count;
};
void store_annotations_finish(struct store_annotations *list);
/* @box_id: 0: of the account */
MUST_CHECK bool store_annotations_read(struct store *s, int64_t box_id,
				       struct store_annotations *list_r, struct err *err);
/* store_annotation_changes() - how often annotations were set since it was opened */
uint64_t store_annotation_changes(struct store *s);
struct store_annotation_change {
	struct str entry;
	struct str value; /* .p NULL: take it away */
};
/* All or none. Errors: ERR_LIMIT too long, too many. */
MUST_CHECK bool store_annotations_set(struct store *s, int64_t box_id,
				      const struct store_annotation_change *changes,
				      size_t count, struct err *err);

/* ---- outbox ---------------------------------------------------------------------------
 */

/* A message to send: on disk when this returns (power cut included). @recipients:
 * addresses, a line feed after each. */
MUST_CHECK bool store_outbox_add(struct store *s, struct str from, struct str recipients,
				 struct str mime, int64_t *entry_r, struct err *err);

/* ---- what `status` shows --------------------------------------------------------------
 */

struct store_counts {
	uint64_t folders, messages, bodies, pending, refused, events;
	uint64_t body_bytes;
	uint64_t cache_bytes; /* of octets that are here, those of copies once */
	uint64_t text_pending; /* bodies that the text index does not have yet */
	uint64_t text_bytes; /* of the text index on disk */
	uint64_t failing; /* messages that the server would not give when last asked */
	char failing_why[160]; /* of the last one, "" for none */
	int64_t last_change_unix_ms; /* 0: never */
};
struct store_failing { /* a message that the server would not give */
	char *path, *subject, *why; /* subject "" when even that is not known */
	uint32_t uid;
	unsigned tries;
	int64_t tried_unix_s, next_unix_s;
};
struct store_failings {
	struct store_failing *items; /* the last tried first */
	size_t count;
};
void store_failings_finish(struct store_failings *failings);
MUST_CHECK bool store_failing(struct store *s, size_t limit,
			      struct store_failings *failings_r, struct err *err);
MUST_CHECK bool store_counts(struct store *s, struct store_counts *counts_r,
			     struct err *err);

/* Where the content of a refused change is. */
enum store_kept {
	STORE_KEPT_AS_BEFORE, /* the change was taken back */
	STORE_KEPT_BY_CLIENT, /* it was told, and has it */
	STORE_KEPT_RECOVERED, /* in the local folder "Recovered" */
	STORE_KEPT_REPORTED, /* a delivery report with it is in the Inbox */
	STORE_KEPT_UNREADABLE, /* the disk does not give it any more */
};
struct store_notice { /* the server refused something */
	int64_t at_unix_ms;
	const char *change; /* static: "move", "message to send", ... */
	char *what; /* subject or folder, UTF-8, may be empty */
	char *why;
	enum store_kept kept;
};
struct store_notices {
	struct store_notice *items; /* newest first */
	size_t count;
};
void store_notices_finish(struct store_notices *notices);
MUST_CHECK bool store_notices_read(struct store *s, size_t limit,
				   struct store_notices *notices_r, struct err *err);

#endif
