/*
 * Contents of several items, each into a sink of the caller's, decoded while they arrive:
 * for GetItem's MIME and for ExportItems.
 */
#include "ews/fetch.h"

#include <stdlib.h>

#include "base/mem.h"

static void init(void *element)
{
	struct ews_fetched_item *item = element;

	item->id = (struct ews_id){ 0 };
	item->size_bytes = 0;
}

static void set_fault(struct ews_status *status, const struct err *err)
{
	*status = (struct ews_status){ .err = *err };
	status->code = err->code == ERR_LIMIT	 ? EWS_CODE_TOO_LARGE
		       : err->code == ERR_SYNTAX ? EWS_CODE_NO_MIME
						 : EWS_CODE_OTHER;
}

/* Counts what goes through to the caller's sink. */
struct tap {
	const struct ews_sink *sink;
	uint64_t size_bytes;
};

static bool tap_write(void *context, struct str bytes, struct err *err)
{
	struct tap *tap = context;

	tap->size_bytes += bytes.len;
	if (tap->size_bytes > EWS_MIME_MAX_BYTES)
		return err_set(err, ERR_LIMIT, "the message is larger than %u MiB",
			       EWS_MIME_MAX_BYTES >> 20);
	return tap->sink->write(tap->sink->context, bytes, err);
}

static bool begin(const struct ews_fetch *fetch, size_t at, struct err *err)
{
	const struct ews_sink *sink = &fetch->sinks[at];

	if (!fetch->touched[at]) {
		fetch->touched[at] = true;
		return true;
	}
	if (!sink->restart)
		return err_set(err, ERR_OFFLINE, "the connection broke in the message");
	return sink->restart(sink->context, err);
}

void ews_fetch_content(struct soap_reader *r, const struct ews_fetch *fetch,
		       struct ews_fetched_item *item)
{
	size_t at = (size_t)(item - fetch->out->list);
	struct tap tap = { .sink = &fetch->sinks[at] };
	struct ews_sink sink = { .write = tap_write, .context = &tap };
	struct err err = { 0 };

	if (!begin(fetch, at, &err) || !soap_get_base64(r, &sink, &err))
		set_fault(&item->status, &err);
	else
		item->size_bytes = tap.size_bytes;
}

bool ews_fetch_run(struct ews_conn *conn, const struct ews_batch_call *what,
		   struct ews_fetch *fetch, size_t count, struct err *err)
{
	struct ews_batch_call call = *what;
	struct ews_fetched *out = fetch->out;
	bool ok;

	call.kind = EWS_BATCH_CONTENT;
	call.request = call.batch.context = fetch;
	call.batch.size = sizeof(*out->list);
	call.batch.init = init;
	ews_fetched_finish(out);
	out->list = ews_batch_new(&out->arena, &call.batch, count);
	out->count = count;
	fetch->touched = mem_array(count + 1, sizeof(*fetch->touched));
	ok = ews_batch_run(conn, &call, err);
	free(fetch->touched);
	return ok;
}
