/*
 * The store as sync writes it: folders, index, bodies and events coming down. Same rules
 * as store.h. Only bridge/sync_*.c, bridge/account.c and calendar/ (events) include this.
 */
#ifndef BRIDGE_STORE_SYNC_H
#define BRIDGE_STORE_SYNC_H

#include "bridge/store.h"
#include "bridge/store_incoming.h"

/* Small named values of the ledger (settings, "hierarchy-state", subscription ids, ...).
 */
MUST_CHECK bool store_value_get(struct store *s, const char *name, struct strbuf *value,
				struct err *err); /* ERR_NOT_FOUND */
/* store_rows_forget() - what store_rows_get() has in memory: it is read again. */
void store_rows_forget(struct store *s);
MUST_CHECK bool store_value_set(struct store *s, const char *name, struct str value,
				struct err *err);
/* States of the cache: gone with cache.db, so that everything is listed anew. */
MUST_CHECK bool
store_state_get(struct store *s, const char *name, struct strbuf *value,
		struct err *err); /* ERR_NOT_FOUND; hierarchy: "hierarchy" */

/* ---- folders
 * --------------------------------------------------------------------------- */

struct store_folder { /* one folder as the server has it */
	const char *remote_id, *parent_remote_id; /* parent NULL: top */
	const char *name;
	enum box_kind kind;
	enum box_use use;
	bool hidden;
	unsigned lacks; /* BOX_RIGHT_* that the account does not have in it */
};
struct store_folder_page { /* one answer about the list of folders */
	const struct store_folder *folders; /* new or changed */
	size_t count;
	const char *const *deleted_ids;
	size_t deleted_count;
	/* Not 0: @folders is the whole list (no state was sent), asked for then: folders
	 * not in it are removed, but for those that the server agreed to make since. */
	int64_t listed_unix_ms;
	struct str state; /* after this page */
	/* store_folder_changes() from before the request began. */
	uint64_t changes_before;
	bool even_stale; /* take it, whatever was agreed to meanwhile */
};
/* store_folder_changes() - how many changes of folders the server has agreed to. */
uint64_t store_folder_changes(struct store *s);
/*
 * store_folders_apply() - a page and its state in one transaction
 * A folder whose remote id is known keeps its local id and UIDVALIDITY, also under a new
 * name. A folder with a pending local change (create, rename, delete) keeps that until it
 * is settled. A parent that is not known yet may come in a later page.
 * @stale_r: true: the server agreed to a change of folders of ours after the request
 * began, so that the page may tell of the time before: nothing was taken, ask again
 */
MUST_CHECK bool store_folders_apply(struct store *s, const struct store_folder_page *page,
				    bool *stale_r, struct err *err);
MUST_CHECK bool store_box_by_remote(struct store *s, const char *remote_id,
				    struct store_box *box_r, struct err *err);

/* ---- index
 * ------------------------------------------------------------------------------- */

struct store_item { /* one message as the server has it */
	const char *item_id, *change_key;
	struct str search_key; /* raw bytes, may be empty */
	const char *message_id; /* NULL: none */
	uint32_t article; /* PidTagInternetArticleNumber, 0: none */
	uint64_t size; /* item:Size: only a guess of RFC822.SIZE */
	int64_t internal_unix_s, created_unix_s;
	unsigned flags; /* MSG_*: as on the server; Answered xor Forwarded: newest verb */
	const char *keywords; /* categories, as in message.h */
	bool is_draft;
	const char *subject; /* with the next two: did somebody edit it in place? */
	const char *recipients; /* To, Cc, Bcc in one text */
	bool has_attachments;
	uint64_t thread; /* which conversation it belongs to; 0: not told */
	struct str header; /* PidTagTransportMessageHeaders as CRLF lines, may be empty:
			    * serves ENVELOPE and header fields until the body is here */
	bool partial; /* as FindItem gives it: recipients NULL, header empty, both unknown
		       */
	const char *item_class;
	const char
		*mark; /* our own random mark on it, NULL: none (see bridge/journal.h) */
	/* NULL: it could be read. Else why not: a row that is known keeps what it holds,
	 * a new one takes what is above in its place; it is read again with its body. */
	const char *unreadable;
};

struct store_page { /* one page of a SyncFolderItems round */
	const struct store_item *items; /* created or changed */
	size_t item_count;
	const char *const *deleted_ids;
	size_t deleted_count;
	const char *const *read_ids; /* ReadFlagChange */
	const bool *read_values;
	size_t read_count;
	const char *const *named_ids; /* of a listing: there, read by store_listing_*() */
	size_t named_count;
	struct str state; /* SyncState after this page; empty: leave the old one */
	bool last; /* publish what this round brought */
	int64_t asked_unix_ms; /* store_stamp_ms() when the request began: a field
				* acknowledged after that, or with an entry pending, is
				* not taken from this answer */
	size_t *swept_r; /* how many rows a listing expunged; NULL: not asked */
};
/*
 * store_page_apply() - rows and state of one page in one transaction
 * New rows become visible with the last page, in the order of article, then of arrival;
 * their UIDs are the next ones, except where ledger knows the item already (by item id,
 * then search key, then Message-ID and size): it keeps its UID. Items that our own
 * entries made (by @mark or by id) are joined to their local rows. A listing without a
 * state (@full_listing): rows of this folder that no page of the round named are expunged
 * at the last page.
 */
MUST_CHECK bool store_page_apply(struct store *s, int64_t box_id,
				 const struct store_page *page, bool full_listing,
				 struct err *err);
/*
 * store_listing_apply() - a page of a folder's index, read beside the round that names
 * its items; only items that the round had named before @asked_unix_ms count
 * @taken_r: how many did
 */
MUST_CHECK bool store_listing_apply(struct store *s, int64_t box_id,
				    const struct store_item *items, size_t count,
				    int64_t asked_unix_ms, size_t *taken_r,
				    struct err *err);
struct store_ids { /* heap */
	char **list;
	size_t count;
};
void store_ids_finish(struct store_ids *ids);
/* store_listing_unread() - items that the round named and nobody read yet, by item id
 * from behind @after ("" at first), at most @limit of them. */
MUST_CHECK bool store_listing_unread(struct store *s, int64_t box_id, const char *after,
				     size_t limit, struct store_ids *ids_r,
				     struct err *err);
/* store_item_known() - has the folder a row for this item? */
MUST_CHECK bool store_item_known(struct store *s, int64_t box_id, const char *item_id,
				 bool *known_r, struct err *err);
/*
 * store_stamp_ms() - the present in ms, and more than at every call before, also where
 * the clock was set back meanwhile, or before a new start It tells which came first, a
 * request (asked_unix_ms) or an acknowledgement.
 */
int64_t store_stamp_ms(struct store *s);
/* store_unconfirmed() - items that a change of ours made or moved here before
 * @asked_unix_ms, and that no answer has named since: somebody may have deleted them
 * before we knew their ids; and those whose flags are unsure. */
MUST_CHECK bool store_unconfirmed(struct store *s, int64_t box_id, int64_t asked_unix_ms,
				  struct store_ids *ids_r, struct err *err);
/* store_unsure() - flags in what was asked for at @asked_unix_ms were not taken, because
 * a change of ours was acknowledged since, and somebody else may have changed them, too:
 * the next round reads them, as store_unconfirmed(). */
MUST_CHECK bool store_unsure(struct store *s, int64_t box_id, int64_t asked_unix_ms,
			     bool *unsure_r, struct err *err);
/* store_partial() - items without recipients and header, newest first, at most @limit;
 * only published ones. store_partial_apply(): what items_read tells of them, all of one
 * folder. */
MUST_CHECK bool store_partial(struct store *s, size_t limit, struct store_ids *ids_r,
			      int64_t *box_id_r, struct err *err);
MUST_CHECK bool store_partial_apply(struct store *s, int64_t box_id,
				    const struct store_item *items, size_t count,
				    struct err *err);
/* store_partial_of() - the same of @uids */
MUST_CHECK bool store_partial_of(struct store *s, int64_t box_id, const uint32_t *uids,
				 size_t count, struct store_ids *ids_r, struct err *err);
/* store_partial_done() - these cannot be had, or are gone: do not ask again. */
MUST_CHECK bool store_partial_done(struct store *s, int64_t box_id,
				   const char *const *item_ids, size_t count,
				   struct err *err);
/* SyncState of a folder; ERR_NOT_FOUND: list from the beginning. */
MUST_CHECK bool store_box_state(struct store *s, int64_t box_id, struct strbuf *state,
				bool *listing_r, struct err *err);
/* store_box_listed() - the folder whose whole list came longest ago, if that was before
 * @before_unix_s (or is said to be yet to come: the clock was wrong); 0: none */
MUST_CHECK bool store_box_listed(struct store *s, int64_t before_unix_s,
				 int64_t *box_id_r, struct err *err);
/* The server refused the state: the next round is a full listing. */
MUST_CHECK bool store_box_state_drop(struct store *s, int64_t box_id, struct err *err);

/*
 * store_item_apply() - properties of one message that could not be read in its round
 * What was shown in their place leaves with its UID. Errors: ERR_NOT_FOUND it is gone.
 */
MUST_CHECK bool store_item_apply(struct store *s, int64_t box_id,
				 const struct store_item *item, int64_t asked_unix_ms,
				 struct err *err);

/* ---- bodies
 * ------------------------------------------------------------------------------ */

struct store_body_want {
	int64_t msg_id; /* local row, stable while the message exists */
	int64_t box_id;
	uint32_t uid;
	char *item_id, *change_key;
	uint64_t size;
	unsigned tries; /* that failed */
	bool is_draft;
	bool stale; /* its properties are to be read first */
};
struct store_body_wants {
	struct store_body_want *items;
	size_t count;
};
void store_body_want_finish(struct store_body_want *want);
void store_body_wants_finish(struct store_body_wants *wants);
/* Bodies that are missing, newest first, at most @limit; those whose next try lies in the
 * future are left out. */
MUST_CHECK bool store_bodies_missing(struct store *s, size_t limit,
				     struct store_body_wants *wants_r, struct err *err);
/* When the first of those left out is due; 0: none is. */
MUST_CHECK bool store_bodies_due(struct store *s, int64_t *unix_s_r, struct err *err);
#define STORE_BODY_SPACING_MS 1000 /* between two tries for one message */
/* store_bodies_missing_behind() - of UIDs above @uid, ascending, at most @limit */
MUST_CHECK bool store_bodies_missing_behind(struct store *s, int64_t box_id, uint32_t uid,
					    size_t limit,
					    struct store_body_wants *wants_r,
					    struct err *err);
/* The same for given messages of a folder, which somebody waits for: only those that were
 * tried within STORE_BODY_SPACING_MS are left out. */
MUST_CHECK bool store_bodies_missing_of(struct store *s, int64_t box_id,
					const uint32_t *uids, size_t count,
					struct store_body_wants *wants_r,
					struct err *err);
struct store_body_put {
	int64_t msg_id;
	bool asked; /* somebody waits for it; else it was fetched ahead */
	struct store_incoming *in; /* whole; stays the caller's */
	struct err err; /* out; ERR_OK: it is kept. ERR_NOT_FOUND: the message is gone */
};
/*
 * store_bodies_put() - keep bodies: octets, exact size, envelope, structure, digest
 * If the ledger holds a digest of a message's content that differs, the message appears
 * under a new UID and the old one is expunged (one UID, one content). Several share a
 * transaction, of some 1 MiB at most.
 */
void store_bodies_put(struct store *s, struct store_body_put *puts, size_t count);
/* store_body_put() - the same for one that is in memory */
MUST_CHECK bool store_body_put(struct store *s, int64_t msg_id, struct str mime,
			       struct err *err);
struct store_body_failure {
	const char *why;
	bool soft; /* it may pass soon: who waits goes on waiting */
	int64_t retry_unix_s; /* in the background, not before */
};
/* A try failed; status tells it until one succeeds. One before its time, for somebody who
 * waits, does not put the next one off. */
MUST_CHECK bool store_body_failed(struct store *s, int64_t msg_id,
				  const struct store_body_failure *failure,
				  struct err *err);

struct store_body_state {
	bool here;
	bool soft; /* the last failed try, as above */
	int64_t tried_unix_ms; /* when it was; 0: none failed */
	char why[160];
};
/* How it is with one message. Errors: ERR_NOT_FOUND it is gone. */
MUST_CHECK bool store_body_state(struct store *s, int64_t box_id, uint32_t uid,
				 struct store_body_state *state_r, struct err *err);

/* ---- how many bodies are kept ---------------------------------------------------------
 */

enum store_ahead { STORE_AHEAD_ALL, STORE_AHEAD_DAYS, STORE_AHEAD_NONE };
struct store_limits {
	uint64_t bytes; /* of octets; those not asked for the longest are dropped; 0: none
			 */
	enum store_ahead ahead; /* what is fetched before anybody asks for it */
	unsigned days; /* STORE_AHEAD_DAYS: so new */
};
/* store_limit() - before sync starts */
void store_limit(struct store *s, const struct store_limits *limits);
/* store_bodies_tend() - drop what is too much, some at a time; *more_r: call again. In
 * the thread that indexes. */
MUST_CHECK bool store_bodies_tend(struct store *s, bool *more_r, struct err *err);

/* ---- calendar events (BOX_CALENDAR folders)
 * ------------------------------------------------ */

struct store_event {
	char *item_id, *change_key;
	struct strbuf data; /* bridge/event.h packed */
	uint64_t stamp; /* the folder's modification counter */
	bool removed;
};
struct store_events {
	struct store_event *items; /* by stamp ascending */
	size_t count;
	uint64_t stamp;
};
void store_events_finish(struct store_events *events);
/* Events and the folder's new SyncState in one transaction; see store_page_apply(). */
struct store_event_page {
	const struct store_event *events;
	size_t event_count;
	const char *const *deleted_ids;
	size_t deleted_count;
	struct str state;
	bool last;
};
MUST_CHECK bool store_events_apply(struct store *s, int64_t box_id,
				   const struct store_event_page *page, bool full_listing,
				   struct err *err);
MUST_CHECK bool store_events_since(struct store *s, int64_t box_id, uint64_t since,
				   struct store_events *events_r, struct err *err);
/* Which file holds which event (ledger): name is stable over the event's life. */
struct store_event_file {
	char *item_id, *uid, *name;
	char *hash; /* hexadecimal SHA-256 of the text last written, "" before */
};
struct store_event_files {
	struct store_event_file *items;
	size_t count;
};
void store_event_files_finish(struct store_event_files *files);
MUST_CHECK bool store_event_files_list(struct store *s, int64_t box_id,
				       struct store_event_files *files_r,
				       struct err *err);
MUST_CHECK bool store_event_file_set(struct store *s, int64_t box_id,
				     const struct store_event_file *file,
				     struct str base_text, struct err *err);
MUST_CHECK bool store_event_file_remove(struct store *s, int64_t box_id,
					const char *item_id, struct err *err);

#endif
