/* MoveItem and CopyItem: [MS-OXWSCORE] sections 3.1.4.7 and 3.1.4.1. */
#include "ews/read.h"

struct request {
	const struct ews_ref *refs;
	const struct ews_folder_ref *to;
};

static void write(struct soap_writer *w, const void *context, const size_t *index,
		  size_t count)
{
	const struct request *request = context;

	soap_put_folder_in(w, "m:ToFolderId", request->to);
	ews_batch_item_ids(w, request->refs, index, count);
	soap_leaf_bool(w, "m:ReturnNewItemIds", true);
}

static bool run(struct ews_conn *conn, enum ews_op op, const struct request *request,
		struct ews_id_results *out, size_t count, struct err *err)
{
	struct ews_batch_call call = {
		.op = op,
		.kind = EWS_BATCH_WRITE,
		.write = write,
		.request = request,
		.batch = ews_ids_batch(out, count),
	};

	return ews_batch_run(conn, &call, err);
}

bool ews_item_move(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
		   const struct ews_folder_ref *to, struct ews_id_results *out,
		   struct err *err)
{
	return run(conn, EWS_OP_MOVE_ITEM, &(struct request){ refs, to }, out, count,
		   err);
}

bool ews_item_copy(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
		   const struct ews_folder_ref *to, struct ews_id_results *out,
		   struct err *err)
{
	return run(conn, EWS_OP_COPY_ITEM, &(struct request){ refs, to }, out, count,
		   err);
}
