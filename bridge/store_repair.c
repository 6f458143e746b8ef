/*
 * Brings the cache in line with the ledger. A COMMIT writes the ledger first, then the
 * cache; a crash between the two, a power cut or a deleted cache.db leave rows on one
 * side only. The ledger is right: cache rows without a ledger row go, folders whose
 * ledger rows miss in the cache are listed again, and rows that no server knows yet are
 * made anew from their payload.
 */
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "bridge/mime/digest.h"
#include "bridge/store_row_ids.h"

/* The two files carry the same random text; another one means another ledger. */
static bool check_pair(struct store_tx *tx, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf pair = STRBUF(64);
	static const char *const wipe[] = {
		"DELETE FROM departed", "DELETE FROM msg",   "DELETE FROM content",
		"DELETE FROM gone",	"DELETE FROM event", "DELETE FROM box",
		"DELETE FROM state",
	};
	int64_t same;

	if (!db_int(tx->db,
		    "SELECT 1 FROM value v JOIN state s ON s.data=v.data WHERE "
		    "v.name='pair' "
		    "AND s.name='pair'",
		    NO_ARGS, 0, &same, err))
		return false;
	if (same)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(wipe); i++)
		if (!db_do(tx->db, wipe[i], NO_ARGS, err))
			return false;
	random_hex(16, &pair);
	return db_do(tx->db, "INSERT OR IGNORE INTO value(name,data) VALUES('pair',?1)",
		     ARGS(S(strbuf_str(&pair))), err) &&
	       db_do(tx->db,
		     "INSERT OR REPLACE INTO state(name,data) SELECT name,data FROM "
		     "value "
		     "WHERE name='pair'",
		     NO_ARGS, err);
}

static bool each(struct store_tx *tx, sqlite3_stmt *q,
		 bool (*fix)(struct store_tx *tx, int64_t id, struct err *err),
		 size_t *count_r, struct err *err)
{
	CLEANUP(row_ids_finish) struct row_ids ids = { 0 };

	if (!row_ids_read(tx->db, q, &ids, err))
		return false;
	for (size_t i = 0; i < ids.count; i++)
		if (!fix(tx, ids.list[i], err))
			return false;
	if (count_r)
		*count_r = ids.count;
	return true;
}

static bool relist_box(struct store_tx *tx, int64_t box_id, struct err *err)
{
	return db_do(tx->db, "UPDATE box SET sync_state=NULL,listing=0 WHERE id=?1",
		     ARGS(I(box_id)), err);
}

static bool fix_folders(struct store_tx *tx, struct err *err)
{
	size_t lost = 0;

	if (!each(tx,
		  db_query(tx->db,
			   "SELECT b.id FROM box b WHERE NOT EXISTS (SELECT 1 FROM "
			   "folder f "
			   "WHERE f.id=b.id AND f.uidvalidity=b.uidvalidity)",
			   NO_ARGS, err),
		  box_remove, &lost, err))
		return false;
	if (lost > 0 &&
	    !db_do(tx->db, "DELETE FROM state WHERE name='hierarchy'", NO_ARGS, err))
		return false;
	/* Those that only we know of, and those with changes of ours pending. */
	return each(tx,
		    db_query(
			    tx->db,
			    "SELECT f.id FROM folder f WHERE f.remote_id IS NULL AND NOT "
			    "EXISTS (SELECT 1 FROM box b WHERE b.id=f.id)",
			    NO_ARGS, err),
		    box_add, NULL, err) &&
	       db_do(tx->db,
		     "UPDATE box SET remote_id=f.remote_id FROM folder f WHERE "
		     "f.id=box.id "
		     "AND box.remote_id IS NOT f.remote_id",
		     NO_ARGS, err) &&
	       /* A UID that was shown is never given again. */
	       db_do(tx->db,
		     "UPDATE folder SET uidnext=b.uidnext FROM box b WHERE "
		     "b.id=folder.id "
		     "AND b.uidnext>folder.uidnext",
		     NO_ARGS, err) &&
	       db_do(tx->db,
		     "UPDATE box SET uidnext=f.uidnext FROM folder f WHERE f.id=box.id "
		     "AND "
		     "f.uidnext>box.uidnext",
		     NO_ARGS, err);
}

/* A cache row whose ledger row is lost or another one. */
static bool drop_msg(struct store_tx *tx, int64_t id, struct err *err)
{
	int64_t box, uid, content;
	uint64_t modseq;

	if (!db_int(tx->db, "SELECT box FROM msg WHERE id=?1", ARGS(I(id)), 0, &box,
		    err) ||
	    !db_int(tx->db, "SELECT uid FROM msg WHERE id=?1", ARGS(I(id)), 0, &uid,
		    err) ||
	    !db_int(tx->db, "SELECT content FROM msg WHERE id=?1", ARGS(I(id)), 0,
		    &content, err) ||
	    !db_do(tx->db, "DELETE FROM msg WHERE id=?1", ARGS(I(id)), err) ||
	    !content_release(tx, content, err) || !tx_stamp(tx, box, &modseq, err))
		return false;
	return (uid == 0 ||
		db_do(tx->db,
		      "INSERT OR REPLACE INTO gone(box,uid,modseq) VALUES(?1,?2,?3)",
		      ARGS(I(box), I(uid), I(modseq)), err)) &&
	       relist_box(tx, box, err);
}

/* The ledger published, moved or removed it; the cache did not hear of it. */
static bool follow_uid(struct store_tx *tx, int64_t id, struct err *err)
{
	int64_t box, uid, ghost, old;
	uint64_t modseq;

	if (!db_int(tx->db, "SELECT folder FROM item WHERE id=?1", ARGS(I(id)), 0, &box,
		    err) ||
	    !db_int(tx->db, "SELECT uid FROM item WHERE id=?1", ARGS(I(id)), 0, &uid,
		    err) ||
	    !db_int(tx->db, "SELECT ghost FROM item WHERE id=?1", ARGS(I(id)), 0, &ghost,
		    err) ||
	    !db_int(tx->db, "SELECT uid FROM msg WHERE id=?1", ARGS(I(id)), 0, &old,
		    err) ||
	    !tx_stamp(tx, box, &modseq, err))
		return false;
	if (old > 0 &&
	    !db_do(tx->db, "INSERT OR REPLACE INTO gone(box,uid,modseq) VALUES(?1,?2,?3)",
		   ARGS(I(box), I(old), I(modseq)), err))
		return false;
	return db_do(
		tx->db,
		"UPDATE msg SET uid=iif(?2>0,?2,NULL),modseq=?3,born=?3,"
		"state=CASE WHEN ?4>0 THEN 2 WHEN ?2>0 THEN 0 ELSE 1 END WHERE id=?1",
		ARGS(I(id), I(uid), I(modseq), I(ghost)), err);
}

/* A copy on its way up shows what its original shows. */
static bool like_original(struct store_tx *tx, int64_t id, struct err *err)
{
	return db_do(
		tx->db,
		"UPDATE msg SET internal_s=o.internal_s,size=o.size,"
		"has_body=o.has_body,content=o.content,need_body=o.has_body<>1,"
		"server_flags=o.server_flags,server_keywords=o.server_keywords,"
		"server_size=o.server_size,is_draft=o.is_draft,subject=o.subject,"
		"recipients=o.recipients,has_attachments=o.has_attachments,"
		"item_class=o.item_class,thread=o.thread FROM journal j JOIN msg o ON "
		"o.id=j.from_item WHERE msg.id=?1 AND j.item=?1 AND j.kind IN (2,3)",
		ARGS(I(id)), err);
}

/* Made here and unknown to the server: its octets are in the ledger, if anywhere. */
static bool rebuild_local(struct store_tx *tx, int64_t id, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf mime = STRBUF(STORE_MESSAGE_MAX);
	CLEANUP(strbuf_finish) struct strbuf file = STRBUF(256);
	CLEANUP(content_render_finish) struct content_render render = { 0 };
	int64_t payload, uid, content;
	struct err none;

	if (!db_int(tx->db, "SELECT payload FROM item WHERE id=?1", ARGS(I(id)), 0,
		    &payload, err) ||
	    !db_int(tx->db, "SELECT uid FROM item WHERE id=?1", ARGS(I(id)), 0, &uid,
		    err) ||
	    !db_do(tx->db,
		   "INSERT INTO msg(id,box,state,internal_s,server_flags) SELECT "
		   "id,folder,iif(ghost>0,2,1),internal_s,want_flags FROM item WHERE "
		   "id=?1",
		   ARGS(I(id)), err) ||
	    !like_original(tx, id, err))
		return false;
	/* Without its octets it is shown empty, and refused when it is to go up. */
	if (payload && !payload_read(tx->store, tx->db, payload, &mime, &none)) {
		log_error("store", "a message cannot be read any more: %s", none.text);
		payload = 0;
	}
	if (payload) {
		if (!db_bytes(tx->db, "SELECT file FROM payload WHERE id=?1",
			      ARGS(I(payload)), &file, &none) &&
		    none.code != ERR_NOT_FOUND)
			return err_set(err, ERR_BROKEN, "%s", none.text);
		content_render_init(&render, strbuf_str(&mime));
		if (!content_put(tx, strbuf_str(&mime),
				 file.len ? strbuf_cstr(&file) : NULL, &render, &content,
				 err) ||
		    !content_attach(tx, id, content, err))
			return false;
	}
	return row_show(tx, id, err) && (uid == 0 || row_publish(tx, id, err));
}

bool store_locals_rebuild(struct store_tx *tx, struct err *err)
{
	return each(
		tx,
		db_query(tx->db,
			 "SELECT i.id FROM item i JOIN box b ON b.id=i.folder WHERE "
			 "i.item_id IS NULL AND NOT EXISTS (SELECT 1 FROM msg m WHERE "
			 "m.id=i.id)",
			 NO_ARGS, err),
		rebuild_local, NULL, err);
}

/* Rows that the ledger has and the cache has not: their folder is listed again. */
static bool fix_missing(struct store_tx *tx, struct err *err)
{
	return store_locals_rebuild(tx, err) &&
	       each(tx,
		    db_query(tx->db,
			     "SELECT DISTINCT i.folder FROM item i JOIN box b ON "
			     "b.id=i.folder WHERE b.sync_state IS NOT NULL AND "
			     "b.listing=0 AND i.ghost=0 "
			     "AND "
			     "NOT EXISTS (SELECT 1 FROM msg m WHERE m.id=i.id)",
			     NO_ARGS, err),
		    relist_box, NULL, err);
}

static bool fix_messages(struct store_tx *tx, struct err *err)
{
	return each(tx,
		    db_query(tx->db,
			     "SELECT m.id FROM msg m WHERE NOT EXISTS (SELECT 1 FROM "
			     "item i "
			     "WHERE i.id=m.id AND i.folder=m.box)",
			     NO_ARGS, err),
		    drop_msg, NULL, err) &&
	       each(tx,
		    db_query(tx->db,
			     "SELECT m.id FROM msg m JOIN item i ON i.id=m.id WHERE "
			     "(i.uid<>coalesce(m.uid,0) AND NOT (m.state IN (1,3) AND "
			     "i.ghost=0)) OR "
			     "(i.ghost>0 AND m.state<>2)",
			     NO_ARGS, err),
		    follow_uid, NULL, err) &&
	       fix_missing(tx, err) &&
	       each(tx,
		    db_query(tx->db,
			     "SELECT i.id FROM item i JOIN msg m ON m.id=i.id WHERE "
			     "i.want_mask<>0 OR i.want_keywords IS NOT NULL OR "
			     "i.local_flags<>0 OR i.local_keywords IS NOT NULL",
			     NO_ARGS, err),
		    row_show, NULL, err);
}

#define SENT_WAIT_MS (3600 * 1000)

/* Exchange kept no copy of what was sent long ago: the client's own goes up. */
static bool fix_sent(struct store_tx *tx, struct err *err)
{
	return each(tx,
		    db_query(tx->db,
			     "SELECT i.id FROM item i WHERE i.item_id IS NULL AND "
			     "i.sent_wait=1 AND NOT EXISTS (SELECT 1 FROM outbox o WHERE "
			     "o.mark=i.mark AND (o.done_ms=0 OR o.done_ms>?1))",
			     ARGS(I(tx->now_ms - SENT_WAIT_MS)), err),
		    row_sent_alone, NULL, err);
}

bool store_repair(struct store_tx *tx, struct err *err)
{
	return check_pair(tx, err) && fix_folders(tx, err) &&
	       db_do(tx->db,
		     "DELETE FROM item WHERE uid=0 AND ghost=0 AND item_id IS NOT NULL "
		     "AND "
		     "NOT EXISTS (SELECT 1 FROM msg m WHERE m.id=item.id) AND NOT EXISTS "
		     "(SELECT 1 FROM journal j WHERE j.item=item.id OR "
		     "j.from_item=item.id)",
		     NO_ARGS, err) &&
	       fix_messages(tx, err) && fix_sent(tx, err) && box_paths_rebuild(tx, err);
}
