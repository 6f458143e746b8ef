/* SendItem: [MS-OXWSCORE] section 3.1.4.8. */
#include "ews/read.h"

struct request {
	const struct ews_ref *draft;
	const struct ews_folder_ref *save_to;
	struct ews_status status;
};

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_put_attr(w, "SaveItemToFolder", request->save_to ? "true" : "false");
	soap_put_item_ids(w, request->draft, 1);
	if (request->save_to)
		soap_put_folder_in(w, "m:SavedItemFolderId", request->save_to);
}

static bool read(struct soap_reader *r, void *context, struct err *err)
{
	struct request *request = context;

	return ews_read_one_status(r, &request->status, err);
}

bool ews_item_send(struct ews_conn *conn, const struct ews_ref *draft,
		   const struct ews_folder_ref *save_to, struct err *err)
{
	struct request request = { .draft = draft, .save_to = save_to };
	struct ews_call call = { EWS_OP_SEND_ITEM, write, read, &request, &request };

	return ews_call_run(conn, &call, err) &&
	       ews_conn_note(conn, &request.status, err);
}
