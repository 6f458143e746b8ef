/* MoveItem and CopyItem: [MS-OXWSCORE] sections 3.1.4.7 and 3.1.4.1. */
#include "ews/read.h"

struct request {
	const struct ews_ref *refs;
	size_t count;
	const struct ews_folder_ref *to;
	struct ews_id_results *out;
};

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_put_folder_in(w, "m:ToFolderId", request->to);
	soap_put_item_ids(w, request->refs, request->count);
	soap_leaf_bool(w, "m:ReturnNewItemIds", true);
}

static bool read(struct soap_reader *r, void *context, struct err *err)
{
	struct request *request = context;

	return ews_read_ids(r, request->out, request->count, err);
}

bool ews_item_move(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
		   const struct ews_folder_ref *to, struct ews_id_results *out,
		   struct err *err)
{
	struct request request = { refs, count, to, out };
	struct ews_call call = { EWS_OP_MOVE_ITEM, write, read, &request, &request };

	return ews_call_run(conn, &call, err);
}

bool ews_item_copy(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
		   const struct ews_folder_ref *to, struct ews_id_results *out,
		   struct err *err)
{
	struct request request = { refs, count, to, out };
	struct ews_call call = { EWS_OP_COPY_ITEM, write, read, &request, &request };

	return ews_call_run(conn, &call, err);
}
