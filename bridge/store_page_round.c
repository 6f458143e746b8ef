/*
 * The end of a round: what no page named leaves, what is new is published in the order of
 * its article numbers, UIDs that are gone are remembered for a while.
 */
#include "bridge/store_page.h"
#include "bridge/store_row_ids.h"

/* Items renewed their ids: a row that nothing named and a new one are the same message.
 */
static bool find_again(struct store_tx *tx, const struct page_at *at, int64_t old,
		       int64_t *new_r, struct err *err)
{
	if (!db_int(tx->db,
		    "SELECT n.id FROM item o JOIN item n ON n.search_key=o.search_key "
		    "AND "
		    "n.folder=o.folder JOIN msg m ON m.id=n.id WHERE o.id=?1 AND n.uid=0 "
		    "AND "
		    "m.state=1 AND m.round=?2 ORDER BY n.id LIMIT 1",
		    ARGS(I(old), I(at->round)), 0, new_r, err))
		return false;
	if (*new_r)
		return true;
	return db_int(
		tx->db,
		"SELECT n.id FROM item o JOIN item n ON n.message_id=o.message_id AND "
		"n.size=o.size AND n.folder=o.folder JOIN msg m ON m.id=n.id WHERE "
		"o.id=?1 AND n.uid=0 AND m.state=1 AND m.round=?2 ORDER BY n.id "
		"LIMIT 1",
		ARGS(I(old), I(at->round)), 0, new_r, err);
}

static bool unnamed(struct store_tx *tx, const struct page_at *at, struct row_ids *ids,
		    struct err *err)
{
	return row_ids_read(
		tx->db,
		db_query(tx->db,
			 "SELECT i.id FROM item i LEFT JOIN msg m ON m.id=i.id WHERE "
			 "i.folder=?1 AND i.item_id IS NOT NULL AND (m.id IS NULL OR "
			 "m.round<>?2) AND i.done_ms<?3 AND coalesce(m.ack_ms,0)<?3 "
			 "ORDER BY i.uid",
			 ARGS(I(at->box_id), I(at->round), I(at->round_ms)), err),
		ids, err);
}

static bool sweep(struct store_tx *tx, const struct page_at *at, size_t *swept_r,
		  struct err *err)
{
	CLEANUP(row_ids_finish) struct row_ids ids = { 0 };

	if (!unnamed(tx, at, &ids, err))
		return false;
	for (size_t i = 0; i < ids.count; i++) {
		int64_t again;

		if (!find_again(tx, at, ids.list[i], &again, err) ||
		    !(again ? row_absorb(tx, ids.list[i], again, err)
			    : row_server_gone(tx, ids.list[i], err)))
			return false;
		if (swept_r)
			*swept_r += again == 0;
	}
	return true;
}

/* New UIDs for rows that wait and have none. */
static bool number(struct store_tx *tx, int64_t box_id, struct err *err)
{
	int64_t first;

	if (!db_int(tx->db, "SELECT uidnext FROM folder WHERE id=?1", ARGS(I(box_id)), 1,
		    &first, err) ||
	    !db_do(tx->db,
		   "UPDATE item SET uid=?2+t.n FROM (SELECT m.id AS id,row_number() OVER "
		   "(ORDER BY m.article=0,m.article,m.created_s,m.id)-1 AS n FROM msg m "
		   "JOIN item i ON i.id=m.id WHERE m.box=?1 AND m.state=1 AND i.uid=0) t "
		   "WHERE item.id=t.id",
		   ARGS(I(box_id), I(first)), err))
		return false;
	first += db_changes(tx->db);
	if (first > UINT32_MAX)
		return err_set(err, ERR_LIMIT, "folder has no UID left");
	return db_do(tx->db, "UPDATE folder SET uidnext=?2 WHERE id=?1",
		     ARGS(I(box_id), I(first)), err) &&
	       db_do(tx->db, "UPDATE box SET uidnext=max(uidnext,?2) WHERE id=?1",
		     ARGS(I(box_id), I(first)), err);
}

/* What was made before the last look and was not here then came from another folder; what
 * the first list brings was made when the server says so. */
static bool note_saved(struct store_tx *tx, int64_t box_id, struct err *err)
{
	return db_do(tx->db,
		     "UPDATE item SET saved_s=?2 FROM msg m JOIN box b ON b.id=m.box "
		     "WHERE m.id=item.id AND m.box=?1 AND m.state=1 AND item.uid=0 AND "
		     "item.saved_s=0 AND b.complete=1 AND m.created_s<b.looked_s",
		     ARGS(I(box_id), I(tx->now_ms / 1000)), err);
}

/* All at once: the first index of a folder can be a million rows. */
static bool publish(struct store_tx *tx, int64_t box_id, struct err *err)
{
	int64_t waiting;
	uint64_t modseq;

	if (!db_int(tx->db, "SELECT 1 FROM msg WHERE box=?1 AND state=1 LIMIT 1",
		    ARGS(I(box_id)), 0, &waiting, err))
		return false;
	if (!waiting)
		return true;
	return tx_stamp(tx, box_id, &modseq, err) && note_saved(tx, box_id, err) &&
	       number(tx, box_id, err) &&
	       db_do(tx->db,
		     "DELETE FROM gone WHERE box=?1 AND uid IN (SELECT i.uid FROM msg m "
		     "JOIN item i ON i.id=m.id WHERE m.box=?1 AND m.state=1)",
		     ARGS(I(box_id)), err) &&
	       db_do(tx->db,
		     "UPDATE msg SET uid=i.uid,state=0,modseq=?2,born=?2,"
		     "saved_s=iif(i.saved_s,i.saved_s,min(msg.created_s,?3)) FROM item i "
		     "WHERE i.id=msg.id AND msg.box=?1 AND msg.state=1",
		     ARGS(I(box_id), I(modseq), I(tx->now_ms / 1000)), err);
}

/* Items that were named and could not be read, because they are gone. */
static bool drop_unread(struct store_tx *tx, int64_t box_id, struct err *err)
{
	CLEANUP(row_ids_finish) struct row_ids ids = { 0 };

	if (!row_ids_read(tx->db,
			  db_query(tx->db, "SELECT id FROM msg WHERE box=?1 AND state=3",
				   ARGS(I(box_id)), err),
			  &ids, err))
		return false;
	for (size_t i = 0; i < ids.count; i++)
		if (!row_server_gone(tx, ids.list[i], err))
			return false;
	return true;
}

/* Expunged UIDs are remembered for a bounded number of them. */
static bool forget_gone(struct store_tx *tx, int64_t box_id, struct err *err)
{
	int64_t floor;

	return db_int(tx->db,
		      "SELECT modseq FROM gone WHERE box=?1 ORDER BY modseq DESC LIMIT 1 "
		      "OFFSET ?2",
		      ARGS(I(box_id), I(STORE_GONE_KEPT)), 0, &floor, err) &&
	       (floor == 0 ||
		(db_do(tx->db, "DELETE FROM gone WHERE box=?1 AND modseq<=?2",
		       ARGS(I(box_id), I(floor)), err) &&
		 db_do(tx->db, "UPDATE box SET gone_floor=max(gone_floor,?2) WHERE id=?1",
		       ARGS(I(box_id), I(floor)), err)));
}

bool page_round_end(struct store_tx *tx, const struct page_at *at, size_t *swept_r,
		    struct err *err)
{
	int64_t complete;

	if (at->listing && !sweep(tx, at, swept_r, err))
		return false;
	if (!drop_unread(tx, at->box_id, err) || !publish(tx, at->box_id, err) ||
	    !forget_gone(tx, at->box_id, err) ||
	    !db_int(tx->db, "SELECT complete FROM box WHERE id=?1", ARGS(I(at->box_id)),
		    0, &complete, err))
		return false;
	if (!complete) {
		tx_note(tx, NOTIFY_FOLDERS);
		tx_note(tx, at->box_id);
	}
	return db_do(tx->db,
		     "UPDATE box SET complete=1,listing=0,listed_s=iif(?2,?3,listed_s),"
		     "looked_s=?4 WHERE id=?1",
		     ARGS(I(at->box_id), I(at->listing), I(tx->now_ms / 1000),
			  I(at->asked_ms / 1000)),
		     err);
}
