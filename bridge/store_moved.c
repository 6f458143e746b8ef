/*
 * Messages that somebody moves or copies on the server. They come to the other folder as
 * new items; what is here of them is not fetched again. The search key says that they are
 * the same, and that they were not edited since is taken from Message-ID, size and date.
 * Often the old folder is read first: contents that leave are kept for a while.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "bridge/store_internal.h"
#include "bridge/store_row_ids.h"

#define KEPT_S 600
#define PURGE_ITEMS 200 /* in one transaction */

bool moved_depart(struct store_tx *tx, int64_t id, struct err *err)
{
	return db_do(tx->db,
		     "INSERT INTO departed(search_key,message_id,size,internal_s,content,"
		     "digest,own,at_s) SELECT i.search_key,i.message_id,i.size,"
		     "m.internal_s,m.content,i.digest,i.own,?2 FROM item i JOIN msg m ON "
		     "m.id=i.id WHERE i.id=?1 AND m.has_body=1 AND m.is_draft=0 AND "
		     "m.look_again=0 AND i.search_key IS NOT NULL AND i.message_id IS "
		     "NOT NULL AND i.digest IS NOT NULL",
		     ARGS(I(id), I(tx->now_ms / 1000)), err);
}

struct twin {
	int64_t content, own;
	struct strbuf digest;
};

static bool find(struct store_tx *tx, int64_t id, const struct store_item *item,
		 struct twin *twin, struct err *err)
{
	sqlite3_stmt *q = db_query(
		tx->db,
		"SELECT d.content,d.own,d.digest FROM departed d JOIN content c ON "
		"c.id=d.content WHERE d.search_key=?1 AND d.message_id=?2 AND d.size=?3 "
		"AND d.internal_s=?4 AND c.here=1 UNION ALL "
		"SELECT m.content,i.own,i.digest FROM item i JOIN msg m ON m.id=i.id "
		"WHERE i.search_key=?1 AND i.id<>?5 AND i.message_id=?2 AND i.size=?3 "
		"AND "
		"m.internal_s=?4 AND m.has_body=1 AND m.is_draft=0 AND m.look_again=0 "
		"AND "
		"i.digest IS NOT NULL LIMIT 1",
		ARGS(B(item->search_key), T(item->message_id), I(item->size),
		     I(item->internal_unix_s), I(id)),
		err);

	if (!q)
		return false;
	if (db_row(q)) {
		twin->content = db_col_int(q, 0);
		twin->own = db_col_int(q, 1);
		strbuf_add(&twin->digest, db_col_str(q, 2));
	}
	return db_done(tx->db, q, err);
}

bool moved_arrive(struct store_tx *tx, int64_t id, const struct store_item *item,
		  struct err *err)
{
	struct twin twin = { .digest = STRBUF(256) };
	bool fine;

	if (item->is_draft || item->unreadable || !item->search_key.len ||
	    !item->message_id)
		return true;
	fine = find(tx, id, item, &twin, err) &&
	       (!twin.content ||
		(content_attach(tx, id, twin.content, err) &&
		 db_do(tx->db, "UPDATE item SET digest=?2,own=?3 WHERE id=?1",
		       ARGS(I(id), B(strbuf_str(&twin.digest)), I(twin.own)), err)));
	strbuf_finish(&twin.digest);
	return fine;
}

static bool any_before(struct store *s, int64_t before_s, int64_t *any_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };

	return store_read_begin(s, &read, err) &&
	       db_int(read.db, "SELECT EXISTS (SELECT 1 FROM departed WHERE at_s<?1)",
		      ARGS(I(before_s)), 0, any_r, err);
}

bool moved_tend(struct store *s, bool all, bool *more_r, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	CLEANUP(row_ids_finish) struct row_ids ids = { 0 };
	int64_t before_s = all ? INT64_MAX : clock_unix_s() - KEPT_S, any, content;

	*more_r = false;
	if (!any_before(s, before_s, &any, err))
		return false;
	if (!any)
		return true;
	if (!store_tx_begin(s, &tx, STORE_SOON, err) ||
	    !row_ids_read(tx.db,
			  db_query(tx.db,
				   "SELECT id FROM departed WHERE at_s<?1 LIMIT ?2",
				   ARGS(I(before_s), I(PURGE_ITEMS)), err),
			  &ids, err))
		return false;
	for (size_t i = 0; i < ids.count; i++)
		if (!db_int(tx.db, "DELETE FROM departed WHERE id=?1 RETURNING content",
			    ARGS(I(ids.list[i])), 0, &content, err) ||
		    !content_release(&tx, content, err))
			return false;
	*more_r = ids.count == PURGE_ITEMS;
	return store_tx_commit(&tx, err);
}
