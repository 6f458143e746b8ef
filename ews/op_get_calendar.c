/* GetItem for calendar items: [MS-OXWSMTGS] section 2.2.4, CalendarItemType. */
#include "base/base64.h"
#include "base/num.h"
#include "ews/get_item.h"

#define BLOB_MAX (1024u * 1024)

static const char *const fields[] = {
	"item:ParentFolderId",
	"item:ItemClass",
	"item:Subject",
	"item:Sensitivity",
	"item:Body",
	"item:TextBody",
	"item:Attachments",
	"item:HasAttachments",
	"item:Categories",
	"item:Importance",
	"item:DateTimeCreated",
	"item:LastModifiedTime",
	"item:ReminderDueBy",
	"item:ReminderIsSet",
	"item:ReminderNextTime",
	"item:ReminderMinutesBeforeStart",
	"item:EffectiveRights",
	"calendar:UID",
	"calendar:DateTimeStamp",
	"calendar:Start",
	"calendar:End",
	"calendar:OriginalStart",
	"calendar:IsAllDayEvent",
	"calendar:LegacyFreeBusyStatus",
	"calendar:Location",
	"calendar:EnhancedLocation",
	"calendar:IsMeeting",
	"calendar:IsCancelled",
	"calendar:IsRecurring",
	"calendar:IsOrganizer",
	"calendar:MeetingRequestWasSent",
	"calendar:IsResponseRequested",
	"calendar:CalendarItemType",
	"calendar:MyResponseType",
	"calendar:Organizer",
	"calendar:RequiredAttendees",
	"calendar:OptionalAttendees",
	"calendar:Resources",
	"calendar:AppointmentReplyTime",
	"calendar:AppointmentSequenceNumber",
	"calendar:AppointmentState",
	"calendar:Recurrence",
	"calendar:FirstOccurrence",
	"calendar:LastOccurrence",
	"calendar:ModifiedOccurrences",
	"calendar:DeletedOccurrences",
	"calendar:StartTimeZone",
	"calendar:EndTimeZone",
	"calendar:StartTimeZoneId",
	"calendar:EndTimeZoneId",
	"calendar:AllowNewTimeProposal",
	"calendar:IsOnlineMeeting",
	"calendar:JoinOnlineMeetingUrl",
	NULL,
};

enum { RECUR, TZ_START, TZ_END, TZ_RECUR, GLOBAL_ID, CLEAN_GLOBAL_ID, BLOB_COUNT };

static const struct ews_property blobs[BLOB_COUNT] = {
	[RECUR] = { .set = EWS_SET_APPOINTMENT,
		    .id = 0x8216,
		    .type = EWS_PROPERTY_BINARY },
	[TZ_START] = { .set = EWS_SET_APPOINTMENT,
		       .id = 0x825E,
		       .type = EWS_PROPERTY_BINARY },
	[TZ_END] = { .set = EWS_SET_APPOINTMENT,
		     .id = 0x825F,
		     .type = EWS_PROPERTY_BINARY },
	[TZ_RECUR] = { .set = EWS_SET_APPOINTMENT,
		       .id = 0x8260,
		       .type = EWS_PROPERTY_BINARY },
	[GLOBAL_ID] = { .set = EWS_SET_MEETING, .id = 3, .type = EWS_PROPERTY_BINARY },
	[CLEAN_GLOBAL_ID] = { .set = EWS_SET_MEETING,
			      .id = 0x23,
			      .type = EWS_PROPERTY_BINARY },
};

static void put_shape(struct soap_writer *w, const struct ews_property *mark)
{
	struct soap_shape shape = {
		.name = "m:ItemShape",
		.body_type = "Best",
		.fields = fields,
		.properties = blobs,
		.property_count = BLOB_COUNT,
		.mark = mark,
	};

	soap_put_shape(w, &shape);
}

/* --- Plain fields ------------------------------------------------------------------ */

#define AT(member) offsetof(struct ews_calendar_item, member)

const char *const ews_calendar_type_names[] = { "Single", "Occurrence", "Exception",
						"RecurringMaster", NULL };
const char *const ews_busy_names[] = { "",	 "Free", "Tentative",
				       "Busy",	 "OOF",	 "WorkingElsewhere",
				       "NoData", NULL };
static const char *const sensitivities[] = { "Normal", "Personal", "Private",
					     "Confidential", NULL };
static const char *const importances[] = { "Normal", "Low", "High", NULL };
static const char *const responses[] = { "Unknown", "Organizer", "Tentative",
					 "Accept",  "Decline",	 "NoResponseReceived",
					 NULL };

static const struct ews_field table[] = {
	{ "ItemId", EWS_FIELD_ID, AT(id), NULL },
	{ "ParentFolderId", EWS_FIELD_ID_TEXT, AT(parent_id), NULL },
	{ "ItemClass", EWS_FIELD_TEXT, AT(item_class), NULL },
	{ "CalendarItemType", EWS_FIELD_ENUM, AT(type), ews_calendar_type_names },
	{ "UID", EWS_FIELD_TEXT, AT(uid), NULL },
	{ "Subject", EWS_FIELD_TEXT, AT(subject), NULL },
	{ "Location", EWS_FIELD_TEXT, AT(location), NULL },
	{ "TextBody", EWS_FIELD_TEXT, AT(text), NULL },
	{ "Categories", EWS_FIELD_TEXTS, AT(categories), NULL },
	{ "Sensitivity", EWS_FIELD_ENUM, AT(sensitivity), sensitivities },
	{ "Importance", EWS_FIELD_ENUM, AT(importance), importances },
	{ "Start", EWS_FIELD_TIME, AT(start_unix), NULL },
	{ "End", EWS_FIELD_TIME, AT(end_unix), NULL },
	{ "OriginalStart", EWS_FIELD_TIME, AT(original_start_unix), NULL },
	{ "IsAllDayEvent", EWS_FIELD_BOOL, AT(is_all_day), NULL },
	{ "StartTimeZoneId", EWS_FIELD_TEXT, AT(start_tz_id), NULL },
	{ "EndTimeZoneId", EWS_FIELD_TEXT, AT(end_tz_id), NULL },
	{ "LegacyFreeBusyStatus", EWS_FIELD_ENUM, AT(busy), ews_busy_names },
	{ "IntendedFreeBusyStatus", EWS_FIELD_ENUM, AT(intended_busy), ews_busy_names },
	{ "IsMeeting", EWS_FIELD_BOOL, AT(is_meeting), NULL },
	{ "IsCancelled", EWS_FIELD_BOOL, AT(is_cancelled), NULL },
	{ "IsRecurring", EWS_FIELD_BOOL, AT(is_recurring), NULL },
	{ "IsOrganizer", EWS_FIELD_BOOL, AT(is_organizer), NULL },
	{ "IsResponseRequested", EWS_FIELD_BOOL, AT(is_response_requested), NULL },
	{ "MeetingRequestWasSent", EWS_FIELD_BOOL, AT(invitations_sent), NULL },
	{ "DoNotForwardMeeting", EWS_FIELD_BOOL, AT(do_not_forward), NULL },
	{ "IsOnlineMeeting", EWS_FIELD_BOOL, AT(is_online_meeting), NULL },
	{ "JoinOnlineMeetingUrl", EWS_FIELD_TEXT, AT(online_meeting_url), NULL },
	{ "MyResponseType", EWS_FIELD_ENUM, AT(my_response), responses },
	{ "AppointmentReplyTime", EWS_FIELD_TIME, AT(replied_unix), NULL },
	{ "AppointmentSequenceNumber", EWS_FIELD_INT64, AT(sequence), NULL },
	{ "AppointmentState", EWS_FIELD_INT64, AT(state), NULL },
	{ "ReminderIsSet", EWS_FIELD_BOOL, AT(reminder_set), NULL },
	{ "ReminderMinutesBeforeStart", EWS_FIELD_INT, AT(reminder_minutes), NULL },
	{ "ReminderDueBy", EWS_FIELD_TIME, AT(reminder_due_unix), NULL },
	{ "ReminderNextTime", EWS_FIELD_TIME, AT(reminder_next_unix), NULL },
	{ "DateTimeStamp", EWS_FIELD_TIME, AT(stamp_unix), NULL },
	{ "DateTimeCreated", EWS_FIELD_TIME, AT(created_unix), NULL },
	{ "LastModifiedTime", EWS_FIELD_TIME, AT(modified_unix), NULL },
	{ "HasAttachments", EWS_FIELD_BOOL, AT(has_attachments), NULL },
};

static void init(void *object)
{
	struct ews_calendar_item *item = object;

	*item = (struct ews_calendar_item){ .status = item->status };
	item->start_unix = item->end_unix = item->original_start_unix = EWS_TIME_NONE;
	item->replied_unix = item->reminder_due_unix = EWS_TIME_NONE;
	item->reminder_next_unix = item->stamp_unix = EWS_TIME_NONE;
	item->created_unix = item->modified_unix = EWS_TIME_NONE;
	item->sequence = item->state = -1;
	item->recurrence.first_day_of_week = -1;
}

/* --- Structured fields ------------------------------------------------------------- */

static void read_attendees(struct soap_reader *r, struct ews_arena *arena,
			   struct ews_attendees *out)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		struct ews_attendee *attendee;

		out->list = ews_arena_grow(arena, out->list, out->count,
					   sizeof(*out->list));
		attendee = &out->list[out->count++];
		attendee->responded_unix = EWS_TIME_NONE;
		while (soap_child(r, depth + 1)) {
			if (soap_is(r, "Mailbox"))
				ews_read_mailbox(r, arena, &attendee->mailbox);
			else if (soap_is(r, "ResponseType"))
				attendee->response = (enum ews_response)ews_enum_value(
					str_trim(soap_text(r)), responses);
			else if (soap_is(r, "LastResponseTime"))
				attendee->responded_unix = soap_get_time(r);
		}
	}
}

static void read_occurrence(struct soap_reader *r, struct ews_arena *arena,
			    struct ews_occurrence *out)
{
	static const struct ews_field parts[] = {
		{ "ItemId", EWS_FIELD_ID, offsetof(struct ews_occurrence, id), NULL },
		{ "Start", EWS_FIELD_TIME, offsetof(struct ews_occurrence, start_unix),
		  NULL },
		{ "End", EWS_FIELD_TIME, offsetof(struct ews_occurrence, end_unix),
		  NULL },
		{ "OriginalStart", EWS_FIELD_TIME,
		  offsetof(struct ews_occurrence, original_start_unix), NULL },
	};
	int depth = soap_depth(r);

	out->start_unix = out->end_unix = out->original_start_unix = EWS_TIME_NONE;
	while (soap_child(r, depth))
		ews_read_field(r, arena, parts, ARRAY_LEN(parts), out);
}

static void read_modified(struct soap_reader *r, struct ews_arena *arena,
			  struct ews_calendar_item *item)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		item->modified = ews_arena_grow(arena, item->modified,
						item->modified_count,
						sizeof(*item->modified));
		read_occurrence(r, arena, &item->modified[item->modified_count++]);
	}
}

static void read_deleted(struct soap_reader *r, struct ews_arena *arena,
			 struct ews_calendar_item *item)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		while (soap_child(r, depth + 1)) {
			if (!soap_is(r, "Start"))
				continue;
			item->deleted_unix = ews_arena_grow(arena, item->deleted_unix,
							    item->deleted_count,
							    sizeof(int64_t));
			item->deleted_unix[item->deleted_count++] = soap_get_time(r);
		}
	}
}

static bool parse_degrees(struct str text, double *degrees_r)
{
	bool negative = str_starts(text, STR("-"));

	if (!num_double(str_sub(text, negative, text.len), degrees_r))
		return false;
	*degrees_r = negative ? -*degrees_r : *degrees_r;
	return true;
}

/* EnhancedLocation/PostalAddress/(Latitude, Longitude). */
static void read_coordinates(struct soap_reader *r, struct ews_calendar_item *item)
{
	int depth = soap_depth(r);
	bool latitude = false, longitude = false;

	while (soap_child(r, depth)) {
		if (!soap_is(r, "PostalAddress"))
			continue;
		while (soap_child(r, depth + 1)) {
			if (soap_is(r, "Latitude"))
				latitude = parse_degrees(str_trim(soap_text(r)),
							 &item->latitude);
			else if (soap_is(r, "Longitude"))
				longitude = parse_degrees(str_trim(soap_text(r)),
							  &item->longitude);
		}
	}
	item->has_coordinates = latitude && longitude;
}

static void read_body(struct soap_reader *r, struct ews_arena *arena,
		      struct ews_calendar_item *item)
{
	if (str_eq(soap_attr(r, "BodyType"), STR("HTML"))) {
		item->html = soap_get_text(r, arena);
	} else {
		char *text = soap_get_text(r, arena);

		/* TextBody, which may come later, is the same then. */
		item->text = item->text ? item->text : text;
	}
}

static void store_blob(struct ews_arena *arena, const char *value, struct ews_bytes *out)
{
	struct strbuf bytes = STRBUF(BLOB_MAX);

	if (value && base64_decode(str_from(value), &bytes, NULL) && !bytes.overflow) {
		out->p = (unsigned char *)ews_arena_text(arena, strbuf_str(&bytes));
		out->len = bytes.len;
	}
	strbuf_finish(&bytes);
}

static void read_property(struct soap_reader *r, const struct ews_get *get,
			  struct ews_calendar_item *item)
{
	struct ews_bytes *targets[BLOB_COUNT] = {
		[RECUR] = &item->recur_blob,
		[TZ_START] = &item->tz_start_blob,
		[TZ_END] = &item->tz_end_blob,
		[TZ_RECUR] = &item->tz_recur_blob,
		[GLOBAL_ID] = &item->global_id,
		[CLEAN_GLOBAL_ID] = &item->clean_global_id,
	};
	struct ews_read_property property;

	ews_read_property(r, get->arena, &property);
	if (get->mark && ews_property_is(&property, get->mark))
		item->mark = property.value;
	for (size_t i = 0; i < BLOB_COUNT; i++) {
		if (ews_property_is(&property, &blobs[i]))
			store_blob(get->arena, property.value, targets[i]);
	}
}

static void read_organizer(struct soap_reader *r, struct ews_arena *arena,
			   struct ews_calendar_item *item)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (soap_is(r, "Mailbox"))
			ews_read_mailbox(r, arena, &item->organizer);
	}
}

static void child(struct soap_reader *r, const struct ews_get *get, void *object)
{
	struct ews_arena *arena = get->arena;
	struct ews_calendar_item *item = object;

	if (ews_read_field(r, arena, table, ARRAY_LEN(table), item))
		return;
	if (soap_is(r, "Body"))
		read_body(r, arena, item);
	else if (soap_is(r, "Organizer"))
		read_organizer(r, arena, item);
	else if (soap_is(r, "RequiredAttendees"))
		read_attendees(r, arena, &item->required);
	else if (soap_is(r, "OptionalAttendees"))
		read_attendees(r, arena, &item->optional);
	else if (soap_is(r, "Resources"))
		read_attendees(r, arena, &item->resources);
	else if (soap_is(r, "Recurrence"))
		ews_read_recurrence(r, &item->recurrence);
	else if (soap_is(r, "FirstOccurrence"))
		read_occurrence(r, arena, &item->first);
	else if (soap_is(r, "LastOccurrence"))
		read_occurrence(r, arena, &item->last);
	else if (soap_is(r, "ModifiedOccurrences"))
		read_modified(r, arena, item);
	else if (soap_is(r, "DeletedOccurrences"))
		read_deleted(r, arena, item);
	else if (soap_is(r, "StartTimeZone"))
		ews_read_time_zone(r, arena, &item->start_tz);
	else if (soap_is(r, "EndTimeZone"))
		ews_read_time_zone(r, arena, &item->end_tz);
	else if (soap_is(r, "AllowNewTimeProposal"))
		item->disallow_new_time = !soap_get_bool(r);
	else if (soap_is(r, "EnhancedLocation"))
		read_coordinates(r, item);
	else if (soap_is(r, "EffectiveRights"))
		item->rights = ews_read_rights(r);
	else if (soap_is(r, "Attachments"))
		ews_read_attachments(r, arena, &item->attachments,
				     &item->attachment_count);
	else if (soap_is(r, "ExtendedProperty"))
		read_property(r, get, item);
}

static const struct ews_get_kind reader = { .batch = EWS_BATCH_CONTENT,
					    .size = sizeof(struct ews_calendar_item),
					    .shape = put_shape,
					    .init = init,
					    .element = "CalendarItem",
					    .child = child };

bool ews_calendar_get(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
		      const struct ews_property *mark, struct ews_calendar_items *out,
		      struct err *err)
{
	const struct ews_get get = { &reader, refs, count, mark, &out->arena };

	ews_calendar_items_finish(out);
	out->list = ews_get_new(&get);
	out->count = count;
	return ews_get_run(conn, &get, out->list, err);
}
