/*
 * Rows in memory: see store_rows.h. SQLite's update hook names the rows of msg that a
 * transaction touched; they are read again before its COMMIT and put in place after it.
 * A snapshot that somebody still reads is not changed but copied.
 */
#include "bridge/store_rows.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/store_internal.h"
#include "bridge/store_sync.h"

struct shared_text { /* keywords: the same for all snapshots of a row */
	atomic_int refs;
	char text[];
};

struct snapshot {
	struct store_rows public;
	atomic_int refs;
	size_t capacity;
	int64_t highest_id;
};

static struct snapshot *snapshot_of(struct store_rows *rows)
{
	return (struct snapshot *)((char *)rows - offsetof(struct snapshot, public));
}

static const char *text_new(struct str text)
{
	struct shared_text *shared;

	if (!text.len)
		return "";
	shared = mem_alloc(sizeof(*shared) + text.len + 1);
	memcpy(shared->text, text.p, text.len);
	shared->refs = 1;
	return shared->text;
}

static struct shared_text *text_shared(const char *text)
{
	return (struct shared_text *)(text - offsetof(struct shared_text, text));
}

static void text_ref(const char *text)
{
	if (text[0])
		atomic_fetch_add(&text_shared(text)->refs, 1);
}

static void text_free(const char *text)
{
	if (text && text[0] && atomic_fetch_sub(&text_shared(text)->refs, 1) == 1)
		free(text_shared(text));
}

void store_rows_release(struct store_rows *rows)
{
	if (!rows || atomic_fetch_sub(&snapshot_of(rows)->refs, 1) != 1)
		return;
	for (size_t i = 0; i < rows->count; i++)
		text_free(rows->items[i].keywords);
	free(rows->items);
	free(snapshot_of(rows));
}

void store_rows_release_ptr(struct store_rows **rows)
{
	store_rows_release(*rows);
	*rows = NULL;
}

static size_t lower_bound(const struct store_rows *rows, uint32_t uid)
{
	size_t from = 0, to = rows->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (rows->items[middle].uid < uid)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

const struct store_row *store_rows_find(const struct store_rows *rows, uint32_t uid)
{
	/* In a folder that nothing left yet, UIDs have no gaps. */
	size_t at = rows->count && uid >= rows->items[0].uid ? uid - rows->items[0].uid
							     : rows->count;

	if (at >= rows->count || rows->items[at].uid != uid)
		at = lower_bound(rows, uid);
	return at < rows->count && rows->items[at].uid == uid ? &rows->items[at] : NULL;
}

static struct store_row read_row(sqlite3_stmt *q)
{
	return (struct store_row){
		.id = db_col_int(q, 0),
		.uid = (uint32_t)db_col_int(q, 2),
		.flags = (unsigned)db_col_int(q, 3),
		.keywords = text_new(db_col_str(q, 4)),
		.modseq = (uint64_t)db_col_int(q, 5),
		.internal_unix_s = db_col_int(q, 6),
		.size = (uint64_t)db_col_int(q, 7),
		.has_body = db_col_int(q, 8) == 1,
		.known = db_col_int(q, 8) != 0,
		.content_id = db_col_int(q, 9),
		.thread = (uint64_t)db_col_int(q, 10),
		.saved_unix_s = db_col_int(q, 11),
	};
}

#define ROW_COLUMNS                                                                      \
	"id,box,uid,flags,keywords,modseq,internal_s,size,has_body,content,thread,"      \
	"saved_s"

static void push(struct snapshot *snapshot, struct store_row row)
{
	struct store_rows *rows = &snapshot->public;

	rows->items = mem_grow(rows->items, rows->count, &snapshot->capacity,
			       sizeof(*rows->items));
	rows->items[rows->count++] = row;
	snapshot->highest_id = MAX_OF(snapshot->highest_id, row.id);
}

static bool load(struct db *db, int64_t box_id, struct store_rows **rows_r,
		 struct err *err)
{
	struct snapshot *snapshot;
	sqlite3_stmt *q = db_query(db,
				   "SELECT " ROW_COLUMNS
				   " FROM msg WHERE box=?1 AND uid IS NOT NULL "
				   "ORDER BY uid",
				   ARGS(I(box_id)), err);

	if (!q)
		return false;
	snapshot = mem_alloc(sizeof(*snapshot));
	snapshot->refs = 1;
	while (db_row(q))
		push(snapshot, read_row(q));
	*rows_r = &snapshot->public;
	if (db_done(db, q, err))
		return true;
	store_rows_release(*rows_r);
	return false;
}

/* ---- the cache: under its lock ------------------------------------------------------
 */

static struct rows_box *find_box(struct rows_cache *cache, int64_t box_id)
{
	for (size_t i = 0; i < cache->box_count; i++)
		if (cache->boxes[i].box_id == box_id)
			return &cache->boxes[i];
	return NULL;
}

static void drop_box(struct rows_cache *cache, struct rows_box *box)
{
	store_rows_release(box->rows);
	*box = cache->boxes[--cache->box_count];
}

static size_t total_rows(const struct rows_cache *cache)
{
	size_t total = 0;

	for (size_t i = 0; i < cache->box_count; i++)
		total += cache->boxes[i].rows->count;
	return total;
}

static void make_room(struct rows_cache *cache, size_t rows)
{
	while (cache->box_count && (cache->box_count == ROWS_BOXES_MAX ||
				    total_rows(cache) + rows > ROWS_TOTAL_MAX)) {
		struct rows_box *oldest = &cache->boxes[0];

		for (size_t i = 1; i < cache->box_count; i++)
			if (cache->boxes[i].used < oldest->used)
				oldest = &cache->boxes[i];
		drop_box(cache, oldest);
	}
}

static void keep(struct rows_cache *cache, int64_t box_id, struct store_rows *rows)
{
	struct rows_box *box = find_box(cache, box_id);

	if (box) /* somebody else was faster */
		drop_box(cache, box);
	make_room(cache, rows->count);
	atomic_fetch_add(&snapshot_of(rows)->refs, 1);
	cache->boxes[cache->box_count++] = (struct rows_box){ .box_id = box_id,
							      .rows = rows,
							      .used = ++cache->clock };
}

static struct store_rows *take(struct rows_cache *cache, int64_t box_id,
			       uint64_t *version_r)
{
	struct store_rows *rows = NULL;
	struct rows_box *box;

	pthread_mutex_lock(&cache->lock);
	box = find_box(cache, box_id);
	if (box) {
		box->used = ++cache->clock;
		rows = box->rows;
		atomic_fetch_add(&snapshot_of(rows)->refs, 1);
	}
	*version_r = cache->version;
	pthread_mutex_unlock(&cache->lock);
	return rows;
}

/* Return: false if there was a commit since @version: @rows may be too old to keep. */
static bool keep_if_current(struct rows_cache *cache, int64_t box_id,
			    struct store_rows *rows, uint64_t version)
{
	bool current;

	pthread_mutex_lock(&cache->lock);
	current = cache->version == version;
	if (current)
		keep(cache, box_id, rows);
	pthread_mutex_unlock(&cache->lock);
	return current;
}

static bool load_slice(struct store *s, int64_t box_id, struct store_rows **rows_r,
		       struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };

	return store_read_begin(s, &read, err) && load(read.db, box_id, rows_r, err);
}

/* Readers of the database may see a commit before it is put in place here, and whoever
 * asks after them must not be given what was before it. */
static void settle(struct rows_cache *cache)
{
	uint64_t commits;

	pthread_mutex_lock(&cache->lock);
	commits = cache->commits;
	while (cache->committing && cache->commits == commits)
		pthread_cond_wait(&cache->committed, &cache->lock);
	pthread_mutex_unlock(&cache->lock);
}

bool store_rows_get(struct store *s, int64_t box_id, struct store_rows **rows_r,
		    struct err *err)
{
	struct rows_cache *cache = &s->rows;
	uint64_t version;
	bool fine;

	settle(cache);
	*rows_r = take(cache, box_id, &version);
	if (*rows_r)
		return true;
	if (!load_slice(s, box_id, rows_r, err))
		return false;
	if (keep_if_current(cache, box_id, *rows_r, version))
		return true;
	/* Somebody writes and writes: hold that up for once. */
	store_rows_release_ptr(rows_r);
	tx_lock_alone(s);
	*rows_r = take(cache, box_id, &version);
	fine = *rows_r || (load_slice(s, box_id, rows_r, err) &&
			   keep_if_current(cache, box_id, *rows_r, version));
	pthread_mutex_unlock(&s->write_lock);
	return fine;
}

/* ---- following the writer -----------------------------------------------------------
 */

void rows_init(struct rows_cache *cache)
{
	pthread_mutex_init(&cache->lock, NULL);
	pthread_cond_init(&cache->committed, NULL);
}

static void forget_fresh(struct rows_cache *cache)
{
	for (size_t i = 0; i < cache->fresh_count; i++)
		text_free(cache->fresh[i].row.keywords);
	cache->fresh_count = cache->fresh_capacity = 0;
	free(cache->fresh);
	cache->fresh = NULL;
}

void rows_finish(struct rows_cache *cache)
{
	while (cache->box_count)
		drop_box(cache, &cache->boxes[0]);
	forget_fresh(cache);
	free(cache->changed);
	pthread_mutex_destroy(&cache->lock);
	pthread_cond_destroy(&cache->committed);
}

static void note(void *argument, int op, const char *schema, const char *table,
		 sqlite3_int64 id)
{
	struct rows_cache *cache = argument;

	(void)op;
	(void)schema;
	if (cache->muted || strcmp(table, "msg") != 0 || cache->forget ||
	    (cache->changed_count && cache->changed[cache->changed_count - 1] == id))
		return;
	if (cache->changed_count == 4 * ROWS_CHANGED_MAX) {
		cache->forget = true;
		return;
	}
	cache->changed = mem_grow(cache->changed, cache->changed_count,
				  &cache->changed_capacity, sizeof(*cache->changed));
	cache->changed[cache->changed_count++] = id;
}

void rows_watch(struct rows_cache *cache, struct db *writer)
{
	sqlite3_update_hook(writer->handle, note, cache);
}

void rows_begin(struct rows_cache *cache)
{
	cache->changed_count = 0;
	cache->forget = false;
	forget_fresh(cache);
}

static struct row_change *add_fresh(struct rows_cache *cache)
{
	cache->fresh = mem_grow(cache->fresh, cache->fresh_count, &cache->fresh_capacity,
				sizeof(*cache->fresh));
	cache->fresh[cache->fresh_count] = (struct row_change){ 0 };
	return &cache->fresh[cache->fresh_count++];
}

void rows_mute(struct rows_cache *cache, bool muted)
{
	cache->muted = muted;
}

/* Keywords are mostly those of the row before: shared. */
void rows_know(struct rows_cache *cache, int64_t box_id, const struct store_row *row)
{
	const char *before = cache->fresh_count
				     ? cache->fresh[cache->fresh_count - 1].row.keywords
				     : NULL;
	struct row_change *change = add_fresh(cache);

	*change = (struct row_change){ row->id, box_id, true, *row };
	if (before && strcmp(before, row->keywords) == 0) {
		text_ref(before);
		change->row.keywords = before;
	} else {
		change->row.keywords = text_new(str_from(row->keywords));
	}
}

static int by_number(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static size_t sort_unique(int64_t *list, size_t count)
{
	size_t kept = 0;

	if (count > 1)
		qsort(list, count, sizeof(*list), by_number);
	for (size_t i = 0; i < count; i++)
		if (!kept || list[kept - 1] != list[i])
			list[kept++] = list[i];
	return kept;
}

static bool read_change(struct db *db, struct row_change *change)
{
	struct err err;
	sqlite3_stmt *q = db_query(
		db, "SELECT " ROW_COLUMNS " FROM msg WHERE id=?1 AND uid IS NOT NULL",
		ARGS(I(change->id)), &err);

	if (!q)
		return false;
	if (db_row(q)) {
		change->row = read_row(q);
		change->box_id = db_col_int(q, 1);
	}
	return db_done(db, q, &err);
}

void rows_read_changed(struct rows_cache *cache, struct db *writer)
{
	bool used;

	pthread_mutex_lock(&cache->lock);
	used = cache->box_count > 0;
	cache->committing = true;
	pthread_mutex_unlock(&cache->lock);
	cache->changed_count = sort_unique(cache->changed, cache->changed_count);
	/* Without a box there is nothing to follow; one that is loaded from here on,
	 * until the commit is done, is from before it. */
	if (cache->changed_count > ROWS_CHANGED_MAX ||
	    ((cache->changed_count || cache->fresh_count) && !used))
		cache->forget = true;
	/* After those that are known: what is read is the last word. */
	for (size_t i = 0; i < cache->changed_count && !cache->forget; i++) {
		struct row_change *change = add_fresh(cache);

		change->id = cache->changed[i];
		cache->forget = !read_change(writer, change);
	}
}

/* Copies the rows of a box unless nobody but the cache has them. */
static struct snapshot *own(struct rows_box *box)
{
	struct snapshot *old = snapshot_of(box->rows), *copy;
	size_t count = box->rows->count;

	if (old->refs == 1)
		return old;
	copy = mem_alloc(sizeof(*copy));
	copy->refs = 1;
	copy->capacity = count + count / 8 + 8;
	copy->highest_id = old->highest_id;
	copy->public.count = count;
	copy->public.items = mem_array(copy->capacity, sizeof(struct store_row));
	if (count)
		memcpy(copy->public.items, old->public.items,
		       count * sizeof(struct store_row));
	for (size_t i = 0; i < count; i++)
		text_ref(copy->public.items[i].keywords);
	store_rows_release(box->rows);
	box->rows = &copy->public;
	return copy;
}

static void remove_ids(struct store_rows *rows, const int64_t *ids, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < rows->count; i++) {
		if (bsearch(&rows->items[i].id, ids, count, sizeof(*ids), by_number))
			text_free(rows->items[i].keywords);
		else
			rows->items[kept++] = rows->items[i];
	}
	rows->count = kept;
}

static void put_flags(struct snapshot *snapshot, const struct store_row *row)
{
	struct store_row *mine = (struct store_row *)store_rows_find(&snapshot->public,
								     row->uid);

	if (!mine || mine->id != row->id)
		return;
	text_ref(row->keywords);
	text_free(mine->keywords);
	mine->flags = row->flags;
	mine->keywords = row->keywords;
	mine->modseq = row->modseq;
}

static void put(struct snapshot *snapshot, struct store_row row)
{
	struct store_rows *rows = &snapshot->public;
	size_t at = lower_bound(rows, row.uid);

	text_ref(row.keywords);
	if (at < rows->count && rows->items[at].uid == row.uid) {
		text_free(rows->items[at].keywords);
		rows->items[at] = row;
		return;
	}
	push(snapshot, row);
	memmove(&rows->items[at + 1], &rows->items[at],
		(rows->count - 1 - at) * sizeof(row));
	rows->items[at] = row;
}

/* Rows that are gone, or may have had another UID before. */
static size_t leaving(const struct rows_cache *cache, const struct rows_box *box,
		      int64_t *ids)
{
	size_t count = 0;

	for (size_t i = 0; i < cache->fresh_count; i++) {
		const struct row_change *c = &cache->fresh[i];
		const struct store_row *was = c->box_id == box->box_id
						      ? store_rows_find(box->rows,
									c->row.uid)
						      : NULL;

		if (!c->flags_only && c->id <= snapshot_of(box->rows)->highest_id &&
		    (!was || was->id != c->id))
			ids[count++] = c->id;
	}
	return count;
}

static void apply_to(struct rows_cache *cache, struct rows_box *box)
{
	CLEANUP(mem_free_ptr)
	int64_t *gone = mem_array(cache->fresh_count + 1, sizeof(*gone));
	size_t gone_count = leaving(cache, box, gone);
	bool any = gone_count > 0;
	struct snapshot *mine;

	for (size_t i = 0; i < cache->fresh_count; i++)
		any = any || cache->fresh[i].box_id == box->box_id;
	if (!any)
		return;
	mine = own(box);
	if (gone_count)
		remove_ids(&mine->public, gone, gone_count);
	for (size_t i = 0; i < cache->fresh_count; i++)
		if (cache->fresh[i].box_id != box->box_id)
			continue;
		else if (cache->fresh[i].flags_only)
			put_flags(mine, &cache->fresh[i].row);
		else
			put(mine, cache->fresh[i].row);
}

static void put_in_place(struct rows_cache *cache)
{
	if (!cache->changed_count && !cache->fresh_count && !cache->forget)
		return;
	cache->version++;
	for (size_t i = 0; i < cache->box_count && !cache->forget; i++)
		apply_to(cache, &cache->boxes[i]);
	while (cache->forget && cache->box_count)
		drop_box(cache, &cache->boxes[0]);
	rows_begin(cache);
}

void rows_apply(struct rows_cache *cache)
{
	pthread_mutex_lock(&cache->lock);
	put_in_place(cache);
	cache->committing = false;
	cache->commits++;
	pthread_cond_broadcast(&cache->committed);
	pthread_mutex_unlock(&cache->lock);
}

void rows_forget(struct rows_cache *cache)
{
	cache->forget = true;
	rows_apply(cache);
}

void store_rows_forget(struct store *s)
{
	tx_lock_alone(s);
	rows_forget(&s->rows);
	pthread_mutex_unlock(&s->write_lock);
}
