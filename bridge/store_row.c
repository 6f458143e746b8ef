/*
 * What happens to the rows of one message: it is published under a UID, hidden, renewed,
 * removed; its flags as shown are worked out from the server's, the pending change and
 * the local marks.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "bridge/store_internal.h"

bool row_next_uids(struct store_tx *tx, int64_t folder, uint32_t count, uint32_t *uid_r,
		   struct err *err)
{
	int64_t first;

	if (!db_int(tx->db,
		    "UPDATE folder SET uidnext=uidnext+?2 WHERE id=?1 AND "
		    "uidnext+?2<=4294967295 RETURNING uidnext-?2",
		    ARGS(I(folder), I(count)), 0, &first, err))
		return false;
	if (first <= 0)
		return err_set(err, ERR_LIMIT, "folder has no UID left");
	*uid_r = (uint32_t)first;
	return db_do(tx->db, "UPDATE box SET uidnext=max(uidnext,?2+?3) WHERE id=?1",
		     ARGS(I(folder), I(first), I(count)), err);
}

/* A client put it here now; a new UID for what was here already is no news. */
static bool note_saved(struct store_tx *tx, int64_t id, struct err *err)
{
	return db_do(tx->db,
		     "UPDATE item SET saved_s=?2 FROM msg m WHERE item.id=?1 AND "
		     "m.id=item.id AND item.saved_s=0 AND m.saved_s=0",
		     ARGS(I(id), I(tx->now_ms / 1000)), err) &&
	       db_do(tx->db,
		     "UPDATE msg SET saved_s=i.saved_s FROM item i WHERE msg.id=?1 AND "
		     "i.id=msg.id AND i.saved_s<>0",
		     ARGS(I(id)), err);
}

bool row_publish(struct store_tx *tx, int64_t id, struct err *err)
{
	int64_t folder, known;
	uint32_t uid;
	uint64_t modseq;

	if (!db_int(tx->db, "SELECT folder FROM item WHERE id=?1", ARGS(I(id)), 0,
		    &folder, err) ||
	    !db_int(tx->db, "SELECT uid FROM item WHERE id=?1", ARGS(I(id)), 0, &known,
		    err) ||
	    !tx_stamp(tx, folder, &modseq, err))
		return false;
	uid = (uint32_t)known;
	if (uid == 0 && (!row_next_uids(tx, folder, 1, &uid, err) ||
			 !db_do(tx->db, "UPDATE item SET uid=?2 WHERE id=?1",
				ARGS(I(id), I(uid)), err)))
		return false;
	return note_saved(tx, id, err) &&
	       db_do(tx->db,
		     "UPDATE msg SET uid=?2,state=0,modseq=?3,born=?3 WHERE id=?1",
		     ARGS(I(id), I(uid), I(modseq)), err) &&
	       db_do(tx->db, "DELETE FROM gone WHERE box=?1 AND uid=?2",
		     ARGS(I(folder), I(uid)), err);
}

/* The UID leaves the folder for ever. */
static bool tombstone(struct store_tx *tx, int64_t id, struct err *err)
{
	int64_t box = 0, uid = 0;
	uint64_t modseq;
	sqlite3_stmt *q = db_query(tx->db, "SELECT folder,uid FROM item WHERE id=?1",
				   ARGS(I(id)), err);

	if (!q)
		return false;
	if (db_row(q)) {
		box = db_col_int(q, 0);
		uid = db_col_int(q, 1);
	}
	if (!db_done(tx->db, q, err))
		return false;
	if (uid == 0)
		return true;
	return tx_stamp(tx, box, &modseq, err) &&
	       db_do(tx->db, "UPDATE item SET uid=0 WHERE id=?1", ARGS(I(id)), err) &&
	       db_do(tx->db, "UPDATE msg SET uid=NULL,state=2 WHERE id=?1", ARGS(I(id)),
		     err) &&
	       db_do(tx->db,
		     "INSERT OR REPLACE INTO gone(box,uid,modseq) VALUES(?1,?2,?3)",
		     ARGS(I(box), I(uid), I(modseq)), err);
}

bool row_hide(struct store_tx *tx, int64_t id, int ghost, struct err *err)
{
	return tombstone(tx, id, err) &&
	       db_do(tx->db, "UPDATE item SET ghost=?2 WHERE id=?1",
		     ARGS(I(id), I(ghost)), err) &&
	       db_do(tx->db,
		     "UPDATE msg SET state=2,uid=NULL,need_body=0,look_again=0 WHERE "
		     "id=?1",
		     ARGS(I(id)), err);
}

bool row_renew(struct store_tx *tx, int64_t id, struct err *err)
{
	return tombstone(tx, id, err) && row_publish(tx, id, err);
}

bool row_remove(struct store_tx *tx, int64_t id, struct err *err)
{
	int64_t content, payload;

	return tombstone(tx, id, err) &&
	       db_int(tx->db, "SELECT content FROM msg WHERE id=?1", ARGS(I(id)), 0,
		      &content, err) &&
	       db_int(tx->db, "SELECT payload FROM item WHERE id=?1", ARGS(I(id)), 0,
		      &payload, err) &&
	       db_do(tx->db, "DELETE FROM msg WHERE id=?1", ARGS(I(id)), err) &&
	       db_do(tx->db, "DELETE FROM item WHERE id=?1", ARGS(I(id)), err) &&
	       content_release(tx, content, err) && payload_release(tx, payload, err);
}

bool row_settle(struct store_tx *tx, int64_t id, struct err *err)
{
	int64_t over;

	if (!id)
		return true;
	return db_int(tx->db,
		      "SELECT 1 FROM item WHERE id=?1 AND (ghost=2 OR (ghost=1 AND "
		      "item_id IS NULL)) AND NOT EXISTS (SELECT 1 FROM journal WHERE "
		      "item=?1) AND NOT EXISTS (SELECT 1 FROM journal WHERE "
		      "from_item=?1)",
		      ARGS(I(id)), 0, &over, err) &&
	       (!over || row_remove(tx, id, err));
}

bool row_touch(struct store_tx *tx, int64_t id, struct err *err)
{
	int64_t box;
	uint64_t modseq;

	return db_int(tx->db, "SELECT box FROM msg WHERE id=?1 AND uid IS NOT NULL",
		      ARGS(I(id)), 0, &box, err) &&
	       (box == 0 || (tx_stamp(tx, box, &modseq, err) &&
			     db_do(tx->db, "UPDATE msg SET modseq=?2 WHERE id=?1",
				   ARGS(I(id), I(modseq)), err)));
}

#define VERBS (MSG_ANSWERED | MSG_FORWARDED)

unsigned row_shown_flags(unsigned server, unsigned want, unsigned mask, unsigned local)
{
	unsigned up = (server & MSG_FLAGS_UP & ~mask) | (want & mask);

	return up | (server & MSG_DRAFT) | (local & (MSG_DELETED | VERBS | MSG_DRAFT));
}

bool row_show(struct store_tx *tx, int64_t id, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf keywords = STRBUF(STORE_KEYWORDS_MAX);
	unsigned flags = 0;
	bool changed = false, found;
	sqlite3_stmt *q = db_query(
		tx->db,
		"SELECT m.server_flags,i.want_flags,i.want_mask,i.local_flags,"
		"coalesce(i.want_keywords,m.server_keywords),i.local_keywords,m.flags,"
		"m.keywords FROM msg m JOIN item i ON i.id=m.id WHERE m.id=?1",
		ARGS(I(id)), err);

	if (!q)
		return false;
	found = db_row(q);
	if (found) {
		flags = row_shown_flags(
			(unsigned)db_col_int(q, 0), (unsigned)db_col_int(q, 1),
			(unsigned)db_col_int(q, 2), (unsigned)db_col_int(q, 3));
		message_keywords_merge(db_col_str(q, 4), db_col_str(q, 5), STR_NONE,
				       &keywords);
		changed = flags != (unsigned)db_col_int(q, 6) ||
			  !str_eq(strbuf_str(&keywords), db_col_str(q, 7));
	}
	if (!db_done(tx->db, q, err))
		return false;
	if (!changed)
		return true;
	return db_do(tx->db, "UPDATE msg SET flags=?2,keywords=?3 WHERE id=?1",
		     ARGS(I(id), I(flags), S(strbuf_str(&keywords))), err) &&
	       row_touch(tx, id, err);
}
