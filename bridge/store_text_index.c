/*
 * New contents into the text index: their folded text is kept, its heads are sorted into
 * one segment, in one transaction. Contents are indexed in the order of their ids, which
 * are never used again, so that one number tells how far the index is.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/mime/search.h"
#include "bridge/store_text.h"
#include "bridge/store_text_work.h"
#include "bridge/text_heads.h"

enum {
	BATCH_DOCS = 250,
	BATCH_BYTES = 8 << 20, /* of octets in one transaction */
	BATCH_TEXT_BYTES = 1 << 20, /* of folded text */
	PILE_HEADS = 32 << 10, /* at first */
	KEY_BYTES = 7,
};

/* ---- heads of many texts, sorted
 * -------------------------------------------------------
 */

struct piled {
	uint64_t key; /* area and first bytes of the word */
	const char *word;
	uint16_t doc;
	uint8_t word_len, next_len, area;
	bool gram;
};
struct pile {
	struct piled *heads;
	size_t count, capacity;
};

static struct str word_of(const struct piled *head)
{
	return str_make(head->word, head->word_len);
}

static struct str next_of(const struct piled *head)
{
	return str_make(head->word + head->word_len, head->next_len);
}

static uint64_t key_of(unsigned area, const struct text_head *head)
{
	uint64_t key = area;
	size_t at = 0;

	for (size_t i = 0; i < KEY_BYTES; i++) {
		unsigned char byte = 0;

		if (i == 0 && head->gram)
			byte = TEXT_GRAM_MARK;
		else if (at < head->word.len)
			byte = (unsigned char)head->word.p[at++];
		key = key << 8 | byte;
	}
	return key;
}

static int by_word(const struct piled *a, const struct piled *b)
{
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return str_cmp(word_of(a), word_of(b));
}

static int by_head(const void *first, const void *second)
{
	const struct piled *a = first, *b = second;
	int order = by_word(a, b);

	if (order == 0)
		order = str_cmp(next_of(a), next_of(b));
	return order ? order : (a->doc > b->doc) - (a->doc < b->doc);
}

static void pile_sort(struct pile *pile)
{
	size_t kept = 0;

	mem_sort(pile->heads, pile->count, sizeof(*pile->heads), by_head);
	for (size_t i = 0; i < pile->count; i++)
		if (kept == 0 || by_head(&pile->heads[kept - 1], &pile->heads[i]) != 0)
			pile->heads[kept++] = pile->heads[i];
	pile->count = kept;
}

/* A text that says the same again and again takes no more memory for it. */
static void pile_room(struct pile *pile)
{
	if (pile->count < pile->capacity)
		return;
	pile_sort(pile);
	if (pile->count < pile->capacity / 2)
		return;
	pile->capacity = MAX_OF(pile->capacity * 2, (size_t)PILE_HEADS);
	pile->heads = mem_resize(pile->heads, pile->capacity, sizeof(*pile->heads));
}

static void pile_add(struct pile *pile, uint16_t doc, unsigned area, struct str text)
{
	struct text_heads heads;
	struct text_head head;

	text_heads_init(&heads, text);
	while (text_heads_next(&heads, &head)) {
		pile_room(pile);
		pile->heads[pile->count++] = (struct piled){
			.key = key_of(area, &head),
			.word = head.word.p,
			.doc = doc,
			.word_len = (uint8_t)head.word.len,
			.next_len = (uint8_t)head.next.len,
			.area = (uint8_t)area,
			.gram = head.gram,
		};
	}
}

/* ---- a batch -------------------------------------------------------------------------
 */

struct batch {
	struct text_doc *docs;
	size_t count, capacity;
	size_t octets, text; /* bytes */
	int64_t upto; /* content.id: all up to here are in it, or gone */
	bool full;
	struct pile pile;
};

static void batch_finish(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		strbuf_finish(&batch->docs[i].text);
	free(batch->docs);
	free(batch->pile.heads);
	*batch = (struct batch){ 0 };
}

static void dump(struct text_doc *doc, struct str octets)
{
	struct mime_tree tree;

	mime_tree_init(&tree, octets);
	mime_search_dump(&tree, &doc->text, &doc->header_bytes);
	doc->text_bytes = doc->text.len;
	doc->whole_lines = true;
	mime_search_dump_addresses(tree.root->header, &doc->text);
	mime_tree_finish(&tree);
}

static bool open_octets(struct store *s, int64_t id, struct store_body *body,
			struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };

	return store_read_content(s, &read, err) &&
	       content_open(s, read.db, id, body, err);
}

/* An older index has kept the text; the octets may have been dropped since. *read_r:
 * false: it may be readable when it comes first. */
static bool read_doc(struct store *s, struct batch *batch, int64_t id, bool *read_r,
		     struct err *err)
{
	CLEANUP(store_body_finish) struct store_body body = { 0 };
	struct text_doc *doc;
	struct err trouble;

	batch->docs = mem_grow(batch->docs, batch->count, &batch->capacity,
			       sizeof(*batch->docs));
	doc = &batch->docs[batch->count++];
	*read_r = true;
	if (!text_doc_load(s->text, id, doc, err))
		return false;
	if (doc->kept)
		return true;
	if (open_octets(s, id, &body, &trouble)) {
		dump(doc, body.octets);
		batch->octets += body.octets.len;
		return true;
	}
	/* Dropped, gone, broken: searches try its octets themselves. */
	doc->text.overflow = true;
	*read_r = trouble.code == ERR_STATE || batch->count == 1;
	if (!*read_r)
		strbuf_finish(&batch->docs[--batch->count].text);
	return true;
}

/* The ids first: a content may be gone when its turn comes. */
static bool next_ids(struct store *s, int64_t upto, int64_t *ids, size_t *count,
		     struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	sqlite3_stmt *q;

	if (!store_read_content(s, &read, err))
		return false;
	q = db_query(read.db,
		     "SELECT id FROM cache.content INDEXED BY content_here WHERE id>?1 "
		     "AND here>0 ORDER BY id LIMIT ?2",
		     ARGS(I(upto), I(BATCH_DOCS)), err);
	if (!q)
		return false;
	for (*count = 0; db_row(q); ++*count)
		ids[*count] = db_col_int(q, 0);
	return db_done(read.db, q, err);
}

/* Each field into its area; where lines may be parts of fields, all into all. */
static void pile_header(struct pile *pile, uint16_t at, const struct text_doc *doc)
{
	static const unsigned areas[] = { TEXT_HEADER, TEXT_SUBJECT, TEXT_FROM, TEXT_TO };
	struct str rest = str_sub(strbuf_str(&doc->text), 0, doc->header_bytes), line;

	if (!doc->whole_lines)
		for (size_t i = 0; i < ARRAY_LEN(areas); i++)
			pile_add(pile, at, areas[i], rest);
	while (doc->whole_lines && rest.len && str_split(&rest, '\n', &line)) {
		ptrdiff_t colon = str_find_char(line, ':');

		pile_add(pile, at,
			 text_field_area(str_sub(line, 0, colon < 0 ? 0 : (size_t)colon)),
			 line);
	}
}

static void pile_doc(struct batch *batch, size_t at)
{
	struct text_doc *doc = &batch->docs[at];
	struct str all = strbuf_str(&doc->text);

	if (doc->text.overflow)
		return;
	batch->text += all.len;
	pile_header(&batch->pile, (uint16_t)at, doc);
	pile_add(&batch->pile, (uint16_t)at, TEXT_BODY,
		 str_sub(all, doc->header_bytes, doc->text_bytes - doc->header_bytes));
	pile_add(&batch->pile, (uint16_t)at, TEXT_ADDRESSES,
		 str_sub(all, doc->text_bytes, all.len));
}

static bool read_batch(struct store *s, int64_t upto, struct batch *batch,
		       struct err *err)
{
	int64_t ids[BATCH_DOCS];
	size_t count;
	bool read = true;

	if (!next_ids(s, upto, ids, &count, err))
		return false;
	batch->full = count == BATCH_DOCS;
	for (size_t i = 0; i < count; i++) {
		if (batch->octets >= BATCH_BYTES || batch->text >= BATCH_TEXT_BYTES) {
			batch->full = true;
			break;
		}
		if (!read_doc(s, batch, ids[i], &read, err))
			return false;
		if (!read)
			break;
		pile_doc(batch, batch->count - 1);
		batch->upto = ids[i];
	}
	pile_sort(&batch->pile);
	return true;
}

/* ---- writing it ----------------------------------------------------------------------
 */

/* The heads from @at on that have one word and the same behind it. Return: the first
 * that has not. */
static size_t put_entry(struct text_writer *w, const struct batch *batch, size_t at)
{
	const struct piled *heads = batch->pile.heads;
	int64_t ids[BATCH_DOCS];
	size_t end = at, count = 0;

	for (; end < batch->pile.count && by_word(&heads[at], &heads[end]) == 0 &&
	       str_eq(next_of(&heads[at]), next_of(&heads[end]));
	     end++)
		ids[count++] = batch->docs[heads[end].doc].id;
	text_writer_entry(w, next_of(&heads[at]), ids, count);
	return end;
}

static bool put_heads(struct text_writer *w, const struct batch *batch, struct err *err)
{
	const struct piled *heads = batch->pile.heads;
	const struct piled *before = NULL;

	for (size_t i = 0; i < batch->pile.count;) {
		CLEANUP(strbuf_finish) struct strbuf word = STRBUF(256);

		if (heads[i].gram)
			strbuf_addc(&word, TEXT_GRAM_MARK);
		strbuf_add(&word, word_of(&heads[i]));
		if ((!before || by_word(before, &heads[i]) != 0) &&
		    !text_writer_word(w, heads[i].area, strbuf_str(&word), err))
			return false;
		before = &heads[i];
		i = put_entry(w, batch, i);
	}
	return text_writer_end(w, err);
}

static bool put_segment(struct db *db, const struct batch *batch, struct err *err)
{
	CLEANUP(text_writer_finish) struct text_writer w = { 0 };
	int64_t first = batch->docs[0].id;

	if (!db_do(db, "INSERT INTO segment(first,last,docs,ready) VALUES(?1,?2,?3,1)",
		   ARGS(I(first), I(batch->upto), I(batch->count)), err))
		return false;
	text_writer_init(&w, db, db_last_id(db), first);
	return put_heads(&w, batch, err);
}

static bool put_batch(struct db *db, const struct batch *batch, struct err *err)
{
	for (size_t i = 0; i < batch->count; i++)
		if (!(batch->docs[i].kept && batch->docs[i].packed) &&
		    !text_doc_put(db, &batch->docs[i], err))
			return false;
	return put_segment(db, batch, err) &&
	       db_do(db, "INSERT OR REPLACE INTO mark(name,data) VALUES('upto',?1)",
		     ARGS(I(batch->upto)), err);
}

bool text_add_new(struct store *s, bool *more_r, struct err *err)
{
	CLEANUP(batch_finish) struct batch batch = { 0 };
	int64_t upto;

	if (!db_int(s->text, "SELECT data FROM mark WHERE name='upto'", NO_ARGS, 0, &upto,
		    err) ||
	    !read_batch(s, upto, &batch, err))
		return false;
	*more_r = *more_r || batch.full;
	if (!batch.upto)
		return true;
	return db_do(s->text, "BEGIN IMMEDIATE", NO_ARGS, err) &&
	       text_tx_end(s->text, put_batch(s->text, &batch, err), err);
}
