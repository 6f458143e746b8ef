/* Snapshots of folders: see store_snapshot.h. */
#include "bridge/store_snapshot.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/macros.h"
#include "base/mem.h"
#include "bridge/store_chunk.h"

enum part_begin { BY_UID, BY_INDEX };

struct snapshot {
	struct store_rows public;
	atomic_int refs;
	int64_t highest_id;
	struct part {
		struct chunk *chunk;
		uint32_t begins[2];
	} * parts;
	size_t count;
};

static struct snapshot *of(const struct store_rows *rows)
{
	return (struct snapshot *)((char *)rows - offsetof(struct snapshot, public));
}

struct store_rows *snapshot_ref(struct store_rows *rows)
{
	atomic_fetch_add(&of(rows)->refs, 1);
	return rows;
}

void store_rows_release(struct store_rows *rows)
{
	if (!rows || atomic_fetch_sub(&of(rows)->refs, 1) != 1)
		return;
	for (size_t i = 0; i < of(rows)->count; i++)
		chunk_unref(of(rows)->parts[i].chunk);
	free(of(rows)->parts);
	free(of(rows));
}

void store_rows_release_ptr(struct store_rows **rows)
{
	store_rows_release(*rows);
	*rows = NULL;
}

int64_t snapshot_highest_id(const struct store_rows *rows)
{
	return of(rows)->highest_id;
}

/* ---- reading ------------------------------------------------------------------------
 */

/* The last part that does not begin behind @what. */
static size_t part_of(const struct snapshot *s, enum part_begin by, uint32_t what)
{
	size_t from = 0, to = s->count;

	while (to - from > 1) {
		size_t middle = from + (to - from) / 2;

		if (s->parts[middle].begins[by] <= what)
			from = middle;
		else
			to = middle;
	}
	return from;
}

struct store_row store_rows_at(const struct store_rows *rows, size_t at)
{
	const struct snapshot *s = of(rows);
	const struct part *part = &s->parts[part_of(s, BY_INDEX, (uint32_t)at)];

	return chunk_row(part->chunk, at - part->begins[BY_INDEX]);
}

bool store_rows_next(struct store_rows_walk *walk, struct store_row *row_r)
{
	const struct snapshot *s = of(walk->rows);

	while (walk->part < s->count &&
	       walk->at >= chunk_count(s->parts[walk->part].chunk)) {
		walk->part++;
		walk->at = 0;
	}
	if (walk->part >= s->count)
		return false;
	*row_r = chunk_row(s->parts[walk->part].chunk, walk->at++);
	return true;
}

/* Mostly it is in the part where the one before it was. */
static bool is_in_part(const struct snapshot *s, size_t part, uint32_t uid)
{
	return part < s->count && s->parts[part].begins[BY_UID] <= uid &&
	       (part + 1 == s->count || uid < s->parts[part + 1].begins[BY_UID]);
}

bool store_rows_seek(struct store_rows_walk *walk, uint32_t uid, struct store_row *row_r)
{
	const struct snapshot *s = of(walk->rows);
	const struct chunk *chunk;

	if (!s->count)
		return false;
	if (!is_in_part(s, walk->part, uid)) {
		walk->part = part_of(s, BY_UID, uid);
		walk->at = 0;
	}
	chunk = s->parts[walk->part].chunk;
	if (walk->at >= chunk_count(chunk) || chunk_uid(chunk, walk->at) != uid)
		walk->at = chunk_find(chunk, uid);
	if (walk->at >= chunk_count(chunk) || chunk_uid(chunk, walk->at) != uid)
		return false;
	*row_r = chunk_row(chunk, walk->at++);
	return true;
}

bool store_rows_find(const struct store_rows *rows, uint32_t uid, struct store_row *row_r)
{
	struct store_rows_walk walk = { .rows = rows };

	return store_rows_seek(&walk, uid, row_r);
}

uint32_t snapshot_without(const struct store_rows *rows, unsigned flags)
{
	const struct snapshot *s = of(rows);

	for (size_t i = 0; i < s->count; i++) {
		const struct chunk *chunk = s->parts[i].chunk;
		size_t at = chunk_without(chunk, 0, flags);

		if (at < chunk_count(chunk))
			return chunk_uid(chunk, at);
	}
	return 0;
}

bool snapshot_texts(const struct store_rows *rows, size_t *at, struct str *texts_r)
{
	const struct snapshot *s = of(rows);

	while (*at < s->count) {
		*texts_r = chunk_texts(s->parts[(*at)++].chunk);
		if (texts_r->len)
			return true;
	}
	return false;
}

void snapshot_uids(const struct store_rows *rows, uint32_t *uids_r)
{
	const struct snapshot *s = of(rows);

	for (size_t i = 0; i < s->count; i++)
		for (size_t at = 0; at < chunk_count(s->parts[i].chunk); at++)
			*uids_r++ = chunk_uid(s->parts[i].chunk, at);
}

/* ---- making -------------------------------------------------------------------------
 */

void snapshot_begin(struct snapshot_maker *maker)
{
	struct snapshot *s = mem_alloc(sizeof(*s));

	s->refs = 1;
	*maker = (struct snapshot_maker){
		.rows = &s->public,
		.pending = mem_array(CHUNK_ROWS, sizeof(struct store_row)),
	};
}

/* Takes over the reference. */
static void add_part(struct snapshot_maker *maker, struct chunk *chunk)
{
	struct snapshot *s = of(maker->rows);

	s->parts = mem_grow(s->parts, s->count, &maker->capacity, sizeof(*s->parts));
	s->parts[s->count++] = (struct part){
		chunk, { chunk_uid(chunk, 0), (uint32_t)s->public.count }
	};
	s->public.count += chunk_count(chunk);
}

static void flush(struct snapshot_maker *maker)
{
	if (maker->pending_count)
		add_part(maker, chunk_new(maker->pending, maker->pending_count));
	maker->pending_count = 0;
}

bool snapshot_add(struct snapshot_maker *maker, const struct store_row *row)
{
	struct snapshot *s = of(maker->rows);
	bool full = maker->pending_count == CHUNK_ROWS;

	if (full)
		flush(maker);
	s->highest_id = MAX_OF(s->highest_id, row->id);
	maker->pending[maker->pending_count++] = *row;
	return full;
}

struct store_rows *snapshot_end(struct snapshot_maker *maker)
{
	flush(maker);
	free(maker->pending);
	return maker->rows;
}

/* ---- changing -----------------------------------------------------------------------
 */

struct applying {
	struct snapshot_maker maker;
	const struct row_change *const *changes;
	size_t count, at;
	const int64_t *gone;
	size_t gone_count;
};

static int by_number(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* All changes of one UID; @row: what is there, or NULL. Return: what is there then. */
static bool change_row(struct applying *a, uint32_t uid, struct store_row *row,
		       bool there)
{
	for (; a->at < a->count && a->changes[a->at]->row.uid == uid; a->at++) {
		const struct row_change *c = a->changes[a->at];

		if (!c->flags_only) {
			*row = c->row;
			there = true;
		} else if (there && row->id == c->row.id) {
			row->flags = c->row.flags;
			row->keywords = c->row.keywords;
			row->modseq = c->row.modseq;
		}
	}
	return there;
}

/* What comes before @uid and is new. */
static void add_new_below(struct applying *a, uint64_t uid)
{
	while (a->at < a->count && a->changes[a->at]->row.uid < uid) {
		struct store_row row = { 0 };

		if (change_row(a, a->changes[a->at]->row.uid, &row, false))
			snapshot_add(&a->maker, &row);
	}
}

static void merge(struct applying *a, const struct chunk *chunk, uint64_t below)
{
	for (size_t i = 0; i < chunk_count(chunk); i++) {
		struct store_row row = chunk_row(chunk, i);
		bool there = !a->gone_count || !bsearch(&row.id, a->gone, a->gone_count,
							sizeof(*a->gone), by_number);

		add_new_below(a, row.uid);
		if (change_row(a, row.uid, &row, there))
			snapshot_add(&a->maker, &row);
	}
	add_new_below(a, below);
}

/* Changes of flags alone mostly fit where the old ones were. Return: false if not. */
static bool patch(struct applying *a, const struct chunk *old, uint64_t below)
{
	size_t end = a->at;
	struct chunk *chunk;
	bool fits = true;

	for (; end < a->count && a->changes[end]->row.uid < below; end++)
		if (!a->changes[end]->flags_only)
			return false;
	chunk = chunk_copy(old);
	for (size_t i = a->at; fits && i < end; i++) {
		const struct store_row *row = &a->changes[i]->row;
		size_t at = chunk_find(chunk, row->uid);

		if (at < chunk_count(chunk) && chunk_row(chunk, at).uid == row->uid &&
		    chunk_row(chunk, at).id == row->id)
			fits = chunk_patch(chunk, at, row);
	}
	if (!fits) {
		chunk_unref(chunk);
		return false;
	}
	a->at = end;
	flush(&a->maker);
	add_part(&a->maker, chunk);
	return true;
}

/* A small rest of what was merged before it is not left as a chunk of its own. */
static void share(struct applying *a, struct chunk *chunk)
{
	if (a->maker.pending_count &&
	    a->maker.pending_count + chunk_count(chunk) <= CHUNK_ROWS) {
		merge(a, chunk, 0);
		return;
	}
	flush(&a->maker);
	add_part(&a->maker, chunk_ref(chunk));
}

struct store_rows *snapshot_apply(const struct store_rows *from,
				  const struct row_change *const *changes, size_t count,
				  const int64_t *gone, size_t gone_count)
{
	const struct snapshot *old = of(from);
	struct applying a = {
		.changes = changes, .count = count, .gone = gone, .gone_count = gone_count
	};

	snapshot_begin(&a.maker);
	/* Higher than needed does no harm. */
	of(a.maker.rows)->highest_id = old->highest_id;
	for (size_t i = 0; i < old->count; i++) {
		uint64_t below = i + 1 < old->count ? old->parts[i + 1].begins[BY_UID]
						    : UINT64_MAX;

		bool changed = a.at < count && changes[a.at]->row.uid < below;
		bool left = gone_count &&
			    chunk_may_have(old->parts[i].chunk, gone, gone_count);

		if (!changed && !left)
			share(&a, old->parts[i].chunk);
		else if (left || !patch(&a, old->parts[i].chunk, below))
			merge(&a, old->parts[i].chunk, below);
	}
	add_new_below(&a, UINT64_MAX);
	return snapshot_end(&a.maker);
}
