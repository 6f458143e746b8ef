/*
 * The server agreed: rows get their ids, what was wanted becomes what the server has, the
 * entry goes. A page of the index may have come first and joined the row, or made one of
 * its own: both ways end in one row.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "bridge/store_change.h"

/* ---- ids
 * ------------------------------------------------------------------------------- */

/* What a page said of another item was taken for this one: it is read again. */
static bool mistaken(struct store_tx *tx, int64_t id, struct err *err)
{
	return db_do(tx->db, "UPDATE msg SET based=0 WHERE id=?1", ARGS(I(id)), err);
}

/* Another row holds the id: was it a guess among several copies of one message? */
static bool take_from(struct store_tx *tx, int64_t id, int64_t other, const char *item_id,
		      const char *current, struct err *err)
{
	int64_t guessed;

	if (!db_int(tx->db, "SELECT 1 FROM journal WHERE item=?1 AND kind IN (1,2,3)",
		    ARGS(I(other)), 0, &guessed, err))
		return false;
	if (!guessed && !current)
		return row_absorb(tx, id, other, err);
	return mistaken(tx, id, err) && mistaken(tx, other, err) &&
	       db_do(tx->db, "UPDATE item SET item_id=NULL WHERE id IN (?1,?2)",
		     ARGS(I(id), I(other)), err) &&
	       db_do(tx->db, "UPDATE item SET item_id=?2 WHERE id=?1",
		     ARGS(I(id), T(item_id)), err) &&
	       db_do(tx->db, "UPDATE item SET item_id=?2 WHERE id=?1",
		     ARGS(I(other), T(current)), err);
}

/* The id that a guess had given us belongs to another row that waits for one. */
static bool give_away(struct store_tx *tx, int64_t id, const char *current,
		      struct err *err)
{
	int64_t waiting, folder;

	if (!mistaken(tx, id, err) ||
	    !db_int(tx->db,
		    "SELECT w.id FROM item i JOIN item w ON w.folder=i.folder AND "
		    "w.search_key=i.search_key AND w.item_id IS NULL WHERE i.id=?1 AND "
		    "w.id<>?1 ORDER BY w.id LIMIT 1",
		    ARGS(I(id)), 0, &waiting, err) ||
	    !db_int(tx->db, "SELECT folder FROM item WHERE id=?1", ARGS(I(id)), 0,
		    &folder, err))
		return false;
	if (waiting)
		return db_do(tx->db, "UPDATE item SET item_id=?2 WHERE id=?1",
			     ARGS(I(waiting), T(current)), err);
	return box_relist(tx, folder, err); /* nobody's */
}

static bool join(struct store_tx *tx, int64_t id, const char *item_id, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf has = STRBUF(65536);
	const char *current;
	struct err none = { 0 };
	int64_t other;

	if (!item_id)
		return true;
	if (!db_bytes(tx->db, "SELECT item_id FROM item WHERE id=?1", ARGS(I(id)), &has,
		      &none) &&
	    none.code != ERR_NOT_FOUND)
		return err_set(err, none.code, "%s", none.text);
	current = has.len ? strbuf_cstr(&has) : NULL;
	if (current && str_eq(str_from(current), str_from(item_id)))
		return true;
	if (!db_int(tx->db,
		    "SELECT o.id FROM item o JOIN item i ON i.folder=o.folder WHERE "
		    "i.id=?1 "
		    "AND o.id<>?1 AND o.item_id=?2",
		    ARGS(I(id), T(item_id)), 0, &other, err))
		return false;
	if (other)
		return take_from(tx, id, other, item_id, current, err);
	return db_do(tx->db, "UPDATE item SET item_id=?2 WHERE id=?1",
		     ARGS(I(id), T(item_id)), err) &&
	       (!current || give_away(tx, id, current, err));
}

static bool agreed(struct store_tx *tx, int64_t id, const struct journal_result *result,
		   struct err *err)
{
	int64_t done_ms = result->done_unix_ms ? result->done_unix_ms : tx->now_ms;

	return join(tx, id, result->item_id, err) &&
	       db_do(tx->db, "UPDATE item SET done_ms=?2 WHERE id=?1",
		     ARGS(I(id), I(done_ms)), err) &&
	       db_do(tx->db,
		     "UPDATE msg SET ack_ms=?2,change_key=coalesce(?3,change_key) WHERE "
		     "id=?1",
		     ARGS(I(id), I(done_ms), T(result->change_key)), err);
}

/* ---- flags
 * ----------------------------------------------------------------------------- */

/* @sent went up for the bits of @mask; what was changed since stays wanted. */
static bool flags_agreed(struct store_tx *tx, int64_t id, unsigned mask, unsigned sent,
			 const char *keywords, struct err *err)
{
	return db_do(tx->db,
		     "UPDATE msg SET server_flags=(server_flags&~?2)|?3 WHERE id=?1",
		     ARGS(I(id), I(mask), I(sent & mask)), err) &&
	       db_do(tx->db,
		     "UPDATE item SET want_mask=want_mask&~(?2&~((want_flags|?3)"
		     "-(want_flags&?3))) WHERE id=?1",
		     ARGS(I(id), I(mask), I(sent)), err) &&
	       (!keywords ||
		(db_do(tx->db, "UPDATE msg SET server_keywords=?2 WHERE id=?1",
		       ARGS(I(id), T(keywords)), err) &&
		 db_do(tx->db,
		       "UPDATE item SET want_keywords=NULL WHERE id=?1 AND "
		       "want_keywords=?2",
		       ARGS(I(id), T(keywords)), err)));
}

/* A FLAGS entry goes once nothing is wanted any more; until then there is one. */
static bool flags_settle(struct store_tx *tx, int64_t id, struct err *err)
{
	int64_t wanted;

	if (!db_int(tx->db,
		    "SELECT want_mask<>0 OR want_keywords IS NOT NULL FROM item WHERE "
		    "id=?1",
		    ARGS(I(id)), 0, &wanted, err))
		return false;
	return (wanted ? entry_flags(tx, id, err)
		       : db_do(tx->db, "DELETE FROM journal WHERE item=?1 AND kind=0",
			       ARGS(I(id)), err)) &&
	       db_do(tx->db,
		     "UPDATE journal SET due_ms=0,tries=0 WHERE item=?1 AND kind=0",
		     ARGS(I(id)), err) &&
	       row_show(tx, id, err);
}

static bool done_flags(struct store_tx *tx, int64_t id, const struct journal_entry *e,
		       const struct journal_result *result, struct err *err)
{
	return agreed(tx, id, result, err) &&
	       flags_agreed(tx, id, e->flags_changed, result->flags_done,
			    e->keywords_changed ? e->keywords : NULL, err) &&
	       flags_settle(tx, id, err);
}

/* ---- messages
 * -------------------------------------------------------------------------- */

static bool done_append(struct store_tx *tx, int64_t id, const struct journal_entry *e,
			const struct journal_result *result, struct err *err)
{
	int64_t payload;

	return agreed(tx, id, result, err) &&
	       (result->flags_unknown ||
		flags_agreed(tx, id, MSG_FLAGS_UP, e->flags, e->keywords, err)) &&
	       db_int(tx->db, "SELECT payload FROM item WHERE id=?1", ARGS(I(id)), 0,
		      &payload, err) &&
	       db_do(tx->db, "UPDATE item SET payload=NULL WHERE id=?1", ARGS(I(id)),
		     err) &&
	       payload_release(tx, payload, err) && flags_settle(tx, id, err) &&
	       (!result->elsewhere || row_server_gone(tx, id, err));
}

static bool done_moved(struct store_tx *tx, int64_t id, int64_t from,
		       const struct journal_result *result, struct err *err)
{
	return agreed(tx, id, result, err) &&
	       db_do(tx->db, "UPDATE item SET done_ms=?2 WHERE id=?1",
		     ARGS(I(from),
			  I(result->done_unix_ms ? result->done_unix_ms : tx->now_ms)),
		     err) &&
	       row_settle(tx, from, err) &&
	       (result->elsewhere ? row_server_gone(tx, id, err)
				  : row_settle(tx, id, err));
}

static bool done_sent(struct store_tx *tx, const struct journal_entry *e, int64_t payload,
		      struct err *err)
{
	return db_do(tx->db, "UPDATE outbox SET done_ms=?2 WHERE mark=?1",
		     ARGS(T(e->mark), I(tx->now_ms)), err) &&
	       payload_release(tx, payload, err);
}

/* ---- folders
 * --------------------------------------------------------------------------- */

static bool done_box(struct store_tx *tx, const struct journal_entry *e,
		     const struct journal_result *result, struct err *err)
{
	int64_t done_ms = result->done_unix_ms ? result->done_unix_ms : tx->now_ms;
	int64_t other = 0, more;

	if (result->box_remote_id &&
	    !db_int(tx->db, "SELECT id FROM folder WHERE remote_id=?1 AND id<>?2",
		    ARGS(T(result->box_remote_id), I(e->box_id)), 0, &other, err))
		return false;
	/* A page brought it as a folder of its own: ours was there first. */
	if (other && !box_remove(tx, other, err))
		return false;
	if (!db_int(tx->db, "SELECT 1 FROM journal WHERE folder=?1 AND kind IN (5,6,7)",
		    ARGS(I(e->box_id)), 0, &more, err))
		return false;
	return db_do(tx->db,
		     "UPDATE folder SET remote_id=coalesce(?2,remote_id),done_ms=?4,"
		     "want_name=iif(?3,want_name,NULL),want_parent=iif(?3,want_parent,"
		     "NULL) "
		     "WHERE id=?1",
		     ARGS(I(e->box_id), T(result->box_remote_id), I(more), I(done_ms)),
		     err) &&
	       db_do(tx->db,
		     "UPDATE box SET remote_id=coalesce(?2,remote_id),server_name=?3,"
		     "server_parent=?4 WHERE id=?1",
		     ARGS(I(e->box_id), T(result->box_remote_id), T(e->name),
			  T(e->parent_remote_id)),
		     err) &&
	       box_paths_rebuild(tx, err);
}

/* The server may have moved it to its trash and told us so: there it is another one. */
static bool done_box_delete(struct store_tx *tx, const struct journal_entry *e,
			    struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf name = STRBUF(4096), parent = STRBUF(65536);
	struct err none = { 0 };
	int64_t touched, id;

	if (!db_int(tx->db, "SELECT touched FROM box WHERE id=?1", ARGS(I(e->box_id)), 0,
		    &touched, err) ||
	    (touched && !db_bytes(tx->db, "SELECT server_name FROM box WHERE id=?1",
				  ARGS(I(e->box_id)), &name, err)))
		return false;
	if (touched &&
	    !db_bytes(tx->db, "SELECT server_parent FROM box WHERE id=?1",
		      ARGS(I(e->box_id)), &parent, &none) &&
	    none.code != ERR_NOT_FOUND)
		return err_set(err, none.code, "%s", none.text);
	if (!db_do(tx->db, "DELETE FROM journal WHERE folder=?1", ARGS(I(e->box_id)),
		   err) ||
	    !box_remove(tx, e->box_id, err))
		return false;
	if (touched &&
	    (!folder_add(tx, e->box_remote_id, &id, err) || !box_add(tx, id, err) ||
	     !db_do(tx->db, "UPDATE box SET server_name=?2,server_parent=?3 WHERE id=?1",
		    ARGS(I(id), S(strbuf_str(&name)),
			 S(parent.len ? strbuf_str(&parent) : STR_NONE)),
		    err)))
		return false;
	return box_paths_rebuild(tx, err);
}

/* ---- all
 * ------------------------------------------------------------------------------- */

struct row { /* of the entry, as it is now */
	bool found;
	int64_t item, from_item, folder, from_folder, payload;
};

static bool row_read(struct db *db, int64_t entry_id, struct row *row, struct err *err)
{
	sqlite3_stmt *q = db_query(
		db,
		"SELECT item,from_item,folder,from_folder,payload FROM "
		"journal WHERE id=?1",
		ARGS(I(entry_id)), err);

	if (!q)
		return false;
	row->found = db_row(q);
	if (row->found)
		*row = (struct row){ true,
				     db_col_int(q, 0),
				     db_col_int(q, 1),
				     db_col_int(q, 2),
				     db_col_int(q, 3),
				     db_col_int(q, 4) };
	return db_done(db, q, err);
}

static bool done(struct store_tx *tx, const struct row *row,
		 const struct journal_entry *e, const struct journal_result *result,
		 struct err *err)
{
	/* Of a flag change a part may stay, so its entry is settled by itself. */
	if (e->kind != JOURNAL_FLAGS &&
	    !db_do(tx->db, "DELETE FROM journal WHERE id=?1", ARGS(I(e->id)), err))
		return false;
	switch (e->kind) {
	case JOURNAL_FLAGS:
		return done_flags(tx, row->item, e, result, err);
	case JOURNAL_APPEND:
		return done_append(tx, row->item, e, result, err);
	case JOURNAL_COPY:
	case JOURNAL_MOVE:
		return done_moved(tx, row->item, row->from_item, result, err);
	case JOURNAL_EXPUNGE:
		return done_moved(
			tx, row->item, row->item,
			&(struct journal_result){ .done_unix_ms = result->done_unix_ms },
			err);
	case JOURNAL_BOX_CREATE:
	case JOURNAL_BOX_RENAME:
		return done_box(tx, e, result, err);
	case JOURNAL_BOX_DELETE:
		return done_box_delete(tx, e, err);
	case JOURNAL_SEND:
		return done_sent(tx, e, row->payload, err);
	}
	return true;
}

/* For store_stamp_ms() after a new start. */
static bool stamp_keep(struct store_tx *tx, const struct journal_result *result,
		       struct err *err)
{
	return !result->done_unix_ms ||
	       db_do(tx->db, "INSERT OR REPLACE INTO value(name,data) VALUES('stamp',?1)",
		     ARGS(I(result->done_unix_ms)), err);
}

bool journal_done(struct store *s, const struct journal_entry *entry,
		  const struct journal_result *result, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	struct row row = { 0 };

	if (!store_tx_begin(s, &tx, STORE_DURABLE, err) ||
	    !row_read(tx.db, entry->id, &row, err))
		return false;
	tx_note(&tx, NOTIFY_JOURNAL);
	if (!stamp_keep(&tx, result, err))
		return false;
	if (row.found && !done(&tx, &row, entry, result, err))
		return false;
	if (entry->kind == JOURNAL_BOX_CREATE || entry->kind == JOURNAL_BOX_RENAME ||
	    entry->kind == JOURNAL_BOX_DELETE)
		atomic_fetch_add(&s->folder_changes, 1);
	return folder_settle(&tx, row.folder, err) &&
	       folder_settle(&tx, row.from_folder, err) && store_tx_commit(&tx, err);
}
