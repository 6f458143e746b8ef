/* What the directory, the settings and the typed items are read as. */
#include "tests/unit/test.h"

#include "ews/call.h"
#include "tests/unit/ews/every_op.h"

#define ENVELOPE(body) "<Envelope><Body>" body "</Body></Envelope>"
#define ANSWER(messages)                                                                 \
	ENVELOPE("<R><ResponseMessages>" messages "</ResponseMessages></R>")
#define FLAT(inner)                                                                      \
	ENVELOPE("<R ResponseClass='Success'><ResponseCode>NoError</ResponseCode>" inner \
		 "</R>")
#define OK(inner)                                                                        \
	"<M ResponseClass='Success'><ResponseCode>NoError</ResponseCode>" inner "</M>"
#define FAILED(code)                                                                     \
	"<M ResponseClass='Error'><MessageText>why</MessageText><ResponseCode>" code     \
	"</ResponseCode></M>"

static struct ews_account *account;
static struct ews_conn *conn;
static struct err err;
static const char *next_answer;
static struct strbuf seen = STRBUF(1 << 20);

static int answer(void *context, struct str request, struct str *answer_r)
{
	strbuf_reset(&seen);
	strbuf_add(&seen, request);
	*answer_r = str_from(next_answer);
	return 200;
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
	strbuf_finish(&seen);
	return 0;
}

static void assert_said(const char *text, bool wanted)
{
	if ((str_find(strbuf_str(&seen), str_from(text)) >= 0) != wanted)
		fail_msg("%s '%s' in %s", wanted ? "no" : "unwanted", text,
			 strbuf_cstr(&seen));
}

/* --- Directory --------------------------------------------------------------------- */

static void test_lists(void **state)
{
	CLEANUP(ews_names_finish) struct ews_names out = { 0 };

	next_answer = ANSWER(
		OK("<DLExpansion TotalItemsInView='2'><Mailbox><Name>A</Name>"
		   "<EmailAddress>a@x.test</EmailAddress></Mailbox><Mailbox>"
		   "<EmailAddress>b@x.test</EmailAddress><MailboxType>PublicDL"
		   "</MailboxType></Mailbox></DLExpansion>"));
	ASSERT_OK(ews_group_expand(conn, "g@x.test", &out, &err), err);
	assert_int_equal(out.count, 2);
	assert_string_equal(out.list[1].type, "PublicDL");

	next_answer = FLAT("<RoomLists><Address><Name>B1</Name><EmailAddress>b1@x.test"
			   "</EmailAddress></Address></RoomLists>");
	ASSERT_OK(ews_room_lists(conn, &out, &err), err);
	assert_int_equal(out.count, 1);
	assert_string_equal(out.list[0].address, "b1@x.test");

	next_answer = FLAT("<Rooms><Room><Id><Name>R</Name><EmailAddress>r@x.test"
			   "</EmailAddress></Id></Room></Rooms>");
	ASSERT_OK(ews_rooms(conn, "b1@x.test", &out, &err), err);
	assert_int_equal(out.count, 1);
	assert_string_equal(out.list[0].name, "R");

	next_answer = ENVELOPE("<R ResponseClass='Error'><MessageText>no</MessageText>"
			       "<ResponseCode>ErrorNameResolutionNoResults</ResponseCode>"
			       "</R>");
	assert_false(ews_rooms(conn, "zz@x.test", &out, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_int_equal(out.count, 0);
}

static void test_people(void **state)
{
	CLEANUP(ews_people_finish) struct ews_people out = { 0 };

	next_answer = FLAT(
		"<People><Persona><PersonaId Id='p1'/><PersonaType>Person</PersonaType>"
		"<DisplayName>Ann</DisplayName><GivenName>A</GivenName><EmailAddress>"
		"<EmailAddress>a@x.test</EmailAddress></EmailAddress><EmailAddresses>"
		"<EmailAddress><EmailAddress>a@x.test</EmailAddress></EmailAddress>"
		"<EmailAddress><EmailAddress>b@x.test</EmailAddress></EmailAddress>"
		"</EmailAddresses><RelevanceScore>99999999999</RelevanceScore></Persona>"
		"</People><TotalNumberOfPeopleInView>7</TotalNumberOfPeopleInView>");
	ASSERT_OK(try_people_find(conn, &err), err);
	ASSERT_OK(ews_people_find(conn, &inbox, NULL, 0, 10, &out, &err), err);
	assert_said("QueryString", false);
	assert_int_equal(out.count, 1);
	assert_int_equal(out.total, 7);
	assert_string_equal(out.list[0].email.address, "a@x.test");
	assert_int_equal(out.list[0].emails.count, 2);

	next_answer = FLAT("<Persona><PersonaId Id='p1'/><MobilePhones>"
			   "<PhoneNumberAttributedValue><Value><Number>1</Number><Type>"
			   "Mobile</Type></Value></PhoneNumberAttributedValue>"
			   "</MobilePhones></Persona>");
	ASSERT_OK(ews_person_get(conn, "p1", &out, &err), err);
	assert_int_equal(out.total, -1);
	assert_int_equal(out.list[0].phone_count, 1);
	assert_string_equal(out.list[0].phones[0].type, "Mobile");

	next_answer = FLAT("");
	assert_false(ews_person_get(conn, "p1", &out, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void test_photo(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf jpeg = STRBUF(100);

	next_answer = FLAT(
		"<HasChanged>true</HasChanged><PictureData>/9j/</PictureData>");
	ASSERT_OK(ews_photo_get(conn, "a@x.test", 100, &jpeg, &err), err);
	assert_int_equal(jpeg.len, 3);
	assert_said("HR120x120", true);
	next_answer = FLAT("<HasChanged>false</HasChanged>");
	assert_false(ews_photo_get(conn, "a@x.test", 9000, &jpeg, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_said("HR648x648", true);
}

/* --- Settings ---------------------------------------------------------------------- */

static void test_oof(void **state)
{
	CLEANUP(ews_oof_finish) struct ews_oof out = { 0 };

	next_answer = ENVELOPE(
		"<R><ResponseMessage ResponseClass='Success'><ResponseCode>NoError"
		"</ResponseCode></ResponseMessage><OofSettings><OofState>Scheduled"
		"</OofState><ExternalAudience>Known</"
		"ExternalAudience><Duration><StartTime>"
		"2026-01-02T03:04:05</StartTime><EndTime>2026-01-03T03:04:05Z</EndTime>"
		"</Duration><InternalReply><Message>in</Message></InternalReply>"
		"<ExternalReply/></OofSettings><AllowExternalOof>All</AllowExternalOof></"
		"R>");
	ASSERT_OK(ews_oof_get(conn, "a@x.test", &out, &err), err);
	assert_int_equal(out.state, EWS_OOF_SCHEDULED);
	assert_int_equal(out.audience, EWS_AUDIENCE_KNOWN);
	assert_int_equal(out.allowed, EWS_AUDIENCE_ALL);
	assert_int_equal(out.start_unix, 1767323045);
	assert_string_equal(out.internal_reply, "in");
	assert_null(out.external_reply);

	next_answer = ENVELOPE(
		"<R><ResponseMessage ResponseClass='Error'><MessageText>not yours"
		"</MessageText><ResponseCode>ErrorAccessDenied</ResponseCode>"
		"</ResponseMessage></R>");
	assert_false(ews_oof_set(conn, "b@x.test", &out, &err));
	assert_int_equal(err.code, ERR_DENIED);
	assert_said("<t:OofState>Scheduled</t:OofState>", true);
}

static void test_configuration(void **state)
{
	CLEANUP(ews_configuration_finish) struct ews_configuration out = { 0 };
	CLEANUP(ews_categories_finish) struct ews_categories categories = { 0 };

	next_answer = ANSWER(OK(
		"<UserConfiguration><ItemId Id='c'/><Dictionary><DictionaryEntry>"
		"<DictionaryKey><Type>String</Type><Value>timezone</Value>"
		"</DictionaryKey><DictionaryValue><Type>String</Type><Value>UTC</Value>"
		"</DictionaryValue></DictionaryEntry><DictionaryEntry/></Dictionary>"
		"<BinaryData>aGk=</BinaryData></UserConfiguration>"));
	ASSERT_OK(ews_configuration_get(conn, &root, "OWA.UserOptions", &out, &err), err);
	assert_int_equal(out.entry_count, 1);
	assert_string_equal(out.entries[0].key, "timezone");
	assert_string_equal(out.entries[0].value, "UTC");
	assert_int_equal(out.binary.len, 2);
	assert_null(out.xml.p);

	/* <?xml version="1.0"?><categories xmlns="CategoryList.xsd"><category name="Red"
	 * color="0"/><category name="x,y" color="-1"/></categories> */
	next_answer = ANSWER(OK(
		"<UserConfiguration><XmlData>PD94bWwgdmVyc2lvbj0iMS4wIj8+PGNhdGVnb3JpZX"
		"MgeG1sbnM9IkNhdGVnb3J5TGlzdC54c2QiPjxjYXRlZ29yeSBuYW1lPSJSZWQiIGNvbG9yPS"
		"IwIi8+PGNhdGVnb3J5IG5hbWU9IngseSIgY29sb3I9Ii0xIi8+PC9jYXRlZ29yaWVzPg=="
		"</XmlData></UserConfiguration>"));
	ASSERT_OK(ews_categories_get(conn, &categories, &err), err);
	assert_int_equal(categories.count, 2);
	assert_string_equal(categories.list[0].name, "Red");
	assert_int_equal(categories.list[0].color, 0);
	assert_string_equal(categories.list[1].name, "x,y");
	assert_int_equal(categories.list[1].color, -1);

	next_answer = ANSWER(OK("<UserConfiguration><XmlData>aGk=</XmlData>"
				"</UserConfiguration>"));
	assert_false(ews_categories_get(conn, &categories, &err));
	assert_int_equal(categories.count, 0);
}

static void test_delegates(void **state)
{
	CLEANUP(ews_delegates_finish) struct ews_delegates out = { 0 };

	next_answer = FLAT(
		"<ResponseMessages>" OK(
			"<DelegateUser><UserId><PrimarySmtpAddress>b@x.test"
			"</PrimarySmtpAddress><DisplayName>B</DisplayName></UserId>"
			"<DelegatePermissions><CalendarFolderPermissionLevel>Editor"
			"</CalendarFolderPermissionLevel></DelegatePermissions>"
			"<ViewPrivateItems>true</ViewPrivateItems></DelegateUser>")
			FAILED("ErrorDelegateNoUser") "</ResponseMessages>"
						      "<DeliverMeetingRequests>"
						      "DelegatesAndMe</"
						      "DeliverMeetingRequests>");
	ASSERT_OK(ews_delegates_get(conn, "a@x.test", &out, &err), err);
	assert_int_equal(out.count, 2);
	assert_string_equal(out.list[0].address, "b@x.test");
	assert_int_equal(out.list[0].calendar, EWS_PERMISSION_EDITOR);
	assert_int_equal(out.list[0].inbox, EWS_PERMISSION_NONE);
	assert_true(out.list[0].sees_private);
	assert_int_equal(out.list[1].status.err.code, ERR_NOT_FOUND);
	assert_string_equal(out.deliver, "DelegatesAndMe");
}

static void test_rules(void **state)
{
	CLEANUP(ews_rules_finish) struct ews_rules out = { 0 };
	struct ews_rule_change change = { EWS_RULE_SET, NULL };

	next_answer = FLAT(
		"<OutlookRuleBlobExists>true</OutlookRuleBlobExists><InboxRules><Rule>"
		"<RuleId>r1</RuleId><DisplayName>one</DisplayName><Priority>1</Priority>"
		"<IsEnabled>true</IsEnabled><Conditions><ContainsSubjectStrings><String>a"
		"</String><String>b</String></"
		"ContainsSubjectStrings><FromAddresses><Address>"
		"<EmailAddress>b@x.test</EmailAddress></Address></FromAddresses></"
		"Conditions>"
		"<Actions><MoveToFolder><FolderId Id='f'/></MoveToFolder>"
		"<StopProcessingRules>true</StopProcessingRules></Actions></Rule><Rule>"
		"<RuleId>r2</RuleId><Conditions><WithinSizeRange><MinimumSize>1"
		"</MinimumSize></WithinSizeRange></Conditions></Rule></InboxRules>");
	ASSERT_OK(ews_rules_get(conn, NULL, &out, &err), err);
	assert_int_equal(out.count, 2);
	assert_true(out.outlook_blob);
	assert_int_equal(out.list[0].conditions.subject.count, 2);
	assert_string_equal(out.list[0].conditions.from.list[0].address, "b@x.test");
	assert_string_equal(out.list[0].actions.move_to, "f");
	assert_true(out.list[0].actions.stop);
	assert_false(out.list[0].conditions.has_other);
	assert_true(out.list[1].conditions.has_other);

	next_answer = FLAT("");
	change.rule = &out.list[0]; /* what was read can be written */
	ASSERT_OK(ews_rules_update(conn, NULL, &change, 1, false, &err), err);
	assert_said("<t:String>b</t:String>", true);
	assert_said("<t:FolderId Id=\"f\"/>", true);
	change.rule = &out.list[1];
	assert_false(ews_rules_update(conn, NULL, &change, 1, false, &err));
	assert_int_equal(err.code, ERR_SYNTAX);
}

static void test_free_busy(void **state)
{
	static const char *const who[] = { "a@x.test", "b@x.test", "c@x.test" };
	CLEANUP(ews_free_busies_finish) struct ews_free_busies out = { 0 };

	next_answer = ENVELOPE(
		"<R><FreeBusyResponseArray><FreeBusyResponse><ResponseMessage "
		"ResponseClass='Success'><ResponseCode>NoError</ResponseCode>"
		"</ResponseMessage><FreeBusyView><FreeBusyViewType>Detailed"
		"</FreeBusyViewType><MergedFreeBusy>0024</MergedFreeBusy>"
		"<CalendarEventArray><CalendarEvent><StartTime>2026-01-02T03:04:05"
		"</StartTime><EndTime>2026-01-02T04:04:05</EndTime><BusyType>OOF</"
		"BusyType>"
		"<CalendarEventDetails><Subject>s</Subject><IsMeeting>true</IsMeeting>"
		"</CalendarEventDetails></CalendarEvent></"
		"CalendarEventArray><WorkingHours>"
		"<TimeZone><Bias>-60</Bias></TimeZone><WorkingPeriodArray><WorkingPeriod>"
		"<DayOfWeek>Monday Friday</DayOfWeek><StartTimeInMinutes>480"
		"</StartTimeInMinutes><EndTimeInMinutes>1020</EndTimeInMinutes>"
		"</WorkingPeriod></WorkingPeriodArray></WorkingHours></FreeBusyView>"
		"</FreeBusyResponse><FreeBusyResponse><ResponseMessage "
		"ResponseClass='Error'>"
		"<ResponseCode>ErrorNoFreeBusyAccess</ResponseCode></ResponseMessage>"
		"</FreeBusyResponse></FreeBusyResponseArray></R>");
	ASSERT_OK(ews_free_busy_get(conn, who, 3, 1767312000, 1767398400, 30, &out, &err),
		  err);
	assert_said("<t:StartTime>2026-01-02T00:00:00</t:StartTime>", true);
	assert_int_equal(out.count, 3);
	assert_true(ews_status_ok(&out.list[0].status));
	assert_string_equal(out.list[0].merged, "0024");
	assert_int_equal(out.list[0].count, 1);
	assert_int_equal(out.list[0].list[0].start_unix, 1767323045);
	assert_int_equal(out.list[0].list[0].busy, EWS_BUSY_OOF);
	assert_true(out.list[0].list[0].is_meeting);
	assert_int_equal(out.list[0].bias_min, -60);
	assert_int_equal(out.list[0].periods[0].days, 0x22);
	assert_int_equal(out.list[0].periods[0].end_min, 1020);
	assert_int_equal(out.list[1].status.err.code, ERR_DENIED);
	assert_int_equal(out.list[2].status.code, EWS_CODE_NO_ANSWER);
}

/* --- Attachments, export ----------------------------------------------------------- */

static void test_attachments(void **state)
{
	const struct str bytes = STR("hi");
	const struct ews_new_attachment one = { .name = "n",
						.content = ews_source_bytes(&bytes) };
	static const char *const ids[] = { "a1" };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	next_answer = ANSWER(OK("<Attachments><FileAttachment><AttachmentId Id='a1' "
				"RootItemId='i' RootItemChangeKey='k2'/></FileAttachment>"
				"</Attachments>"));
	ASSERT_OK(ews_attachment_create(conn, &refs[0], &one, 1, &out, &err), err);
	assert_said("<t:Content>aGk=</t:Content>", true);
	assert_string_equal(out.list[0].id.id, "a1");
	assert_string_equal(out.list[0].id.change_key, "k2");

	next_answer = ANSWER(OK("<RootItemId RootItemId='i' RootItemChangeKey='k3'/>"));
	ASSERT_OK(ews_attachment_delete(conn, ids, 1, &out, &err), err);
	assert_string_equal(out.list[0].id.id, "i");
	assert_string_equal(out.list[0].id.change_key, "k3");
}

static void test_export(void **state)
{
	CLEANUP(ews_fetched_finish) struct ews_fetched out = { 0 };
	CLEANUP(strbuf_finish) struct strbuf bytes = STRBUF(100);
	struct strbuf none = STRBUF(100);
	const struct ews_sink sinks[] = { ews_sink_buffer(&bytes),
					  ews_sink_buffer(&none) };
	CLEANUP(ews_id_results_finish) struct ews_id_results ids = { 0 };

	next_answer = ANSWER(OK("<ItemId Id='e'/><Data>aGk=</Data>")
				     FAILED("ErrorItemNotFound"));
	ASSERT_OK(ews_item_export(conn, refs, 2, sinks, &out, &err), err);
	ASSERT_STR(0, strbuf_str(&bytes), STR("hi"));
	assert_int_equal(out.list[1].status.code, EWS_CODE_ITEM_NOT_FOUND);

	next_answer = ANSWER(OK("<ItemId Id='u1'/>") OK("<ItemId Id='u2'/>"));
	ASSERT_OK(try_upload(conn, &err), err);
	assert_said("<t:Data>c3RyZWFt</t:Data>", true);
	ews_id_results_finish(&ids);
}

/* --- Typed items ------------------------------------------------------------------- */

static void test_view(void **state)
{
	CLEANUP(ews_calendar_view_finish) struct ews_calendar_view out = { 0 };

	next_answer = ANSWER(OK(
		"<RootFolder TotalItemsInView='2' IncludesLastItemInRange='false'><Items>"
		"<CalendarItem><ItemId Id='o'/><Start>2026-01-02T03:04:05Z</Start>"
		"<CalendarItemType>Occurrence</CalendarItemType></"
		"CalendarItem><CalendarItem><ItemId Id='p'/></CalendarItem></Items>"
		"</RootFolder>"));
	ASSERT_OK(ews_calendar_find(conn, &inbox, 0, 86400, 1, &out, &err), err);
	assert_int_equal(out.count, 2);
	assert_string_equal(out.list[1].id.id, "p");
	assert_false(out.last);
	assert_int_equal(out.list[0].type, EWS_CALENDAR_OCCURRENCE);
	assert_int_equal(out.list[0].start_unix, 1767323045);
	assert_int_equal(out.list[0].original_start_unix, EWS_TIME_NONE);
}

static void test_calendar_requests(void **state)
{
	next_answer = ANSWER(OK("<Items><CalendarItem><ItemId Id='n' ChangeKey='k'/>"
				"</CalendarItem></Items>"));
	ASSERT_OK(try_calendar_all_day(conn, &err), err);
	assert_said("<t:Start>2026-07-02T00:00:00</t:Start>", true);
	assert_said("<t:End>2026-07-03T00:00:00</t:End>", true);
	assert_said("<t:DaysOfWeek>Weekday</t:DaysOfWeek>", true);
	assert_said("SendMeetingInvitations=\"SendToNone\"", true);
	ASSERT_OK(try_calendar_update(conn, &err), err);
	assert_said("ConflictResolution=\"NeverOverwrite\"", true);
	assert_said("calendar:UID", false);
	/* Nothing given: the fields are deleted, of this occurrence alone. */
	ASSERT_OK(try_calendar_update_meeting(conn, &err), err);
	assert_said("InstanceIndex=\"3\"", true);
	assert_said("SendToChangedAndSaveCopy", true);
	assert_said("<t:DeleteItemField><t:FieldURI FieldURI=\"calendar:Location\"/>",
		    true);
	assert_said("SetItemField", false);
	ASSERT_OK(try_accept(conn, &err), err);
	assert_said("MessageDisposition=\"SaveOnly\"", true);
	assert_said("ProposedStart", false);
	ASSERT_OK(try_decline(conn, &err), err);
	assert_said("<t:DeclineItem>", true);
	assert_said("SendAndSaveCopy", true);
	next_answer = ANSWER(FAILED("ErrorIrresolvableConflict"));
	assert_false(try_calendar_update(conn, &err));
	assert_int_equal(err.code, ERR_STATE);
	assert_true(ews_conn_failed_with(conn, EWS_CODE_CONFLICT));
}

static void test_tasks(void **state)
{
	CLEANUP(ews_tasks_finish) struct ews_tasks out = { 0 };

	next_answer = ANSWER(OK(
		"<Items><Task><ItemId Id='t'/><Subject>s</Subject><Body BodyType='Text'>b"
		"</Body><ReminderIsSet>false</ReminderIsSet><DueDate>2026-01-05T00:00:00Z"
		"</DueDate><PercentComplete>50.0</PercentComplete><Status>Deferred"
		"</Status><CompleteDate>2026-01-06T00:00:00Z</CompleteDate>"
		"<IsComplete>true</IsComplete></Task></Items>")
				     OK("<Items><Message/></Items>"));
	ASSERT_OK(ews_task_get(conn, refs, 2, NULL, &out, &err), err);
	assert_string_equal(out.list[0].subject, "s");
	assert_string_equal(out.list[0].body.text, "b");
	assert_int_equal(out.list[0].due.day, 5);
	assert_int_equal(out.list[0].percent, 50);
	assert_int_equal(out.list[0].state, EWS_TASK_DEFERRED);
	assert_int_equal(out.list[0].completed.day, 6);
	assert_true(out.list[0].is_complete);
	assert_int_equal(out.list[0].set, EWS_TASK_SUBJECT | EWS_TASK_BODY |
						  EWS_TASK_REMINDER | EWS_TASK_DUE |
						  EWS_TASK_PERCENT | EWS_TASK_STATUS);
	assert_int_equal(out.list[0].reminder_due_unix, EWS_TIME_NONE);
	assert_int_equal(out.list[1].status.err.code, ERR_SYNTAX);

	next_answer = ANSWER(OK("<Items><Task><ItemId Id='t'/></Task></Items>"));
	ASSERT_OK(try_task_update(conn, &err), err);
	assert_said("<t:DeleteItemField><t:FieldURI FieldURI=\"task:DueDate\"/>", true);
	assert_said("<t:StartDate>2026-01-04T00:00:00Z</t:StartDate>", true);
}

static void test_contacts(void **state)
{
	CLEANUP(ews_contacts_finish) struct ews_contacts out = { 0 };

	next_answer = ANSWER(OK(
		"<Items><Contact><ItemId Id='c'/><Attachments><FileAttachment>"
		"<AttachmentId Id='p'/></FileAttachment></Attachments><GivenName>Ann"
		"</GivenName><EmailAddresses><Entry Key='EmailAddress2'>b@x.test</Entry>"
		"<Entry Key='EmailAddress9'>?</Entry></EmailAddresses><PhysicalAddresses>"
		"<Entry Key='Home'><City>C</City></Entry><Entry Key='?'><City>D</City>"
		"</Entry></PhysicalAddresses><PhoneNumbers><Entry Key='TtyTddPhone'>1"
		"</Entry></PhoneNumbers><Birthday>1964-02-29T11:59:00Z</Birthday>"
		"<HasPicture>true</HasPicture></Contact></Items>")
				     FAILED("ErrorItemNotFound"));
	ASSERT_OK(ews_contact_get(conn, refs, 2, NULL, &out, &err), err);
	assert_string_equal(out.list[0].given_name, "Ann");
	assert_null(out.list[0].emails[0]);
	assert_string_equal(out.list[0].emails[1], "b@x.test");
	assert_string_equal(out.list[0].addresses[EWS_ADDRESS_HOME].city, "C");
	assert_string_equal(out.list[0].phones[EWS_PHONE_TTY], "1");
	assert_int_equal(out.list[0].birthday.year, 1964);
	assert_true(out.list[0].has_picture);
	assert_int_equal(out.list[0].attachment_count, 1);

	next_answer = ANSWER(OK("<Items><Contact><ItemId Id='c'/></Contact></Items>"));
	ASSERT_OK(try_contact_update(conn, &err), err);
	assert_said(
		"<t:DeleteItemField><t:IndexedFieldURI FieldURI=\"contacts:PhoneNumber\" "
		"FieldIndex=\"Telex\"/>",
		true);
	assert_said(
		"<t:DeleteItemField><t:IndexedFieldURI "
		"FieldURI=\"contacts:PhysicalAddress:City\" FieldIndex=\"Business\"/>",
		true);
	assert_said("<t:Birthday>1964-02-29T11:59:00Z</t:Birthday>", true);
	ASSERT_OK(try_contact_create(conn, &err), err);
	assert_said("<t:Entry Key=\"EmailAddress3\">aj@example.test</t:Entry>", true);
	assert_said("EmailAddress2", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_people),
		cmocka_unit_test(test_photo),
		cmocka_unit_test(test_oof),
		cmocka_unit_test(test_configuration),
		cmocka_unit_test(test_delegates),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_free_busy),
		cmocka_unit_test(test_attachments),
		cmocka_unit_test(test_export),
		cmocka_unit_test(test_view),
		cmocka_unit_test(test_calendar_requests),
		cmocka_unit_test(test_tasks),
		cmocka_unit_test(test_contacts),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
