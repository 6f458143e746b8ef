/* SyncFolderHierarchy: [MS-OXWSSYNC] section 3.1.4.1. */
#include "ews/read.h"

struct request {
	const struct ews_folder_ref *root;
	const char *sync_state;
};

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_put_folder_shape(w);
	soap_put_folder_in(w, "m:SyncFolderId", request->root);
	if (request->sync_state)
		soap_leaf(w, "m:SyncState", request->sync_state);
}

static void read_change(struct soap_reader *r, struct ews_folder_changes *out,
			enum ews_change kind)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		struct ews_folder_change *change;

		if (!ews_is_folder(r) && !soap_is(r, "FolderId"))
			continue;
		out->list = ews_arena_grow(&out->arena, out->list, out->count,
					   sizeof(*out->list));
		change = &out->list[out->count++];
		change->change = kind;
		if (soap_is(r, "FolderId"))
			ews_read_id(r, &out->arena, &change->folder.id);
		else
			ews_read_folder(r, &out->arena, &change->folder);
	}
}

static void read_changes(struct soap_reader *r, struct ews_folder_changes *out)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (soap_is(r, "Create"))
			read_change(r, out, EWS_CREATED);
		else if (soap_is(r, "Update"))
			read_change(r, out, EWS_UPDATED);
		else if (soap_is(r, "Delete"))
			read_change(r, out, EWS_DELETED);
	}
}

static void payload(struct soap_reader *r, void *result)
{
	struct ews_folder_changes *out = result;

	if (soap_is(r, "SyncState"))
		out->sync_state = soap_get_text(r, &out->arena);
	else if (soap_is(r, "IncludesLastFolderInRange"))
		out->last = soap_get_bool(r);
	else if (soap_is(r, "Changes"))
		read_changes(r, out);
}

bool ews_folder_sync(struct ews_conn *conn, const struct ews_folder_ref *root,
		     const char *sync_state, struct ews_folder_changes *out,
		     struct err *err)
{
	const struct request request = { root, sync_state };
	const struct ews_single single = { .op = EWS_OP_SYNC_FOLDER_HIERARCHY,
					   .write = write,
					   .request = &request,
					   .payload = payload,
					   .out = out,
					   .out_size = sizeof(*out) };

	return ews_single_run(conn, &single, err);
}
