/* SendItem: [MS-OXWSCORE] section 3.1.4.8. */
#include "ews/read.h"

struct request {
	const struct ews_ref *draft;
	const struct ews_folder_ref *save_to;
};

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_put_attr(w, "SaveItemToFolder", request->save_to ? "true" : "false");
	soap_put_item_ids(w, request->draft, 1);
	if (request->save_to)
		soap_put_folder_in(w, "m:SavedItemFolderId", request->save_to);
}

bool ews_item_send(struct ews_conn *conn, const struct ews_ref *draft,
		   const struct ews_folder_ref *save_to, struct err *err)
{
	const struct request request = { draft, save_to };
	const struct ews_single single = { .op = EWS_OP_SEND_ITEM,
					   .write = write,
					   .request = &request };

	return ews_single_run(conn, &single, err);
}
