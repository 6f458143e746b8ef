/*
 * The pool of threads that fetch: bodies that somebody waits for first, then pages of an
 * index (sync_list.c), then all bodies that are missing, newest first, in batches of
 * bounded size. A message is fetched by one thread
 * at a time (claimed). There are more threads than connections: while one stores what
 * came, another uses its connection (sync_fetch.c). What the server would not give is
 * asked for again, less and less often, and at once when a client wants it.
 */
#include "bridge/sync.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define BATCH_BYTES_MIN ((uint64_t)256 << 10) /* by the server's guess of sizes */
#define BATCH_BYTES_MAX ((uint64_t)4 << 20)
#define BATCH_MS 1000 /* a batch is to take so long: who waits for a body comes next */
#define WANTED_ITEMS 6 /* waited for: small batches, so that the first comes soon */
#define WANTED_BYTES ((uint64_t)1 << 20)
#define MANY 50
#define WANTS_MAX 100000 /* asked for and not fetched yet; more are background work */
#define MISSING_ITEMS 1000 /* looked up in the store at once */
#define LOOK_AGAIN_MS ((int64_t)5 * 60 * 1000)

struct batch {
	struct store_body_wants owner;
	struct store_body_want *items[SYNC_BATCH_ITEMS];
	size_t count;
	bool wanted;
};

/* ---- claims: with the lock ------------------------------------------------------------
 */

static bool claimed(const struct sync *sync, int64_t msg_id)
{
	for (size_t i = 0; i < sync->claimed_count; i++) {
		if (sync->claimed[i] == msg_id)
			return true;
	}
	return false;
}

static void claim(struct sync *sync, int64_t msg_id)
{
	sync->claimed = mem_grow(sync->claimed, sync->claimed_count, &sync->claimed_room,
				 sizeof(*sync->claimed));
	sync->claimed[sync->claimed_count++] = msg_id;
}

static void unclaim(struct sync *sync, int64_t msg_id)
{
	for (size_t i = 0; i < sync->claimed_count; i++) {
		if (sync->claimed[i] == msg_id) {
			sync->claimed[i] = sync->claimed[--sync->claimed_count];
			return;
		}
	}
}

/* The first of @wants that are free, as many as fit; *used_r: how far we looked. */
static void batch_fill(struct sync *sync, struct store_body_wants *wants, size_t from,
		       struct batch *batch, size_t *used_r)
{
	uint64_t sizes[SYNC_BATCH_ITEMS];
	size_t max = batch->wanted ? WANTED_ITEMS : SYNC_BATCH_ITEMS;
	size_t at = from;

	for (; at < wants->count && batch->count < max; at++) {
		struct store_body_want *want = &wants->items[at];

		if (claimed(sync, want->msg_id))
			continue;
		sizes[batch->count] = want->size;
		if (sync_plan_batch(sizes, batch->count + 1, max,
				    batch->wanted ? WANTED_BYTES : sync->batch_bytes) ==
		    batch->count)
			break;
		batch->items[batch->count++] = want;
		claim(sync, want->msg_id);
	}
	*used_r = at;
}

static void batch_finish(struct sync *sync, struct batch *batch)
{
	pthread_mutex_lock(&sync->lock);
	for (size_t i = 0; i < batch->count; i++)
		unclaim(sync, batch->items[i]->msg_id);
	if (batch->wanted)
		pthread_cond_broadcast(&sync->changed);
	pthread_mutex_unlock(&sync->lock);
	store_body_wants_finish(&batch->owner);
}

void sync_bodies_took(struct sync *sync, uint64_t bytes, int64_t took_ms)
{
	uint64_t fit = bytes * BATCH_MS / (uint64_t)MAX_OF(took_ms, (int64_t)1);

	pthread_mutex_lock(&sync->lock);
	/* A small batch says little of what a large one would take. */
	if (fit > sync->batch_bytes)
		fit = MIN_OF(fit, 2 * sync->batch_bytes);
	else if (bytes < sync->batch_bytes / 2)
		fit = sync->batch_bytes;
	sync->batch_bytes = MAX_OF(MIN_OF(fit, BATCH_BYTES_MAX), BATCH_BYTES_MIN);
	pthread_mutex_unlock(&sync->lock);
}

/* ---- connections: as many as calls are made at once --------------------------------
 */

/* Blocks until one is free. NULL: sync stops, or there cannot be one. */
static struct remote_conn *conn_take(struct sync *sync)
{
	struct remote_conn *conn = NULL;
	bool open;

	pthread_mutex_lock(&sync->lock);
	while (!sync->stopping && sync->free_count == 0 &&
	       sync->body_conns >= sync->setup.body_threads)
		sync_wait_until(sync, INT64_MAX);
	if (sync->free_count > 0 && !sync->stopping)
		conn = sync->free_conns[--sync->free_count];
	open = !conn && !sync->stopping;
	sync->body_conns += open;
	pthread_mutex_unlock(&sync->lock);
	return open ? sync_conn_open(sync) : conn;
}

static void conn_give(struct sync *sync, struct remote_conn *conn)
{
	pthread_mutex_lock(&sync->lock);
	sync->free_conns[sync->free_count++] = conn;
	pthread_cond_broadcast(&sync->changed);
	pthread_mutex_unlock(&sync->lock);
}

/* ---- what to fetch: called with the lock, which is let go around the store
 * --------------- */

/* The first wanted messages of one folder. */
static size_t wants_take(struct sync *sync, int64_t *box_id_r, uint32_t *uids)
{
	size_t n = 0, kept = 0;

	*box_id_r = sync->wants[0].box_id;
	for (size_t i = 0; i < sync->want_count; i++) {
		if (n < WANTED_ITEMS && sync->wants[i].box_id == *box_id_r)
			uids[n++] = sync->wants[i].uid;
		else
			sync->wants[kept++] = sync->wants[i];
	}
	sync->want_count = kept;
	return n;
}

static void wants_add(struct sync *sync, int64_t box_id, uint32_t uid)
{
	for (size_t i = 0; i < sync->want_count; i++) {
		if (sync->wants[i].box_id == box_id && sync->wants[i].uid == uid)
			return;
	}
	if (sync->want_count >= WANTS_MAX)
		return;
	sync->wants = mem_grow(sync->wants, sync->want_count, &sync->want_room,
			       sizeof(*sync->wants));
	sync->wants[sync->want_count++] = (struct sync_want){ box_id, uid };
}

static void take_wanted(struct sync *sync, struct batch *batch)
{
	uint32_t uids[WANTED_ITEMS];
	struct err err = { 0 };
	int64_t box_id;
	size_t n = wants_take(sync, &box_id, uids), used;
	bool ok;

	batch->wanted = true;
	pthread_mutex_unlock(&sync->lock);
	ok = store_bodies_missing_of(sync->setup.store, box_id, uids, n, &batch->owner,
				     &err);
	if (!ok && err.code != ERR_NOT_FOUND)
		log_warn(sync->who, "bodies: %s", err.text);
	pthread_mutex_lock(&sync->lock);
	batch_fill(sync, &batch->owner, 0, batch, &used);
	for (size_t i = used; i < batch->owner.count; i++)
		wants_add(sync, box_id, batch->owner.items[i].uid);
}

/* One thread looks the next ones up for all. */
static void missing_read(struct sync *sync)
{
	struct store_body_wants found = { 0 };
	int64_t due_s = 0, look_ms = LOOK_AGAIN_MS;
	struct err err = { 0 };
	bool ok;

	sync->missing_reading = true;
	sync->missing_dirty = false;
	pthread_mutex_unlock(&sync->lock);
	ok = store_bodies_missing(sync->setup.store, MISSING_ITEMS, &found, &err) &&
	     store_bodies_due(sync->setup.store, &due_s, &err);
	if (due_s > 0)
		look_ms = MIN_OF(look_ms, (due_s + 1) * 1000 - clock_unix_ms());
	if (!ok)
		log_warn(sync->who, "bodies: %s", err.text);
	pthread_mutex_lock(&sync->lock);
	store_body_wants_finish(&sync->missing);
	sync->missing = found;
	sync->missing_at = 0;
	sync->missing_reading = false;
	/* A full answer may not be all; one with failed tries in it is never empty soon.
	 */
	if (sync->missing_due_ms <= clock_mono_ms()) /* failed() may want it sooner */
		sync->missing_due_ms = clock_mono_ms() + MAX_OF(look_ms, (int64_t)100);
	if (found.count >= MISSING_ITEMS)
		sync->missing_dirty = true;
	pthread_cond_broadcast(&sync->changed);
}

/* Background work moves out of the shared list, which other threads may replace. */
static void take_missing(struct sync *sync, struct batch *batch)
{
	struct batch found = { 0 };

	batch_fill(sync, &sync->missing, sync->missing_at, &found, &sync->missing_at);
	batch->owner.items = mem_array(found.count + 1, sizeof(*batch->owner.items));
	batch->owner.count = found.count;
	batch->count = found.count;
	for (size_t i = 0; i < found.count; i++) {
		batch->owner.items[i] = *found.items[i];
		*found.items[i] = (struct store_body_want){ 0 };
		batch->items[i] = &batch->owner.items[i];
	}
}

struct work { /* one of: */
	struct batch batch;
	struct sync_list_page page;
	struct sync_details details;
	bool is_page, is_details;
};

/* Blocks until there is something to fetch. Return: false when sync stops. */
static bool work_wait(struct sync *sync, struct work *work)
{
	struct batch *batch = &work->batch;
	bool stopping;

	*work = (struct work){ 0 };
	pthread_mutex_lock(&sync->lock);
	while (!sync->stopping && batch->count == 0 && !work->is_page &&
	       !work->is_details) {
		store_body_wants_finish(&batch->owner);
		*batch = (struct batch){ 0 };
		if (sync_details_take(sync, true, &work->details))
			work->is_details = true;
		else if (sync->want_count > 0)
			take_wanted(sync, batch);
		else if (sync_list_take(sync, &work->page))
			work->is_page = true;
		else if (sync_details_take(sync, false, &work->details))
			work->is_details = true;
		else if (sync->missing_at < sync->missing.count)
			take_missing(sync, batch);
		else if (!sync->missing_reading &&
			 (sync->missing_dirty || clock_mono_ms() >= sync->missing_due_ms))
			missing_read(sync);
		else
			sync_wait_until(sync, sync->missing_due_ms > clock_mono_ms()
						      ? sync->missing_due_ms
						      : clock_mono_ms() + LOOK_AGAIN_MS);
	}
	stopping = sync->stopping;
	pthread_mutex_unlock(&sync->lock);
	if (stopping) {
		free(work->page.remote_id);
		batch_finish(sync, batch);
	}
	return !stopping;
}

/* ---- fetching -------------------------------------------------------------------------
 */

/* What was wanted stays wanted; the rest is found in the store again. */
static void put_back(struct sync *sync, const struct batch *batch)
{
	pthread_mutex_lock(&sync->lock);
	for (size_t i = 0; batch->wanted && i < batch->count; i++)
		wants_add(sync, batch->items[i]->box_id, batch->items[i]->uid);
	sync->missing_dirty = true;
	pthread_mutex_unlock(&sync->lock);
}

/* Gives the connection back before it stores. Return: false when the connection failed,
 * which is kept then. */
static bool batch_run(struct sync *sync, struct remote_conn *conn, struct batch *batch,
		      struct remote_fail *fail)
{
	CLEANUP(sync_fetch_finish) struct sync_fetch fetch = { .asked = batch->wanted };
	bool ok = sync_fetch_run(sync, conn, batch->items, batch->count, &fetch, fail);

	if (ok) {
		conn_give(sync, conn);
		sync_fetch_store(sync, &fetch);
	} else if (!sync_fail_is_general(fail)) {
		sync_fetch_finish(&fetch);
		ok = sync_fetch_each(sync, conn, batch->items, batch->count, fail);
		if (ok)
			conn_give(sync, conn);
	}
	if (!ok)
		put_back(sync, batch);
	batch_finish(sync, batch);
	return ok;
}

static bool other_run(struct sync *sync, struct remote_conn *conn, struct work *work,
		      struct remote_fail *fail)
{
	bool ok = work->is_page ? sync_list_run(sync, conn, &work->page, fail)
				: sync_details_run(sync, conn, &work->details, fail);

	if (ok)
		conn_give(sync, conn);
	return ok;
}

/* A pause after a failure: as long for each thread as for the first one that failed,
 * since all of them notice the same trouble. */
static int64_t failed_wait_ms(struct sync *sync, const struct remote_fail *fail)
{
	int64_t now_ms = clock_mono_ms(), wait_ms;

	pthread_mutex_lock(&sync->lock);
	if (now_ms >= sync->body_again_ms)
		sync->body_again_ms = now_ms +
				      sync_plan_backoff_ms(sync->body_tries++,
							   fail->err.retry_after_s,
							   sync_backoff_max_ms(sync));
	wait_ms = sync->body_again_ms - now_ms;
	pthread_mutex_unlock(&sync->lock);
	return wait_ms;
}

static void work_run(struct sync *sync, struct remote_conn *conn, struct work *work)
{
	struct remote_fail fail = { 0 };
	bool ok = work->is_page || work->is_details
			  ? other_run(sync, conn, work, &fail)
			  : batch_run(sync, conn, &work->batch, &fail);

	if (ok) {
		pthread_mutex_lock(&sync->lock);
		sync->body_tries = 0;
		pthread_mutex_unlock(&sync->lock);
		return;
	}
	sync_note_fail(sync, work->is_page ? "index" : "bodies", &fail);
	sync_pause(sync, failed_wait_ms(sync, &fail));
	conn_give(sync, conn);
}

void *sync_bodies_main(void *arg)
{
	struct sync *sync = arg;
	struct remote_conn *conn;
	struct work work;

	while (sync_gate(sync) && (conn = conn_take(sync))) {
		if (work_wait(sync, &work))
			work_run(sync, conn, &work);
		else
			conn_give(sync, conn);
	}
	return NULL;
}

/* ---- for fronts -----------------------------------------------------------------------
 */

void sync_bodies_need(struct sync *sync, int64_t box_id, const uint32_t *uids,
		      size_t count)
{
	pthread_mutex_lock(&sync->lock);
	for (size_t i = 0; i < count; i++)
		wants_add(sync, box_id, uids[i]);
	/* Many at once are mostly asked for their headers, which are quicker to get. */
	if (count >= MANY)
		sync->details_wanted = true;
	pthread_cond_broadcast(&sync->changed);
	pthread_mutex_unlock(&sync->lock);
}

enum look { LOOK_HERE, LOOK_WAIT, LOOK_FAILED };

/* One that was just refused is not asked for again by whoever waits for it, unless the
 * server may think better of it soon. */
static enum look look(struct sync *sync, int64_t box_id, uint32_t uid, struct err *err)
{
	struct store_body_state state = { 0 };

	if (!store_body_state(sync->setup.store, box_id, uid, &state, err))
		return LOOK_FAILED;
	if (state.here)
		return LOOK_HERE;
	if (state.tried_unix_ms == 0 || state.soft ||
	    llabs(clock_unix_ms() - state.tried_unix_ms) >= STORE_BODY_SPACING_MS)
		return LOOK_WAIT;
	err_set(err, ERR_OFFLINE, "message %u cannot be had yet: %s", (unsigned)uid,
		state.why);
	return LOOK_FAILED;
}

static bool unreachable(struct sync *sync, struct err *err)
{
	if (!sync_is_away(sync))
		return false;
	pthread_mutex_lock(&sync->lock);
	err_set(err, ERR_OFFLINE, "%s", sync->reason[0] ? sync->reason : "stopping");
	pthread_mutex_unlock(&sync->lock);
	return true;
}

bool sync_body_wait(struct sync *sync, int64_t box_id, uint32_t uid, int64_t timeout_ms,
		    struct err *err)
{
	int64_t until = clock_mono_ms() + timeout_ms;
	struct notify_watch watch;
	enum look seen;
	bool done = false;

	notify_watch_open(sync->setup.hub, NOTIFY_BODIES, &watch);
	while (!done) {
		int64_t left = until - clock_mono_ms();

		notify_watch_clear(&watch);
		seen = look(sync, box_id, uid, err);
		done = seen != LOOK_WAIT || left <= 0 || unreachable(sync, err);
		if (done)
			break;
		sync_bodies_need(sync, box_id, &uid, 1);
		notify_watch_wait(&watch, MIN_OF(left, 1000));
	}
	notify_watch_close(&watch);
	if (seen == LOOK_WAIT && (!err || err->code == ERR_OK))
		err_set(err, ERR_OFFLINE, "message %u is not here yet", (unsigned)uid);
	return seen == LOOK_HERE;
}
