/* Typed properties that are made of an item's content: MIME, bodies, attachments,
 * headers. */
#include "tests/ewsim/facts.h"

#include "base/base64.h"
#include "tests/ewsim/ids.h"
#include "tests/ewsim/xml.h"

void content_mime(struct facts *f, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf mime = STRBUF(FACTS_TEXT_MAX);

	if (f->item->broken_mime) {
		f->mime_failed = true;
		return;
	}
	if (f->item->kind == SIM_CALENDAR_ITEM)
		cal_mime(f, &mime);
	else
		sim_item_mime(f->item, &mime);
	strbuf_add(out, STR("<t:MimeContent CharacterSet=\"UTF-8\">"));
	base64_encode(strbuf_str(&mime), out);
	strbuf_add(out, STR("</t:MimeContent>"));
}

static const struct msg_part *find_text(struct facts *f, const char *type)
{
	facts_parts(f);
	for (size_t i = 0; i < f->part_count; i++)
		if (strcmp(f->parts[i].type, type) == 0 &&
		    !facts_part_is_attachment(f, i))
			return &f->parts[i];
	return NULL;
}

static void write_body(struct facts *f, const char *element, bool text_only,
		       struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(FACTS_TEXT_MAX);
	const struct msg_part *html = find_text(f, "text/html");
	const struct msg_part *plain = find_text(f, "text/plain");
	bool want_text = text_only || (f->shape && f->shape->body_type &&
				       strcmp(f->shape->body_type, "Text") == 0);
	const struct msg_part *p = want_text ? (plain ? plain : html)
					     : (html ? html : plain);

	if (!p)
		return;
	msg_part_text(p, &text);
	if (p == html && want_text) {
		CLEANUP(strbuf_finish) struct strbuf stripped = STRBUF(FACTS_TEXT_MAX);

		x_plain(&stripped, strbuf_cstr(&text));
		strbuf_reset(&text);
		strbuf_add(&text, strbuf_str(&stripped));
	}
	strbuf_addf(out, "<%s BodyType=\"%s\">", element,
		    p == html && !want_text ? "HTML" : "Text");
	x_escape(out, strbuf_str(&text));
	strbuf_addf(out, "</%s>", element);
}

void content_body(struct facts *f, struct strbuf *out)
{
	write_body(f, "t:Body", false, out);
}

void content_text_body(struct facts *f, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(FACTS_TEXT_MAX);
	const char *body = facts_stored(f, "Body");

	if (!body) {
		write_body(f, "t:TextBody", true, out);
		return;
	}
	x_plain(&text, body);
	strbuf_add(out, STR("<t:TextBody BodyType=\"Text\">"));
	x_escape(out, strbuf_str(&text));
	strbuf_add(out, STR("</t:TextBody>"));
}

static void attachment_head(const struct sim_item *item, uint64_t number,
			    const char *element, struct strbuf *out)
{
	strbuf_addf(out, "<t:%s><t:AttachmentId Id=\"", element);
	id_write((struct id){ ID_ATTACHMENT, item->id, (int64_t)number }, out);
	strbuf_add(out, STR("\"/>"));
}

void content_attachments(struct facts *f, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf list = STRBUF(FACTS_TEXT_MAX);

	facts_parts(f);
	for (size_t i = 0; i < f->part_count; i++) {
		const struct msg_part *p = &f->parts[i];

		if (!facts_part_is_attachment(f, i))
			continue;
		attachment_head(f->item, i + 1, "FileAttachment", &list);
		x_text(&list, "t:Name", str_from(p->name[0] ? p->name : "attachment"));
		x_text(&list, "t:ContentType", str_from(p->type));
		if (p->content_id[0])
			x_text(&list, "t:ContentId", str_from(p->content_id));
		x_int(&list, "t:Size", (int64_t)p->body.len);
		x_bool(&list, "t:IsInline", p->is_inline);
		strbuf_add(&list, STR("</t:FileAttachment>"));
	}
	for (size_t i = 0; i < f->item->attachment_count; i++) {
		const struct sim_attachment *a = &f->item->attachments[i];
		const char *element = a->item ? "ItemAttachment" : "FileAttachment";

		attachment_head(f->item, a->id, element, &list);
		x_text(&list, "t:Name", str_from(a->name));
		if (a->type)
			x_text(&list, "t:ContentType", str_from(a->type));
		if (a->content_id)
			x_text(&list, "t:ContentId", str_from(a->content_id));
		x_int(&list, "t:Size",
		      a->item ? sim_item_size(a->item) : (int64_t)a->content.len);
		x_bool(&list, "t:IsInline", a->is_inline);
		strbuf_addf(&list, "</t:%s>", element);
	}
	if (list.len)
		strbuf_addf(out, "<t:Attachments>%s</t:Attachments>", strbuf_cstr(&list));
}

static bool has_attachments(struct facts *f)
{
	facts_parts(f);
	for (size_t i = 0; i < f->part_count; i++)
		if (facts_part_is_attachment(f, i) && !f->parts[i].is_inline)
			return true;
	return f->item->attachment_count > 0;
}

void content_has_attachments(struct facts *f, struct strbuf *out)
{
	x_bool(out, "t:HasAttachments", has_attachments(f));
}

void content_headers(struct facts *f, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(1 << 20);
	struct str rest = facts_headers(f), name;

	if (!rest.len || f->item->draft)
		return;
	strbuf_add(out, STR("<t:InternetMessageHeaders>"));
	while (msg_header_next(&rest, &name, &v)) {
		strbuf_add(out, STR("<t:InternetMessageHeader HeaderName=\""));
		x_escape(out, name);
		strbuf_add(out, STR("\">"));
		x_escape(out, strbuf_str(&v));
		strbuf_add(out, STR("</t:InternetMessageHeader>"));
		strbuf_reset(&v);
	}
	strbuf_add(out, STR("</t:InternetMessageHeaders>"));
}

void content_preview(struct facts *f, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(FACTS_TEXT_MAX);
	const struct msg_part *p = find_text(f, "text/plain");

	if (p)
		msg_part_text(p, &text);
	if (text.len > 200)
		for (text.len = 200; text.len && (text.p[text.len] & 0xC0) == 0x80;)
			text.len--;
	x_text(out, "t:Preview", strbuf_str(&text));
}
