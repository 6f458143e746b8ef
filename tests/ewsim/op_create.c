/* CreateItem, SendItem. */
#include "tests/ewsim/call.h"

#include "base/base64.h"
#include "base/mem.h"
#include "tests/ewsim/load.h"
#include "tests/ewsim/meeting.h"
#include "tests/ewsim/respond.h"

static bool kind_of(const xmlNode *e, enum sim_kind *kind_r)
{
	for (int k = 0; k < SIM_KIND_COUNT; k++)
		if (x_is(e, sim_kind_name((enum sim_kind)k))) {
			*kind_r = (enum sim_kind)k;
			return true;
		}
	return false;
}

static const char *default_folder(enum sim_kind kind, bool sending)
{
	if (kind == SIM_CALENDAR_ITEM)
		return "calendar";
	if (kind == SIM_TASK)
		return "tasks";
	if (kind == SIM_CONTACT)
		return "contacts";
	return sending ? "sentitems" : "drafts";
}

struct sim_item *create_build(struct call *c, const xmlNode *e, const char **code_r)
{
	enum sim_kind kind;
	struct sim_item *item;
	const xmlNode *zone;

	*code_r = "ErrorInvalidItemForOperationCreateItem";
	if (!kind_of(e, &kind))
		return NULL;
	item = sim_item_new(c->sim, kind);
	item->read = item->draft = kind < SIM_CALENDAR_ITEM;
	if (kind >= SIM_CALENDAR_ITEM)
		item->read = true;
	*code_r = NULL;
	/* zones come late in the schema's order, but times are read by them */
	zone = kind == SIM_CALENDAR_ITEM ? x_child(e, "StartTimeZone") : NULL;
	if (zone)
		*code_r = cal_apply(c, item, zone);
	for (const xmlNode *n = x_first(e); n && !*code_r; n = x_next(n))
		*code_r = item_set_element(c, item, n);
	if (!*code_r && kind == SIM_CALENDAR_ITEM && !item->cal)
		*code_r = "ErrorCalendarEndDateIsEarlierThanStartDate";
	if (!*code_r && item->cal && item->cal->end < item->cal->start)
		*code_r = "ErrorCalendarEndDateIsEarlierThanStartDate";
	if (!*code_r)
		cal_finish(item);
	if (!*code_r)
		return item;
	sim_item_free(item);
	return NULL;
}

static void answer(struct call *c, struct sim_item *item)
{
	call_ok(c);
	strbuf_add(&c->out, STR("<m:Items>"));
	if (item) {
		struct sim_ref ref = { item, false, 0 };

		strbuf_addf(&c->out, "<t:%s>", sim_kind_name(item->kind));
		item_id_write(&ref, "t:ItemId", &c->out);
		strbuf_addf(&c->out, "</t:%s>", sim_kind_name(item->kind));
	}
	strbuf_add(&c->out, STR("</m:Items>"));
	call_done(c);
}

static void invite(struct call *c, struct sim_item *item)
{
	struct sim_ref ref = { item, false, 0 };

	if (item->kind == SIM_CALENDAR_ITEM)
		meeting_send(c, &ref, MEETING_INVITE,
			     x_attr(c->request, "SendMeetingInvitations"));
}

/* A calendar item given as iCalendar. */
static bool from_ics(struct call *c, const xmlNode *e, struct sim_folder *folder)
{
	CLEANUP(strbuf_finish)
	struct strbuf text = STRBUF(16 << 20), ics = STRBUF(16 << 20);
	const xmlNode *mime = x_child(e, "MimeContent");
	const char *code = NULL;
	struct sim_item *item;
	size_t n = 0;

	x_content(mime, &text);
	if (!base64_decode(strbuf_str(&text), &ics, NULL) ||
	    !load_ics(folder, strbuf_str(&ics), &n, NULL) || n == 0) {
		call_error(c, "ErrorMimeContentInvalid", "No calendar.");
		return false;
	}
	item = folder->slots[folder->slot_count - 1].item;
	for (const xmlNode *p = x_next(mime); p && !code; p = x_next(p))
		code = item_set_element(c, item, p);
	invite(c, item);
	answer(c, item);
	return true;
}

void create_finish(struct call *c, struct sim_item *item, struct sim_folder *folder)
{
	struct str how = x_attr(c->request, "MessageDisposition");
	bool send = str_starts(how, STR("Send")) && item->kind < SIM_CALENDAR_ITEM;
	bool save = !send || !str_eq(how, STR("SendOnly"));
	const char *code = NULL;

	if (!folder)
		folder = sim_folder_special(c->user, default_folder(item->kind, send));
	if (!how.len && item->kind < SIM_CALENDAR_ITEM)
		code = "ErrorMessageDispositionRequired";
	if (item->kind == SIM_CALENDAR_ITEM &&
	    !x_attr(c->request, "SendMeetingInvitations").p)
		code = "ErrorSendMeetingInvitationsRequired";
	if (!code && save)
		code = folder->lacks & SIM_RIGHT_CREATE ? "ErrorCreateItemAccessDenied"
							: call_full(c);
	if (!code && send) {
		/* From is worked out from the folder's owner */
		item->folder = folder;
		code = deliver(c, item);
		item->folder = NULL;
	}
	if (code) {
		sim_item_free(item);
		call_error(c, code, "The item could not be created.");
		return;
	}
	if (!save) {
		sim_item_free(item);
		answer(c, NULL);
		return;
	}
	sim_item_put(item, folder, "CreatedEvent");
	invite(c, item);
	answer(c, send ? NULL : item);
}

static void create(struct call *c, const xmlNode *e, struct sim_folder *folder)
{
	const char *code;
	struct sim_item *item;
	enum sim_kind kind = SIM_ITEM;

	if (respond(c, e))
		return;
	(void)kind_of(e, &kind);
	if (kind == SIM_CALENDAR_ITEM && x_child(e, "MimeContent")) {
		from_ics(c, e, folder ? folder : sim_folder_special(c->user, "calendar"));
		return;
	}
	item = create_build(c, e, &code);
	if (item)
		create_finish(c, item, folder);
	else
		call_error(c, code, "The item could not be created.");
}

void op_create_item(struct call *c)
{
	const char *code;
	struct sim_folder *folder = call_target(c, "SavedItemFolderId", &code);

	call_begin(c);
	for (const xmlNode *n = x_first(x_child(c->request, "Items")); n; n = x_next(n)) {
		if (call_item_fault(c))
			continue;
		if (code)
			call_error(c, code, "The folder could not be found.");
		else
			create(c, n, folder);
	}
	call_end(c);
}

static const char *send_one(struct call *c, const xmlNode *id, struct sim_folder *folder,
			    bool save)
{
	struct sim_ref ref;
	const char *code;
	uint32_t key;

	if (!call_ref(c, id, &ref, &code))
		return code;
	if (!x_attr(id, "ChangeKey").len)
		return "ErrorChangeKeyRequiredForWriteOperations";
	if (!change_key_read(x_attr(id, "ChangeKey"), &key))
		return "ErrorInvalidChangeKey";
	if (key != ref.item->change)
		return "ErrorIrresolvableConflict";
	code = deliver(c, ref.item);
	if (code)
		return code;
	if (save)
		sim_item_move(ref.item, folder);
	else
		sim_item_drop(ref.item, "DeletedEvent");
	return NULL;
}

void op_send_item(struct call *c)
{
	bool save = x_true(x_attr(c->request, "SaveItemToFolder"));
	const char *code;
	struct sim_folder *folder = call_target(c, "SavedItemFolderId", &code);

	if (!folder && !code)
		folder = sim_folder_special(c->user, "sentitems");
	call_begin(c);
	for (const xmlNode *n = x_first(x_child(c->request, "ItemIds")); n;
	     n = x_next(n)) {
		const char *failed = code;

		if (call_item_fault(c))
			continue;
		if (!failed)
			failed = send_one(c, n, folder, save);
		if (failed) {
			call_error(c, failed, "The item could not be sent.");
			continue;
		}
		call_ok(c);
		call_done(c);
	}
	call_end(c);
}
