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

void sync_up_expunge(struct up *up, const struct journal_entry *entries, size_t count)
{
	CLEANUP(remote_ids_finish) struct remote_ids answers = { 0 };
	const char **ids = mem_array(count + 1, sizeof(*ids));
	struct remote_fail fail = { 0 };
	bool ok;

	for (size_t i = 0; i < count; i++)
		ids[i] = entries[i].item_id;
	ok = up->conn->ops->items_delete(up->conn, ids, count, &answers, &fail);
	FAIL_POINT("up.deleted");
	if (ok)
		settle(up, entries, count, &answers);
	else
		sync_up_failed_all(up, entries, count, &fail);
	free(ids);
}
