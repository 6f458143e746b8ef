/*
 * A change of flags worked out from the rows in memory: messages whose flags and keywords
 * are the same change alike, so that a command about a whole folder is a few kinds of
 * change, each a row of the log. Where that is not enough, nothing is done: rows that are
 * not in memory, that the transaction has changed already, and drafts, of which memory
 * does not say whether that is the server's word.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/store_change.h"
#include "bridge/store_flags.h"

#define KINDS_MAX 32 /* of one command */

struct kind { /* rows that change alike */
	struct flag_step step;
	struct flag_range *ranges; /* of their ids, ascending as their UIDs do */
	size_t count, capacity;
};

struct plan {
	const struct flag_change *change;
	struct store_rows *rows;
	struct flag_words words;
	struct kind kinds[KINDS_MAX];
	size_t kind_count;
	struct mark { /* a row that changes */
		int64_t id;
		uint32_t uid;
		unsigned flags;
		const struct kind *kind;
	} * marks;
	size_t mark_count;
	/* The last row that was looked at: the next one is mostly like it. */
	unsigned last_flags;
	const char *last_keywords; /* NULL: there was none */
	struct kind *last_kind; /* NULL: nothing changes */
};

static void plan_finish(struct plan *plan)
{
	for (size_t i = 0; i < plan->kind_count; i++)
		free(plan->kinds[i].ranges);
	flag_words_finish(&plan->words);
	free(plan->marks);
	store_rows_release(plan->rows);
}

static struct flag_state state_of(struct plan *plan, const struct store_row *row)
{
	return (struct flag_state){
		.flags = row->flags,
		.want = row->flags & MSG_FLAGS_UP,
		.want_mask = MSG_FLAGS_UP,
		.local = row->flags & ~(unsigned)MSG_FLAGS_UP,
		.words = flag_words_of(&plan->words, plan->change->asked,
				       str_from(row->keywords)),
	};
}

static bool kind_add(struct plan *plan, const struct flag_step *step,
		     struct kind **kind_r)
{
	for (size_t i = 0; i < plan->kind_count; i++)
		if (flag_step_same(&plan->kinds[i].step, step)) {
			*kind_r = &plan->kinds[i];
			return true;
		}
	if (plan->kind_count == KINDS_MAX)
		return false;
	*kind_r = &plan->kinds[plan->kind_count++];
	**kind_r = (struct kind){ .step = *step };
	return true;
}

/* Return: false if memory does not say enough */
static bool kind_of(struct plan *plan, const struct store_row *row, struct kind **kind_r)
{
	struct flag_state state;
	struct flag_step step;

	*kind_r = plan->last_kind;
	if (plan->last_keywords && plan->last_flags == row->flags &&
	    strcmp(plan->last_keywords, row->keywords) == 0)
		return true;
	if (row->flags & MSG_DRAFT)
		return false;
	plan->last_flags = row->flags;
	plan->last_keywords = row->keywords;
	state = state_of(plan, row);
	*kind_r = NULL;
	if (flag_step_of(plan->change->asked, &state, &step)) {
		step.goes_up = step.goes_up && !plan->change->local;
		if (step.words->after.overflow || !step.is_plain ||
		    !kind_add(plan, &step, kind_r))
			return false;
	}
	plan->last_kind = *kind_r;
	return true;
}

static void range_add(struct kind *kind, int64_t id)
{
	if (kind->count && kind->ranges[kind->count - 1].last + 1 == id) {
		kind->ranges[kind->count - 1].last = id;
		return;
	}
	kind->ranges = mem_grow(kind->ranges, kind->count, &kind->capacity,
				sizeof(*kind->ranges));
	kind->ranges[kind->count++] = (struct flag_range){ id, id };
}

static bool plan_all(struct plan *plan, struct store_uid_list *failed)
{
	const struct flag_change *change = plan->change;
	struct store_rows_walk walk = { .rows = plan->rows };
	size_t capacity = 0;
	struct store_row row;
	struct kind *kind;

	plan->marks = mem_array(change->count + 1, sizeof(*plan->marks));
	for (size_t i = 0; i < change->count; i++) {
		if (!store_rows_seek(&walk, change->uids[i], &row))
			continue;
		if (row.modseq > change->asked->unchanged_since) {
			uid_list_add(failed, &capacity, row.uid);
			continue;
		}
		if (!kind_of(plan, &row, &kind))
			return false;
		if (!kind)
			continue;
		range_add(kind, row.id);
		plan->marks[plan->mark_count++] = (struct mark){ row.id, row.uid,
								 row.flags, kind };
	}
	return true;
}

static bool note_all(struct plan *plan, struct store_flags_result *result,
		     struct err *err)
{
	struct store_tx *tx = plan->change->tx;
	int64_t box_id = plan->change->box_id;

	if (!flag_log_stamp(tx, box_id, &result->modseq_before, &result->modseq, err))
		return false;
	if (!plan->mark_count)
		result->modseq = result->modseq_before;
	for (size_t i = 0; i < plan->kind_count; i++)
		if (!flag_log_add(tx, box_id, result->modseq, &plan->kinds[i].step,
				  plan->kinds[i].ranges, plan->kinds[i].count, err))
			return false;
	return true;
}

static void show_all(struct plan *plan, uint64_t modseq)
{
	for (size_t i = 0; i < plan->mark_count; i++) {
		const struct mark *mark = &plan->marks[i];
		const struct flag_step *step = &mark->kind->step;

		rows_know(&plan->change->tx->store->rows, plan->change->box_id,
			  &(struct store_row){
				  .id = mark->id,
				  .uid = mark->uid,
				  .flags = (mark->flags & ~step->clear) | step->set,
				  .keywords = strbuf_cstr(&step->words->after),
				  .modseq = modseq,
			  });
	}
}

bool flags_by_rows(const struct flag_change *change, struct store_flags_result *result,
		   bool *done_r, struct err *err)
{
	CLEANUP(plan_finish) struct plan plan = { .change = change };

	*done_r = false;
	plan.rows = rows_current(&change->tx->store->rows, change->box_id);
	if (!plan.rows)
		return true;
	if (!plan_all(&plan, &result->failed)) {
		store_flags_result_finish(result);
		return true;
	}
	if (!note_all(&plan, result, err))
		return false;
	show_all(&plan, result->modseq);
	*done_r = true;
	return true;
}
