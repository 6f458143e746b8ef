/*
 * CREATE, RENAME, DELETE by a client: the wanted name, parent or removal is kept in the
 * ledger over what the server has, until the server agrees.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/random.h"
#include "bridge/store_change.h"

static struct str parent_of(struct str path, struct str *last_r)
{
	for (size_t i = path.len; i-- > 0;)
		if (path.p[i] == '/') {
			*last_r = str_sub(path, i + 1, path.len);
			return str_sub(path, 0, i);
		}
	*last_r = path;
	return STR_NONE;
}

/* One part of a path as a name: %2F and %25 are what box_paths_rebuild() wrote. */
static bool unescape(struct str part, struct strbuf *out, struct err *err)
{
	for (size_t i = 0; i < part.len; i++) {
		uint64_t c;

		if (part.p[i] == '%' && i + 2 < part.len &&
		    num_hex_u64(str_sub(part, i + 1, 2), &c) && c >= 0x20 && c < 0x7f) {
			strbuf_addc(out, (char)c);
			i += 2;
		} else {
			strbuf_addc(out, part.p[i]);
		}
	}
	if (out->len == 0)
		return err_set(err, ERR_SYNTAX, "empty folder name");
	return strbuf_ok(out, err);
}

static bool add_entry(struct store_tx *tx, enum journal_kind kind, int64_t id,
		      int64_t *group, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf mark = STRBUF(64);
	struct entry_new entry = { .kind = kind, .folder = id };

	random_hex(16, &mark);
	entry.mark = strbuf_cstr(&mark);
	return entry_add(tx, &entry, group, err);
}

static bool path_id(struct db *db, struct str path, int64_t *id_r, struct err *err)
{
	return db_int(db, "SELECT id FROM box WHERE path=?1", ARGS(S(path)), 0, id_r,
		      err);
}

static bool create(struct store_tx *tx, struct str path, int64_t *group, int depth,
		   int64_t *id_r, struct err *err);

/* The folder that is to hold @path, made if it is missing; 0: the top. */
static bool make_parent(struct store_tx *tx, struct str path, int64_t *group, int depth,
			int64_t *parent_r, struct str *last_r, struct err *err)
{
	struct str parent = parent_of(path, last_r);
	int64_t local, rights;

	*parent_r = 0;
	if (!parent.p)
		return true;
	if (!path_id(tx->db, parent, parent_r, err))
		return false;
	if (!*parent_r && !create(tx, parent, group, depth + 1, parent_r, err))
		return false;
	if (!db_int(tx->db, "SELECT local FROM box WHERE id=?1", ARGS(I(*parent_r)), 0,
		    &local, err))
		return false;
	if (local)
		return err_set(err, ERR_DENIED, "this folder is local");
	if (!db_int(tx->db, "SELECT rights FROM box WHERE id=?1", ARGS(I(*parent_r)), 0,
		    &rights, err))
		return false;
	return (rights & BOX_RIGHT_FOLDERS) ||
	       err_set(err, ERR_DENIED, "no right to make folders there");
}

static bool create(struct store_tx *tx, struct str path, int64_t *group, int depth,
		   int64_t *id_r, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf name = STRBUF(1024);
	int64_t parent, id;
	struct str last;

	if (depth > 100)
		return err_set(err, ERR_LIMIT, "folder path too deep");
	if (!make_parent(tx, path, group, depth, &parent, &last, err) ||
	    !unescape(last, &name, err) || !folder_add(tx, NULL, &id, err))
		return false;
	*id_r = id;
	return db_do(tx->db, "UPDATE folder SET want_name=?2,want_parent=?3 WHERE id=?1",
		     ARGS(I(id), S(strbuf_str(&name)), I(parent)), err) &&
	       box_add(tx, id, err) && add_entry(tx, JOURNAL_BOX_CREATE, id, group, err);
}

/* As IMAP gives it: INBOX in capitals, no hierarchy separator at the end. */
static bool normal(struct str path, struct strbuf *out, struct err *err)
{
	if (path.len > 0 && path.p[path.len - 1] == '/')
		path.len--;
	box_path_normal(path, out);
	return strbuf_ok(out, err) &&
	       (out->len > 0 || err_set(err, ERR_SYNTAX, "empty folder name"));
}

static bool must_be_free(struct db *db, struct str path, struct err *err)
{
	int64_t id;

	/* Exchange compares names without regard to case. */
	return db_int(db, "SELECT id FROM box WHERE path=?1 COLLATE NOCASE",
		      ARGS(S(path)), 0, &id, err) &&
	       (id == 0 || err_set(err, ERR_EXISTS, "folder exists already"));
}

static bool keep_use(struct store_tx *tx, int64_t id, enum box_use use, struct err *err)
{
	return use == BOX_USE_NONE ||
	       (db_do(tx->db, "UPDATE folder SET own_use=?2 WHERE id=?1",
		      ARGS(I(id), I(use)), err) &&
		db_do(tx->db, "UPDATE box SET own_use=?2 WHERE id=?1",
		      ARGS(I(id), I(use)), err));
}

bool store_box_create(struct store *s, struct str path, enum box_use use,
		      int64_t *entry_r, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	CLEANUP(strbuf_finish) struct strbuf to = STRBUF(STORE_PATH_MAX);
	int64_t group = 0, id;

	if (!normal(path, &to, err) || !store_tx_begin(s, &tx, STORE_DURABLE, err) ||
	    !must_be_free(tx.db, strbuf_str(&to), err) ||
	    !create(&tx, strbuf_str(&to), &group, 0, &id, err) ||
	    !keep_use(&tx, id, use, err) || !box_paths_rebuild(&tx, err) ||
	    !store_tx_commit(&tx, err))
		return false;
	*entry_r = group;
	return true;
}

struct target { /* a folder that a client wants to change */
	int64_t id;
	bool local, special, children;
};

static bool target_find(struct db *db, struct str path, struct target *t, struct err *err)
{
	sqlite3_stmt *q = db_query(
		db,
		"SELECT id,local,use<>0 OR rights&26=0 OR kind<>0,EXISTS(SELECT 1 FROM "
		"box "
		"c "
		"WHERE c.parent_id=b.id AND c.path IS NOT NULL) FROM box b WHERE path=?1",
		ARGS(S(path)), err);
	bool found;

	if (!q)
		return false;
	found = db_row(q);
	if (found)
		*t = (struct target){ db_col_int(q, 0), db_col_int(q, 1) != 0,
				      db_col_int(q, 2) != 0, db_col_int(q, 3) != 0 };
	if (!db_done(db, q, err))
		return false;
	if (!found)
		return err_set(err, ERR_NOT_FOUND, "no such folder");
	return !t->special ||
	       err_set(err, ERR_DENIED, "this folder cannot be renamed or deleted");
}

static bool rename_to(struct store_tx *tx, const struct target *t, struct str to,
		      int64_t *group, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf name = STRBUF(1024);
	int64_t parent;
	struct str last;

	if (!make_parent(tx, to, group, 0, &parent, &last, err) ||
	    !unescape(last, &name, err) ||
	    !db_do(tx->db, "UPDATE folder SET want_name=?2,want_parent=?3 WHERE id=?1",
		   ARGS(I(t->id), S(strbuf_str(&name)), I(parent)), err))
		return false;
	return t->local || add_entry(tx, JOURNAL_BOX_RENAME, t->id, group, err);
}

bool store_box_rename(struct store *s, struct str from, struct str to, int64_t *entry_r,
		      struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	CLEANUP(strbuf_finish) struct strbuf old = STRBUF(STORE_PATH_MAX);
	CLEANUP(strbuf_finish) struct strbuf new = STRBUF(STORE_PATH_MAX);
	struct target t = { 0 };
	int64_t group = 0;

	if (!normal(from, &old, err) || !normal(to, &new, err) ||
	    !store_tx_begin(s, &tx, STORE_DURABLE, err) ||
	    !target_find(tx.db, strbuf_str(&old), &t, err))
		return false;
	strbuf_addc(&old, '/');
	if (str_starts(strbuf_str(&new), strbuf_str(&old)))
		return err_set(err, ERR_DENIED, "a folder cannot be moved into itself");
	strbuf_cut(&old, old.len - 1);
	if (!str_eq_nocase(strbuf_str(&old), strbuf_str(&new)) &&
	    !must_be_free(tx.db, strbuf_str(&new), err))
		return false;
	if (!rename_to(&tx, &t, strbuf_str(&new), &group, err) ||
	    !box_paths_rebuild(&tx, err) || !store_tx_commit(&tx, err))
		return false;
	*entry_r = group;
	return true;
}

bool store_box_delete(struct store *s, struct str path, int64_t *entry_r, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	CLEANUP(strbuf_finish) struct strbuf at = STRBUF(STORE_PATH_MAX);
	struct target t = { 0 };
	int64_t group = 0;

	if (!normal(path, &at, err) || !store_tx_begin(s, &tx, STORE_DURABLE, err) ||
	    !target_find(tx.db, strbuf_str(&at), &t, err))
		return false;
	if (t.children)
		return err_set(err, ERR_STATE, "folder has folders in it");
	if (t.local ? !box_remove(&tx, t.id, err)
		    : !(db_do(tx.db, "UPDATE folder SET want_deleted=1 WHERE id=?1",
			      ARGS(I(t.id)), err) &&
			db_do(tx.db, "UPDATE box SET touched=0 WHERE id=?1",
			      ARGS(I(t.id)), err) &&
			add_entry(&tx, JOURNAL_BOX_DELETE, t.id, &group, err)))
		return false;
	if (!box_paths_rebuild(&tx, err) || !store_tx_commit(&tx, err))
		return false;
	*entry_r = group;
	return true;
}
