/*
 * One batch of bodies: asked for in one request, streamed into the store's hands, then
 * kept. The two halves are apart, so that the connection can be given to the next thread
 * while what came is stored. Where a batch fails as a whole for a reason that is not the
 * connection, its messages are asked for one by one, so that one of them cannot hold up
 * the others.
 */
#include "bridge/sync.h"

#include "base/clock.h"
#include "base/log.h"

#define RETRY_MAX_MS ((int64_t)60 * 60 * 1000)
#define RETRY_GONE_MS ((int64_t)10 * 60 * 1000) /* sync is about to hear of it */

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

/* Properties that could not be read in their round come before the body. */
static bool properties_read(struct sync *sync, struct remote_conn *conn,
			    struct store_body_want *want, struct remote_fail *fail)
{
	CLEANUP(remote_items_finish) struct remote_items items = { 0 };
	const char *id = want->item_id;
	int64_t asked_unix_ms = store_stamp_ms(sync->setup.store);

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

static bool sink_write(void *context, struct str bytes, struct err *err)
{
	return store_incoming_add(context, bytes, err);
}

static bool sink_restart(void *context, struct err *err)
{
	return store_incoming_restart(context, err);
}

/* Return: false when the request failed as a whole. */
static bool request(struct sync *sync, struct remote_conn *conn, struct sync_fetch *fetch,
		    struct remote_fail *fail)
{
	struct ews_sink sinks[SYNC_BATCH_ITEMS];
	const char *ids[SYNC_BATCH_ITEMS];
	int64_t began_ms = clock_mono_ms();
	uint64_t bytes = 0;

	for (size_t i = 0; i < fetch->count; i++) {
		store_incoming_init(&fetch->in[i], sync->setup.store);
		sinks[i] = (struct ews_sink){ sink_write, sink_restart, &fetch->in[i] };
		ids[i] = fetch->wants[i]->item_id;
	}
	if (!conn->ops->bodies_read(conn, ids, fetch->count, sinks, fetch->fails, fail))
		return false;
	for (size_t i = 0; i < fetch->count; i++)
		bytes += fetch->in[i].size_bytes;
	sync_note_ok(sync);
	sync_bodies_took(sync, bytes, clock_mono_ms() - began_ms);
	return true;
}

bool sync_fetch_run(struct sync *sync, struct remote_conn *conn,
		    struct store_body_want *const *wants, size_t count,
		    struct sync_fetch *fetch, struct remote_fail *fail)
{
	for (size_t i = 0; i < count; i++)
		fetch->wants[i] = wants[i];
	if (!stale_read(sync, conn, fetch->wants, &count, fail))
		return false;
	fetch->count = count;
	return count == 0 || request(sync, conn, fetch, fail);
}

void sync_fetch_finish(struct sync_fetch *fetch)
{
	for (size_t i = 0; i < fetch->count; i++)
		store_incoming_finish(&fetch->in[i]);
	fetch->count = 0;
}

/* Errors of the disk, or of what was too long. */
static void not_kept(struct sync *sync, const struct store_body_want *want,
		     const struct err *err)
{
	struct remote_fail fail = { .err = *err, .retry = true };

	if (err->code == ERR_OK || err->code == ERR_NOT_FOUND)
		return;
	log_error(sync->who, "a body cannot be stored: %s", err->text);
	failed(sync, want, &fail);
}

void sync_fetch_store(struct sync *sync, struct sync_fetch *fetch)
{
	struct store_body_put puts[SYNC_BATCH_ITEMS];
	const struct store_body_want *wants[SYNC_BATCH_ITEMS];
	size_t count = 0;

	for (size_t i = 0; i < fetch->count; i++) {
		if (fetch->fails[i].err.code != ERR_OK) {
			failed(sync, fetch->wants[i], &fetch->fails[i]);
			continue;
		}
		wants[count] = fetch->wants[i];
		puts[count++] = (struct store_body_put){
			.msg_id = fetch->wants[i]->msg_id,
			.in = &fetch->in[i],
			.asked = fetch->asked
		};
	}
	store_bodies_put(sync->setup.store, puts, count);
	for (size_t i = 0; i < count; i++)
		not_kept(sync, wants[i], &puts[i].err);
}

bool sync_fetch_each(struct sync *sync, struct remote_conn *conn,
		     struct store_body_want *const *wants, size_t count,
		     struct remote_fail *fail)
{
	for (size_t i = 0; i < count; i++) {
		CLEANUP(sync_fetch_finish) struct sync_fetch fetch = { 0 };

		*fail = (struct remote_fail){ 0 };
		if (sync_fetch_run(sync, conn, &wants[i], 1, &fetch, fail))
			sync_fetch_store(sync, &fetch);
		else if (sync_fail_is_general(fail))
			return false;
		else
			failed(sync, wants[i], fail);
	}
	return true;
}
