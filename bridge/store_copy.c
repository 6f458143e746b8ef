/*
 * COPY, MOVE, EXPUNGE: the effect is here at once, the entry goes up later. What left a
 * folder stays as a ghost, so that a page that still tells of it brings nothing back.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/random.h"
#include "bridge/store_change.h"

struct transfer {
	int64_t box_id, to_box_id;
	bool from_local, is_move;
	int64_t group;
};

/* A message that only we know goes up like an APPEND. */
static bool add_append(struct store_tx *tx, struct transfer *t, int64_t id, int64_t copy,
		       struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf mark = STRBUF(64);
	struct entry_new entry = { .kind = JOURNAL_APPEND,
				   .item = copy,
				   .folder = t->to_box_id };

	random_hex(16, &mark);
	entry.mark = strbuf_cstr(&mark);
	return db_do(tx->db,
		     "UPDATE item SET mark=?3,want_mask=?4,payload=(SELECT payload FROM "
		     "item "
		     "WHERE id=?2) WHERE id=?1",
		     ARGS(I(copy), I(id), T(entry.mark), I(MSG_FLAGS_UP)), err) &&
	       entry_add(tx, &entry, &t->group, err) &&
	       (!t->is_move || row_remove(tx, id, err));
}

static bool add_move(struct store_tx *tx, struct transfer *t, int64_t id, int64_t copy,
		     struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf mark = STRBUF(64);
	struct entry_new entry = { .kind = JOURNAL_MOVE,
				   .item = copy,
				   .from_item = id,
				   .folder = t->to_box_id,
				   .from_folder = t->box_id };

	random_hex(16, &mark);
	entry.mark = strbuf_cstr(&mark);
	return entry_add(tx, &entry, &t->group, err) &&
	       /* its flag changes follow it */
	       db_do(tx->db,
		     "UPDATE journal SET item=?2,folder=?3 WHERE item=?1 AND kind=0",
		     ARGS(I(id), I(copy), I(t->to_box_id)), err) &&
	       row_hide(tx, id, 1, err);
}

/* ---- copies of many, by few statements ------------------------------------------------
 */

struct copies { /* of messages whose UIDs follow one another */
	uint32_t first_uid, last_uid, new_uid;
	int64_t new_id;
	uint64_t modseq;
};

/* What is shown is what the originals show. */
static bool copy_rows(struct store_tx *tx, const struct transfer *t,
		      const struct copies *c, struct err *err)
{
	return db_do(tx->db,
		     "INSERT INTO item(id,folder,uid,saved_s,search_key,message_id,size,"
		     "digest,own,internal_s,want_flags,want_mask,want_keywords,"
		     "local_flags,local_keywords) SELECT ?5+m.uid-?2,?4,?6+m.uid-?2,?7,"
		     "i.search_key,i.message_id,i.size,i.digest,i.own,m.internal_s,"
		     "i.want_flags,i.want_mask,i.want_keywords,i.local_flags,"
		     "i.local_keywords FROM msg m JOIN item i ON i.id=m.id WHERE "
		     "m.box=?1 AND m.uid BETWEEN ?2 AND ?3 ORDER BY m.uid",
		     ARGS(I(t->box_id), I(c->first_uid), I(c->last_uid), I(t->to_box_id),
			  I(c->new_id), I(c->new_uid), I(tx->now_ms / 1000)),
		     err) &&
	       db_do(tx->db,
		     "INSERT INTO "
		     "msg(id,box,uid,state,modseq,born,saved_s," COPIED_COLUMNS
		     ") SELECT ?5+uid-?2,?4,?6+uid-?2,0,?8,?8,?7," COPIED_VALUES
		     " FROM msg WHERE box=?1 AND uid BETWEEN ?2 AND ?3 ORDER BY uid",
		     ARGS(I(t->box_id), I(c->first_uid), I(c->last_uid), I(t->to_box_id),
			  I(c->new_id), I(c->new_uid), I(tx->now_ms / 1000),
			  I(c->modseq)),
		     err);
}

/* One for each copy, and one for flags that the server does not have yet. */
static bool copy_entries(struct store_tx *tx, const struct transfer *t,
			 const struct copies *c, struct err *err)
{
	tx_note(tx, NOTIFY_JOURNAL);
	return db_do(tx->db,
		     "INSERT INTO journal(grp,kind,item,from_item,folder,from_folder,"
		     "mark) SELECT ?6,2,?5+uid-?2,id,?4,?1,lower(hex(randomblob(16))) "
		     "FROM msg WHERE box=?1 AND uid BETWEEN ?2 AND ?3 ORDER BY uid",
		     ARGS(I(t->box_id), I(c->first_uid), I(c->last_uid), I(t->to_box_id),
			  I(c->new_id), I(t->group)),
		     err) &&
	       db_do(tx->db,
		     "INSERT INTO journal(grp,kind,item,folder) SELECT 0,0,id,folder "
		     "FROM item WHERE id BETWEEN ?1 AND ?1+?2 AND (want_mask<>0 OR "
		     "want_keywords IS NOT NULL)",
		     ARGS(I(c->new_id), I(c->last_uid - c->first_uid)), err) &&
	       db_do(tx->db, "UPDATE journal SET grp=id WHERE grp=0", NO_ARGS, err);
}

static bool next_id(struct store_tx *tx, const char *table, int64_t *id_r,
		    struct err *err)
{
	return db_int(tx->db, "SELECT seq+1 FROM main.sqlite_sequence WHERE name=?1",
		      ARGS(T(table)), 1, id_r, err);
}

static bool copy_run(struct store_tx *tx, struct transfer *t, struct copies *c,
		     struct err *err)
{
	struct rows_cache *rows = &tx->store->rows;
	bool fine;

	if (!next_id(tx, "item", &c->new_id, err) ||
	    (!t->group && !next_id(tx, "journal", &t->group, err)))
		return false;
	rows_mute(rows, true);
	fine = copy_rows(tx, t, c, err);
	rows_mute(rows, false);
	for (uint32_t i = 0; i <= c->last_uid - c->first_uid; i++)
		rows_changed(rows, t->to_box_id, c->new_id + i);
	return fine && copy_entries(tx, t, c, err);
}

/* Those of @uids that are there. */
static bool find_all(struct store_tx *tx, int64_t box_id, const uint32_t *uids,
		     size_t count, struct store_uid_list *found, struct err *err)
{
	CLEANUP(store_rows_release_ptr)
	struct store_rows *rows = rows_current(&tx->store->rows, box_id);
	struct store_rows_walk walk = { .rows = rows };
	struct store_row row;
	size_t capacity = 0;

	for (size_t i = 0; i < count; i++) {
		int64_t id = rows && store_rows_seek(&walk, uids[i], &row);

		if (!rows && !uid_find(tx->db, box_id, uids[i], &id, err))
			return false;
		if (id)
			uid_list_add(found, &capacity, uids[i]);
	}
	return true;
}

static bool copy_all(struct store_tx *tx, struct transfer *t, const uint32_t *uids,
		     size_t count, struct store_uid_list *old,
		     struct store_uid_list *fresh, struct err *err)
{
	struct copies c = { 0 };
	size_t capacity = 0;

	if (!find_all(tx, t->box_id, uids, count, old, err) || !old->count)
		return err->code == ERR_OK;
	if (!tx_stamp(tx, t->to_box_id, &c.modseq, err) ||
	    !row_next_uids(tx, t->to_box_id, (uint32_t)old->count, &c.new_uid, err))
		return false;
	for (size_t i = 0; i < old->count; i++)
		uid_list_add(fresh, &capacity, c.new_uid + (uint32_t)i);
	for (size_t at = 0, n; at < old->count; at += n, c.new_uid += (uint32_t)n) {
		for (n = 1;
		     at + n < old->count && old->uids[at + n] == old->uids[at] + n;)
			n++;
		c.first_uid = old->uids[at];
		c.last_uid = old->uids[at + n - 1];
		if (!copy_run(tx, t, &c, err))
			return false;
	}
	return true;
}

/* ---- one after another ----------------------------------------------------------------
 */

static bool transfer_all(struct store *s, struct transfer *t, const uint32_t *uids,
			 size_t count, struct store_uid_list *old,
			 struct store_uid_list *fresh, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	size_t old_capacity = 0, new_capacity = 0;
	unsigned from_rights = t->is_move ? BOX_RIGHT_DELETE : BOX_RIGHT_READ;
	bool to_local = false;

	if (!store_tx_begin(s, &tx, STORE_DURABLE, err) ||
	    !box_allows(tx.db, t->to_box_id, BOX_RIGHT_INSERT, &to_local, err) ||
	    !box_allows(tx.db, t->box_id, from_rights, &t->from_local, err))
		return false;
	if (to_local)
		return err_set(err, ERR_DENIED, "the target folder is local");
	if (!t->is_move && !t->from_local)
		return copy_all(&tx, t, uids, count, old, fresh, err) &&
		       store_tx_commit(&tx, err);
	for (size_t i = 0; i < count; i++) {
		int64_t id, copy;
		uint32_t uid;

		if (!uid_find(tx.db, t->box_id, uids[i], &id, err))
			return false;
		if (id == 0)
			continue;
		if (t->is_move && t->to_box_id == t->box_id) {
			/* RFC 6851 section 3.3 allows it: a new UID is all it means. */
			if (!row_renew(&tx, id, err) || !row_uid(tx.db, id, &uid, err))
				return false;
			uid_list_add(old, &old_capacity, uids[i]);
			uid_list_add(fresh, &new_capacity, uid);
			continue;
		}
		if (!row_copy(&tx, id, t->to_box_id, &copy, err) ||
		    !(t->from_local ? add_append(&tx, t, id, copy, err)
				    : add_move(&tx, t, id, copy, err)) ||
		    !row_uid(tx.db, copy, &uid, err))
			return false;
		uid_list_add(old, &old_capacity, uids[i]);
		uid_list_add(fresh, &new_capacity, uid);
	}
	return store_tx_commit(&tx, err);
}

static bool transfer(struct store *s, struct transfer *t, const uint32_t *uids,
		     size_t count, struct store_uid_list *old_r,
		     struct store_uid_list *new_r, int64_t *entry_r, struct err *err)
{
	struct store_uid_list old = { 0 }, fresh = { 0 };

	if (!transfer_all(s, t, uids, count, &old, &fresh, err)) {
		store_uid_list_finish(&old);
		store_uid_list_finish(&fresh);
		return false;
	}
	*old_r = old;
	*new_r = fresh;
	*entry_r = t->group;
	return true;
}

bool store_copy(struct store *s, int64_t box_id, const uint32_t *uids, size_t count,
		int64_t to_box_id, struct store_uid_list *old_r,
		struct store_uid_list *new_r, int64_t *entry_r, struct err *err)
{
	struct transfer t = { .box_id = box_id, .to_box_id = to_box_id };

	return transfer(s, &t, uids, count, old_r, new_r, entry_r, err);
}

bool store_move(struct store *s, int64_t box_id, const uint32_t *uids, size_t count,
		int64_t to_box_id, struct store_uid_list *old_r,
		struct store_uid_list *new_r, int64_t *entry_r, struct err *err)
{
	struct transfer t = { .box_id = box_id, .to_box_id = to_box_id, .is_move = true };

	return transfer(s, &t, uids, count, old_r, new_r, entry_r, err);
}

static bool expunge_one(struct store_tx *tx, int64_t box_id, bool local, int64_t id,
			int64_t *group, struct err *err)
{
	struct entry_new entry = { .kind = JOURNAL_EXPUNGE,
				   .item = id,
				   .folder = box_id };

	if (local)
		return row_remove(tx, id, err);
	return db_do(tx->db, "DELETE FROM journal WHERE item=?1 AND kind=0", ARGS(I(id)),
		     err) &&
	       row_hide(tx, id, 1, err) && entry_add(tx, &entry, group, err);
}

bool store_expunge(struct store *s, int64_t box_id, const uint32_t *uids, size_t count,
		   struct store_uid_list *gone_r, int64_t *entry_r, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	CLEANUP(store_uid_list_finish) struct store_uid_list gone = { 0 };
	size_t capacity = 0;
	int64_t group = 0;
	bool local = false;

	if (!store_tx_begin(s, &tx, STORE_DURABLE, err) ||
	    !box_allows(tx.db, box_id, BOX_RIGHT_DELETE, &local, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		int64_t id;

		if (!db_int(tx.db,
			    "SELECT id FROM msg WHERE box=?1 AND uid=?2 AND flags&8<>0",
			    ARGS(I(box_id), I(uids[i])), 0, &id, err))
			return false;
		if (id == 0)
			continue;
		if (!expunge_one(&tx, box_id, local, id, &group, err))
			return false;
		uid_list_add(&gone, &capacity, uids[i]);
	}
	if (!store_tx_commit(&tx, err))
		return false;
	*gone_r = gone;
	gone = (struct store_uid_list){ 0 };
	*entry_r = group;
	return true;
}
