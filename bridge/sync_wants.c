/*
 * Which bodies are fetched next: those that somebody waits for, in the order of asking;
 * then those behind them in a folder that a client reads message by message; then all
 * that are missing, newest first. A message is fetched by one thread at a time (claimed).
 */
#include "bridge/sync.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define WANTED_ITEMS 6 /* waited for: small batches, so that the first comes soon */
#define WANTED_BYTES ((uint64_t)1 << 20)
#define WANTS_MAX 100000 /* asked for and not fetched yet; more are background work */
#define NEAR 64 /* of the next ones: no need to push forward */
#define MISSING_ITEMS 1000 /* looked up in the store at once */
#define LOOK_AGAIN_MS ((int64_t)5 * 60 * 1000)
#define AHEAD_STEPS 2 /* waited for, each behind the one before: somebody reads on */
#define AHEAD_GAP 4096 /* UIDs that may lie between two */
#define AHEAD_FIRST 8 /* messages; twice as many each time the client catches up */
#define AHEAD_MOST 2048
#define AHEAD_MOST_ON_DEMAND 16 /* where bodies are to come on demand */

/* ---- claims ---------------------------------------------------------------------------
 */

static bool claimed(const struct sync *sync, int64_t msg_id)
{
	for (size_t i = 0; i < sync->claimed_count; i++)
		if (sync->claimed[i].msg_id == msg_id)
			return true;
	return false;
}

static bool claimed_uid(const struct sync *sync, int64_t box_id, uint32_t uid)
{
	for (size_t i = 0; i < sync->claimed_count; i++)
		if (sync->claimed[i].uid == uid && sync->claimed[i].box_id == box_id)
			return true;
	return false;
}

static void claim(struct sync *sync, const struct store_body_want *want)
{
	sync->claimed = mem_grow(sync->claimed, sync->claimed_count, &sync->claimed_room,
				 sizeof(*sync->claimed));
	sync->claimed[sync->claimed_count++] = (struct sync_claim){ want->msg_id,
								    want->box_id,
								    want->uid };
}

static void unclaim(struct sync *sync, int64_t msg_id)
{
	for (size_t i = 0; i < sync->claimed_count; i++)
		if (sync->claimed[i].msg_id == msg_id) {
			sync->claimed[i] = sync->claimed[--sync->claimed_count];
			return;
		}
}

/* Moves the first that are free out of @queue, as many as fit. */
static void batch_fill(struct sync *sync, struct sync_queue *queue, size_t max_items,
		       uint64_t max_bytes, struct sync_batch *batch)
{
	uint64_t sizes[SYNC_BATCH_ITEMS];

	for (; queue->at < queue->list.count && batch->count < max_items; queue->at++) {
		struct store_body_want *want = &queue->list.items[queue->at];

		if (claimed(sync, want->msg_id))
			continue;
		sizes[batch->count] = want->size;
		if (sync_plan_batch(sizes, batch->count + 1, max_items, max_bytes) ==
		    batch->count)
			break;
		claim(sync, want);
		batch->items[batch->count] = *want;
		batch->wants[batch->count] = &batch->items[batch->count];
		batch->count++;
		*want = (struct store_body_want){ 0 };
	}
}

static void queue_set(struct sync_queue *queue, struct store_body_wants *found)
{
	store_body_wants_finish(&queue->list);
	queue->list = *found;
	queue->at = 0;
	*found = (struct store_body_wants){ 0 };
}

void sync_batch_finish(struct sync *sync, struct sync_batch *batch)
{
	pthread_mutex_lock(&sync->lock);
	for (size_t i = 0; i < batch->count; i++)
		unclaim(sync, batch->items[i].msg_id);
	if (batch->wanted)
		pthread_cond_broadcast(&sync->changed);
	pthread_mutex_unlock(&sync->lock);
	for (size_t i = 0; i < batch->count; i++)
		store_body_want_finish(&batch->items[i]);
	batch->count = 0;
}

/* ---- waited for -----------------------------------------------------------------------
 */

static void wants_add(struct sync *sync, int64_t box_id, uint32_t uid)
{
	struct sync_wants *w = &sync->wants;

	if (w->count - w->from >= WANTS_MAX)
		return;
	if (w->count == w->room && w->from > w->count / 2) {
		memmove(w->list, w->list + w->from,
			(w->count - w->from) * sizeof(*w->list));
		w->count -= w->from;
		w->from = 0;
	}
	w->list = mem_grow(w->list, w->count, &w->room, sizeof(*w->list));
	w->list[w->count++] = (struct sync_want){ box_id, uid };
}

/* Before all others: somebody waits for just this one. */
static void wants_push(struct sync *sync, int64_t box_id, uint32_t uid)
{
	struct sync_wants *w = &sync->wants;

	for (size_t i = w->from; i < w->count && i < w->from + NEAR; i++)
		if (w->list[i].uid == uid && w->list[i].box_id == box_id)
			return;
	if (w->from == 0) {
		size_t gap = w->count + NEAR;

		w->list = mem_resize(w->list, w->count + gap, sizeof(*w->list));
		if (w->count)
			memmove(w->list + gap, w->list, w->count * sizeof(*w->list));
		w->from = gap;
		w->count += gap;
		w->room = w->count;
	}
	w->list[--w->from] = (struct sync_want){ box_id, uid };
}

/* The next ones of one folder; the more wait, the more at once. */
static size_t wants_take(struct sync *sync, int64_t *box_id_r, uint32_t *uids)
{
	struct sync_wants *w = &sync->wants;
	size_t most = (w->count - w->from) / (2 * sync->setup.body_threads), n = 0;

	most = MIN_OF(MAX_OF(most, (size_t)WANTED_ITEMS), (size_t)SYNC_BATCH_ITEMS);
	*box_id_r = w->list[w->from].box_id;
	while (n < most && w->from < w->count && w->list[w->from].box_id == *box_id_r)
		uids[n++] = w->list[w->from++].uid;
	return n;
}

bool sync_wanted_take(struct sync *sync, struct sync_batch *batch)
{
	CLEANUP(store_body_wants_finish) struct store_body_wants found = { 0 };
	uint32_t uids[SYNC_BATCH_ITEMS];
	struct sync_queue queue = { 0 };
	struct err err = { 0 };
	int64_t box_id;
	size_t n;
	bool ok;

	if (sync->wants.from == sync->wants.count)
		return false;
	n = wants_take(sync, &box_id, uids);
	batch->wanted = true;
	pthread_mutex_unlock(&sync->lock);
	ok = store_bodies_missing_of(sync->setup.store, box_id, uids, n, &found, &err);
	if (!ok && err.code != ERR_NOT_FOUND)
		log_warn(sync->who, "bodies: %s", err.text);
	pthread_mutex_lock(&sync->lock);
	queue_set(&queue, &found);
	batch_fill(sync, &queue, n, n > WANTED_ITEMS ? sync->batch_bytes : WANTED_BYTES,
		   batch);
	for (size_t i = queue.list.count; i-- > queue.at;)
		wants_push(sync, box_id, queue.list.items[i].uid);
	store_body_wants_finish(&queue.list);
	return true;
}

/* What was wanted stays wanted; the rest is found in the store again. */
void sync_batch_put_back(struct sync *sync, const struct sync_batch *batch)
{
	pthread_mutex_lock(&sync->lock);
	for (size_t i = batch->count; batch->wanted && i-- > 0;)
		wants_push(sync, batch->items[i].box_id, batch->items[i].uid);
	sync->missing_dirty = true;
	pthread_mutex_unlock(&sync->lock);
}

/* ---- behind what a client reads -------------------------------------------------------
 */

/* A client wants @first to @last, which are not here. */
static void ahead_note(struct sync *sync, int64_t box_id, uint32_t first, uint32_t last)
{
	struct sync_ahead *a = &sync->ahead;
	size_t most = sync->setup.headers_ahead ? AHEAD_MOST_ON_DEMAND : AHEAD_MOST;

	if (a->box_id == box_id && a->last_uid == last)
		return;
	if (a->box_id != box_id || first < a->last_uid ||
	    first - a->last_uid > AHEAD_GAP) {
		a->box_id = box_id;
		a->steps = 0;
		a->looked_uid = 0;
		a->window = AHEAD_FIRST;
	}
	a->last_uid = last;
	if (++a->steps <= AHEAD_STEPS || a->to_look || a->queue.at < a->queue.list.count)
		return;
	a->to_look = a->window;
	a->window = MIN_OF(2 * a->window, most);
}

/* One thread looks them up for all. */
static void ahead_read(struct sync *sync)
{
	CLEANUP(store_body_wants_finish) struct store_body_wants found = { 0 };
	struct sync_ahead *a = &sync->ahead;
	uint32_t from = MAX_OF(a->looked_uid, a->last_uid);
	int64_t box_id = a->box_id;
	size_t limit = a->to_look;
	struct err err = { 0 };

	a->queue.reading = true;
	pthread_mutex_unlock(&sync->lock);
	if (!store_bodies_missing_behind(sync->setup.store, box_id, from, limit, &found,
					 &err))
		log_warn(sync->who, "bodies: %s", err.text);
	pthread_mutex_lock(&sync->lock);
	a->queue.reading = false;
	a->to_look = 0;
	if (a->box_id != box_id)
		return;
	if (found.count)
		a->looked_uid = found.items[found.count - 1].uid;
	queue_set(&a->queue, &found);
	pthread_cond_broadcast(&sync->changed);
}

bool sync_ahead_take(struct sync *sync, struct sync_batch *batch)
{
	struct sync_ahead *a = &sync->ahead;

	if (a->queue.at < a->queue.list.count) {
		batch_fill(sync, &a->queue, SYNC_BATCH_ITEMS, sync->batch_bytes, batch);
		return true;
	}
	if (a->to_look == 0 || a->queue.reading)
		return false;
	ahead_read(sync);
	return true;
}

void sync_wants_add(struct sync *sync, int64_t box_id, const uint32_t *uids, size_t count)
{
	for (size_t i = 0; i < count; i++)
		wants_add(sync, box_id, uids[i]);
	if (count)
		ahead_note(sync, box_id, uids[0], uids[count - 1]);
}

void sync_wants_first(struct sync *sync, int64_t box_id, uint32_t uid)
{
	if (!claimed_uid(sync, box_id, uid))
		wants_push(sync, box_id, uid);
}

/* ---- all that are missing -------------------------------------------------------------
 */

/* One thread looks the next ones up for all. */
static void missing_read(struct sync *sync)
{
	CLEANUP(store_body_wants_finish) struct store_body_wants found = { 0 };
	int64_t due_s = 0, look_ms = LOOK_AGAIN_MS;
	struct err err = { 0 };
	bool ok;

	sync->missing.reading = true;
	sync->missing_dirty = false;
	pthread_mutex_unlock(&sync->lock);
	ok = store_bodies_missing(sync->setup.store, MISSING_ITEMS, &found, &err) &&
	     store_bodies_due(sync->setup.store, &due_s, &err);
	if (due_s > 0)
		look_ms = MIN_OF(look_ms, (due_s + 1) * 1000 - clock_unix_ms());
	if (!ok)
		log_warn(sync->who, "bodies: %s", err.text);
	pthread_mutex_lock(&sync->lock);
	/* A full answer may not be all; one with failed tries in it is never empty soon.
	 */
	if (found.count >= MISSING_ITEMS)
		sync->missing_dirty = true;
	queue_set(&sync->missing, &found);
	sync->missing.reading = false;
	if (sync->missing_due_ms <= clock_mono_ms()) /* failed() may want it sooner */
		sync->missing_due_ms = clock_mono_ms() + MAX_OF(look_ms, (int64_t)100);
	pthread_cond_broadcast(&sync->changed);
}

bool sync_missing_take(struct sync *sync, struct sync_batch *batch)
{
	if (sync->missing.at < sync->missing.list.count) {
		batch_fill(sync, &sync->missing, SYNC_BATCH_ITEMS, sync->batch_bytes,
			   batch);
		return true;
	}
	if (sync->missing.reading ||
	    (!sync->missing_dirty && clock_mono_ms() < sync->missing_due_ms))
		return false;
	missing_read(sync);
	return true;
}

int64_t sync_missing_due_ms(const struct sync *sync)
{
	return sync->missing_due_ms > clock_mono_ms() ? sync->missing_due_ms
						      : clock_mono_ms() + LOOK_AGAIN_MS;
}

void sync_wants_finish(struct sync *sync)
{
	free(sync->wants.list);
	free(sync->claimed);
	store_body_wants_finish(&sync->missing.list);
	store_body_wants_finish(&sync->ahead.queue.list);
}
