/*
 * Read receipts, which are never sent: that a message was read, or deleted unread, is
 * nobody's business. Since 2013 SP1 UpdateItem and DeleteItem say so themselves. Older
 * servers are asked first to forget the receipts that are wanted: [MS-OXWSCORE] section
 * 2.2.4, SuppressReadReceipt.
 */
#include "base/log.h"
#include "ews/account_state.h"
#include "ews/read.h"

void soap_put_no_receipts(struct soap_writer *w)
{
	if (w->version <= SOAP_2013_SP1)
		soap_put_attr(w, "SuppressReadReceipts", "true");
}

static void write_suppress(struct soap_writer *w, const void *context,
			   const size_t *index, size_t count)
{
	const struct ews_ref *refs = context;

	soap_put_attr(w, "MessageDisposition", "SaveOnly");
	soap_open(w, "m:Items");
	for (size_t i = 0; i < count; i++) {
		soap_open(w, "t:SuppressReadReceipt");
		soap_put_item_id(w, "t:ReferenceItemId", &refs[index[i]]);
		soap_close(w);
	}
	soap_close(w);
}

/* Most items want no receipt, which is told as an error and means nothing; what a later
 * attempt may change, does. */
static bool suppress(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
		     struct err *err)
{
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	struct ews_batch_call call = { .op = EWS_OP_CREATE_ITEM,
				       .kind = EWS_BATCH_WRITE,
				       .write = write_suppress,
				       .request = refs };

	call.batch = ews_ids_batch(&out, count);
	if (!ews_batch_run(conn, &call, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!ews_status_ok(&out.list[i].status) && out.list[i].status.retry)
			return ews_conn_note(conn, &out.list[i].status, err);
	}
	return true;
}

/* Was the request refused because it says too much for this server? */
static bool is_too_old(struct ews_conn *conn)
{
	bool proven;

	ews_account_soap_version(ews_conn_account(conn), &proven);
	return ews_conn_failed_with(conn, EWS_CODE_SERVER_VERSION) ||
	       (ews_conn_failed_with(conn, EWS_CODE_SCHEMA) && !proven);
}

bool ews_batch_run_quietly(struct ews_conn *conn, const struct ews_batch_call *call,
			   enum ews_op newer, const struct ews_ref *refs, size_t count,
			   struct err *err)
{
	struct ews_batch_call quiet = *call;

	quiet.op = newer;
	if (ews_batch_run(conn, &quiet, err))
		return true;
	return is_too_old(conn) && suppress(conn, refs, count, err) &&
	       ews_batch_run(conn, call, err);
}
