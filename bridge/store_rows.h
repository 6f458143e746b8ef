/*
 * The rows of folders in memory, as fronts read them most: loaded when first asked for,
 * then kept in step with every commit of the writer, so that FETCH of flags, SEARCH of
 * what the index holds and SELECT need no database. Only bridge/store*.c includes this.
 *
 * Locks: what is said of a transaction needs write_lock; the lock of the rows is taken
 * inside and is a leaf.
 */
#ifndef BRIDGE_STORE_ROWS_H
#define BRIDGE_STORE_ROWS_H

#include <pthread.h>

#include "bridge/store.h"
#include "bridge/store_db.h"
#include "bridge/store_snapshot.h"

#define ROWS_BOXES_MAX 32
#define ROWS_TOTAL_MAX                                                                   \
	2000000 /* in memory, the newest folder aside; some 20 bytes each */
#define ROWS_CHANGED_MAX 20000 /* read again at a commit; more: everything is loaded */
#define ROWS_KNOWN_MAX 250000 /* likewise of those that need no reading */

struct row_texts { /* keywords that rows borrow until they are packed */
	char **list;
	size_t count, capacity;
};

struct rows_head { /* of a folder */
	uint32_t uidvalidity, uidnext;
	uint64_t modseq; /* 0: not known */
};

struct rows_cache {
	pthread_mutex_t lock;
	struct rows_box {
		int64_t box_id;
		struct store_rows *rows;
		struct rows_head head;
		uint64_t used;
	} boxes[ROWS_BOXES_MAX];
	size_t box_count;
	uint64_t clock; /* of use */
	uint64_t version; /* commits that changed rows */
	uint64_t commits;
	bool committing; /* from rows_read_changed() to rows_apply() */
	pthread_cond_t committed;
	/* Of the writer's transaction: */
	int64_t *changed;
	size_t changed_count, changed_capacity;
	bool forget; /* too much to follow */
	bool muted;
	struct row_change *fresh;
	size_t fresh_count, fresh_capacity;
	struct row_texts texts; /* of fresh */
	struct rows_stamp {
		int64_t box_id; /* 0: every folder */
		uint64_t modseq;
		bool reload; /* should it be in memory by then */
	} * stamps;
	size_t stamp_count, stamp_capacity;
};

struct store_tx;
void rows_init(struct rows_cache *cache);
/* rows_watch() - follow the changes of the writer's connection. */
void rows_watch(struct rows_cache *cache, struct db *writer);
void rows_finish(struct rows_cache *cache);
void rows_begin(struct rows_cache *cache);
/* rows_current() - what is in memory of a folder as the open transaction sees it, to be
 * released; NULL: nothing, or the transaction has changed something. */
struct store_rows *rows_current(struct rows_cache *cache, int64_t box_id);
/* rows_stamp() - the transaction gives a folder a new mod-sequence and changes nothing
 * else of rows_head; @modseq 0: it may. */
void rows_stamp(struct rows_cache *cache, int64_t box_id, uint64_t modseq);
/* rows_unchanged() - nothing was committed in a folder after @since. Any thread; false
 * where that is not known. */
bool rows_unchanged(struct rows_cache *cache, int64_t box_id, uint64_t since,
		    struct rows_head *head_r);
/* rows_head_know() - as read from the database after @commits, of rows_commits(). */
void rows_head_know(struct rows_cache *cache, int64_t box_id,
		    const struct rows_head *head, uint64_t commits);
uint64_t rows_commits(struct rows_cache *cache);
/* rows_know() - flags, keywords and modseq of a row as the writer leaves them; while it
 * is muted, changes of its connection are not followed by themselves. */
void rows_know(struct rows_cache *cache, int64_t box_id, const struct store_row *row);
void rows_mute(struct rows_cache *cache, bool muted);
/* rows_changed() - a row that was made while muted: followed if its folder is in memory,
 * which the update hook cannot know. */
void rows_changed(struct rows_cache *cache, int64_t box_id, int64_t id);
/* rows_read_changed() - before the COMMIT; a failure only costs what is in memory. */
void rows_read_changed(struct rows_cache *cache, struct db *writer);
/* rows_apply() - after the COMMIT, before write_lock is given back. */
void rows_apply(struct rows_cache *cache);
/* rows_forget() - the database is not what memory says: load it again. */
void rows_forget(struct rows_cache *cache);

#endif
