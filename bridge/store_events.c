/*
 * Calendar items of a folder, packed as they come, stamped with the folder's counter;
 * and, in the ledger, which file holds which of them.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "bridge/store_internal.h"
#include "bridge/store_sync.h"

#define EVENT_MAX (16u << 20) /* bytes of one packed event */

void store_events_finish(struct store_events *events)
{
	for (size_t i = 0; i < events->count; i++) {
		free(events->items[i].item_id);
		free(events->items[i].change_key);
		strbuf_finish(&events->items[i].data);
	}
	free(events->items);
	*events = (struct store_events){ 0 };
}

static bool begin_page(struct store_tx *tx, int64_t box_id, bool full_listing,
		       int64_t *round_r, bool *listing_r, struct err *err)
{
	int64_t listing, fresh;

	if (!db_int(tx->db, "SELECT round FROM box WHERE id=?1", ARGS(I(box_id)), -1,
		    round_r, err) ||
	    !db_int(tx->db, "SELECT listing FROM box WHERE id=?1", ARGS(I(box_id)), 0,
		    &listing, err) ||
	    !db_int(tx->db, "SELECT sync_state IS NULL FROM box WHERE id=?1",
		    ARGS(I(box_id)), 0, &fresh, err))
		return false;
	if (*round_r < 0)
		return err_set(err, ERR_NOT_FOUND, "no such folder");
	*listing_r = true;
	if (fresh || (full_listing && !listing)) {
		++*round_r;
		return db_do(tx->db, "UPDATE box SET round=?2,listing=1 WHERE id=?1",
			     ARGS(I(box_id), I(*round_r)), err);
	}
	*listing_r = listing != 0;
	return true;
}

static bool remove_event(struct store_tx *tx, int64_t box_id, struct str item_id,
			 struct err *err)
{
	uint64_t stamp;

	return tx_stamp(tx, box_id, &stamp, err) &&
	       db_do(tx->db,
		     "UPDATE event SET removed=1,data=NULL,stamp=?3 WHERE box=?1 AND "
		     "item_id=?2 AND removed=0",
		     ARGS(I(box_id), S(item_id), I(stamp)), err);
}

static bool put_event(struct store_tx *tx, int64_t box_id, int64_t round,
		      const struct store_event *event, struct err *err)
{
	uint64_t stamp;

	if (event->removed)
		return remove_event(tx, box_id, str_from(event->item_id), err);
	return tx_stamp(tx, box_id, &stamp, err) &&
	       /* Listed again without a change: its stamp stays. */
	       db_do(tx->db,
		     "INSERT INTO event(box,item_id,change_key,data,stamp,round) "
		     "VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(box,item_id) DO UPDATE SET "
		     "stamp=iif(removed OR data IS NOT "
		     "?4,?5,stamp),change_key=?3,data=?4,"
		     "removed=0,round=?6",
		     ARGS(I(box_id), T(event->item_id), T(event->change_key),
			  B(strbuf_str(&event->data)), I(stamp), I(round)),
		     err);
}

static bool end_round(struct store_tx *tx, int64_t box_id, int64_t round, bool listing,
		      struct err *err)
{
	uint64_t stamp;

	if (listing &&
	    (!tx_stamp(tx, box_id, &stamp, err) ||
	     !db_do(tx->db,
		    "UPDATE event SET removed=1,data=NULL,stamp=?3 WHERE box=?1 AND "
		    "round<>?2 AND removed=0",
		    ARGS(I(box_id), I(round), I(stamp)), err)))
		return false;
	return db_do(tx->db,
		     "UPDATE box SET complete=1,listing=0,listed_s=iif(?2,?3,listed_s) "
		     "WHERE id=?1",
		     ARGS(I(box_id), I(listing), I(tx->now_ms / 1000)), err);
}

bool store_events_apply(struct store *s, int64_t box_id,
			const struct store_event_page *page, bool full_listing,
			struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	int64_t round = 0;
	bool listing = false;

	if (!store_tx_begin(s, &tx, STORE_SOON, err) ||
	    !begin_page(&tx, box_id, full_listing, &round, &listing, err))
		return false;
	for (size_t i = 0; i < page->event_count; i++)
		if (!put_event(&tx, box_id, round, &page->events[i], err))
			return false;
	for (size_t i = 0; i < page->deleted_count; i++)
		if (!remove_event(&tx, box_id, str_from(page->deleted_ids[i]), err))
			return false;
	if (page->event_count > 0 || page->deleted_count > 0 || (page->last && listing))
		tx_note(&tx, NOTIFY_CALENDAR);
	return db_do(tx.db, "UPDATE box SET sync_state=?2 WHERE id=?1",
		     ARGS(I(box_id), B(page->state.p ? page->state : STR(""))), err) &&
	       (!page->last || end_round(&tx, box_id, round, listing, err)) &&
	       store_tx_commit(&tx, err);
}

bool store_events_since(struct store *s, int64_t box_id, uint64_t since,
			struct store_events *events_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	CLEANUP(store_events_finish) struct store_events events = { 0 };
	size_t capacity = 0;
	int64_t stamp;
	sqlite3_stmt *q;

	if (!store_read_content(s, &read, err) ||
	    !db_int(read.db, "SELECT modseq FROM box WHERE id=?1", ARGS(I(box_id)), -1,
		    &stamp, err))
		return false;
	if (stamp < 0)
		return err_set(err, ERR_NOT_FOUND, "no such folder");
	q = db_query(
		read.db,
		"SELECT item_id,change_key,data,stamp,removed FROM event WHERE box=?1 "
		"AND stamp>?2 ORDER BY stamp,item_id",
		ARGS(I(box_id), I(since)), err);
	if (!q)
		return false;
	while (db_row(q)) {
		struct store_event *e;

		events.items = mem_grow(events.items, events.count, &capacity,
					sizeof(*events.items));
		e = &events.items[events.count++];
		*e = (struct store_event){ .item_id = db_col_dup(q, 0),
					   .change_key = db_col_dup(q, 1),
					   .stamp = (uint64_t)db_col_int(q, 3),
					   .removed = db_col_int(q, 4) != 0 };
		strbuf_init(&e->data, EVENT_MAX);
		strbuf_add(&e->data, db_col_str(q, 2));
	}
	if (!db_done(read.db, q, err))
		return false;
	events.stamp = (uint64_t)stamp;
	*events_r = events;
	events = (struct store_events){ 0 };
	return true;
}

/* ---- files
 * ----------------------------------------------------------------------------- */

void store_event_files_finish(struct store_event_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->items[i].item_id);
		free(files->items[i].uid);
		free(files->items[i].name);
		free(files->items[i].hash);
	}
	free(files->items);
	*files = (struct store_event_files){ 0 };
}

bool store_event_files_list(struct store *s, int64_t box_id,
			    struct store_event_files *files_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	CLEANUP(store_event_files_finish) struct store_event_files files = { 0 };
	size_t capacity = 0;
	sqlite3_stmt *q;

	if (!store_read_content(s, &read, err))
		return false;
	q = db_query(
		read.db,
		"SELECT item_id,uid,name,hash FROM event_file WHERE folder=?1 ORDER BY "
		"item_id",
		ARGS(I(box_id)), err);
	if (!q)
		return false;
	while (db_row(q)) {
		files.items = mem_grow(files.items, files.count, &capacity,
				       sizeof(*files.items));
		files.items[files.count++] = (struct store_event_file){
			.item_id = db_col_dup(q, 0),
			.uid = db_col_dup(q, 1),
			.name = db_col_dup(q, 2),
			.hash = db_col_dup(q, 3),
		};
	}
	if (!db_done(read.db, q, err))
		return false;
	*files_r = files;
	files = (struct store_event_files){ 0 };
	return true;
}

bool store_event_file_set(struct store *s, int64_t box_id,
			  const struct store_event_file *file, struct str base_text,
			  struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };

	return store_tx_begin(s, &tx, STORE_SOON, err) &&
	       db_do(tx.db,
		     "INSERT OR REPLACE INTO "
		     "event_file(folder,item_id,uid,name,hash,base) "
		     "VALUES(?1,?2,?3,?4,?5,?6)",
		     ARGS(I(box_id), T(file->item_id), T(file->uid ? file->uid : ""),
			  T(file->name), T(file->hash ? file->hash : ""), B(base_text)),
		     err) &&
	       store_tx_commit(&tx, err);
}

bool store_event_file_remove(struct store *s, int64_t box_id, const char *item_id,
			     struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };

	return store_tx_begin(s, &tx, STORE_SOON, err) &&
	       db_do(tx.db, "DELETE FROM event_file WHERE folder=?1 AND item_id=?2",
		     ARGS(I(box_id), T(item_id)), err) &&
	       store_tx_commit(&tx, err);
}
