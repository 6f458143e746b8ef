/* DeleteItem: [MS-OXWSCORE] section 3.1.4.3. */
#include "ews/read.h"

struct request {
	const struct ews_ref *refs;
	size_t count;
	enum ews_delete how;
	struct ews_id_results *out;
};

static void write(struct soap_writer *w, const void *context)
{
	static const char *const types[] = {
		[EWS_DELETE_SOFT] = "SoftDelete",
		[EWS_DELETE_HARD] = "HardDelete",
		[EWS_DELETE_TO_TRASH] = "MoveToDeletedItems",
	};
	const struct request *request = context;

	soap_put_attr(w, "DeleteType", types[request->how]);
	soap_put_attr(w, "SendMeetingCancellations", "SendToNone");
	soap_put_attr(w, "AffectedTaskOccurrences", "AllOccurrences");
	if (w->version == SOAP_2013_SP1)
		soap_put_attr(w, "SuppressReadReceipts", "true");
	soap_put_item_ids(w, request->refs, request->count);
}

static bool read(struct soap_reader *r, void *context, struct err *err)
{
	struct request *request = context;

	return ews_read_ids(r, request->out, request->count, err);
}

bool ews_item_delete(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
		     enum ews_delete how, struct ews_id_results *out, struct err *err)
{
	struct request request = { refs, count, how, out };
	struct ews_call call = { EWS_OP_DELETE_ITEM, write, read, &request, &request };

	return ews_call_run(conn, &call, err);
}
