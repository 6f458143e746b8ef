/*
 * AcceptItem, TentativelyAcceptItem, DeclineItem, CancelCalendarItem, RemoveItem,
 * ReplyToItem, ReplyAllToItem, ForwardItem, SuppressReadReceipt.
 */
#include "tests/ewsim/respond.h"

#include "tests/ewsim/ics_out.h"
#include "tests/ewsim/meeting.h"
#include "tests/ewsim/msg.h"
#include "tests/ewsim/receipt.h"

enum { MAX_TEXT = 16 << 20 };

static bool sends(const struct call *c)
{
	struct str how = x_attr(c->request, "MessageDisposition");

	return !how.len || str_starts(how, STR("Send"));
}

/* @item: the calendar item that it was about, or NULL. */
static void answer(struct call *c, struct sim_item *item)
{
	struct sim_ref ref = { item, false, 0 };

	call_ok(c);
	strbuf_add(&c->out, STR("<m:Items>"));
	if (item) {
		strbuf_add(&c->out, STR("<t:CalendarItem>"));
		item_id_write(&ref, "t:ItemId", &c->out);
		strbuf_add(&c->out, STR("</t:CalendarItem>"));
	}
	strbuf_add(&c->out, STR("</m:Items>"));
	call_done(c);
}

static const char *answer_meeting(struct call *c, const struct sim_ref *ref,
				  const xmlNode *object)
{
	return meeting_respond(c, ref, object, sends(c));
}

static const char *cancel_meeting(struct call *c, const struct sim_ref *ref,
				  const xmlNode *object)
{
	(void)object;
	if (ref->item->kind != SIM_CALENDAR_ITEM)
		return "ErrorInvalidItemForOperationCancelItem";
	if (!meeting_has_attendees(ref->item))
		return "ErrorCalendarMeetingRequestIsOutOfDate";
	if (sends(c))
		meeting_send(c, ref, MEETING_CANCEL, STR("SendToAllAndSaveCopy"));
	if (ref->occurrence)
		occurrence_delete(ref);
	else
		sim_item_move(ref->item, sim_folder_special(c->user, "deleteditems"));
	return NULL;
}

static const char *remove_meeting(struct call *c, const struct sim_ref *ref,
				  const xmlNode *object)
{
	struct sim_item *mine = meeting_find(c->user, ref->item);
	struct sim_folder *trash = sim_folder_special(c->user, "deleteditems");

	(void)object;
	if (ref->item->kind != SIM_MEETING_CANCELLATION && ref->item != mine)
		return "ErrorInvalidItemForOperationRemoveItem";
	if (mine)
		sim_item_move(mine, trash);
	if (mine != ref->item)
		sim_item_move(ref->item, trash);
	return NULL;
}

static const char *no_receipt(struct call *c, const struct sim_ref *ref,
			      const xmlNode *object)
{
	(void)c;
	(void)object;
	return receipt_forget(ref->item) ? NULL : "ErrorReadReceiptNotPending";
}

/* "RE: " and "FW: " once. */
static void set_subject(struct sim_item *item, const struct sim_ref *ref,
			const char *prefix)
{
	CLEANUP(strbuf_finish) struct strbuf old = STRBUF(MAX_TEXT);
	CLEANUP(strbuf_finish) struct strbuf subject = STRBUF(MAX_TEXT);

	item_text(ref, "Subject", &old);
	if (!str_starts_nocase(strbuf_str(&old), str_from(prefix)))
		strbuf_add_cstr(&subject, prefix);
	strbuf_add(&subject, strbuf_str(&old));
	sim_field_text(item, "Subject", strbuf_cstr(&subject));
}

/* The new text in front of the old one. */
static void set_body(struct sim_item *item, const struct sim_ref *ref,
		     const xmlNode *object)
{
	CLEANUP(strbuf_finish) struct strbuf b = STRBUF(MAX_TEXT), old = STRBUF(MAX_TEXT);
	const xmlNode *fresh = x_child(object, "NewBodyContent");
	bool html = str_eq(x_attr(fresh, "BodyType"), STR("HTML"));
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(MAX_TEXT);

	x_content(fresh, &text);
	item_text(ref, "TextBody", &old);
	strbuf_addf(&b, "<t:Body BodyType=\"%s\">", html ? "HTML" : "Text");
	x_escape(&b, strbuf_str(&text));
	x_escape(&b,
		 html ? STR("<hr>") : STR("\r\n________________________________\r\n"));
	x_escape(&b, strbuf_str(&old));
	strbuf_add(&b, STR("</t:Body>"));
	sim_field_set(item, "Body", strbuf_cstr(&b));
}

static void recipient(struct strbuf *out, const char *address)
{
	strbuf_add(out, STR("<t:Mailbox>"));
	x_text(out, "t:EmailAddress", str_from(address));
	strbuf_add(out, STR("</t:Mailbox>"));
}

/* Addresses of a property of the original, without the caller. */
static void others(struct call *c, const struct sim_ref *ref, const char *header,
		   struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf mime = STRBUF(MAX_TEXT * 16);
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(MAX_TEXT), n = STRBUF(MAX_TEXT);
	CLEANUP(strbuf_finish) struct strbuf a = STRBUF(MAX_TEXT);
	struct str headers, body, rest;

	sim_item_mime(ref->item, &mime);
	msg_split(strbuf_str(&mime), &headers, &body);
	if (!msg_header(headers, header, &v))
		return;
	rest = strbuf_str(&v);
	while (msg_address_next(&rest, &n, &a))
		if (!str_eq_nocase(strbuf_str(&a), str_from(c->user->address)))
			recipient(out, strbuf_cstr(&a));
}

static void set_recipients(struct call *c, struct sim_item *item,
			   const struct sim_ref *ref, const xmlNode *object)
{
	CLEANUP(strbuf_finish)
	struct strbuf to = STRBUF(MAX_TEXT), xml = STRBUF(MAX_TEXT);
	bool all = x_is(object, "ReplyAllToItem");

	if (!x_is(object, "ForwardItem"))
		others(c, ref, "From", &to);
	if (all) {
		others(c, ref, "To", &to);
		others(c, ref, "Cc", &to);
	}
	if (!to.len)
		return;
	strbuf_addf(&xml, "<t:ToRecipients>%s</t:ToRecipients>", strbuf_cstr(&to));
	sim_field_set(item, "ToRecipients", strbuf_cstr(&xml));
}

/* A reply or a forward is a new message; the old one remembers. */
static void compose(struct call *c, const struct sim_ref *ref, const xmlNode *object)
{
	bool forward = x_is(object, "ForwardItem");
	struct sim_item *item = sim_item_new(c->sim, SIM_MESSAGE);
	const char *code = NULL;
	struct sim_folder *folder = call_target(c, "SavedItemFolderId", &code);

	item->read = item->draft = true;
	set_recipients(c, item, ref, object);
	set_subject(item, ref, forward ? "FW: " : "RE: ");
	set_body(item, ref, object);
	for (const xmlNode *n = x_first(object); n && !code; n = x_next(n))
		if (!x_is(n, "ReferenceItemId") && !x_is(n, "NewBodyContent"))
			code = item_set_element(c, item, n);
	if (code) {
		sim_item_free(item);
		call_error(c, code, "The response could not be made.");
		return;
	}
	if (sends(c)) {
		ref->item->last_verb = forward			     ? 104
				       : x_is(object, "ReplyToItem") ? 102
								     : 103;
		sim_item_touch(ref->item, false);
	}
	create_finish(c, item, folder);
}

bool respond(struct call *c, const xmlNode *object)
{
	static const struct {
		const char *name;
		const char *(*run)(struct call *, const struct sim_ref *,
				   const xmlNode *);
	} table[] = {
		{ "AcceptItem", answer_meeting },
		{ "TentativelyAcceptItem", answer_meeting },
		{ "DeclineItem", answer_meeting },
		{ "CancelCalendarItem", cancel_meeting },
		{ "RemoveItem", remove_meeting },
		{ "SuppressReadReceipt", no_receipt },
		{ "ReplyToItem", NULL },
		{ "ReplyAllToItem", NULL },
		{ "ForwardItem", NULL },
	};
	struct sim_item *mine;
	struct sim_ref ref;
	const char *code;
	size_t i = 0;

	while (i < ARRAY_LEN(table) && !x_is(object, table[i].name))
		i++;
	if (i == ARRAY_LEN(table))
		return false;
	if (call_ref(c, x_child(object, "ReferenceItemId"), &ref, &code)) {
		if (!table[i].run) {
			compose(c, &ref, object);
			return true;
		}
		mine = meeting_find(c->user, ref.item);
		code = table[i].run(c, &ref, object);
		if (!code) {
			answer(c, mine);
			return true;
		}
	}
	call_error(c, code, "The response is not possible.");
	return true;
}
