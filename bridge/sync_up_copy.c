/*
 * COPY and MOVE going up, exactly once in effect.
 *
 * Before CopyItem, the ids that the target has with the message's search key are written
 * to the ledger ("up-copies", a line for each entry: its number, "#" and how many such
 * items the ledger knows in all folders, then the ids). An entry with such a line has
 * perhaps been done: an id in the target that is not in the line, and that no other
 * change of ours put there, is the copy. Where the target has none, somebody may have
 * moved the copy on: then all folders together hold more such items than before, and one
 * that is new is the copy. Copies carry no mark, so that two cases remain: where somebody
 * else copied the same message in the same moment and the answer was lost, ours is taken
 * to be made; where several copies of one message were under way, one that was moved on
 * is made again.
 *
 * A move needs no such note: as long as the source is there, it was not moved; when it is
 * gone, it is in the target, where no other change of ours put it, or somebody else has
 * taken it away.
 */
#include "bridge/sync_up.h"

#include <stdlib.h>

#include "base/fail_point.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"

#define BEGUN "up-copies"

/* ---- the note of copies that were begun
 * ------------------------------------------------- */

static bool begun_load(struct up *up)
{
	struct err err = { 0 };

	if (up->begun_read)
		return true;
	strbuf_reset(&up->begun);
	if (!store_value_get(up->sync->setup.store, BEGUN, &up->begun, &err) &&
	    err.code != ERR_NOT_FOUND)
		return sync_up_broken(up, &err);
	up->begun_read = true;
	return true;
}

static bool begun_save(struct up *up)
{
	struct err err = { 0 };

	return store_value_set(up->sync->setup.store, BEGUN, strbuf_str(&up->begun),
			       &err) ||
	       sync_up_broken(up, &err);
}

/* The line of an entry, without its number; STR_NONE: not begun. */
static struct str begun_line(const struct up *up, int64_t entry_id)
{
	struct str rest = strbuf_str(&up->begun), line;

	while (str_split(&rest, '\n', &line)) {
		struct str number;
		int64_t id;

		if (str_split(&line, ' ', &number) && num_i64(number, &id) &&
		    id == entry_id)
			return line.p ? line : STR("");
	}
	return STR_NONE;
}

/* Without the line of @entry_id. */
static void begun_drop(struct up *up, int64_t entry_id)
{
	struct strbuf kept = STRBUF(up->begun.max_bytes);
	struct str rest = strbuf_str(&up->begun), line;

	while (str_split(&rest, '\n', &line)) {
		struct str fields = line, number;
		int64_t id;

		if (line.len == 0 || !str_split(&fields, ' ', &number) ||
		    !num_i64(number, &id) || id == entry_id)
			continue;
		strbuf_add(&kept, line);
		strbuf_addc(&kept, '\n');
	}
	strbuf_finish(&up->begun);
	up->begun = kept;
}

static void begun_add(struct up *up, int64_t entry_id, size_t known,
		      const struct remote_ids *ids)
{
	begun_drop(up, entry_id);
	strbuf_addf(&up->begun, "%lld #%zu", (long long)entry_id, known);
	for (size_t i = 0; i < ids->count; i++)
		strbuf_addf(&up->begun, " %s", ids->list[i].id);
	strbuf_addc(&up->begun, '\n');
}

static bool line_has(struct str line, const char *id)
{
	struct str one;

	while (str_split(&line, ' ', &one)) {
		if (str_eq(one, str_from(id)))
			return true;
	}
	return false;
}

/* Notes of earlier versions have none. */
static bool line_count(struct str line, size_t *count_r)
{
	struct str one;
	int64_t count;

	if (!str_split(&line, ' ', &one) || one.len < 2 || one.p[0] != '#' ||
	    !num_i64(str_make(one.p + 1, one.len - 1), &count) || count < 0)
		return false;
	*count_r = (size_t)count;
	return true;
}

/* ---- looking for it
 * -------------------------------------------------------------- */

static enum remote_find known_by(const struct journal_entry *e, struct str *value_r)
{
	bool key = e->search_key.len > 0;

	*value_r = key ? strbuf_str(&e->search_key) : str_from(e->message_id);
	return key ? REMOTE_FIND_SEARCH_KEY : REMOTE_FIND_MESSAGE_ID;
}

/* Items of the target with the content of @e; none when there is nothing to know them by.
 */
static bool look(struct up *up, const struct journal_entry *e, struct remote_ids *found,
		 struct remote_fail *fail)
{
	struct str value;
	enum remote_find what = known_by(e, &value);

	return value.len == 0 ||
	       up->conn->ops->items_find(up->conn, e->box_remote_id, BOX_USE_NONE, what,
					 value, found, fail);
}

/* The first of @found that an earlier try may have put there. */
static bool first_new(struct up *up, const struct journal_entry *e, struct str line,
		      const struct remote_ids *found, const struct remote_id **new_r,
		      struct remote_fail *fail)
{
	*new_r = NULL;
	for (size_t i = 0; i < found->count && !*new_r; i++) {
		bool known;

		if (line_has(line, found->list[i].id))
			continue;
		if (!journal_copy_known(up->sync->setup.store, e, found->list[i].id,
					&known, &fail->err))
			return false;
		*new_r = known ? NULL : &found->list[i];
	}
	return true;
}

/* ---- COPY
 * ------------------------------------------------------------------------------- */

static void copied(struct up *up, const struct journal_entry *e,
		   const struct remote_id *answer)
{
	if (answer->fail.err.code != ERR_OK)
		sync_up_failed(up, e, &answer->fail);
	else
		sync_up_done(up, e, answer->id, answer->change_key);
	if (!answer->fail.outcome_unknown)
		begun_drop(up, e->id); /* saved with the next note; harmless until then */
}

/* @found: what the target holds. */
static bool settle_elsewhere(struct up *up, const struct journal_entry *e,
			     struct str line, struct remote_ids *found, bool *settled_r,
			     struct remote_fail *fail)
{
	const struct remote_id *copy;
	struct str value;
	enum remote_find what = known_by(e, &value);
	size_t before, now;
	bool others;

	if (value.len == 0 || !line_count(line, &before))
		return true;
	if (!journal_copies_count(up->sync->setup.store, e, &now, &others, &fail->err))
		return false;
	if (others) /* whose copy would it be? */
		return true;
	if (!sync_up_find_elsewhere(up, e, what, value, SIZE_MAX, found, fail) ||
	    !first_new(up, e, line, found, &copy, fail))
		return false;
	if (!copy || found->count <= before)
		return true;
	*settled_r = true;
	sync_up_elsewhere(up, e, copy->id, copy->change_key);
	begun_drop(up, e->id);
	return true;
}

/* *settled_r: the copy of an earlier try is there. */
static bool copy_settle(struct up *up, const struct journal_entry *e, bool *settled_r,
			struct remote_fail *fail)
{
	CLEANUP(remote_ids_finish) struct remote_ids found = { 0 };
	struct str line = begun_line(up, e->id);
	const struct remote_id *copy;

	*settled_r = false;
	if (!line.p)
		return true;
	if (!look(up, e, &found, fail) || !first_new(up, e, line, &found, &copy, fail))
		return false;
	if (!copy)
		return settle_elsewhere(up, e, line, &found, settled_r, fail);
	*settled_r = true;
	copied(up, e, copy);
	return true;
}

/* Writes down what the target holds before. */
static bool copy_note(struct up *up, const struct journal_entry *entries, size_t count,
		      struct remote_fail *fail)
{
	for (size_t i = 0; i < count; i++) {
		CLEANUP(remote_ids_finish) struct remote_ids found = { 0 };
		size_t known;
		bool others;

		if (!look(up, &entries[i], &found, fail) ||
		    !journal_copies_count(up->sync->setup.store, &entries[i], &known,
					  &others, &fail->err))
			return false;
		begun_add(up, entries[i].id, known, &found);
	}
	return begun_save(up);
}

static void copy_run(struct up *up, const struct journal_entry *entries, size_t count)
{
	CLEANUP(remote_ids_finish) struct remote_ids answers = { 0 };
	const char **ids = mem_array(count + 1, sizeof(*ids));
	struct remote_fail fail = { 0 };
	bool ok;

	for (size_t i = 0; i < count; i++)
		ids[i] = entries[i].item_id;
	ok = up->conn->ops->items_copy(up->conn, ids, count, entries[0].box_remote_id,
				       &answers, &fail);
	FAIL_POINT("up.copied");
	free(ids);
	if (!ok) {
		for (size_t i = 0; i < count && !fail.outcome_unknown; i++)
			begun_drop(up, entries[i].id);
		sync_up_failed_all(up, entries, count, &fail);
		return;
	}
	for (size_t i = 0; i < count && i < answers.count; i++)
		copied(up, &entries[i], &answers.list[i]);
}

void sync_up_copy(struct up *up, const struct journal_entry *entries, size_t count)
{
	struct remote_fail fail = { 0 };
	bool any_begun = false, settled;

	if (!begun_load(up))
		return;
	for (size_t i = 0; i < count; i++)
		any_begun = any_begun || begun_line(up, entries[i].id).p;
	/* Those of an earlier try one by one, so that each is looked for. */
	for (size_t i = 0; any_begun && i < count; i++) {
		fail = (struct remote_fail){ 0 };
		if (!copy_settle(up, &entries[i], &settled, &fail) ||
		    (!settled && !copy_note(up, &entries[i], 1, &fail)))
			sync_up_failed(up, &entries[i], &fail);
		else if (!settled)
			copy_run(up, &entries[i], 1);
		if (up->store_failed || up->general.err.code != ERR_OK)
			return;
	}
	if (any_begun)
		return;
	if (copy_note(up, entries, count, &fail))
		copy_run(up, entries, count);
	else if (!up->store_failed)
		sync_up_failed_all(up, entries, count, &fail);
}

/* ---- MOVE
 * ------------------------------------------------------------------------------- */

/* The source is gone: moved by an earlier try whose answer was lost, or by somebody. */
static void move_settle(struct up *up, const struct journal_entry *e,
			const struct remote_fail *gone)
{
	CLEANUP(remote_ids_finish) struct remote_ids found = { 0 };
	const struct remote_id *here;
	struct remote_fail fail = { 0 };

	if (!look(up, e, &found, &fail) ||
	    !first_new(up, e, STR_NONE, &found, &here, &fail))
		sync_up_failed(up, e, &fail);
	else if (here)
		sync_up_done(up, e, here->id, here->change_key);
	else
		sync_up_failed(up, e, gone);
}

/* A server may tell no new id (another mailbox): the next look at the target finds it. */
static void moved(struct up *up, const struct journal_entry *e,
		  const struct remote_id *answer)
{
	if (answer->fail.problem == REMOTE_ITEM_GONE)
		move_settle(up, e, &answer->fail);
	else if (answer->fail.err.code != ERR_OK)
		sync_up_failed(up, e, &answer->fail);
	else
		sync_up_done(up, e, answer->id, answer->change_key);
}

void sync_up_move(struct up *up, const struct journal_entry *entries, size_t count)
{
	CLEANUP(remote_ids_finish) struct remote_ids answers = { 0 };
	const char **ids = mem_array(count + 1, sizeof(*ids));
	struct remote_fail fail = { 0 };
	bool ok;

	for (size_t i = 0; i < count; i++)
		ids[i] = entries[i].item_id;
	ok = up->conn->ops->items_move(up->conn, ids, count, entries[0].box_remote_id,
				       &answers, &fail);
	FAIL_POINT("up.moved");
	free(ids);
	if (!ok && fail.problem == REMOTE_ITEM_GONE && count == 1)
		move_settle(up, &entries[0], &fail);
	else if (!ok)
		sync_up_failed_all(up, entries, count, &fail);
	for (size_t i = 0; ok && i < count && i < answers.count; i++)
		moved(up, &entries[i], &answers.list[i]);
}
