/*
 * The pool of threads that fetch: bodies that somebody waits for first, then pages of an
 * index (sync_list.c), then all bodies that are missing, newest first, in batches of
 * bounded size. A message is fetched by one thread
 * at a time (claimed). Where a batch fails as a whole for a reason that is not the
 * connection, its messages are asked for one by one, so that one of them cannot hold up
 * the others. What the server would not give is asked for again, less and less often, and
 * at once when a client wants it.
 */
#include "bridge/sync.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define BATCH_ITEMS 10
#define BATCH_BYTES ((uint64_t)4 << 20) /* by the server's guess of sizes */
#define WANTED_ITEMS 6 /* waited for: small batches, so that the first comes soon */
#define WANTED_BYTES ((uint64_t)1 << 20)
#define MANY 50
#define WANTS_MAX 100000 /* asked for and not fetched yet; more are background work */
#define MISSING_ITEMS 200 /* looked up in the store at once */
#define LOOK_AGAIN_MS ((int64_t)5 * 60 * 1000)
#define RETRY_MAX_MS ((int64_t)60 * 60 * 1000)
#define RETRY_GONE_MS ((int64_t)10 * 60 * 1000) /* sync is about to hear of it */

struct batch {
	struct store_body_wants owner;
	struct store_body_want *items[BATCH_ITEMS];
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
	uint64_t sizes[BATCH_ITEMS];
	size_t max = batch->wanted ? WANTED_ITEMS : BATCH_ITEMS;
	size_t at = from;

	for (; at < wants->count && batch->count < max; at++) {
		struct store_body_want *want = &wants->items[at];

		if (claimed(sync, want->msg_id))
			continue;
		sizes[batch->count] = want->size;
		if (sync_plan_batch(sizes, batch->count + 1, max,
				    batch->wanted ? WANTED_BYTES : BATCH_BYTES) ==
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
	bool is_page, is_details;
};

static bool take_details(struct sync *sync)
{
	if (!sync->details_wanted || sync->details_busy ||
	    sync->details_due_ms > clock_mono_ms())
		return false;
	sync->details_busy = true;
	return true;
}

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
		if (take_details(sync))
			work->is_details = true;
		else if (sync->want_count > 0)
			take_wanted(sync, batch);
		else if (sync_list_take(sync, &work->page))
			work->is_page = true;
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

static void failed(struct sync *sync, const struct store_body_want *want,
		   const struct remote_fail *fail)
{
	int64_t wait_ms = sync_plan_backoff_ms(want->tries, fail->err.retry_after_s,
					       RETRY_MAX_MS);
	struct store_body_failure failure = {
		.why = fail->err.text,
		.soft = fail->retry || sync_fail_is_general(fail),
	};
	struct err err = { 0 };

	if (fail->problem == REMOTE_ITEM_GONE)
		wait_ms = MAX_OF(wait_ms, RETRY_GONE_MS);
	else if (want->tries == 0)
		log_warn(sync->who, "a message cannot be had, and is asked for again: %s",
			 fail->err.text);
	failure.retry_unix_s = clock_unix_s() + wait_ms / 1000;
	if (!store_body_failed(sync->setup.store, want->msg_id, &failure, &err))
		log_error(sync->who, "bodies: %s", err.text);
	pthread_mutex_lock(&sync->lock);
	sync->missing_due_ms = MIN_OF(sync->missing_due_ms,
				      clock_mono_ms() + wait_ms + 1000);
	pthread_cond_broadcast(&sync->changed);
	pthread_mutex_unlock(&sync->lock);
}

static void arrived(struct sync *sync, const struct store_body_want *want,
		    const struct remote_body *body)
{
	struct remote_fail fail = { 0 };

	if (body->fail.err.code != ERR_OK) {
		failed(sync, want, &body->fail);
		return;
	}
	if (store_body_put(sync->setup.store, want->msg_id,
			   body->change_key ? body->change_key : want->change_key,
			   strbuf_str(&body->mime), body->synthesised, &fail.err) ||
	    fail.err.code == ERR_NOT_FOUND)
		return;
	fail.retry = true;
	log_error(sync->who, "a body cannot be stored: %s", fail.err.text);
	failed(sync, want, &fail);
}

/* Properties that could not be read in their round come before the body. */
static bool properties_read(struct sync *sync, struct remote_conn *conn,
			    struct store_body_want *want, struct remote_fail *fail)
{
	CLEANUP(remote_items_finish) struct remote_items items = { 0 };
	const char *id = want->item_id;
	int64_t asked_unix_ms = clock_unix_ms();

	if (!conn->ops->items_read(conn, &id, 1, &items, fail))
		return false;
	*fail = items.list[0].fail;
	if (fail->err.code != ERR_OK ||
	    !store_item_apply(sync->setup.store, want->box_id, &items.list[0].item,
			      asked_unix_ms, &fail->err))
		return false;
	want->stale = false;
	return true;
}

/* Takes those out of @wants whose properties cannot be had. Return: false when the
 * connection failed. */
static bool stale_read(struct sync *sync, struct remote_conn *conn,
		       struct store_body_want **wants, size_t *count,
		       struct remote_fail *fail)
{
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++) {
		if (!wants[i]->stale || properties_read(sync, conn, wants[i], fail)) {
			wants[kept++] = wants[i];
			continue;
		}
		if (sync_fail_is_general(fail))
			return false;
		failed(sync, wants[i], fail);
		*fail = (struct remote_fail){ 0 };
	}
	*count = kept;
	return true;
}

static bool fetch(struct sync *sync, struct remote_conn *conn,
		  struct store_body_want *const *all, size_t count,
		  struct remote_fail *fail)
{
	CLEANUP(remote_bodies_finish) struct remote_bodies bodies = { 0 };
	struct store_body_want *wants[BATCH_ITEMS];
	const char *ids[BATCH_ITEMS] = { NULL };

	for (size_t i = 0; i < count; i++)
		wants[i] = all[i];
	if (!stale_read(sync, conn, wants, &count, fail))
		return false;
	for (size_t i = 0; i < count; i++)
		ids[i] = wants[i]->item_id;
	if (count > 0 && !conn->ops->bodies_read(conn, ids, count, &bodies, fail))
		return false;
	sync_note_ok(sync);
	for (size_t i = 0; i < count; i++)
		arrived(sync, wants[i], &bodies.list[i]);
	return true;
}

/* What was wanted stays wanted; the rest is found in the store again. */
static void put_back(struct sync *sync, const struct batch *batch)
{
	pthread_mutex_lock(&sync->lock);
	for (size_t i = 0; batch->wanted && i < batch->count; i++)
		wants_add(sync, batch->items[i]->box_id, batch->items[i]->uid);
	sync->missing_dirty = true;
	pthread_mutex_unlock(&sync->lock);
}

/* Return: false when the connection failed. */
static bool fetch_each(struct sync *sync, struct remote_conn *conn, struct batch *batch,
		       struct remote_fail *fail)
{
	for (size_t i = 0; i < batch->count; i++) {
		*fail = (struct remote_fail){ 0 };
		if (fetch(sync, conn, &batch->items[i], 1, fail))
			continue;
		if (sync_fail_is_general(fail))
			return false;
		failed(sync, batch->items[i], fail);
	}
	return true;
}

/* Return: false when the connection failed. */
static bool batch_run(struct sync *sync, struct remote_conn *conn, struct batch *batch,
		      struct remote_fail *fail)
{
	bool ok = fetch(sync, conn, batch->items, batch->count, fail) ||
		  (!sync_fail_is_general(fail) && fetch_each(sync, conn, batch, fail));

	if (!ok)
		put_back(sync, batch);
	batch_finish(sync, batch);
	return ok;
}

static void work_run(struct sync *sync, struct remote_conn *conn, struct work *work,
		     unsigned *tries)
{
	struct remote_fail fail = { 0 };
	bool ok;

	if (work->is_page)
		ok = sync_list_run(sync, conn, &work->page, &fail);
	else if (work->is_details)
		ok = sync_details_run(sync, conn, &fail);
	else
		ok = batch_run(sync, conn, &work->batch, &fail);
	if (ok) {
		*tries = 0;
		return;
	}
	sync_note_fail(sync, work->is_page ? "index" : "bodies", &fail);
	sync_pause(sync, sync_plan_backoff_ms((*tries)++, fail.err.retry_after_s,
					      sync_backoff_max_ms(sync)));
}

void *sync_bodies_main(void *arg)
{
	struct sync *sync = arg;
	struct remote_conn *conn = sync_conn_open(sync);
	struct work work;
	unsigned tries = 0;

	if (!conn)
		return NULL;
	while (sync_gate(sync) && work_wait(sync, &work))
		work_run(sync, conn, &work, &tries);
	sync_conn_close(sync, conn);
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
	    clock_unix_ms() - state.tried_unix_ms >= STORE_BODY_SPACING_MS)
		return LOOK_WAIT;
	err_set(err, ERR_OFFLINE, "message %u cannot be had yet: %s", (unsigned)uid,
		state.why);
	return LOOK_FAILED;
}

static bool unreachable(struct sync *sync, struct err *err)
{
	bool off;

	pthread_mutex_lock(&sync->lock);
	off = sync->stopping || (!sync->connected && sync->reason[0]);
	if (off)
		err_set(err, ERR_OFFLINE, "%s",
			sync->reason[0] ? sync->reason : "stopping");
	pthread_mutex_unlock(&sync->lock);
	return off;
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
