/*
 * News from the server: a stream for all folders, opened again whenever it ends, with a
 * look at every folder each time its thread may have missed something. Where streaming
 * does not work (a proxy in between), folders are looked at every poll_seconds, and the
 * stream is tried again now and then.
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

static void streaming_set(struct sync *sync, bool streaming)
{
	pthread_mutex_lock(&sync->lock);
	if (sync->streaming && !streaming)
		sync->sweep_due_ms = clock_mono_ms() +
				     (int64_t)sync->setup.poll_seconds * 1000;
	sync->streaming = streaming;
	pthread_cond_broadcast(&sync->changed);
	pthread_mutex_unlock(&sync->lock);
}

static bool on_news(void *context, const char *const *folder_ids, size_t count)
{
	struct stream *stream = context;

	if (!stream->opened) {
		stream->opened = true;
		streaming_set(stream->sync, true);
		sync_note_ok(stream->sync);
	}
	for (size_t i = 0; i < count; i++)
		sync_dirty_folder(stream->sync, folder_ids[i]);
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

static bool wait_for_next(struct sync *sync, unsigned failures,
			  const struct remote_fail *fail)
{
	if (failures >= FAILURES_MAX && !sync_fail_is_general(fail)) {
		log_info(sync->who, "no stream of news: looking every %u seconds",
			 sync->setup.poll_seconds);
		return sync_pause(sync, POLLING_MS);
	}
	return sync_pause(sync, sync_plan_backoff_ms(failures, fail->err.retry_after_s,
						     sync_backoff_max_ms(sync)));
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
		streaming_set(sync, false);
		failures = opened ? 0 : failures + 1;
		if (fail.problem == REMOTE_WATCH_LOST && opened) {
			if (!reopen_wait(sync, began_ms))
				break;
			continue;
		}
		sync_note_fail(sync, "news", &fail);
		if (!wait_for_next(sync, failures, &fail))
			break;
	}
	sync_conn_close(sync, conn);
	return NULL;
}
