/*
 * Flags and keywords changed by a client: what goes up is kept as wanted (over what the
 * server has) until it agrees; what is local stays in the ledger alone. A command may
 * name a whole folder: with the rows in memory it is a note in the log and a change of
 * memory. Else rows that follow one another and change in the same way are changed by one
 * statement, and what is the same for many is worked out once.
 */
#include "bridge/store_flags.h"

#include <stdlib.h>

#include "base/mem.h"
#include "bridge/store_change.h"

enum {
	SLICE = 1000, /* messages read at once */
	GAP_MAX = 8, /* UIDs that are read in vain, for one query less */
};

void store_uid_list_finish(struct store_uid_list *list)
{
	free(list->uids);
	*list = (struct store_uid_list){ 0 };
}

void store_flags_result_finish(struct store_flags_result *result)
{
	store_uid_list_finish(&result->failed);
	*result = (struct store_flags_result){ 0 };
}

struct change {
	struct store_tx *tx;
	const struct store_flags *asked;
	struct flag_words words;
	bool local; /* the folder never goes up */
	int64_t box_id;
	uint64_t modseq; /* of everything that is changed; 0: nothing yet */
	struct flag_range run; /* of rows that change as step says; 0: none */
	struct flag_step step;
};

struct now { /* a message's flags, as shown and what they are made of */
	int64_t id;
	uint32_t uid;
	uint64_t modseq;
	struct flag_state state;
};

static bool read_slice(struct change *c, uint32_t from, uint32_t to, struct now *list,
		       size_t *count_r, struct err *err)
{
	size_t count = 0;
	sqlite3_stmt *q = db_query(
		c->tx->db,
		"SELECT m.id,m.uid,m.modseq,m.flags,m.server_flags,i.want_flags,"
		"i.want_mask,i.local_flags,m.keywords FROM msg m JOIN item i ON "
		"i.id=m.id WHERE m.box=?1 AND m.uid BETWEEN ?2 AND ?3 ORDER BY m.uid",
		ARGS(I(c->box_id), I(from), I(to)), err);

	if (!q)
		return false;
	for (; db_row(q); count++)
		list[count] = (struct now){
			.id = db_col_int(q, 0),
			.uid = (uint32_t)db_col_int(q, 1),
			.modseq = (uint64_t)db_col_int(q, 2),
			.state = { .flags = (unsigned)db_col_int(q, 3),
				   .server = (unsigned)db_col_int(q, 4),
				   .want = (unsigned)db_col_int(q, 5),
				   .want_mask = (unsigned)db_col_int(q, 6),
				   .local = (unsigned)db_col_int(q, 7),
				   .words = flag_words_of(&c->words, c->asked,
							  db_col_str(q, 8)) },
		};
	*count_r = count;
	return db_done(c->tx->db, q, err);
}

/* ---- rows that change in the same way ------------------------------------------------
 */

/* What is wanted of the server and kept here, so that the outcome is shown. */
static bool put_items(struct store_tx *tx, struct flag_range range,
		      const struct flag_step *s, struct err *err)
{
	return db_do(tx->db,
		     "UPDATE item SET want_mask=want_mask|?3,"
		     "want_flags=(want_flags&~?3)|?4,local_flags=?5,"
		     "want_keywords=iif(?6,?7,want_keywords),"
		     "local_keywords=nullif(?8,'') WHERE id BETWEEN ?1 AND ?2",
		     ARGS(I(range.first), I(range.last), I(s->want_mask), I(s->want),
			  I(s->local), I(s->keywords_up), S(strbuf_str(&s->words->up)),
			  S(strbuf_str(&s->words->local))),
		     err);
}

/* Keywords alone do not concern the trigger that counts unseen ones. */
static bool put_msgs(struct store_tx *tx, struct flag_range range,
		     const struct flag_step *s, uint64_t modseq, struct err *err)
{
	struct str keywords = strbuf_str(&s->words->after);

	if (!s->flags_change)
		return db_do(tx->db,
			     "UPDATE msg SET keywords=?3,modseq=?4 WHERE id BETWEEN ?1 "
			     "AND ?2",
			     ARGS(I(range.first), I(range.last), S(keywords), I(modseq)),
			     err);
	return db_do(tx->db,
		     "UPDATE msg SET flags=(flags&~?3)|?4,keywords=?5,modseq=?6 WHERE "
		     "id BETWEEN ?1 AND ?2",
		     ARGS(I(range.first), I(range.last), I(s->clear), I(s->set),
			  S(keywords), I(modseq)),
		     err);
}

/* An entry for each message that has none, its group being itself. */
static bool put_entries(struct store_tx *tx, struct flag_range range,
			const struct flag_step *s, struct err *err)
{
	tx_note(tx, NOTIFY_JOURNAL);
	return db_do(tx->db,
		     "INSERT INTO journal(grp,kind,item,folder) SELECT 0,0,i.id,i.folder "
		     "FROM item i WHERE i.id BETWEEN ?1 AND ?2 AND NOT EXISTS "
		     "(SELECT 1 FROM journal j WHERE j.item=i.id AND j.kind=0)",
		     ARGS(I(range.first), I(range.last)), err) &&
	       db_do(tx->db, "UPDATE journal SET grp=id WHERE grp=0", NO_ARGS, err) &&
	       (!s->new_verbs ||
		db_do(tx->db,
		      "UPDATE journal SET forward_is_newest=?3 WHERE item BETWEEN ?1 AND "
		      "?2 AND kind=0",
		      ARGS(I(range.first), I(range.last),
			   I((s->new_verbs & MSG_FORWARDED) != 0)),
		      err));
}

bool flag_range_put(struct store_tx *tx, struct flag_range range,
		    const struct flag_step *step, uint64_t modseq, struct err *err)
{
	struct rows_cache *rows = &tx->store->rows;
	bool fine;

	rows_mute(rows, step->is_plain);
	fine = put_items(tx, range, step, err) && put_msgs(tx, range, step, modseq, err);
	rows_mute(rows, false);
	/* The rest of a row may say otherwise than what was asked for. */
	return fine && (step->is_plain || row_show(tx, range.first, err)) &&
	       (!step->goes_up || put_entries(tx, range, step, err));
}

static bool run_end(struct change *c, struct err *err)
{
	struct flag_range run = c->run;

	c->run = (struct flag_range){ 0 };
	return !run.first || flag_range_put(c->tx, run, &c->step, c->modseq, err);
}

static bool run_add(struct change *c, const struct now *now, const struct flag_step *step,
		    struct err *err)
{
	if (c->run.first && now->id == c->run.last + 1 &&
	    flag_step_same(&c->step, step)) {
		c->run.last++;
		return true;
	}
	if (!run_end(c, err))
		return false;
	c->run = (struct flag_range){ now->id, now->id };
	c->step = *step;
	return true;
}

/* ---- one command ---------------------------------------------------------------------
 */

static bool change_one(struct change *c, const struct now *now, struct err *err)
{
	struct flag_step step;

	if (!flag_step_of(c->asked, &now->state, &step))
		return true;
	if (step.words->after.overflow)
		return strbuf_ok(&step.words->after, err);
	step.goes_up = step.goes_up && !c->local;
	if (!c->modseq && !tx_stamp(c->tx, c->box_id, &c->modseq, err))
		return false;
	if (step.is_plain)
		rows_know(&c->tx->store->rows, c->box_id,
			  &(struct store_row){
				  .id = now->id,
				  .uid = now->uid,
				  .flags = (now->state.flags & ~step.clear) | step.set,
				  .keywords = strbuf_cstr(&step.words->after),
				  .modseq = c->modseq,
			  });
	return run_add(c, now, &step, err);
}

/* @uids: ascending, with small gaps */
static bool change_slice(struct change *c, const uint32_t *uids, size_t count,
			 struct store_flags_result *result, size_t *capacity,
			 struct err *err)
{
	uint32_t span = uids[count - 1] - uids[0] + 1;
	CLEANUP(mem_free_ptr) struct now *list = mem_array(span, sizeof(*list));
	size_t found, at = 0;

	if (!read_slice(c, uids[0], uids[count - 1], list, &found, err))
		return false;
	for (size_t i = 0; i < found; i++) {
		while (at < count && uids[at] < list[i].uid)
			at++;
		if (at == count || uids[at] != list[i].uid)
			continue;
		if (list[i].modseq > c->asked->unchanged_since)
			uid_list_add(&result->failed, capacity, list[i].uid);
		else if (!change_one(c, &list[i], err))
			return false;
	}
	return true;
}

static size_t slice_len(const uint32_t *uids, size_t count)
{
	size_t len = 1;

	while (len < count && len < SLICE && uids[len] > uids[len - 1] &&
	       uids[len] - uids[len - 1] <= GAP_MAX)
		len++;
	return len;
}

static bool change_all(struct change *c, const uint32_t *uids, size_t count,
		       struct store_flags_result *result, struct err *err)
{
	size_t capacity = 0, len;

	for (size_t at = 0; at < count; at += len) {
		len = slice_len(uids + at, count - at);
		if (!change_slice(c, uids + at, len, result, &capacity, err))
			return false;
	}
	return run_end(c, err);
}

/* \Deleted alone announces a removal; all else changes the message. */
static unsigned rights_for(const struct store_flags *asked)
{
	bool only_deleted = asked->op != STORE_FLAGS_REPLACE &&
			    asked->flags == MSG_DELETED && asked->keywords.len == 0;

	return only_deleted ? BOX_RIGHT_DELETE : BOX_RIGHT_MODIFY;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void change_finish(struct change *c)
{
	flag_words_finish(&c->words);
}

static bool change_rows(const struct flag_change *change,
			struct store_flags_result *result, struct err *err)
{
	CLEANUP(change_finish)
	struct change c = { .tx = change->tx,
			    .asked = change->asked,
			    .local = change->local,
			    .box_id = change->box_id };
	int64_t before;

	if (!flag_log_fold(c.tx, err) ||
	    !db_int(c.tx->db, "SELECT modseq FROM box WHERE id=?1", ARGS(I(c.box_id)), 0,
		    &before, err) ||
	    !change_all(&c, change->uids, change->count, result, err))
		return false;
	result->modseq_before = (uint64_t)before;
	result->modseq = c.modseq ? c.modseq : result->modseq_before;
	return true;
}

bool store_flags_change(struct store *s, int64_t box_id, const uint32_t *uids,
			size_t count, const struct store_flags *asked,
			struct store_flags_result *result_r, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	CLEANUP(store_flags_result_finish) struct store_flags_result result = { 0 };
	struct flag_change change = { &tx, asked, box_id, false, uids, count };
	bool done;

	if (!store_tx_begin(s, &tx, STORE_FLAGS, err) ||
	    !box_allows(tx.db, box_id, rights_for(asked), &change.local, err) ||
	    !flags_by_rows(&change, &result, &done, err) ||
	    (!done && !change_rows(&change, &result, err)) || !store_tx_commit(&tx, err))
		return false;
	mem_sort(result.failed.uids, result.failed.count, sizeof(*result.failed.uids),
		 by_value);
	if (result_r) {
		*result_r = result;
		result = (struct store_flags_result){ 0 };
	}
	return true;
}
