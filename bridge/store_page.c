/*
 * A folder's index coming down, one page of a sync round in one transaction. Rows that
 * are new wait (state 1) until the round's last page and are then published in the order
 * of their article numbers. An item that the ledger knows keeps its row and UID; one that
 * our own APPEND, COPY or MOVE made joins the row that the client has seen already.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bridge/mime/imap_render.h"
#include "bridge/store_page.h"
#include "bridge/store_row_ids.h"

/* ---- which row is it
 * ------------------------------------------------------------------- */

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

static bool row_find(struct store_tx *tx, const struct page_at *at,
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

/* ---- its columns
 * ----------------------------------------------------------------------- */

struct before { /* what the row held */
	bool cached, named, based, has_body, is_draft, own, has_attachments, stale;
	unsigned server_flags;
	int64_t content, server_size, ack_ms;
	char *change_key, *subject, *recipients, *envelope;
};

static void before_finish(struct before *b)
{
	free(b->change_key);
	free(b->subject);
	free(b->recipients);
	free(b->envelope);
}

static bool before_read(struct db *db, int64_t id, struct before *b, struct err *err)
{
	sqlite3_stmt *q = db_query(
		db,
		"SELECT m.state=3,m.based,m.has_body,m.is_draft,i.own,m.has_attachments,"
		"m.server_flags,m.content,m.server_size,m.ack_ms,m.change_key,m.subject,"
		"m.recipients,c.envelope,m.stale FROM msg m JOIN item i ON i.id=m.id "
		"LEFT JOIN "
		"content c ON c.id=m.content WHERE m.id=?1",
		ARGS(I(id)), err);

	if (!q)
		return false;
	if (db_row(q))
		*b = (struct before){
			.cached = true,
			.named = db_col_int(q, 0) != 0,
			.based = db_col_int(q, 1) != BASED_NOT,
			.has_body = db_col_int(q, 2) != BODY_UNKNOWN,
			.is_draft = db_col_int(q, 3) != 0,
			.own = db_col_int(q, 4) != 0,
			.has_attachments = db_col_int(q, 5) != 0,
			.server_flags = (unsigned)db_col_int(q, 6),
			.content = db_col_int(q, 7),
			.server_size = db_col_int(q, 8),
			.ack_ms = db_col_int(q, 9),
			.change_key = db_col_dup(q, 10),
			.subject = db_col_dup(q, 11),
			.recipients = db_col_dup(q, 12),
			.envelope = db_col_dup(q, 13),
			.stale = db_col_int(q, 14) != 0,
		};
	return db_done(db, q, err);
}

static bool same(const char *a, const char *b)
{
	return str_eq(str_from(a ? a : ""), str_from(b ? b : ""));
}

/* Did somebody edit it in place, so that its body must be looked at again? */
static bool edited(const struct before *b, const struct store_item *item)
{
	if (!b->based || !b->has_body || same(b->change_key, item->change_key))
		return false;
	if (b->server_size != (int64_t)item->size || !same(b->subject, item->subject) ||
	    (b->recipients && item->recipients &&
	     !same(b->recipients, item->recipients)) ||
	    b->has_attachments != item->has_attachments)
		return true;
	return item->is_draft && !b->own;
}

#define VERBS (MSG_ANSWERED | MSG_FORWARDED)

/* Exchange holds the newest verb alone; we keep both until it holds none. */
static bool keep_verbs(struct store_tx *tx, int64_t id, unsigned before, unsigned now,
		       struct err *err)
{
	unsigned lost = before & ~now & VERBS;

	if (!lost)
		return true;
	if (now & VERBS)
		return db_do(tx->db,
			     "UPDATE item SET local_flags=local_flags|?2 WHERE id=?1",
			     ARGS(I(id), I(lost)), err);
	return db_do(tx->db, "UPDATE item SET local_flags=local_flags&~?2 WHERE id=?1",
		     ARGS(I(id), I(VERBS)), err);
}

static bool write_flags(struct store_tx *tx, const struct page_at *at, int64_t id,
			const struct before *b, const struct store_item *item,
			struct err *err)
{
	unsigned flags = item->flags | (item->is_draft ? MSG_DRAFT : 0);

	/* Older than what the server agreed to since. */
	if (b->ack_ms > 0 && b->ack_ms >= at->asked_ms)
		return db_do(
			tx->db,
			"UPDATE msg SET based=2 WHERE id=?1 AND (server_flags<>?2 "
			"OR server_keywords<>?3)",
			ARGS(I(id), I(flags), T(item->keywords ? item->keywords : "")),
			err);
	return keep_verbs(tx, id, b->server_flags, flags, err) &&
	       db_do(tx->db,
		     "UPDATE msg SET based=1,server_flags=?2,server_keywords=?3 WHERE "
		     "id=?1",
		     ARGS(I(id), I(flags), T(item->keywords ? item->keywords : "")), err);
}

/* Until the body is here, envelope and header come from the index. */
static bool write_header(struct store_tx *tx, int64_t id, const struct before *b,
			 const struct store_item *item, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf envelope = STRBUF(STORE_RENDER_MAX);

	if (b->has_body || (item->header.len == 0 && !b->stale))
		return true;
	mime_imap_envelope(item->header, &envelope);
	if (envelope.overflow ||
	    (b->envelope && str_eq(str_from(b->envelope), strbuf_str(&envelope))))
		return true;
	return db_do(tx->db, "INSERT INTO content(envelope,header) VALUES(?1,?2)",
		     ARGS(S(strbuf_str(&envelope)), B(item->header)), err) &&
	       db_do(tx->db, "UPDATE msg SET content=?2 WHERE id=?1",
		     ARGS(I(id), I(db_last_id(tx->db))), err) &&
	       content_release(tx, b->content, err) &&
	       (!b->envelope || row_renew(tx, id, err)); /* one UID, one content */
}

static bool write_item(struct store_tx *tx, int64_t id, const struct store_item *item,
		       struct err *err)
{
	return db_do(
		tx->db,
		"UPDATE item SET item_id=?2,search_key=coalesce(?3,search_key),"
		"message_id=coalesce(?4,message_id),size=?5,sent_wait=0,"
		"mark=coalesce(?6,mark) WHERE id=?1 AND (item_id IS NOT ?2 OR search_key "
		"IS NOT ?3 OR message_id IS NOT ?4 OR size<>?5 OR sent_wait<>0 OR "
		"mark IS NOT coalesce(?6,mark))",
		ARGS(I(id), T(item->item_id),
		     B(item->search_key.len ? item->search_key : STR_NONE),
		     T(item->message_id), I(item->size), T(item->mark)),
		err);
}

static bool write_msg(struct store_tx *tx, const struct page_at *at, int64_t id,
		      const struct before *b, const struct store_item *item,
		      struct err *err)
{
	bool again = edited(b, item);
	bool need = at->mail && ((!b->based && !b->has_body) || again);

	return db_do(
		tx->db,
		"UPDATE msg SET change_key=?2,article=?3,server_size=?4,created_s=?5,"
		"is_draft=?6,subject=?7,recipients=coalesce(?8,recipients),"
		"has_attachments=?9,item_class=?10,round=?11,found=?11,"
		"state=iif(state=3,1,state),based=max(based,1),size=iif(has_body,size,?4)"
		","
		"partial=?15 AND NOT has_body AND recipients IS NULL,"
		"internal_s=iif(?12,internal_s,?13),need_body=max(need_body,?14),"
		"body_due_s=iif(?14,0,body_due_s),body_tries=iif(?14 OR stale,0,"
		"body_tries),body_tried_ms=iif(stale,0,body_tried_ms),stale=0,"
		"thread=iif(?16,?16,thread),look_again=max(look_again,?17) WHERE id=?1",
		ARGS(I(id), T(item->change_key), I(item->article), I(item->size),
		     I(item->created_unix_s), I(item->is_draft), T(item->subject),
		     T(item->recipients), I(item->has_attachments), T(item->item_class),
		     I(at->round), I(b->cached && !b->named && !b->stale),
		     I(item->internal_unix_s), I(need), I(item->partial), I(item->thread),
		     I(at->mail && again)),
		err);
}

/* Exchange's copy of a message that we sent: the client's octets are no longer the only
 * ones, and its flags are the server's. */
static bool sent_joined(struct store_tx *tx, int64_t id, struct err *err)
{
	int64_t waited, payload;

	if (!db_int(tx->db, "SELECT sent_wait FROM item WHERE id=?1", ARGS(I(id)), 0,
		    &waited, err))
		return false;
	if (!waited)
		return true;
	return db_int(tx->db, "SELECT payload FROM item WHERE id=?1", ARGS(I(id)), 0,
		      &payload, err) &&
	       db_do(tx->db, "UPDATE item SET payload=NULL WHERE id=?1", ARGS(I(id)),
		     err) &&
	       payload_release(tx, payload, err) &&
	       db_do(tx->db,
		     "UPDATE item SET want_mask=0,want_flags=0,want_keywords=NULL WHERE "
		     "id=?1 AND NOT EXISTS (SELECT 1 FROM journal WHERE item=?1 AND "
		     "kind=0)",
		     ARGS(I(id)), err);
}

/* It is read again by the threads that fetch bodies. */
static bool make_stale(struct store_tx *tx, const struct page_at *at, int64_t id,
		       const char *why, struct err *err)
{
	return db_do(tx->db,
		     "UPDATE msg SET "
		     "stale=1,need_body=1,look_again=1,round=?2,found=?2,body_why=?3,"
		     "body_soft=0,body_tried_ms=?4,body_due_s=0,"
		     "body_tries=max(body_tries,1) WHERE id=?1",
		     ARGS(I(id), I(at->round), T(why), I(clock_unix_ms())), err);
}

/* An item that nobody has seen: one row in each file, and no question. */
static bool fresh_msg(struct store_tx *tx, const struct page_at *at, int64_t id,
		      const struct store_item *item, struct err *err)
{
	unsigned flags = item->flags | (item->is_draft ? MSG_DRAFT : 0);
	const char *keywords = item->keywords ? item->keywords : "";

	return db_do(
		tx->db,
		"INSERT OR REPLACE INTO msg(id,box,state,change_key,article,server_size,"
		"created_s,is_draft,subject,recipients,has_attachments,item_class,round,"
		"found,based,size,internal_s,need_body,server_flags,server_keywords,"
		"flags,keywords,partial,thread) VALUES(?1,?2,1,?3,?4,?5,?6,?7,?8,?9,?10,"
		"?11,?12,?12,1,?5,?13,?14,?15,?16,?15,?16,?17,?18)",
		ARGS(I(id), I(at->box_id), T(item->change_key), I(item->article),
		     I(item->size), I(item->created_unix_s), I(item->is_draft),
		     T(item->subject), T(item->recipients), I(item->has_attachments),
		     T(item->item_class), I(at->round), I(item->internal_unix_s),
		     I(at->mail), I(flags), T(keywords), I(item->partial),
		     I(item->thread)),
		err);
}

static bool fresh_item(struct store_tx *tx, const struct page_at *at, int64_t *id,
		       const struct store_item *item, struct err *err)
{
	static const struct before none;
	bool ok;

	if (*id == 0) {
		ok = db_do(tx->db,
			   "INSERT INTO item(folder,item_id,search_key,message_id,size,"
			   "mark) VALUES(?1,?2,?3,?4,?5,?6)",
			   ARGS(I(at->box_id), T(item->item_id),
				B(item->search_key.len ? item->search_key : STR_NONE),
				T(item->message_id), I(item->size), T(item->mark)),
			   err);
		*id = db_last_id(tx->db);
	} else {
		ok = write_item(tx, *id, item, err);
	}
	return ok && fresh_msg(tx, at, *id, item, err) &&
	       write_header(tx, *id, &none, item, err) &&
	       (!at->mail || moved_arrive(tx, *id, item, err));
}

/* Is there nothing to keep: no row, or one that was only named? */
static bool is_bare(struct store_tx *tx, int64_t id, bool *bare_r, struct err *err)
{
	int64_t bare = 1;

	if (id != 0 &&
	    !db_int(tx->db,
		    "SELECT 1 FROM msg m JOIN item i ON i.id=m.id WHERE m.id=?1 AND "
		    "m.state=3 AND i.uid=0 AND i.ghost=0 AND m.content IS NULL",
		    ARGS(I(id)), 0, &bare, err))
		return false;
	*bare_r = bare != 0;
	return true;
}

bool page_item(struct store_tx *tx, const struct page_at *at,
	       const struct store_item *item, struct err *err)
{
	CLEANUP(before_finish) struct before b = { 0 };
	int64_t id;
	bool skip, bare;

	if (!row_find(tx, at, item, &id, &skip, err))
		return false;
	if (skip)
		return true;
	if (!is_bare(tx, id, &bare, err))
		return false;
	if (bare)
		return fresh_item(tx, at, &id, item, err) &&
		       (!item->unreadable ||
			make_stale(tx, at, id, item->unreadable, err));
	if (!before_read(tx->db, id, &b, err) ||
	    (!b.cached && !db_do(tx->db, "INSERT INTO msg(id,box,state) VALUES(?1,?2,1)",
				 ARGS(I(id), I(at->box_id)), err)))
		return false;
	if (item->unreadable && b.based)
		return make_stale(tx, at, id, item->unreadable, err);
	return sent_joined(tx, id, err) && write_item(tx, id, item, err) &&
	       write_flags(tx, at, id, &b, item, err) &&
	       write_msg(tx, at, id, &b, item, err) &&
	       write_header(tx, id, &b, item, err) && row_show(tx, id, err) &&
	       (!item->unreadable || make_stale(tx, at, id, item->unreadable, err));
}

bool page_details(struct store_tx *tx, int64_t id, const struct store_item *item,
		  struct err *err)
{
	CLEANUP(before_finish) struct before b = { 0 };

	return before_read(tx->db, id, &b, err) && write_header(tx, id, &b, item, err) &&
	       db_do(tx->db, "UPDATE msg SET partial=0,recipients=?2 WHERE id=?1",
		     ARGS(I(id), T(item->recipients ? item->recipients : "")), err);
}

/* ---- removals and read flags
 * ----------------------------------------------------------- */

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

/* ---- the end of a round
 * ---------------------------------------------------------------- */

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

static bool end_round(struct store_tx *tx, const struct page_at *at, size_t *swept_r,
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
	       (!page->last || end_round(&tx, &at, page->swept_r, err)) &&
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
