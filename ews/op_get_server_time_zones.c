/* GetServerTimeZones: [MS-OXWSGTZ] section 3.1.4.1. */
#include "ews/read.h"

struct request {
	const char *const *ids;
	size_t count;
	struct ews_tzs *out;
	struct ews_status status;
};

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_put_attr(w, "ReturnFullTimeZoneData", "true");
	if (request->count == 0)
		return;
	soap_open(w, "m:Ids");
	for (size_t i = 0; i < request->count; i++)
		soap_leaf(w, "t:Id", request->ids[i]);
	soap_close(w);
}

static bool read(struct soap_reader *r, void *context, struct err *err)
{
	struct request *request = context;
	struct ews_tzs *out = request->out;
	struct soap_messages m;

	ews_tzs_finish(out);
	soap_messages_begin(r, &m);
	if (soap_message_next(r, &m)) {
		while (soap_message_child(r, &m)) {
			int depth = soap_depth(r);

			if (!soap_is(r, "TimeZoneDefinitions"))
				continue;
			while (soap_child(r, depth)) {
				out->list = ews_arena_grow(&out->arena, out->list,
							   out->count,
							   sizeof(*out->list));
				ews_read_time_zone(r, &out->arena,
						   &out->list[out->count++]);
			}
		}
		request->status = m.status;
	}
	return soap_ok(r, err);
}

bool ews_tz_get(struct ews_conn *conn, const char *const *ids, size_t count,
		struct ews_tzs *out, struct err *err)
{
	struct request request = { .ids = ids, .count = count, .out = out };
	struct ews_call call = { EWS_OP_GET_SERVER_TIME_ZONES, write, read, &request,
				 &request };

	return ews_call_run(conn, &call, err) &&
	       ews_conn_note(conn, &request.status, err);
}
