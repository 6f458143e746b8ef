/*
 * GetStreamingEvents: [MS-OXWSNTIF] section 3.1.4.2. The answer is a sequence of SOAP
 * documents in one HTTP body that stays open; read() is called for each of them.
 */
#include "ews/read_events.h"

struct request {
	const char *id;
	unsigned timeout_min;
	bool (*fn)(void *context, const struct ews_events *events);
	void *context;
	struct ews_events events;
	struct ews_status status;
	bool closed; /* the server ended it in time, or @fn did */
};

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_open(w, "m:SubscriptionIds");
	soap_leaf(w, "t:SubscriptionId", request->id);
	soap_close(w);
	soap_leaf_int(w, "m:ConnectionTimeout",
		      MAX_OF(1, MIN_OF(request->timeout_min, 30)));
}

static void read_message(struct soap_reader *r, struct request *request,
			 struct soap_messages *m)
{
	while (soap_message_child(r, m)) {
		int depth = soap_depth(r);

		if (soap_is(r, "Notifications")) {
			while (soap_child(r, depth))
				ews_read_notification(r, &request->events);
		} else if (soap_is(r, "ConnectionStatus")) {
			request->closed = str_eq(str_trim(soap_text(r)), STR("Closed"));
		}
	}
	request->status = m->status;
}

static bool read(struct soap_reader *r, void *context, struct err *err)
{
	struct request *request = context;
	struct soap_messages m;

	ews_events_finish(&request->events);
	soap_messages_begin(r, &m);
	while (soap_message_next(r, &m) && ews_status_ok(&request->status))
		read_message(r, request, &m);
	if (!soap_ok(r, err))
		return false;
	if (!ews_status_ok(&request->status))
		return false; /* told by ews_stream_run() */
	if (!request->fn(request->context, &request->events))
		request->closed = true;
	return !request->closed;
}

bool ews_stream_run(struct ews_conn *conn, const char *subscription_id,
		    unsigned timeout_min,
		    bool (*fn)(void *context, const struct ews_events *events),
		    void *context, struct err *err)
{
	struct request request = { .id = subscription_id,
				   .timeout_min = timeout_min,
				   .fn = fn,
				   .context = context };
	struct ews_call call = { EWS_OP_GET_STREAMING_EVENTS, write, read, &request,
				 &request };
	bool ok = ews_call_run(conn, &call, err);

	ews_events_finish(&request.events);
	if (!ok || !ews_conn_note(conn, &request.status, err))
		return false;
	if (!request.closed)
		return err_set(err, ERR_OFFLINE, "the event stream broke off");
	return true;
}
