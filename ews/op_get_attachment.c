/* GetAttachment, one: [MS-OXWSATT] section 3.1.4.3. Content is decoded as it arrives. */
#include "ews/read.h"

struct request {
	const char *id;
	const struct ews_sink *sink;
	bool touched;
	struct ews_attachment_content *out;
	struct ews_status status;
};

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_open(w, "m:AttachmentShape");
	soap_leaf_bool(w, "t:IncludeMimeContent", true);
	soap_close(w);
	soap_open(w, "m:AttachmentIds");
	soap_open(w, "t:AttachmentId");
	soap_put_attr(w, "Id", request->id);
	soap_close(w);
	soap_close(w);
}

static void read_bytes(struct soap_reader *r, struct request *request)
{
	const struct ews_sink *sink = request->sink;
	struct err err;
	bool ok = true;

	if (request->touched)
		ok = sink->restart ? sink->restart(sink->context, &err)
				   : err_set(&err, ERR_OFFLINE,
					     "the connection broke in the attachment");
	request->touched = true;
	if (!ok || !soap_get_base64(r, sink, &err))
		soap_fail(r, err.code, err.text);
}

static void read_child(struct soap_reader *r, struct request *request)
{
	struct ews_attachment_content *out = request->out;
	int depth = soap_depth(r);

	if (soap_is(r, "Content")) {
		read_bytes(r, request);
	} else if (ews_read_item_type(r) != EWS_ITEM_OTHER) {
		while (soap_child(r, depth)) {
			if (soap_is(r, "MimeContent"))
				read_bytes(r, request);
			else if (soap_is(r, "Subject"))
				out->item_subject = soap_get_text(r, &out->arena);
		}
	} else {
		ews_read_attachment_child(r, &out->arena, &out->attachment);
	}
}

static void read_attachments(struct soap_reader *r, struct request *request)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (!ews_attachment_type_of(r, &request->out->attachment.type))
			continue;
		while (soap_child(r, depth + 1))
			read_child(r, request);
	}
}

static bool read(struct soap_reader *r, void *context, struct err *err)
{
	struct request *request = context;
	struct soap_messages m;

	request->out->attachment.size_bytes = -1;
	soap_messages_begin(r, &m);
	if (soap_message_next(r, &m)) {
		while (soap_message_child(r, &m)) {
			if (soap_is(r, "Attachments"))
				read_attachments(r, request);
		}
		request->status = m.status;
	}
	return soap_ok(r, err);
}

bool ews_attachment_fetch(struct ews_conn *conn, const char *attachment_id,
			  const struct ews_sink *sink, struct ews_attachment_content *out,
			  struct err *err)
{
	struct request request = { .id = attachment_id, .sink = sink, .out = out };
	struct ews_call call = { EWS_OP_GET_ATTACHMENT, write, read, &request, &request };

	ews_attachment_content_finish(out);
	return ews_call_run(conn, &call, err) &&
	       ews_conn_note(conn, &request.status, err);
}

bool ews_attachment_get(struct ews_conn *conn, const char *attachment_id,
			struct ews_attachment_content *out, struct err *err)
{
	struct strbuf content = STRBUF(EWS_MIME_MAX_BYTES);
	struct ews_sink sink = ews_sink_buffer(&content);
	bool ok = ews_attachment_fetch(conn, attachment_id, &sink, out, err);

	out->content = content;
	return ok;
}
