/* DeleteItem: [MS-OXWSCORE] section 3.1.4.3. */
#include "ews/read.h"

struct request {
	const struct ews_ref *refs;
	enum ews_delete how;
};

const char *ews_delete_name(enum ews_delete how)
{
	static const char *const types[] = {
		[EWS_DELETE_SOFT] = "SoftDelete",
		[EWS_DELETE_HARD] = "HardDelete",
		[EWS_DELETE_TO_TRASH] = "MoveToDeletedItems",
	};

	return types[how];
}

static void write(struct soap_writer *w, const void *context, const size_t *index,
		  size_t count)
{
	const struct request *request = context;

	soap_put_attr(w, "DeleteType", ews_delete_name(request->how));
	soap_put_attr(w, "SendMeetingCancellations", "SendToNone");
	soap_put_attr(w, "AffectedTaskOccurrences", "AllOccurrences");
	soap_put_no_receipts(w);
	ews_batch_item_ids(w, request->refs, index, count);
}

bool ews_item_delete(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
		     enum ews_delete how, struct ews_id_results *out, struct err *err)
{
	struct request request = { refs, how };
	struct ews_batch_call call = {
		.op = EWS_OP_DELETE_ITEM,
		.kind = EWS_BATCH_WRITE,
		.write = write,
		.request = &request,
		.batch = ews_ids_batch(out, count),
	};

	return ews_batch_run_quietly(conn, &call, EWS_OP_DELETE_QUIETLY, refs, count,
				     err);
}
