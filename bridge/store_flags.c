/*
 * Flags and keywords changed by a client: what goes up is kept as wanted (over what the
 * server has) until it agrees; what is local stays in the ledger alone.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "bridge/store_change.h"

void store_uid_list_finish(struct store_uid_list *list)
{
	free(list->uids);
	*list = (struct store_uid_list){ 0 };
}

struct change {
	enum store_flag_op op;
	unsigned flags;
	struct str keywords;
	uint64_t unchanged_since;
	bool local; /* the folder never goes up */
	int64_t box_id;
};

struct now { /* a message's flags, as shown and what they are made of */
	int64_t id;
	uint64_t modseq;
	unsigned flags, server_flags, want_flags, want_mask, local_flags;
	bool is_draft; /* for the server: \Draft cannot be taken away */
	char *keywords;
};

static void now_finish(struct now *now)
{
	free(now->keywords);
}

static bool now_read(struct db *db, int64_t box_id, uint32_t uid, struct now *now,
		     struct err *err)
{
	sqlite3_stmt *q = db_query(
		db,
		"SELECT m.id,m.modseq,m.flags,m.server_flags,i.want_flags,i.want_mask,"
		"i.local_flags,m.keywords FROM msg m JOIN item i ON i.id=m.id "
		"WHERE m.box=?1 AND m.uid=?2",
		ARGS(I(box_id), I(uid)), err);

	if (!q)
		return false;
	if (db_row(q))
		*now = (struct now){ .id = db_col_int(q, 0),
				     .modseq = (uint64_t)db_col_int(q, 1),
				     .flags = (unsigned)db_col_int(q, 2),
				     .server_flags = (unsigned)db_col_int(q, 3),
				     .want_flags = (unsigned)db_col_int(q, 4),
				     .want_mask = (unsigned)db_col_int(q, 5),
				     .local_flags = (unsigned)db_col_int(q, 6),
				     .keywords = db_col_dup(q, 7) };
	now->is_draft = (now->server_flags & MSG_DRAFT) != 0;
	return db_done(db, q, err);
}

/* \Draft is the server's word where it says so, else a mark of ours. */
static unsigned flags_after(const struct change *c, const struct now *now)
{
	unsigned settable = now->is_draft ? MSG_FLAGS_ALL & ~(unsigned)MSG_DRAFT
					  : MSG_FLAGS_ALL;
	unsigned given = c->flags & settable, flags = now->flags;

	switch (c->op) {
	case STORE_FLAGS_ADD:
		return flags | given;
	case STORE_FLAGS_REMOVE:
		return flags & ~given;
	case STORE_FLAGS_REPLACE:
		break;
	}
	return (flags & ~settable) | given;
}

static void keywords_after(const struct change *c, struct str keywords,
			   struct strbuf *out)
{
	switch (c->op) {
	case STORE_FLAGS_ADD:
		message_keywords_merge(keywords, c->keywords, STR_NONE, out);
		break;
	case STORE_FLAGS_REMOVE:
		message_keywords_merge(keywords, STR_NONE, c->keywords, out);
		break;
	case STORE_FLAGS_REPLACE:
		message_keywords_merge(c->keywords, STR_NONE, STR_NONE, out);
		break;
	}
}

static unsigned local_after(const struct now *now, unsigned after)
{
	return (after & (MSG_DELETED | MSG_VERBS)) |
	       ((now->is_draft ? now->local_flags : after) & MSG_DRAFT);
}

/* What is wanted of the server and kept here, so that @after and @keywords are shown. */
static bool want(struct store_tx *tx, const struct now *now, unsigned after,
		 struct str keywords, bool *up_r, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf was = STRBUF(STORE_KEYWORDS_MAX);
	CLEANUP(strbuf_finish) struct strbuf is = STRBUF(STORE_KEYWORDS_MAX);
	CLEANUP(strbuf_finish) struct strbuf local = STRBUF(STORE_KEYWORDS_MAX);
	CLEANUP(strbuf_finish) struct strbuf was_local = STRBUF(STORE_KEYWORDS_MAX);
	unsigned changed = (now->flags ^ after) & MSG_FLAGS_UP;

	message_keywords_split(str_from(now->keywords), &was, &was_local);
	message_keywords_split(keywords, &is, &local);
	*up_r = !str_eq(strbuf_str(&was), strbuf_str(&is));
	return db_do(tx->db,
		     "UPDATE item SET want_mask=want_mask|?2,"
		     "want_flags=(want_flags&~?2)|?3,local_flags=?4,"
		     "want_keywords=iif(?5,?6,want_keywords),"
		     "local_keywords=nullif(?7,'') WHERE id=?1",
		     ARGS(I(now->id), I(changed), I(after & changed),
			  I(local_after(now, after)), I(*up_r), S(strbuf_str(&is)),
			  S(strbuf_str(&local))),
		     err);
}

/* As row_show() would, with one statement; want() has been done. */
static bool show(struct store_tx *tx, int64_t box_id, const struct now *now,
		 unsigned after, struct str keywords, struct err *err)
{
	unsigned changed = (now->flags ^ after) & MSG_FLAGS_UP;
	unsigned shown = row_shown_flags(
		now->server_flags, (now->want_flags & ~changed) | (after & changed),
		now->want_mask | changed, local_after(now, after));
	uint64_t modseq;

	if (shown != after) /* the rest of the row says otherwise */
		return row_show(tx, now->id, err);
	return tx_stamp(tx, box_id, &modseq, err) &&
	       db_do(tx->db, "UPDATE msg SET flags=?2,keywords=?3,modseq=?4 WHERE id=?1",
		     ARGS(I(now->id), I(shown), S(keywords), I(modseq)), err);
}

static bool change_one(struct store_tx *tx, const struct change *c, const struct now *now,
		       struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf keywords = STRBUF(STORE_KEYWORDS_MAX);
	unsigned after = flags_after(c, now), changed = now->flags ^ after;
	bool up;

	keywords_after(c, str_from(now->keywords), &keywords);
	if (!strbuf_ok(&keywords, err))
		return false;
	if (!changed && str_eq(strbuf_str(&keywords), str_from(now->keywords)))
		return true;
	if (!want(tx, now, after, strbuf_str(&keywords), &up, err) ||
	    !show(tx, c->box_id, now, after, strbuf_str(&keywords), err))
		return false;
	if (c->local || (!up && !(changed & MSG_FLAGS_UP)))
		return true;
	if (!entry_flags(tx, now->id, err))
		return false;
	if (!(changed & after & MSG_VERBS))
		return true;
	return db_do(tx->db,
		     "UPDATE journal SET forward_is_newest=?2 WHERE item=?1 AND kind=0",
		     ARGS(I(now->id), I((changed & after & MSG_FORWARDED) != 0)), err);
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* \Deleted alone announces a removal; all else changes the message. */
static unsigned rights_for(const struct change *c)
{
	bool only_deleted = c->op != STORE_FLAGS_REPLACE && c->flags == MSG_DELETED &&
			    c->keywords.len == 0;

	return only_deleted ? BOX_RIGHT_DELETE : BOX_RIGHT_MODIFY;
}

bool store_flags_change(struct store *s, int64_t box_id, const uint32_t *uids,
			size_t count, enum store_flag_op op, unsigned flags,
			struct str keywords, uint64_t unchanged_since,
			struct store_uid_list *failed_r, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	CLEANUP(store_uid_list_finish) struct store_uid_list failed = { 0 };
	struct change c = { op, flags, keywords, unchanged_since, false, box_id };
	size_t capacity = 0;

	if (!store_tx_begin(s, &tx, STORE_SOON, err) ||
	    !box_allows(tx.db, box_id, rights_for(&c), &c.local, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		CLEANUP(now_finish) struct now now = { 0 };

		if (!now_read(tx.db, box_id, uids[i], &now, err))
			return false;
		if (now.id && now.modseq > unchanged_since)
			uid_list_add(&failed, &capacity, uids[i]);
		else if (now.id && !change_one(&tx, &c, &now, err))
			return false;
	}
	if (!store_tx_commit(&tx, err))
		return false;
	if (failed.count > 1)
		qsort(failed.uids, failed.count, sizeof(*failed.uids), by_value);
	if (failed_r) {
		*failed_r = failed;
		failed = (struct store_uid_list){ 0 };
	}
	return true;
}
