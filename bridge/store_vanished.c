/*
 * What a session asks of a folder beyond its messages: UIDs that are gone (QRESYNC), that
 * nobody has seen (\Recent), keywords in use.
 */
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "bridge/store_internal.h"

void store_uid_ranges_finish(struct store_uid_ranges *ranges)
{
	free(ranges->items);
	*ranges = (struct store_uid_ranges){ 0 };
}

static void add(struct store_uid_ranges *ranges, size_t *capacity, uint32_t from,
		uint32_t to)
{
	if (ranges->count && ranges->items[ranges->count - 1].to + 1 == from) {
		ranges->items[ranges->count - 1].to = to;
		return;
	}
	ranges->items = mem_grow(ranges->items, ranges->count, capacity,
				 sizeof(*ranges->items));
	ranges->items[ranges->count++] = (struct store_uid_range){ from, to };
}

static bool remembered(struct db *db, int64_t box_id, uint64_t since,
		       struct store_uid_ranges *ranges, struct err *err)
{
	size_t capacity = 0;
	sqlite3_stmt *q = db_query(
		db, "SELECT uid FROM gone WHERE box=?1 AND modseq>?2 ORDER BY uid",
		ARGS(I(box_id), I(since)), err);

	if (!q)
		return false;
	while (db_row(q)) {
		uint32_t uid = (uint32_t)db_col_int(q, 0);

		add(ranges, &capacity, uid, uid);
	}
	return db_done(db, q, err);
}

static bool all_that_are_not_there(struct db *db, int64_t box_id, uint32_t uidnext,
				   struct store_uid_ranges *ranges, struct err *err)
{
	size_t capacity = 0;
	uint32_t next = 1;
	sqlite3_stmt *q = db_query(
		db, "SELECT uid FROM msg WHERE box=?1 AND uid IS NOT NULL ORDER BY uid",
		ARGS(I(box_id)), err);

	if (!q)
		return false;
	while (db_row(q)) {
		uint32_t uid = (uint32_t)db_col_int(q, 0);

		if (uid > next)
			add(ranges, &capacity, next, uid - 1);
		next = uid + 1;
	}
	if (uidnext > next)
		add(ranges, &capacity, next, uidnext - 1);
	return db_done(db, q, err);
}

bool store_vanished_since(struct store *s, int64_t box_id, uint64_t since,
			  struct store_uid_ranges *ranges_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	struct store_uid_ranges ranges = { 0 };
	int64_t floor, uidnext;
	bool fine;

	if (!store_read_shown(s, &read, err) ||
	    !db_int(read.db, "SELECT gone_floor FROM box WHERE id=?1", ARGS(I(box_id)), 0,
		    &floor, err) ||
	    !db_int(read.db, "SELECT uidnext FROM box WHERE id=?1", ARGS(I(box_id)), 1,
		    &uidnext, err))
		return false;
	fine = since < (uint64_t)floor
		       ? all_that_are_not_there(read.db, box_id, (uint32_t)uidnext,
						&ranges, err)
		       : remembered(read.db, box_id, since, &ranges, err);
	if (!fine) {
		store_uid_ranges_finish(&ranges);
		return false;
	}
	*ranges_r = ranges;
	return true;
}

static bool recent_range(struct db *db, int64_t box_id, struct store_uid_range *range,
			 struct err *err)
{
	bool found;
	sqlite3_stmt *q = db_query(db,
				   "SELECT recent_uid,uidnext-1 FROM folder WHERE id=?1",
				   ARGS(I(box_id)), err);

	if (!q)
		return false;
	found = db_row(q);
	if (found)
		*range = (struct store_uid_range){ (uint32_t)db_col_int(q, 0),
						   (uint32_t)db_col_int(q, 1) };
	return db_done(db, q, err) &&
	       (found || err_set(err, ERR_NOT_FOUND, "no such folder"));
}

/* Most of the time nothing is new, and then nothing is written. Where it cannot be
 * written, another session hears of the same messages: no reason to refuse this one. */
bool store_recent_claim(struct store *s, int64_t box_id, bool claim,
			struct store_uid_range *range_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	struct store_uid_range range = { 1, 0 };
	struct err why;

	if (!store_read_shown(s, &read, err) ||
	    !recent_range(read.db, box_id, &range, err))
		return false;
	store_read_end(&read);
	if (claim && range.from <= range.to &&
	    (!store_tx_begin(s, &tx, STORE_SOON, &why) ||
	     !recent_range(tx.db, box_id, &range, &why) ||
	     !db_do(tx.db, "UPDATE folder SET recent_uid=?2 WHERE id=?1",
		    ARGS(I(box_id), I((int64_t)range.to + 1)), &why) ||
	     !store_tx_commit(&tx, &why)))
		log_error("store", "what is new is told again: %s", why.text);
	*range_r = range;
	return true;
}

bool store_recent_count(struct store *s, int64_t box_id, uint64_t *count_r,
			struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	int64_t count;

	if (!store_read_shown(s, &read, err) ||
	    !db_int(read.db,
		    "SELECT count(*) FROM msg WHERE box=?1 AND uid>=(SELECT recent_uid "
		    "FROM folder WHERE id=?1)",
		    ARGS(I(box_id)), 0, &count, err))
		return false;
	*count_r = (uint64_t)count;
	return true;
}

bool store_first_unseen(struct store *s, int64_t box_id, uint32_t *uid_r, struct err *err)
{
	CLEANUP(store_rows_release_ptr) struct store_rows *rows = NULL;

	if (!store_rows_get(s, box_id, &rows, err))
		return false;
	*uid_r = snapshot_without(rows, MSG_SEEN);
	return true;
}

static bool all_known(struct str known, struct str keywords)
{
	struct str name;

	while (keywords.len > 0 && str_split(&keywords, '\n', &name))
		if (name.len && !message_keywords_have(known, name))
			return false;
	return true;
}

static void add_used(struct strbuf *keywords, struct str used)
{
	CLEANUP(strbuf_finish) struct strbuf both = STRBUF(STORE_KEYWORDS_MAX);

	if (all_known(strbuf_str(keywords), used))
		return;
	message_keywords_merge(strbuf_str(keywords), used, STR_NONE, &both);
	strbuf_reset(keywords);
	strbuf_add(keywords, strbuf_str(&both));
}

bool store_keywords_used(struct store *s, int64_t box_id, struct strbuf *keywords,
			 struct err *err)
{
	CLEANUP(store_rows_release_ptr) struct store_rows *rows = NULL;
	struct str texts, used;
	size_t at = 0;

	if (!store_rows_get(s, box_id, &rows, err))
		return false;
	while (snapshot_texts(rows, &at, &texts))
		while (texts.len > 0 && str_split(&texts, '\0', &used))
			add_used(keywords, used);
	return true;
}
