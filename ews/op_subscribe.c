/* Subscribe and Unsubscribe: [MS-OXWSNTIF] sections 3.1.4.3 and 3.1.4.4. */
#include "ews/read.h"

struct request {
	bool streaming;
	unsigned timeout_min;
	const char *id; /* of what to unsubscribe */
	struct ews_subscription *out;
	struct ews_status status;
};

static void write_events(struct soap_writer *w)
{
	static const char *const types[] = { "CopiedEvent",  "CreatedEvent",
					     "DeletedEvent", "ModifiedEvent",
					     "MovedEvent",   "NewMailEvent" };

	soap_open(w, "t:EventTypes");
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		soap_leaf(w, "t:EventType", types[i]);
	soap_close(w);
}

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_open(w, request->streaming ? "m:StreamingSubscriptionRequest"
					: "m:PullSubscriptionRequest");
	soap_put_attr(w, "SubscribeToAllFolders", "true");
	write_events(w);
	if (!request->streaming)
		soap_leaf_int(w, "t:Timeout", request->timeout_min);
	soap_close(w);
}

static bool read(struct soap_reader *r, void *context, struct err *err)
{
	struct request *request = context;
	struct ews_subscription *out = request->out;
	struct soap_messages m;

	ews_subscription_finish(out);
	soap_messages_begin(r, &m);
	if (soap_message_next(r, &m)) {
		while (soap_message_child(r, &m)) {
			if (soap_is(r, "SubscriptionId"))
				out->id = soap_get_text(r, &out->arena);
			else if (soap_is(r, "Watermark"))
				out->watermark = soap_get_text(r, &out->arena);
		}
		request->status = m.status;
		if (ews_status_ok(&m.status) && !out->id)
			soap_fail(r, ERR_BROKEN, "the server names no subscription");
	}
	return soap_ok(r, err);
}

static bool subscribe(struct ews_conn *conn, struct request *request, struct err *err)
{
	struct ews_call call = { EWS_OP_SUBSCRIBE, write, read, request, request };

	return ews_call_run(conn, &call, err) &&
	       ews_conn_note(conn, &request->status, err);
}

bool ews_subscribe_streaming(struct ews_conn *conn, struct ews_subscription *out,
			     struct err *err)
{
	struct request request = { .streaming = true, .out = out };

	return subscribe(conn, &request, err);
}

bool ews_subscribe_pull(struct ews_conn *conn, unsigned timeout_min,
			struct ews_subscription *out, struct err *err)
{
	struct request request = { .timeout_min = timeout_min, .out = out };

	return subscribe(conn, &request, err);
}

static void write_end(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_leaf(w, "m:SubscriptionId", request->id);
}

static bool read_end(struct soap_reader *r, void *context, struct err *err)
{
	struct request *request = context;

	return ews_read_one_status(r, &request->status, err);
}

bool ews_unsubscribe(struct ews_conn *conn, const char *subscription_id, struct err *err)
{
	struct request request = { .id = subscription_id };
	struct ews_call call = { EWS_OP_UNSUBSCRIBE, write_end, read_end, &request,
				 &request };

	return ews_call_run(conn, &call, err) &&
	       ews_conn_note(conn, &request.status, err);
}
