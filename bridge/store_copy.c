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

static bool add_transfer(struct store_tx *tx, struct transfer *t, int64_t id,
			 int64_t copy, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf mark = STRBUF(64);
	struct entry_new entry = { .kind = t->is_move ? JOURNAL_MOVE : JOURNAL_COPY,
				   .item = copy,
				   .from_item = id,
				   .folder = t->to_box_id,
				   .from_folder = t->box_id };
	int64_t pending;

	random_hex(16, &mark);
	entry.mark = strbuf_cstr(&mark);
	if (!entry_add(tx, &entry, &t->group, err))
		return false;
	if (t->is_move) /* its flag changes follow it */
		return db_do(tx->db,
			     "UPDATE journal SET item=?2,folder=?3 WHERE item=?1 AND "
			     "kind=0",
			     ARGS(I(id), I(copy), I(t->to_box_id)), err) &&
		       row_hide(tx, id, 1, err);
	return db_int(tx->db,
		      "SELECT 1 FROM item WHERE id=?1 AND (want_mask<>0 OR want_keywords "
		      "IS "
		      "NOT NULL)",
		      ARGS(I(copy)), 0, &pending, err) &&
	       (!pending || entry_flags(tx, copy, err));
}

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
				    : add_transfer(&tx, t, id, copy, err)) ||
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
