/* CreateItem with MIME, saved only: [MS-OXWSCORE] section 3.1.4.2. */
#include <stdio.h>

#include "ews/read.h"

struct request {
	const struct ews_create *create;
	struct ews_id_results *out;
};

static void write_integer(struct soap_writer *w, unsigned tag, int value)
{
	char text[16];
	struct ews_property_value property = {
		.property = { .tag = tag, .type = EWS_PROPERTY_INTEGER }, .value = text
	};

	snprintf(text, sizeof(text), "%d", value);
	soap_put_property_value(w, &property);
}

static void write_time(struct soap_writer *w, unsigned tag, int64_t unix_s)
{
	char text[40];
	struct ews_property_value property = {
		.property = { .tag = tag, .type = EWS_PROPERTY_TIME }, .value = text
	};

	if (unix_s == EWS_TIME_NONE)
		return;
	soap_format_time(unix_s, text, sizeof(text));
	soap_put_property_value(w, &property);
}

static void write_properties(struct soap_writer *w, const struct ews_create *create)
{
	if (create->message_flags >= 0)
		write_integer(w, 0x0E07, create->message_flags);
	write_time(w, 0x0E06, create->delivered_unix);
	write_time(w, 0x0039, create->submitted_unix);
	if (create->flag != EWS_FLAG_NONE && !soap_has_flag(w))
		write_integer(w, soap_flag_status.tag,
			      create->flag == EWS_FLAG_FLAGGED ? 2 : 1);
	for (size_t i = 0; i < create->property_count; i++)
		soap_put_property_value(w, &create->properties[i]);
}

static void write_bcc(struct soap_writer *w, const struct ews_create *create)
{
	if (create->bcc_count == 0)
		return;
	soap_open(w, "t:BccRecipients");
	for (size_t i = 0; i < create->bcc_count; i++) {
		soap_open(w, "t:Mailbox");
		soap_leaf(w, "t:EmailAddress", create->bcc[i]);
		soap_close(w);
	}
	soap_close(w);
}

/* The order of elements is the schema's: ItemType, then MessageType. */
static void write_message(struct soap_writer *w, const struct ews_create *create)
{
	static const char *const flags[] = { "NotFlagged", "Flagged", "Complete" };
	static const char *const importances[] = { "Normal", "Low", "High" };

	struct ews_source mime = ews_source_bytes(&create->mime);

	soap_open(w, "t:Message");
	soap_open(w, "t:MimeContent");
	soap_put_attr(w, "CharacterSet", "UTF-8");
	soap_put_base64(w, create->source ? create->source : &mime);
	soap_close(w);
	if (create->category_count > 0) {
		soap_open(w, "t:Categories");
		for (size_t i = 0; i < create->category_count; i++)
			soap_leaf(w, "t:String", create->categories[i]);
		soap_close(w);
	}
	if (create->importance != EWS_IMPORTANCE_NORMAL)
		soap_leaf(w, "t:Importance", importances[create->importance]);
	write_properties(w, create);
	if (create->flag != EWS_FLAG_NONE && soap_has_flag(w)) {
		soap_open(w, "t:Flag");
		soap_leaf(w, "t:FlagStatus", flags[create->flag]);
		soap_close(w);
	}
	write_bcc(w, create);
	soap_leaf_bool(w, "t:IsRead", create->is_read);
	soap_close(w);
}

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_put_attr(w, "MessageDisposition", "SaveOnly");
	soap_put_folder_in(w, "m:SavedItemFolderId", &request->create->folder);
	soap_open(w, "m:Items");
	write_message(w, request->create);
	soap_close(w);
}

static bool read(struct soap_reader *r, void *context, struct err *err)
{
	struct request *request = context;

	return ews_read_ids(r, request->out, 1, err);
}

bool ews_item_create(struct ews_conn *conn, const struct ews_create *create,
		     struct ews_id_results *out, struct err *err)
{
	struct request request = { create, out };
	struct ews_call call = { EWS_OP_CREATE_ITEM, write, read, &request, &request };
	uint64_t size = create->source ? create->source->size_bytes : create->mime.len;

	if (size > EWS_MIME_MAX_BYTES)
		return err_set(err, ERR_LIMIT, "the message is larger than %u MiB",
			       EWS_MIME_MAX_BYTES >> 20);
	return ews_call_run(conn, &call, err) &&
	       ews_conn_note(conn, &out->list[0].status, err);
}
