/* The children of a mail item's element, and attachments. */
#include "ews/read.h"

enum {
	MESSAGE_FLAGS,
	ARTICLE_NUMBER,
	SEARCH_KEY,
	LAST_VERB,
	ICON_INDEX,
	TRANSPORT_HEADERS,
	DELIVERED,
	SUBMITTED,
	HIDDEN
};

static const struct ews_property properties[] = {
	[MESSAGE_FLAGS] = { .tag = 0x0E07, .type = EWS_PROPERTY_INTEGER },
	[ARTICLE_NUMBER] = { .tag = 0x0E23, .type = EWS_PROPERTY_INTEGER },
	[SEARCH_KEY] = { .tag = 0x300B, .type = EWS_PROPERTY_BINARY },
	[LAST_VERB] = { .tag = 0x1081, .type = EWS_PROPERTY_INTEGER },
	[ICON_INDEX] = { .tag = 0x1080, .type = EWS_PROPERTY_INTEGER },
	[TRANSPORT_HEADERS] = { .tag = 0x007D, .type = EWS_PROPERTY_STRING },
	[DELIVERED] = { .tag = 0x0E06, .type = EWS_PROPERTY_TIME },
	[SUBMITTED] = { .tag = 0x0039, .type = EWS_PROPERTY_TIME },
	[HIDDEN] = { .tag = 0x10F4, .type = EWS_PROPERTY_BOOLEAN },
};

static const char *const asked[] = {
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

void soap_put_item_shape(struct soap_writer *w, const char *body_type,
			 const char *const *more, const struct ews_property *mark)
{
	struct soap_shape shape = {
		.name = "m:ItemShape",
		.body_type = body_type,
		.fields = asked,
		.more = more,
		.properties = properties,
		.property_count = ARRAY_LEN(properties),
		.mark = mark,
	};

	soap_put_shape(w, &shape);
}

#define AT(member) offsetof(struct ews_item, member)

static const char *const importances[] = { "Normal", "Low", "High", NULL };
static const char *const flags[] = { "NotFlagged", "Flagged", "Complete", NULL };

static const struct ews_field fields[] = {
	{ "ItemId", EWS_FIELD_ID, AT(id), NULL },
	{ "ParentFolderId", EWS_FIELD_ID_TEXT, AT(parent_id), NULL },
	{ "ConversationId", EWS_FIELD_ID_TEXT, AT(conversation_id), NULL },
	{ "ItemClass", EWS_FIELD_TEXT, AT(item_class), NULL },
	{ "Subject", EWS_FIELD_TEXT, AT(subject), NULL },
	{ "InternetMessageId", EWS_FIELD_TEXT, AT(message_id), NULL },
	{ "References", EWS_FIELD_TEXT, AT(references), NULL },
	{ "InReplyTo", EWS_FIELD_TEXT, AT(in_reply_to), NULL },
	{ "From", EWS_FIELD_MAILBOXES, AT(from), NULL },
	{ "Sender", EWS_FIELD_MAILBOXES, AT(sender), NULL },
	{ "ToRecipients", EWS_FIELD_MAILBOXES, AT(to), NULL },
	{ "CcRecipients", EWS_FIELD_MAILBOXES, AT(cc), NULL },
	{ "BccRecipients", EWS_FIELD_MAILBOXES, AT(bcc), NULL },
	{ "ReplyTo", EWS_FIELD_MAILBOXES, AT(reply_to), NULL },
	{ "Categories", EWS_FIELD_TEXTS, AT(categories), NULL },
	{ "Size", EWS_FIELD_INT64, AT(size_bytes), NULL },
	{ "DateTimeReceived", EWS_FIELD_TIME, AT(received_unix), NULL },
	{ "DateTimeSent", EWS_FIELD_TIME, AT(sent_unix), NULL },
	{ "DateTimeCreated", EWS_FIELD_TIME, AT(created_unix), NULL },
	{ "LastModifiedTime", EWS_FIELD_TIME, AT(modified_unix), NULL },
	{ "IsRead", EWS_FIELD_BOOL, AT(is_read), NULL },
	{ "IsDraft", EWS_FIELD_BOOL, AT(is_draft), NULL },
	{ "HasAttachments", EWS_FIELD_BOOL, AT(has_attachments), NULL },
	{ "Importance", EWS_FIELD_ENUM, AT(importance), importances },
};

void ews_item_init(struct ews_item *item)
{
	*item = (struct ews_item){ .status = item->status };
	item->size_bytes = item->message_flags = item->article_number = -1;
	item->last_verb = item->icon_index = -1;
	item->received_unix = item->sent_unix = item->created_unix = EWS_TIME_NONE;
	item->modified_unix = item->delivered_unix = item->submitted_unix = EWS_TIME_NONE;
}

static enum ews_flag_status flag_of(int64_t status)
{
	return status == 2   ? EWS_FLAG_FLAGGED
	       : status == 1 ? EWS_FLAG_COMPLETE
			     : EWS_FLAG_NONE;
}

static void read_property(struct soap_reader *r, struct ews_arena *arena,
			  const struct ews_property *mark, struct ews_item *item)
{
	struct ews_read_property property;
	size_t i = 0;

	ews_read_property(r, arena, &property);
	if (ews_property_is(&property, &soap_flag_status))
		item->flag = flag_of(ews_property_int(&property, 0));
	if (mark && ews_property_is(&property, mark)) {
		item->mark = property.value;
		return;
	}
	while (i < ARRAY_LEN(properties) && !ews_property_is(&property, &properties[i]))
		i++;
	switch (i) {
	case MESSAGE_FLAGS:
		item->message_flags = ews_property_int(&property, -1);
		break;
	case ARTICLE_NUMBER:
		item->article_number = ews_property_int(&property, -1);
		break;
	case SEARCH_KEY:
		item->search_key = property.value;
		break;
	case LAST_VERB:
		item->last_verb = ews_property_int(&property, -1);
		break;
	case ICON_INDEX:
		item->icon_index = ews_property_int(&property, -1);
		break;
	case TRANSPORT_HEADERS:
		item->transport_headers = property.value;
		break;
	case DELIVERED:
		item->delivered_unix = soap_parse_time(str_from(property.value));
		break;
	case SUBMITTED:
		item->submitted_unix = soap_parse_time(str_from(property.value));
		break;
	case HIDDEN:
		item->hidden = ews_property_bool(&property);
		break;
	}
}

void ews_read_item_child(struct soap_reader *r, struct ews_arena *arena,
			 const struct ews_property *mark, struct ews_item *item)
{
	int depth = soap_depth(r);

	if (soap_is(r, "Flag")) {
		while (soap_child(r, depth)) {
			if (soap_is(r, "FlagStatus"))
				item->flag = (enum ews_flag_status)ews_enum_value(
					str_trim(soap_text(r)), flags);
		}
	} else if (soap_is(r, "ExtendedProperty")) {
		read_property(r, arena, mark, item);
	} else {
		ews_read_field(r, arena, fields, ARRAY_LEN(fields), item);
	}
}

/* --- Attachments ------------------------------------------------------------------- */

bool ews_attachment_type_of(const struct soap_reader *r, enum ews_attachment_type *type)
{
	if (soap_is(r, "FileAttachment"))
		*type = EWS_ATTACHMENT_FILE;
	else if (soap_is(r, "ItemAttachment"))
		*type = EWS_ATTACHMENT_ITEM;
	else if (soap_is(r, "ReferenceAttachment"))
		*type = EWS_ATTACHMENT_REFERENCE;
	else
		return false;
	return true;
}

#undef AT
#define AT(member) offsetof(struct ews_attachment, member)

void ews_read_attachment_child(struct soap_reader *r, struct ews_arena *arena,
			       struct ews_attachment *attachment)
{
	static const struct ews_field table[] = {
		{ "AttachmentId", EWS_FIELD_ID_TEXT, AT(id), NULL },
		{ "Name", EWS_FIELD_TEXT, AT(name), NULL },
		{ "ContentType", EWS_FIELD_TEXT, AT(content_type), NULL },
		{ "ContentId", EWS_FIELD_TEXT, AT(content_id), NULL },
		{ "Size", EWS_FIELD_INT64, AT(size_bytes), NULL },
		{ "IsInline", EWS_FIELD_BOOL, AT(is_inline), NULL },
		{ "AttachLongPathName", EWS_FIELD_TEXT, AT(url), NULL },
	};

	ews_read_field(r, arena, table, ARRAY_LEN(table), attachment);
}

void ews_read_attachments(struct soap_reader *r, struct ews_arena *arena,
			  struct ews_attachment **list_r, size_t *count_r)
{
	int depth = soap_depth(r);
	enum ews_attachment_type type;

	while (soap_child(r, depth)) {
		struct ews_attachment *attachment;

		if (!ews_attachment_type_of(r, &type))
			continue;
		*list_r = ews_arena_grow(arena, *list_r, *count_r, sizeof(**list_r));
		attachment = &(*list_r)[(*count_r)++];
		attachment->type = type;
		attachment->size_bytes = -1;
		while (soap_child(r, depth + 1))
			ews_read_attachment_child(r, arena, attachment);
	}
}
