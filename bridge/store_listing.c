/*
 * A long folder's first index, and its comparison later: SyncFolderItems names the items
 * (page_name()), one page after the other, and pages of FindItem, several at a time,
 * bring their properties. What a page says of an item that was not named when the page
 * was asked for is left alone: the item may have changed between the two, and nothing
 * would tell. Such items, and those that the pages missed, are read one by one at the
 * end.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bridge/store_page.h"
#include "bridge/store_row_ids.h"

void store_ids_finish(struct store_ids *ids)
{
	for (size_t i = 0; i < ids->count; i++)
		free(ids->list[i]);
	free(ids->list);
	*ids = (struct store_ids){ 0 };
}

static bool ids_read(struct db *db, sqlite3_stmt *q, struct store_ids *ids,
		     struct err *err)
{
	size_t room = ids->count; /* of an earlier query */

	if (!q)
		return false;
	while (db_row(q)) {
		ids->list = mem_grow(ids->list, ids->count, &room, sizeof(*ids->list));
		ids->list[ids->count++] = db_col_dup(q, 0);
	}
	return db_done(db, q, err);
}

bool page_name(struct store_tx *tx, const struct page_at *at, const char *item_id,
	       struct err *err)
{
	int64_t id;

	if (!db_int(tx->db, "SELECT id FROM item WHERE folder=?1 AND item_id=?2",
		    ARGS(I(at->box_id), T(item_id)), 0, &id, err))
		return false;
	if (id == 0) {
		if (!db_do(tx->db, "INSERT INTO item(folder,item_id) VALUES(?1,?2)",
			   ARGS(I(at->box_id), T(item_id)), err))
			return false;
		id = db_last_id(tx->db);
	} else {
		if (!db_do(tx->db,
			   "UPDATE msg SET round=?2,named_ms=?3,found=0 WHERE id=?1",
			   ARGS(I(id), I(at->round), I(tx->now_ms)), err))
			return false;
		if (db_changes(tx->db) > 0)
			return true;
	}
	return db_do(tx->db,
		     "INSERT INTO msg(id,box,state,round,named_ms) VALUES(?1,?2,3,?3,?4)",
		     ARGS(I(id), I(at->box_id), I(at->round), I(tx->now_ms)), err);
}

static bool named_before(struct store_tx *tx, const struct page_at *at,
			 const char *item_id, bool *named_r, struct err *err)
{
	int64_t named;

	if (!db_int(tx->db,
		    "SELECT 1 FROM item i JOIN msg m ON m.id=i.id WHERE i.folder=?1 AND "
		    "i.item_id=?2 AND m.round=?3 AND m.named_ms<?4",
		    ARGS(I(at->box_id), T(item_id), I(at->round), I(at->asked_ms)), 0,
		    &named, err))
		return false;
	*named_r = named != 0;
	return true;
}

bool store_listing_apply(struct store *s, int64_t box_id, const struct store_item *items,
			 size_t count, int64_t asked_unix_ms, size_t *taken_r,
			 struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	struct page_at at = { 0 };
	size_t taken = 0;
	bool lost;

	if (!store_tx_begin(s, &tx, STORE_SOON, err) ||
	    !page_begin(&tx, box_id, asked_unix_ms, &at, &lost, err))
		return false;
	for (size_t i = 0; at.listing && i < count; i++) {
		bool named;

		if (!named_before(&tx, &at, items[i].item_id, &named, err) ||
		    (named && !page_item(&tx, &at, &items[i], err)))
			return false;
		taken += named;
	}
	*taken_r = taken;
	return store_tx_commit(&tx, err);
}

bool store_listing_unread(struct store *s, int64_t box_id, const char *after,
			  size_t limit, struct store_ids *ids_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	CLEANUP(store_ids_finish) struct store_ids ids = { 0 };

	if (!store_read_begin(s, &read, err) ||
	    !ids_read(
		    read.db,
		    db_query(read.db,
			     "SELECT i.item_id FROM item i JOIN msg m ON m.id=i.id JOIN "
			     "box b ON b.id=i.folder WHERE i.folder=?1 AND i.item_id>?2 "
			     "AND m.round=b.round AND m.found<>b.round ORDER BY "
			     "i.item_id LIMIT ?3",
			     ARGS(I(box_id), T(after), I(limit)), err),
		    &ids, err))
		return false;
	*ids_r = ids;
	ids = (struct store_ids){ 0 };
	return true;
}

bool store_item_known(struct store *s, int64_t box_id, const char *item_id, bool *known_r,
		      struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	int64_t id;

	if (!store_read_begin(s, &read, err) ||
	    !db_int(read.db, "SELECT id FROM item WHERE folder=?1 AND item_id=?2",
		    ARGS(I(box_id), T(item_id)), 0, &id, err))
		return false;
	*known_r = id != 0;
	return true;
}

bool store_unconfirmed(struct store *s, int64_t box_id, int64_t asked_unix_ms,
		       struct store_ids *ids_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	CLEANUP(store_ids_finish) struct store_ids ids = { 0 };

	if (!store_read_begin(s, &read, err) ||
	    !ids_read(read.db,
		      db_query(read.db,
			       "SELECT i.item_id FROM msg m JOIN item i ON i.id=m.id "
			       "WHERE m.box=?1 AND m.based<>1 AND m.ack_ms>0 AND "
			       "m.ack_ms<?2 AND i.item_id IS NOT NULL AND i.ghost=0 "
			       "LIMIT 100",
			       ARGS(I(box_id), I(asked_unix_ms)), err),
		      &ids, err))
		return false;
	*ids_r = ids;
	ids = (struct store_ids){ 0 };
	return true;
}

bool store_unsure(struct store *s, int64_t box_id, int64_t asked_unix_ms, bool *unsure_r,
		  struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	int64_t unsure;

	if (!store_read_begin(s, &read, err) ||
	    !db_int(read.db,
		    "SELECT 1 FROM msg WHERE box=?1 AND based<>1 AND ack_ms>0 AND "
		    "based=2 "
		    "AND ack_ms>=?2 LIMIT 1",
		    ARGS(I(box_id), I(asked_unix_ms)), 0, &unsure, err))
		return false;
	*unsure_r = unsure != 0;
	return true;
}

bool store_box_listed(struct store *s, int64_t before_unix_s, int64_t *box_id_r,
		      struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };

	return store_read_begin(s, &read, err) &&
	       db_int(read.db,
		      "SELECT id FROM box WHERE complete=1 AND listing=0 AND remote_id "
		      "IS "
		      "NOT NULL AND (listed_s<?1 OR listed_s>?2) ORDER BY listed_s>?2 "
		      "DESC,listed_s LIMIT 1",
		      ARGS(I(before_unix_s), I(clock_unix_s() + 60)), 0, box_id_r, err);
}

/* ---- recipients and headers, later ---------------------------------------------------
 */

bool store_partial(struct store *s, size_t limit, struct store_ids *ids_r,
		   int64_t *box_id_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	CLEANUP(store_ids_finish) struct store_ids ids = { 0 };

	if (!store_read_begin(s, &read, err) ||
	    !db_int(read.db,
		    "SELECT box FROM msg WHERE partial=1 AND uid IS NOT NULL ORDER BY "
		    "internal_s DESC LIMIT 1",
		    NO_ARGS, 0, box_id_r, err) ||
	    !ids_read(
		    read.db,
		    db_query(read.db,
			     /* Left alone, SQLite reads the whole folder and sorts it. */
			     "SELECT i.item_id FROM msg m INDEXED BY msg_partial JOIN "
			     "item i ON i.id=m.id WHERE m.partial=1 AND m.uid IS NOT "
			     "NULL AND m.box=?1 AND "
			     "i.item_id IS NOT NULL ORDER BY m.internal_s DESC LIMIT ?2",
			     ARGS(I(*box_id_r), I(limit)), err),
		    &ids, err))
		return false;
	*ids_r = ids;
	ids = (struct store_ids){ 0 };
	return true;
}

bool store_partial_of(struct store *s, int64_t box_id, const uint32_t *uids, size_t count,
		      struct store_ids *ids_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	CLEANUP(store_ids_finish) struct store_ids ids = { 0 };

	if (!store_read_begin(s, &read, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!ids_read(read.db,
			      db_query(read.db,
				       "SELECT i.item_id FROM msg m JOIN item i ON "
				       "i.id=m.id WHERE m.box=?1 AND m.uid=?2 AND "
				       "m.partial=1 AND i.item_id IS NOT NULL",
				       ARGS(I(box_id), I(uids[i])), err),
			      &ids, err))
			return false;
	*ids_r = ids;
	ids = (struct store_ids){ 0 };
	return true;
}

bool store_partial_apply(struct store *s, int64_t box_id, const struct store_item *items,
			 size_t count, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };

	if (!store_tx_begin(s, &tx, STORE_SOON, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		int64_t id; /* 0: gone, or its body brought everything */

		if (!db_int(tx.db,
			    "SELECT m.id FROM item i JOIN msg m ON m.id=i.id WHERE "
			    "i.folder=?1 AND i.item_id=?2 AND m.partial=1 AND m.uid IS "
			    "NOT "
			    "NULL",
			    ARGS(I(box_id), T(items[i].item_id)), 0, &id, err) ||
		    (id && !page_details(&tx, id, &items[i], err)))
			return false;
	}
	tx_note(&tx, NOTIFY_BODIES);
	return store_tx_commit(&tx, err);
}

bool store_partial_done(struct store *s, int64_t box_id, const char *const *item_ids,
			size_t count, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };

	if (!store_tx_begin(s, &tx, STORE_SOON, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!db_do(tx.db,
			   "UPDATE msg SET partial=0 WHERE id=(SELECT id FROM item WHERE "
			   "folder=?1 AND item_id=?2)",
			   ARGS(I(box_id), T(item_ids[i])), err))
			return false;
	tx_note(&tx, NOTIFY_BODIES);
	return store_tx_commit(&tx, err);
}
