/*
 * The pool of threads that fetch: bodies that somebody waits for first, then pages of an
 * index (sync_list.c), then other bodies (sync_wants.c), in batches of bounded size.
 * There are more threads than connections: while one stores what came, another uses its
 * connection (sync_fetch.c). What the server would not give is asked for again, less and
 * less often, and at once when a client wants it.
 */
#include "bridge/sync.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define BATCH_BYTES_MIN ((uint64_t)256 << 10) /* by the server's guess of sizes */
#define BATCH_BYTES_MAX ((uint64_t)4 << 20)
#define BATCH_MS 1000 /* a batch is to take so long: who waits for a body comes next */
#define MANY 50

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

/* ---- what to do
 * ------------------------------------------------------------------------
 */

struct work { /* one of: */
	struct sync_batch batch;
	struct sync_list_page page;
	struct sync_details details;
	bool is_page, is_details;
};

/* Return: false, there is nothing to do now. */
static bool work_take(struct sync *sync, struct work *work)
{
	work->is_details = sync_details_take(sync, true, &work->details);
	if (work->is_details || sync_wanted_take(sync, &work->batch))
		return true;
	work->is_page = sync_list_take(sync, &work->page);
	if (work->is_page || sync_ahead_take(sync, &work->batch))
		return true;
	work->is_details = sync_details_take(sync, false, &work->details);
	return work->is_details || sync_missing_take(sync, &work->batch);
}

/* Blocks until there is something to fetch. Return: false when sync stops. */
static bool work_wait(struct sync *sync, struct work *work)
{
	bool stopping;

	*work = (struct work){ 0 };
	pthread_mutex_lock(&sync->lock);
	while (!sync->stopping && work->batch.count == 0 && !work->is_page &&
	       !work->is_details) {
		work->batch.wanted = false;
		if (!work_take(sync, work))
			sync_wait_until(sync, sync_missing_due_ms(sync));
	}
	stopping = sync->stopping;
	pthread_mutex_unlock(&sync->lock);
	if (stopping) {
		free(work->page.remote_id);
		sync_batch_finish(sync, &work->batch);
	}
	return !stopping;
}

/* ---- fetching -------------------------------------------------------------------------
 */

/* Gives the connection back before it stores. Return: false when the connection failed,
 * which is kept then. */
static bool batch_run(struct sync *sync, struct remote_conn *conn,
		      struct sync_batch *batch, struct remote_fail *fail)
{
	CLEANUP(sync_fetch_finish) struct sync_fetch fetch = { .asked = batch->wanted };
	bool ok = sync_fetch_run(sync, conn, batch->wants, batch->count, &fetch, fail);

	if (ok) {
		conn_give(sync, conn);
		sync_fetch_store(sync, &fetch);
	} else if (!sync_fail_is_general(fail)) {
		sync_fetch_finish(&fetch);
		ok = sync_fetch_each(sync, conn, batch->wants, batch->count, fail);
		if (ok)
			conn_give(sync, conn);
	}
	if (!ok)
		sync_batch_put_back(sync, batch);
	sync_batch_finish(sync, batch);
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
	sync_wants_add(sync, box_id, uids, count);
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
		pthread_mutex_lock(&sync->lock);
		sync_wants_first(sync, box_id, uid);
		pthread_cond_broadcast(&sync->changed);
		pthread_mutex_unlock(&sync->lock);
		notify_watch_wait(&watch, MIN_OF(left, 1000));
	}
	notify_watch_close(&watch);
	if (seen == LOOK_WAIT && (!err || err->code == ERR_OK))
		err_set(err, ERR_OFFLINE, "message %u is not here yet", (unsigned)uid);
	return seen == LOOK_HERE;
}
