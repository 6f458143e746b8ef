/*
 * A folder at one moment, and what changed since a mod-sequence: NOOP, IDLE, CONDSTORE
 * and QRESYNC are this one query.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "bridge/store_internal.h"

struct head { /* of a folder */
	uint32_t uidvalidity, uidnext, messages;
	uint64_t modseq, gone_floor;
};

static bool head_read(struct db *db, int64_t box_id, struct head *head, struct err *err)
{
	bool found;
	sqlite3_stmt *q = db_query(
		db,
		"SELECT uidvalidity,uidnext,modseq,gone_floor,messages "
		"FROM box WHERE id=?1 AND path IS NOT NULL",
		ARGS(I(box_id)), err);

	if (!q)
		return false;
	found = db_row(q);
	if (found)
		*head = (struct head){ .uidvalidity = (uint32_t)db_col_int(q, 0),
				       .uidnext = (uint32_t)db_col_int(q, 1),
				       .modseq = (uint64_t)db_col_int(q, 2),
				       .gone_floor = (uint64_t)db_col_int(q, 3),
				       .messages = (uint32_t)db_col_int(q, 4) };
	return db_done(db, q, err) &&
	       (found || err_set(err, ERR_NOT_FOUND, "no such folder"));
}

void store_view_finish(struct store_view *view)
{
	free(view->uids);
	*view = (struct store_view){ 0 };
}

static void head_know(struct store *s, const struct store_read *read, int64_t box_id,
		      const struct head *head)
{
	rows_head_know(
		&s->rows, box_id,
		&(struct rows_head){ head->uidvalidity, head->uidnext, head->modseq },
		read->commits);
}

static bool head_of(struct store *s, int64_t box_id, struct head *head, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	struct flag_log_sum more;

	if (!store_read_content(s, &read, err) ||
	    !head_read(read.db, box_id, head, err) ||
	    !flag_log_sum(read.db, box_id, &more, err))
		return false;
	head->modseq = MAX_OF(head->modseq, more.modseq);
	head_know(s, &read, box_id, head);
	return true;
}

/* The head first: what the rows have on top of it comes again as a change. */
bool store_view_load(struct store *s, int64_t box_id, struct store_view *view_r,
		     struct err *err)
{
	CLEANUP(store_rows_release_ptr) struct store_rows *rows = NULL;
	struct head head;

	if (!head_of(s, box_id, &head, err) || !store_rows_get(s, box_id, &rows, err))
		return false;
	*view_r = (struct store_view){
		.uids = mem_array(rows->count + 1, sizeof(uint32_t)),
		.count = rows->count,
		.modseq = head.modseq,
		.uidvalidity = head.uidvalidity,
		.uidnext = head.uidnext,
	};
	snapshot_uids(rows, view_r->uids);
	if (rows->count)
		view_r->uidnext = MAX_OF(head.uidnext, view_r->uids[rows->count - 1] + 1);
	return true;
}

void store_changes_finish(struct store_changes *changes)
{
	for (size_t i = 0; i < changes->count; i++)
		free(changes->items[i].keywords);
	free(changes->items);
	*changes = (struct store_changes){ 0 };
}

static struct store_change *change_add(struct store_changes *changes, size_t *capacity)
{
	changes->items = mem_grow(changes->items, changes->count, capacity,
				  sizeof(*changes->items));
	changes->items[changes->count] = (struct store_change){ 0 };
	return &changes->items[changes->count++];
}

static bool living(struct db *db, int64_t box_id, uint64_t since,
		   struct store_changes *changes, size_t *capacity, struct err *err)
{
	sqlite3_stmt *q = db_query(db,
				   "SELECT uid,flags,keywords,modseq,born FROM msg WHERE "
				   "box=?1 AND modseq>?2 AND uid IS NOT NULL",
				   ARGS(I(box_id), I(since)), err);

	if (!q)
		return false;
	while (db_row(q))
		*change_add(changes, capacity) = (struct store_change){
			.uid = (uint32_t)db_col_int(q, 0),
			.flags = (unsigned)db_col_int(q, 1),
			.keywords = db_col_dup(q, 2),
			.modseq = (uint64_t)db_col_int(q, 3),
			.is_new = (uint64_t)db_col_int(q, 4) > since,
		};
	return db_done(db, q, err);
}

static bool expunged(struct db *db, int64_t box_id, uint64_t since,
		     struct store_changes *changes, size_t *capacity, struct err *err)
{
	sqlite3_stmt *q = db_query(
		db, "SELECT uid,modseq FROM gone WHERE box=?1 AND modseq>?2",
		ARGS(I(box_id), I(since)), err);

	if (!q)
		return false;
	while (db_row(q))
		*change_add(changes, capacity) = (struct store_change){
			.uid = (uint32_t)db_col_int(q, 0),
			.modseq = (uint64_t)db_col_int(q, 1),
			.expunged = true,
		};
	return db_done(db, q, err);
}

/* Asked for a time before the oldest tombstone: every UID that is not there. */
static bool all_expunged(struct db *db, int64_t box_id, const struct head *head,
			 struct store_changes *changes, size_t *capacity, struct err *err)
{
	uint32_t next = 1;
	sqlite3_stmt *q = db_query(
		db, "SELECT uid FROM msg WHERE box=?1 AND uid IS NOT NULL ORDER BY uid",
		ARGS(I(box_id)), err);
	bool more;

	if (!q)
		return false;
	do {
		uint32_t uid;

		more = db_row(q);
		uid = more ? (uint32_t)db_col_int(q, 0) : head->uidnext;
		for (; next < uid; next++)
			*change_add(changes, capacity) = (struct store_change){
				.uid = next,
				.modseq = head->modseq,
				.expunged = true,
			};
		next = uid + 1;
	} while (more);
	return db_done(db, q, err);
}

static int by_uid(const void *a, const void *b)
{
	uint32_t x = ((const struct store_change *)a)->uid;
	uint32_t y = ((const struct store_change *)b)->uid;

	return (x > y) - (x < y);
}

static bool gone_since(struct db *db, int64_t box_id, uint64_t since,
		       const struct head *head, struct store_changes *changes,
		       size_t *capacity, struct err *err)
{
	return since < head->gone_floor
		       ? all_expunged(db, box_id, head, changes, capacity, err)
		       : expunged(db, box_id, since, changes, capacity, err);
}

static bool changes_since(struct store *s, int64_t box_id, uint64_t since, bool gone_too,
			  struct store_changes *changes_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	CLEANUP(store_changes_finish) struct store_changes changes = { 0 };
	struct rows_head known;
	struct head head;
	size_t capacity = 0;

	if (rows_unchanged(&s->rows, box_id, since, &known)) {
		*changes_r = (struct store_changes){ .modseq = known.modseq,
						     .uidvalidity = known.uidvalidity,
						     .uidnext = known.uidnext };
		return true;
	}
	if (!store_read_shown(s, &read, err) || !head_read(read.db, box_id, &head, err) ||
	    !living(read.db, box_id, since, &changes, &capacity, err) ||
	    (gone_too &&
	     !gone_since(read.db, box_id, since, &head, &changes, &capacity, err)))
		return false;
	mem_sort(changes.items, changes.count, sizeof(*changes.items), by_uid);
	head_know(s, &read, box_id, &head);
	changes.modseq = head.modseq;
	changes.uidvalidity = head.uidvalidity;
	changes.uidnext = head.uidnext;
	*changes_r = changes;
	changes = (struct store_changes){ 0 };
	return true;
}

bool store_changes_since(struct store *s, int64_t box_id, uint64_t since,
			 struct store_changes *changes_r, struct err *err)
{
	return changes_since(s, box_id, since, true, changes_r, err);
}

bool store_living_since(struct store *s, int64_t box_id, uint64_t since,
			struct store_changes *changes_r, struct err *err)
{
	return changes_since(s, box_id, since, false, changes_r, err);
}
