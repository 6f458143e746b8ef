/* store: packed rows read as they were written, and changes do what they do to a list. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/mem.h"
#include "bridge/store_chunk.h"
#include "bridge/store_snapshot.h"

enum { MODEL_MAX = 4000, CHANGES_MAX = 700 };

static uint64_t seed = 1;

static uint64_t next_random(void)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return seed >> 17;
}

/* Mostly small, at times as large as it can be. */
static int64_t any_number(unsigned kind)
{
	static const int64_t extremes[] = { INT64_MIN, INT64_MAX, -1, 0, 1, UINT32_MAX };

	if (kind == 0)
		return extremes[next_random() % ARRAY_LEN(extremes)];
	return (int64_t)(next_random() % (UINT64_C(1) << (8 * (kind % 6) + 1)));
}

static struct store_row any_row(uint32_t uid, int64_t id, unsigned kind)
{
	static const char *const keywords[] = {
		"", "", "", "Red\n", "Blue\nRed\n", "\xc3\xa4\n"
	};

	return (struct store_row){
		.id = id,
		.content_id = any_number(kind),
		.uid = uid,
		.flags = (unsigned)next_random() & MSG_FLAGS_ALL,
		.has_body = next_random() & 1,
		.known = next_random() & 1,
		.keywords = keywords[next_random() % ARRAY_LEN(keywords)],
		.modseq = (uint64_t)any_number(kind),
		.internal_unix_s = any_number(kind),
		.size = (uint64_t)any_number(kind),
		.thread = (uint64_t)any_number(kind),
		.saved_unix_s = any_number(kind),
	};
}

static void same(const struct store_row *is, const struct store_row *wanted)
{
	assert_int_equal(is->id, wanted->id);
	assert_int_equal(is->content_id, wanted->content_id);
	assert_int_equal(is->uid, wanted->uid);
	assert_int_equal(is->flags, wanted->flags);
	assert_int_equal(is->has_body, wanted->has_body);
	assert_int_equal(is->known, wanted->known);
	assert_string_equal(is->keywords, wanted->keywords);
	assert_true(is->modseq == wanted->modseq);
	assert_int_equal(is->internal_unix_s, wanted->internal_unix_s);
	assert_true(is->size == wanted->size);
	assert_true(is->thread == wanted->thread);
	assert_int_equal(is->saved_unix_s, wanted->saved_unix_s);
}

static void packed_as_written(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		struct store_row rows[CHUNK_ROWS];
		size_t count = 1 + next_random() % CHUNK_ROWS;
		struct chunk *chunk;

		for (size_t i = 0; i < count; i++)
			rows[i] = any_row((uint32_t)(round % 2 ? 7 + 3 * i
							       : UINT32_MAX - count + i),
					  any_number(round), round);
		chunk = chunk_new(rows, count);
		assert_int_equal(chunk_count(chunk), count);
		for (size_t i = 0; i < count; i++) {
			struct store_row row = chunk_row(chunk, i);

			same(&row, &rows[i]);
			assert_int_equal(chunk_find(chunk, rows[i].uid), i);
			assert_true(chunk_may_have(chunk, &rows[i].id, 1));
		}
		chunk_unref(chunk);
	}
}

/* ---- against a plain list -------------------------------------------------------------
 */

struct model {
	struct store_row rows[MODEL_MAX];
	size_t count;
};

static size_t model_find(const struct model *m, uint32_t uid)
{
	size_t at = 0;

	while (at < m->count && m->rows[at].uid < uid)
		at++;
	return at;
}

static void model_remove(struct model *m, int64_t id)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->count; i++)
		if (m->rows[i].id != id)
			m->rows[kept++] = m->rows[i];
	m->count = kept;
}

static void model_change(struct model *m, const struct row_change *c)
{
	size_t at = model_find(m, c->row.uid);
	bool there = at < m->count && m->rows[at].uid == c->row.uid;

	if (there && c->flags_only && m->rows[at].id == c->row.id) {
		m->rows[at].flags = c->row.flags;
		m->rows[at].keywords = c->row.keywords;
		m->rows[at].modseq = c->row.modseq;
	}
	if (c->flags_only)
		return;
	if (!there) {
		assert_true(m->count < MODEL_MAX);
		memmove(&m->rows[at + 1], &m->rows[at],
			(m->count++ - at) * sizeof(m->rows[0]));
	}
	m->rows[at] = c->row;
}

static void compare(const struct store_rows *rows, const struct model *m)
{
	struct store_rows_walk all = { .rows = rows }, some = { .rows = rows };
	struct store_row row;

	assert_int_equal(rows->count, m->count);
	for (size_t i = 0; i < m->count; i++) {
		assert_true(store_rows_next(&all, &row));
		same(&row, &m->rows[i]);
		if (i % 7 == 0) {
			assert_true(store_rows_seek(&some, m->rows[i].uid, &row));
			same(&row, &m->rows[i]);
			assert_true(store_rows_find(rows, m->rows[i].uid, &row));
			same(&row, &m->rows[i]);
			row = store_rows_at(rows, i);
			same(&row, &m->rows[i]);
		}
		if (i && m->rows[i - 1].uid + 1 < m->rows[i].uid)
			assert_false(store_rows_seek(&some, m->rows[i].uid - 1, &row));
	}
	assert_false(store_rows_next(&all, &row));
}

static int by_number(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static size_t any_gone(struct model *m, int64_t *gone, size_t most)
{
	size_t count = most ? next_random() % most : 0;
	size_t from = m->count ? next_random() % m->count : 0, kept = 0;

	for (size_t i = 0; i < count && from + i < m->count; i++)
		if (next_random() % 8)
			gone[kept++] = m->rows[from + i].id;
	for (size_t i = 0; i < kept; i++)
		model_remove(m, gone[i]);
	qsort(gone, kept, sizeof(*gone), by_number);
	return kept;
}

/* Ascending; old ones and new ones, at times one twice. */
static size_t any_changes(struct model *m, struct row_change *list, size_t most,
			  uint32_t *next_uid)
{
	size_t count = most ? next_random() % most : 0, at = 0;
	size_t from = m->count ? next_random() % m->count : 0;

	for (; at < count / 2 && from < m->count; from += 1 + next_random() % 3, at++) {
		const struct store_row *old = &m->rows[from];
		bool flags_only = next_random() & 1;

		list[at] = (struct row_change){ old->id, 1, flags_only,
						any_row(old->uid, old->id, 3) };
		if (next_random() % 10 == 0)
			from--;
	}
	while (at < count && m->count + at < MODEL_MAX && next_random() % 40) {
		uint32_t uid = *next_uid += 1 + next_random() % 2;

		list[at++] = (struct row_change){ uid, 1, false, any_row(uid, uid, 3) };
	}
	return at;
}

static void changes_as_to_a_list(void **state)
{
	static struct model model;
	static const size_t most[] = { 2, 2, 10, CHANGES_MAX };
	struct snapshot_maker maker;
	struct store_rows *rows;
	uint32_t next_uid = 0;
	size_t largest = 0;

	(void)state;
	snapshot_begin(&maker);
	rows = snapshot_end(&maker);
	compare(rows, &model);
	for (unsigned step = 0; step < 400; step++) {
		struct row_change changes[CHANGES_MAX];
		const struct row_change *list[CHANGES_MAX];
		int64_t gone[CHANGES_MAX];
		bool grows = step % 20 < 17;
		size_t gone_count = any_gone(&model, gone, grows ? 3 : most[step % 4]);
		size_t count = any_changes(&model, changes, most[next_random() % 4],
					   &next_uid);
		struct store_rows *after;

		for (size_t i = 0; i < count; i++) {
			list[i] = &changes[i];
			model_change(&model, &changes[i]);
		}
		after = snapshot_apply(rows, list, count, gone, gone_count);
		store_rows_release(rows);
		rows = after;
		compare(rows, &model);
		largest = MAX_OF(largest, model.count);
	}
	assert_true(largest > 4 * CHUNK_ROWS);
	store_rows_release(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packed_as_written),
		cmocka_unit_test(changes_as_to_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
