/* GetFolder: [MS-OXWSFOLD] section 3.1.4.6. */
#include "ews/read.h"

static void write(struct soap_writer *w, const void *context, const size_t *index,
		  size_t count)
{
	const struct ews_folder_ref *refs = context;

	soap_put_folder_shape(w);
	soap_open(w, "m:FolderIds");
	for (size_t i = 0; i < count; i++)
		soap_put_folder(w, &refs[index[i]]);
	soap_close(w);
}

static void payload(struct soap_reader *r, void *element, void *context)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth))
		ews_read_folder(r, context, element);
}

bool ews_folder_get(struct ews_conn *conn, const struct ews_folder_ref *refs,
		    size_t count, struct ews_folders *out, struct err *err)
{
	struct ews_batch_call call = {
		.op = EWS_OP_GET_FOLDER,
		.kind = EWS_BATCH_READ,
		.write = write,
		.request = refs,
		.batch = { .size = sizeof(*out->list),
			   .payload = payload,
			   .context = &out->arena },
	};

	ews_folders_finish(out);
	out->list = ews_batch_new(&out->arena, &call.batch, count);
	out->count = count;
	return ews_batch_run(conn, &call, err);
}
