/* UpdateItem, DeleteItem, MoveItem, CopyItem. */
#include "tests/ewsim/call.h"

#include "base/mem.h"
#include "tests/ewsim/meeting.h"
#include "tests/ewsim/receipt.h"
#include "tests/ewsim/recur.h"

struct sim_item *occurrence_item(const struct sim *sim, const struct sim_ref *ref)
{
	struct sim_cal *cal = ref->item->cal;
	struct sim_item *x;

	if (!ref->occurrence)
		return ref->item;
	x = recur_exception(cal, ref->original);
	if (x)
		return x;
	x = sim_item_new(sim, SIM_CALENDAR_ITEM);
	x->read = true;
	x->cal = mem_alloc(sizeof(*x->cal));
	x->cal->original = x->cal->start = ref->original;
	x->cal->end = ref->original + cal->end - cal->start;
	x->cal->start_zone = mem_strdup(cal->start_zone);
	x->cal->end_zone = mem_strdup(cal->end_zone);
	x->cal->all_day = cal->all_day;
	cal->exceptions = mem_resize(cal->exceptions, cal->exception_count + 1,
				     sizeof(struct sim_item *));
	cal->exceptions[cal->exception_count++] = x;
	return x;
}

static const char *conflict(struct call *c, const xmlNode *id, const struct sim_ref *ref)
{
	struct str how = x_attr(c->request, "ConflictResolution");
	struct str text = x_attr(id, "ChangeKey");
	uint32_t key;

	if (str_eq(how, STR("AlwaysOverwrite")))
		return NULL;
	if (!text.len)
		return "ErrorChangeKeyRequired";
	if (!change_key_read(text, &key))
		return "ErrorInvalidChangeKey";
	return key == ref->item->change ? NULL : "ErrorIrresolvableConflict";
}

static const char *one_update(struct call *c, struct sim_item *item, const xmlNode *u,
			      bool *content)
{
	const xmlNode *path = x_first(u), *value = x_first(x_next(path));
	const char *code = NULL;

	*content = *content || !str_ends(x_attr(path, "FieldURI"), STR(":IsRead"));
	if (x_is(u, "DeleteItemField"))
		return item_delete_field(item, path);
	if (!value)
		return "ErrorSchemaValidation";
	if (x_is(path, "IndexedFieldURI"))
		return item_set_indexed(item, path, x_next(path));
	for (; value && !code; value = x_next(value))
		code = item_set_element(c, item, value);
	return code;
}

static bool is_organizer(const struct call *c, const struct sim_item *item)
{
	const char *organizer = sim_field_get(item, "Organizer");

	return !organizer ||
	       str_find_nocase(str_from(organizer), str_from(c->user->address)) >= 0;
}

/* Of a meeting of the caller's; @item: it, or its exception. */
static void send_updates(struct call *c, const struct sim_ref *ref, struct sim_item *item,
			 const struct sim_cal *before, struct str attendees)
{
	struct str how = x_attr(c->request, "SendMeetingInvitationsOrCancellations");

	if (!is_organizer(c, ref->item))
		return;
	meeting_dismiss(c, ref, attendees, how);
	if (!meeting_has_attendees(ref->item))
		return;
	if (item->cal->start != before->start || item->cal->end != before->end)
		ref->item->cal->sequence++;
	meeting_send(c, ref, MEETING_UPDATE, how);
}

static bool no_receipts(const struct call *c)
{
	return x_true(x_attr(c->request, "SuppressReadReceipts"));
}

static const char *update(struct call *c, const xmlNode *change, struct sim_ref *ref_r)
{
	const xmlNode *id = x_first(change), *updates = x_child(change, "Updates");
	const char *code;
	struct sim_item *item;
	struct sim_cal before = { 0 };
	CLEANUP(strbuf_finish) struct strbuf attendees = STRBUF(1 << 20);
	bool content = false, unread;

	if (!call_ref(c, id, ref_r, &code) || (code = conflict(c, id, ref_r)) != NULL ||
	    (code = call_denied(ref_r->item->folder, SIM_RIGHT_MODIFY)) != NULL)
		return code;
	if (ref_r->item->kind == SIM_CALENDAR_ITEM &&
	    !x_attr(c->request, "SendMeetingInvitationsOrCancellations").p)
		return "ErrorSendMeetingInvitationsOrCancellationsRequired";
	if (ref_r->item->kind < SIM_CALENDAR_ITEM &&
	    !x_attr(c->request, "MessageDisposition").p)
		return "ErrorMessageDispositionRequired";
	item = occurrence_item(c->sim, ref_r);
	if (item->cal) {
		before = *item->cal;
		meeting_attendees(ref_r->item, &attendees);
	}
	unread = !item->read;
	code = NULL;
	/* times are read by the zone, wherever it stands */
	for (const xmlNode *u = x_first(updates); u && !code; u = x_next(u))
		if (str_ends(x_attr(x_first(u), "FieldURI"), STR(":StartTimeZone")))
			code = one_update(c, item, u, &content);
	for (const xmlNode *u = x_first(updates); u && !code; u = x_next(u))
		code = one_update(c, item, u, &content);
	cal_finish(item);
	if (content)
		sim_item_touch(ref_r->item, false);
	if (unread && item->read && !no_receipts(c))
		receipt_send(c, item, true);
	if (!code && content && item->cal)
		send_updates(c, ref_r, item, &before, strbuf_str(&attendees));
	return code;
}

static bool sends(const struct call *c, const struct sim_ref *ref)
{
	return ref->item->kind < SIM_CALENDAR_ITEM &&
	       str_starts(x_attr(c->request, "MessageDisposition"), STR("Send"));
}

static const char *send_updated(struct call *c, const struct sim_ref *ref)
{
	struct str how = x_attr(c->request, "MessageDisposition");
	const char *code;

	code = deliver(c, ref->item);
	if (!code && str_eq(how, STR("SendOnly")))
		sim_item_drop(ref->item, "DeletedEvent");
	else if (!code)
		sim_item_move(ref->item, sim_folder_special(c->user, "sentitems"));
	return code;
}

/* @ref: NULL when the item has been sent, for it has no id then. */
static void updated(struct call *c, const struct sim_ref *ref)
{
	call_ok(c);
	strbuf_add(&c->out, STR("<m:Items>"));
	if (ref) {
		const char *kind = sim_kind_name(ref->item->kind);

		strbuf_addf(&c->out, "<t:%s>", kind);
		item_id_write(ref, "t:ItemId", &c->out);
		strbuf_addf(&c->out, "</t:%s>", kind);
	}
	strbuf_add(&c->out, STR("</m:Items><m:ConflictResults><t:Count>0</t:Count>"
				"</m:ConflictResults>"));
	call_done(c);
}

void op_update_item(struct call *c)
{
	call_begin(c);
	for (const xmlNode *n = x_first(x_child(c->request, "ItemChanges")); n;
	     n = x_next(n)) {
		struct sim_ref ref;
		const char *code;
		bool sent;

		if (call_item_fault(c))
			continue;
		sent = false;
		code = update(c, n, &ref);
		if (!code && sends(c, &ref)) {
			sent = true;
			code = send_updated(c, &ref);
		}
		if (!code) {
			updated(c, sent ? NULL : &ref);
			continue;
		}
		call_error(c, code, "The item could not be changed.");
	}
	call_end(c);
}

void occurrence_delete(const struct sim_ref *ref)
{
	struct sim_cal *cal = ref->item->cal;

	for (size_t i = 0; i < cal->exception_count; i++)
		if (cal->exceptions[i]->cal->original == ref->original) {
			sim_item_free(cal->exceptions[i]);
			cal->exceptions[i] = cal->exceptions[--cal->exception_count];
			break;
		}
	cal->deleted = mem_resize(cal->deleted, cal->deleted_count + 1, sizeof(int64_t));
	cal->deleted[cal->deleted_count++] = ref->original;
	sim_item_touch(ref->item, false);
}

static const char *delete_one(struct call *c, const xmlNode *id)
{
	struct str how = x_attr(c->request, "DeleteType");
	const char *code, *to = NULL;
	struct sim_ref ref;

	if (!call_ref(c, id, &ref, &code) ||
	    (code = call_denied(ref.item->folder, SIM_RIGHT_DELETE)) != NULL)
		return code;
	if (ref.item->kind == SIM_CALENDAR_ITEM &&
	    !x_attr(c->request, "SendMeetingCancellations").p)
		return "ErrorSendMeetingCancellationsRequired";
	if (ref.item->kind == SIM_TASK &&
	    !x_attr(c->request, "AffectedTaskOccurrences").p)
		return "ErrorAffectedTaskOccurrencesRequired";
	if (ref.item->cal && meeting_has_attendees(ref.item) && is_organizer(c, ref.item))
		meeting_send(c, &ref, MEETING_CANCEL,
			     x_attr(c->request, "SendMeetingCancellations"));
	if (ref.occurrence) {
		occurrence_delete(&ref);
		return NULL;
	}
	if (!ref.item->read && !no_receipts(c))
		receipt_send(c, ref.item, false);
	if (str_eq(how, STR("SoftDelete")))
		to = "recoverableitemsdeletions";
	else if (str_eq(how, STR("MoveToDeletedItems")))
		to = "deleteditems";
	if (to && ref.item->folder != sim_folder_special(c->user, to))
		sim_item_move(ref.item, sim_folder_special(c->user, to));
	else
		sim_item_drop(ref.item, "DeletedEvent");
	return NULL;
}

void op_delete_item(struct call *c)
{
	call_begin(c);
	for (const xmlNode *n = x_first(x_child(c->request, "ItemIds")); n;
	     n = x_next(n)) {
		const char *code;

		if (call_item_fault(c))
			continue;
		code = delete_one(c, n);
		if (code) {
			call_error(c, code, "The item could not be deleted.");
			continue;
		}
		call_ok(c);
		call_done(c);
	}
	call_end(c);
}

static const char *move_one(struct call *c, const xmlNode *id, struct sim_folder *to,
			    bool copy, struct sim_item **item_r)
{
	struct sim_ref ref;
	const char *code;

	if (!call_ref(c, id, &ref, &code))
		return code;
	if (ref.occurrence)
		return "ErrorCalendarCannotMoveOrCopyOccurrence";
	code = call_denied(to, SIM_RIGHT_CREATE);
	if (!code)
		code = copy ? call_full(c)
			    : call_denied(ref.item->folder, SIM_RIGHT_DELETE);
	if (code)
		return code;
	*item_r = ref.item;
	if (copy)
		*item_r = sim_item_copy(ref.item, to, "CopiedEvent");
	else if (ref.item->folder != to)
		sim_item_move(ref.item, to);
	else if (c->sim->settings.move_same_folder)
		return "ErrorMoveCopyFailed";
	return NULL;
}

static void move_or_copy(struct call *c, bool copy)
{
	const xmlNode *wanted = x_child(c->request, "ReturnNewItemIds");
	bool ids = wanted ? x_true(x_short(wanted)) : c->sim->settings.move_ids;
	const char *code;
	struct sim_folder *to = call_target(c, "ToFolderId", &code);

	call_begin(c);
	for (const xmlNode *n = x_first(x_child(c->request, "ItemIds")); n;
	     n = x_next(n)) {
		const char *failed = to ? NULL : "ErrorToFolderNotFound";
		struct sim_item *item = NULL;

		if (!c->item_fault_late && call_item_fault(c))
			continue;
		if (!failed)
			failed = move_one(c, n, to, copy, &item);
		if (c->item_fault_late && call_item_fault(c))
			continue;
		if (failed) {
			call_error(c, failed, "The item could not be moved or copied.");
			continue;
		}
		call_ok(c);
		strbuf_add(&c->out, STR("<m:Items>"));
		if (ids) {
			struct sim_ref ref = { item, false, 0 };

			strbuf_addf(&c->out, "<t:%s>", sim_kind_name(item->kind));
			item_id_write(&ref, "t:ItemId", &c->out);
			strbuf_addf(&c->out, "</t:%s>", sim_kind_name(item->kind));
		}
		strbuf_add(&c->out, STR("</m:Items>"));
		call_done(c);
	}
	call_end(c);
}

void op_move_item(struct call *c)
{
	move_or_copy(c, false);
}

void op_copy_item(struct call *c)
{
	move_or_copy(c, true);
}
