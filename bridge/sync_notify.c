/*
 * News from the server: a stream for all folders, opened again whenever it ends, with a
 * look at every folder each time its thread may have missed something. Where streaming
 * does not work (a proxy in between), the server is asked for news every poll_seconds, in
 * one request for all folders; where it does not do that either, the folders themselves
 * are looked at. Streaming is tried again now and then.
 */
#include "bridge/sync.h"

#include "base/clock.h"
#include "base/log.h"

#define FAILURES_MAX 3 /* in a row; then polling */
#define POLLING_MS ((int64_t)15 * 60 * 1000) /* until streaming is tried again */
#define WATCH_ID_MAX 4096

struct stream {
	struct sync *sync;
	bool opened; /* it has shown a sign of life */
};

static void pushing_set(struct sync *sync, bool streaming, bool pulling)
{
	bool before;

	pthread_mutex_lock(&sync->lock);
	before = sync->streaming || sync->pulling;
	if (before && !streaming && !pulling)
		sync->sweep_due_ms = clock_mono_ms() +
				     (int64_t)sync->setup.poll_seconds * 1000;
	sync->streaming = streaming;
	sync->pulling = pulling;
	/* When it begins, every folder is looked at anyway. */
	if (!before && (streaming || pulling))
		sync->sweep_due_ms = clock_mono_ms() + sync_sweep_ms(sync);
	pthread_cond_broadcast(&sync->changed);
	pthread_mutex_unlock(&sync->lock);
}

static bool on_news(void *context, const struct remote_news *news, size_t count)
{
	struct stream *stream = context;

	if (!stream->opened) {
		stream->opened = true;
		pushing_set(stream->sync, true, false);
		sync_note_ok(stream->sync);
	}
	if (count > 0)
		sync_dirty_news(stream->sync, news, count);
	return !sync_stopping(stream->sync);
}

/* Return: false when sync stops. */
static bool reopen_wait(struct sync *sync, int64_t began_ms)
{
	int64_t wait_ms = sync_plan_reopen_ms(clock_mono_ms() - began_ms);

	return wait_ms > 0 ? sync_pause(sync, wait_ms) : !sync_stopping(sync);
}

/* One subscription, as long as it lives. Return: false with why it ended. */
static bool watch_live(struct sync *sync, struct remote_conn *conn, bool *opened_r,
		       struct remote_fail *fail)
{
	CLEANUP(strbuf_finish) struct strbuf id = STRBUF(WATCH_ID_MAX);
	int64_t began_ms;
	bool ok;

	if (!conn->ops->watch_open(conn, &id, fail))
		return false;
	sync_dirty_all(sync); /* what happened before it is not told */
	do {
		struct stream stream = { .sync = sync };

		began_ms = clock_mono_ms();
		ok = conn->ops->watch_run(conn, strbuf_cstr(&id), on_news, &stream, fail);
		*opened_r = *opened_r || stream.opened;
	} while (ok && reopen_wait(sync, began_ms));
	if (fail->problem != REMOTE_WATCH_LOST && !sync_stopping(sync))
		conn->ops->watch_close(conn, strbuf_cstr(&id));
	return ok;
}

static bool on_pulled(void *context, const struct remote_news *news, size_t count)
{
	struct sync *sync = context;

	if (count > 0)
		sync_dirty_news(sync, news, count);
	return !sync_stopping(sync);
}

/* Asks for news until streaming is to be tried again. Return: false when it fails. */
static bool pull(struct sync *sync, struct remote_conn *conn, int64_t until_ms,
		 struct remote_fail *fail)
{
	CLEANUP(strbuf_finish) struct strbuf id = STRBUF(WATCH_ID_MAX);
	CLEANUP(strbuf_finish) struct strbuf mark = STRBUF(WATCH_ID_MAX);

	if (!conn->ops->pull_open(conn, &id, &mark, fail))
		return false;
	sync_dirty_all(sync); /* what happened before it is not told */
	pushing_set(sync, false, true);
	while (clock_mono_ms() < until_ms &&
	       sync_pause(sync, (int64_t)sync->setup.poll_seconds * 1000)) {
		if (!conn->ops->pull_run(conn, strbuf_cstr(&id), &mark, on_pulled, sync,
					 fail))
			return false;
		sync_note_ok(sync);
	}
	conn->ops->watch_close(conn, strbuf_cstr(&id));
	return true;
}

static void pull_all(struct sync *sync, struct remote_conn *conn, int64_t until_ms)
{
	bool lost = true;

	while (lost && clock_mono_ms() < until_ms && !sync_stopping(sync)) {
		struct remote_fail fail = { 0 };
		int64_t began_ms = clock_mono_ms();

		if (pull(sync, conn, until_ms, &fail))
			break;
		pushing_set(sync, false, false);
		lost = fail.problem == REMOTE_WATCH_LOST && reopen_wait(sync, began_ms);
		if (!lost)
			sync_note_fail(sync, "news", &fail);
	}
	pushing_set(sync, false, false);
}

/* Return: false when sync stops. */
static bool wait_for_next(struct sync *sync, struct remote_conn *conn, unsigned failures,
			  const struct remote_fail *fail)
{
	int64_t until_ms = clock_mono_ms() + POLLING_MS;

	if (failures < FAILURES_MAX || sync_fail_is_general(fail) || fail->outage)
		return sync_pause(sync,
				  sync_plan_backoff_ms(failures, fail->err.retry_after_s,
						       sync_backoff_max_ms(sync)));
	log_info(sync->who, "no stream of news: asking for some every %u seconds",
		 sync->setup.poll_seconds);
	pull_all(sync, conn, until_ms);
	return sync_pause(sync, until_ms - clock_mono_ms());
}

void *sync_notify_main(void *arg)
{
	struct sync *sync = arg;
	struct remote_conn *conn = sync_conn_open(sync);
	unsigned failures = 0;

	if (!conn)
		return NULL;
	while (sync_gate(sync)) {
		struct remote_fail fail = { 0 };
		int64_t began_ms = clock_mono_ms();
		bool opened = false;

		if (watch_live(sync, conn, &opened, &fail))
			break;
		pushing_set(sync, false, false);
		failures = opened ? 0 : failures + 1;
		if (fail.problem == REMOTE_WATCH_LOST && opened) {
			if (!reopen_wait(sync, began_ms))
				break;
			continue;
		}
		sync_note_fail(sync, "news", &fail);
		if (!wait_for_next(sync, conn, failures, &fail))
			break;
	}
	sync_conn_close(sync, conn);
	return NULL;
}
