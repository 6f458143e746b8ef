/* GetServerTimeZones: [MS-OXWSGTZ] section 3.1.4.1. */
#include "ews/read.h"

struct request {
	const char *const *ids;
	size_t count;
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

static void payload(struct soap_reader *r, void *result)
{
	struct ews_tzs *out = result;
	int depth = soap_depth(r);

	if (!soap_is(r, "TimeZoneDefinitions"))
		return;
	while (soap_child(r, depth)) {
		out->list = ews_arena_grow(&out->arena, out->list, out->count,
					   sizeof(*out->list));
		ews_read_time_zone(r, &out->arena, &out->list[out->count++]);
	}
}

bool ews_tz_get(struct ews_conn *conn, const char *const *ids, size_t count,
		struct ews_tzs *out, struct err *err)
{
	const struct request request = { ids, count };
	const struct ews_single single = { .op = EWS_OP_GET_SERVER_TIME_ZONES,
					   .write = write,
					   .request = &request,
					   .payload = payload,
					   .out = out,
					   .out_size = sizeof(*out) };

	return ews_single_run(conn, &single, err);
}
