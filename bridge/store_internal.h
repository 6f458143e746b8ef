/*
 * Inside the store: transactions, and what its files do to rows for one another. Only
 * bridge/store*.c includes this.
 *
 * Locks, in this order: write_lock (the one writer), then pool_lock, then the hub's, then
 * the one of the rows in memory; group_lock after write_lock, a leaf.
 */
#ifndef BRIDGE_STORE_INTERNAL_H
#define BRIDGE_STORE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/macros.h"
#include "bridge/store.h"
#include "bridge/store_db.h"
#include "bridge/store_keys.h"
#include "bridge/store_rows.h"
#include "bridge/store_sync.h"

#define STORE_READERS 4
#define STORE_KEYWORDS_MAX 65536 /* bytes of one message's keywords */
#define STORE_PATH_MAX 4096 /* bytes of a folder's path */
#define STORE_STATE_MAX (16u << 20) /* bytes of a sync state or a named value */
#define STORE_RENDER_MAX (16u << 20) /* bytes of one rendering */
#define STORE_MESSAGE_MAX (256u << 20) /* bytes of one message */
#define STORE_FILE_FROM (256u << 10) /* bodies of this size are files */
#define STORE_GONE_KEPT 20000 /* expunged UIDs remembered in a folder */
/* What is due later than anything is put off for was put off before the clock was set
 * back: it is due now. */
#define STORE_DUE_FAR_S 7200
#define STORE_RECOVERED "Recovered"
#define STORE_USES_MAX 256

struct store_uses { /* contents whose octets were read */
	pthread_mutex_t lock;
	int64_t ids[STORE_USES_MAX];
	size_t count;
	int64_t flushed_ms; /* monotonic */
};

struct store {
	char *dir, *bodies_dir, *ledger_path, *cache_path, *text_path;
	struct notify_hub *hub;
	int lock_fd;

	struct db_watch watch;
	pthread_mutex_t write_lock;
	struct db *writer;
	bool writer_full; /* synchronous is FULL, else NORMAL */
	bool writer_suspect; /* a commit failed: ledger and cache may differ */
	atomic_int_least64_t stamp_ms; /* store_stamp_ms() was there */
	int64_t full_ms; /* when a commit last was FULL */
	struct tx_group *group; /* the transaction that is open; with write_lock */
	atomic_uint group_waiting; /* who waits for write_lock and could join it */
	pthread_mutex_t group_lock;
	pthread_cond_t group_done;
	atomic_uint_least64_t folder_changes; /* that the server agreed to */
	atomic_uint_least64_t annotation_changes;
	struct rows_cache rows;
	struct keys_cache keys;
	struct db
		*tender; /* copies the write-ahead logs back, off the way of the writer */
	atomic_bool wal_long; /* there is enough to copy */
	struct db *text; /* of the thread that indexes; NULL: no text index */
	struct text_merge *text_merge; /* that is under way; of the same thread */
	atomic_bool text_damaged; /* a search found nonsense in the index */
	struct store_limits limits;
	struct store_uses uses;

	pthread_mutex_t pool_lock;
	pthread_cond_t pool_free;
	struct db *readers[STORE_READERS];
	bool lent[STORE_READERS];
	atomic_bool restless; /* NOTIFY_MEMORY was published since the last rest */
	atomic_int_least64_t unsettled_ms; /* monotonic: the log of flags could not be
					    * carried out then; 0: it could */
};

/* ---- transactions (store_tx.c) ----------------------------------------------------- */

enum store_durability {
	STORE_SOON, /* survives kill -9; at most the last second goes with the power;
		     * fails unless both files have it */
	STORE_FLAGS, /* the same, and done when the ledger has it: a client's flags */
	STORE_DURABLE, /* survives a power cut; done when the ledger has it: the cache is
			* mended where it could not be written */
	STORE_WHOLE, /* survives a power cut, and fails unless both files have it: for
		      * what sync brings again then */
};

struct store_tx { /* a write transaction: holds write_lock */
	struct store *store;
	struct db *db;
	bool open;
	bool joined; /* a savepoint in a transaction that others began */
	int64_t now_ms;
	struct tx_stamp {
		int64_t box_id;
		uint64_t modseq;
	} * stamps;
	size_t stamp_count, stamp_capacity;
	int64_t *topics; /* to publish after the commit */
	size_t topic_count, topic_capacity;
	char **added, **removed; /* names in bodies/: unlinked at rollback, at commit */
	size_t added_count, added_capacity, removed_count, removed_capacity;
};
/* All rows are as shown then; not so with STORE_FLAGS: see flag_log_fold(). */
MUST_CHECK bool store_tx_begin(struct store *s, struct store_tx *tx,
			       enum store_durability durability, struct err *err);
/* Commits, alone or with others, gives the writer back, then publishes. */
MUST_CHECK bool store_tx_commit(struct store_tx *tx, struct err *err);
void store_tx_end(struct store_tx *tx); /* rolls back unless committed */
/* tx_note() - publish @topic after the commit. */
void tx_note(struct store_tx *tx, int64_t topic);
/* tx_stamp() - the mod-sequence of this transaction's changes in a folder; notes it. */
MUST_CHECK bool tx_stamp(struct store_tx *tx, int64_t box_id, uint64_t *modseq_r,
			 struct err *err);
/* tx_floor() - no counter that is rebuilt starts below @modseq. */
MUST_CHECK bool tx_floor(struct store_tx *tx, int64_t box_id, uint64_t modseq,
			 struct err *err);

/* What of it is in store_commit.c. tx_enter() - get the writer. */
MUST_CHECK bool tx_enter(struct store_tx *tx, enum store_durability durability,
			 struct err *err);
/* tx_mend() - the cache, if a commit failed that the ledger has. */
MUST_CHECK bool tx_mend(struct store_tx *tx, struct err *err);
/* tx_leave() - gives the writer back and waits for the COMMIT. @unsure_r: it failed, and
 * the ledger may have it all the same. */
MUST_CHECK bool tx_leave(struct store_tx *tx, bool *unsure_r, struct err *err);
/* tx_abandon() - gives the writer back; nothing of @tx remains. */
void tx_abandon(struct store_tx *tx);
/* tx_lock_alone() - write_lock, with no transaction under way. */
void tx_lock_alone(struct store *s);

struct store_read { /* a borrowed reader, in a transaction: one snapshot */
	struct store *store;
	struct db *db;
	uint64_t commits; /* rows_commits() before it */
	int slot;
	struct store_tx *trial; /* the writer, which takes all back at the end; or NULL */
};
/* All rows are as shown. Blocks: for the writer, where the log of flags is not empty. */
MUST_CHECK bool store_read_begin(struct store *s, struct store_read *read,
				 struct err *err);
/* store_read_shown() - likewise for what clients see, where the disk takes nothing too:
 * then it is store_read_trial(), and entries of the journal may not be what they will be.
 */
MUST_CHECK bool store_read_shown(struct store *s, struct store_read *read,
				 struct err *err);
/* store_read_trial() - the log of flags is carried out in the writer's memory alone, and
 * nobody else writes until store_read_end(). */
MUST_CHECK bool store_read_trial(struct store *s, struct store_read *read,
				 struct err *err);
/* store_read_content() - for who reads no flags, keywords, mod-sequences, and no entries
 * of the journal for them: never waits for the writer. */
MUST_CHECK bool store_read_content(struct store *s, struct store_read *read,
				   struct err *err);
void store_read_end(struct store_read *read);

/* ---- changes of flags that the rows do not have yet (store_flags_log.c) --------------
 */

MUST_CHECK bool flag_log_any(struct db *db, bool *any_r, struct err *err);
/* flag_log_fold() - carry them out in the rows. */
MUST_CHECK bool flag_log_fold(struct store_tx *tx, struct err *err);
/* flag_log_sum() - what it means for a folder's counters, for who need not wait. */
struct flag_log_sum {
	int64_t unseen; /* more than the folder's row says */
	uint64_t modseq; /* the last one in the log, 0: none */
};
MUST_CHECK bool flag_log_sum(struct db *db, int64_t box_id, struct flag_log_sum *sum_r,
			     struct err *err);
/* flag_log_settle() - flag_log_fold() in a transaction of its own. */
MUST_CHECK bool flag_log_settle(struct store *s, struct err *err);

/* text_open() - the text index; a broken one is made anew. */
void text_open(struct store *s);
void text_close(struct store *s);
/* text_indexed() - contents up to which are in the index; without one, all. In the thread
 * that indexes. */
MUST_CHECK bool text_indexed(struct store *s, int64_t *content_id_r, struct err *err);
MUST_CHECK bool text_count(struct store *s, struct db *db, struct store_counts *counts,
			   struct err *err);

/* store_repair() - bring the cache in line with the ledger, in the caller's tx. */
MUST_CHECK bool store_repair(struct store_tx *tx, struct err *err);
/* store_locals_rebuild() - cache rows of messages that no server knows yet, in folders
 * that the cache has. */
MUST_CHECK bool store_locals_rebuild(struct store_tx *tx, struct err *err);
/* store_files_sweep() - unlink files in bodies/ that nothing names. */
void store_files_sweep(struct store *s);

/* ---- folders (store_box.c, store_folder.c) ------------------------------------------
 */

MUST_CHECK bool box_load(struct db *db, int64_t box_id, struct store_box *box_r,
			 struct err *err); /* also of hidden paths; ERR_NOT_FOUND */
MUST_CHECK bool box_find(struct db *db, struct str path, struct store_box *box_r,
			 struct err *err);
/* box_path_normal() - "inbox/x" as "INBOX/x". */
void box_path_normal(struct str path, struct strbuf *out);
/* folder_add() - ledger row with a new UIDVALIDITY. @remote_id: NULL: local. */
MUST_CHECK bool folder_add(struct store_tx *tx, const char *remote_id, int64_t *id_r,
			   struct err *err);
/* box_add() - cache row of a ledger folder. */
MUST_CHECK bool box_add(struct store_tx *tx, int64_t id, struct err *err);
/* box_paths_rebuild() - names, parents and paths as shown; notes NOTIFY_FOLDERS. */
MUST_CHECK bool box_paths_rebuild(struct store_tx *tx, struct err *err);
/* box_remove() - the folder with all it holds, from both files. */
MUST_CHECK bool box_remove(struct store_tx *tx, int64_t box_id, struct err *err);
/* folder_settle() - remove a lost folder once no entry needs it any more. */
MUST_CHECK bool folder_settle(struct store_tx *tx, int64_t box_id, struct err *err);
/* box_recovered() - the local folder for refused content; made when missing. */
MUST_CHECK bool box_recovered(struct store_tx *tx, int64_t *box_id_r, struct err *err);

/* ---- messages (store_row.c) ---------------------------------------------------------
 */

/* row_uid() - give a message the next UID of its folder and show it. */
MUST_CHECK bool row_publish(struct store_tx *tx, int64_t id, struct err *err);
/* row_renew() - expunge its UID and publish it under the next one. */
MUST_CHECK bool row_renew(struct store_tx *tx, int64_t id, struct err *err);
/* row_next_uids() - UIDs of a folder that no message has had; @uid_r: the first of
 * @count. Errors: LIMIT. */
MUST_CHECK bool row_next_uids(struct store_tx *tx, int64_t folder, uint32_t count,
			      uint32_t *uid_r, struct err *err);
/* row_hide() - expunge its UID; the rows stay as @ghost (ledger's column). */
MUST_CHECK bool row_hide(struct store_tx *tx, int64_t id, int ghost, struct err *err);
/* row_remove() - expunge its UID and delete the rows, whatever refers to them. */
MUST_CHECK bool row_remove(struct store_tx *tx, int64_t id, struct err *err);
/* row_settle() - remove the rows of a message that the server no longer has, or that
 * nobody knows, unless an entry of the journal still needs them. */
MUST_CHECK bool row_settle(struct store_tx *tx, int64_t id, struct err *err);
/* row_shown_flags() - of the server's flags, a pending change, and marks kept here. */
unsigned row_shown_flags(unsigned server, unsigned want, unsigned mask, unsigned local);
/* row_show() - work out the flags as shown; stamps the message when they changed. */
MUST_CHECK bool row_show(struct store_tx *tx, int64_t id, struct err *err);
/* row_sent_alone() - a client's copy in Sent that Exchange has no copy of goes up. */
MUST_CHECK bool row_sent_alone(struct store_tx *tx, int64_t id, struct err *err);
/* row_touch() - stamp a visible message. */
MUST_CHECK bool row_touch(struct store_tx *tx, int64_t id, struct err *err);

/* msg.has_body and content.here; written as numbers in SQL. */
enum body_state {
	BODY_UNKNOWN = 0,
	BODY_HERE = 1, /* octets, and what was worked out of them */
	BODY_DROPPED = 2, /* the latter alone: the octets can be fetched again */
};
/* msg.based: do the server's columns hold what an answer told? */
enum row_based {
	BASED_NOT = 0,
	BASED_FULLY = 1,
	BASED_UNSURE = 2, /* flags may have been told and not taken: store_unsure() */
};

/* content_put() - octets and renderings of a content. @content_id: 0: a new one. */
struct content_render { /* made outside of any transaction */
	struct strbuf envelope, body, structure, header, sort, preview;
	unsigned char digest[32];
};
void content_render_init(struct content_render *render, struct str mime);
void content_render_finish(struct content_render *render);
/* content_fitting() - a rendering as it is kept: none if it was too long */
struct str content_fitting(const struct strbuf *b);
/* @file: a name in bodies/ that holds @mime, whose length alone counts then, or NULL. */
MUST_CHECK bool content_put(struct store_tx *tx, struct str mime, const char *file,
			    const struct content_render *render, int64_t *id_r,
			    struct err *err);
/* content_attach() - the octets of @content_id are the message's from now on. */
MUST_CHECK bool content_attach(struct store_tx *tx, int64_t id, int64_t content_id,
			       struct err *err);
/* content_drop() - its octets leave, all else stays (store_drop.c). */
MUST_CHECK bool content_drop(struct store_tx *tx, int64_t id, struct err *err);
/* content_lost() - its octets are not where they should be; *lost_r: the server has
 * them, and they are fetched again. */
MUST_CHECK bool content_lost(struct store *s, int64_t content_id, bool *lost_r,
			     struct err *err);
/* content_open() - its octets. Errors: ERR_STATE not here, or the content is gone;
 * ERR_BROKEN the disk does not have them. */
MUST_CHECK bool content_open(struct store *s, struct db *db, int64_t content_id,
			     struct store_body *body_r, struct err *err);
/* use_note() - its octets were read. */
void use_note(struct store *s, int64_t content_id);
/* fetch_ahead_since() - bodies of messages from then on are fetched before anybody asks.
 */
MUST_CHECK bool fetch_ahead_since(struct store *s, struct db *db, int64_t *since_s_r,
				  struct err *err);
/* moved_depart() - before the row goes that the server has deleted; moved_arrive() - of a
 * new item: if it was here in another folder, or is, it gets that content;
 * moved_tend() - forget those that arrived nowhere for long, or @all of them; *more_r:
 * call again (store_moved.c) */
MUST_CHECK bool moved_depart(struct store_tx *tx, int64_t id, struct err *err);
MUST_CHECK bool moved_arrive(struct store_tx *tx, int64_t id,
			     const struct store_item *item, struct err *err);
MUST_CHECK bool moved_tend(struct store *s, bool all, bool *more_r, struct err *err);
/* content_release() - delete a content that no message has any more. */
MUST_CHECK bool content_release(struct store_tx *tx, int64_t content_id, struct err *err);

/* ---- files and payloads (store_file.c) ----------------------------------------------
 */

/* store_file_write() - big octets to a new file in bodies/, on disk at return; *name_r
 * stays NULL for small ones. Before the transaction; hand it over with tx_added(). */
MUST_CHECK bool store_file_write(struct store *s, struct str octets, char **name_r,
				 struct err *err);
void tx_added(struct store_tx *tx, const char *name);
/* tx_removed() - unlink after the commit unless another row names the file. */
MUST_CHECK bool tx_file_release(struct store_tx *tx, const char *name, struct err *err);
MUST_CHECK bool payload_put(struct store_tx *tx, struct str octets, const char *file,
			    int64_t *id_r, struct err *err);
MUST_CHECK bool payload_release(struct store_tx *tx, int64_t id, struct err *err);
MUST_CHECK bool payload_read(struct store *s, struct db *db, int64_t id,
			     struct strbuf *out, struct err *err);
/* content_read() - octets of a content that is here. */
MUST_CHECK bool content_read(struct store *s, struct db *db, int64_t content_id,
			     struct strbuf *out, struct err *err);

#endif
