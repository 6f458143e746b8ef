/* CreateAttachment and DeleteAttachment: [MS-OXWSATT] sections 3.1.4.1 and 3.1.4.2. */
#include "ews/read.h"

struct request {
	const struct ews_ref *parent;
	const struct ews_new_attachment *list;
	size_t count;
	struct ews_id_results *out;
};

static void leaf(struct soap_writer *w, const char *name, const char *text)
{
	if (text)
		soap_leaf(w, name, text);
}

static void write_one(struct soap_writer *w, const struct ews_new_attachment *attachment)
{
	soap_open(w, "t:FileAttachment");
	leaf(w, "t:Name", attachment->name);
	leaf(w, "t:ContentType", attachment->content_type);
	leaf(w, "t:ContentId", attachment->content_id);
	if (attachment->is_inline)
		soap_leaf_bool(w, "t:IsInline", true);
	if (attachment->is_contact_photo)
		soap_leaf_bool(w, "t:IsContactPhoto", true);
	soap_open(w, "t:Content");
	soap_put_base64(w, &attachment->content);
	soap_close(w);
	soap_close(w);
}

static void write_create(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_put_item_id(w, "m:ParentItemId", request->parent);
	soap_open(w, "m:Attachments");
	for (size_t i = 0; i < request->count; i++)
		write_one(w, &request->list[i]);
	soap_close(w);
}

/* Attachments/FileAttachment/AttachmentId, which names the item's new ChangeKey too. */
static void payload_create(struct soap_reader *r, void *element, void *context)
{
	struct ews_id_result *result = element;
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		while (soap_child(r, depth + 1)) {
			if (!soap_is(r, "AttachmentId"))
				continue;
			result->id.id = soap_get_attr(r, "Id", context);
			result->id.change_key = soap_get_attr(r, "RootItemChangeKey",
							      context);
		}
	}
}

static bool read_create(struct soap_reader *r, void *context, struct err *err)
{
	struct request *request = context;
	struct ews_batch batch = ews_ids_batch(request->out, request->count);

	batch.payload = payload_create;
	return ews_read_batch(r, &batch, err);
}

bool ews_attachment_create(struct ews_conn *conn, const struct ews_ref *parent,
			   const struct ews_new_attachment *list, size_t count,
			   struct ews_id_results *out, struct err *err)
{
	struct request request = { parent, list, count, out };
	struct ews_call call = { EWS_OP_CREATE_ATTACHMENT, write_create, read_create,
				 &request, &request };

	return ews_call_run(conn, &call, err);
}

static void write_delete(struct soap_writer *w, const void *context, const size_t *index,
			 size_t count)
{
	const char *const *ids = context;

	soap_open(w, "m:AttachmentIds");
	for (size_t i = 0; i < count; i++) {
		soap_open(w, "t:AttachmentId");
		soap_put_attr(w, "Id", ids[index[i]]);
		soap_close(w);
	}
	soap_close(w);
}

static void payload_delete(struct soap_reader *r, void *element, void *context)
{
	struct ews_id_result *result = element;

	if (!soap_is(r, "RootItemId"))
		return;
	result->id.id = soap_get_attr(r, "RootItemId", context);
	result->id.change_key = soap_get_attr(r, "RootItemChangeKey", context);
}

bool ews_attachment_delete(struct ews_conn *conn, const char *const *ids, size_t count,
			   struct ews_id_results *out, struct err *err)
{
	struct ews_batch_call call = {
		.op = EWS_OP_DELETE_ATTACHMENT,
		.kind = EWS_BATCH_WRITE,
		.write = write_delete,
		.request = ids,
		.batch = ews_ids_batch(out, count),
	};

	call.batch.payload = payload_delete;
	return ews_batch_run(conn, &call, err);
}
