/* MarkAsJunk: [MS-OXWSMSG] section 3.1.4.8. */
#include "ews/read.h"

struct request {
	const struct ews_ref *refs;
	bool is_junk, move;
};

static void write(struct soap_writer *w, const void *context, const size_t *index,
		  size_t count)
{
	const struct request *request = context;

	soap_put_attr(w, "IsJunk", request->is_junk ? "true" : "false");
	soap_put_attr(w, "MoveItem", request->move ? "true" : "false");
	ews_batch_item_ids(w, request->refs, index, count);
}

static void payload(struct soap_reader *r, void *element, void *context)
{
	struct ews_id_result *result = element;

	if (soap_is(r, "MovedItemId"))
		ews_read_id(r, context, &result->id);
}

bool ews_item_mark_junk(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
			bool is_junk, bool move, struct ews_id_results *out,
			struct err *err)
{
	struct request request = { refs, is_junk, move };
	struct ews_batch_call call = {
		.op = EWS_OP_MARK_AS_JUNK,
		.kind = EWS_BATCH_WRITE,
		.write = write,
		.request = &request,
		.batch = ews_ids_batch(out, count),
	};

	call.batch.payload = payload;
	return ews_batch_run(conn, &call, err);
}
