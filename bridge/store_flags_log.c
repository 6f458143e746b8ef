/*
 * The log of changed flags: what a client's command changed is noted here, in one small
 * row of the ledger, and shown from memory. The rows of the database, wide and indexed,
 * are changed when somebody looks into them: a transaction begins with it, a reader that
 * needs flags has it done. What was changed several times is changed once then.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/store_change.h"
#include "bridge/store_flags.h"

#define LOG_MAX 256 /* rows; the next change carries all out */

bool flag_log_any(struct db *db, bool *any_r, struct err *err)
{
	int64_t any;

	*any_r = false;
	if (!db_int(db, "SELECT 1 FROM flag_log LIMIT 1", NO_ARGS, 0, &any, err))
		return false;
	*any_r = any != 0;
	return true;
}

bool flag_log_settle(struct store *s, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };

	return store_tx_begin(s, &tx, STORE_SOON, err) && store_tx_commit(&tx, err);
}

bool flag_log_stamp(struct store_tx *tx, int64_t box_id, uint64_t *before_r,
		    uint64_t *modseq_r, struct err *err)
{
	int64_t before;

	if (!db_int(tx->db,
		    "SELECT max(b.modseq,coalesce((SELECT modseq FROM flag_log WHERE "
		    "folder=?1 ORDER BY id DESC LIMIT 1),0)) FROM box b WHERE b.id=?1",
		    ARGS(I(box_id)), 0, &before, err))
		return false;
	*before_r = (uint64_t)before;
	*modseq_r = (uint64_t)MAX_OF(before + 1, tx->now_ms);
	tx_note(tx, box_id);
	rows_stamp(&tx->store->rows, box_id, *modseq_r);
	return tx_floor(tx, box_id, *modseq_r, err);
}

/* Messages that change alike: all of them become seen, or none. */
static int64_t unseen_more(const struct flag_step *s, const struct flag_range *ranges,
			   size_t count)
{
	int64_t messages = 0;

	for (size_t i = 0; i < count; i++)
		messages += ranges[i].last - ranges[i].first + 1;
	if (!(s->want_mask & MSG_SEEN))
		return 0;
	return s->want & MSG_SEEN ? -messages : messages;
}

bool flag_log_sum(struct db *db, int64_t box_id, struct flag_log_sum *sum_r,
		  struct err *err)
{
	bool any;
	sqlite3_stmt *q;

	*sum_r = (struct flag_log_sum){ 0 };
	if (!flag_log_any(db, &any, err))
		return false;
	if (!any)
		return true;
	q = db_query(db, "SELECT total(unseen),max(modseq) FROM flag_log WHERE folder=?1",
		     ARGS(I(box_id)), err);
	if (!q)
		return false;
	if (db_row(q))
		*sum_r = (struct flag_log_sum){ db_col_int(q, 0),
						(uint64_t)db_col_int(q, 1) };
	return db_done(db, q, err);
}

bool flag_log_add(struct store_tx *tx, int64_t box_id, uint64_t modseq,
		  const struct flag_step *s, const struct flag_range *ranges,
		  size_t count, struct err *err)
{
	struct str ids = str_make((const char *)ranges, count * sizeof(*ranges));

	if (!db_do(tx->db,
		   "INSERT INTO flag_log(folder,modseq,unseen,ids,clear,set_,want_mask,"
		   "want,local,new_verbs,goes_up,keywords_up,keywords) VALUES(?1,?2,?3,"
		   "?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)",
		   ARGS(I(box_id), I(modseq), I(unseen_more(s, ranges, count)), B(ids),
			I(s->clear), I(s->set), I(s->want_mask), I(s->want), I(s->local),
			I(s->new_verbs), I(s->goes_up), I(s->keywords_up),
			S(strbuf_str(&s->words->after))),
		   err))
		return false;
	if (s->goes_up)
		tx_note(tx, NOTIFY_JOURNAL);
	return db_last_id(tx->db) < LOG_MAX || flag_log_fold(tx, err);
}

/* ---- carried out ----------------------------------------------------------------------
 */

struct logged { /* a row of the log */
	int64_t box_id;
	uint64_t modseq;
	struct flag_step step;
	struct flag_word words;
	struct flag_range *ranges;
	size_t count;
};

struct log {
	struct logged **items;
	size_t count, capacity;
};

static void log_finish(struct log *log)
{
	for (size_t i = 0; i < log->count; i++) {
		strbuf_finish(&log->items[i]->words.after);
		strbuf_finish(&log->items[i]->words.up);
		strbuf_finish(&log->items[i]->words.local);
		free(log->items[i]->ranges);
		free(log->items[i]);
	}
	free(log->items);
}

static struct logged *logged_new(sqlite3_stmt *q)
{
	struct logged *l = mem_alloc(sizeof(*l));
	struct str ids = db_col_str(q, 2);

	*l = (struct logged){
		.box_id = db_col_int(q, 0),
		.modseq = (uint64_t)db_col_int(q, 1),
		.step = { .clear = (unsigned)db_col_int(q, 3),
			  .set = (unsigned)db_col_int(q, 4),
			  .want_mask = (unsigned)db_col_int(q, 5),
			  .want = (unsigned)db_col_int(q, 6),
			  .local = (unsigned)db_col_int(q, 7),
			  .new_verbs = (unsigned)db_col_int(q, 8),
			  .goes_up = db_col_int(q, 9) != 0,
			  .keywords_up = db_col_int(q, 10) != 0,
			  .is_plain = true,
			  .words = &l->words },
		.count = ids.len / sizeof(struct flag_range),
	};
	l->step.flags_change = (l->step.clear | l->step.set) != 0;
	l->ranges = mem_array(l->count + 1, sizeof(*l->ranges));
	if (l->count)
		memcpy(l->ranges, ids.p, l->count * sizeof(*l->ranges));
	strbuf_init(&l->words.after, STORE_KEYWORDS_MAX);
	strbuf_init(&l->words.up, STORE_KEYWORDS_MAX);
	strbuf_init(&l->words.local, STORE_KEYWORDS_MAX);
	strbuf_add(&l->words.after, db_col_str(q, 11));
	message_keywords_split(strbuf_str(&l->words.after), &l->words.up,
			       &l->words.local);
	return l;
}

static bool log_read(struct db *db, struct log *log, struct err *err)
{
	sqlite3_stmt *q = db_query(
		db,
		"SELECT folder,modseq,ids,clear,set_,want_mask,want,local,new_verbs,"
		"goes_up,keywords_up,keywords FROM flag_log ORDER BY id",
		NO_ARGS, err);

	if (!q)
		return false;
	while (db_row(q)) {
		log->items = mem_grow(log->items, log->count, &log->capacity,
				      sizeof(struct logged *));
		log->items[log->count++] = logged_new(q);
	}
	return db_done(db, q, err);
}

/* What becomes of a message: what the rows of the log say of it, one after another. */
struct fate {
	struct flag_step step;
	uint64_t modseq;
};

struct fold {
	int64_t *ids; /* of all messages in the log, ascending */
	size_t id_count;
	uint32_t *fate_of; /* index in fates, for each of them */
	struct fate *fates; /* 0: none */
	size_t fate_count, fate_capacity;
};

static void fold_finish(struct fold *fold)
{
	free(fold->ids);
	free(fold->fate_of);
	free(fold->fates);
}

static int by_id(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void collect_ids(const struct log *log, struct fold *fold)
{
	size_t total = 0, kept = 0;

	for (size_t i = 0; i < log->count; i++)
		for (size_t k = 0; k < log->items[i]->count; k++)
			total += (size_t)(log->items[i]->ranges[k].last -
					  log->items[i]->ranges[k].first + 1);
	fold->ids = mem_array(total + 1, sizeof(*fold->ids));
	for (size_t i = 0; i < log->count; i++)
		for (size_t k = 0; k < log->items[i]->count; k++)
			for (int64_t id = log->items[i]->ranges[k].first;
			     id <= log->items[i]->ranges[k].last; id++)
				fold->ids[fold->id_count++] = id;
	mem_sort(fold->ids, fold->id_count, sizeof(*fold->ids), by_id);
	for (size_t i = 0; i < fold->id_count; i++)
		if (!kept || fold->ids[kept - 1] != fold->ids[i])
			fold->ids[kept++] = fold->ids[i];
	fold->id_count = kept;
	fold->fate_of = mem_array(kept + 1, sizeof(*fold->fate_of));
}

static struct flag_step step_after(const struct flag_step *a, const struct flag_step *b)
{
	struct flag_step step = *b;

	step.clear |= a->clear;
	step.set |= a->set & ~b->clear;
	step.want_mask |= a->want_mask;
	step.want |= a->want & ~b->want_mask;
	step.new_verbs = b->new_verbs ? b->new_verbs : a->new_verbs;
	step.flags_change |= a->flags_change;
	step.goes_up |= a->goes_up;
	step.keywords_up |= a->keywords_up;
	return step;
}

static uint32_t fate_add(struct fold *fold, uint32_t before, const struct logged *l)
{
	struct fate fate = { l->step, l->modseq };

	if (before)
		fate.step = step_after(&fold->fates[before].step, &l->step);
	fold->fates = mem_grow(fold->fates, fold->fate_count, &fold->fate_capacity,
			       sizeof(*fold->fates));
	fold->fates[fold->fate_count] = fate;
	return (uint32_t)fold->fate_count++;
}

static size_t index_of(const struct fold *fold, int64_t id)
{
	const int64_t *at = bsearch(&id, fold->ids, fold->id_count, sizeof(*fold->ids),
				    by_id);

	return (size_t)(at - fold->ids);
}

/* Messages that were alike and are changed alike stay so: one fate for all of them. */
static void apply(struct fold *fold, const struct logged *l)
{
	size_t known = fold->fate_count;
	CLEANUP(mem_free_ptr) uint32_t *next = mem_array(known, sizeof(*next));

	for (size_t k = 0; k < l->count; k++) {
		size_t at = index_of(fold, l->ranges[k].first);

		for (int64_t id = l->ranges[k].first; id <= l->ranges[k].last;
		     id++, at++) {
			uint32_t *mine = &fold->fate_of[at];

			if (*mine >= known) /* named twice */
				continue;
			if (!next[*mine])
				next[*mine] = fate_add(fold, *mine, l);
			*mine = next[*mine];
		}
	}
}

static bool put_all(struct store_tx *tx, const struct fold *fold, struct err *err)
{
	for (size_t at = 0, n; at < fold->id_count; at += n) {
		const struct fate *fate = &fold->fates[fold->fate_of[at]];
		struct flag_range range = { fold->ids[at], fold->ids[at] };

		for (n = 1;
		     at + n < fold->id_count && fold->ids[at + n] == range.last + 1 &&
		     fold->fate_of[at + n] == fold->fate_of[at];
		     n++)
			range.last++;
		if (!flag_range_put(tx, range, &fate->step, fate->modseq, err))
			return false;
	}
	return true;
}

static bool raise_boxes(struct store_tx *tx, const struct log *log, struct err *err)
{
	for (size_t i = 0; i < log->count; i++)
		if (!db_do(tx->db, "UPDATE box SET modseq=max(modseq,?2) WHERE id=?1",
			   ARGS(I(log->items[i]->box_id), I(log->items[i]->modseq)), err))
			return false;
	return true;
}

bool flag_log_fold(struct store_tx *tx, struct err *err)
{
	CLEANUP(log_finish) struct log log = { 0 };
	CLEANUP(fold_finish) struct fold fold = { 0 };

	if (!log_read(tx->db, &log, err))
		return false;
	if (!log.count)
		return true;
	collect_ids(&log, &fold);
	fate_add(&fold, 0, log.items[0]); /* number 0 is nobody's */
	for (size_t i = 0; i < log.count; i++)
		apply(&fold, log.items[i]);
	return put_all(tx, &fold, err) && raise_boxes(tx, &log, err) &&
	       db_do(tx->db, "DELETE FROM flag_log", NO_ARGS, err);
}
