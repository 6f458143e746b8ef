/*
 * GetItem with MimeContent, decoded while it arrives: [MS-OXWSCORE] section 3.1.4.4. No
 * message is ever whole in memory unless the caller's sink keeps it.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "ews/read.h"

struct request {
	const struct ews_ref *refs;
	const struct ews_sink *sinks;
	bool *touched; /* sinks that were written to */
	struct ews_fetched *out;
};

static void write(struct soap_writer *w, const void *context, const size_t *index,
		  size_t count)
{
	const struct request *request = context;
	static const struct soap_shape shape = { .name = "m:ItemShape", .mime = true };

	soap_put_shape(w, &shape);
	ews_batch_item_ids(w, request->refs, index, count);
}

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

static bool begin(const struct request *request, size_t at, struct err *err)
{
	const struct ews_sink *sink = &request->sinks[at];

	if (!request->touched[at]) {
		request->touched[at] = true;
		return true;
	}
	if (!sink->restart)
		return err_set(err, ERR_OFFLINE, "the connection broke in the message");
	return sink->restart(sink->context, err);
}

static void read_mime(struct soap_reader *r, const struct request *request,
		      struct ews_fetched_item *item)
{
	size_t at = (size_t)(item - request->out->list);
	struct tap tap = { .sink = &request->sinks[at] };
	struct ews_sink sink = { .write = tap_write, .context = &tap };
	struct err err = { 0 };

	if (!begin(request, at, &err) || !soap_get_base64(r, &sink, &err))
		set_fault(&item->status, &err);
	else
		item->size_bytes = tap.size_bytes;
}

static void payload(struct soap_reader *r, void *element, void *context)
{
	struct request *request = context;
	struct ews_fetched_item *item = element;
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		while (soap_child(r, depth + 1)) {
			if (soap_is(r, "ItemId"))
				ews_read_id(r, &request->out->arena, &item->id);
			else if (soap_is(r, "MimeContent"))
				read_mime(r, request, item);
		}
	}
}

static void note_missing(struct ews_fetched *out)
{
	for (size_t i = 0; i < out->count; i++) {
		struct ews_fetched_item *item = &out->list[i];

		if (!ews_status_ok(&item->status) || item->size_bytes > 0)
			continue;
		item->status.code = EWS_CODE_NO_MIME;
		err_set(&item->status.err, ERR_BROKEN, "Exchange gives no MIME for it");
	}
}

bool ews_item_fetch_mime(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
			 const struct ews_sink *sinks, struct ews_fetched *out,
			 struct err *err)
{
	struct request request = { refs, sinks, NULL, out };
	struct ews_batch_call call = {
		.op = EWS_OP_GET_ITEM,
		.kind = EWS_BATCH_CONTENT,
		.write = write,
		.request = &request,
		.batch = { .size = sizeof(*out->list),
			   .init = init,
			   .payload = payload,
			   .context = &request },
	};
	bool ok;

	ews_fetched_finish(out);
	out->list = ews_batch_new(&out->arena, &call.batch, count);
	out->count = count;
	request.touched = mem_array(count + 1, sizeof(*request.touched));
	ok = ews_batch_run(conn, &call, err);
	free(request.touched);
	if (ok)
		note_missing(out);
	return ok;
}

/* The same into memory. */
bool ews_item_get_mime(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
		       struct ews_mimes *out, struct err *err)
{
	struct ews_sink *sinks = mem_array(count + 1, sizeof(*sinks));
	struct ews_fetched fetched = { 0 };
	bool ok;

	ews_mimes_finish(out);
	out->list = ews_arena_alloc(&out->arena, count * sizeof(*out->list));
	out->count = count;
	for (size_t i = 0; i < count; i++) {
		strbuf_init(&out->list[i].mime, EWS_MIME_MAX_BYTES);
		sinks[i] = ews_sink_buffer(&out->list[i].mime);
	}
	ok = ews_item_fetch_mime(conn, refs, count, sinks, &fetched, err);
	for (size_t i = 0; i < count; i++) {
		out->list[i].status = fetched.list[i].status;
		out->list[i].id.id = ews_arena_copy(&out->arena, fetched.list[i].id.id);
		out->list[i].id.change_key = ews_arena_copy(
			&out->arena, fetched.list[i].id.change_key);
		if (!ews_status_ok(&out->list[i].status))
			strbuf_finish(&out->list[i].mime);
	}
	ews_fetched_finish(&fetched);
	free(sinks);
	return ok;
}
