/* GetItem with MimeContent, decoded while it arrives: [MS-OXWSCORE] section 3.1.4.4. */
#include "ews/read.h"

struct request {
	const struct ews_ref *refs;
	size_t count;
	struct ews_mimes *out;
};

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;
	static const struct soap_shape shape = { .name = "m:ItemShape", .mime = true };

	soap_put_shape(w, &shape);
	soap_put_item_ids(w, request->refs, request->count);
}

static void set_fault(struct ews_mime *mime, const struct err *err)
{
	bool large = err->code == ERR_LIMIT;

	mime->status = (struct ews_status){ .err = *err };
	mime->status.code = large ? EWS_CODE_TOO_LARGE : EWS_CODE_NO_MIME;
	strbuf_finish(&mime->mime);
}

static void payload(struct soap_reader *r, void *element, void *context)
{
	struct request *request = context;
	struct ews_mime *mime = element;
	int depth = soap_depth(r);
	struct err err = { 0 };

	while (soap_child(r, depth)) {
		while (soap_child(r, depth + 1)) {
			if (soap_is(r, "ItemId"))
				ews_read_id(r, &request->out->arena, &mime->id);
			else if (soap_is(r, "MimeContent") &&
				 !soap_get_base64(r, &mime->mime, &err))
				set_fault(mime, &err);
		}
	}
}

static bool read(struct soap_reader *r, void *context, struct err *err)
{
	struct request *request = context;
	struct ews_mimes *out = request->out;
	struct ews_batch batch = { .count = request->count,
				   .size = sizeof(*out->list),
				   .payload = payload,
				   .context = request };

	ews_mimes_finish(out);
	out->list = ews_batch_new(&out->arena, request->count, sizeof(*out->list));
	out->count = request->count;
	for (size_t i = 0; i < out->count; i++)
		strbuf_init(&out->list[i].mime, EWS_MIME_MAX_BYTES);
	batch.list = out->list;
	if (!ews_read_batch(r, &batch, err))
		return false;
	for (size_t i = 0; i < out->count; i++) {
		struct ews_mime *mime = &out->list[i];

		if (!ews_status_ok(&mime->status) || mime->mime.len > 0)
			continue;
		mime->status.code = EWS_CODE_NO_MIME;
		err_set(&mime->status.err, ERR_BROKEN, "Exchange gives no MIME for it");
	}
	return true;
}

bool ews_item_get_mime(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
		       struct ews_mimes *out, struct err *err)
{
	struct request request = { refs, count, out };
	struct ews_call call = { EWS_OP_GET_ITEM, write, read, &request, &request };

	return ews_call_run(conn, &call, err);
}
