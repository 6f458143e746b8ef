/* GetFolder: [MS-OXWSFOLD] section 3.1.4.6. */
#include "ews/read.h"

struct request {
	const struct ews_folder_ref *refs;
	size_t count;
	struct ews_folders *out;
};

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;
	static const struct soap_shape shape = {
		.name = "m:FolderShape",
		.fields = ews_folder_fields,
		.properties = ews_folder_properties,
		.property_count = EWS_FOLDER_PROPERTY_COUNT,
	};

	soap_put_shape(w, &shape);
	soap_open(w, "m:FolderIds");
	for (size_t i = 0; i < request->count; i++)
		soap_put_folder(w, &request->refs[i]);
	soap_close(w);
}

static void payload(struct soap_reader *r, void *element, void *context)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth))
		ews_read_folder(r, context, element);
}

static bool read(struct soap_reader *r, void *context, struct err *err)
{
	struct request *request = context;
	struct ews_folders *out = request->out;
	struct ews_batch batch = { .count = request->count,
				   .size = sizeof(*out->list),
				   .payload = payload,
				   .context = &out->arena };

	ews_folders_finish(out);
	out->list = ews_batch_new(&out->arena, request->count, sizeof(*out->list));
	out->count = request->count;
	batch.list = out->list;
	return ews_read_batch(r, &batch, err);
}

bool ews_folder_get(struct ews_conn *conn, const struct ews_folder_ref *refs,
		    size_t count, struct ews_folders *out, struct err *err)
{
	struct request request = { refs, count, out };
	struct ews_call call = { EWS_OP_GET_FOLDER, write, read, &request, &request };

	return ews_call_run(conn, &call, err);
}
