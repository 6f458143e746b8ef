/*
 * The text index: see store_text.h. Trigrams propose, the folded text decides. FTS5 keeps
 * no positions (detail=none), which makes the index small; a needle is asked for as all
 * of its trigrams, in any order. Contents are indexed in the order of their ids, which
 * are never used again, so that one number tells how far the index is.
 */
#include "bridge/store_text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/utf8.h"
#include "bridge/mime/search.h"
#include "bridge/store_internal.h"

enum {
	TRIGRAMS_MAX = 16, /* asked for; more would not find less */
	NEEDLE_MAX_BYTES = 4096,
	DOC_MAX_BYTES = 8 << 20, /* of one content's folded text */
	BATCH_DOCS = 200,
	BATCH_BYTES = 8 << 20, /* of octets in one transaction */
};

/* ---- opening -------------------------------------------------------------------------
 */

static bool same_pair(struct store *s, struct strbuf *pair, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf mine = STRBUF(64);

	return db_bytes(s->text, "SELECT data FROM mark WHERE name='pair'", NO_ARGS,
			&mine, err) &&
	       str_eq(strbuf_str(&mine), strbuf_str(pair));
}

static bool cache_pair(struct store *s, struct strbuf *pair, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };

	if (!store_tx_begin(s, &tx, STORE_SOON, err))
		return false;
	if (db_bytes(tx.db, "SELECT data FROM cache.state WHERE name='text'", NO_ARGS,
		     pair, err))
		return true;
	random_hex(16, pair);
	return db_do(tx.db, "INSERT INTO cache.state(name,data) VALUES('text',?1)",
		     ARGS(S(strbuf_str(pair))), err) &&
	       store_tx_commit(&tx, err);
}

static void delete_file(const char *path)
{
	static const char *const tails[] = { "", "-wal", "-shm" };

	for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
		CLEANUP(strbuf_finish) struct strbuf name = STRBUF(STORE_PATH_MAX);

		strbuf_addf(&name, "%s%s", path, tails[i]);
		unlink(strbuf_cstr(&name));
	}
}

static bool open_paired(struct store *s, struct strbuf *pair, struct err *err)
{
	if (!db_migrate(s->text_path, store_schema_text, err) ||
	    !db_open_alone(s->text_path, &s->text, err))
		return false;
	if (same_pair(s, pair, err))
		return true;
	db_close(s->text);
	s->text = NULL;
	/* Another cache's, or a new one. */
	delete_file(s->text_path);
	return db_migrate(s->text_path, store_schema_text, err) &&
	       db_open_alone(s->text_path, &s->text, err) &&
	       db_do(s->text, "INSERT INTO mark(name,data) VALUES('pair',?1)",
		     ARGS(S(strbuf_str(pair))), err);
}

void text_open(struct store *s)
{
	CLEANUP(strbuf_finish) struct strbuf pair = STRBUF(64);
	struct err err;

	if (cache_pair(s, &pair, &err)) {
		if (open_paired(s, &pair, &err))
			return;
		/* Broken: it holds nothing that cannot be made again. */
		db_close(s->text);
		s->text = NULL;
		delete_file(s->text_path);
		if (open_paired(s, &pair, &err))
			return;
	}
	db_close(s->text);
	s->text = NULL;
	log_warn("store", "no text index, searches read every message: %s", err.text);
}

bool text_count(struct store *s, struct db *db, struct store_counts *counts,
		struct err *err)
{
	int64_t pending = 0;
	struct stat st;

	if (!s->text)
		return true;
	if (!db_int(db,
		    "SELECT count(*) FROM cache.content WHERE here=1 AND id>coalesce("
		    "(SELECT data FROM text.mark WHERE name='upto'),0)",
		    NO_ARGS, 0, &pending, err))
		return false;
	counts->text_pending = (uint64_t)pending;
	if (stat(s->text_path, &st) == 0)
		counts->text_bytes = (uint64_t)st.st_size;
	return true;
}

bool text_indexed(struct store *s, int64_t *content_id_r, struct err *err)
{
	*content_id_r = INT64_MAX;
	return !s->text || db_int(s->text, "SELECT data FROM mark WHERE name='upto'",
				  NO_ARGS, 0, content_id_r, err);
}

/* ---- asking --------------------------------------------------------------------------
 */

/* Starts of the characters of @text, and its end: as many as @max. */
static size_t characters(struct str text, size_t *at, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len && count < max; i++)
		if (((unsigned char)text.p[i] & 0xC0) != 0x80)
			at[count++] = i;
	at[count] = text.len;
	return count;
}

bool store_text_indexable(struct str folded)
{
	size_t at[STORE_TEXT_MIN_CHARS + 1];

	/* Lines and pieces of a message are joined by line feeds in the index. */
	return folded.len <= NEEDLE_MAX_BYTES && str_find_char(folded, '\n') < 0 &&
	       str_find_char(folded, '\0') < 0 &&
	       characters(folded, at, STORE_TEXT_MIN_CHARS) == STORE_TEXT_MIN_CHARS;
}

/* "abc" AND "bcd" ...: all trigrams, or some over the whole length. */
static void expression(struct str folded, struct strbuf *out)
{
	CLEANUP(mem_free_ptr) size_t *at = mem_array(folded.len + 1, sizeof(*at));
	size_t trigrams = characters(folded, at, folded.len) - 2;
	size_t asked = MIN_OF(trigrams, (size_t)TRIGRAMS_MAX);

	for (size_t i = 0; i < asked; i++) {
		size_t n = asked < 2 ? 0 : i * (trigrams - 1) / (asked - 1);

		strbuf_add(out, i ? STR(" AND \"") : STR("\""));
		for (size_t p = at[n]; p < at[n + 3]; p++) {
			if (folded.p[p] == '"')
				strbuf_addc(out, '"');
			strbuf_addc(out, folded.p[p]);
		}
		strbuf_addc(out, '"');
	}
}

static bool set_bits(struct db *db, sqlite3_stmt *q, struct store_text_hits *hits,
		     struct err *err)
{
	if (!q)
		return false;
	while (db_row(q)) {
		int64_t id = db_col_int(q, 0);

		if (id >= 0 && id < hits->bit_count)
			hits->bits[id / 8] |= (unsigned char)(1 << id % 8);
	}
	return db_done(db, q, err);
}

static bool find(struct db *db, struct str match, struct store_text_hits *hits,
		 struct err *err)
{
	if (!db_int(db, "SELECT data FROM text.mark WHERE name='upto'", NO_ARGS, 0,
		    &hits->upto, err))
		return false;
	hits->bit_count = hits->upto + 1;
	hits->bits = mem_array((size_t)hits->bit_count / 8 + 1, 1);
	return set_bits(db,
			db_query(db,
				 "SELECT rowid FROM text.trigram WHERE trigram MATCH ?1",
				 ARGS(S(match)), err),
			hits, err) &&
	       set_bits(db,
			db_query(db, "SELECT id FROM text.doc WHERE data IS NULL",
				 NO_ARGS, err),
			hits, err);
}

bool store_text_find(struct store *s, struct str folded, struct store_text_hits *hits_r,
		     struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	CLEANUP(store_text_hits_finish) struct store_text_hits hits = { 0 };
	CLEANUP(strbuf_finish)
	struct strbuf match = STRBUF(TRIGRAMS_MAX * (3 * 8 + 8));

	if (!s->text)
		return err_set(err, ERR_STATE, "there is no text index");
	expression(folded, &match);
	if (!store_read_begin(s, &read, err) ||
	    !find(read.db, strbuf_str(&match), &hits, err)) {
		log_warn("store", "text index: %s", err->text);
		return err_set(err, ERR_STATE, "the text index does not answer");
	}
	*hits_r = hits;
	hits = (struct store_text_hits){ 0 };
	return true;
}

void store_text_hits_finish(struct store_text_hits *hits)
{
	free(hits->bits);
	*hits = (struct store_text_hits){ 0 };
}

bool store_text_read(struct store *s, int64_t content_id, struct store_text *text_r,
		     struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	sqlite3_stmt *q;

	*text_r = (struct store_text){ 0 };
	if (!s->text || content_id <= 0)
		return true;
	if (!store_read_begin(s, &read, err))
		return false;
	q = db_query(read.db, "SELECT header_bytes,data FROM text.doc WHERE id=?1",
		     ARGS(I(content_id)), err);
	if (!q)
		return false;
	if (db_row(q)) {
		struct str data = db_col_str(q, 1);
		size_t header = (size_t)db_col_int(q, 0);

		if (data.p) {
			text_r->memory = mem_strndup(data.p, data.len);
			data.p = text_r->memory;
			text_r->header = str_sub(data, 0, header);
			text_r->body = str_sub(data, header, data.len);
		}
	}
	return db_done(read.db, q, err);
}

void store_text_finish(struct store_text *text)
{
	free(text->memory);
	*text = (struct store_text){ 0 };
}

/* ---- indexing ------------------------------------------------------------------------
 */

struct doc {
	int64_t id;
	size_t header_bytes, text_bytes;
	struct strbuf text; /* then addresses; overflow: too big */
};
struct batch {
	struct doc *docs;
	size_t count, capacity;
	size_t bytes; /* of octets read */
	int64_t upto; /* content.id: all up to here are in it, or gone */
	bool full;
};

static void batch_finish(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		strbuf_finish(&batch->docs[i].text);
	free(batch->docs);
	*batch = (struct batch){ 0 };
}

static void add_doc(struct batch *batch, int64_t id, struct str octets)
{
	struct doc *doc;
	struct mime_tree tree;

	batch->docs = mem_grow(batch->docs, batch->count, &batch->capacity,
			       sizeof(*batch->docs));
	doc = &batch->docs[batch->count++];
	*doc = (struct doc){ .id = id };
	strbuf_init(&doc->text, DOC_MAX_BYTES);
	mime_tree_init(&tree, octets);
	mime_search_dump(&tree, &doc->text, &doc->header_bytes);
	doc->text_bytes = doc->text.len;
	mime_search_dump_addresses(tree.root->header, &doc->text);
	mime_tree_finish(&tree);
	batch->bytes += octets.len;
}

/* Searches try its octets themselves. */
static void add_unread(struct batch *batch, int64_t id)
{
	add_doc(batch, id, STR(""));
	batch->docs[batch->count - 1].text.overflow = true;
}

/* The ids first: a content may be gone when its turn comes. */
static bool next_ids(struct store *s, int64_t upto, int64_t *ids, size_t *count,
		     struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	sqlite3_stmt *q;

	if (!store_read_begin(s, &read, err))
		return false;
	q = db_query(read.db,
		     "SELECT id FROM cache.content WHERE id>?1 AND here>0 ORDER BY id "
		     "LIMIT ?2",
		     ARGS(I(upto), I(BATCH_DOCS)), err);
	if (!q)
		return false;
	for (*count = 0; db_row(q); ++*count)
		ids[*count] = db_col_int(q, 0);
	return db_done(read.db, q, err);
}

static bool open_octets(struct store *s, int64_t id, struct store_body *body,
			struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };

	return store_read_begin(s, &read, err) && content_open(s, read.db, id, body, err);
}

static bool read_batch(struct store *s, int64_t upto, struct batch *batch,
		       struct err *err)
{
	int64_t ids[BATCH_DOCS];
	size_t count;

	if (!next_ids(s, upto, ids, &count, err))
		return false;
	batch->full = count == BATCH_DOCS;
	for (size_t i = 0; i < count; i++) {
		CLEANUP(store_body_finish) struct store_body body = { 0 };

		if (batch->bytes >= BATCH_BYTES) {
			batch->full = true;
			break;
		}
		if (open_octets(s, ids[i], &body, err))
			add_doc(batch, ids[i], body.octets);
		else if (err->code == ERR_STATE || i == 0) /* dropped, gone, broken */
			add_unread(batch, ids[i]);
		else
			break; /* may be readable when it comes first */
		batch->upto = ids[i];
	}
	return true;
}

/* FTS5 stops at NUL. The index may then find too much, never too little. */
static struct str without_nul(struct strbuf *text)
{
	char *p = text->len ? text->p : NULL;
	char *end = p ? p + text->len : NULL;

	while (p && p < end && (p = memchr(p, '\0', (size_t)(end - p))))
		*p = '\n';
	return strbuf_str(text);
}

static bool put_doc(struct db *db, struct doc *doc, struct err *err)
{
	struct str all = strbuf_str(&doc->text);

	if (doc->text.overflow)
		return db_do(db,
			     "INSERT OR REPLACE INTO doc(id,header_bytes) VALUES(?1,0)",
			     ARGS(I(doc->id)), err);
	return db_do(db,
		     "INSERT OR REPLACE INTO doc(id,header_bytes,data,addresses) "
		     "VALUES(?1,?2,?3,?4)",
		     ARGS(I(doc->id), I(doc->header_bytes),
			  B(str_sub(all, 0, doc->text_bytes)),
			  B(str_sub(all, doc->text_bytes, all.len))),
		     err) &&
	       db_do(db, "INSERT INTO trigram(rowid,data) VALUES(?1,?2)",
		     ARGS(I(doc->id), S(without_nul(&doc->text))), err);
}

static bool put_batch(struct db *db, struct batch *batch, struct err *err)
{
	for (size_t i = 0; i < batch->count; i++)
		if (!put_doc(db, &batch->docs[i], err))
			return false;
	return db_do(db, "INSERT OR REPLACE INTO mark(name,data) VALUES('upto',?1)",
		     ARGS(I(batch->upto)), err);
}

static bool in_tx(struct db *db, bool done, struct err *err)
{
	struct err ignored;

	if (done && db_do(db, "COMMIT", NO_ARGS, err))
		return true;
	if (!sqlite3_get_autocommit(db->handle))
		(void)!db_do(db, "ROLLBACK", NO_ARGS, &ignored);
	return false;
}

static bool add_new(struct store *s, bool *more_r, struct err *err)
{
	CLEANUP(batch_finish) struct batch batch = { 0 };
	int64_t upto;

	if (!db_int(s->text, "SELECT data FROM mark WHERE name='upto'", NO_ARGS, 0, &upto,
		    err) ||
	    !read_batch(s, upto, &batch, err))
		return false;
	*more_r = batch.full;
	if (!batch.upto)
		return true;
	return db_do(s->text, "BEGIN IMMEDIATE", NO_ARGS, err) &&
	       in_tx(s->text, put_batch(s->text, &batch, err), err);
}

static bool remove_doc(struct db *db, int64_t id, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(DOC_MAX_BYTES);

	if (!db_bytes(db, "SELECT data FROM doc WHERE id=?1", ARGS(I(id)), &text, err))
		return err->code == ERR_NOT_FOUND &&
		       db_do(db, "DELETE FROM doc WHERE id=?1", ARGS(I(id)), err);
	if (!db_bytes(db, "SELECT addresses FROM doc WHERE id=?1", ARGS(I(id)), &text,
		      err))
		return false;
	return db_do(db, "INSERT INTO trigram(trigram,rowid,data) VALUES('delete',?1,?2)",
		     ARGS(I(id), S(without_nul(&text))), err) &&
	       db_do(db, "DELETE FROM doc WHERE id=?1", ARGS(I(id)), err);
}

static bool gone_ids(struct store *s, int64_t *ids, size_t *count, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	sqlite3_stmt *q;

	if (!store_read_begin(s, &read, err))
		return false;
	q = db_query(read.db, "SELECT id FROM cache.text_gone LIMIT ?1",
		     ARGS(I(BATCH_DOCS)), err);
	if (!q)
		return false;
	for (*count = 0; db_row(q); ++*count)
		ids[*count] = db_col_int(q, 0);
	return db_done(read.db, q, err);
}

static bool forget_gone(struct store *s, const int64_t *ids, size_t count,
			struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };

	if (!store_tx_begin(s, &tx, STORE_SOON, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!db_do(tx.db, "DELETE FROM text_gone WHERE id=?1", ARGS(I(ids[i])),
			   err))
			return false;
	return store_tx_commit(&tx, err);
}

static bool remove_all(struct db *db, const int64_t *ids, size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++)
		if (!remove_doc(db, ids[i], err))
			return false;
	return true;
}

static bool remove_gone(struct store *s, bool *more_r, struct err *err)
{
	int64_t ids[BATCH_DOCS];
	size_t count;

	if (!gone_ids(s, ids, &count, err))
		return false;
	*more_r = *more_r || count == BATCH_DOCS;
	return !count || (db_do(s->text, "BEGIN IMMEDIATE", NO_ARGS, err) &&
			  in_tx(s->text, remove_all(s->text, ids, count, err), err) &&
			  forget_gone(s, ids, count, err));
}

bool store_text_work(struct store *s, bool *more_r, struct err *err)
{
	*more_r = false;
	return !s->text || (add_new(s, more_r, err) && remove_gone(s, more_r, err));
}
