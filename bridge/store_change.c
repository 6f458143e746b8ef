/* Journal entries being made, and rows being copied: see store_change.h. */
#include "bridge/store_change.h"

#include <stdlib.h>

#include "base/mem.h"

bool entry_add(struct store_tx *tx, const struct entry_new *e, int64_t *group,
	       struct err *err)
{
	if (!db_do(tx->db,
		   "INSERT INTO "
		   "journal(grp,kind,item,from_item,folder,from_folder,payload,"
		   "mark,sender,recipients,message_id) VALUES(?1,?2,?3,?4,?5,?6,"
		   "nullif(?7,0),?8,?9,?10,?11)",
		   ARGS(I(*group), I(e->kind), I(e->item), I(e->from_item), I(e->folder),
			I(e->from_folder), I(e->payload), T(e->mark), S(e->sender),
			S(e->recipients), S(e->message_id)),
		   err))
		return false;
	tx_note(tx, NOTIFY_JOURNAL);
	if (*group)
		return true;
	*group = db_last_id(tx->db);
	return db_do(tx->db, "UPDATE journal SET grp=?1 WHERE id=?1", ARGS(I(*group)),
		     err);
}

bool entry_flags(struct store_tx *tx, int64_t item, struct err *err)
{
	struct entry_new entry = { .kind = JOURNAL_FLAGS, .item = item };
	int64_t known, group = 0;

	if (!db_int(tx->db, "SELECT id FROM journal WHERE item=?1 AND kind=0",
		    ARGS(I(item)), 0, &known, err))
		return false;
	tx_note(tx, NOTIFY_JOURNAL);
	return known || (db_int(tx->db, "SELECT folder FROM item WHERE id=?1",
				ARGS(I(item)), 0, &entry.folder, err) &&
			 entry_add(tx, &entry, &group, err));
}

bool uid_find(struct db *db, int64_t box_id, uint32_t uid, int64_t *id_r, struct err *err)
{
	return db_int(db, "SELECT id FROM msg WHERE box=?1 AND uid=?2",
		      ARGS(I(box_id), I(uid)), 0, id_r, err);
}

bool row_uid(struct db *db, int64_t id, uint32_t *uid_r, struct err *err)
{
	int64_t uid;

	if (!db_int(db, "SELECT uid FROM item WHERE id=?1", ARGS(I(id)), 0, &uid, err))
		return false;
	*uid_r = (uint32_t)uid;
	return true;
}

/* A row of its own from the first: what is shown is what the original shows. */
bool row_copy(struct store_tx *tx, int64_t id, int64_t folder, int64_t *new_r,
	      struct err *err)
{
	int64_t copy;
	uint32_t uid;
	uint64_t modseq;

	if (!tx_stamp(tx, folder, &modseq, err) ||
	    !row_next_uids(tx, folder, 1, &uid, err) ||
	    !db_do(tx->db,
		   "INSERT INTO item(folder,uid,saved_s,search_key,message_id,size,"
		   "digest,own,internal_s,want_flags,want_mask,want_keywords,local_flags,"
		   "local_keywords) SELECT ?2,?3,?4,i.search_key,i.message_id,i.size,"
		   "i.digest,i.own,coalesce(m.internal_s,i.internal_s),i.want_flags,"
		   "i.want_mask,i.want_keywords,i.local_flags,i.local_keywords FROM item "
		   "i LEFT JOIN msg m ON m.id=i.id WHERE i.id=?1",
		   ARGS(I(id), I(folder), I(uid), I(tx->now_ms / 1000)), err))
		return false;
	copy = db_last_id(tx->db);
	*new_r = copy;
	return db_do(
		tx->db,
		"INSERT INTO msg(id,box,uid,state,modseq,born,saved_s," COPIED_COLUMNS
		") SELECT ?2,?3,?4,0,?5,?5,?6," COPIED_VALUES " FROM msg WHERE id=?1",
		ARGS(I(id), I(copy), I(folder), I(uid), I(modseq), I(tx->now_ms / 1000)),
		err);
}

bool box_relist(struct store_tx *tx, int64_t folder, struct err *err)
{
	return db_do(tx->db, "UPDATE box SET sync_state=NULL,listing=0 WHERE id=?1",
		     ARGS(I(folder)), err);
}

bool box_allows(struct db *db, int64_t box_id, unsigned rights, bool *local_r,
		struct err *err)
{
	bool found, denied = false;
	sqlite3_stmt *q = db_query(db,
				   "SELECT kind<>0 OR rights&?2<>?2,local FROM box WHERE "
				   "id=?1 AND path IS NOT NULL",
				   ARGS(I(box_id), I(rights)), err);

	if (!q)
		return false;
	found = db_row(q);
	if (found) {
		denied = db_col_int(q, 0) != 0;
		*local_r = db_col_int(q, 1) != 0;
	}
	if (!db_done(db, q, err))
		return false;
	if (!found)
		return err_set(err, ERR_NOT_FOUND, "no such folder");
	return !denied || err_set(err, ERR_DENIED, "no right to do that in this folder");
}

void uid_list_add(struct store_uid_list *list, size_t *capacity, uint32_t uid)
{
	list->uids = mem_grow(list->uids, list->count, capacity, sizeof(*list->uids));
	list->uids[list->count++] = uid;
}
