/*
 * An item of a page goes into its row: what the server has of flags, what the index says,
 * and whether the body has to be looked at again.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "bridge/mime/imap_render.h"
#include "bridge/store_page.h"

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

	if (!page_row_find(tx, at, item, &id, &skip, err))
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
