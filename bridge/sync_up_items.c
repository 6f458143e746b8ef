/* Flags, categories and deletions going up: idempotent, so that a repeat does no harm. */
#include "bridge/sync_up.h"

#include <stdlib.h>

#include "base/fail_point.h"
#include "base/mem.h"

static void settle(struct up *up, const struct journal_entry *entries, size_t count,
		   const struct remote_ids *answers)
{
	static const struct remote_fail unanswered = {
		.err = { .code = ERR_BROKEN, .text = "the server left this one out" },
		.retry = true,
	};

	for (size_t i = 0; i < count; i++) {
		const struct remote_id *answer = &answers->list[i];

		if (i >= answers->count)
			sync_up_failed(up, &entries[i], &unanswered);
		else if (answer->fail.err.code != ERR_OK)
			sync_up_failed(up, &entries[i], &answer->fail);
		else
			sync_up_done(up, &entries[i], NULL, answer->change_key);
	}
}

void sync_up_flags(struct up *up, const struct journal_entry *entries, size_t count)
{
	CLEANUP(remote_ids_finish) struct remote_ids answers = { 0 };
	struct remote_flags *flags = mem_array(count + 1, sizeof(*flags));
	struct remote_fail fail = { 0 };
	bool ok;

	for (size_t i = 0; i < count; i++) {
		const struct journal_entry *e = &entries[i];

		flags[i] = (struct remote_flags){
			.id = e->item_id,
			.flags = e->flags,
			.changed = e->flags_changed & MSG_FLAGS_UP,
			.newest_verb_is_forward = e->newest_verb_is_forward,
			.keywords_changed = e->keywords_changed,
			.keywords = e->keywords,
		};
	}
	ok = up->conn->ops->items_flag(up->conn, flags, count, &answers, &fail);
	FAIL_POINT("up.flags-written");
	if (ok)
		settle(up, entries, count, &answers);
	else
		sync_up_failed_all(up, entries, count, &fail);
	free(flags);
}

/* @trash_id: to there; NULL: away from the server. */
static void remove_some(struct up *up, const struct journal_entry *entries, size_t count,
			const char *trash_id)
{
	CLEANUP(remote_ids_finish) struct remote_ids answers = { 0 };
	CLEANUP(mem_free_ptr) const char **ids = mem_array(count + 1, sizeof(*ids));
	bool hard = up->sync->setup.expunge == EXPUNGE_HARD, ok;
	struct remote_fail fail = { 0 };

	for (size_t i = 0; i < count; i++)
		ids[i] = entries[i].item_id;
	ok = trash_id ? up->conn->ops->items_move(up->conn, ids, count, trash_id,
						  &answers, &fail)
		      : up->conn->ops->items_delete(up->conn, ids, hard, count, &answers,
						    &fail);
	FAIL_POINT("up.deleted");
	if (ok)
		settle(up, entries, count, &answers);
	else
		sync_up_failed_all(up, entries, count, &fail);
}

void sync_up_expunge(struct up *up, const struct journal_entry *entries, size_t count)
{
	CLEANUP(store_box_finish) struct store_box trash = { 0 };
	struct err err = { 0 };
	size_t n;

	if (up->sync->setup.expunge != EXPUNGE_TO_TRASH ||
	    !store_box_by_use(up->sync->setup.store, BOX_USE_TRASH, &trash, &err) ||
	    !trash.remote_id) {
		remove_some(up, entries, count, NULL);
		return;
	}
	/* What is expunged in the trash leaves it. */
	for (size_t at = 0; at < count && !up->store_failed; at += n) {
		bool there = entries[at].box_id == trash.id;

		for (n = 1;
		     at + n < count && (entries[at + n].box_id == trash.id) == there; n++)
			;
		remove_some(up, entries + at, n, there ? NULL : trash.remote_id);
		if (up->general.err.code != ERR_OK)
			return;
	}
}
