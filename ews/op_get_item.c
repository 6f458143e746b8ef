/* GetItem for the index of a mail folder: [MS-OXWSCORE] section 3.1.4.4. */
#include "ews/read.h"

struct request {
	const struct ews_ref *refs;
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
	"item:ConversationId",
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

static void write(struct soap_writer *w, const void *context, const size_t *index,
		  size_t count)
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
	ews_batch_item_ids(w, request->refs, index, count);
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

static void init(void *element)
{
	ews_item_init(element);
}

bool ews_item_get(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
		  const struct ews_property *mark, struct ews_items *out, struct err *err)
{
	struct request request = { refs, mark, out };
	struct ews_batch_call call = {
		.op = EWS_OP_GET_ITEM,
		.kind = EWS_BATCH_READ,
		.write = write,
		.request = &request,
		.batch = { .size = sizeof(*out->list),
			   .init = init,
			   .payload = payload,
			   .context = &request },
	};

	ews_items_finish(out);
	out->list = ews_batch_new(&out->arena, &call.batch, count);
	out->count = count;
	return ews_batch_run(conn, &call, err);
}
