/* GetItem for what a message can be rebuilt from when it has no MIME. */
#include "ews/read.h"

struct request {
	const struct ews_ref *refs;
	struct ews_contents *out;
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
	"item:InReplyTo",
	"item:IsDraft",
	"item:HasAttachments",
	"item:Attachments",
	"item:Body",
	"item:TextBody",
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
	static const struct soap_shape shape = {
		.name = "m:ItemShape",
		.body_type = "Best",
		.fields = fields,
		.properties = ews_item_properties,
		.property_count = EWS_ITEM_PROPERTY_COUNT,
	};

	soap_put_shape(w, &shape);
	ews_batch_item_ids(w, request->refs, index, count);
}

static void read_child(struct soap_reader *r, struct ews_arena *arena,
		       struct ews_content *content)
{
	if (soap_is(r, "Body")) {
		content->body_is_html = str_eq(soap_attr(r, "BodyType"), STR("HTML"));
		content->body = soap_get_text(r, arena);
	} else if (soap_is(r, "TextBody")) {
		content->text = soap_get_text(r, arena);
	} else if (soap_is(r, "Attachments")) {
		ews_read_attachments(r, arena, &content->attachments,
				     &content->attachment_count);
	} else {
		ews_read_item_child(r, arena, NULL, &content->item);
	}
}

static void payload(struct soap_reader *r, void *element, void *context)
{
	struct request *request = context;
	struct ews_content *content = element;
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		content->item.type = ews_read_item_type(r);
		while (soap_child(r, depth + 1))
			read_child(r, &request->out->arena, content);
	}
}

static void init(void *element)
{
	struct ews_content *content = element;

	*content = (struct ews_content){ .item.status = content->item.status };
	ews_item_init(&content->item);
}

bool ews_item_get_content(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
			  struct ews_contents *out, struct err *err)
{
	struct request request = { refs, out };
	struct ews_batch_call call = {
		.op = EWS_OP_GET_ITEM,
		.kind = EWS_BATCH_CONTENT,
		.write = write,
		.request = &request,
		.batch = { .size = sizeof(*out->list),
			   .init = init,
			   .payload = payload,
			   .context = &request },
	};

	ews_contents_finish(out);
	out->list = ews_batch_new(&out->arena, &call.batch, count);
	out->count = count;
	return ews_batch_run(conn, &call, err);
}
