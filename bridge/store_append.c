/*
 * APPEND, and messages to send. The client's octets are the body from now on; until the
 * server has them they are in the ledger as well. The copy that a client APPENDs to Sent
 * of a message it has just sent through us becomes Exchange's own copy: it gets its UID
 * and waits for that to appear.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/random.h"
#include "bridge/mime/digest.h"
#include "bridge/mime/header.h"
#include "bridge/store_change.h"

#define SENT_WITHIN_MS (86400 * 1000) /* after sending, such an APPEND is the same */

static void message_id_of(const struct content_render *render, struct strbuf *out)
{
	struct str value;

	if (mime_field_find(strbuf_str(&render->header), STR("Message-ID"), &value))
		mime_unfold(value, out);
}

struct append {
	const struct store_append *msg;
	const struct content_render *render;
	const char *file;
	int64_t box_id;
	struct str message_id; /* .p NULL: none */
	const char *mark;
	bool sent_wait;
};

static bool add_item(struct store_tx *tx, const struct append *a, int64_t payload,
		     int64_t *id_r, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf up = STRBUF(STORE_KEYWORDS_MAX);
	CLEANUP(strbuf_finish) struct strbuf local = STRBUF(STORE_KEYWORDS_MAX);
	unsigned flags = a->msg->flags & MSG_FLAGS_ALL;

	message_keywords_split(a->msg->keywords, &up, &local);
	if (!strbuf_ok(&up, err) || !strbuf_ok(&local, err) ||
	    !db_do(tx->db,
		   "INSERT INTO "
		   "item(folder,message_id,digest,own,mark,sent_wait,internal_s,"
		   "want_flags,want_mask,want_keywords,local_flags,local_keywords,"
		   "payload) "
		   "VALUES(?1,?2,?3,1,?4,?5,?6,?7,?8,?9,?10,nullif(?11,''),nullif(?12,0)"
		   ")",
		   ARGS(I(a->box_id), S(a->message_id),
			B(str_make((const char *)a->render->digest, MIME_DIGEST_BYTES)),
			T(a->mark), I(a->sent_wait), I(a->msg->internal_unix_s),
			I(flags & MSG_FLAGS_UP), I(MSG_FLAGS_UP), S(strbuf_str(&up)),
			I(flags & ~(MSG_SEEN | MSG_FLAGGED)), S(strbuf_str(&local)),
			I(payload)),
		   err))
		return false;
	*id_r = db_last_id(tx->db);
	return true;
}

static bool add_rows(struct store_tx *tx, const struct append *a, int64_t payload,
		     int64_t *id_r, struct err *err)
{
	int64_t content;

	return add_item(tx, a, payload, id_r, err) &&
	       db_do(tx->db,
		     "INSERT INTO msg(id,box,state,internal_s,server_size) "
		     "VALUES(?1,?2,1,?3,"
		     "?4)",
		     ARGS(I(*id_r), I(a->box_id), I(a->msg->internal_unix_s),
			  I(a->msg->mime.len)),
		     err) &&
	       content_put(tx, a->msg->mime, a->file, a->render, &content, err) &&
	       content_attach(tx, *id_r, content, err) && row_show(tx, *id_r, err) &&
	       row_publish(tx, *id_r, err);
}

static void parts_of(struct str mime, unsigned char digest_r[MIME_DIGEST_BYTES])
{
	struct mime_tree tree;

	mime_tree_init(&tree, mime);
	mime_digest_parts(&tree, digest_r);
	mime_tree_finish(&tree);
}

/* Was it sent through us just now, saying the same? Gives the outbox's mark. */
static bool sent_by_us(struct store_tx *tx, const struct append *a, struct strbuf *mark,
		       bool *sent_r, struct err *err)
{
	unsigned char digest[MIME_DIGEST_BYTES];
	struct err none = { 0 };
	int64_t use;

	*sent_r = false;
	if (!db_int(tx->db, "SELECT use FROM box WHERE id=?1", ARGS(I(a->box_id)), 0,
		    &use, err))
		return false;
	if (use != BOX_USE_SENT || !a->message_id.p)
		return true;
	parts_of(a->msg->mime, digest);
	*sent_r = db_bytes(
		tx->db,
		"SELECT mark FROM outbox WHERE message_id=?1 AND (done_ms=0 OR "
		"done_ms>?2) AND (digest IS NULL OR digest=?3)",
		ARGS(S(a->message_id), I(tx->now_ms - SENT_WITHIN_MS),
		     B(str_make((const char *)digest, sizeof(digest)))),
		mark, &none);
	return *sent_r || none.code == ERR_NOT_FOUND ||
	       err_set(err, none.code, "%s", none.text);
}

/* Exchange's copy may be here already, also in a round that is not over and shows nothing
 * yet: it is the one. The client's octets stand for it,
 * unless they are not the same message for a client, and it may have seen that. */
static bool sent_copy(struct store_tx *tx, const struct append *a, int64_t *id_r,
		      struct err *err)
{
	int64_t keeps, content, hidden;

	if (!db_int(tx->db,
		    "SELECT i.id FROM item i JOIN msg m ON m.id=i.id WHERE i.folder=?1 "
		    "AND (m.uid IS NOT NULL OR (i.uid=0 AND i.ghost=0 AND m.state<>3)) "
		    "AND (i.mark=?3 OR (i.message_id=?2 AND "
		    "i.mark IS NULL AND i.own=0 AND i.item_id IS NOT NULL)) ORDER BY "
		    "i.mark IS NULL,m.uid DESC LIMIT 1",
		    ARGS(I(a->box_id), S(a->message_id), T(a->mark)), 0, id_r, err))
		return false;
	if (*id_r == 0)
		return true;
	if (!db_int(tx->db, "SELECT uid IS NULL FROM msg WHERE id=?1", ARGS(I(*id_r)), 0,
		    &hidden, err) ||
	    (hidden && !row_publish(tx, *id_r, err)))
		return false;
	return db_int(tx->db,
		      "SELECT m.has_body OR i.message_id IS NOT ?2 FROM msg m JOIN item "
		      "i "
		      "ON i.id=m.id WHERE m.id=?1",
		      ARGS(I(*id_r), S(a->message_id)), 0, &keeps, err) &&
	       (keeps ||
		(content_put(tx, a->msg->mime, a->file, a->render, &content, err) &&
		 content_attach(tx, *id_r, content, err) &&
		 db_do(tx->db, "UPDATE item SET digest=?2,own=1 WHERE id=?1",
		       ARGS(I(*id_r), B(str_make((const char *)a->render->digest,
						 MIME_DIGEST_BYTES))),
		       err)));
}

static bool append_sent(struct store_tx *tx, struct append *a, int64_t *id_r,
			struct err *err)
{
	int64_t payload;

	if (!sent_copy(tx, a, id_r, err))
		return false;
	if (*id_r)
		return tx_file_release(tx, a->file, err);
	a->sent_wait = true;
	return payload_put(tx, a->msg->mime, a->file, &payload, err) &&
	       add_rows(tx, a, payload, id_r, err) &&
	       ((a->msg->flags & MSG_FLAGS_UP) == MSG_SEEN ||
		entry_flags(tx, *id_r, err));
}

static bool append_new(struct store_tx *tx, struct append *a, int64_t *id_r,
		       int64_t *entry_r, struct err *err)
{
	struct entry_new entry = { .kind = JOURNAL_APPEND, .folder = a->box_id };
	CLEANUP(strbuf_finish) struct strbuf mark = STRBUF(64);
	int64_t payload;

	random_hex(16, &mark);
	a->mark = entry.mark = strbuf_cstr(&mark);
	if (!payload_put(tx, a->msg->mime, a->file, &payload, err) ||
	    !add_rows(tx, a, payload, id_r, err))
		return false;
	entry.item = *id_r;
	return entry_add(tx, &entry, entry_r, err);
}

bool store_append(struct store *s, int64_t box_id, const struct store_append *msg,
		  uint32_t *uid_r, int64_t *entry_r, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	CLEANUP(content_render_finish) struct content_render render = { 0 };
	CLEANUP(mem_free_ptr) char *file = NULL;
	CLEANUP(strbuf_finish) struct strbuf message_id = STRBUF(4096), mark = STRBUF(64);
	struct append a = { .msg = msg, .render = &render, .box_id = box_id };
	bool local = false, sent;
	int64_t id, entry = 0;

	if (msg->mime.len > STORE_MESSAGE_MAX)
		return err_set(err, ERR_LIMIT, "message longer than %u bytes",
			       STORE_MESSAGE_MAX);
	content_render_init(&render, msg->mime);
	message_id_of(&render, &message_id);
	if (message_id.len > 0)
		a.message_id = strbuf_str(&message_id);
	if (!store_file_write(s, msg->mime, &file, err) ||
	    !store_tx_begin(s, &tx, STORE_DURABLE, err))
		return false;
	a.file = file;
	tx_added(&tx, file);
	if (!box_allows(tx.db, box_id, BOX_RIGHT_INSERT, &local, err))
		return false;
	if (local)
		return err_set(err, ERR_DENIED, "this folder is local");
	if (!sent_by_us(&tx, &a, &mark, &sent, err))
		return false;
	if (sent)
		a.mark = strbuf_cstr(&mark);
	if (!(sent ? append_sent(&tx, &a, &id, err)
		   : append_new(&tx, &a, &id, &entry, err)) ||
	    !row_uid(tx.db, id, uid_r, err) || !store_tx_commit(&tx, err))
		return false;
	*entry_r = entry;
	return true;
}

/* ---- reports of ours
 * -------------------------------------------------------------------- */

bool report_init(struct store *s, struct str mime, struct report *report, struct err *err)
{
	if (!mime.p)
		return true;
	if (!store_file_write(s, mime, &report->file, err))
		return false;
	content_render_init(&report->render, mime);
	report->mime = mime;
	return true;
}

void report_finish(struct report *report)
{
	content_render_finish(&report->render);
	free(report->file);
}

bool append_report(struct store_tx *tx, const struct report *report, bool *done_r,
		   struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf message_id = STRBUF(4096);
	struct store_append msg = { .mime = report->mime,
				    .internal_unix_s = tx->now_ms / 1000 };
	struct append a = { .msg = &msg,
			    .render = &report->render,
			    .file = report->file };
	int64_t id, entry = 0;

	*done_r = false;
	if (!db_int(tx->db, "SELECT id FROM box WHERE use=?1", ARGS(I(BOX_USE_INBOX)), 0,
		    &a.box_id, err))
		return false;
	if (!a.box_id)
		return true;
	message_id_of(&report->render, &message_id);
	if (message_id.len > 0)
		a.message_id = strbuf_str(&message_id);
	*done_r = true;
	return append_new(tx, &a, &id, &entry, err);
}

bool store_outbox_add(struct store *s, struct str from, struct str recipients,
		      struct str mime, int64_t *entry_r, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	CLEANUP(mem_free_ptr) char *file = NULL;
	CLEANUP(strbuf_finish) struct strbuf message_id = STRBUF(4096), mark = STRBUF(64);
	struct entry_new entry = { .kind = JOURNAL_SEND,
				   .sender = from,
				   .recipients = recipients };
	unsigned char digest[MIME_DIGEST_BYTES];
	struct str value;
	int64_t group = 0;

	if (mime.len > STORE_MESSAGE_MAX)
		return err_set(err, ERR_LIMIT, "message longer than %u bytes",
			       STORE_MESSAGE_MAX);
	if (mime_field_find(mime, STR("Message-ID"), &value))
		mime_unfold(value, &message_id);
	if (message_id.len > 0)
		entry.message_id = strbuf_str(&message_id);
	parts_of(mime, digest);
	random_hex(16, &mark);
	entry.mark = strbuf_cstr(&mark);
	if (!store_file_write(s, mime, &file, err) ||
	    !store_tx_begin(s, &tx, STORE_DURABLE, err))
		return false;
	tx_added(&tx, file);
	if (!payload_put(&tx, mime, file, &entry.payload, err) ||
	    !db_do(tx.db, "INSERT INTO outbox(mark,message_id,digest) VALUES(?1,?2,?3)",
		   ARGS(T(entry.mark), S(entry.message_id),
			B(str_make((const char *)digest, sizeof(digest)))),
		   err) ||
	    !db_do(tx.db, "DELETE FROM outbox WHERE done_ms>0 AND done_ms<?1",
		   ARGS(I(tx.now_ms - 2 * 86400000)), err) ||
	    !entry_add(&tx, &entry, &group, err) || !store_tx_commit(&tx, err))
		return false;
	*entry_r = group;
	return true;
}
