/*
 * The text index: see store_text.h. It has the folded text of each content, and segments
 * (store_text_segment.h) with the words of many. Here: opening it, reading texts, what
 * leaves; store_text_index.c adds, store_text_merge.c tidies, store_text_find.c searches.
 */
#include "bridge/store_text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/pack.h"
#include "base/random.h"
#include "bridge/store_salvage.h"
#include "bridge/store_text_work.h"

enum { GONE_AT_ONCE = 200 };

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
	CLEANUP(strbuf_finish) struct strbuf pair = STRBUF(64), damage = STRBUF(4096);
	struct err err;

	if (db_damage_noted(s->text_path) &&
	    !db_heal(s->text_path, store_schema_text, false, &damage, &err))
		delete_file(s->text_path);
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

void text_close(struct store *s)
{
	text_merge_free(s->text_merge);
	db_close(s->text);
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

/* ---- texts --------------------------------------------------------------------------
 */

static bool take_text(struct db *db, struct text_doc *doc, struct str data,
		      int64_t plain_bytes, struct err *err)
{
	doc->packed = plain_bytes >= 0;
	if (!doc->packed)
		strbuf_add(&doc->text, data);
	else if (!unpack(db_packer(db), data, (size_t)plain_bytes, &doc->text))
		return err_set(err, ERR_BROKEN, "the text index is damaged");
	return true;
}

bool text_doc_load(struct db *db, int64_t id, struct text_doc *doc, struct err *err)
{
	sqlite3_stmt *q = db_query(
		db,
		"SELECT header_bytes,data,coalesce(plain_bytes,-1),addresses,"
		"whole_lines FROM doc WHERE id=?1",
		ARGS(I(id)), err);
	struct str data;
	bool fine = true;

	*doc = (struct text_doc){ .id = id };
	strbuf_init(&doc->text, TEXT_DOC_MAX_BYTES);
	if (!q)
		return false;
	doc->kept = db_row(q);
	if (doc->kept) {
		doc->header_bytes = (size_t)db_col_int(q, 0);
		data = db_col_str(q, 1);
		db_touched(db, data.len);
		doc->text.overflow = !data.p;
		fine = !data.p || take_text(db, doc, data, db_col_int(q, 2), err);
		doc->text_bytes = doc->text.len;
		strbuf_add(&doc->text, db_col_str(q, 3));
		doc->whole_lines = db_col_int(q, 4) != 0;
	}
	if (fine)
		return db_done(db, q, err);
	db_stop(q);
	return false;
}

bool text_doc_put(struct db *db, const struct text_doc *doc, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf packed = STRBUF(2 * TEXT_DOC_MAX_BYTES);
	struct str all = strbuf_str(&doc->text);

	if (doc->text.overflow)
		return db_do(db,
			     "INSERT OR REPLACE INTO doc(id,header_bytes) VALUES(?1,0)",
			     ARGS(I(doc->id)), err);
	if (!pack(db_packer(db), str_sub(all, 0, doc->text_bytes), &packed))
		return err_set(err, ERR_BROKEN, "cannot compress a text");
	return db_do(db,
		     "INSERT OR REPLACE INTO doc(id,header_bytes,data,plain_bytes,"
		     "addresses,whole_lines) VALUES(?1,?2,?3,?4,?5,?6)",
		     ARGS(I(doc->id), I(doc->header_bytes), B(strbuf_str(&packed)),
			  I(doc->text_bytes), B(str_sub(all, doc->text_bytes, all.len)),
			  I(doc->whole_lines)),
		     err);
}

bool store_text_read(struct store *s, int64_t content_id, struct store_text *text_r,
		     struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	struct text_doc doc;
	bool fine;

	*text_r = (struct store_text){ 0 };
	if (!s->text || content_id <= 0)
		return true;
	if (!store_read_content(s, &read, err))
		return false;
	fine = text_doc_load(read.db, content_id, &doc, err);
	if (fine && doc.kept && !doc.text.overflow) {
		struct str all = strbuf_str(&doc.text);

		text_r->header = str_sub(all, 0, doc.header_bytes);
		text_r->body = str_sub(all, doc.header_bytes,
				       doc.text_bytes - doc.header_bytes);
		text_r->memory = strbuf_take(&doc.text);
	}
	strbuf_finish(&doc.text);
	return fine;
}

void store_text_finish(struct store_text *text)
{
	free(text->memory);
	*text = (struct store_text){ 0 };
}

/* ---- keeping it ----------------------------------------------------------------------
 */

bool text_tx_end(struct db *db, bool done, struct err *err)
{
	struct err ignored;

	if (done && db_do(db, "COMMIT", NO_ARGS, err))
		return true;
	if (!sqlite3_get_autocommit(db->handle))
		(void)!db_do(db, "ROLLBACK", NO_ARGS, &ignored);
	return false;
}

static bool gone_ids(struct store *s, int64_t *ids, size_t *count, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	sqlite3_stmt *q;

	if (!store_read_content(s, &read, err))
		return false;
	q = db_query(read.db, "SELECT id FROM cache.text_gone LIMIT ?1",
		     ARGS(I(GONE_AT_ONCE)), err);
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

/* Its text goes at once, its words when their segment is written again. */
static bool remove_doc(struct db *db, int64_t id, struct err *err)
{
	if (!db_do(db, "DELETE FROM doc WHERE id=?1", ARGS(I(id)), err))
		return false;
	return db_changes(db) == 0 ||
	       db_do(db,
		     "UPDATE segment SET gone=gone+1 WHERE first<=?1 AND last>=?1 AND "
		     "ready=1",
		     ARGS(I(id)), err);
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
	int64_t ids[GONE_AT_ONCE];
	size_t count;

	if (!gone_ids(s, ids, &count, err))
		return false;
	*more_r = *more_r || count == GONE_AT_ONCE;
	return !count ||
	       (db_do(s->text, "BEGIN IMMEDIATE", NO_ARGS, err) &&
		text_tx_end(s->text, remove_all(s->text, ids, count, err), err) &&
		forget_gone(s, ids, count, err));
}

/* The texts stay: of dropped octets there is nothing else. */
static bool clear(struct db *db, struct err *err)
{
	return db_do(db, "DELETE FROM segment", NO_ARGS, err) &&
	       db_do(db, "DELETE FROM block", NO_ARGS, err) &&
	       db_do(db, "DELETE FROM posting", NO_ARGS, err) &&
	       db_do(db, "DELETE FROM mark WHERE name='upto'", NO_ARGS, err);
}

static bool mend(struct store *s, struct err *err)
{
	if (!atomic_exchange(&s->text_damaged, false))
		return true;
	log_warn("store", "the text index is made anew");
	text_merge_free(s->text_merge);
	s->text_merge = NULL;
	return db_do(s->text, "BEGIN IMMEDIATE", NO_ARGS, err) &&
	       text_tx_end(s->text, clear(s->text, err), err);
}

bool store_text_work(struct store *s, bool *more_r, struct err *err)
{
	*more_r = false;
	return !s->text ||
	       (mend(s, err) && text_add_new(s, more_r, err) &&
		remove_gone(s, more_r, err) && text_merge_step(s, more_r, err));
}
