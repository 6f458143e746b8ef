/* Folders as fronts read them, and subscriptions. */
#include <stdlib.h>

#include "base/mem.h"
#include "bridge/store_internal.h"
#include "bridge/store_sync.h"

#define BOX_COLUMNS                                                                      \
	"SELECT b.id,b.parent_id,b.remote_id,b.name,b.path,b.kind,iif(b.own_use=0 OR "   \
	"b.use<>0 OR EXISTS(SELECT 1 FROM box o WHERE "                                  \
	"o.use=b.own_use),b.use,b.own_use),"                                             \
	"coalesce((SELECT is_on FROM subscription u WHERE u.path=b.path),b.kind=0),"     \
	"b.hidden,b.complete,b.has_children,b.rights,   b.uidvalidity,b.uidnext,"        \
	"b.messages,b.unseen,b.modseq,b.size_bytes FROM box b "

void store_box_finish(struct store_box *box)
{
	free(box->remote_id);
	free(box->name);
	free(box->path);
	*box = (struct store_box){ 0 };
}

void store_boxes_finish(struct store_boxes *boxes)
{
	for (size_t i = 0; i < boxes->count; i++)
		store_box_finish(&boxes->items[i]);
	free(boxes->items);
	*boxes = (struct store_boxes){ 0 };
}

static void read_row(sqlite3_stmt *q, struct store_box *box)
{
	*box = (struct store_box){
		.id = db_col_int(q, 0),
		.parent_id = db_col_int(q, 1),
		.remote_id = db_col_dup(q, 2),
		.name = db_col_dup(q, 3),
		.path = db_col_dup(q, 4),
		.kind = (enum box_kind)db_col_int(q, 5),
		.use = (enum box_use)db_col_int(q, 6),
		.subscribed = db_col_int(q, 7) != 0,
		.hidden = db_col_int(q, 8) != 0,
		.complete = db_col_int(q, 9) != 0,
		.has_children = db_col_int(q, 10) != 0,
		.rights = (unsigned)db_col_int(q, 11),
		.uidvalidity = (uint32_t)db_col_int(q, 12),
		.uidnext = (uint32_t)db_col_int(q, 13),
		.messages = (uint32_t)db_col_int(q, 14),
		.unseen = (uint32_t)db_col_int(q, 15),
		.modseq = (uint64_t)db_col_int(q, 16),
		.size_bytes = (uint64_t)db_col_int(q, 17),
	};
	box->read_only = !(box->rights & BOX_RIGHTS_WRITE);
	if (!box->path)
		box->path = mem_strdup("");
}

/* What the rows do not have yet. */
static bool add_log(struct db *db, struct store_box *box, struct err *err)
{
	struct flag_log_sum more;

	if (!flag_log_sum(db, box->id, &more, err))
		return false;
	box->unseen = (uint32_t)(box->unseen + more.unseen);
	box->modseq = MAX_OF(box->modseq, more.modseq);
	return true;
}

static bool read_one(struct db *db, sqlite3_stmt *q, struct store_box *box_r,
		     struct err *err)
{
	bool found;

	if (!q)
		return false;
	found = db_row(q);
	if (found)
		read_row(q, box_r);
	if (!db_done(db, q, err) || (found && !add_log(db, box_r, err))) {
		if (found)
			store_box_finish(box_r);
		return false;
	}
	return found || err_set(err, ERR_NOT_FOUND, "no such folder");
}

bool box_load(struct db *db, int64_t box_id, struct store_box *box_r, struct err *err)
{
	return read_one(db,
			db_query(db, BOX_COLUMNS "WHERE b.id=?1", ARGS(I(box_id)), err),
			box_r, err);
}

void box_path_normal(struct str path, struct strbuf *out)
{
	struct str first = str_sub(path, 0, 5);

	if (str_eq_nocase(first, STR("INBOX")) && (path.len == 5 || path.p[5] == '/')) {
		strbuf_add(out, STR("INBOX"));
		path = str_sub(path, 5, path.len);
	}
	strbuf_add(out, path);
}

bool box_find(struct db *db, struct str path, struct store_box *box_r, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf normal = STRBUF(STORE_PATH_MAX);

	box_path_normal(path, &normal);
	return read_one(db,
			db_query(db, BOX_COLUMNS "WHERE b.path=?1",
				 ARGS(S(strbuf_str(&normal))), err),
			box_r, err);
}

bool store_box_find(struct store *s, struct str path, struct store_box *box_r,
		    struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };

	return store_read_content(s, &read, err) && box_find(read.db, path, box_r, err);
}

bool store_box_get(struct store *s, int64_t box_id, struct store_box *box_r,
		   struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };

	return store_read_content(s, &read, err) &&
	       read_one(read.db,
			db_query(read.db,
				 BOX_COLUMNS "WHERE b.id=?1 AND b.path IS NOT NULL",
				 ARGS(I(box_id)), err),
			box_r, err);
}

bool store_box_by_use(struct store *s, enum box_use use, struct store_box *box_r,
		      struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };

	return store_read_content(s, &read, err) &&
	       read_one(read.db,
			db_query(read.db,
				 BOX_COLUMNS "WHERE b.use=?1 AND b.path IS NOT NULL",
				 ARGS(I(use)), err),
			box_r, err);
}

bool store_box_by_remote(struct store *s, const char *remote_id, struct store_box *box_r,
			 struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };

	return store_read_content(s, &read, err) &&
	       read_one(read.db,
			db_query(read.db, BOX_COLUMNS "WHERE b.remote_id=?1",
				 ARGS(T(remote_id)), err),
			box_r, err);
}

bool store_box_list(struct store *s, struct store_boxes *boxes_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	struct store_boxes boxes = { 0 };
	size_t capacity = 0;
	sqlite3_stmt *q;
	bool fine;

	if (!store_read_content(s, &read, err))
		return false;
	q = db_query(read.db,
		     BOX_COLUMNS "WHERE b.path IS NOT NULL ORDER BY b.path<>'INBOX',"
				 "b.path",
		     NO_ARGS, err);
	if (!q)
		return false;
	while (db_row(q)) {
		boxes.items = mem_grow(boxes.items, boxes.count, &capacity,
				       sizeof(*boxes.items));
		read_row(q, &boxes.items[boxes.count++]);
	}
	fine = db_done(read.db, q, err);
	for (size_t i = 0; fine && i < boxes.count; i++)
		fine = add_log(read.db, &boxes.items[i], err);
	if (!fine) {
		store_boxes_finish(&boxes);
		return false;
	}
	*boxes_r = boxes;
	return true;
}

static bool subscribe(struct store *s, struct str path, const char *sql, bool on,
		      enum store_durability durability, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	CLEANUP(strbuf_finish) struct strbuf normal = STRBUF(STORE_PATH_MAX);

	box_path_normal(path, &normal);
	if (!strbuf_ok(&normal, err) || !store_tx_begin(s, &tx, durability, err) ||
	    !db_do(tx.db, sql, ARGS(S(strbuf_str(&normal)), I(on)), err))
		return false;
	tx_note(&tx, NOTIFY_FOLDERS);
	return store_tx_commit(&tx, err);
}

bool store_subscribe(struct store *s, struct str path, bool on, struct err *err)
{
	return subscribe(s, path,
			 "INSERT OR REPLACE INTO subscription(path,is_on) VALUES(?1,?2)",
			 on, STORE_DURABLE, err);
}

bool store_subscribe_new(struct store *s, struct str path, struct err *err)
{
	return subscribe(s, path,
			 "INSERT OR IGNORE INTO subscription(path,is_on) VALUES(?1,?2)",
			 false, STORE_SOON, err);
}

bool store_subscribed(struct store *s, struct strbuf *paths, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	sqlite3_stmt *q;

	if (!store_read_content(s, &read, err))
		return false;
	q = db_query(
		read.db,
		"SELECT path FROM subscription WHERE is_on=1 UNION SELECT b.path FROM "
		"box b WHERE b.path IS NOT NULL AND b.kind=0 AND b.hidden=0 AND NOT "
		"EXISTS (SELECT 1 FROM subscription u WHERE u.path=b.path AND "
		"u.is_on=0) ORDER BY 1",
		NO_ARGS, err);
	if (!q)
		return false;
	while (db_row(q)) {
		strbuf_add(paths, db_col_str(q, 0));
		strbuf_addc(paths, '\n');
	}
	return db_done(read.db, q, err) && strbuf_ok(paths, err);
}

bool store_deleted_count(struct store *s, int64_t box_id, struct store_deleted *deleted_r,
			 struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	sqlite3_stmt *q;

	if (!store_read_shown(s, &read, err))
		return false;
	q = db_query(read.db,
		     "SELECT count(*),total(size) FROM msg WHERE box=?1 AND "
		     "uid IS NOT NULL AND flags&8<>0",
		     ARGS(I(box_id)), err);
	if (!q)
		return false;
	*deleted_r = (struct store_deleted){ 0 };
	if (db_row(q))
		*deleted_r = (struct store_deleted){ (uint64_t)db_col_int(q, 0),
						     (uint64_t)db_col_int(q, 1) };
	return db_done(read.db, q, err);
}
