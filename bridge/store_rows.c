/*
 * Rows in memory: see store_rows.h. SQLite's update hook names the rows of msg that a
 * transaction touched; they are read again before its COMMIT and put in place after it.
 */
#include "bridge/store_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/store_internal.h"
#include "bridge/store_sync.h"

/* Mostly they are those of the row before. */
static const char *text_keep(struct row_texts *texts, struct str text)
{
	const char *last = texts->count ? texts->list[texts->count - 1] : "";

	if (!text.len)
		return "";
	if (str_eq(str_from(last), text))
		return last;
	texts->list = mem_grow(texts->list, texts->count, &texts->capacity,
			       sizeof(*texts->list));
	texts->list[texts->count] = mem_strndup(text.p, text.len);
	return texts->list[texts->count++];
}

static void texts_forget_but_last(struct row_texts *texts)
{
	if (texts->count < 2)
		return;
	for (size_t i = 0; i + 1 < texts->count; i++)
		free(texts->list[i]);
	texts->list[0] = texts->list[texts->count - 1];
	texts->count = 1;
}

static void texts_finish(struct row_texts *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		free(texts->list[i]);
	free(texts->list);
	*texts = (struct row_texts){ 0 };
}

static struct store_row read_row(sqlite3_stmt *q, struct row_texts *texts)
{
	return (struct store_row){
		.id = db_col_int(q, 0),
		.uid = (uint32_t)db_col_int(q, 2),
		.flags = (unsigned)db_col_int(q, 3),
		.keywords = text_keep(texts, db_col_str(q, 4)),
		.modseq = (uint64_t)db_col_int(q, 5),
		.internal_unix_s = db_col_int(q, 6),
		.size = (uint64_t)db_col_int(q, 7),
		.has_body = db_col_int(q, 8) == BODY_HERE,
		.known = db_col_int(q, 8) != BODY_UNKNOWN,
		.content_id = db_col_int(q, 9),
		.thread = (uint64_t)db_col_int(q, 10),
		.saved_unix_s = db_col_int(q, 11),
	};
}

#define ROW_COLUMNS                                                                      \
	"id,box,uid,flags,keywords,modseq,internal_s,size,has_body,content,thread,"      \
	"saved_s"

static bool load(struct db *db, int64_t box_id, struct store_rows **rows_r,
		 struct err *err)
{
	CLEANUP(texts_finish) struct row_texts texts = { 0 };
	struct snapshot_maker maker;
	sqlite3_stmt *q = db_query(db,
				   "SELECT " ROW_COLUMNS
				   " FROM msg WHERE box=?1 AND uid IS NOT NULL "
				   "ORDER BY uid",
				   ARGS(I(box_id)), err);

	if (!q)
		return false;
	snapshot_begin(&maker);
	while (db_row(q)) {
		struct store_row row = read_row(q, &texts);

		if (snapshot_add(&maker, &row))
			texts_forget_but_last(&texts);
	}
	*rows_r = snapshot_end(&maker);
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
	cache->boxes[cache->box_count++] = (struct rows_box){ .box_id = box_id,
							      .rows = snapshot_ref(rows),
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
		rows = snapshot_ref(box->rows);
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

	if (!store_read_shown(s, &read, err))
		return false;
	if (!read.trial)
		db_unmap(read.db);
	return load(read.db, box_id, rows_r, err);
}

/* Somebody writes and writes: hold that up for once. */
static bool load_alone(struct store *s, int64_t box_id, struct store_rows **rows_r,
		       struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	uint64_t version;

	if (!store_read_trial(s, &read, err))
		return false;
	*rows_r = take(&s->rows, box_id, &version);
	return *rows_r || (load(read.db, box_id, rows_r, err) &&
			   keep_if_current(&s->rows, box_id, *rows_r, version));
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

	settle(cache);
	*rows_r = take(cache, box_id, &version);
	if (*rows_r)
		return true;
	if (!load_slice(s, box_id, rows_r, err))
		return false;
	if (keep_if_current(cache, box_id, *rows_r, version))
		return true;
	store_rows_release_ptr(rows_r);
	return load_alone(s, box_id, rows_r, err);
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
	texts_finish(&cache->texts);
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
	free(cache->stamps);
	pthread_mutex_destroy(&cache->lock);
	pthread_cond_destroy(&cache->committed);
}

static void add_changed(struct rows_cache *cache, int64_t id)
{
	if (cache->forget ||
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

static void note(void *argument, int op, const char *schema, const char *table,
		 sqlite3_int64 id)
{
	struct rows_cache *cache = argument;

	(void)op;
	(void)schema;
	if (!cache->muted && strcmp(table, "msg") == 0)
		add_changed(cache, id);
}

static void add_stamp(struct rows_cache *cache, struct rows_stamp stamp)
{
	cache->stamps = mem_grow(cache->stamps, cache->stamp_count,
				 &cache->stamp_capacity, sizeof(*cache->stamps));
	cache->stamps[cache->stamp_count++] = stamp;
}

void rows_changed(struct rows_cache *cache, int64_t box_id, int64_t id)
{
	const struct rows_stamp *last = cache->stamp_count
						? &cache->stamps[cache->stamp_count - 1]
						: NULL;
	bool here;

	if (last && last->reload && last->box_id == box_id)
		return;
	pthread_mutex_lock(&cache->lock);
	here = find_box(cache, box_id) != NULL;
	pthread_mutex_unlock(&cache->lock);
	if (here)
		add_changed(cache, id);
	else
		add_stamp(cache, (struct rows_stamp){ .box_id = box_id, .reload = true });
}

void rows_watch(struct rows_cache *cache, struct db *writer)
{
	sqlite3_update_hook(writer->handle, note, cache);
}

void rows_begin(struct rows_cache *cache)
{
	cache->changed_count = 0;
	cache->stamp_count = 0;
	cache->forget = false;
	forget_fresh(cache);
}

void rows_stamp(struct rows_cache *cache, int64_t box_id, uint64_t modseq)
{
	add_stamp(cache, (struct rows_stamp){ .box_id = box_id, .modseq = modseq });
}

static void stamp_box(struct rows_box *box, const struct rows_stamp *stamp)
{
	if (!stamp->modseq)
		box->head.modseq = 0;
	else if (box->head.modseq)
		box->head.modseq = stamp->modseq;
}

static void stamp_boxes(struct rows_cache *cache)
{
	for (size_t k = 0; k < cache->stamp_count; k++) {
		const struct rows_stamp *stamp = &cache->stamps[k];
		struct rows_box *box = find_box(cache, stamp->box_id);

		if (box && stamp->reload)
			drop_box(cache, box);
		else if (box)
			stamp_box(box, stamp);
		for (size_t i = 0; !stamp->box_id && i < cache->box_count; i++)
			stamp_box(&cache->boxes[i], stamp);
	}
}

bool rows_unchanged(struct rows_cache *cache, int64_t box_id, uint64_t since,
		    struct rows_head *head_r)
{
	struct rows_box *box;
	bool same;

	pthread_mutex_lock(&cache->lock);
	box = find_box(cache, box_id);
	same = box && since > 0 && box->head.modseq == since;
	if (same)
		*head_r = box->head;
	pthread_mutex_unlock(&cache->lock);
	return same;
}

void rows_head_know(struct rows_cache *cache, int64_t box_id,
		    const struct rows_head *head, uint64_t commits)
{
	struct rows_box *box;

	pthread_mutex_lock(&cache->lock);
	box = find_box(cache, box_id);
	if (box && cache->commits == commits && !cache->committing)
		box->head = *head;
	pthread_mutex_unlock(&cache->lock);
}

uint64_t rows_commits(struct rows_cache *cache)
{
	uint64_t commits;

	pthread_mutex_lock(&cache->lock);
	commits = cache->commits;
	pthread_mutex_unlock(&cache->lock);
	return commits;
}

struct store_rows *rows_current(struct rows_cache *cache, int64_t box_id)
{
	uint64_t version;

	if (cache->changed_count || cache->fresh_count || cache->forget)
		return NULL;
	return take(cache, box_id, &version);
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

void rows_know(struct rows_cache *cache, int64_t box_id, const struct store_row *row)
{
	struct row_change *change;

	if (cache->forget || cache->fresh_count == ROWS_KNOWN_MAX) {
		cache->forget = true;
		return;
	}
	change = add_fresh(cache);
	*change = (struct row_change){ row->id, box_id, true, *row };
	change->row.keywords = text_keep(&cache->texts, str_from(row->keywords));
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

static bool read_change(struct db *db, struct row_change *change, struct row_texts *texts)
{
	struct err err;
	sqlite3_stmt *q = db_query(
		db, "SELECT " ROW_COLUMNS " FROM msg WHERE id=?1 AND uid IS NOT NULL",
		ARGS(I(change->id)), &err);

	if (!q)
		return false;
	if (db_row(q)) {
		change->row = read_row(q, texts);
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
		cache->forget = !read_change(writer, change, &cache->texts);
	}
}

/* Rows that are gone, or may have had another UID before. */
static size_t leaving(const struct rows_cache *cache, const struct rows_box *box,
		      int64_t *ids)
{
	int64_t highest = snapshot_highest_id(box->rows);
	size_t count = 0;

	for (size_t i = 0; i < cache->fresh_count; i++) {
		const struct row_change *c = &cache->fresh[i];
		struct store_row was;

		if (!c->flags_only && c->id <= highest &&
		    (c->box_id != box->box_id ||
		     !store_rows_find(box->rows, c->row.uid, &was) || was.id != c->id))
			ids[count++] = c->id;
	}
	return sort_unique(ids, count);
}

/* They stand in the order of their making. */
static int by_uid(const void *a, const void *b)
{
	const struct row_change *x = *(const struct row_change *const *)a;
	const struct row_change *y = *(const struct row_change *const *)b;

	return x->row.uid != y->row.uid ? (x->row.uid > y->row.uid ? 1 : -1)
					: (x > y) - (x < y);
}

static size_t changes_of(const struct rows_cache *cache, int64_t box_id,
			 const struct row_change **list)
{
	size_t count = 0;

	for (size_t i = 0; i < cache->fresh_count; i++)
		if (cache->fresh[i].box_id == box_id)
			list[count++] = &cache->fresh[i];
	mem_sort(list, count, sizeof(const struct row_change *), by_uid);
	return count;
}

static void apply_to(struct rows_cache *cache, struct rows_box *box)
{
	CLEANUP(mem_free_ptr)
	int64_t *gone = mem_array(cache->fresh_count + 1, sizeof(*gone));
	CLEANUP(mem_free_ptr)
	const struct row_change **changes = mem_array(cache->fresh_count + 1,
						      sizeof(*changes));
	size_t gone_count = leaving(cache, box, gone);
	size_t count = changes_of(cache, box->box_id, changes);
	struct store_rows *old = box->rows;

	if (!gone_count && !count)
		return;
	box->rows = snapshot_apply(old, changes, count, gone, gone_count);
	store_rows_release(old);
}

static void put_in_place(struct rows_cache *cache)
{
	if (!cache->changed_count && !cache->fresh_count && !cache->forget &&
	    !cache->stamp_count)
		return;
	cache->version++;
	stamp_boxes(cache);
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
