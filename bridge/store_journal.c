/*
 * The journal as sync reads it: which entries can go up now, their octets, steps, delays
 * and verdicts. An entry waits for those that make its message or folder, and for earlier
 * ones on the same message; changes of the tree of folders go up one after another.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bridge/store_change.h"

/* The queries below name kinds by number. */
static_assert(JOURNAL_FLAGS == 0 && JOURNAL_APPEND == 1 && JOURNAL_COPY == 2 &&
		      JOURNAL_MOVE == 3 && JOURNAL_EXPUNGE == 4 &&
		      JOURNAL_BOX_CREATE == 5 && JOURNAL_BOX_RENAME == 6 &&
		      JOURNAL_BOX_DELETE == 7 && JOURNAL_SEND == 8,
	      "kinds are stored");

void journal_entries_finish(struct journal_entries *entries)
{
	for (size_t i = 0; i < entries->count; i++) {
		struct journal_entry *e = &entries->items[i];

		free(e->item_id);
		free(e->change_key);
		free(e->box_remote_id);
		free(e->from_box_remote_id);
		free(e->parent_remote_id);
		free(e->name);
		strbuf_finish(&e->search_key);
		free(e->keywords);
		free(e->mark);
		free(e->from);
		free(e->recipients);
		free(e->message_id);
		free(e->why);
	}
	free(entries->items);
	*entries = (struct journal_entries){ 0 };
}

/* Flags: the cache may have been lost a moment ago. */
#define ENTRY_SELECT                                                                     \
	"SELECT j.id,j.grp,j.kind,j.item,j.folder,j.from_folder,"                        \
	"CASE WHEN j.kind IN (5,7,8) THEN j.step_item_id WHEN j.kind IN (2,3) THEN "     \
	"s.item_id ELSE i.item_id END,"                                                  \
	"CASE WHEN j.kind IN (5,8) THEN j.step_change_key WHEN j.kind IN (2,3) THEN "    \
	"sm.change_key ELSE m.change_key END,"                                           \
	"f.remote_id,ff.remote_id,"                                                      \
	"CASE WHEN f.want_name IS NULL THEN b.server_parent ELSE "                       \
	"(SELECT p.remote_id FROM folder p WHERE p.id=f.want_parent) END,"               \
	"coalesce(f.want_name,b.server_name),coalesce(i.search_key,s.search_key),"       \
	"coalesce(m.flags,i.want_flags|(i.local_flags&?3)),i.want_mask,i.want_keywords " \
	"IS NOT NULL,"                                                                   \
	"coalesce(i.want_keywords,m.server_keywords,''),j.forward_is_newest,"            \
	"coalesce(m.internal_s,i.internal_s),j.mark,j.tries,j.step,j.sender,j."          \
	"recipients,"                                                                    \
	"coalesce(j.message_id,i.message_id),j.refused_code,j.why "                      \
	"FROM journal j LEFT JOIN item i ON i.id=j.item LEFT JOIN msg m ON m.id=j.item " \
	"LEFT JOIN item s ON s.id=j.from_item LEFT JOIN msg sm ON sm.id=j.from_item "    \
	"LEFT JOIN folder f ON f.id=j.folder LEFT JOIN box b ON b.id=j.folder "          \
	"LEFT JOIN folder ff ON ff.id=j.from_folder "

static const char ready_sql[] = ENTRY_SELECT
	"WHERE (j.due_ms<=?1 OR j.due_ms>?4) AND CASE j.kind WHEN 0 THEN i.item_id IS "
	"NOT NULL "
	"WHEN 1 THEN f.remote_id IS NOT NULL "
	"WHEN 2 THEN s.item_id IS NOT NULL AND f.remote_id IS NOT NULL "
	"WHEN 3 THEN s.item_id IS NOT NULL AND f.remote_id IS NOT NULL "
	"WHEN 4 THEN i.item_id IS NOT NULL WHEN 5 THEN 1 "
	"WHEN 6 THEN f.remote_id IS NOT NULL WHEN 7 THEN f.remote_id IS NOT NULL "
	"ELSE 1 END "
	/* Earlier ones on the message that is changed, copied or moved. */
	"AND (j.kind NOT IN (0,4) OR (NOT EXISTS (SELECT 1 FROM journal e WHERE "
	"e.id<j.id "
	"AND e.item=j.item AND e.item>0) AND NOT EXISTS (SELECT 1 FROM journal e WHERE "
	"e.id<j.id AND e.from_item=j.item AND e.from_item>0))) "
	"AND (j.kind NOT IN (2,3) OR (NOT EXISTS (SELECT 1 FROM journal e WHERE "
	"e.id<j.id "
	"AND e.item=j.from_item AND e.item>0) AND NOT EXISTS (SELECT 1 FROM journal e "
	"WHERE "
	"e.id<j.id AND e.from_item=j.from_item AND e.from_item>0))) "
	/* Changes of the tree of folders, one after another. */
	"AND (j.kind NOT IN (5,6,7) OR NOT EXISTS (SELECT 1 FROM journal e WHERE "
	"e.id<j.id "
	"AND e.kind IN (5,6,7))) "
	"AND (j.kind<>7 OR (NOT EXISTS (SELECT 1 FROM journal e WHERE e.id<j.id AND "
	"e.folder=j.folder AND e.folder>0) AND NOT EXISTS (SELECT 1 FROM journal e WHERE "
	"e.id<j.id AND e.from_folder=j.folder AND e.from_folder>0))) "
	"ORDER BY j.id LIMIT ?2";

static void read_entry(sqlite3_stmt *q, struct journal_entry *e)
{
	*e = (struct journal_entry){
		.id = db_col_int(q, 0),
		.group = db_col_int(q, 1),
		.kind = (enum journal_kind)db_col_int(q, 2),
		.msg_id = db_col_int(q, 3),
		.box_id = db_col_int(q, 4),
		.from_box_id = db_col_int(q, 5),
		.item_id = db_col_dup(q, 6),
		.change_key = db_col_dup(q, 7),
		.box_remote_id = db_col_dup(q, 8),
		.from_box_remote_id = db_col_dup(q, 9),
		.parent_remote_id = db_col_dup(q, 10),
		.name = db_col_dup(q, 11),
		.flags = (unsigned)db_col_int(q, 13),
		.flags_changed = (unsigned)db_col_int(q, 14),
		.keywords_changed = db_col_int(q, 15) != 0,
		.keywords = db_col_dup(q, 16),
		.newest_verb_is_forward = db_col_int(q, 17) != 0,
		.internal_unix_s = db_col_int(q, 18),
		.mark = db_col_dup(q, 19),
		.tries = (unsigned)db_col_int(q, 20),
		.step = (unsigned)db_col_int(q, 21),
		.from = db_col_dup(q, 22),
		.recipients = db_col_dup(q, 23),
		.message_id = db_col_dup(q, 24),
		.refused_code = (unsigned)db_col_int(q, 25),
		.why = db_col_dup(q, 26),
	};
	strbuf_init(&e->search_key, 4096);
	strbuf_add(&e->search_key, db_col_str(q, 12));
}

bool journal_ready(struct store *s, size_t limit, struct journal_entries *entries_r,
		   int64_t *next_due_unix_ms_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	CLEANUP(journal_entries_finish) struct journal_entries entries = { 0 };
	size_t capacity = 0;
	int64_t now_ms = clock_unix_ms(), next;
	sqlite3_stmt *q;

	if (!store_read_begin(s, &read, err))
		return false;
	q = db_query(read.db, ready_sql,
		     ARGS(I(now_ms), I(limit), I(MSG_VERBS),
			  I(now_ms + 1000 * STORE_DUE_FAR_S)),
		     err);
	if (!q)
		return false;
	while (db_row(q)) {
		entries.items = mem_grow(entries.items, entries.count, &capacity,
					 sizeof(*entries.items));
		read_entry(q, &entries.items[entries.count++]);
	}
	if (!db_done(read.db, q, err) ||
	    !db_int(read.db, "SELECT min(due_ms) FROM journal WHERE due_ms>?1",
		    ARGS(I(now_ms)), INT64_MAX, &next, err))
		return false;
	*next_due_unix_ms_r = next;
	*entries_r = entries;
	entries = (struct journal_entries){ 0 };
	return true;
}

bool entry_read(struct db *db, int64_t id, struct journal_entries *entries_r,
		struct err *err)
{
	sqlite3_stmt *q = db_query(db, ENTRY_SELECT "WHERE j.id=?1",
				   ARGS(I(id), I(0), I(MSG_VERBS)), err);

	if (!q)
		return false;
	*entries_r = (struct journal_entries){ 0 };
	if (db_row(q)) {
		entries_r->items = mem_array(1, sizeof(*entries_r->items));
		entries_r->count = 1;
		read_entry(q, &entries_r->items[0]);
	}
	return db_done(db, q, err);
}

bool journal_mime(struct store *s, int64_t entry_id, struct strbuf *mime, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	int64_t payload, content;

	if (!store_read_content(s, &read, err) ||
	    !db_int(read.db,
		    "SELECT coalesce(j.payload,i.payload) FROM journal j LEFT JOIN item "
		    "i ON "
		    "i.id=j.item WHERE j.id=?1",
		    ARGS(I(entry_id)), 0, &payload, err))
		return false;
	if (payload)
		return payload_read(s, read.db, payload, mime, err);
	return db_int(read.db,
		      "SELECT m.content FROM journal j JOIN msg m ON m.id=j.item WHERE "
		      "j.id=?1",
		      ARGS(I(entry_id)), 0, &content, err) &&
	       content_read(s, read.db, content, mime, err);
}

bool journal_step(struct store *s, int64_t entry_id, unsigned step, const char *item_id,
		  const char *change_key, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };

	return store_tx_begin(s, &tx, STORE_DURABLE, err) &&
	       db_do(tx.db,
		     "UPDATE journal SET step=?2,step_item_id=coalesce(?3,step_item_id),"
		     "step_change_key=coalesce(?4,step_change_key) WHERE id=?1",
		     ARGS(I(entry_id), I(step), T(item_id), T(change_key)), err) &&
	       store_tx_commit(&tx, err);
}

bool journal_refusal_note(struct store *s, int64_t entry_id, unsigned step,
			  const struct err *why, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };

	return store_tx_begin(s, &tx, STORE_DURABLE, err) &&
	       db_do(tx.db,
		     "UPDATE journal SET step=?2,refused_code=?3,why=?4,tries=0,due_ms=0 "
		     "WHERE id=?1",
		     ARGS(I(entry_id), I(step), I(why->code), T(why->text)), err) &&
	       store_tx_commit(&tx, err);
}

bool journal_retry(struct store *s, int64_t entry_id, int64_t due_unix_ms,
		   const char *why, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };

	if (!store_tx_begin(s, &tx, STORE_SOON, err))
		return false;
	tx_note(&tx, NOTIFY_JOURNAL);
	return db_do(tx.db,
		     "UPDATE journal SET tries=tries+1,due_ms=?2,"
		     "why=iif(refused_code,why,?3) WHERE id=?1",
		     ARGS(I(entry_id), I(due_unix_ms), T(why)), err) &&
	       store_tx_commit(&tx, err);
}

bool journal_verdict(struct store *s, int64_t group, enum journal_verdict *verdict_r,
		     struct err *why, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(1024);
	int64_t pending, code;

	if (!store_read_content(s, &read, err) ||
	    !db_int(read.db, "SELECT code FROM refusal WHERE grp=?1 AND told=1",
		    ARGS(I(group)), 0, &code, err) ||
	    !db_int(read.db, "SELECT 1 FROM journal WHERE grp=?1 LIMIT 1", ARGS(I(group)),
		    0, &pending, err))
		return false;
	if (code) {
		if (!db_bytes(read.db, "SELECT why FROM refusal WHERE grp=?1",
			      ARGS(I(group)), &text, err))
			return false;
		err_set(why, (enum err_code)code, "%s", strbuf_cstr(&text));
		*verdict_r = JOURNAL_REFUSED;
		return true;
	}
	*verdict_r = pending ? JOURNAL_PENDING : JOURNAL_DONE;
	return true;
}
