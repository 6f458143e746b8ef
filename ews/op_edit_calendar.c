/* Calendar items to write, meetings to answer: [MS-OXWSMTGS]. */
#include "ews/prop.h"

static const char *const create_modes[] = { "SendToNone", "SendToAllAndSaveCopy",
					    "SendToAllAndSaveCopy" };
static const char *const update_modes[] = { "SendToNone", "SendToAllAndSaveCopy",
					    "SendToChangedAndSaveCopy" };

#define AT(member) offsetof(struct ews_calendar_edit, member)

static const struct ews_prop props[] = {
	EWS_PROPS_OF_ITEM(EWS_CAL),
	EWS_PROP(EWS_CAL_REMINDER, "item", "ReminderIsSet", BOOL, AT(reminder_set), NULL),
	EWS_PROP(EWS_CAL_REMINDER_MINUTES, "item", "ReminderMinutesBeforeStart", INT,
		 AT(reminder_minutes), NULL),
	{ EWS_CAL_PROPERTIES, NULL, NULL, EWS_PROP_PROPERTIES, AT(properties), NULL },
	EWS_PROP(EWS_CAL_UID, "calendar", "UID", TEXT, AT(uid), NULL),
	EWS_PROP(EWS_CAL_START, "calendar", "Start", WHEN, AT(start), NULL),
	EWS_PROP(EWS_CAL_END, "calendar", "End", WHEN, AT(end), NULL),
	EWS_PROP(EWS_CAL_ALL_DAY, "calendar", "IsAllDayEvent", BOOL, AT(is_all_day),
		 NULL),
	EWS_PROP(EWS_CAL_BUSY, "calendar", "LegacyFreeBusyStatus", ENUM, AT(busy),
		 ews_busy_names),
	EWS_PROP(EWS_CAL_LOCATION, "calendar", "Location", TEXT, AT(location), NULL),
	EWS_PROP(EWS_CAL_RESPONSE_REQUESTED, "calendar", "IsResponseRequested", BOOL,
		 AT(response_requested), NULL),
	EWS_PROP(EWS_CAL_REQUIRED, "calendar", "RequiredAttendees", PEOPLE, AT(required),
		 NULL),
	EWS_PROP(EWS_CAL_OPTIONAL, "calendar", "OptionalAttendees", PEOPLE, AT(optional),
		 NULL),
	EWS_PROP(EWS_CAL_RESOURCES, "calendar", "Resources", PEOPLE, AT(resources), NULL),
	EWS_PROP(EWS_CAL_RECURRENCE, "calendar", "Recurrence", RECURRENCE, AT(recurrence),
		 NULL),
	EWS_PROP(EWS_CAL_ZONES, "calendar", "StartTimeZone", ZONE, AT(start_tz_id), NULL),
	EWS_PROP(EWS_CAL_ZONES, "calendar", "EndTimeZone", ZONE, AT(end_tz_id), NULL),
	EWS_PROP(EWS_CAL_NEW_TIME, "calendar", "AllowNewTimeProposal", BOOL,
		 AT(allow_new_time), NULL),
};

static const struct ews_prop_table table = { "t:CalendarItem", props, ARRAY_LEN(props) };

bool ews_calendar_create(struct ews_conn *conn, const struct ews_folder_ref *folder,
			 const struct ews_calendar_edit *edit, enum ews_notify notify,
			 struct ews_id_results *out, struct err *err)
{
	const struct ews_item_new create = { .folder = folder,
					     .invitations = create_modes[notify],
					     .table = &table,
					     .set = edit->set,
					     .object = edit };

	return ews_item_new(conn, &create, out, err);
}

bool ews_calendar_update(struct ews_conn *conn, const struct ews_calendar_ref *ref,
			 const struct ews_calendar_edit *edit, enum ews_notify notify,
			 struct ews_id_results *out, struct err *err)
{
	const struct ews_item_set update = { .ref = *ref,
					     .invitations = update_modes[notify],
					     .table = &table,
					     .set = edit->set & ~EWS_CAL_UID,
					     .object = edit,
					     .once = notify != EWS_NOTIFY_NONE };

	return ews_item_set(conn, &update, out, err);
}

/* --- Delete ------------------------------------------------------------------------ */

struct removal {
	const struct ews_calendar_ref *ref;
	enum ews_delete how;
	enum ews_notify notify;
};

static void write_delete(struct soap_writer *w, const void *context)
{
	const struct removal *removal = context;

	soap_put_attr(w, "DeleteType", ews_delete_name(removal->how));
	soap_put_attr(w, "SendMeetingCancellations", create_modes[removal->notify]);
	soap_open(w, "m:ItemIds");
	soap_put_calendar_ref(w, removal->ref);
	soap_close(w);
}

bool ews_calendar_delete(struct ews_conn *conn, const struct ews_calendar_ref *ref,
			 enum ews_delete how, enum ews_notify notify, struct err *err)
{
	const struct removal removal = { ref, how, notify };
	const struct ews_single single = { .op = EWS_OP_DELETE_ITEM,
					   .write = write_delete,
					   .request = &removal };

	return ews_single_run(conn, &single, err);
}

/* --- Answers ----------------------------------------------------------------------- */

struct answer {
	const struct ews_ref *item;
	const struct ews_reply *reply;
	const char *text;
};

static void put_time(struct soap_writer *w, const char *name, int64_t unix_s)
{
	char text[40];

	if (unix_s == EWS_TIME_NONE || w->version > SOAP_2013_SP1)
		return;
	soap_format_time(unix_s, text, sizeof(text));
	soap_leaf(w, name, text);
}

static void put_text(struct soap_writer *w, const char *name, const char *text)
{
	if (!text)
		return;
	soap_open(w, name);
	soap_put_attr(w, "BodyType", "Text");
	soap_put(w, text);
	soap_close(w);
}

static void write_reply(struct soap_writer *w, const void *object)
{
	static const char *const names[] = { "t:AcceptItem", "t:TentativelyAcceptItem",
					     "t:DeclineItem" };
	const struct answer *answer = object;
	const struct ews_reply *reply = answer->reply;

	soap_open(w, names[reply->answer]);
	put_text(w, "t:Body", reply->text);
	soap_put_item_id(w, "t:ReferenceItemId", answer->item);
	put_time(w, "t:ProposedStart", reply->proposed_start_unix);
	put_time(w, "t:ProposedEnd", reply->proposed_end_unix);
	soap_close(w);
}

static void write_cancel(struct soap_writer *w, const void *object)
{
	const struct answer *answer = object;

	soap_open(w, "t:CancelCalendarItem");
	soap_put_item_id(w, "t:ReferenceItemId", answer->item);
	put_text(w, "t:NewBodyContent", answer->text);
	soap_close(w);
}

bool ews_calendar_reply(struct ews_conn *conn, const struct ews_ref *item,
			const struct ews_reply *reply, struct err *err)
{
	const struct answer answer = { .item = item, .reply = reply };
	const struct ews_item_new create = { .message = reply->silent ? "SaveOnly"
								      : "SendAndSaveCopy",
					     .write = write_reply,
					     .object = &answer };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	return ews_item_new(conn, &create, &out, err);
}

bool ews_calendar_cancel(struct ews_conn *conn, const struct ews_ref *item,
			 const char *text, struct err *err)
{
	const struct answer answer = { .item = item, .text = text };
	const struct ews_item_new create = { .message = "SendAndSaveCopy",
					     .write = write_cancel,
					     .object = &answer };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	return ews_item_new(conn, &create, &out, err);
}
