/*
 * Which row an item of a page is: the one that has its id, one that our own APPEND, COPY
 * or MOVE made and that waits for an id, one that was away for a while, or none yet.
 */
#include "bridge/store_page.h"
#include "bridge/store_row_ids.h"

static bool find_made_here(struct store_tx *tx, const struct page_at *at,
			   const struct store_item *item, int64_t *id_r, struct err *err)
{
	int64_t id = 0;

	if (item->mark &&
	    !db_int(tx->db,
		    "SELECT id FROM item WHERE mark=?1 AND folder=?2 AND item_id IS NULL",
		    ARGS(T(item->mark), I(at->box_id)), 0, &id, err))
		return false;
	if (id == 0 && item->message_id &&
	    !db_int(tx->db,
		    "SELECT id FROM item WHERE message_id=?1 AND folder=?2 AND item_id "
		    "IS "
		    "NULL AND sent_wait=1",
		    ARGS(T(item->message_id), I(at->box_id)), 0, &id, err))
		return false;
	/* COPY and MOVE keep the search key; only their rows have one without an id. */
	if (id == 0 && item->search_key.len > 0 &&
	    !db_int(tx->db,
		    "SELECT id FROM item WHERE search_key=?1 AND folder=?2 AND item_id "
		    "IS "
		    "NULL ORDER BY id LIMIT 1",
		    ARGS(B(item->search_key), I(at->box_id)), 0, &id, err))
		return false;
	*id_r = id;
	return true;
}

/* The draft of a message that is being sent is nobody's business. */
static bool is_outgoing(struct store_tx *tx, const struct page_at *at,
			const struct store_item *item, bool *is_r, struct err *err)
{
	int64_t outgoing = 0;

	if (item->mark && (at->use == BOX_USE_DRAFTS || at->use == BOX_USE_OUTBOX) &&
	    !db_int(tx->db, "SELECT 1 FROM outbox WHERE mark=?1", ARGS(T(item->mark)), 0,
		    &outgoing, err))
		return false;
	*is_r = outgoing != 0;
	return true;
}

/* A row that was removed here: the server may not know yet. @skip_r: leave it so. */
static bool revive_ghost(struct store_tx *tx, const struct page_at *at, int64_t id,
			 bool *skip_r, struct err *err)
{
	int64_t done_ms, wanted;

	if (!db_int(tx->db,
		    "SELECT EXISTS(SELECT 1 FROM journal WHERE item=?1)+"
		    "EXISTS(SELECT 1 FROM journal WHERE from_item=?1)",
		    ARGS(I(id)), 0, &wanted, err) ||
	    !db_int(tx->db, "SELECT done_ms FROM item WHERE id=?1", ARGS(I(id)), 0,
		    &done_ms, err))
		return false;
	*skip_r = wanted || at->asked_ms <= done_ms;
	if (*skip_r)
		return db_do(tx->db, "UPDATE msg SET round=?2,found=?2 WHERE id=?1",
			     ARGS(I(id), I(at->round)), err);
	return row_remove(tx, id, err); /* it is there again: under a new UID */
}

/* An item that no row has: is it one of ours on its way? */
static bool find_ours(struct store_tx *tx, const struct page_at *at,
		      const struct store_item *item, int64_t *id_r, bool *skip_r,
		      struct err *err)
{
	*id_r = 0;
	return is_outgoing(tx, at, item, skip_r, err) &&
	       (*skip_r || !at->locals || find_made_here(tx, at, item, id_r, err));
}

/* A row that a listing has only named, of an item that is ours: the row goes. */
static bool named_is_ours(struct store_tx *tx, const struct page_at *at,
			  const struct store_item *item, int64_t *id_r, bool *skip_r,
			  struct err *err)
{
	int64_t ours;

	if (!find_ours(tx, at, item, &ours, skip_r, err))
		return false;
	if (!ours && !*skip_r)
		return true;
	if (!row_remove(tx, *id_r, err))
		return false;
	*id_r = ours;
	return true;
}

/* Exchange's copy of what was sent is known, and still the client's own waits for it: a
 * crash came between the two. */
static bool join_waiting(struct store_tx *tx, const struct page_at *at,
			 const struct store_item *item, int64_t *id_r, struct err *err)
{
	int64_t waiting = 0;

	if (item->mark &&
	    !db_int(tx->db,
		    "SELECT id FROM item WHERE mark=?1 AND folder=?2 AND item_id IS NULL "
		    "AND sent_wait=1",
		    ARGS(T(item->mark), I(at->box_id)), 0, &waiting, err))
		return false;
	if (waiting && !row_absorb(tx, waiting, *id_r, err))
		return false;
	*id_r = waiting ? waiting : *id_r;
	return true;
}

bool page_row_find(struct store_tx *tx, const struct page_at *at,
		   const struct store_item *item, int64_t *id_r, bool *skip_r,
		   struct err *err)
{
	int64_t ghost = 0, bare;

	*skip_r = false;
	if (!db_int(tx->db, "SELECT id FROM item WHERE folder=?1 AND item_id=?2",
		    ARGS(I(at->box_id), T(item->item_id)), 0, id_r, err))
		return false;
	if (*id_r == 0)
		return find_ours(tx, at, item, id_r, skip_r, err);
	if (!db_int(tx->db,
		    "SELECT 1 FROM msg m JOIN item i ON i.id=m.id WHERE m.id=?1 AND "
		    "m.state=3 AND i.uid=0 AND i.ghost=0",
		    ARGS(I(*id_r)), 0, &bare, err))
		return false;
	if (bare)
		return named_is_ours(tx, at, item, id_r, skip_r, err);
	if (!db_int(tx->db, "SELECT ghost FROM item WHERE id=?1", ARGS(I(*id_r)), 0,
		    &ghost, err))
		return false;
	if (ghost && !revive_ghost(tx, at, *id_r, skip_r, err))
		return false;
	if (!ghost)
		return at->use != BOX_USE_SENT || !at->locals ||
		       join_waiting(tx, at, item, id_r, err);
	*id_r = 0;
	return true;
}
