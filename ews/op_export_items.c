/* ExportItems and UploadItems: [MS-OXWSBTRF] sections 3.1.4.1 and 3.1.4.2. */
#include "ews/fetch.h"

/* --- Export ------------------------------------------------------------------------ */

static void write_export(struct soap_writer *w, const void *context, const size_t *index,
			 size_t count)
{
	const struct ews_fetch *fetch = context;

	ews_batch_item_ids(w, fetch->refs, index, count);
}

static void read_export(struct soap_reader *r, void *element, void *context)
{
	const struct ews_fetch *fetch = context;
	struct ews_fetched_item *item = element;

	if (soap_is(r, "ItemId"))
		ews_read_id(r, &fetch->out->arena, &item->id);
	else if (soap_is(r, "Data"))
		ews_fetch_content(r, fetch, item);
}

bool ews_item_export(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
		     const struct ews_sink *sinks, struct ews_fetched *out,
		     struct err *err)
{
	static const struct ews_batch_call call = { .op = EWS_OP_EXPORT_ITEMS,
						    .write = write_export,
						    .batch.payload = read_export };
	struct ews_fetch fetch = { refs, sinks, out, NULL };

	return ews_fetch_run(conn, &call, &fetch, count, err);
}

/* --- Upload ------------------------------------------------------------------------ */

static void write_one(struct soap_writer *w, const struct ews_upload *upload)
{
	soap_open(w, "t:Item");
	soap_put_attr(w, "CreateAction", upload->replaces.id ? "Update" : "CreateNew");
	if (upload->is_associated)
		soap_put_attr(w, "IsAssociated", "true");
	soap_open(w, "t:ParentFolderId");
	soap_put_attr(w, "Id", upload->folder_id);
	soap_close(w);
	if (upload->replaces.id)
		soap_put_item_id(w, "t:ItemId", &upload->replaces);
	soap_open(w, "t:Data");
	soap_put_base64(w, &upload->data);
	soap_close(w);
	soap_close(w);
}

static void write_upload(struct soap_writer *w, const void *context, const size_t *index,
			 size_t count)
{
	const struct ews_upload *uploads = context;

	soap_open(w, "m:Items");
	for (size_t i = 0; i < count; i++)
		write_one(w, &uploads[index[i]]);
	soap_close(w);
}

static void read_upload(struct soap_reader *r, void *element, void *context)
{
	struct ews_id_result *result = element;

	if (soap_is(r, "ItemId"))
		ews_read_id(r, context, &result->id);
}

bool ews_item_upload(struct ews_conn *conn, const struct ews_upload *uploads,
		     size_t count, struct ews_id_results *out, struct err *err)
{
	struct ews_batch_call call = {
		.op = EWS_OP_UPLOAD_ITEMS,
		.kind = EWS_BATCH_CONTENT,
		.write = write_upload,
		.request = uploads,
		.batch = ews_ids_batch(out, count),
	};

	call.batch.payload = read_upload;
	return ews_batch_run(conn, &call, err);
}
