/*
 * What waited for another message to be on the server goes up by itself, like an APPEND:
 * because the server refused that one, lost it, or will never make it.
 */
#include "base/random.h"
#include "bridge/store_change.h"

/* Octets that the cache alone has become the ledger's: the cache may be deleted. */
bool payload_make(struct store_tx *tx, int64_t item, struct err *err)
{
	return db_do(tx->db,
		     "INSERT INTO payload(octets,file) SELECT o.data,c.file FROM msg m "
		     "JOIN content c ON c.id=m.content LEFT JOIN octets o ON o.id=c.id "
		     "JOIN item i ON i.id=m.id WHERE m.id=?1 AND m.has_body=1 AND "
		     "i.payload IS NULL",
		     ARGS(I(item)), err) &&
	       (db_changes(tx->db) == 0 ||
		db_do(tx->db, "UPDATE item SET payload=?2,own=1 WHERE id=?1",
		      ARGS(I(item), I(db_last_id(tx->db))), err));
}

bool row_sent_alone(struct store_tx *tx, int64_t id, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf mark = STRBUF(64);
	struct entry_new entry = { .kind = JOURNAL_APPEND, .item = id };
	int64_t group = 0;

	random_hex(16, &mark);
	entry.mark = strbuf_cstr(&mark);
	return db_do(tx->db, "UPDATE item SET mark=?2 WHERE id=?1",
		     ARGS(I(entry.item), T(entry.mark)), err) &&
	       db_do(tx->db, "UPDATE item SET sent_wait=0 WHERE id=?1",
		     ARGS(I(entry.item)), err) &&
	       db_int(tx->db, "SELECT folder FROM item WHERE id=?1", ARGS(I(entry.item)),
		      0, &entry.folder, err) &&
	       entry_add(tx, &entry, &group, err);
}

bool entry_alone(struct store_tx *tx, int64_t entry_id, bool *alone_r, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf mark = STRBUF(64);
	int64_t item, here;

	random_hex(16, &mark);
	if (!db_int(tx->db, "SELECT item FROM journal WHERE id=?1", ARGS(I(entry_id)), 0,
		    &item, err) ||
	    !db_do(tx->db,
		   "UPDATE item SET payload=o.payload FROM journal j JOIN item o ON "
		   "o.id=j.from_item WHERE j.id=?2 AND item.id=?1 AND item.payload IS "
		   "NULL",
		   ARGS(I(item), I(entry_id)), err) ||
	    !payload_make(tx, item, err) ||
	    !db_int(tx->db, "SELECT payload IS NOT NULL FROM item WHERE id=?1",
		    ARGS(I(item)), 0, &here, err))
		return false;
	*alone_r = here != 0;
	if (!here)
		return true;
	tx_note(tx, NOTIFY_JOURNAL);
	return db_do(tx->db,
		     "UPDATE item SET mark=?2,want_mask=?3,search_key=NULL,want_flags="
		     "coalesce((SELECT flags FROM msg WHERE id=?1),want_flags)&?3 "
		     "WHERE id=?1",
		     ARGS(I(item), T(strbuf_cstr(&mark)), I(MSG_FLAGS_UP)), err) &&
	       db_do(tx->db,
		     "UPDATE journal SET kind=1,from_item=0,from_folder=0,mark=?2,"
		     "tries=0,step=0,due_ms=0,why=NULL WHERE id=?1",
		     ARGS(I(entry_id), T(strbuf_cstr(&mark))), err);
}
