/*
 * Recipients and headers, which pages of an index leave out: for who waits for them at
 * once, several requests at a time; ahead of bodies where many are asked for; and by and
 * by for all messages where bodies are not fetched ahead.
 */
#include "bridge/sync.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

#define AGAIN_MS 10000 /* after a failure */
#define HEADS_MAX 1000000 /* waited for */

/* ---- what to ask for: with the lock --------------------------------------------------
 */

/* The first heads of one folder. */
static void heads_take(struct sync *sync, struct sync_details *work)
{
	size_t kept = 0;

	work->box_id = sync->heads[0].box_id;
	for (size_t i = 0; i < sync->head_count; i++) {
		if (work->count < SYNC_DETAILS && sync->heads[i].box_id == work->box_id)
			work->uids[work->count++] = sync->heads[i].uid;
		else
			sync->heads[kept++] = sync->heads[i];
	}
	sync->head_count = kept;
}

static void heads_add(struct sync *sync, int64_t box_id, const uint32_t *uids,
		      size_t count)
{
	for (size_t i = 0; i < count && sync->head_count < HEADS_MAX; i++) {
		sync->heads = mem_grow(sync->heads, sync->head_count, &sync->head_room,
				       sizeof(*sync->heads));
		sync->heads[sync->head_count++] = (struct sync_want){ box_id, uids[i] };
	}
}

bool sync_details_take(struct sync *sync, bool waited_for, struct sync_details *work)
{
	bool wanted = waited_for ? sync->details_wanted : sync->details_ahead;

	if (waited_for && sync->head_count > 0) {
		heads_take(sync, work);
		sync->heads_busy++;
		return true;
	}
	if (!wanted || sync->details_busy || sync->details_due_ms > clock_mono_ms())
		return false;
	sync->details_busy = true;
	return true;
}

/* ---- asking --------------------------------------------------------------------------
 */

static bool details_apply(struct sync *sync, int64_t box_id, const struct store_ids *ids,
			  const struct remote_items *answer, size_t *progress_r,
			  struct err *err)
{
	struct store_item *items = mem_array(ids->count + 1, sizeof(*items));
	const char **none = mem_array(ids->count + 1, sizeof(*none));
	size_t count = 0, none_count = 0;
	bool ok;

	for (size_t i = 0; i < ids->count; i++) {
		if (answer->list[i].fail.err.code == ERR_OK)
			items[count++] = answer->list[i].item;
		else if (!answer->list[i].fail.retry)
			none[none_count++] = ids->list[i];
	}
	ok = store_partial_apply(sync->setup.store, box_id, items, count, err) &&
	     (none_count == 0 ||
	      store_partial_done(sync->setup.store, box_id, none, none_count, err));
	free(items);
	free(none);
	*progress_r = count + none_count;
	return ok;
}

/* Return: false when it failed, *fail says why. */
static bool run(struct sync *sync, struct remote_conn *conn,
		const struct sync_details *work, size_t *asked_r, size_t *progress_r,
		struct remote_fail *fail)
{
	CLEANUP(store_ids_finish) struct store_ids ids = { 0 };
	CLEANUP(remote_items_finish) struct remote_items answer = { 0 };
	struct store *s = sync->setup.store;
	int64_t box_id = work->box_id;
	bool ok = work->count > 0
			  ? store_partial_of(s, box_id, work->uids, work->count, &ids,
					     &fail->err)
			  : store_partial(s, SYNC_DETAILS, &ids, &box_id, &fail->err);

	*asked_r = ids.count;
	if (!ok || ids.count == 0)
		return ok;
	ok = conn->ops->items_read(conn, (const char *const *)ids.list, ids.count,
				   &answer, fail) &&
	     details_apply(sync, box_id, &ids, &answer, progress_r, &fail->err);
	if (ok)
		sync_note_ok(sync);
	return ok;
}

bool sync_details_run(struct sync *sync, struct remote_conn *conn,
		      const struct sync_details *work, struct remote_fail *fail)
{
	size_t asked = 0, progress = 0;
	bool ok = run(sync, conn, work, &asked, &progress, fail);

	pthread_mutex_lock(&sync->lock);
	sync->heads_busy -= work->count > 0;
	if (work->count > 0 && !ok) {
		heads_add(sync, work->box_id, work->uids, work->count);
	} else if (work->count == 0) {
		sync->details_busy = false;
		sync->details_wanted = sync->details_wanted && (!ok || asked > 0);
		sync->details_ahead = sync->details_ahead && (!ok || asked > 0);
		if (progress == 0)
			sync->details_due_ms = clock_mono_ms() + AGAIN_MS;
	}
	pthread_mutex_unlock(&sync->lock);
	return ok || !sync_fail_is_general(fail);
}

/* ---- for fronts ----------------------------------------------------------------------
 */

void sync_headers_need(struct sync *sync, int64_t box_id, const uint32_t *uids,
		       size_t count)
{
	pthread_mutex_lock(&sync->lock);
	heads_add(sync, box_id, uids, count);
	pthread_cond_broadcast(&sync->changed);
	pthread_mutex_unlock(&sync->lock);
}

/* Was the server asked for all that was wanted? */
static bool all_asked(struct sync *sync)
{
	bool all;

	pthread_mutex_lock(&sync->lock);
	all = sync->head_count == 0 && sync->heads_busy == 0;
	pthread_mutex_unlock(&sync->lock);
	return all;
}

bool sync_headers_wait(struct sync *sync, int64_t box_id, const uint32_t *uids,
		       size_t count, int64_t timeout_ms)
{
	int64_t until_ms = clock_mono_ms() + timeout_ms, left_ms = timeout_ms;
	struct notify_watch watch;
	bool done = false;

	notify_watch_open(sync->setup.hub, NOTIFY_BODIES, &watch);
	while (!done && left_ms > 0 && !sync_is_away(sync)) {
		CLEANUP(store_ids_finish) struct store_ids ids = { 0 };
		struct err err = { 0 };
		bool all = all_asked(sync);

		notify_watch_clear(&watch);
		done = !store_partial_of(sync->setup.store, box_id, uids, count, &ids,
					 &err) ||
		       ids.count == 0 || all;
		if (!done)
			notify_watch_wait(&watch, MIN_OF(left_ms, (int64_t)200));
		left_ms = until_ms - clock_mono_ms();
	}
	notify_watch_close(&watch);
	return done;
}
