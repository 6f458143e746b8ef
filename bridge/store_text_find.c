/*
 * Asking the text index. A needle becomes conditions on words (text_heads.h); each block
 * of words is searched for each of them, and the contents behind the words found are
 * collected, a bit each. Then the conditions are put together, segment by segment: all
 * heads of a content are in one.
 */
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "bridge/mime/search.h"
#include "bridge/store_text.h"
#include "bridge/store_text_segment.h"
#include "bridge/text_heads.h"

enum { NEEDLE_MAX_BYTES = 4096 };

bool store_text_indexable(struct str folded)
{
	struct text_question q = { 0 };
	bool fine = folded.len <= NEEDLE_MAX_BYTES && text_question_init(&q, folded);

	text_question_finish(&q);
	return fine;
}

/* ---- one area of one segment ---------------------------------------------------------
 */

struct look {
	struct db *db;
	const struct text_question *q;
	int64_t segment, first;
	int64_t base,
		bytes; /* of the bits: a content with a multiple of 8, and how many */
	unsigned char *bits[TEXT_CONDITIONS_MAX];
};

static void look_finish(struct look *look)
{
	for (size_t i = 0; i < ARRAY_LEN(look->bits); i++)
		free(look->bits[i]);
}

static void add_ids(struct look *look, unsigned char *bits, struct str list)
{
	int64_t id = look->first;

	while (text_take_id(&list, &id)) {
		int64_t at = id - look->base;

		if (at >= 0 && at / 8 < look->bytes)
			bits[at / 8] |= (unsigned char)(1 << at % 8);
	}
}

static void add_entries(struct look *look, unsigned condition, struct str entries)
{
	struct str next, list;

	while (text_take_entry(&entries, &next, &list))
		if (str_starts(next, look->q->conditions[condition].next))
			add_ids(look, look->bits[condition], list);
}

static size_t line_feeds(struct str s)
{
	size_t count = 0;

	for (size_t i = 0; i < s.len; i++)
		count += s.p[i] == '\n';
	return count;
}

/* The sorted words of a block lie on both sides of what a pattern for whole words, or
 * for their beginnings, asks for; else it need not be searched. */
static bool may_have(struct str words, struct str pattern)
{
	struct str first, last, wanted = pattern;
	size_t end = words.len - 1, start = end;

	if (!str_starts(pattern, STR("\n")))
		return true;
	wanted = str_sub(wanted, 1, wanted.len);
	if (str_ends(wanted, STR("\n")))
		wanted.len--;
	while (start > 0 && words.p[start - 1] != '\n')
		start--;
	last = str_sub(words, start, end - start);
	words = str_sub(words, 1, words.len);
	if (!str_split(&words, '\n', &first) || str_cmp(last, wanted) < 0)
		return false;
	return str_cmp(first, wanted) <= 0 || str_starts(first, wanted);
}

struct block {
	int64_t id;
	struct str words;
	sqlite3_stmt *query; /* that reads the postings; NULL: not begun */
	struct str postings;
};

static bool open_postings(struct look *look, struct block *block, struct err *err)
{
	if (block->query)
		return true;
	block->query = db_query(look->db, "SELECT data FROM text.posting WHERE id=?1",
				ARGS(I(block->id)), err);
	if (!block->query)
		return false;
	if (db_row(block->query))
		block->postings = db_col_str(block->query, 0);
	db_touched(look->db, block->postings.len);
	return true;
}

/* Each word that has the pattern, from the first to the last. */
static bool try_condition(struct look *look, unsigned condition, struct block *block,
			  struct err *err)
{
	struct str pattern = strbuf_str(&look->q->conditions[condition].pattern);
	struct str words = block->words, postings = { 0 }, entries = { 0 };
	size_t at = 0, counted = 0, word = 0, taken = 0;
	ptrdiff_t found;

	if (!may_have(words, pattern))
		return true;
	while ((found = mime_folded_find(str_sub(words, at, words.len), pattern)) >= 0) {
		at += (size_t)found;
		if (!open_postings(look, block, err))
			return false;
		if (!taken)
			postings = block->postings;
		if (words.p[at] == '\n')
			at++;
		word += line_feeds(str_sub(words, counted, at - counted));
		counted = at;
		for (; taken < word; taken++)
			if (!text_take_word(&postings, &entries))
				return err_set(err, ERR_BROKEN, "an index is damaged");
		add_entries(look, condition, entries);
		while (words.p[at] != '\n')
			at++;
	}
	return true;
}

static bool try_block(struct look *look, struct block *block, struct err *err)
{
	bool fine = true;

	if (block->words.len < 3 || !str_ends(block->words, STR("\n")))
		return err_set(err, ERR_BROKEN, "an index is damaged");
	for (unsigned i = 0; fine && i < look->q->count; i++)
		fine = try_condition(look, i, block, err);
	if (!block->query)
		return fine;
	if (fine)
		return db_done(look->db, block->query, err);
	db_stop(block->query);
	return false;
}

static bool try_blocks(struct look *look, unsigned area, struct err *err)
{
	sqlite3_stmt *q = db_query(look->db,
				   "SELECT id,words FROM text.block WHERE id>=?1 AND "
				   "id<?2 ORDER BY id",
				   ARGS(I(text_block_id(look->segment, area, 0)),
					I(text_block_id(look->segment, area + 1, 0))),
				   err);

	if (!q)
		return false;
	while (db_row(q)) {
		struct block block = { .id = db_col_int(q, 0),
				       .words = db_col_str(q, 1) };

		db_touched(look->db, block.words.len);
		if (try_block(look, &block, err))
			continue;
		db_stop(q);
		return false;
	}
	return db_done(look->db, q, err);
}

/* ---- putting them together -----------------------------------------------------------
 */

/* Of each way that a part may be there, @at of the bits. */
static void ways(const struct look *look, unsigned part, int64_t at, unsigned *plain_r,
		 unsigned *grams_r)
{
	unsigned grams = 0xFF;
	bool has_grams = false;

	*plain_r = 0;
	for (unsigned i = 0; i < look->q->count; i++) {
		const struct text_condition *c = &look->q->conditions[i];

		if (c->part != part)
			continue;
		if (!c->gram)
			*plain_r = look->bits[i][at];
		else
			grams &= look->bits[i][at];
		has_grams = has_grams || c->gram;
	}
	*grams_r = has_grams ? grams : 0;
}

static void combine(const struct look *look, struct store_text_hits *hits)
{
	for (int64_t at = 0; at < look->bytes; at++) {
		int64_t to = look->base / 8 + at;
		unsigned maybe = 0xFF, plain = 0, grams = 0;

		for (unsigned part = 0; part < look->q->parts; part++) {
			ways(look, part, at, &plain, &grams);
			maybe &= plain | grams;
		}
		hits->maybe[to] |= (unsigned char)maybe;
		if (look->q->sure[0])
			hits->sure[to] |= (unsigned char)plain;
		if (look->q->sure[1])
			hits->sure[to] |= (unsigned char)grams;
	}
}

static bool find_in_segment(struct look *look, unsigned areas,
			    struct store_text_hits *hits, struct err *err)
{
	for (unsigned i = 0; i < look->q->count; i++)
		look->bits[i] = mem_array((size_t)look->bytes, 1);
	for (unsigned area = 0; area < TEXT_AREAS; area++) {
		if (!(areas & 1u << area))
			continue;
		for (unsigned i = 0; i < look->q->count; i++)
			memset(look->bits[i], 0, (size_t)look->bytes);
		if (!try_blocks(look, area, err))
			return false;
		combine(look, hits);
	}
	return true;
}

static bool find_in_segments(struct db *db, const struct text_question *question,
			     unsigned areas, struct store_text_hits *hits,
			     struct err *err)
{
	sqlite3_stmt *q = db_query(
		db, "SELECT id,first,last FROM text.segment WHERE ready=1", NO_ARGS, err);

	if (!q)
		return false;
	while (db_row(q)) {
		int64_t last = db_col_int(q, 2);
		CLEANUP(look_finish)
		struct look look = { .db = db,
				     .q = question,
				     .segment = db_col_int(q, 0),
				     .first = db_col_int(q, 1) };

		look.base = look.first & ~(int64_t)7;
		look.bytes = (last - look.base) / 8 + 1;
		if (look.first < 0 || last < look.first || last >= hits->bit_count)
			err_set(err, ERR_BROKEN, "a segment is damaged");
		else if (find_in_segment(&look, areas, hits, err))
			continue;
		db_stop(q);
		return false;
	}
	return db_done(db, q, err);
}

/* What was too big for the index may have anything. */
static bool add_big(struct db *db, struct store_text_hits *hits, struct err *err)
{
	sqlite3_stmt *q = db_query(db, "SELECT id FROM text.doc WHERE data IS NULL",
				   NO_ARGS, err);

	if (!q)
		return false;
	while (db_row(q)) {
		int64_t id = db_col_int(q, 0);

		if (id >= 0 && id < hits->bit_count)
			hits->maybe[id / 8] |= (unsigned char)(1 << id % 8);
	}
	return db_done(db, q, err);
}

static bool find(struct db *db, const struct text_question *question, unsigned areas,
		 struct store_text_hits *hits, struct err *err)
{
	int64_t upto;

	if (!db_int(db, "SELECT data FROM text.mark WHERE name='upto'", NO_ARGS, 0, &upto,
		    err))
		return false;
	hits->bit_count = upto + 1;
	hits->maybe = mem_array((size_t)upto / 8 + 1, 1);
	hits->sure = mem_array((size_t)upto / 8 + 1, 1);
	return find_in_segments(db, question, areas, hits, err) && add_big(db, hits, err);
}

static unsigned areas_of(struct store_text_where where)
{
	static const unsigned header = 1u << TEXT_HEADER | 1u << TEXT_SUBJECT |
				       1u << TEXT_FROM | 1u << TEXT_TO;

	if (where.field.p)
		return 1u << text_field_area(where.field) |
		       (unsigned)mime_search_has_addresses(where.field) << TEXT_ADDRESSES;
	return 1u << TEXT_BODY | (where.body_only ? 0 : header);
}

bool store_text_find(struct store *s, struct str folded, struct store_text_where where,
		     struct store_text_hits *hits_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	CLEANUP(store_text_hits_finish) struct store_text_hits hits = { 0 };
	CLEANUP(text_question_finish) struct text_question q = { 0 };

	if (!s->text || !text_question_init(&q, folded))
		return err_set(err, ERR_STATE, "the text index cannot be asked");
	if (!store_read_content(s, &read, err) ||
	    !find(read.db, &q, areas_of(where), &hits, err)) {
		log_warn("store", "text index: %s", err->text);
		if (err->code == ERR_BROKEN)
			atomic_store(&s->text_damaged, true);
		return err_set(err, ERR_STATE, "the text index does not answer");
	}
	*hits_r = hits;
	hits = (struct store_text_hits){ 0 };
	return true;
}

void store_text_hits_finish(struct store_text_hits *hits)
{
	free(hits->maybe);
	free(hits->sure);
	*hits = (struct store_text_hits){ 0 };
}
