/*
 * Merging segments of the text index, so that a search looks into few of them: 8 or more
 * neighbours of about one size become one of the next size. What contents that are gone
 * have left in it goes then, too; a segment that has lost a quarter is written anew for
 * that. A merge takes many short transactions; what it has written counts when it is
 * done, and is thrown away if the daemon ends before.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "bridge/store_text_work.h"

enum {
	FAN = 8,
	INPUTS_MAX = 16,
	STEP_BYTES = 4 << 20,
	BLOCK_MAX_BYTES = 1 << 30,
};

struct segment {
	int64_t id, first, last, docs, gone;
};

struct cursor { /* through a segment's words */
	struct segment segment;
	int64_t block; /* id of the one that is here */
	struct strbuf words, postings;
	struct str words_left, postings_left;
	struct str word, entries; /* the current one */
	bool end;
};

struct entry {
	struct str next, list;
	size_t input;
};

struct text_merge {
	struct cursor inputs[INPUTS_MAX];
	size_t count;
	struct text_writer writer;
	int64_t first, last, docs; /* of what is made */
	unsigned char *kept; /* bits of contents, from first on */
	struct entry *entries;
	size_t entry_count, entry_capacity;
	int64_t *ids;
	size_t id_count, id_capacity;
};

void text_merge_free(struct text_merge *merge)
{
	if (!merge)
		return;
	for (size_t i = 0; i < merge->count; i++) {
		strbuf_finish(&merge->inputs[i].words);
		strbuf_finish(&merge->inputs[i].postings);
	}
	text_writer_finish(&merge->writer);
	free(merge->kept);
	free(merge->entries);
	free(merge->ids);
	free(merge);
}

/* ---- what is to be merged ------------------------------------------------------------
 */

static unsigned level(const struct segment *segment)
{
	unsigned level = 0;

	for (int64_t docs = segment->docs - segment->gone; docs >= FAN; docs /= FAN)
		level++;
	return level;
}

/* The first run of neighbours up to that level that is long enough. */
static size_t find_run(const struct segment *all, size_t count, unsigned upto,
		       size_t *start_r)
{
	size_t start = 0;

	for (size_t i = 0; i <= count; i++) {
		if (i < count && level(&all[i]) <= upto && i - start < INPUTS_MAX)
			continue;
		*start_r = start;
		if (i - start >= FAN)
			return i - start;
		start = i + 1;
	}
	return 0;
}

static size_t choose(const struct segment *all, size_t count, size_t *start_r)
{
	for (unsigned upto = 0; upto < 20 && count >= FAN; upto++) {
		size_t run = find_run(all, count, upto, start_r);

		if (run)
			return run;
	}
	for (*start_r = 0; *start_r < count; ++*start_r)
		if (all[*start_r].gone * 4 > all[*start_r].docs)
			return 1;
	return 0;
}

static bool read_segments(struct db *db, struct segment **all_r, size_t *count_r,
			  struct err *err)
{
	size_t capacity = 0;
	sqlite3_stmt *q = db_query(
		db,
		"SELECT id,first,last,docs,gone FROM segment WHERE ready=1 "
		"ORDER BY first",
		NO_ARGS, err);

	if (!q)
		return false;
	while (db_row(q)) {
		*all_r = mem_grow(*all_r, *count_r, &capacity, sizeof(**all_r));
		(*all_r)[(*count_r)++] = (struct segment){
			db_col_int(q, 0), db_col_int(q, 1), db_col_int(q, 2),
			db_col_int(q, 3), db_col_int(q, 4),
		};
	}
	return db_done(db, q, err);
}

static bool remove_segment(struct db *db, int64_t id, struct err *err)
{
	int64_t from = text_block_id(id, 0, 0), behind = text_block_id(id + 1, 0, 0);

	return db_do(db, "DELETE FROM block WHERE id>=?1 AND id<?2",
		     ARGS(I(from), I(behind)), err) &&
	       db_do(db, "DELETE FROM posting WHERE id>=?1 AND id<?2",
		     ARGS(I(from), I(behind)), err) &&
	       db_do(db, "DELETE FROM segment WHERE id=?1", ARGS(I(id)), err);
}

/* Of a merge that was not finished. */
static bool remove_unready(struct db *db, struct err *err)
{
	for (;;) {
		int64_t id;

		if (!db_int(db, "SELECT id FROM segment WHERE ready=0", NO_ARGS, 0, &id,
			    err))
			return false;
		if (!id)
			return true;
		if (!remove_segment(db, id, err))
			return false;
	}
}

/* ---- reading -------------------------------------------------------------------------
 */

static unsigned area_of(const struct cursor *c)
{
	return text_block_area(c->block);
}

static bool read_block(struct db *db, struct cursor *c, struct err *err)
{
	sqlite3_stmt *q = db_query(
		db,
		"SELECT id,words,data FROM block JOIN posting USING(id) "
		"WHERE id>?1 AND id<?2 ORDER BY id LIMIT 1",
		ARGS(I(c->block), I(text_block_id(c->segment.id + 1, 0, 0))), err);

	if (!q)
		return false;
	strbuf_reset(&c->words);
	strbuf_reset(&c->postings);
	c->end = !db_row(q);
	if (!c->end) {
		c->block = db_col_int(q, 0);
		strbuf_add(&c->words, db_col_str(q, 1));
		strbuf_add(&c->postings, db_col_str(q, 2));
	}
	c->words_left = str_sub(strbuf_str(&c->words), 1, c->words.len);
	c->postings_left = strbuf_str(&c->postings);
	return db_done(db, q, err) && strbuf_ok(&c->words, err) &&
	       strbuf_ok(&c->postings, err);
}

static bool advance(struct db *db, struct cursor *c, struct err *err)
{
	while (!c->words_left.len)
		if (!read_block(db, c, err) || c->end)
			return c->end;
	if (!str_split(&c->words_left, '\n', &c->word) ||
	    !text_take_word(&c->postings_left, &c->entries))
		return err_set(err, ERR_BROKEN, "the text index is damaged");
	return true;
}

static int by_place(const struct cursor *a, const struct cursor *b)
{
	if (a->end || b->end)
		return (int)a->end - (int)b->end;
	if (area_of(a) != area_of(b))
		return area_of(a) < area_of(b) ? -1 : 1;
	return str_cmp(a->word, b->word);
}

/* ---- merging -------------------------------------------------------------------------
 */

static bool is_kept(const struct text_merge *m, int64_t id)
{
	int64_t at = id - m->first;

	return at >= 0 && id <= m->last && (m->kept[at / 8] >> at % 8 & 1);
}

/* Which contents still are; they count as docs. */
static bool read_kept(struct db *db, struct text_merge *m, struct err *err)
{
	sqlite3_stmt *q = db_query(db, "SELECT id FROM doc WHERE id BETWEEN ?1 AND ?2",
				   ARGS(I(m->first), I(m->last)), err);

	if (!q)
		return false;
	m->kept = mem_array((size_t)(m->last - m->first) / 8 + 1, 1);
	for (; db_row(q); m->docs++) {
		int64_t at = db_col_int(q, 0) - m->first;

		m->kept[at / 8] |= (unsigned char)(1 << at % 8);
	}
	return db_done(db, q, err);
}

static bool begin(struct db *db, struct text_merge *m, const struct segment *run,
		  size_t count, struct err *err)
{
	m->count = count;
	m->first = run[0].first;
	m->last = run[count - 1].last;
	if (!read_kept(db, m, err) ||
	    !db_do(db, "INSERT INTO segment(first,last) VALUES(?1,?2)",
		   ARGS(I(m->first), I(m->last)), err))
		return false;
	text_writer_init(&m->writer, db, db_last_id(db), m->first);
	for (size_t i = 0; i < count; i++) {
		struct cursor *c = &m->inputs[i];

		c->segment = run[i];
		c->block = text_block_id(run[i].id, 0, 0) - 1;
		strbuf_init(&c->words, BLOCK_MAX_BYTES);
		strbuf_init(&c->postings, BLOCK_MAX_BYTES);
		if (!advance(db, c, err))
			return false;
	}
	return true;
}

static bool take_entries(struct text_merge *m, size_t input, struct err *err)
{
	struct str rest = m->inputs[input].entries;

	while (rest.len) {
		struct entry *e;

		m->entries = mem_grow(m->entries, m->entry_count, &m->entry_capacity,
				      sizeof(*m->entries));
		e = &m->entries[m->entry_count++];
		e->input = input;
		if (!text_take_entry(&rest, &e->next, &e->list))
			return err_set(err, ERR_BROKEN, "the text index is damaged");
	}
	return true;
}

static int by_next(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = str_cmp(x->next, y->next);

	return order ? order : (x->input > y->input) - (x->input < y->input);
}

static void take_ids(struct text_merge *m, const struct entry *e)
{
	int64_t id = m->inputs[e->input].segment.first;
	struct str rest = e->list;

	while (text_take_id(&rest, &id)) {
		if (!is_kept(m, id))
			continue;
		m->ids = mem_grow(m->ids, m->id_count, &m->id_capacity, sizeof(*m->ids));
		m->ids[m->id_count++] = id;
	}
}

/* Inputs have ids in ascending ranges: lists follow one another. */
static void write_entries(struct text_merge *m)
{
	mem_sort(m->entries, m->entry_count, sizeof(*m->entries), by_next);
	for (size_t i = 0; i < m->entry_count;) {
		struct str next = m->entries[i].next;

		m->id_count = 0;
		for (; i < m->entry_count && str_eq(m->entries[i].next, next); i++)
			take_ids(m, &m->entries[i]);
		text_writer_entry(&m->writer, next, m->ids, m->id_count);
	}
}

/* The first word of all inputs. */
static bool merge_word(struct db *db, struct text_merge *m, struct err *err)
{
	const struct cursor *least = &m->inputs[0];
	bool same[INPUTS_MAX];

	for (size_t i = 1; i < m->count; i++)
		if (by_place(&m->inputs[i], least) < 0)
			least = &m->inputs[i];
	if (!text_writer_word(&m->writer, area_of(least), least->word, err))
		return false;
	m->entry_count = 0;
	for (size_t i = 0; i < m->count; i++) {
		same[i] = by_place(&m->inputs[i], least) == 0;
		if (same[i] && !take_entries(m, i, err))
			return false;
	}
	write_entries(m);
	for (size_t i = 0; i < m->count; i++)
		if (same[i] && !advance(db, &m->inputs[i], err))
			return false;
	return true;
}

static bool at_end(const struct text_merge *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (!m->inputs[i].end)
			return false;
	return true;
}

/* Contents that left since the merge began have their words in what it made. */
static bool finish(struct db *db, struct text_merge *m, struct err *err)
{
	int64_t left, id = m->writer.segment;

	if (!text_writer_end(&m->writer, err) ||
	    !db_int(db, "SELECT count(*) FROM doc WHERE id BETWEEN ?1 AND ?2",
		    ARGS(I(m->first), I(m->last)), 0, &left, err))
		return false;
	for (size_t i = 0; i < m->count; i++)
		if (!remove_segment(db, m->inputs[i].segment.id, err))
			return false;
	if (!left)
		return remove_segment(db, id, err);
	return db_do(db, "UPDATE segment SET docs=?2,gone=?3,ready=1 WHERE id=?1",
		     ARGS(I(id), I(m->docs), I(m->docs - left)), err);
}

/* ---- a step --------------------------------------------------------------------------
 */

static bool look_for_work(struct store *s, struct err *err)
{
	CLEANUP(mem_free_ptr) struct segment *all = NULL;
	size_t count = 0, start = 0, run;

	if (!remove_unready(s->text, err) || !read_segments(s->text, &all, &count, err))
		return false;
	run = choose(all, count, &start);
	if (!run)
		return true;
	s->text_merge = mem_alloc(sizeof(*s->text_merge));
	return begin(s->text, s->text_merge, all + start, run, err);
}

static bool step(struct store *s, bool *done_r, struct err *err)
{
	struct text_merge *m;
	size_t until;

	*done_r = false;
	if (!s->text_merge && !look_for_work(s, err))
		return false;
	m = s->text_merge;
	if (!m)
		return true;
	until = m->writer.written + STEP_BYTES;
	while (!at_end(m) && m->writer.written < until)
		if (!merge_word(s->text, m, err))
			return false;
	*done_r = at_end(m);
	return !*done_r || finish(s->text, m, err);
}

bool text_merge_step(struct store *s, bool *more_r, struct err *err)
{
	bool done = false, fine;

	if (!db_do(s->text, "BEGIN IMMEDIATE", NO_ARGS, err))
		return false;
	fine = text_tx_end(s->text, step(s, &done, err), err);
	*more_r = *more_r || s->text_merge;
	if (!fine || done) {
		text_merge_free(s->text_merge);
		s->text_merge = NULL;
	}
	return fine;
}
