/* What the operations read from answers written for the purpose. */
#include "tests/unit/test.h"

#include "ews/call.h"
#include "tests/unit/ews/every_op.h"

#define ENVELOPE(body)                                                                   \
	"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:m='m' "   \
	"xmlns:t='t'><s:Header><t:ServerVersionInfo Version='V2_8'/></s:Header>"         \
	"<s:Body>" body "</s:Body></s:Envelope>"
#define ANSWER(op, messages)                                                             \
	ENVELOPE("<m:" op "Response><m:ResponseMessages>" messages                       \
		 "</m:ResponseMessages></m:" op "Response>")
#define OK(inner)                                                                        \
	"<m:Message "                                                                    \
	"ResponseClass='Success'><m:ResponseCode>NoError</m:ResponseCode>" inner         \
	"</m:Message>"
#define FAILED(code)                                                                     \
	"<m:Message ResponseClass='Error'><m:MessageText>why</m:MessageText>"            \
	"<m:ResponseCode>" code "</m:ResponseCode>"                                      \
	"<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey></m:Message>"

static struct ews_account *account;
static struct ews_conn *conn;
static struct err err;
static const char *next_answer;
static const char *later_answer; /* to what is asked again; NULL: the same */
static size_t asked;

static int answer(void *context, struct str request, struct str *answer_r)
{
	*answer_r = str_from(asked++ > 0 && later_answer ? later_answer : next_answer);
	return 200;
}

static int begin(void **state)
{
	asked = 0;
	later_answer = NULL;
	return 0;
}

static int set_up(void **state)
{
	account = quiet_account();
	conn = ews_conn_new(account, &err);
	ews_conn_replay(conn, (struct ews_replay){ answer, NULL });
	return 0;
}

static int tear_down(void **state)
{
	ews_conn_free(conn);
	ews_account_free(account);
	return 0;
}

static void test_folders(void **state)
{
	const struct ews_folder_ref ask[] = { inbox, { .distinguished = "archiveroot" } };
	CLEANUP(ews_folders_finish) struct ews_folders out = { 0 };

	next_answer = ANSWER(
		"GetFolder",
		OK("<m:Folders><t:CalendarFolder><t:FolderId Id='f1' ChangeKey='k'/>"
		   "<t:ParentFolderId Id='p'/><t:FolderClass>IPF.Appointment"
		   "</t:FolderClass><t:DisplayName>R&amp;D/x</t:DisplayName>"
		   "<t:TotalCount>12</t:TotalCount><t:EffectiveRights><t:Delete>false"
		   "</t:Delete><t:Read>true</t:Read></t:EffectiveRights>"
		   "<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag='0x10f4' "
		   "PropertyType='Boolean'/><t:Value>true</t:Value></t:ExtendedProperty>"
		   "<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag='26378' "
		   "PropertyType='SystemTime'/><t:Value>2026-01-02T03:04:05Z</t:Value>"
		   "</t:ExtendedProperty></t:CalendarFolder></m:Folders>")
			FAILED("ErrorFolderNotFound"));
	ASSERT_OK(ews_folder_get(conn, ask, 2, &out, &err), err);
	assert_int_equal(out.count, 2);
	assert_int_equal(out.list[0].type, EWS_FOLDER_CALENDAR);
	assert_string_equal(out.list[0].id.id, "f1");
	assert_string_equal(out.list[0].parent_id, "p");
	assert_string_equal(out.list[0].name, "R&D/x");
	assert_int_equal(out.list[0].total, 12);
	assert_int_equal(out.list[0].unread, -1);
	assert_int_equal(out.list[0].rights, EWS_RIGHTS_KNOWN | EWS_RIGHT_READ);
	assert_true(out.list[0].hidden);
	assert_int_equal(out.list[0].changed_unix, 1767323045);
	assert_int_equal(out.list[1].status.code, EWS_CODE_FOLDER_NOT_FOUND);
	assert_int_equal(out.list[1].status.err.code, ERR_NOT_FOUND);
}

static void test_folder_sync(void **state)
{
	CLEANUP(ews_folder_changes_finish) struct ews_folder_changes out = { 0 };

	next_answer = ANSWER(
		"SyncFolderHierarchy",
		OK("<m:SyncState>s1</m:SyncState><m:IncludesLastFolderInRange>true"
		   "</m:IncludesLastFolderInRange><m:Changes><t:Create><t:Folder>"
		   "<t:FolderId Id='a'/><t:DisplayName>A</t:DisplayName></t:Folder>"
		   "</t:Create><t:Delete><t:FolderId Id='b'/></t:Delete></m:Changes>"));
	ASSERT_OK(ews_folder_sync(conn, &root, NULL, &out, &err), err);
	assert_int_equal(out.count, 2);
	assert_true(out.last);
	assert_string_equal(out.sync_state, "s1");
	assert_string_equal(out.list[0].folder.name, "A");
	assert_int_equal(out.list[1].change, EWS_DELETED);
	assert_string_equal(out.list[1].folder.id.id, "b");

	next_answer = ANSWER("SyncFolderHierarchy", FAILED("ErrorInvalidSyncStateData"));
	assert_false(ews_folder_sync(conn, &root, "old", &out, &err));
	assert_int_equal(err.code, ERR_STATE);
	assert_true(ews_conn_failed_with(conn, EWS_CODE_INVALID_SYNC_STATE));
}

static void test_item_sync(void **state)
{
	CLEANUP(ews_item_changes_finish) struct ews_item_changes out = { 0 };

	next_answer = ANSWER(
		"SyncFolderItems",
		OK("<m:SyncState>s2</m:SyncState><m:IncludesLastItemInRange>false"
		   "</m:IncludesLastItemInRange><m:Changes>"
		   "<t:Create><t:MeetingRequest><t:ItemId Id='a' ChangeKey='k'/>"
		   "</t:MeetingRequest></t:Create>"
		   "<t:Update><t:Message><t:ItemId Id='b'/></t:Message></t:Update>"
		   "<t:ReadFlagChange><t:ItemId Id='c'/><t:IsRead>1</t:IsRead>"
		   "</t:ReadFlagChange><t:Future><t:ItemId Id='x'/></t:Future>"
		   "<t:Delete><t:ItemId Id='d'/></t:Delete></m:Changes>"));
	ASSERT_OK(ews_item_sync(conn, &inbox, NULL, 512, &out, &err), err);
	assert_int_equal(out.count, 4);
	assert_false(out.last);
	assert_int_equal(out.list[0].type, EWS_ITEM_MEETING_REQUEST);
	assert_string_equal(out.list[0].id.change_key, "k");
	assert_int_equal(out.list[1].change, EWS_UPDATED);
	assert_int_equal(out.list[2].change, EWS_READ_FLAG);
	assert_true(out.list[2].is_read);
	assert_int_equal(out.list[3].change, EWS_DELETED);

	/* Nothing was said about it: that is no success. */
	next_answer = ANSWER("SyncFolderItems", "");
	assert_false(ews_item_sync(conn, &inbox, NULL, 512, &out, &err));
	assert_int_equal(err.code, ERR_BROKEN);
}

#define THREE(a, b, c) ANSWER("GetItem", a b c)

static void test_items(void **state)
{
	const struct ews_ref ask[] = { { "a", NULL }, { "b", NULL }, { "c", NULL } };
	CLEANUP(ews_items_finish) struct ews_items out = { 0 };

	next_answer = THREE(
		FAILED("ErrorItemNotFound"),
		OK("<m:Items><t:Message><t:ItemId Id='b' ChangeKey='k'/>"
		   "<t:Subject>bad &#x1; char</t:Subject><t:Importance>High"
		   "</t:Importance><t:Categories><t:String>Red</t:String><t:String>x,y"
		   "</t:String></t:Categories><t:Size>99</t:Size><t:IsRead>true</"
		   "t:IsRead>"
		   "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag>"
		   "<t:From><t:Mailbox><t:Name>Bob</t:Name><t:EmailAddress>b@x.test"
		   "</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType></t:Mailbox>"
		   "</t:From><t:DateTimeReceived>2026-01-02T03:04:05.678Z"
		   "</t:DateTimeReceived>"
		   "<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag='0x1081' "
		   "PropertyType='Integer'/><t:Value>102</t:Value></t:ExtendedProperty>"
		   "<t:ExtendedProperty><t:ExtendedFieldURI PropertySetId="
		   "'00020329-0000-0000-c000-000000000046' PropertyName="
		   "'passerelle-mark' PropertyType='String'/><t:Value>m1</t:Value>"
		   "</t:ExtendedProperty></t:Message></m:Items>"),
		"<m:Message ResponseClass='Warning'><m:ResponseCode>"
		"ErrorBatchProcessingStopped</m:ResponseCode></m:Message>");
	later_answer = ANSWER("GetItem", "<m:Message ResponseClass='Warning'>"
					 "<m:ResponseCode>ErrorBatchProcessingStopped"
					 "</m:ResponseCode></m:Message>");
	ASSERT_OK(ews_item_get(conn, ask, 3, &mark, &out, &err), err);
	assert_int_equal(out.list[0].status.code, EWS_CODE_ITEM_NOT_FOUND);
	assert_true(ews_status_ok(&out.list[1].status));
	assert_string_equal(out.list[1].subject, "bad \xEF\xBF\xBD char");
	assert_int_equal(out.list[1].importance, EWS_IMPORTANCE_HIGH);
	assert_int_equal(out.list[1].categories.count, 2);
	assert_string_equal(out.list[1].categories.list[1], "x,y");
	assert_int_equal(out.list[1].size_bytes, 99);
	assert_true(out.list[1].is_read);
	assert_int_equal(out.list[1].flag, EWS_FLAG_FLAGGED);
	assert_string_equal(out.list[1].from.list[0].address, "b@x.test");
	assert_int_equal(out.list[1].received_unix, 1767323045);
	assert_int_equal(out.list[1].sent_unix, EWS_TIME_NONE);
	assert_int_equal(out.list[1].last_verb, 102);
	assert_int_equal(out.list[1].icon_index, -1);
	assert_string_equal(out.list[1].mark, "m1");
	assert_int_equal(out.list[2].status.code, EWS_CODE_BATCH_STOPPED);
	assert_true(out.list[2].status.retry);
}

static void test_missing_messages(void **state)
{
	const struct ews_ref ask[] = { { "a", NULL }, { "b", NULL } };
	CLEANUP(ews_items_finish) struct ews_items out = { 0 };

	next_answer = ANSWER("GetItem", OK("<m:Items/>"));
	later_answer = ANSWER("GetItem", "");
	ASSERT_OK(ews_item_get(conn, ask, 2, NULL, &out, &err), err);
	assert_true(ews_status_ok(&out.list[0].status));
	assert_null(out.list[0].id.id);
	assert_int_equal(out.list[1].status.code, EWS_CODE_NO_ANSWER);
	assert_true(out.list[1].status.retry);
}

/* Servers before 2013 tell the flag by PidTagFlagStatus. */
static void test_old_flag(void **state)
{
	const struct ews_ref ask[] = { { "a", NULL } };
	CLEANUP(ews_items_finish) struct ews_items out = { 0 };

	next_answer = ANSWER(
		"GetItem",
		OK("<m:Items><t:Message><t:ExtendedProperty><t:ExtendedFieldURI "
		   "PropertyTag='0x1090' PropertyType='Integer'/><t:Value>2</t:Value>"
		   "</t:ExtendedProperty></t:Message></m:Items>"));
	ASSERT_OK(ews_item_get(conn, ask, 1, NULL, &out, &err), err);
	assert_int_equal(out.list[0].flag, EWS_FLAG_FLAGGED);
}

/* What is there without what should be in it. */
static void test_gaps(void **state)
{
	const struct ews_ref ask[] = { { "a", NULL } };
	CLEANUP(ews_items_finish) struct ews_items out = { 0 };
	CLEANUP(ews_calendar_items_finish) struct ews_calendar_items events = { 0 };

	next_answer = ANSWER(
		"GetItem",
		OK("<m:Items><t:Message><t:From/><t:Sender><t:Mailbox/></t:Sender>"
		   "<t:ToRecipients/><t:CcRecipients><t:Mailbox><t:Name>only</t:Name>"
		   "</t:Mailbox></t:CcRecipients><t:Categories/><t:Subject/><t:Size>lots"
		   "</t:Size><t:DateTimeReceived>2026-01-02T03:04:05</t:DateTimeReceived>"
		   "<t:DateTimeSent/><t:Importance>Urgent</t:Importance><t:Flag/>"
		   "<t:ExtendedProperty/><t:ExtendedProperty><t:ExtendedFieldURI "
		   "PropertyTag='0xe23'/></t:ExtendedProperty></t:Message></m:Items>"));
	ASSERT_OK(ews_item_get(conn, ask, 1, &mark, &out, &err), err);
	assert_int_equal(out.list[0].from.count, 0);
	assert_int_equal(out.list[0].sender.count, 1);
	assert_null(out.list[0].sender.list[0].address);
	assert_int_equal(out.list[0].to.count, 0);
	assert_string_equal(out.list[0].cc.list[0].name, "only");
	assert_int_equal(out.list[0].categories.count, 0);
	assert_string_equal(out.list[0].subject, "");
	assert_int_equal(out.list[0].size_bytes, -1);
	assert_int_equal(out.list[0].received_unix, 1767323045);
	assert_int_equal(out.list[0].sent_unix, EWS_TIME_NONE);
	assert_int_equal(out.list[0].importance, EWS_IMPORTANCE_NORMAL);
	assert_int_equal(out.list[0].article_number, -1);

	next_answer = ANSWER(
		"GetItem",
		OK("<m:Items><t:CalendarItem><t:Organizer/><t:RequiredAttendees/>"
		   "<t:OptionalAttendees><t:Attendee/></"
		   "t:OptionalAttendees><t:Recurrence/>"
		   "<t:ModifiedOccurrences/><t:DeletedOccurrences><t:DeletedOccurrence/>"
		   "</t:DeletedOccurrences><t:StartTimeZone/><t:Start>2026-01-02</"
		   "t:Start>"
		   "</t:CalendarItem></m:Items>"));
	ASSERT_OK(ews_calendar_get(conn, ask, 1, NULL, &events, &err), err);
	assert_null(events.list[0].organizer.address);
	assert_int_equal(events.list[0].required.count, 0);
	assert_int_equal(events.list[0].optional.count, 1);
	assert_int_equal(events.list[0].recurrence.pattern, EWS_PATTERN_NONE);
	assert_int_equal(events.list[0].modified_count, 0);
	assert_int_equal(events.list[0].deleted_count, 0);
	assert_int_equal(events.list[0].start_unix, EWS_TIME_NONE);
}

static void test_mime(void **state)
{
	const struct ews_ref ask[] = { { "a", NULL }, { "b", NULL }, { "c", NULL } };
	CLEANUP(ews_mimes_finish) struct ews_mimes out = { 0 };

	next_answer = THREE(
		OK("<m:Items><t:Message><t:MimeContent>%%%</t:MimeContent>"
		   "<t:ItemId Id='a'/></t:Message></m:Items>"),
		OK("<m:Items><t:Message><t:MimeContent CharacterSet='UTF-8'>U3Vi\n"
		   "amVjdDog eA0K</t:MimeContent><t:ItemId Id='b'/></t:Message>"
		   "</m:Items>"),
		OK("<m:Items><t:Contact><t:ItemId Id='c'/></t:Contact></m:Items>"));
	ASSERT_OK(ews_item_get_mime(conn, ask, 3, &out, &err), err);
	assert_int_equal(out.list[0].status.code, EWS_CODE_NO_MIME);
	ASSERT_STR(1, strbuf_str(&out.list[1].mime), STR("Subject: x\r\n"));
	assert_string_equal(out.list[1].id.id, "b");
	assert_int_equal(out.list[2].status.code, EWS_CODE_NO_MIME);
}

static void test_content(void **state)
{
	const struct ews_ref ask[] = { { "a", NULL } };
	CLEANUP(ews_contents_finish) struct ews_contents out = { 0 };

	next_answer = ANSWER(
		"GetItem",
		OK("<m:Items><t:Message><t:ItemId Id='a'/><t:Body BodyType='HTML'>"
		   "&lt;b&gt;x&lt;/b&gt;</t:Body><t:Attachments><t:FileAttachment>"
		   "<t:AttachmentId Id='at1' RootItemId='r'/><t:Name>p.png</t:Name>"
		   "<t:Size>5</t:Size><t:IsInline>true</t:IsInline></t:FileAttachment>"
		   "<t:ItemAttachment><t:AttachmentId Id='at2'/></t:ItemAttachment>"
		   "</t:Attachments><t:TextBody BodyType='Text'>x</t:TextBody>"
		   "</t:Message></m:Items>"));
	ASSERT_OK(ews_item_get_content(conn, ask, 1, &out, &err), err);
	assert_true(out.list[0].body_is_html);
	assert_string_equal(out.list[0].body, "<b>x</b>");
	assert_string_equal(out.list[0].text, "x");
	assert_int_equal(out.list[0].attachment_count, 2);
	assert_string_equal(out.list[0].attachments[0].id, "at1");
	assert_true(out.list[0].attachments[0].is_inline);
	assert_int_equal(out.list[0].attachments[1].type, EWS_ATTACHMENT_ITEM);
}

#define MASTER                                                                           \
	"<m:Items><t:CalendarItem><t:ItemId Id='a' ChangeKey='k'/>"                      \
	"<t:Subject>Team</t:Subject><t:Sensitivity>Private</t:Sensitivity>"              \
	"<t:Body BodyType='HTML'>&lt;p&gt;</t:Body><t:ReminderIsSet>true"                \
	"</t:ReminderIsSet><t:ReminderMinutesBeforeStart>15"                             \
	"</t:ReminderMinutesBeforeStart><t:ExtendedProperty><t:ExtendedFieldURI "        \
	"DistinguishedPropertySetId='Appointment' PropertyId='33302' "                   \
	"PropertyType='Binary'/><t:Value>BDAEMA==</t:Value></t:ExtendedProperty>"        \
	"<t:UID>uid-1</t:UID><t:Start>2026-07-02T09:00:00+02:00</t:Start>"               \
	"<t:End>2026-07-02T08:00:00Z</t:End><t:LegacyFreeBusyStatus>OOF"                 \
	"</t:LegacyFreeBusyStatus><t:CalendarItemType>RecurringMaster"                   \
	"</t:CalendarItemType><t:MyResponseType>Accept</t:MyResponseType>"               \
	"<t:Organizer><t:Mailbox><t:EmailAddress>o@x.test</t:EmailAddress></t:Mailbox>"  \
	"</t:Organizer><t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>"     \
	"r@x.test</t:EmailAddress></t:Mailbox><t:ResponseType>Decline</t:ResponseType>"  \
	"</t:Attendee></t:RequiredAttendees><t:Recurrence><t:RelativeMonthlyRecurrence>" \
	"<t:Interval>2</t:Interval><t:DaysOfWeek>Weekday</t:DaysOfWeek>"                 \
	"<t:DayOfWeekIndex>Last</t:DayOfWeekIndex></t:RelativeMonthlyRecurrence>"        \
	"<t:EndDateRecurrence><t:StartDate>2026-07-02+02:00</t:StartDate><t:EndDate>"    \
	"2026-12-31Z</t:EndDate></t:EndDateRecurrence></t:Recurrence>"                   \
	"<t:ModifiedOccurrences><t:Occurrence><t:ItemId Id='o1'/><t:Start>"              \
	"2026-08-31T08:00:00Z</t:Start><t:End>2026-08-31T09:00:00Z</t:End>"              \
	"<t:OriginalStart>2026-08-31T07:00:00Z</t:OriginalStart></t:Occurrence>"         \
	"</t:ModifiedOccurrences><t:DeletedOccurrences><t:DeletedOccurrence><t:Start>"   \
	"2026-10-30T08:00:00Z</t:Start></t:DeletedOccurrence></t:DeletedOccurrences>"    \
	"<t:StartTimeZone Id='W. Europe Standard Time' Name='Berlin'><t:Periods>"        \
	"<t:Period Bias='-PT60M' Name='Standard' Id='std'/><t:Period Bias='-PT2H' "      \
	"Name='Daylight' Id='dst'/></t:Periods><t:TransitionsGroups><t:TransitionsGroup" \
	" Id='0'><t:RecurringDayTransition><t:To Kind='Period'>dst</t:To><t:TimeOffset>" \
	"PT2H</t:TimeOffset><t:Month>3</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek>"       \
	"<t:Occurrence>-1</t:Occurrence></t:RecurringDayTransition></t:TransitionsGroup" \
	"></t:TransitionsGroups><t:Transitions><t:Transition><t:To Kind='Group'>0</t:To" \
	"></t:Transition><t:AbsoluteDateTransition><t:To Kind='Group'>0</t:To>"          \
	"<t:DateTime>2027-01-01T00:00:00</t:DateTime></t:AbsoluteDateTransition>"        \
	"</t:Transitions></t:StartTimeZone><t:AllowNewTimeProposal>false"                \
	"</t:AllowNewTimeProposal></t:CalendarItem></m:Items>"

static void check_zone(const struct ews_tz *tz)
{
	const struct ews_tz_transition *t;

	assert_string_equal(tz->id, "W. Europe Standard Time");
	assert_int_equal(tz->period_count, 2);
	assert_int_equal(tz->periods[1].bias_s, -7200);
	assert_int_equal(tz->group_count, 1);
	t = &tz->groups[0].list[0];
	assert_int_equal(t->type, EWS_TZ_BY_WEEKDAY);
	assert_string_equal(t->to, "dst");
	assert_int_equal(t->month, 3);
	assert_int_equal(t->occurrence, -1);
	assert_int_equal(t->time_s, 7200);
	assert_int_equal(tz->transitions.count, 2);
	assert_true(tz->transitions.list[0].to_group);
	assert_int_equal(tz->transitions.list[1].year, 2027);
}

static void test_calendar(void **state)
{
	const struct ews_ref ask[] = { { "a", NULL }, { "b", NULL } };
	CLEANUP(ews_calendar_items_finish) struct ews_calendar_items out = { 0 };
	const struct ews_calendar_item *item;

	next_answer = ANSWER("GetItem",
			     OK(MASTER) OK("<m:Items><t:Task><t:ItemId Id='b'/></t:Task>"
					   "</m:Items>"));
	ASSERT_OK(ews_calendar_get(conn, ask, 2, NULL, &out, &err), err);
	item = &out.list[0];
	assert_true(ews_status_ok(&item->status));
	assert_int_equal(item->type, EWS_CALENDAR_MASTER);
	assert_string_equal(item->uid, "uid-1");
	assert_string_equal(item->html, "<p>");
	assert_int_equal(item->sensitivity, EWS_SENSITIVITY_PRIVATE);
	assert_int_equal(item->start_unix, 1782975600);
	assert_int_equal(item->end_unix - item->start_unix, 3600);
	assert_int_equal(item->busy, EWS_BUSY_OOF);
	assert_int_equal(item->my_response, EWS_RESPONSE_ACCEPT);
	assert_string_equal(item->organizer.address, "o@x.test");
	assert_int_equal(item->required.list[0].response, EWS_RESPONSE_DECLINE);
	assert_int_equal(item->reminder_minutes, 15);
	assert_true(item->disallow_new_time);
	assert_int_equal(item->recurrence.pattern, EWS_PATTERN_MONTHLY_RELATIVE);
	assert_int_equal(item->recurrence.interval, 2);
	assert_int_equal(item->recurrence.days_of_week, EWS_DAYS_WEEKDAY);
	assert_int_equal(item->recurrence.week_index, -1);
	assert_int_equal(item->recurrence.range, EWS_RANGE_UNTIL);
	assert_int_equal(item->recurrence.start.day, 2);
	assert_int_equal(item->recurrence.end.month, 12);
	assert_int_equal(item->modified_count, 1);
	assert_string_equal(item->modified[0].id.id, "o1");
	assert_int_equal(item->deleted_count, 1);
	assert_int_equal(item->recur_blob.len, 4);
	assert_int_equal(item->recur_blob.p[1], 0x30);
	check_zone(&item->start_tz);
	assert_int_equal(out.list[1].status.err.code, ERR_SYNTAX);
}

static void test_find(void **state)
{
	const struct ews_find find = { .property = &mark, .value = "m1", .max = 10 };
	CLEANUP(ews_found_items_finish) struct ews_found_items out = { 0 };

	next_answer = ANSWER(
		"FindItem",
		OK("<m:RootFolder IndexedPagingOffset='1' TotalItemsInView='7' "
		   "IncludesLastItemInRange='false'><t:Items><t:Message><t:ItemId "
		   "Id='a'/><t:ParentFolderId Id='p'/><t:ExtendedProperty>"
		   "<t:ExtendedFieldURI PropertyTag='0x300b' PropertyType='Binary'/>"
		   "<t:Value>a2V5</t:Value></t:ExtendedProperty></t:Message></t:Items>"
		   "</m:RootFolder>"));
	ASSERT_OK(ews_item_find(conn, &inbox, &find, &out, &err), err);
	assert_int_equal(out.count, 1);
	assert_string_equal(out.list[0].search_key, "a2V5");
	assert_false(out.last);
	assert_int_equal(out.next_offset, 1);
	assert_int_equal(out.total, 7);
}

static void test_list(void **state)
{
	CLEANUP(ews_item_list_finish) struct ews_item_list out = { 0 };

	next_answer = ANSWER(
		"FindItem",
		OK("<m:RootFolder IndexedPagingOffset='502' TotalItemsInView='700' "
		   "IncludesLastItemInRange='false'><t:Items><t:Message><t:ItemId "
		   "Id='a' ChangeKey='k'/><t:Size>77</t:Size><t:IsRead>true</t:IsRead>"
		   "<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag='0xe23' "
		   "PropertyType='Integer'/><t:Value>9</t:Value></t:ExtendedProperty>"
		   "</t:Message><t:PostItem><t:ItemId Id='b'/></t:PostItem></t:Items>"
		   "</m:RootFolder>"));
	ASSERT_OK(ews_item_list(conn, &inbox, &mark, 500, 1000, &out, &err), err);
	assert_int_equal(out.count, 2);
	assert_string_equal(out.list[0].id.change_key, "k");
	assert_int_equal(out.list[0].size_bytes, 77);
	assert_int_equal(out.list[0].article_number, 9);
	assert_true(out.list[0].is_read);
	assert_int_equal(out.list[1].type, EWS_ITEM_POST);
	assert_int_equal(out.list[1].article_number, -1);
	assert_false(out.last);
	assert_int_equal(out.next_offset, 502);
	assert_int_equal(out.total, 700);
	ews_item_list_finish(&out);
	next_answer = ANSWER("FindItem", FAILED("ErrorFolderNotFound"));
	assert_false(ews_item_list(conn, &inbox, &mark, 0, 1000, &out, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void test_ids(void **state)
{
	const struct ews_ref ask[] = { { "a", NULL }, { "b", NULL }, { "c", NULL } };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	next_answer = ANSWER("MoveItem",
			     OK("<m:Items><t:Message><t:ItemId Id='n1' "
				"ChangeKey='k1'/></t:Message></m:Items>")
				     FAILED("ErrorAccessDenied") OK("<m:Items/>"));
	ASSERT_OK(ews_item_move(conn, ask, 3, &plain, &out, &err), err);
	assert_int_equal(out.count, 3);
	assert_string_equal(out.list[0].id.id, "n1");
	assert_string_equal(out.list[0].id.change_key, "k1");
	assert_int_equal(out.list[1].status.err.code, ERR_DENIED);
	assert_true(ews_status_ok(&out.list[2].status));
	assert_null(out.list[2].id.id);
}

static void test_singles(void **state)
{
	static const struct {
		const char *code;
		enum err_code err;
	} rows[] = {
		{ "ErrorItemNotFound", ERR_NOT_FOUND },
		{ "ErrorSendAsDenied", ERR_DENIED },
		{ "ErrorQuotaExceeded", ERR_QUOTA },
		{ "ErrorStaleObject", ERR_STATE },
		{ "ErrorInvalidRecipients", ERR_NOT_FOUND },
		{ "ErrorNewAndUnknown", ERR_BROKEN },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[1024];

		snprintf(text, sizeof(text), "%s%s%s",
			 "<Envelope><Body><SendItemResponse><ResponseMessages>"
			 "<M ResponseClass='Error'><ResponseCode> ",
			 rows[i].code,
			 "\n</ResponseCode></M></ResponseMessages></SendItemResponse>"
			 "</Body></Envelope>");
		next_answer = text;
		assert_false(try_item_send(conn, &err));
		if (err.code != rows[i].err)
			fail_msg("%s: %s", rows[i].code, err.text);
		assert_false(ews_conn_last(conn)->outcome_unknown);
		assert_string_equal(ews_conn_last(conn)->status.response_code,
				    rows[i].code);
	}
}

static void test_events(void **state)
{
	CLEANUP(ews_events_finish) struct ews_events out = { 0 };

	next_answer = ANSWER(
		"GetEvents",
		OK("<m:Notification><t:SubscriptionId>s</t:SubscriptionId>"
		   "<t:PreviousWatermark>w0</t:PreviousWatermark><t:MoreEvents>true"
		   "</t:MoreEvents><t:MovedEvent><t:Watermark>w1</"
		   "t:Watermark><t:FolderId "
		   "Id='f'/><t:ParentFolderId Id='p'/><t:OldFolderId Id='f'/>"
		   "<t:OldParentFolderId Id='q'/></t:MovedEvent><t:StatusEvent>"
		   "<t:Watermark>w2</t:Watermark></t:StatusEvent></m:Notification>"));
	ASSERT_OK(ews_events_get(conn, "s", "w0", &out, &err), err);
	assert_int_equal(out.count, 1);
	assert_true(out.more);
	assert_string_equal(out.watermark, "w2");
	assert_int_equal(out.list[0].type, EWS_EVENT_MOVED);
	assert_string_equal(out.list[0].old_parent_id, "q");

	next_answer = ANSWER("GetEvents", FAILED("ErrorExpiredSubscription"));
	assert_false(ews_events_get(conn, "s", "w0", &out, &err));
	assert_true(ews_conn_failed_with(conn, EWS_CODE_SUBSCRIPTION_LOST));
}

static void test_directory(void **state)
{
	CLEANUP(ews_names_finish) struct ews_names out = { 0 };
	char *address = NULL;

	next_answer = ANSWER(
		"ResolveNames",
		"<m:M ResponseClass='Warning'><m:ResponseCode>"
		"ErrorNameResolutionMultipleResults</m:ResponseCode><m:ResolutionSet>"
		"<t:Resolution><t:Mailbox><t:Name>A</t:Name><t:EmailAddress>a@x.test"
		"</t:EmailAddress></t:Mailbox></t:Resolution><t:Resolution><t:Mailbox/>"
		"</t:Resolution></m:ResolutionSet></m:M>");
	ASSERT_OK(ews_names_resolve(conn, "a", &out, &err), err);
	assert_int_equal(out.count, 2);
	assert_string_equal(out.list[0].address, "a@x.test");

	next_answer = ANSWER("ResolveNames", FAILED("ErrorNameResolutionNoResults"));
	ASSERT_OK(ews_names_resolve(conn, "zz", &out, &err), err);
	assert_int_equal(out.count, 0);

	next_answer = ANSWER(
		"ConvertId",
		OK("<m:AlternateId Format='EwsId' Id='x' Mailbox='me@x.test'/>"));
	ASSERT_OK(ews_mailbox_address(conn, "x", "a@x.test", &address, &err), err);
	assert_string_equal(address, "me@x.test");
	free(address);
}

static void test_attachment(void **state)
{
	CLEANUP(ews_attachment_content_finish) struct ews_attachment_content out = { 0 };

	next_answer = ANSWER(
		"GetAttachment",
		OK("<m:Attachments><t:FileAttachment><t:AttachmentId Id='x'/><t:Name>n"
		   "</t:Name><t:ContentType>image/png</t:ContentType><t:Content>aGk="
		   "</t:Content></t:FileAttachment></m:Attachments>"));
	ASSERT_OK(ews_attachment_get(conn, "x", &out, &err), err);
	ASSERT_STR(0, strbuf_str(&out.content), STR("hi"));
	assert_string_equal(out.attachment.content_type, "image/png");

	next_answer = ANSWER(
		"GetAttachment",
		OK("<m:Attachments><t:ItemAttachment><t:AttachmentId Id='x'/><t:Message>"
		   "<t:MimeContent>aGk=</t:MimeContent><t:Subject>s</t:Subject>"
		   "</t:Message></t:ItemAttachment></m:Attachments>"));
	ASSERT_OK(ews_attachment_get(conn, "x", &out, &err), err);
	ASSERT_STR(1, strbuf_str(&out.content), STR("hi"));
	assert_string_equal(out.item_subject, "s");
}

static void test_depth(void **state)
{
	struct strbuf deep = STRBUF(1 << 20);

	strbuf_add(&deep, STR("<Envelope><Body>"));
	for (int i = 0; i < 5000; i++)
		strbuf_add(&deep, STR("<a>"));
	next_answer = strbuf_cstr(&deep);
	assert_false(try_item_get(conn, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	strbuf_finish(&deep);
}

static void test_times(void **state)
{
	static const struct {
		const char *text;
		int64_t unix_s;
	} rows[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2026-01-02T03:04:05Z", 1767323045 },
		{ "2026-01-02T03:04:05", 1767323045 },
		{ "2026-01-02T03:04:05.1234567Z", 1767323045 },
		{ "2026-01-02T05:04:05+02:00", 1767323045 },
		{ "2026-01-01T22:04:05-05:00", 1767323045 },
		{ "1601-01-01T00:00:00Z", -11644473600 },
		{ "2026-13-02T03:04:05Z", EWS_TIME_NONE },
		{ "2026-01-02", EWS_TIME_NONE },
		{ "2026-01-02T03:04:05+2", EWS_TIME_NONE },
		{ "", EWS_TIME_NONE },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (soap_parse_time(str_from(rows[i].text)) != rows[i].unix_s)
			fail_msg("row %zu: %s", i, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_folders, begin),
		cmocka_unit_test_setup(test_folder_sync, begin),
		cmocka_unit_test_setup(test_item_sync, begin),
		cmocka_unit_test_setup(test_items, begin),
		cmocka_unit_test_setup(test_missing_messages, begin),
		cmocka_unit_test_setup(test_old_flag, begin),
		cmocka_unit_test_setup(test_gaps, begin),
		cmocka_unit_test_setup(test_mime, begin),
		cmocka_unit_test_setup(test_content, begin),
		cmocka_unit_test_setup(test_calendar, begin),
		cmocka_unit_test_setup(test_find, begin),
		cmocka_unit_test_setup(test_list, begin),
		cmocka_unit_test_setup(test_ids, begin),
		cmocka_unit_test_setup(test_singles, begin),
		cmocka_unit_test_setup(test_events, begin),
		cmocka_unit_test_setup(test_directory, begin),
		cmocka_unit_test_setup(test_attachment, begin),
		cmocka_unit_test_setup(test_depth, begin),
		cmocka_unit_test_setup(test_times, begin),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
