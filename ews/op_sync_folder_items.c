/* SyncFolderItems: [MS-OXWSSYNC] section 3.1.4.2. Ids only: other properties cost the
 * server dearly here and some are silently missing. */
#include "ews/read.h"

struct request {
	const struct ews_folder_ref *folder;
	const char *sync_state;
	uint32_t max;
};

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;
	static const struct soap_shape shape = { .name = "m:ItemShape" };

	soap_put_shape(w, &shape);
	soap_put_folder_in(w, "m:SyncFolderId", request->folder);
	if (request->sync_state)
		soap_leaf(w, "m:SyncState", request->sync_state);
	soap_leaf_int(w, "m:MaxChangesReturned",
		      MAX_OF(1, MIN_OF(request->max, EWS_SYNC_MAX)));
	if (w->version < SOAP_2010)
		soap_leaf(w, "m:SyncScope", "NormalItems");
}

/* Create and Update hold an item with its id; Delete and ReadFlagChange the id. */
static void read_change(struct soap_reader *r, struct ews_arena *arena,
			struct ews_item_change *change)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (soap_is(r, "ItemId")) {
			ews_read_id(r, arena, &change->id);
		} else if (soap_is(r, "IsRead")) {
			change->is_read = soap_get_bool(r);
		} else {
			change->type = ews_read_item_type(r);
			while (soap_child(r, depth + 1)) {
				if (soap_is(r, "ItemId"))
					ews_read_id(r, arena, &change->id);
			}
		}
	}
}

static void read_changes(struct soap_reader *r, struct ews_item_changes *out)
{
	static const char *const names[] = { "Create", "Update", "Delete",
					     "ReadFlagChange", NULL };
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		struct ews_item_change *change;
		int kind = ews_enum_value(soap_name(r), names);

		if (kind == 0 && !soap_is(r, "Create"))
			continue;
		out->list = ews_arena_grow(&out->arena, out->list, out->count,
					   sizeof(*out->list));
		change = &out->list[out->count];
		change->change = (enum ews_change)kind;
		read_change(r, &out->arena, change);
		if (change->id.id)
			out->count++;
		else
			*change = (struct ews_item_change){ 0 };
	}
}

static void payload(struct soap_reader *r, void *result)
{
	struct ews_item_changes *out = result;

	if (soap_is(r, "SyncState"))
		out->sync_state = soap_get_text(r, &out->arena);
	else if (soap_is(r, "IncludesLastItemInRange"))
		out->last = soap_get_bool(r);
	else if (soap_is(r, "Changes"))
		read_changes(r, out);
}

bool ews_item_sync(struct ews_conn *conn, const struct ews_folder_ref *folder,
		   const char *sync_state, uint32_t max, struct ews_item_changes *out,
		   struct err *err)
{
	const struct request request = { folder, sync_state, max };
	const struct ews_single single = { .op = EWS_OP_SYNC_FOLDER_ITEMS,
					   .write = write,
					   .request = &request,
					   .payload = payload,
					   .out = out,
					   .out_size = sizeof(*out) };

	return ews_single_run(conn, &single, err);
}
