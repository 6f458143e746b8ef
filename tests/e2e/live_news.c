/* Steps of ews_live: notifications. */
#include "tests/e2e/live.h"

#include <pthread.h>

#include "base/clock.h"

static bool on_events(void *context, const struct ews_events *events)
{
	struct live *live = context;

	atomic_fetch_add(&live->documents, 1);
	atomic_fetch_add(&live->events, (int)events->count);
	return true;
}

static void *run_stream(void *context)
{
	struct live *live = context;
	struct err err;

	while (!ews_conn_stopped(live->stream)) {
		if (!ews_stream_run(live->stream, live->subscription, 1, on_events, live,
				    &err))
			break;
	}
	return NULL;
}

static bool wait_for(atomic_int *counter, int more_than)
{
	for (int i = 0; i < 100 && atomic_load(counter) <= more_than; i++)
		clock_sleep_ms(100);
	return atomic_load(counter) > more_than;
}

bool live_stream(struct live *live, struct err *err)
{
	CLEANUP(ews_subscription_finish) struct ews_subscription sub = { 0 };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	pthread_t thread;
	bool opened, told = false;

	if (!ews_subscribe_streaming(live->conn, &sub, err))
		return false;
	live->subscription = sub.id;
	live->stream = ews_conn_new(live->account, err);
	pthread_create(&thread, NULL, run_stream, live);
	opened = wait_for(&live->documents, 0);
	if (opened && live_message(live, live->folder, 0, &out, err))
		told = wait_for(&live->events, 0);
	ews_conn_stop(live->stream);
	pthread_join(thread, NULL);
	ews_conn_free(live->stream);
	return live_want(opened, "the stream does not open", err) &&
	       live_want(told, "no event", err) &&
	       ews_unsubscribe(live->conn, sub.id, err);
}

bool live_pull(struct live *live, struct err *err)
{
	CLEANUP(ews_subscription_finish) struct ews_subscription sub = { 0 };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	CLEANUP(ews_events_finish) struct ews_events events = { 0 };

	return ews_subscribe_pull(live->conn, 10, &sub, err) &&
	       live_want(sub.watermark, "no watermark", err) &&
	       live_message(live, live->folder, 0, &out, err) &&
	       ews_events_get(live->conn, sub.id, sub.watermark, &events, err) &&
	       live_want(events.count > 0, "no event", err) &&
	       ews_unsubscribe(live->conn, sub.id, err) &&
	       live_want(
		       !ews_events_get(live->conn, sub.id, sub.watermark, &events, NULL),
		       "events after the end", err);
}
