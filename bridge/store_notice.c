/*
 * Notices: what the server refused, why, and where the content is now. They stay for a
 * month, so that a user who looks in the morning finds what happened at night.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "bridge/mime/header.h"
#include "bridge/mime/words.h"
#include "bridge/store_change.h"

#define NOTICES_KEPT 1000
#define NOTICES_KEPT_MS ((int64_t)30 * 86400 * 1000)
#define WHAT_MAX 4096

static void subject_of(struct str header, struct strbuf *what)
{
	struct str value;

	if (mime_field_find(header, STR("Subject"), &value))
		mime_words_decode(value, what);
}

void notice_what_mime(struct str mime, struct strbuf *what)
{
	subject_of(str_sub(mime, 0, mime_header_len(mime)), what);
}

bool notice_what(struct store_tx *tx, int64_t item, int64_t folder, struct strbuf *what,
		 struct err *err)
{
	sqlite3_stmt *q;

	if (item) {
		q = db_query(
			tx->db,
			"SELECT m.subject,c.header FROM msg m LEFT JOIN content c ON "
			"c.id=m.content WHERE m.id=?1",
			ARGS(I(item)), err);
		if (!q)
			return false;
		if (db_row(q)) {
			strbuf_add(what, db_col_str(q, 0));
			if (what->len == 0)
				subject_of(db_col_str(q, 1), what);
		}
		return db_done(tx->db, q, err);
	}
	q = db_query(tx->db, "SELECT coalesce(path,name) FROM box WHERE id=?1",
		     ARGS(I(folder)), err);
	if (!q)
		return false;
	if (db_row(q))
		strbuf_add(what, db_col_str(q, 0));
	return db_done(tx->db, q, err);
}

bool notice_add(struct store_tx *tx, enum journal_kind kind, struct str what,
		const char *why, enum store_kept kept, struct err *err)
{
	what = str_sub(what, 0, MIN_OF(what.len, (size_t)WHAT_MAX));
	if (!what.p)
		what = STR("");
	return db_do(tx->db,
		     "INSERT INTO notice(at_ms,kind,what,why,kept) VALUES(?1,?2,?3,?4,"
		     "?5)",
		     ARGS(I(tx->now_ms), I(kind), S(what), T(why), I(kept)), err) &&
	       db_do(tx->db,
		     "DELETE FROM notice WHERE at_ms<?1 OR id<=(SELECT max(id) FROM "
		     "notice)-?2",
		     ARGS(I(tx->now_ms - NOTICES_KEPT_MS), I(NOTICES_KEPT)), err);
}

void store_notices_finish(struct store_notices *notices)
{
	for (size_t i = 0; i < notices->count; i++) {
		free(notices->items[i].what);
		free(notices->items[i].why);
	}
	free(notices->items);
	*notices = (struct store_notices){ 0 };
}

static const char *const changes[] = {
	[JOURNAL_FLAGS] = "flags",
	[JOURNAL_APPEND] = "new message",
	[JOURNAL_COPY] = "copy",
	[JOURNAL_MOVE] = "move",
	[JOURNAL_EXPUNGE] = "deletion",
	[JOURNAL_BOX_CREATE] = "new folder",
	[JOURNAL_BOX_RENAME] = "renaming",
	[JOURNAL_BOX_DELETE] = "deletion of a folder",
	[JOURNAL_SEND] = "message to send",
};

bool store_notices_read(struct store *s, size_t limit, struct store_notices *notices_r,
			struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	CLEANUP(store_notices_finish) struct store_notices notices = { 0 };
	size_t capacity = 0;
	sqlite3_stmt *q;

	if (!store_read_content(s, &read, err))
		return false;
	q = db_query(read.db,
		     "SELECT at_ms,kind,what,why,kept FROM notice ORDER BY id DESC LIMIT "
		     "?1",
		     ARGS(I(limit)), err);
	if (!q)
		return false;
	while (db_row(q)) {
		uint64_t kind = (uint64_t)db_col_int(q, 1);

		notices.items = mem_grow(notices.items, notices.count, &capacity,
					 sizeof(*notices.items));
		notices.items[notices.count++] = (struct store_notice){
			.at_unix_ms = db_col_int(q, 0),
			.change = kind < ARRAY_LEN(changes) ? changes[kind] : "file",
			.what = db_col_dup(q, 2),
			.why = db_col_dup(q, 3),
			.kept = (enum store_kept)db_col_int(q, 4),
		};
	}
	if (!db_done(read.db, q, err))
		return false;
	*notices_r = notices;
	notices = (struct store_notices){ 0 };
	return true;
}
