/* Subscribe and Unsubscribe: [MS-OXWSNTIF] sections 3.1.4.3 and 3.1.4.4. */
#include "ews/read.h"

struct request {
	bool streaming;
	unsigned timeout_min;
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

static void payload(struct soap_reader *r, void *result)
{
	struct ews_subscription *out = result;

	if (soap_is(r, "SubscriptionId"))
		out->id = soap_get_text(r, &out->arena);
	else if (soap_is(r, "Watermark"))
		out->watermark = soap_get_text(r, &out->arena);
}

static bool subscribe(struct ews_conn *conn, const struct request *request,
		      struct ews_subscription *out, struct err *err)
{
	const struct ews_single single = { .op = EWS_OP_SUBSCRIBE,
					   .write = write,
					   .request = request,
					   .payload = payload,
					   .out = out,
					   .out_size = sizeof(*out) };

	if (!ews_single_run(conn, &single, err))
		return false;
	return out->id || err_set(err, ERR_BROKEN, "the server names no subscription");
}

bool ews_subscribe_streaming(struct ews_conn *conn, struct ews_subscription *out,
			     struct err *err)
{
	return subscribe(conn, &(struct request){ .streaming = true }, out, err);
}

bool ews_subscribe_pull(struct ews_conn *conn, unsigned timeout_min,
			struct ews_subscription *out, struct err *err)
{
	return subscribe(conn, &(struct request){ .timeout_min = timeout_min }, out, err);
}

static void write_end(struct soap_writer *w, const void *id)
{
	soap_leaf(w, "m:SubscriptionId", id);
}

bool ews_unsubscribe(struct ews_conn *conn, const char *subscription_id, struct err *err)
{
	const struct ews_single single = { .op = EWS_OP_UNSUBSCRIBE,
					   .write = write_end,
					   .request = subscription_id };

	return ews_single_run(conn, &single, err);
}
