/*
 * The table of typed properties and how those are worked out that are not stored as
 * they were set: from the item's state, or from its message.
 */
#include "tests/ewsim/facts.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "tests/ewsim/ids.h"
#include "tests/ewsim/xml.h"

enum { TEXT_MAX = 256 << 20 };

void facts_init(struct facts *f, const struct sim_ref *ref, const struct shape *shape)
{
	memset(f, 0, offsetof(struct facts, parts));
	f->part_count = 0;
	f->ref = ref;
	f->item = ref->item;
	f->shape = shape;
	strbuf_init(&f->mime, TEXT_MAX);
	for (size_t i = 0; ref->occurrence && i < ref->item->cal->exception_count; i++)
		if (ref->item->cal->exceptions[i]->cal->original == ref->original)
			f->exception = ref->item->cal->exceptions[i];
}

void facts_finish(struct facts *f)
{
	strbuf_finish(&f->mime);
}

static bool wants_body(const struct shape *shape)
{
	return shape && !shape->find &&
	       (shape->want[field_index("Body")] ||
		shape->want[field_index("TextBody")] ||
		shape->want[field_index("Attachments")]);
}

static void load(struct facts *f)
{
	if (f->read_mime)
		return;
	f->read_mime = true;
	if (!f->item->octets && f->item->generated < 0)
		return;
	if (f->item->generated >= 0 && !wants_body(f->shape))
		sim_generate(sim_generate_short(f->item->generated), &f->mime);
	else
		sim_item_mime(f->item, &f->mime);
	msg_split(strbuf_str(&f->mime), &f->headers, &f->body);
}

struct str facts_headers(struct facts *f)
{
	load(f);
	return f->headers;
}

void facts_parts(struct facts *f)
{
	load(f);
	if (!f->read_parts && f->mime.len)
		f->part_count = msg_parts(strbuf_str(&f->mime), f->parts, FACTS_PARTS);
	f->read_parts = true;
}

/* The first text parts are the body; what has a name or is no text is an attachment. */
bool facts_part_is_attachment(const struct facts *f, size_t index)
{
	const struct msg_part *p = &f->parts[index];

	if (p->attachment || (p->name[0] && strcmp(p->type, "text/calendar") != 0))
		return true;
	return strncmp(p->type, "text/", 5) != 0;
}

const char *facts_stored(const struct facts *f, const char *element)
{
	const char *xml = f->exception ? sim_field_get(f->exception, element) : NULL;

	return xml ? xml : sim_field_get(f->item, element);
}

static bool header_text(struct facts *f, const char *name, const char *element,
			struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(1 << 20);
	bool there = msg_header_text(facts_headers(f), name, &v);

	if (there)
		x_text(out, element, strbuf_str(&v));
	return there;
}

static void w_mime(struct facts *f, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf mime = STRBUF(TEXT_MAX);

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

void item_id_write(const struct sim_ref *ref, const char *element, struct strbuf *out)
{
	struct id id = { ref->occurrence ? ID_OCCURRENCE : ID_ITEM, ref->item->id,
			 ref->occurrence ? ref->original : 0 };

	strbuf_addf(out, "<%s Id=\"", element);
	id_write(id, out);
	strbuf_add(out, STR("\" ChangeKey=\""));
	change_key_write(ref->item->kind == SIM_CALENDAR_ITEM, ref->item->change, out);
	strbuf_add(out, STR("\"/>"));
}

static void w_item_id(struct facts *f, struct strbuf *out)
{
	item_id_write(f->ref, "t:ItemId", out);
}

void folder_id_element(uint64_t id, const char *element, uint32_t change,
		       struct strbuf *out)
{
	strbuf_addf(out, "<%s Id=\"", element);
	id_write((struct id){ ID_FOLDER, id, 0 }, out);
	strbuf_add(out, STR("\" ChangeKey=\""));
	change_key_write(false, change, out);
	strbuf_add(out, STR("\"/>"));
}

void folder_id_write(const struct sim_folder *folder, const char *element,
		     struct strbuf *out)
{
	folder_id_element(folder->id, element, folder->change, out);
}

static void w_parent(struct facts *f, struct strbuf *out)
{
	folder_id_write(f->item->folder, "t:ParentFolderId", out);
}

static void w_class(struct facts *f, struct strbuf *out)
{
	static const char *const defaults[SIM_KIND_COUNT] = {
		"IPM.Note",
		"IPM.Schedule.Meeting.Request",
		"IPM.Schedule.Meeting.Resp.Pos",
		"IPM.Schedule.Meeting.Canceled",
		"IPM.Appointment",
		"IPM.Task",
		"IPM.Contact",
		"IPM.Post",
		"IPM.Note",
		"IPM.DistList",
	};

	if (f->ref->occurrence)
		x_text(out, "t:ItemClass",
		       STR("IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}"));
	else
		x_text(out, "t:ItemClass",
		       str_from(f->item->item_class ? f->item->item_class
						    : defaults[f->item->kind]));
}

static void w_subject(struct facts *f, struct strbuf *out)
{
	header_text(f, "Subject", "t:Subject", out);
}

static void w_sensitivity(struct facts *f, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(1 << 16);

	msg_header(facts_headers(f), "Sensitivity", &v);
	if (str_eq_nocase(strbuf_str(&v), STR("personal")))
		x_text(out, "t:Sensitivity", STR("Personal"));
	else if (str_eq_nocase(strbuf_str(&v), STR("private")))
		x_text(out, "t:Sensitivity", STR("Private"));
	else if (str_starts_nocase(strbuf_str(&v), STR("company")))
		x_text(out, "t:Sensitivity", STR("Confidential"));
	else
		x_text(out, "t:Sensitivity", STR("Normal"));
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
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(TEXT_MAX);
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
		CLEANUP(strbuf_finish) struct strbuf stripped = STRBUF(TEXT_MAX);

		x_plain(&stripped, strbuf_cstr(&text));
		strbuf_reset(&text);
		strbuf_add(&text, strbuf_str(&stripped));
	}
	strbuf_addf(out, "<%s BodyType=\"%s\">", element,
		    p == html && !want_text ? "HTML" : "Text");
	x_escape(out, strbuf_str(&text));
	strbuf_addf(out, "</%s>", element);
}

static void w_body(struct facts *f, struct strbuf *out)
{
	write_body(f, "t:Body", false, out);
}

static void w_text_body(struct facts *f, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(TEXT_MAX);
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

static void w_attachments(struct facts *f, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf list = STRBUF(TEXT_MAX);

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

static void w_has_attachments(struct facts *f, struct strbuf *out)
{
	x_bool(out, "t:HasAttachments", has_attachments(f));
}

static void w_received(struct facts *f, struct strbuf *out)
{
	x_time(out, "t:DateTimeReceived", f->item->received);
}

static void w_size(struct facts *f, struct strbuf *out)
{
	x_int(out, "t:Size", sim_item_size(f->item));
}

static void w_importance(struct facts *f, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(1 << 16);
	struct str level = STR("Normal");

	if (msg_header(facts_headers(f), "Importance", &v) ||
	    msg_header(facts_headers(f), "X-Priority", &v)) {
		struct str s = strbuf_str(&v);

		if (str_eq_nocase(s, STR("high")) || str_starts(s, STR("1")) ||
		    str_starts(s, STR("2")))
			level = STR("High");
		else if (str_eq_nocase(s, STR("low")) || str_starts(s, STR("4")) ||
			 str_starts(s, STR("5")))
			level = STR("Low");
	}
	x_text(out, "t:Importance", level);
}

static void w_in_reply_to(struct facts *f, struct strbuf *out)
{
	header_text(f, "In-Reply-To", "t:InReplyTo", out);
}

static void w_is_draft(struct facts *f, struct strbuf *out)
{
	x_bool(out, "t:IsDraft", f->item->draft);
}

static void w_from_me(struct facts *f, struct strbuf *out)
{
	x_bool(out, "t:IsFromMe", f->item->from_me);
}

static void w_false(const char *element, struct strbuf *out)
{
	x_bool(out, element, false);
}

static void w_submitted(struct facts *f, struct strbuf *out)
{
	w_false("t:IsSubmitted", out);
}

static void w_associated(struct facts *f, struct strbuf *out)
{
	w_false("t:IsAssociated", out);
}

static void w_headers(struct facts *f, struct strbuf *out)
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

static void w_sent(struct facts *f, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(1 << 16);
	int64_t t = f->item->sent ? f->item->sent : f->item->received;

	if (msg_header(facts_headers(f), "Date", &v))
		(void)!msg_date(strbuf_str(&v), &t);
	x_time(out, "t:DateTimeSent", t);
}

static void w_created(struct facts *f, struct strbuf *out)
{
	x_time(out, "t:DateTimeCreated", f->item->created);
}

static void w_modified(struct facts *f, struct strbuf *out)
{
	x_time(out, "t:LastModifiedTime", f->item->modified);
}

static void mailbox(struct str name, struct str address, struct strbuf *out)
{
	strbuf_add(out, STR("<t:Mailbox>"));
	x_text(out, "t:Name", name.len ? name : address);
	if (address.len)
		x_text(out, "t:EmailAddress", address);
	strbuf_add(out, STR("<t:RoutingType>SMTP</t:RoutingType>"
			    "<t:MailboxType>Mailbox</t:MailboxType></t:Mailbox>"));
}

/* From or Sender, as servers give them that do not translate the names of their own. */
static void sender(struct facts *f, struct str name, struct str address,
		   struct strbuf *out)
{
	const struct sim_folder *folder = f->item->folder;
	int64_t how = folder ? folder->user->sim->settings.senders : SENDERS_SMTP;
	bool find = f->shape && f->shape->find;
	bool ours = folder && sim_user_find(folder->user->sim, address) != NULL;
	ptrdiff_t at = str_find_char(address, '@');

	if ((how == SENDERS_SMTP || (how == SENDERS_NAMES && !find)) ||
	    (how == SENDERS_EX && !ours)) {
		mailbox(name, address, out);
		return;
	}
	strbuf_add(out, STR("<t:Mailbox>"));
	x_text(out, "t:Name", name.len ? name : address);
	if (how == SENDERS_EX)
		strbuf_addf(out,
			    "<t:EmailAddress>/O=EWSIM/OU=EXCHANGE ADMINISTRATIVE GROUP "
			    "(FYDIBOHF23SPDLT)/CN=RECIPIENTS/CN=%.*s</t:EmailAddress>"
			    "<t:RoutingType>EX</t:RoutingType>",
			    STR_FMT(str_sub(address, 0, (size_t)MAX_OF(at, 0))));
	strbuf_add(out, STR("</t:Mailbox>"));
}

static void addresses(struct facts *f, const char *header, const char *element, bool one,
		      struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(1 << 20), n = STRBUF(1 << 20);
	CLEANUP(strbuf_finish) struct strbuf a = STRBUF(1 << 20);
	struct str rest;
	bool any = false;

	if (!msg_header(facts_headers(f), header, &v))
		return;
	rest = strbuf_str(&v);
	while (!(one && any) && msg_address_next(&rest, &n, &a)) {
		if (!any)
			strbuf_addf(out, "<%s>", element);
		any = true;
		if (one)
			sender(f, strbuf_str(&n), strbuf_str(&a), out);
		else
			mailbox(strbuf_str(&n), strbuf_str(&a), out);
	}
	if (any)
		strbuf_addf(out, "</%s>", element);
}

static void display(struct facts *f, const char *header, const char *stored,
		    const char *element, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(1 << 20), n = STRBUF(1 << 20);
	CLEANUP(strbuf_finish) struct strbuf a = STRBUF(1 << 20), all = STRBUF(1 << 20);
	struct str rest;

	(void)stored;
	msg_header(facts_headers(f), header, &v);
	rest = strbuf_str(&v);
	while (msg_address_next(&rest, &n, &a)) {
		if (all.len)
			strbuf_add(&all, STR("; "));
		strbuf_add(&all, strbuf_str(n.len ? &n : &a));
	}
	x_text(out, element, strbuf_str(&all));
}

static void w_display_cc(struct facts *f, struct strbuf *out)
{
	display(f, "Cc", "CcRecipients", "t:DisplayCc", out);
}

static void w_display_to(struct facts *f, struct strbuf *out)
{
	display(f, "To", "ToRecipients", "t:DisplayTo", out);
}

static void w_from(struct facts *f, struct strbuf *out)
{
	addresses(f, "From", "t:From", true, out);
}

static void w_sender(struct facts *f, struct strbuf *out)
{
	size_t before = out->len;

	addresses(f, "Sender", "t:Sender", true, out);
	if (out->len == before)
		addresses(f, "From", "t:Sender", true, out);
}

static void w_to(struct facts *f, struct strbuf *out)
{
	if (!f->shape || !f->shape->find)
		addresses(f, "To", "t:ToRecipients", false, out);
}

static void w_cc(struct facts *f, struct strbuf *out)
{
	if (!f->shape || !f->shape->find)
		addresses(f, "Cc", "t:CcRecipients", false, out);
}

static void w_bcc(struct facts *f, struct strbuf *out)
{
	if (!f->shape || !f->shape->find)
		addresses(f, "Bcc", "t:BccRecipients", false, out);
}

static void w_reply_to(struct facts *f, struct strbuf *out)
{
	addresses(f, "Reply-To", "t:ReplyTo", false, out);
}

static void w_message_id(struct facts *f, struct strbuf *out)
{
	header_text(f, "Message-ID", "t:InternetMessageId", out);
}

static void w_references(struct facts *f, struct strbuf *out)
{
	header_text(f, "References", "t:References", out);
}

static void w_is_read(struct facts *f, struct strbuf *out)
{
	x_bool(out, "t:IsRead", f->item->read);
}

static void w_receipt(struct facts *f, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(1 << 16);

	x_bool(out, "t:IsReadReceiptRequested",
	       msg_header(facts_headers(f), "Disposition-Notification-To", &v));
}

static void w_rights(struct facts *f, struct strbuf *out)
{
	strbuf_add(
		out,
		STR("<t:EffectiveRights><t:CreateAssociated>false</t:CreateAssociated>"
		    "<t:CreateContents>false</t:CreateContents>"
		    "<t:CreateHierarchy>false</t:CreateHierarchy>"
		    "<t:Delete>true</t:Delete><t:Modify>true</t:Modify>"
		    "<t:Read>true</t:Read><t:ViewPrivateItems>true</t:ViewPrivateItems>"
		    "</t:EffectiveRights>"));
}

static void w_flag(struct facts *f, struct strbuf *out)
{
	static const char *const names[] = { "NotFlagged", "Complete", "Flagged" };

	strbuf_add(out, STR("<t:Flag>"));
	x_text(out, "t:FlagStatus", str_from(names[f->item->flag]));
	strbuf_add(out, STR("</t:Flag>"));
}

static void w_icon(struct facts *f, struct strbuf *out)
{
	const char *icon = f->item->read ? "MailRead" : "MailUnread";

	if (f->item->last_verb == 102 || f->item->last_verb == 103)
		icon = "MailReplied";
	else if (f->item->last_verb == 104)
		icon = "MailForwarded";
	x_text(out, "t:IconIndex", str_from(icon));
}

static void w_preview(struct facts *f, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(TEXT_MAX);
	const struct msg_part *p = find_text(f, "text/plain");

	if (p)
		msg_part_text(p, &text);
	if (text.len > 200)
		for (text.len = 200; text.len && (text.p[text.len] & 0xC0) == 0x80;)
			text.len--;
	x_text(out, "t:Preview", strbuf_str(&text));
}

static void w_reminder_set(struct facts *f, struct strbuf *out)
{
	w_false("t:ReminderIsSet", out);
}

static void w_extended(struct facts *f, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(TEXT_MAX);

	for (size_t i = 0; f->shape && i < f->shape->extended_count; i++) {
		const struct shape_extended *e = &f->shape->extended[i];
		bool many = strstr(e->key, "Array") != NULL;

		strbuf_reset(&v);
		if (!item_extended(f->ref, e->key, &v))
			continue;
		strbuf_addf(out, "<t:ExtendedProperty>%s%s", e->path,
			    many ? "<t:Values>" : "");
		strbuf_add(out, strbuf_str(&v));
		strbuf_addf(out, "%s</t:ExtendedProperty>", many ? "</t:Values>" : "");
	}
}

#define ALL 0xFFFFu
#define MAIL                                                                             \
	(1u << SIM_MESSAGE | 1u << SIM_MEETING_REQUEST | 1u << SIM_MEETING_RESPONSE |    \
	 1u << SIM_MEETING_CANCELLATION)
#define MEETING                                                                          \
	(1u << SIM_MEETING_REQUEST | 1u << SIM_MEETING_RESPONSE |                        \
	 1u << SIM_MEETING_CANCELLATION)
#define POST (1u << SIM_POST)
#define CAL (1u << SIM_CALENDAR_ITEM)
#define CALREQ (CAL | 1u << SIM_MEETING_REQUEST)
#define TASK (1u << SIM_TASK)
#define CONTACT (1u << SIM_CONTACT)
#define LIST (1u << SIM_DISTRIBUTION_LIST)
#define D FIELD_DEFAULT
#define RO FIELD_READONLY
#define ASK FIELD_ASKED

const struct field field_table[] = {
	{ "MimeContent", ALL, ASK, w_mime },
	{ "ItemId", ALL, D | RO, w_item_id },
	{ "ParentFolderId", ALL, RO, w_parent },
	{ "ItemClass", ALL, 0, w_class },
	{ "Subject", ALL, D, w_subject },
	{ "Sensitivity", ALL, D, w_sensitivity },
	{ "Body", ALL, D, w_body },
	{ "Attachments", ALL, D, w_attachments },
	{ "DateTimeReceived", ALL, RO, w_received },
	{ "Size", ALL, D | RO, w_size },
	{ "Categories", ALL, 0, NULL },
	{ "Importance", ALL, 0, w_importance },
	{ "InReplyTo", ALL, 0, w_in_reply_to },
	{ "IsSubmitted", ALL, RO, w_submitted },
	{ "IsDraft", ALL, RO, w_is_draft },
	{ "IsFromMe", ALL, RO, w_from_me },
	{ "InternetMessageHeaders", ALL, RO, w_headers },
	{ "DateTimeSent", ALL, D | RO, w_sent },
	{ "DateTimeCreated", ALL, D | RO, w_created },
	{ "ReminderDueBy", ALL, 0, cal_reminder_due },
	{ "ReminderIsSet", ALL, 0, w_reminder_set },
	{ "ReminderMinutesBeforeStart", ALL, 0, NULL },
	{ "DisplayCc", ALL, RO, w_display_cc },
	{ "DisplayTo", ALL, RO, w_display_to },
	{ "HasAttachments", ALL, D | RO, w_has_attachments },
	{ "ExtendedProperty", ALL, 0, w_extended },
	{ "Culture", ALL, 0, NULL },
	{ "EffectiveRights", ALL, RO, w_rights },
	{ "LastModifiedTime", ALL, RO, w_modified },
	{ "IsAssociated", ALL, RO, w_associated },
	{ "ConversationId", ALL, RO, conversation_id },
	{ "Flag", ALL, 0, w_flag },
	{ "Preview", ALL, RO | ASK, w_preview },
	{ "TextBody", ALL, ASK, w_text_body },
	{ "IconIndex", ALL, RO, w_icon },

	{ "Sender", MAIL, 0, w_sender },
	{ "ToRecipients", MAIL, D, w_to },
	{ "CcRecipients", MAIL, D, w_cc },
	{ "BccRecipients", MAIL, D, w_bcc },
	{ "IsReadReceiptRequested", MAIL, D, w_receipt },
	{ "IsDeliveryReceiptRequested", MAIL, D, NULL },
	{ "ConversationIndex", MAIL | POST, 0, NULL },
	{ "ConversationTopic", MAIL | POST, 0, conversation_topic },
	{ "From", MAIL | POST, D, w_from },
	{ "InternetMessageId", MAIL | POST, D, w_message_id },
	{ "IsRead", MAIL | POST, D, w_is_read },
	{ "IsResponseRequested", MAIL, 0, NULL },
	{ "References", MAIL | POST, 0, w_references },
	{ "ReplyTo", MAIL, 0, w_reply_to },
	{ "ReceivedBy", MAIL, 0, NULL },
	{ "ReceivedRepresenting", MAIL, 0, NULL },

	{ "AssociatedCalendarItemId", MEETING, RO, cal_associated },
	{ "IsDelegated", MEETING, RO, NULL },
	{ "IsOutOfDate", MEETING, RO, NULL },
	{ "HasBeenProcessed", MEETING, 0, NULL },
	{ "ResponseType", MEETING, 0, NULL },
	{ "UID", MEETING, 0, NULL },
	{ "MeetingRequestType", 1u << SIM_MEETING_REQUEST, 0, NULL },
	{ "IntendedFreeBusyStatus", 1u << SIM_MEETING_REQUEST, 0, NULL },

	{ "UID", CAL, 0, cal_uid },
	{ "DateTimeStamp", CAL, RO, cal_stamp },
	{ "Start", CAL | MEETING, D, cal_start },
	{ "End", CAL | MEETING, D, cal_end },
	{ "OriginalStart", CALREQ, RO, cal_original },
	{ "IsAllDayEvent", CALREQ, D, cal_all_day },
	{ "LegacyFreeBusyStatus", CALREQ, D, cal_busy },
	{ "Location", CAL | MEETING, D, NULL },
	{ "When", CALREQ, 0, NULL },
	{ "IsMeeting", CALREQ, RO, cal_is_meeting },
	{ "IsCancelled", CALREQ, RO, cal_cancelled },
	{ "IsRecurring", CALREQ, RO, cal_recurring },
	{ "MeetingRequestWasSent", CALREQ, RO, cal_request_sent },
	{ "IsResponseRequested", CAL, 0, NULL },
	{ "CalendarItemType", CALREQ, D | RO, cal_type },
	{ "MyResponseType", CALREQ, D | RO, cal_my_response },
	{ "Organizer", CALREQ, D | RO, cal_organizer },
	{ "RequiredAttendees", CALREQ, 0, NULL },
	{ "OptionalAttendees", CALREQ, 0, NULL },
	{ "Resources", CALREQ, 0, NULL },
	{ "Duration", CALREQ, RO, cal_duration },
	{ "TimeZone", CALREQ, RO, cal_zone_text },
	{ "AppointmentReplyTime", CALREQ, RO, NULL },
	{ "AppointmentSequenceNumber", CALREQ, RO, cal_sequence },
	{ "AppointmentState", CALREQ, RO, cal_state },
	{ "Recurrence", CALREQ, 0, cal_recurrence },
	{ "FirstOccurrence", CALREQ, RO, cal_first },
	{ "LastOccurrence", CALREQ, RO, cal_last },
	{ "ModifiedOccurrences", CALREQ, RO, cal_modified },
	{ "DeletedOccurrences", CALREQ, RO, cal_deleted },
	{ "StartTimeZone", CALREQ, 0, cal_start_zone },
	{ "EndTimeZone", CALREQ, 0, cal_end_zone },
	{ "ConferenceType", CALREQ, 0, NULL },
	{ "AllowNewTimeProposal", CALREQ, 0, NULL },
	{ "IsOnlineMeeting", CALREQ, 0, NULL },
	{ "MeetingWorkspaceUrl", CALREQ, 0, NULL },
	{ "NetShowUrl", CALREQ, 0, NULL },
	{ "StartTimeZoneId", CALREQ, RO, cal_start_zone_id },
	{ "EndTimeZoneId", CALREQ, RO, cal_end_zone_id },
	{ "IsOrganizer", CAL, RO, cal_is_organizer },

	{ "ActualWork", TASK, 0, NULL },
	{ "AssignedTime", TASK, RO, NULL },
	{ "BillingInformation", TASK, 0, NULL },
	{ "ChangeCount", TASK, RO, NULL },
	{ "Companies", TASK, 0, NULL },
	{ "CompleteDate", TASK, 0, NULL },
	{ "Contacts", TASK, 0, NULL },
	{ "DelegationState", TASK, RO, NULL },
	{ "Delegator", TASK, RO, NULL },
	{ "DueDate", TASK, D, NULL },
	{ "IsComplete", TASK, RO, NULL },
	{ "Mileage", TASK, 0, NULL },
	{ "Owner", TASK, RO, NULL },
	{ "PercentComplete", TASK, D, NULL },
	{ "Recurrence", TASK, 0, NULL },
	{ "StartDate", TASK, D, NULL },
	{ "Status", TASK, D, NULL },
	{ "StatusDescription", TASK, RO, NULL },
	{ "TotalWork", TASK, 0, NULL },

	{ "FileAs", CONTACT, D, NULL },
	{ "FileAsMapping", CONTACT, 0, NULL },
	{ "DisplayName", CONTACT, D, NULL },
	{ "GivenName", CONTACT, D, NULL },
	{ "Initials", CONTACT, 0, NULL },
	{ "MiddleName", CONTACT, 0, NULL },
	{ "Nickname", CONTACT, 0, NULL },
	{ "CompanyName", CONTACT, D, NULL },
	{ "EmailAddresses", CONTACT, D, NULL },
	{ "PhysicalAddresses", CONTACT, D, NULL },
	{ "PhoneNumbers", CONTACT, D, NULL },
	{ "AssistantName", CONTACT, 0, NULL },
	{ "Birthday", CONTACT, 0, NULL },
	{ "BusinessHomePage", CONTACT, 0, NULL },
	{ "Children", CONTACT, 0, NULL },
	{ "Companies", CONTACT, 0, NULL },
	{ "Department", CONTACT, 0, NULL },
	{ "Generation", CONTACT, 0, NULL },
	{ "ImAddresses", CONTACT, 0, NULL },
	{ "JobTitle", CONTACT, D, NULL },
	{ "Manager", CONTACT, 0, NULL },
	{ "Mileage", CONTACT, 0, NULL },
	{ "OfficeLocation", CONTACT, 0, NULL },
	{ "PostalAddressIndex", CONTACT, 0, NULL },
	{ "Profession", CONTACT, 0, NULL },
	{ "SpouseName", CONTACT, 0, NULL },
	{ "Surname", CONTACT, D, NULL },
	{ "WeddingAnniversary", CONTACT, 0, NULL },
	{ "HasPicture", CONTACT, RO, NULL },

	{ "DisplayName", LIST, D, NULL },
	{ "FileAs", LIST, D, NULL },
	{ "Members", LIST, 0, NULL },
};

const size_t field_count = ARRAY_LEN(field_table);
_Static_assert(ARRAY_LEN(field_table) <= SHAPE_MAX_FIELDS, "wider shape");

int field_index(const char *element)
{
	for (size_t i = 0; i < field_count; i++)
		if (strcmp(field_table[i].element, element) == 0)
			return (int)i;
	return -1;
}
