/* Subscriptions: streaming and pull. */
#ifndef EWS_NOTIFY_H
#define EWS_NOTIFY_H

#include "ews/account.h"
#include "ews/types.h"

enum ews_event_type {
	EWS_EVENT_OTHER,
	EWS_EVENT_CREATED,
	EWS_EVENT_NEW_MAIL,
	EWS_EVENT_MODIFIED,
	EWS_EVENT_DELETED,
	EWS_EVENT_MOVED,
	EWS_EVENT_COPIED,
	EWS_EVENT_STATUS
};

/* Hints only: order is not promised; sync the folders that are named. */
struct ews_event {
	enum ews_event_type type;
	char *item_id; /* NULL: the event is about a folder */
	char *folder_id; /* NULL: the event is about an item */
	char *parent_id; /* the folder that it is in */
	char *old_item_id, *old_folder_id, *old_parent_id; /* moved, copied */
};

struct ews_events {
	struct ews_arena arena;
	struct ews_event *list;
	size_t count;
	char *watermark; /* pull: for the next call; NULL: keep the old one */
	bool more; /* pull: call again at once */
};
void ews_events_finish(struct ews_events *events);

struct ews_subscription {
	struct ews_arena arena;
	char *id;
	char *watermark; /* pull only */
};
void ews_subscription_finish(struct ews_subscription *subscription);

/*
 * ews_subscribe_streaming(), ews_subscribe_pull() - Subscribe to all folders
 * @timeout_min: pull: minutes without a call until it dies, 1..1440
 * Errors: ERR_LIMIT with EWS_CODE_TOO_MANY_SUBSCRIPTIONS.
 */
MUST_CHECK bool ews_subscribe_streaming(struct ews_conn *conn,
					struct ews_subscription *out, struct err *err);
MUST_CHECK bool ews_subscribe_pull(struct ews_conn *conn, unsigned timeout_min,
				   struct ews_subscription *out, struct err *err);
MUST_CHECK bool ews_unsubscribe(struct ews_conn *conn, const char *subscription_id,
				struct err *err);

/*
 * ews_stream_run() - GetStreamingEvents: deliver events until the server closes
 * @timeout_min: the server closes after so many minutes, 1..30
 * @fn: called in this thread for each document that arrives; events->count is 0 for a
 *      heartbeat (the first one says that the stream is open). The events are the
 *      library's. It returns false to end the stream.
 * Return: true when the server closed in time or @fn returned false: open again with the
 * same subscription. Errors: ERR_STATE with EWS_CODE_SUBSCRIPTION_LOST: subscribe anew,
 * then sync every folder; ERR_OFFLINE broken, silent for 150 s, or ews_conn_stop().
 * Blocks: for minutes; end it from another thread with ews_conn_stop(). Uses a
 * connection of its own all the time.
 */
MUST_CHECK bool ews_stream_run(struct ews_conn *conn, const char *subscription_id,
			       unsigned timeout_min,
			       bool (*fn)(void *context, const struct ews_events *events),
			       void *context, struct err *err);

/* ews_events_get() - GetEvents (pull). Errors: as ews_stream_run(). */
MUST_CHECK bool ews_events_get(struct ews_conn *conn, const char *subscription_id,
			       const char *watermark, struct ews_events *out,
			       struct err *err);

#endif
