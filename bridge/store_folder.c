/*
 * Folders coming down: one page of the hierarchy at a time. Ledger rows keep the UID
 * validity by remote id; names, parents and paths as shown are worked out anew after each
 * page, with the changes of ours that are still pending on top.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "bridge/store_row_ids.h"
#include "bridge/store_sync.h"

#define DEPTH_MAX 100

bool folder_add(struct store_tx *tx, const char *remote_id, int64_t *id_r,
		struct err *err)
{
	int64_t last, now_s = tx->now_ms / 1000;

	/* UIDVALIDITY: the present second, and never one that was used before. */
	if (!db_int(tx->db,
		    "SELECT CAST(data AS INTEGER) FROM value WHERE name='uidvalidity'",
		    NO_ARGS, 0, &last, err))
		return false;
	last = MAX_OF(last + 1, now_s);
	if (!db_do(tx->db,
		   "INSERT OR REPLACE INTO value(name,data) VALUES('uidvalidity',?1)",
		   ARGS(I(last)), err) ||
	    !db_do(tx->db, "INSERT INTO folder(remote_id,uidvalidity) VALUES(?1,?2)",
		   ARGS(T(remote_id), I(last)), err))
		return false;
	*id_r = db_last_id(tx->db);
	return true;
}

bool box_add(struct store_tx *tx, int64_t id, struct err *err)
{
	return db_do(
		tx->db,
		"INSERT INTO box(id,remote_id,local,complete,uidvalidity,uidnext,modseq,"
		"gone_floor,own_use) SELECT id,remote_id,local,remote_id IS NULL,"
		"uidvalidity,uidnext,max(modseq_floor+1,?2),max(modseq_floor+1,?2),"
		"own_use FROM folder WHERE id=?1",
		ARGS(I(id), I(tx->now_ms)), err);
}

/* ---- paths
 * ----------------------------------------------------------------------------- */

struct node {
	int64_t id, parent_id; /* parent -1: not known yet */
	char *name, *path; /* path NULL: not shown */
	bool gone, is_inbox, done, counts;
	bool has_children;
};
struct nodes {
	struct node *list; /* by id */
	size_t count;
};

static void nodes_finish(struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		free(nodes->list[i].name);
		free(nodes->list[i].path);
	}
	free(nodes->list);
}

static struct node *node_find(struct nodes *nodes, int64_t id)
{
	size_t low = 0, high = nodes->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (nodes->list[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < nodes->count && nodes->list[low].id == id ? &nodes->list[low] : NULL;
}

static void escape(struct str name, bool top, bool inbox, struct strbuf *out)
{
	if (inbox) {
		strbuf_add(out, STR("INBOX"));
		return;
	}
	if (top && str_eq_nocase(name, STR("INBOX"))) { /* another folder of that name */
		strbuf_addf(out, "%%%02X", (unsigned char)name.p[0]);
		name = str_sub(name, 1, name.len);
	}
	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] == '/' || name.p[i] == '%')
			strbuf_addf(out, "%%%02X", (unsigned char)name.p[i]);
		else
			strbuf_addc(out, name.p[i]);
}

static void work_out(struct nodes *nodes, struct node *node, int depth)
{
	CLEANUP(strbuf_finish) struct strbuf path = STRBUF(STORE_PATH_MAX);
	struct node *parent = node->parent_id > 0 ? node_find(nodes, node->parent_id)
						  : NULL;

	if (node->done)
		return;
	node->done = true; /* also ends cycles: then the path stays NULL */
	if (depth > DEPTH_MAX || node->gone || !node->name ||
	    (node->parent_id != 0 && !parent))
		return;
	if (parent) {
		work_out(nodes, parent, depth + 1);
		if (!parent->path)
			return;
		strbuf_addf(&path, "%s/", parent->path);
	}
	escape(str_from(node->name), !parent, node->is_inbox && !parent, &path);
	if (path.overflow)
		return;
	node->path = strbuf_take(&path);
	if (parent && node->counts)
		parent->has_children = true;
}

static int by_path(const void *a, const void *b)
{
	const struct node *x = *(struct node *const *)a, *y = *(struct node *const *)b;
	int cmp = strcmp(x->path ? x->path : "", y->path ? y->path : "");

	return cmp ? cmp : (x->id > y->id) - (x->id < y->id);
}

/* Two folders of one path, as between two pages of a swap of names: tell them apart. */
static void make_unique(struct nodes *nodes)
{
	CLEANUP(mem_free_ptr)
	struct node **sorted = mem_array(nodes->count, sizeof(struct node *));

	for (size_t i = 0; i < nodes->count; i++)
		sorted[i] = &nodes->list[i];
	if (nodes->count > 1)
		qsort(sorted, nodes->count, sizeof(struct node *), by_path);
	for (size_t i = nodes->count; i-- > 1;) {
		struct strbuf path = STRBUF(STORE_PATH_MAX + 32);

		if (!sorted[i]->path || !sorted[i - 1]->path ||
		    !str_eq(str_from(sorted[i]->path), str_from(sorted[i - 1]->path)))
			continue;
		strbuf_addf(&path, "%s~%lld", sorted[i]->path, (long long)sorted[i]->id);
		free(sorted[i]->path);
		sorted[i]->path = strbuf_take(&path);
	}
}

static bool nodes_load(struct db *db, struct nodes *nodes, struct err *err)
{
	size_t capacity = 0;
	sqlite3_stmt *q = db_query(
		db,
		"SELECT b.id,CASE WHEN f.want_name IS NOT NULL THEN "
		"coalesce(f.want_parent,0) "
		"WHEN b.server_parent IS NULL THEN 0 ELSE coalesce((SELECT p.id FROM box "
		"p "
		"WHERE p.remote_id=b.server_parent),-1) END,coalesce(f.want_name,"
		"b.server_name),f.want_deleted OR f.lost,b.use=1,b.hidden=0 AND b.kind=0 "
		"FROM box b JOIN folder f ON f.id=b.id ORDER BY b.id",
		NO_ARGS, err);

	if (!q)
		return false;
	while (db_row(q)) {
		nodes->list = mem_grow(nodes->list, nodes->count, &capacity,
				       sizeof(*nodes->list));
		nodes->list[nodes->count++] = (struct node){
			.id = db_col_int(q, 0),
			.parent_id = db_col_int(q, 1),
			.name = db_col_dup(q, 2),
			.gone = db_col_int(q, 3) != 0,
			.is_inbox = db_col_int(q, 4) != 0,
			.counts = db_col_int(q, 5) != 0,
		};
	}
	return db_done(db, q, err);
}

bool box_paths_rebuild(struct store_tx *tx, struct err *err)
{
	CLEANUP(nodes_finish) struct nodes nodes = { 0 };

	if (!nodes_load(tx->db, &nodes, err))
		return false;
	for (size_t i = 0; i < nodes.count; i++)
		work_out(&nodes, &nodes.list[i], 0);
	make_unique(&nodes);
	for (size_t i = 0; i < nodes.count; i++) {
		struct node *n = &nodes.list[i];
		const char *name = n->is_inbox && n->parent_id == 0 ? "INBOX" : n->name;

		if (!db_do(tx->db,
			   "UPDATE box SET "
			   "parent_id=max(?2,0),name=coalesce(?3,''),path=?4,"
			   "has_children=?5 WHERE id=?1 AND (parent_id<>max(?2,0) OR "
			   "name IS NOT coalesce(?3,'') OR path IS NOT ?4 OR "
			   "has_children<>?5)",
			   ARGS(I(n->id), I(n->parent_id), T(name), T(n->path),
				I(n->has_children)),
			   err))
			return false;
		if (db_changes(tx->db) > 0)
			tx_note(tx, n->id);
	}
	tx_note(tx, NOTIFY_FOLDERS);
	return true;
}

/* ---- removal
 * --------------------------------------------------------------------------- */

static bool box_empty(struct store_tx *tx, int64_t id, struct err *err)
{
	static const char *const sqls[] = {
		"DELETE FROM msg WHERE box=?1",
		"DELETE FROM gone WHERE box=?1",
		"DELETE FROM event WHERE box=?1",
		"DELETE FROM box WHERE id=?1",
		"DELETE FROM item WHERE folder=?1",
		"DELETE FROM event_file WHERE folder=?1",
		"DELETE FROM folder WHERE id=?1",
	};

	for (size_t i = 0; i < ARRAY_LEN(sqls); i++)
		if (!db_do(tx->db, sqls[i], ARGS(I(id)), err))
			return false;
	return true;
}

bool box_remove(struct store_tx *tx, int64_t box_id, struct err *err)
{
	CLEANUP(row_ids_finish) struct row_ids contents = { 0 }, payloads = { 0 };

	if (!row_ids_read(
		    tx->db,
		    db_query(tx->db,
			     "SELECT DISTINCT content FROM msg WHERE box=?1 AND content "
			     "IS NOT NULL",
			     ARGS(I(box_id)), err),
		    &contents, err) ||
	    !row_ids_read(
		    tx->db,
		    db_query(tx->db,
			     "SELECT DISTINCT payload FROM item WHERE folder=?1 AND "
			     "payload IS NOT NULL",
			     ARGS(I(box_id)), err),
		    &payloads, err) ||
	    !box_empty(tx, box_id, err))
		return false;
	for (size_t i = 0; i < contents.count; i++)
		if (!content_release(tx, contents.list[i], err))
			return false;
	for (size_t i = 0; i < payloads.count; i++)
		if (!payload_release(tx, payloads.list[i], err))
			return false;
	tx_note(tx, box_id);
	tx_note(tx, NOTIFY_FOLDERS);
	return true;
}

bool folder_settle(struct store_tx *tx, int64_t box_id, struct err *err)
{
	int64_t over;

	if (!box_id)
		return true;
	return db_int(tx->db,
		      "SELECT 1 FROM folder WHERE id=?1 AND lost=1 AND NOT EXISTS "
		      "(SELECT 1 "
		      "FROM journal WHERE folder=?1) AND NOT EXISTS (SELECT 1 FROM "
		      "journal "
		      "WHERE from_folder=?1)",
		      ARGS(I(box_id)), 0, &over, err) &&
	       (!over || box_remove(tx, box_id, err));
}

/* ---- pages of the hierarchy
 * ------------------------------------------------------------ */

static bool lose(struct store_tx *tx, int64_t id, struct err *err)
{
	return db_do(tx->db, "UPDATE folder SET lost=1 WHERE id=?1", ARGS(I(id)), err) &&
	       folder_settle(tx, id, err);
}

/* A folder that we are about to create, or have just created, shows up by itself. */
static bool join_created(struct store_tx *tx, const struct store_folder *f, int64_t *id_r,
			 struct err *err)
{
	return db_int(tx->db,
		      "SELECT f.id FROM folder f WHERE f.remote_id IS NULL AND f.local=0 "
		      "AND "
		      "f.want_name=?1 AND f.want_deleted=0 AND coalesce(f.want_parent,0)="
		      "coalesce((SELECT p.id FROM folder p WHERE p.remote_id=?2),0)",
		      ARGS(T(f->name), T(f->parent_remote_id)), 0, id_r, err) &&
	       (*id_r == 0 || (db_do(tx->db, "UPDATE folder SET remote_id=?2 WHERE id=?1",
				     ARGS(I(*id_r), T(f->remote_id)), err) &&
			       db_do(tx->db, "UPDATE box SET remote_id=?2 WHERE id=?1",
				     ARGS(I(*id_r), T(f->remote_id)), err)));
}

static bool apply_folder(struct store_tx *tx, const struct store_folder *f,
			 struct err *err)
{
	int64_t id, cached;

	if (!db_int(tx->db, "SELECT id FROM folder WHERE remote_id=?1",
		    ARGS(T(f->remote_id)), 0, &id, err) ||
	    (id == 0 && !join_created(tx, f, &id, err)) ||
	    (id == 0 && !folder_add(tx, f->remote_id, &id, err)) ||
	    !db_int(tx->db, "SELECT 1 FROM box WHERE id=?1", ARGS(I(id)), 0, &cached,
		    err) ||
	    (!cached && !box_add(tx, id, err)))
		return false;
	return db_do(tx->db, "UPDATE folder SET lost=0 WHERE id=?1 AND lost=1",
		     ARGS(I(id)), err) &&
	       db_do(tx->db,
		     "UPDATE box SET server_name=?2,server_parent=?3,kind=?4,use=?5,"
		     "hidden=?6,rights=?7,touched=(SELECT want_deleted FROM folder "
		     "WHERE id=?1) AND (touched OR server_parent IS NOT ?3) WHERE "
		     "id=?1",
		     ARGS(I(id), T(f->name), T(f->parent_remote_id), I(f->kind),
			  I(f->use), I(f->hidden), I(BOX_RIGHTS_ALL & ~f->lacks)),
		     err);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The whole list has come: what is not in it is gone, unless the server came to know it
 * after the list was asked for. */
static bool lose_others(struct store_tx *tx, const struct store_folder *folders,
			size_t count, int64_t asked_unix_ms, struct err *err)
{
	CLEANUP(mem_free_ptr) const char **known = mem_array(count, sizeof(*known));
	CLEANUP(row_ids_finish) struct row_ids lost = { 0 };
	sqlite3_stmt *q = db_query(
		tx->db,
		"SELECT id,remote_id FROM folder WHERE remote_id IS NOT NULL AND "
		"done_ms<?1",
		ARGS(I(asked_unix_ms)), err);

	if (!q)
		return false;
	for (size_t i = 0; i < count; i++)
		known[i] = folders[i].remote_id;
	if (count > 1)
		qsort(known, count, sizeof(*known), by_text);
	while (db_row(q)) {
		const char *id = db_col_str(q, 1).p;

		if (count > 0 && bsearch(&id, known, count, sizeof(*known), by_text))
			continue;
		lost.list = mem_grow(lost.list, lost.count, &lost.capacity,
				     sizeof(*lost.list));
		lost.list[lost.count++] = db_col_int(q, 0);
	}
	if (!db_done(tx->db, q, err))
		return false;
	for (size_t i = 0; i < lost.count; i++)
		if (!lose(tx, lost.list[i], err))
			return false;
	return true;
}

static bool lose_named(struct store_tx *tx, const char *remote_id, struct err *err)
{
	int64_t id;

	return db_int(tx->db, "SELECT id FROM folder WHERE remote_id=?1",
		      ARGS(T(remote_id)), 0, &id, err) &&
	       (id == 0 || lose(tx, id, err));
}

uint64_t store_folder_changes(struct store *s)
{
	return atomic_load(&s->folder_changes);
}

bool store_folders_apply(struct store *s, const struct store_folder_page *page,
			 bool *stale_r, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	struct str state = page->state.p ? page->state : STR("");

	/* Every mailbox has an Inbox: do not take a broken answer for a lost mailbox. */
	if (page->listed_unix_ms && page->count == 0)
		return err_set(err, ERR_BROKEN, "the server lists no folder at all");
	if (!store_tx_begin(s, &tx, STORE_WHOLE, err))
		return false;
	*stale_r = !page->even_stale && page->changes_before != store_folder_changes(s);
	if (*stale_r)
		return true;
	for (size_t i = 0; i < page->count; i++)
		if (!apply_folder(&tx, &page->folders[i], err))
			return false;
	for (size_t i = 0; i < page->deleted_count; i++)
		if (!lose_named(&tx, page->deleted_ids[i], err))
			return false;
	if (page->listed_unix_ms &&
	    !lose_others(&tx, page->folders, page->count, page->listed_unix_ms, err))
		return false;
	return db_do(tx.db,
		     "INSERT OR REPLACE INTO state(name,data) VALUES('hierarchy',?1)",
		     ARGS(B(state)), err) &&
	       store_locals_rebuild(&tx, err) && box_paths_rebuild(&tx, err) &&
	       store_tx_commit(&tx, err);
}
