/* CreateItem and UpdateItem of one typed item: [MS-OXWSCORE] sections 3.1.4.2, 3.1.4.9.
 */
#include "ews/prop.h"

struct request {
	const struct ews_item_new *create;
	const struct ews_item_set *update;
	struct ews_id_results *out;
};

static bool read(struct soap_reader *r, void *context, struct err *err)
{
	struct request *request = context;

	return ews_read_ids(r, request->out, 1, err);
}

static bool run(struct ews_conn *conn, enum ews_op op,
		void (*write)(struct soap_writer *w, const void *context),
		struct request *request, struct err *err)
{
	struct ews_call call = { op, write, read, request, request };

	return ews_call_run(conn, &call, err) &&
	       ews_conn_note(conn, &request->out->list[0].status, err);
}

static void write_new(struct soap_writer *w, const void *context)
{
	const struct ews_item_new *create = ((const struct request *)context)->create;

	if (create->message)
		soap_put_attr(w, "MessageDisposition", create->message);
	if (create->invitations)
		soap_put_attr(w, "SendMeetingInvitations", create->invitations);
	if (create->folder)
		soap_put_folder_in(w, "m:SavedItemFolderId", create->folder);
	soap_open(w, "m:Items");
	if (create->table)
		ews_props_write(w, create->table, create->set, create->object);
	else
		create->write(w, create->object);
	soap_close(w);
}

bool ews_item_new(struct ews_conn *conn, const struct ews_item_new *create,
		  struct ews_id_results *out, struct err *err)
{
	struct request request = { .create = create, .out = out };

	return run(conn, EWS_OP_CREATE_ITEM, write_new, &request, err);
}

void soap_put_calendar_ref(struct soap_writer *w, const struct ews_calendar_ref *ref)
{
	if (ref->instance == 0) {
		soap_put_item_id(w, "t:ItemId", &ref->item);
		return;
	}
	soap_open(w, "t:OccurrenceItemId");
	soap_put_attr(w, "RecurringMasterId", ref->item.id);
	if (ref->item.change_key)
		soap_put_attr(w, "ChangeKey", ref->item.change_key);
	soap_put_attr_int(w, "InstanceIndex", ref->instance);
	soap_close(w);
}

/* With a ChangeKey somebody else's change in between is a conflict, not lost. */
static void write_set(struct soap_writer *w, const void *context)
{
	const struct ews_item_set *update = ((const struct request *)context)->update;

	soap_put_attr(w, "ConflictResolution",
		      update->ref.item.change_key ? "NeverOverwrite" : "AlwaysOverwrite");
	soap_put_attr(w, "MessageDisposition", "SaveOnly");
	if (update->invitations)
		soap_put_attr(w, "SendMeetingInvitationsOrCancellations",
			      update->invitations);
	soap_open(w, "m:ItemChanges");
	soap_open(w, "t:ItemChange");
	soap_put_calendar_ref(w, &update->ref);
	ews_props_update(w, update->table, update->set, update->object);
	soap_close(w);
	soap_close(w);
}

bool ews_item_set(struct ews_conn *conn, const struct ews_item_set *update,
		  struct ews_id_results *out, struct err *err)
{
	struct request request = { .update = update, .out = out };

	return run(conn, update->once ? EWS_OP_UPDATE_MEETING : EWS_OP_UPDATE_ITEM,
		   write_set, &request, err);
}

bool ews_item_kept_new(struct ews_conn *conn, const struct ews_folder_ref *folder,
		       const struct ews_item_kept *kept, struct ews_id_results *out,
		       struct err *err)
{
	const struct ews_item_new create = { .folder = folder,
					     .message = "SaveOnly",
					     .table = kept->table,
					     .set = kept->set,
					     .object = kept->object };

	return ews_item_new(conn, &create, out, err);
}

bool ews_item_kept_set(struct ews_conn *conn, const struct ews_ref *ref,
		       const struct ews_item_kept *kept, struct ews_id_results *out,
		       struct err *err)
{
	const struct ews_item_set update = { .ref.item = *ref,
					     .table = kept->table,
					     .set = kept->set,
					     .object = kept->object };

	return ews_item_set(conn, &update, out, err);
}
