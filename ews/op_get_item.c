/* GetItem for the index of a mail folder: [MS-OXWSCORE] section 3.1.4.4. */
#include "ews/read.h"

struct request {
	const struct ews_ref *refs;
	size_t count;
	const struct ews_property *mark;
	struct ews_items *out;
};

static const char *const fields[] = {
	"item:ParentFolderId",
	"item:ItemClass",
	"item:Subject",
	"item:Size",
	"item:DateTimeReceived",
	"item:DateTimeSent",
	"item:DateTimeCreated",
	"item:LastModifiedTime",
	"item:Importance",
	"item:Categories",
	"item:Flag",
	"item:InReplyTo",
	"item:IsDraft",
	"item:HasAttachments",
	"message:IsRead",
	"message:InternetMessageId",
	"message:References",
	"message:From",
	"message:Sender",
	"message:ReplyTo",
	"message:ToRecipients",
	"message:CcRecipients",
	"message:BccRecipients",
	NULL,
};

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;
	struct soap_shape shape = {
		.name = "m:ItemShape",
		.fields = fields,
		.properties = ews_item_properties,
		.property_count = EWS_ITEM_PROPERTY_COUNT,
		.mark = request->mark,
	};

	soap_put_shape(w, &shape);
	soap_put_item_ids(w, request->refs, request->count);
}

static void payload(struct soap_reader *r, void *element, void *context)
{
	struct request *request = context;
	struct ews_item *item = element;
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		item->type = ews_read_item_type(r);
		while (soap_child(r, depth + 1))
			ews_read_item_child(r, &request->out->arena, request->mark, item);
	}
}

static bool read(struct soap_reader *r, void *context, struct err *err)
{
	struct request *request = context;
	struct ews_items *out = request->out;
	struct ews_batch batch = { .count = request->count,
				   .size = sizeof(*out->list),
				   .payload = payload,
				   .context = request };

	ews_items_finish(out);
	out->list = ews_batch_new(&out->arena, request->count, sizeof(*out->list));
	out->count = request->count;
	for (size_t i = 0; i < out->count; i++)
		ews_item_init(&out->list[i]);
	batch.list = out->list;
	return ews_read_batch(r, &batch, err);
}

bool ews_item_get(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
		  const struct ews_property *mark, struct ews_items *out, struct err *err)
{
	struct request request = { refs, count, mark, out };
	struct ews_call call = { EWS_OP_GET_ITEM, write, read, &request, &request };

	return ews_call_run(conn, &call, err);
}
