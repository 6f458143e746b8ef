/*
 * The server refused for good: the effect is taken back. A UID that clients have seen go
 * does not come back, so a message returns under a new one. Content that nobody was told
 * about in time goes to the local folder "Recovered".
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/random.h"
#include "bridge/mime/digest.h"
#include "bridge/store_change.h"

#define REFUSALS_KEPT_MS (86400 * 1000)

bool box_recovered(struct store_tx *tx, int64_t *box_id_r, struct err *err)
{
	int64_t id, taken;
	CLEANUP(strbuf_finish) struct strbuf name = STRBUF(64);

	if (!db_int(tx->db, "SELECT id FROM folder WHERE local=1 ORDER BY id LIMIT 1",
		    NO_ARGS, 0, &id, err))
		return false;
	*box_id_r = id;
	if (id)
		return true;
	strbuf_add(&name, STR(STORE_RECOVERED));
	if (!db_int(tx->db, "SELECT 1 FROM box WHERE path=?1", ARGS(S(strbuf_str(&name))),
		    0, &taken, err) ||
	    !folder_add(tx, NULL, &id, err))
		return false;
	if (taken)
		strbuf_addf(&name, " %lld", (long long)id);
	*box_id_r = id;
	return db_do(tx->db,
		     "UPDATE folder SET local=1,want_name=?2,want_parent=0 WHERE id=?1",
		     ARGS(I(id), S(strbuf_str(&name))), err) &&
	       box_add(tx, id, err) && box_paths_rebuild(tx, err);
}

struct undo {
	int64_t id, group, item, from_item, folder, from_folder, payload;
	enum journal_kind kind;
	const struct journal_refusal *refusal;
	const struct report *report;
	struct strbuf what; /* for the notice */
	enum store_kept kept;
};

/* A message that exists nowhere else moves to "Recovered". */
static bool recover_item(struct store_tx *tx, int64_t item, struct err *err)
{
	int64_t recovered, copy;

	return payload_make(tx, item, err) && box_recovered(tx, &recovered, err) &&
	       row_copy(tx, item, recovered, &copy, err) &&
	       db_do(tx->db,
		     "UPDATE item SET want_mask=?3,payload=(SELECT payload FROM item "
		     "WHERE "
		     "id=?2) WHERE id=?1",
		     ARGS(I(copy), I(item), I(MSG_FLAGS_UP)), err) &&
	       row_remove(tx, item, err);
}

static bool undo_send(struct store_tx *tx, struct undo *u, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf mime = STRBUF(STORE_MESSAGE_MAX);
	CLEANUP(strbuf_finish) struct strbuf file = STRBUF(256);
	CLEANUP(content_render_finish) struct content_render render = { 0 };
	struct err none = { 0 };
	int64_t recovered, item, content;

	if (!u->payload || !payload_read(tx->store, tx->db, u->payload, &mime, &none)) {
		u->kept = u->refusal->told ? STORE_KEPT_BY_CLIENT : STORE_KEPT_UNREADABLE;
		return true; /* the payload's row stays, with what there is */
	}
	notice_what_mime(strbuf_str(&mime), &u->what);
	if (u->report && u->report->mime.p) {
		bool reported;

		if (!append_report(tx, u->report, &reported, err))
			return false;
		if (reported)
			u->kept = STORE_KEPT_REPORTED;
	}
	if (u->refusal->told)
		u->kept = STORE_KEPT_BY_CLIENT;
	if (u->kept != STORE_KEPT_AS_BEFORE)
		return payload_release(tx, u->payload, err);
	u->kept = STORE_KEPT_RECOVERED;
	none = (struct err){ 0 };
	if (!db_bytes(tx->db, "SELECT file FROM payload WHERE id=?1", ARGS(I(u->payload)),
		      &file, &none) &&
	    none.code != ERR_NOT_FOUND)
		return err_set(err, none.code, "%s", none.text);
	content_render_init(&render, strbuf_str(&mime));
	if (!box_recovered(tx, &recovered, err) ||
	    !db_do(tx->db,
		   "INSERT INTO item(folder,own,payload,internal_s,want_mask,digest) "
		   "VALUES(?1,1,?2,?3,?4,?5)",
		   ARGS(I(recovered), I(u->payload), I(tx->now_ms / 1000),
			I(MSG_FLAGS_UP),
			B(str_make((const char *)render.digest, MIME_DIGEST_BYTES))),
		   err))
		return false;
	item = db_last_id(tx->db);
	return db_do(tx->db,
		     "INSERT INTO msg(id,box,state,internal_s) VALUES(?1,?2,1,?3)",
		     ARGS(I(item), I(recovered), I(tx->now_ms / 1000)), err) &&
	       content_put(tx, strbuf_str(&mime), file.len ? strbuf_cstr(&file) : NULL,
			   &render, &content, err) &&
	       content_attach(tx, item, content, err) && row_publish(tx, item, err);
}

/* The client's own copy in Sent waits for nothing any more: it goes up by itself. */
static bool undo_sent_wait(struct store_tx *tx, const char *mark, struct err *err)
{
	int64_t item;

	if (!mark)
		return true;
	return db_do(tx->db, "DELETE FROM outbox WHERE mark=?1", ARGS(T(mark)), err) &&
	       db_int(tx->db, "SELECT id FROM item WHERE mark=?1 AND sent_wait=1",
		      ARGS(T(mark)), 0, &item, err) &&
	       (item == 0 || row_sent_alone(tx, item, err));
}

static bool undo_flags(struct store_tx *tx, int64_t item, struct err *err)
{
	return db_do(tx->db,
		     "UPDATE item SET "
		     "local_flags=local_flags&~(want_mask&?2),want_mask=0,"
		     "want_flags=0,want_keywords=NULL WHERE id=?1",
		     ARGS(I(item), I(MSG_VERBS)), err) &&
	       row_show(tx, item, err);
}

/* A ghost is a message again, under a new UID; one that the server lost is gone. */
static bool bring_back(struct store_tx *tx, int64_t item, struct err *err)
{
	int64_t ghost;

	if (!db_int(tx->db, "SELECT ghost FROM item WHERE id=?1", ARGS(I(item)), 0,
		    &ghost, err))
		return false;
	if (ghost != 1)
		return row_settle(tx, item, err);
	return db_do(tx->db,
		     "UPDATE item SET ghost=0,local_flags=local_flags&~?2 WHERE id=?1",
		     ARGS(I(item), I(MSG_DELETED)), err) &&
	       db_do(tx->db, "UPDATE msg SET need_body=has_body<>1 WHERE id=?1",
		     ARGS(I(item)), err) &&
	       row_show(tx, item, err) && row_publish(tx, item, err);
}

static bool refuse(struct store_tx *tx, int64_t entry_id,
		   const struct journal_refusal *refusal, const struct report *report,
		   int depth, struct err *err);

/* Entries that a refused one drags along. */
static bool refuse_each(struct store_tx *tx, sqlite3_stmt *q, const struct err *why,
			int depth, struct err *err)
{
	CLEANUP(row_ids_finish) struct row_ids ids = { 0 };
	const struct journal_refusal dragged = { .why = why };

	if (!row_ids_read(tx->db, q, &ids, err))
		return false;
	for (size_t i = 0; i < ids.count; i++)
		if (!refuse(tx, ids.list[i], &dragged, NULL, depth + 1, err))
			return false;
	return true;
}

/* What was copied or moved on from here counted on it: it goes up by itself, or, where
 * its content is not here, is refused, too. */
static bool leave_alone(struct store_tx *tx, const struct undo *u, int depth,
			struct err *err)
{
	CLEANUP(row_ids_finish) struct row_ids ids = { 0 };
	const struct journal_refusal dragged = { .why = u->refusal->why };

	if (!row_ids_read(tx->db,
			  db_query(tx->db,
				   "SELECT id FROM journal WHERE from_item=?1 ORDER BY "
				   "id DESC",
				   ARGS(I(u->item)), err),
			  &ids, err))
		return false;
	for (size_t i = 0; i < ids.count; i++) {
		bool alone;

		if (!entry_alone(tx, ids.list[i], &alone, err) ||
		    (!alone && !refuse(tx, ids.list[i], &dragged, NULL, depth + 1, err)))
			return false;
	}
	return true;
}

static bool undo_append(struct store_tx *tx, struct undo *u, int depth, struct err *err)
{
	int64_t ghost;

	if (!leave_alone(tx, u, depth, err) ||
	    !db_int(tx->db, "SELECT ghost FROM item WHERE id=?1", ARGS(I(u->item)), 0,
		    &ghost, err))
		return false;
	u->kept = u->refusal->told ? STORE_KEPT_BY_CLIENT
		  : ghost	   ? STORE_KEPT_AS_BEFORE
				   : STORE_KEPT_RECOVERED;
	return db_do(tx->db, "DELETE FROM journal WHERE item=?1 AND kind IN (0,4)",
		     ARGS(I(u->item)), err) &&
	       (u->kept == STORE_KEPT_RECOVERED ? recover_item(tx, u->item, err)
						: row_remove(tx, u->item, err));
}

/* The original is gone from the server: what we have of the copy is all there is. */
static bool keep_copy(struct store_tx *tx, struct undo *u, bool *kept_r, struct err *err)
{
	int64_t here = 0;

	*kept_r = false;
	if (!u->refusal->source_gone)
		return true;
	if (!db_int(tx->db,
		    "SELECT m.has_body=1 FROM msg m JOIN item i ON i.id=m.id WHERE "
		    "m.id=?1 "
		    "AND i.ghost=0",
		    ARGS(I(u->item)), 0, &here, err) ||
	    (here && !recover_item(tx, u->item, err)))
		return false;
	if (here)
		u->kept = STORE_KEPT_RECOVERED;
	*kept_r = here;
	return true;
}

/* What was made of the copy counted on it, or is all that there is. */
static bool refuse_dependent(struct store_tx *tx, const struct undo *u, int depth,
			     struct err *err)
{
	if (u->refusal->source_gone)
		return leave_alone(tx, u, depth, err);
	return refuse_each(tx,
			   db_query(tx->db,
				    "SELECT id FROM journal WHERE from_item=?1 ORDER BY "
				    "id DESC",
				    ARGS(I(u->item)), err),
			   u->refusal->why, depth, err);
}

/* The row of a copy that the server did not make. A page may have taken another item for
 * it. */
static bool remove_copy(struct store_tx *tx, int64_t item, struct err *err)
{
	int64_t folder;

	return db_int(tx->db,
		      "SELECT folder FROM item WHERE id=?1 AND item_id IS NOT NULL",
		      ARGS(I(item)), 0, &folder, err) &&
	       (!folder || box_relist(tx, folder, err)) && row_remove(tx, item, err);
}

static bool undo_move(struct store_tx *tx, struct undo *u, int depth, struct err *err)
{
	bool kept;

	if (!refuse_dependent(tx, u, depth, err) || !keep_copy(tx, u, &kept, err))
		return false;
	if (kept)
		return db_do(tx->db,
			     "DELETE FROM journal WHERE item=?1 AND kind IN (0,4)",
			     ARGS(I(u->item)), err) &&
		       row_hide(tx, u->from_item, 2, err) &&
		       row_settle(tx, u->from_item, err);
	/* Flag changes made since go back with it; a removal is taken back. */
	return db_do(tx->db, "DELETE FROM journal WHERE item=?1 AND kind=4",
		     ARGS(I(u->item)), err) &&
	       db_do(tx->db,
		     "UPDATE item SET want_flags=n.want_flags,want_mask=n.want_mask,"
		     "want_keywords=n.want_keywords,local_flags=n.local_flags,"
		     "local_keywords=n.local_keywords FROM item n WHERE item.id=?1 AND "
		     "n.id=?2",
		     ARGS(I(u->from_item), I(u->item)), err) &&
	       db_do(tx->db,
		     "UPDATE journal SET item=?1,folder=?3 WHERE item=?2 AND kind=0",
		     ARGS(I(u->from_item), I(u->item), I(u->from_folder)), err) &&
	       bring_back(tx, u->from_item, err) && remove_copy(tx, u->item, err);
}

static bool undo_copy(struct store_tx *tx, struct undo *u, int depth, struct err *err)
{
	bool kept;

	if (!refuse_dependent(tx, u, depth, err) || !keep_copy(tx, u, &kept, err))
		return false;
	if (kept)
		return db_do(tx->db,
			     "DELETE FROM journal WHERE item=?1 AND kind IN (0,4)",
			     ARGS(I(u->item)), err);
	/* A removal of the original counted on the copy. */
	return refuse_each(tx,
			   db_query(tx->db,
				    "SELECT id FROM journal WHERE item=?1 AND kind=4",
				    ARGS(I(u->from_item)), err),
			   u->refusal->why, depth, err) &&
	       db_do(tx->db, "DELETE FROM journal WHERE item=?1 AND kind IN (0,4)",
		     ARGS(I(u->item)), err) &&
	       remove_copy(tx, u->item, err);
}

static bool undo_box(struct store_tx *tx, const struct undo *u, int depth,
		     struct err *err)
{
	if (u->kind == JOURNAL_BOX_CREATE)
		return refuse_each(
			       tx,
			       db_query(tx->db,
					"SELECT j.id FROM journal j LEFT JOIN folder f "
					"ON f.id=j.folder WHERE j.folder=?1 OR "
					"(j.kind=5 AND f.want_parent=?1) ORDER BY j.id "
					"DESC",
					ARGS(I(u->folder)), err),
			       u->refusal->why, depth, err) &&
		       box_remove(tx, u->folder, err) && box_paths_rebuild(tx, err);
	if (u->kind == JOURNAL_BOX_RENAME)
		return db_do(tx->db,
			     "UPDATE folder SET want_name=NULL,want_parent=NULL WHERE "
			     "id=?1 "
			     "AND remote_id IS NOT NULL",
			     ARGS(I(u->folder)), err) &&
		       box_paths_rebuild(tx, err);
	return db_do(tx->db, "UPDATE folder SET want_deleted=0 WHERE id=?1",
		     ARGS(I(u->folder)), err) &&
	       box_paths_rebuild(tx, err);
}

static bool undo(struct store_tx *tx, struct undo *u, const char *mark, int depth,
		 struct err *err)
{
	switch (u->kind) {
	case JOURNAL_FLAGS:
		return undo_flags(tx, u->item, err) && row_settle(tx, u->item, err);
	case JOURNAL_APPEND:
		return undo_append(tx, u, depth, err);
	case JOURNAL_COPY:
		return undo_copy(tx, u, depth, err) && row_settle(tx, u->from_item, err);
	case JOURNAL_MOVE:
		return undo_move(tx, u, depth, err);
	case JOURNAL_EXPUNGE:
		return bring_back(tx, u->item, err);
	case JOURNAL_SEND:
		return undo_send(tx, u, err) && undo_sent_wait(tx, mark, err);
	case JOURNAL_BOX_CREATE:
	case JOURNAL_BOX_RENAME:
	case JOURNAL_BOX_DELETE:
		return undo_box(tx, u, depth, err);
	}
	return true;
}

static bool undo_read(struct db *db, int64_t entry_id, struct undo *u, char **mark_r,
		      struct err *err)
{
	sqlite3_stmt *q = db_query(db,
				   "SELECT id,grp,kind,item,from_item,folder,from_folder,"
				   "payload,mark FROM journal WHERE id=?1",
				   ARGS(I(entry_id)), err);

	if (!q)
		return false;
	if (db_row(q)) {
		u->id = db_col_int(q, 0);
		u->group = db_col_int(q, 1);
		u->kind = (enum journal_kind)db_col_int(q, 2);
		u->item = db_col_int(q, 3);
		u->from_item = db_col_int(q, 4);
		u->folder = db_col_int(q, 5);
		u->from_folder = db_col_int(q, 6);
		u->payload = db_col_int(q, 7);
		*mark_r = db_col_dup(q, 8);
	}
	return db_done(db, q, err);
}

/* The verdict and the notice. Where content was kept or reported, that is how the user
 * hears of it: a front that looks too late has nothing to add. */
static bool refusal_note(struct store_tx *tx, const struct undo *u, struct err *err)
{
	const struct err *why = u->refusal->why;
	bool told = u->refusal->told ||
		    (u->kind != JOURNAL_SEND && u->kept != STORE_KEPT_RECOVERED);

	return db_do(tx->db,
		     "INSERT OR IGNORE INTO refusal(grp,code,why,at_ms,told) "
		     "VALUES(?1,?2,?3,?4,?5)",
		     ARGS(I(u->group), I(why->code), T(why->text), I(tx->now_ms),
			  I(told)),
		     err) &&
	       notice_add(tx, u->kind, strbuf_str(&u->what), why->text, u->kept, err);
}

static void undo_finish(struct undo *u)
{
	strbuf_finish(&u->what);
}

static bool refuse(struct store_tx *tx, int64_t entry_id,
		   const struct journal_refusal *refusal, const struct report *report,
		   int depth, struct err *err)
{
	CLEANUP(mem_free_ptr) char *mark = NULL;
	CLEANUP(undo_finish)
	struct undo u = { .refusal = refusal, .report = report, .what = STRBUF(65536) };

	if (depth > 100)
		return err_set(err, ERR_BROKEN, "refused entries go in circles");
	if (!undo_read(tx->db, entry_id, &u, &mark, err))
		return false;
	if (u.id == 0)
		return true; /* undone with another one */
	if (!notice_what(tx, u.item, u.folder, &u.what, err) ||
	    !db_do(tx->db, "DELETE FROM journal WHERE id=?1", ARGS(I(entry_id)), err) ||
	    !undo(tx, &u, mark, depth, err))
		return false;
	return refusal_note(tx, &u, err) && folder_settle(tx, u.folder, err) &&
	       folder_settle(tx, u.from_folder, err);
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && str_eq(str_from(a), str_from(b)));
}

static bool same_flags(const struct journal_entry *a, const struct journal_entry *b)
{
	return a->flags_changed == b->flags_changed &&
	       (a->flags & a->flags_changed) == (b->flags & b->flags_changed) &&
	       a->keywords_changed == b->keywords_changed &&
	       (!a->keywords_changed || same(a->keywords, b->keywords));
}

/* Would the server be asked for the same again? */
static bool same_request(const struct journal_entry *a, const struct journal_entry *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case JOURNAL_FLAGS:
		return same(a->item_id, b->item_id) && same_flags(a, b);
	case JOURNAL_EXPUNGE:
		return same(a->item_id, b->item_id);
	case JOURNAL_COPY:
	case JOURNAL_MOVE:
		return same(a->item_id, b->item_id) &&
		       same(a->box_remote_id, b->box_remote_id);
	case JOURNAL_APPEND:
	case JOURNAL_BOX_CREATE: /* its name and parent stay those of the first try */
	case JOURNAL_BOX_DELETE:
		return same(a->box_remote_id, b->box_remote_id);
	case JOURNAL_BOX_RENAME:
		return same(a->box_remote_id, b->box_remote_id) &&
		       same(a->parent_remote_id, b->parent_remote_id) &&
		       same(a->name, b->name);
	case JOURNAL_SEND:
		return true;
	}
	return true;
}

/* Clients and rounds go on while the server is asked. What it refused may not be what is
 * wanted now: then the entry stays, and goes up as it has become. */
static bool holds_still(struct store_tx *tx, const struct journal_entry *asked,
			bool *holds_r, struct err *err)
{
	CLEANUP(journal_entries_finish) struct journal_entries now = { 0 };

	if (!entry_read(tx->db, asked->id, &now, err))
		return false;
	*holds_r = now.count > 0 && same_request(asked, &now.items[0]);
	return true;
}

/* The original of a copy is gone, and a page has found the copy: it is what was wanted.
 */
static bool is_there(struct store_tx *tx, const struct journal_entry *entry,
		     const struct journal_refusal *refusal, bool *there_r,
		     struct err *err)
{
	int64_t there = 0;

	if (refusal->source_gone &&
	    !db_int(tx->db, "SELECT 1 FROM item WHERE id=?1 AND item_id IS NOT NULL",
		    ARGS(I(entry->msg_id)), 0, &there, err))
		return false;
	*there_r = there != 0;
	return true;
}

bool journal_refused(struct store *s, const struct journal_entry *entry,
		     const struct journal_refusal *refusal, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	CLEANUP(report_finish) struct report report = { 0 };
	const struct journal_result done = { .done_unix_ms = store_stamp_ms(s) };
	bool holds, there;

	if (!report_init(s, refusal->report, &report, err) ||
	    !store_tx_begin(s, &tx, STORE_DURABLE, err))
		return false;
	tx_added(&tx, report.file);
	if (!holds_still(&tx, entry, &holds, err) ||
	    !is_there(&tx, entry, refusal, &there, err))
		return false;
	if (!holds)
		return true;
	if (there) {
		store_tx_end(&tx);
		return journal_done(s, entry, &done, err);
	}
	tx_note(&tx, NOTIFY_JOURNAL);
	return refuse(&tx, entry->id, refusal, &report, 0, err) &&
	       db_do(tx.db, "DELETE FROM refusal WHERE at_ms<?1",
		     ARGS(I(tx.now_ms - REFUSALS_KEPT_MS)), err) &&
	       tx_file_release(&tx, report.file, err) && store_tx_commit(&tx, err);
}

bool journal_unsure(struct store *s, const struct journal_entry *entry, const char *why,
		    struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	CLEANUP(mem_free_ptr) char *mark = NULL;
	const struct journal_refusal refusal = { 0 };
	CLEANUP(undo_finish)
	struct undo u = { .refusal = &refusal, .what = STRBUF(65536) };

	if (!store_tx_begin(s, &tx, STORE_DURABLE, err) ||
	    !undo_read(tx.db, entry->id, &u, &mark, err))
		return false;
	tx_note(&tx, NOTIFY_JOURNAL);
	return db_do(tx.db, "DELETE FROM journal WHERE id=?1", ARGS(I(entry->id)), err) &&
	       undo_send(&tx, &u, err) &&
	       /* A copy that the client put into Sent waits a while for Exchange's. */
	       db_do(tx.db, "UPDATE outbox SET done_ms=?2 WHERE mark=?1",
		     ARGS(T(mark), I(tx.now_ms)), err) &&
	       notice_add(&tx, u.kind, strbuf_str(&u.what), why, u.kept, err) &&
	       store_tx_commit(&tx, err);
}
