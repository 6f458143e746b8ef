/*
 * A folder's index coming down, one page of a sync round in one transaction. Rows that
 * are new wait (state 1) until the round's last page and are then published in the order
 * of their article numbers. An item that the ledger knows keeps its row and UID; one that
 * our own APPEND, COPY or MOVE made joins the row that the client has seen already.
 */
#include "bridge/store_page.h"
#include "bridge/store_row_ids.h"

bool row_server_gone(struct store_tx *tx, int64_t id, struct err *err)
{
	/* Its flag changes (kind 0) have nowhere to go. */
	return db_do(tx->db, "DELETE FROM journal WHERE item=?1 AND kind=0", ARGS(I(id)),
		     err) &&
	       moved_depart(tx, id, err) && row_hide(tx, id, 2, err) &&
	       row_settle(tx, id, err);
}

static bool apply_deleted(struct store_tx *tx, const struct page_at *at,
			  const char *item_id, struct err *err)
{
	int64_t id;

	return db_int(tx->db, "SELECT id FROM item WHERE folder=?1 AND item_id=?2",
		      ARGS(I(at->box_id), T(item_id)), 0, &id, err) &&
	       (id == 0 || row_server_gone(tx, id, err));
}

static bool apply_read(struct store_tx *tx, const struct page_at *at, const char *item_id,
		       bool is_read, struct err *err)
{
	int64_t id, older;

	if (!db_int(tx->db,
		    "SELECT i.id FROM item i JOIN msg m ON m.id=i.id WHERE i.folder=?1 "
		    "AND i.item_id=?2",
		    ARGS(I(at->box_id), T(item_id)), 0, &id, err) ||
	    !db_int(tx->db, "SELECT ack_ms>=?2 FROM msg WHERE id=?1",
		    ARGS(I(id), I(at->asked_ms)), 0, &older, err))
		return false;
	if (id == 0)
		return true;
	if (older)
		return db_do(tx->db,
			     "UPDATE msg SET based=2 WHERE id=?1 AND server_flags&1<>?2",
			     ARGS(I(id), I(is_read)), err);
	return db_do(tx->db,
		     "UPDATE msg SET server_flags=(server_flags&~1)|?2,named_ms=?3 "
		     "WHERE id=?1",
		     ARGS(I(id), I(is_read), I(tx->now_ms)), err) &&
	       row_show(tx, id, err);
}

bool page_begin(struct store_tx *tx, int64_t box_id, int64_t asked_unix_ms,
		struct page_at *at, bool *state_lost_r, struct err *err)
{
	bool found;
	sqlite3_stmt *q = db_query(
		tx->db,
		"SELECT round,round_ms,use,listing,kind,sync_state IS NULL,EXISTS(SELECT "
		"1 FROM item WHERE folder=?1 AND item_id IS NULL) FROM box WHERE id=?1",
		ARGS(I(box_id)), err);

	if (!q)
		return false;
	found = db_row(q);
	if (found) {
		*at = (struct page_at){
			.box_id = box_id,
			.asked_ms = asked_unix_ms,
			.round = db_col_int(q, 0),
			.round_ms = db_col_int(q, 1),
			.use = (enum box_use)db_col_int(q, 2),
			.listing = db_col_int(q, 3) != 0,
			.mail = db_col_int(q, 4) == BOX_MAIL,
			.locals = db_col_int(q, 6) != 0,
		};
		*state_lost_r = db_col_int(q, 5) != 0;
	}
	return db_done(tx->db, q, err) &&
	       (found || err_set(err, ERR_NOT_FOUND, "no such folder"));
}

/* A listing begins with the first page that had no state to begin from. */
static bool listing_begin(struct store_tx *tx, struct page_at *at, struct err *err)
{
	at->round++;
	at->round_ms = at->asked_ms;
	at->listing = true;
	return db_do(tx->db, "UPDATE box SET round=?2,round_ms=?3,listing=1 WHERE id=?1",
		     ARGS(I(at->box_id), I(at->round), I(at->round_ms)), err);
}

static bool page_rows(struct store_tx *tx, const struct page_at *at,
		      const struct store_page *page, struct err *err)
{
	for (size_t i = 0; i < page->item_count; i++)
		if (!page_item(tx, at, &page->items[i], err))
			return false;
	for (size_t i = 0; i < page->named_count; i++)
		if (!page_name(tx, at, page->named_ids[i], err))
			return false;
	for (size_t i = 0; i < page->deleted_count; i++)
		if (!apply_deleted(tx, at, page->deleted_ids[i], err))
			return false;
	for (size_t i = 0; i < page->read_count; i++)
		if (!apply_read(tx, at, page->read_ids[i], page->read_values[i], err))
			return false;
	return true;
}

bool store_page_apply(struct store *s, int64_t box_id, const struct store_page *page,
		      bool full_listing, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	struct page_at at = { 0 };
	bool lost;

	if (!store_tx_begin(s, &tx, page->last ? STORE_WHOLE : STORE_SOON, err) ||
	    !page_begin(&tx, box_id, page->asked_unix_ms, &at, &lost, err) ||
	    ((lost || (full_listing && !at.listing)) && !listing_begin(&tx, &at, err)))
		return false;
	return page_rows(&tx, &at, page, err) &&
	       (page->state.len == 0 ||
		db_do(tx.db, "UPDATE box SET sync_state=?2 WHERE id=?1",
		      ARGS(I(box_id), B(page->state)), err)) &&
	       (!page->last || page_round_end(&tx, &at, page->swept_r, err)) &&
	       store_tx_commit(&tx, err);
}

static bool find_shown(struct db *db, const char *item_id, struct page_at *at,
		       struct err *err)
{
	bool found;
	sqlite3_stmt *q = db_query(
		db,
		"SELECT m.round,b.use,b.kind FROM item i JOIN msg m ON "
		"m.id=i.id JOIN box b ON b.id=m.box WHERE i.folder=?1 "
		"AND i.item_id=?2 AND m.uid IS NOT NULL",
		ARGS(I(at->box_id), T(item_id)), err);

	if (!q)
		return false;
	found = db_row(q);
	if (found) {
		at->round = db_col_int(q, 0);
		at->use = (enum box_use)db_col_int(q, 1);
		at->mail = db_col_int(q, 2) == BOX_MAIL;
	}
	return db_done(db, q, err) &&
	       (found || err_set(err, ERR_NOT_FOUND, "no such message"));
}

bool store_item_apply(struct store *s, int64_t box_id, const struct store_item *item,
		      int64_t asked_unix_ms, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	struct page_at at = { .box_id = box_id, .asked_ms = asked_unix_ms };

	return store_tx_begin(s, &tx, STORE_SOON, err) &&
	       find_shown(tx.db, item->item_id, &at, err) &&
	       page_item(&tx, &at, item, err) && store_tx_commit(&tx, err);
}

bool store_box_state(struct store *s, int64_t box_id, struct strbuf *state,
		     bool *listing_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	int64_t listing;

	if (!store_read_begin(s, &read, err) ||
	    !db_int(read.db, "SELECT listing FROM box WHERE id=?1", ARGS(I(box_id)), 0,
		    &listing, err))
		return false;
	*listing_r = listing != 0;
	return db_bytes(read.db, "SELECT sync_state FROM box WHERE id=?1",
			ARGS(I(box_id)), state, err);
}

bool store_box_state_drop(struct store *s, int64_t box_id, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };

	return store_tx_begin(s, &tx, STORE_SOON, err) &&
	       db_do(tx.db, "UPDATE box SET sync_state=NULL,listing=0 WHERE id=?1",
		     ARGS(I(box_id)), err) &&
	       store_tx_commit(&tx, err);
}
