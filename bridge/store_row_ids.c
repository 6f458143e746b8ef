/* Lists of row ids; two rows that turn out to be one item. */
#include "bridge/store_row_ids.h"

#include <stdlib.h>

#include "base/mem.h"

void row_ids_finish(struct row_ids *ids)
{
	free(ids->list);
	*ids = (struct row_ids){ 0 };
}

bool row_ids_read(struct db *db, sqlite3_stmt *q, struct row_ids *ids, struct err *err)
{
	if (!q)
		return false;
	while (db_row(q)) {
		ids->list = mem_grow(ids->list, ids->count, &ids->capacity,
				     sizeof(*ids->list));
		ids->list[ids->count++] = db_col_int(q, 0);
	}
	return db_done(db, q, err);
}

static bool take_ledger(struct store_tx *tx, int64_t id, int64_t other, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf item_id = STRBUF(65536);

	/* One item id a folder: it leaves the other row first. */
	return db_bytes(tx->db, "SELECT item_id FROM item WHERE id=?1", ARGS(I(other)),
			&item_id, err) &&
	       db_do(tx->db, "UPDATE item SET item_id=NULL WHERE id=?1", ARGS(I(other)),
		     err) &&
	       db_do(tx->db,
		     "UPDATE item SET item_id=?3,sent_wait=0,search_key=o.search_key,"
		     "message_id=o.message_id,size=o.size FROM item o "
		     "WHERE item.id=?1 AND o.id=?2",
		     ARGS(I(id), I(other), S(strbuf_str(&item_id))), err);
}

static bool take_cache(struct store_tx *tx, int64_t id, int64_t other, struct err *err)
{
	int64_t cached;

	if (!db_int(tx->db, "SELECT 1 FROM msg WHERE id=?1", ARGS(I(id)), 0, &cached,
		    err))
		return false;
	/* The row itself comes over and waits to be published. */
	tx->store->rows.forget |= !cached; /* the hook is not told of the old id */
	if (!cached)
		return db_do(tx->db, "UPDATE msg SET id=?1,uid=NULL,state=1 WHERE id=?2",
			     ARGS(I(id), I(other)), err);
	return db_do(tx->db,
		     "UPDATE msg SET server_flags=o.server_flags,"
		     "server_keywords=o.server_keywords,change_key=o.change_key,"
		     "article=o.article,server_size=o.server_size,created_s=o.created_s,"
		     "is_draft=o.is_draft,subject=o.subject,recipients=o.recipients,"
		     "has_attachments=o.has_attachments,item_class=o.item_class,"
		     "thread=o.thread,round=o.round,based=o.based,need_body=iif(msg.has_"
		     "body,msg.need_body,"
		     "max(o.need_body,o.has_body<>0)) FROM msg o WHERE msg.id=?1 AND "
		     "o.id=?2",
		     ARGS(I(id), I(other)), err);
}

bool row_absorb(struct store_tx *tx, int64_t id, int64_t other, struct err *err)
{
	return db_do(tx->db, "DELETE FROM journal WHERE item=?1 AND kind=0",
		     ARGS(I(other)), err) &&
	       take_ledger(tx, id, other, err) && take_cache(tx, id, other, err) &&
	       row_remove(tx, other, err) && row_show(tx, id, err);
}
