/*
 * The journal on its way up: takes the entries that are ready, puts equal ones together,
 * and decides what becomes of them. What each kind does is in sync_up_*.c.
 *
 * While the server cannot be reached, entries stay as they are and the thread waits; only
 * what the server answered counts as a try of an entry.
 */
#include "bridge/sync_up.h"

#include "base/clock.h"
#include "base/fail_point.h"
#include "base/log.h"
#include "base/random.h"

#define READY_MAX 200 /* entries looked up at once */
#define GROUP_MAX 100 /* entries of one request */
#define STORE_PAUSE_MS 5000
#define UNREADABLE_TRIES 3
#define ODD_TRIES 4 /* as often as other unexplained answers */
#define REPORT_MAX ((size_t)256 << 20)
#define BEGUN_MAX ((size_t)4 << 20)

/* ---- what becomes of an entry ---------------------------------------------------------
 */

bool sync_up_broken(struct up *up, const struct err *err)
{
	log_error(up->sync->who, "journal: %s", err->text);
	up->store_failed = true;
	return false;
}

static void done(struct up *up, const struct journal_entry *entry,
		 struct journal_result *result)
{
	struct err err = { 0 };

	result->done_unix_ms = store_stamp_ms(up->sync->setup.store);
	result->flags_done = entry->flags;
	if (!journal_done(up->sync->setup.store, entry, result, &err))
		sync_up_broken(up, &err);
}

void sync_up_done(struct up *up, const struct journal_entry *entry, const char *item_id,
		  const char *change_key)
{
	done(up, entry,
	     &(struct journal_result){ .item_id = item_id, .change_key = change_key });
	if (item_id && entry->box_remote_id) /* look whether it is still there */
		sync_dirty_folder(up->sync, entry->box_remote_id);
}

void sync_up_found(struct up *up, const struct journal_entry *entry, const char *item_id,
		   const char *change_key)
{
	done(up, entry,
	     &(struct journal_result){ .item_id = item_id,
				       .change_key = change_key,
				       .flags_unknown = true });
}

void sync_up_elsewhere(struct up *up, const struct journal_entry *entry,
		       const char *item_id, const char *change_key)
{
	done(up, entry,
	     &(struct journal_result){ .item_id = item_id,
				       .change_key = change_key,
				       .flags_unknown = true,
				       .elsewhere = true });
}

void sync_up_box_done(struct up *up, const struct journal_entry *entry,
		      const char *remote_id)
{
	done(up, entry, &(struct journal_result){ .box_remote_id = remote_id });
	sync_dirty_folder(up->sync, NULL);
}

static int64_t jitter_ms(int64_t wait_ms)
{
	uint32_t chance;

	random_bytes(&chance, sizeof(chance));
	return sync_plan_jitter_ms(wait_ms, chance);
}

void sync_up_later(struct up *up, const struct journal_entry *entry, const char *why)
{
	int64_t wait_ms = sync_plan_backoff_ms(entry->tries, 0,
					       sync_backoff_max_ms(up->sync));
	struct err err = { 0 };

	if (!journal_retry(up->sync->setup.store, entry->id,
			   clock_unix_ms() + jitter_ms(wait_ms), why, &err))
		sync_up_broken(up, &err);
}

static void refuse(struct up *up, const struct journal_entry *entry,
		   const struct err *why, bool source_gone)
{
	CLEANUP(strbuf_finish) struct strbuf report = STRBUF(REPORT_MAX);
	struct journal_refusal refusal = { .why = why, .source_gone = source_gone };
	struct sync *sync = up->sync;
	struct err err = { 0 };
	bool ok;

	log_warn(sync->who, "the server refuses a change: %s", why->text);
	refusal.told = sync_refusal_begin(sync, entry->group);
	if (!refusal.told && entry->kind == JOURNAL_SEND &&
	    sync_up_bounce(up, entry, why, &report))
		refusal.report = strbuf_str(&report);
	FAIL_POINT("up.refused");
	ok = journal_refused(sync->setup.store, entry, &refusal, &err);
	sync_refusal_end(sync);
	if (!ok)
		sync_up_broken(up, &err);
}

void sync_up_refuse(struct up *up, const struct journal_entry *entry,
		    const struct err *why)
{
	refuse(up, entry, why, false);
}

void sync_up_unreadable(struct up *up, const struct journal_entry *entry,
			const struct err *why)
{
	struct err text = { 0 };

	err_set(&text, ERR_BROKEN, "the message cannot be read from the disk: %s",
		why->text);
	log_error(up->sync->who, "journal: %s", text.text);
	if (entry->tries < UNREADABLE_TRIES)
		sync_up_later(up, entry, text.text);
	else
		sync_up_refuse(up, entry, &text);
}

bool sync_up_is_general(const struct up *up, const struct remote_fail *fail)
{
	bool odd = up->odd.group == up->group && up->odd.tries >= ODD_TRIES;

	return !fail->outcome_unknown &&
	       (sync_fail_is_general(fail) || (fail->outage && !odd));
}

void sync_up_failed(struct up *up, const struct journal_entry *entry,
		    const struct remote_fail *fail)
{
	if (sync_up_is_general(up, fail)) {
		up->general = *fail;
		return;
	}
	switch (sync_plan_fate(entry->kind, entry->tries, fail)) {
	case SYNC_FATE_DONE:
		sync_up_done(up, entry, NULL, NULL);
		return;
	case SYNC_FATE_SETTLE:
	case SYNC_FATE_RETRY:
		sync_up_later(up, entry, fail->err.text);
		return;
	case SYNC_FATE_REFUSE:
		refuse(up, entry, &fail->err,
		       fail->problem == REMOTE_ITEM_GONE &&
			       (entry->kind == JOURNAL_COPY ||
				entry->kind == JOURNAL_MOVE));
		return;
	}
}

void sync_up_failed_all(struct up *up, const struct journal_entry *entries, size_t count,
			const struct remote_fail *fail)
{
	for (size_t i = 0; i < count; i++)
		sync_up_failed(up, &entries[i], fail);
}

bool sync_up_step(struct up *up, const struct journal_entry *entry, unsigned step,
		  const char *item_id, const char *change_key)
{
	struct err err = { 0 };

	return journal_step(up->sync->setup.store, entry->id, step, item_id, change_key,
			    &err) ||
	       sync_up_broken(up, &err);
}

bool sync_up_find(struct up *up, const char *folder_id, enum box_use use,
		  enum remote_find what, struct str value, struct remote_ids *found,
		  const struct remote_id **id_r, struct remote_fail *fail)
{
	if (!up->conn->ops->items_find(up->conn, folder_id, use, what, value, found,
				       fail))
		return false;
	*id_r = found->count > 0 ? &found->list[0] : NULL;
	return true;
}

bool sync_up_find_elsewhere(struct up *up, const struct journal_entry *entry,
			    enum remote_find what, struct str value, size_t enough,
			    struct remote_ids *found, struct remote_fail *fail)
{
	CLEANUP(store_boxes_finish) struct store_boxes boxes = { 0 };

	if (!store_box_list(up->sync->setup.store, &boxes, &fail->err))
		return false;
	for (size_t i = 0; found->count < enough && i < boxes.count; i++) {
		const struct store_box *box = &boxes.items[i];

		if (box->kind != BOX_MAIL || !box->remote_id || box->id == entry->box_id)
			continue;
		if (up->conn->ops->items_find(up->conn, box->remote_id, BOX_USE_NONE,
					      what, value, found, fail))
			continue;
		if (fail->problem != REMOTE_FOLDER_GONE)
			return false;
		*fail = (struct remote_fail){ 0 };
	}
	return true;
}

/* ---- the thread -----------------------------------------------------------------------
 */

static void run_group(struct up *up, const struct journal_entry *entries, size_t count)
{
	static void (*const kinds[])(struct up *, const struct journal_entry *,
				     size_t) = {
		[JOURNAL_FLAGS] = sync_up_flags,     [JOURNAL_APPEND] = sync_up_append,
		[JOURNAL_COPY] = sync_up_copy,	     [JOURNAL_MOVE] = sync_up_move,
		[JOURNAL_EXPUNGE] = sync_up_expunge, [JOURNAL_BOX_CREATE] = sync_up_box,
		[JOURNAL_BOX_RENAME] = sync_up_box,  [JOURNAL_BOX_DELETE] = sync_up_box,
		[JOURNAL_SEND] = sync_up_send,
	};

	kinds[entries->kind](up, entries, count);
}

static bool stop_here(const struct up *up)
{
	return up->store_failed || up->general.err.code != ERR_OK ||
	       sync_stopping(up->sync);
}

static void run_all(struct up *up, const struct journal_entries *ready)
{
	for (size_t at = 0; at < ready->count && !stop_here(up);) {
		size_t n = sync_plan_group(ready->items + at, ready->count - at,
					   GROUP_MAX);

		up->group = ready->items[at].id;
		run_group(up, ready->items + at, n);
		if (up->general.err.code == ERR_OK)
			sync_note_ok(up->sync);
		at += n;
	}
}

/* Looks whether the server is there for others than the group that failed. */
static void outage(struct up *up)
{
	struct sync *sync = up->sync;

	pthread_mutex_lock(&sync->lock);
	if (up->odd.group != up->group)
		up->odd.tries = 0;
	else if (up->odd.sync_ms != sync->last_sync_unix_ms)
		up->odd.tries++;
	up->odd.group = up->group;
	up->odd.sync_ms = sync->last_sync_unix_ms;
	sync->folders_dirty = true;
	pthread_cond_broadcast(&sync->changed);
	pthread_mutex_unlock(&sync->lock);
}

/* How long to wait now. */
static int64_t run_ready(struct up *up, unsigned *tries)
{
	CLEANUP(journal_entries_finish) struct journal_entries ready = { 0 };
	struct sync *sync = up->sync;
	struct err err = { 0 };
	int64_t due_unix_ms, wait_ms;

	up->general = (struct remote_fail){ 0 };
	up->store_failed = false;
	if (!journal_ready(sync->setup.store, READY_MAX, &ready, &due_unix_ms, &err)) {
		sync_up_broken(up, &err);
		return STORE_PAUSE_MS;
	}
	if (ready.count == 0)
		return due_unix_ms == INT64_MAX
			       ? INT64_MAX / 2
			       : MAX_OF(due_unix_ms - clock_unix_ms(), (int64_t)1);
	run_all(up, &ready);
	if (up->store_failed)
		return STORE_PAUSE_MS;
	if (up->general.err.code == ERR_OK) {
		*tries = 0;
		return 0;
	}
	sync_note_outage(sync, "changes", &up->general);
	if (up->general.outage)
		outage(up);
	wait_ms = sync_plan_backoff_ms((*tries)++, up->general.err.retry_after_s,
				       sync_backoff_max_ms(sync));
	/* Not before the server's own time. */
	return up->general.err.retry_after_s ? wait_ms + jitter_ms(wait_ms) / 4
					     : jitter_ms(wait_ms);
}

void *sync_up_main(void *arg)
{
	struct sync *sync = arg;
	struct up up = { .sync = sync, .begun = STRBUF(BEGUN_MAX) };
	unsigned tries = 0;

	up.conn = sync_conn_open(sync);
	while (up.conn && sync_gate(sync)) {
		int64_t wait_ms;

		notify_watch_clear(&sync->up_watch);
		wait_ms = run_ready(&up, &tries);
		if (wait_ms > 0 && !sync_stopping(sync))
			notify_watch_wait(&sync->up_watch, wait_ms);
	}
	strbuf_finish(&up.begun);
	if (up.conn)
		sync_conn_close(sync, up.conn);
	return NULL;
}
