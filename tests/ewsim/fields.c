/*
 * The table of typed properties and how those are worked out that are not stored as
 * they were set: from the item's state, or from its message.
 */
#include "tests/ewsim/facts.h"

#include "tests/ewsim/xml.h"

static bool header_text(struct facts *f, const char *name, const char *element,
			struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(1 << 20);
	bool there = msg_header_text(facts_headers(f), name, &v);

	if (there)
		x_text(out, element, strbuf_str(&v));
	return there;
}

static void w_item_id(struct facts *f, struct strbuf *out)
{
	item_id_write(f->ref, "t:ItemId", out);
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

static void w_reminder_set(struct facts *f, struct strbuf *out)
{
	w_false("t:ReminderIsSet", out);
}

static void w_extended(struct facts *f, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(FACTS_TEXT_MAX);

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
	{ "MimeContent", ALL, ASK, content_mime },
	{ "ItemId", ALL, D | RO, w_item_id },
	{ "ParentFolderId", ALL, RO, w_parent },
	{ "ItemClass", ALL, 0, w_class },
	{ "Subject", ALL, D, w_subject },
	{ "Sensitivity", ALL, D, w_sensitivity },
	{ "Body", ALL, D, content_body },
	{ "Attachments", ALL, D, content_attachments },
	{ "DateTimeReceived", ALL, RO, w_received },
	{ "Size", ALL, D | RO, w_size },
	{ "Categories", ALL, 0, NULL },
	{ "Importance", ALL, 0, w_importance },
	{ "InReplyTo", ALL, 0, w_in_reply_to },
	{ "IsSubmitted", ALL, RO, w_submitted },
	{ "IsDraft", ALL, RO, w_is_draft },
	{ "IsFromMe", ALL, RO, w_from_me },
	{ "InternetMessageHeaders", ALL, RO, content_headers },
	{ "DateTimeSent", ALL, D | RO, w_sent },
	{ "DateTimeCreated", ALL, D | RO, w_created },
	{ "ReminderDueBy", ALL, 0, cal_reminder_due },
	{ "ReminderIsSet", ALL, 0, w_reminder_set },
	{ "ReminderMinutesBeforeStart", ALL, 0, NULL },
	{ "DisplayCc", ALL, RO, people_display_cc },
	{ "DisplayTo", ALL, RO, people_display_to },
	{ "HasAttachments", ALL, D | RO, content_has_attachments },
	{ "ExtendedProperty", ALL, 0, w_extended },
	{ "Culture", ALL, 0, NULL },
	{ "EffectiveRights", ALL, RO, w_rights },
	{ "LastModifiedTime", ALL, RO, w_modified },
	{ "IsAssociated", ALL, RO, w_associated },
	{ "ConversationId", ALL, RO, conversation_id },
	{ "Flag", ALL, 0, w_flag },
	{ "Preview", ALL, RO | ASK, content_preview },
	{ "TextBody", ALL, ASK, content_text_body },
	{ "IconIndex", ALL, RO, w_icon },

	{ "Sender", MAIL, 0, people_sender },
	{ "ToRecipients", MAIL, D, people_to },
	{ "CcRecipients", MAIL, D, people_cc },
	{ "BccRecipients", MAIL, D, people_bcc },
	{ "IsReadReceiptRequested", MAIL, D, w_receipt },
	{ "IsDeliveryReceiptRequested", MAIL, D, NULL },
	{ "ConversationIndex", MAIL | POST, 0, NULL },
	{ "ConversationTopic", MAIL | POST, 0, conversation_topic },
	{ "From", MAIL | POST, D, people_from },
	{ "InternetMessageId", MAIL | POST, D, w_message_id },
	{ "IsRead", MAIL | POST, D, w_is_read },
	{ "IsResponseRequested", MAIL, 0, NULL },
	{ "References", MAIL | POST, 0, w_references },
	{ "ReplyTo", MAIL, 0, people_reply_to },
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
