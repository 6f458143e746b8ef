/* Every operation of the library with plausible arguments; results are thrown away. */
#ifndef TESTS_UNIT_EWS_EVERY_OP_H
#define TESTS_UNIT_EWS_EVERY_OP_H

#include <stdlib.h>

#include "ews/ews.h"
#include "tests/unit/ews/shared.h"

#define ID "AAMkADExAAA="
#define KEY "CQAAABYAAAA="

static const struct ews_ref refs[] = { { ID, KEY }, { "AAMkADEyAAA=", NULL } };
static const struct ews_folder_ref inbox = { .distinguished = "inbox" };
static const struct ews_folder_ref root = { .distinguished = "msgfolderroot" };
static const struct ews_folder_ref plain = { .id = "AAMkFolder=" };
static const struct ews_property mark = { .set = EWS_SET_PUBLIC_STRINGS,
					  .name = "passerelle-mark",
					  .type = EWS_PROPERTY_STRING };

static bool try_folder_get(struct ews_conn *conn, struct err *err)
{
	const struct ews_folder_ref folders[] = { inbox,
						  plain,
						  { .distinguished = "calendar",
						    .mailbox = "bob@example.test" } };
	CLEANUP(ews_folders_finish) struct ews_folders out = { 0 };

	return ews_folder_get(conn, folders, ARRAY_LEN(folders), &out, err);
}

static bool try_folder_find(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_folders_finish) struct ews_folders out = { 0 };

	return ews_folder_find(conn, &root, true, 0, 500, &out, err);
}

static bool try_quota_get(struct ews_conn *conn, struct err *err)
{
	struct ews_quota out;

	return ews_quota_get(conn, &out, err);
}

static bool try_folder_sizes(struct ews_conn *conn, struct err *err)
{
	struct ews_folder_sizes out;

	return ews_folder_sizes(conn, &root, 0, 500, &out, err);
}

static bool try_folder_sync(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_folder_changes_finish) struct ews_folder_changes out = { 0 };

	return ews_folder_sync(conn, &root, "H4sIAAA=", &out, err);
}

static bool try_folder_create(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	return ews_folder_create(conn, &root, "R&D <new> \"x\"\r\n", "IPF.Note", &out,
				 err);
}

static bool try_calendar_create(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	return ews_folder_create(conn, &root, "Plans", "IPF.Appointment", &out, err);
}

static bool try_folder_rename(struct ews_conn *conn, struct err *err)
{
	return ews_folder_rename(conn, &plain, "\xC3\x89t\xC3\xA9", err);
}

static bool try_folder_move(struct ews_conn *conn, struct err *err)
{
	return ews_folder_move(conn, &plain, &inbox, err);
}

static bool try_folder_delete(struct ews_conn *conn, struct err *err)
{
	return ews_folder_delete(conn, &plain, EWS_DELETE_TO_TRASH, err);
}

static bool try_folder_copy(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	return ews_folder_copy(conn, &plain, &inbox, &out, err);
}

static bool try_folder_empty(struct ews_conn *conn, struct err *err)
{
	return ews_folder_empty(conn, &plain, EWS_DELETE_SOFT, true, err);
}

static bool try_folder_mark_read(struct ews_conn *conn, struct err *err)
{
	return ews_folder_mark_read(conn, &plain, true, err);
}

static bool try_junk(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	return ews_item_mark_junk(conn, refs, ARRAY_LEN(refs), true, true, &out, err);
}

static bool try_item_sync(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_item_changes_finish) struct ews_item_changes out = { 0 };

	return ews_item_sync(conn, &inbox, "H4sIAAA=", 512, &out, err);
}

static bool try_item_find(struct ews_conn *conn, struct err *err)
{
	const struct ews_find find = { .property = &mark,
				       .value = "12ab",
				       .order = EWS_FIND_NEWEST_FIRST,
				       .max = 100 };
	CLEANUP(ews_found_items_finish) struct ews_found_items out = { 0 };

	return ews_item_find(conn, &inbox, &find, &out, err);
}

static bool try_item_find_key(struct ews_conn *conn, struct err *err)
{
	static const struct ews_property key = { .tag = 0x300B,
						 .type = EWS_PROPERTY_BINARY };
	const struct ews_find find = { .property = &key, .max = 100 };
	CLEANUP(ews_found_items_finish) struct ews_found_items out = { 0 };

	return ews_item_find(conn, &inbox, &find, &out, err);
}

static bool try_item_list(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_item_list_finish) struct ews_item_list out = { 0 };

	return ews_item_list(conn, &inbox, &mark, 1000, 1000, &out, err);
}

static bool try_item_get(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_items_finish) struct ews_items out = { 0 };

	return ews_item_get(conn, refs, ARRAY_LEN(refs), &mark, &out, err);
}

static bool try_item_get_mime(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_mimes_finish) struct ews_mimes out = { 0 };

	return ews_item_get_mime(conn, refs, ARRAY_LEN(refs), &out, err);
}

static bool try_item_get_content(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_contents_finish) struct ews_contents out = { 0 };

	return ews_item_get_content(conn, refs, ARRAY_LEN(refs), &out, err);
}

static bool try_calendar_get(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_calendar_items_finish) struct ews_calendar_items out = { 0 };

	return ews_calendar_get(conn, refs, ARRAY_LEN(refs), &mark, &out, err);
}

static bool try_attachment_get(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_attachment_content_finish) struct ews_attachment_content out = { 0 };

	return ews_attachment_get(conn, ID, &out, err);
}

static bool try_item_create(struct ews_conn *conn, struct err *err)
{
	static const char *const categories[] = { "Blue category", "a,b & \x01" };
	static const char *const bcc[] = { "carol@example.test" };
	static const struct ews_property_value marks[] = {
		{ .property = { .set = EWS_SET_PUBLIC_STRINGS,
				.name = "passerelle-mark",
				.type = EWS_PROPERTY_STRING },
		  .value = "12ab" },
	};
	const struct ews_create create = {
		.folder = { .distinguished = "drafts" },
		.mime = STR("Subject: hello\r\n\r\nbody\r\n"),
		.is_read = true,
		.message_flags = EWS_MSGFLAG_READ,
		.delivered_unix = 1780000000,
		.submitted_unix = 1780000000,
		.flag = EWS_FLAG_FLAGGED,
		.importance = EWS_IMPORTANCE_HIGH,
		.categories = categories,
		.category_count = ARRAY_LEN(categories),
		.bcc = bcc,
		.bcc_count = ARRAY_LEN(bcc),
		.properties = marks,
		.property_count = ARRAY_LEN(marks),
	};
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	return ews_item_create(conn, &create, &out, err);
}

static bool try_item_update(struct ews_conn *conn, struct err *err)
{
	static const char *const categories[] = { "Red" };
	const struct ews_update updates[] = {
		{ .ref = refs[0],
		  .set = EWS_SET_IS_READ | EWS_SET_FLAG | EWS_SET_CATEGORIES |
			 EWS_SET_LAST_VERB | EWS_SET_ICON_INDEX,
		  .is_read = true,
		  .flag = EWS_FLAG_FLAGGED,
		  .categories = categories,
		  .category_count = 1,
		  .last_verb = EWS_VERB_REPLY,
		  .icon_index = EWS_ICON_REPLIED },
		{ .ref = refs[1],
		  .type = EWS_ITEM_MEETING_REQUEST,
		  .set = EWS_SET_CATEGORIES | EWS_SET_LAST_VERB | EWS_SET_PROPERTY,
		  .property = { .property = { .tag = 0x300B,
					      .type = EWS_PROPERTY_BINARY } } },
	};
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	return ews_item_update(conn, updates, ARRAY_LEN(updates), &out, err);
}

static bool try_item_delete(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	return ews_item_delete(conn, refs, ARRAY_LEN(refs), EWS_DELETE_SOFT, &out, err);
}

static bool try_item_move(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	return ews_item_move(conn, refs, ARRAY_LEN(refs), &plain, &out, err);
}

static bool try_item_copy(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	return ews_item_copy(conn, refs, ARRAY_LEN(refs), &plain, &out, err);
}

static bool try_item_send(struct ews_conn *conn, struct err *err)
{
	const struct ews_folder_ref sent = { .distinguished = "sentitems" };

	return ews_item_send(conn, &refs[0], &sent, err);
}

static bool try_item_send_only(struct ews_conn *conn, struct err *err)
{
	return ews_item_send(conn, &refs[0], NULL, err);
}

static bool try_subscribe(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_subscription_finish) struct ews_subscription out = { 0 };

	return ews_subscribe_streaming(conn, &out, err);
}

static bool try_subscribe_pull(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_subscription_finish) struct ews_subscription out = { 0 };

	return ews_subscribe_pull(conn, 30, &out, err);
}

static bool take_events(void *context, const struct ews_events *events)
{
	return true;
}

static bool try_stream(struct ews_conn *conn, struct err *err)
{
	return ews_stream_run(conn, "JgBlAA==", 30, take_events, NULL, err);
}

static bool try_events_get(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_events_finish) struct ews_events out = { 0 };

	return ews_events_get(conn, "JgBlAA==", "AQAA", &out, err);
}

static bool try_unsubscribe(struct ews_conn *conn, struct err *err)
{
	return ews_unsubscribe(conn, "JgBlAA==", err);
}

static bool try_names_resolve(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_names_finish) struct ews_names out = { 0 };

	return ews_names_resolve(conn, "alice", &out, err);
}

static bool try_mailbox_address(struct ews_conn *conn, struct err *err)
{
	char *address = NULL;
	bool ok = ews_mailbox_address(conn, ID, "alice@example.test", &address, err);

	free(address);
	return ok;
}

static bool try_tz_get(struct ews_conn *conn, struct err *err)
{
	static const char *const ids[] = { "W. Europe Standard Time" };
	CLEANUP(ews_tzs_finish) struct ews_tzs out = { 0 };

	return ews_tz_get(conn, ids, 1, &out, err);
}

static bool try_group_expand(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_names_finish) struct ews_names out = { 0 };

	return ews_group_expand(conn, "sales@example.test", &out, err);
}

static bool try_room_lists(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_names_finish) struct ews_names out = { 0 };

	return ews_room_lists(conn, &out, err);
}

static bool try_rooms(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_names_finish) struct ews_names out = { 0 };

	return ews_rooms(conn, "rooms@example.test", &out, err);
}

static bool try_people_find(struct ews_conn *conn, struct err *err)
{
	const struct ews_folder_ref directory = { .distinguished = "directory" };
	CLEANUP(ews_people_finish) struct ews_people out = { 0 };

	return ews_people_find(conn, &directory, "al & bo", 0, 50, &out, err);
}

static bool try_person_get(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_people_finish) struct ews_people out = { 0 };

	return ews_person_get(conn, ID, &out, err);
}

static bool try_photo_get(struct ews_conn *conn, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf jpeg = STRBUF(1 << 20);

	return ews_photo_get(conn, "bob@example.test", 100, &jpeg, err);
}

static bool try_oof_get(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_oof_finish) struct ews_oof out = { 0 };

	return ews_oof_get(conn, "alice@example.test", &out, err);
}

static bool try_oof_set(struct ews_conn *conn, struct err *err)
{
	const struct ews_oof oof = { .state = EWS_OOF_SCHEDULED,
				     .audience = EWS_AUDIENCE_KNOWN,
				     .start_unix = 1780000000,
				     .end_unix = 1780090000,
				     .internal_reply = "<p>away</p>" };

	return ews_oof_set(conn, "alice@example.test", &oof, err);
}

static bool try_configuration_get(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_configuration_finish) struct ews_configuration out = { 0 };

	return ews_configuration_get(conn, &root, "OWA.UserOptions", &out, err);
}

static bool try_categories_get(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_categories_finish) struct ews_categories out = { 0 };

	return ews_categories_get(conn, &out, err);
}

static bool try_delegates_get(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_delegates_finish) struct ews_delegates out = { 0 };

	return ews_delegates_get(conn, "alice@example.test", &out, err);
}

static bool try_rules_get(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_rules_finish) struct ews_rules out = { 0 };

	return ews_rules_get(conn, "alice@example.test", &out, err);
}

static bool try_rules_update(struct ews_conn *conn, struct err *err)
{
	static char *words[] = { "urgent", "now" };
	static struct ews_mailbox bob = { .name = "Bob", .address = "bob@example.test" };
	static const struct ews_rule rule = {
		.id = "AQAA",
		.name = "first things",
		.priority = 1,
		.enabled = true,
		.conditions = { .subject = { words, 2 },
				.from = { &bob, 1 },
				.has_attachments = true,
				.sent_to_me = true },
		.exceptions = { .is_ndr = true },
		.actions = { .move_to = ID,
			     .categories = { words, 1 },
			     .forward_to = { &bob, 1 },
			     .mark_read = true,
			     .stop = true },
	};
	static const struct ews_rule_change changes[] = { { EWS_RULE_CREATE, &rule },
							  { EWS_RULE_SET, &rule },
							  { EWS_RULE_DELETE, &rule } };

	return ews_rules_update(conn, NULL, changes, 3, false, err);
}

static bool try_free_busy(struct ews_conn *conn, struct err *err)
{
	static const char *const who[] = { "bob@example.test", "carol@example.test" };
	CLEANUP(ews_free_busies_finish) struct ews_free_busies out = { 0 };

	return ews_free_busy_get(conn, who, 2, 1780000000, 1780600000, 30, &out, err);
}

static bool try_attachment_create(struct ews_conn *conn, struct err *err)
{
	const struct str bytes = STR("\xFF\xD8jpeg");
	const struct ews_new_attachment list[] = {
		{ .name = "ContactPicture.jpg",
		  .content_type = "image/jpeg",
		  .is_contact_photo = true,
		  .content = ews_source_bytes(&bytes) },
		{ .name = "a & b.png",
		  .content_id = "part1@x",
		  .is_inline = true,
		  .content = ews_source_bytes(&bytes) },
	};
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	return ews_attachment_create(conn, &refs[0], list, 2, &out, err);
}

static bool try_attachment_delete(struct ews_conn *conn, struct err *err)
{
	static const char *const ids[] = { ID, "AAMkat2=" };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	return ews_attachment_delete(conn, ids, 2, &out, err);
}

static bool try_export(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_fetched_finish) struct ews_fetched out = { 0 };
	CLEANUP(strbuf_finish) struct strbuf first = STRBUF(1 << 20);
	CLEANUP(strbuf_finish) struct strbuf second = STRBUF(1 << 20);
	const struct ews_sink sinks[] = { ews_sink_buffer(&first),
					  ews_sink_buffer(&second) };

	return ews_item_export(conn, refs, 2, sinks, &out, err);
}

static bool try_upload(struct ews_conn *conn, struct err *err)
{
	const struct str bytes = STR("stream");
	const struct ews_upload uploads[] = {
		{ .folder_id = ID, .data = ews_source_bytes(&bytes) },
		{ .folder_id = ID,
		  .replaces = refs[0],
		  .is_associated = true,
		  .data = ews_source_bytes(&bytes) },
	};
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	return ews_item_upload(conn, uploads, 2, &out, err);
}

static bool try_find_filter(struct ews_conn *conn, struct err *err)
{
	static const struct ews_filter parts[] = {
		{ .op = EWS_FILTER_CONTAINS, .field = "item:Subject", .value = "plan" },
		{ .op = EWS_FILTER_PREFIX, .property = &mark, .value = "12" },
		{ .op = EWS_FILTER_GREATER_EQUAL,
		  .field = "item:DateTimeReceived",
		  .value = "2026-01-01T00:00:00Z" },
		{ .op = EWS_FILTER_LESS, .field = "item:Size", .value = "1000" },
		{ .op = EWS_FILTER_NO_BITS, .field = "item:Size", .value = "6" },
		{ .op = EWS_FILTER_EXISTS, .field = "item:Categories" },
	};
	static const struct ews_filter not = { .op = EWS_FILTER_NOT,
					       .list = &parts[5],
					       .count = 1 };
	static const struct ews_filter either[] = {
		{ .op = EWS_FILTER_OR, .list = parts, .count = 5 },
		{ .op = EWS_FILTER_NOT, .list = &not, .count = 1 },
	};
	static const struct ews_filter all = { .op = EWS_FILTER_AND,
					       .list = either,
					       .count = 2 };
	const struct ews_find find = { .filter = &all, .max = 100 };
	CLEANUP(ews_found_items_finish) struct ews_found_items out = { 0 };

	return ews_item_find(conn, &inbox, &find, &out, err);
}

static bool try_find_query(struct ews_conn *conn, struct err *err)
{
	const struct ews_find find = { .query = "subject:\"plan\" from:bob",
				       .order = EWS_FIND_NEWEST_FIRST,
				       .max = 100 };
	CLEANUP(ews_found_items_finish) struct ews_found_items out = { 0 };

	return ews_item_find(conn, &inbox, &find, &out, err);
}

static bool try_calendar_find(struct ews_conn *conn, struct err *err)
{
	const struct ews_folder_ref calendar = { .distinguished = "calendar" };
	CLEANUP(ews_calendar_view_finish) struct ews_calendar_view out = { 0 };

	return ews_calendar_find(conn, &calendar, 1780000000, 1790000000, 500, &out, err);
}

/* Everything that a calendar item can be given. */
static struct ews_calendar_edit full_edit(void)
{
	static char *categories[] = { "Red", "Blue" };
	static struct ews_mailbox bob = { .name = "Bob", .address = "bob@example.test" };
	static const struct ews_property_value marks[] = {
		{ .property = { .set = EWS_SET_PUBLIC_STRINGS,
				.name = "passerelle-mark",
				.type = EWS_PROPERTY_STRING },
		  .value = "12ab" },
	};

	return (struct ews_calendar_edit){
		.set = 0x1FFFFF,
		.subject = "Plan <1>",
		.location = "Room 1",
		.uid = "uid-1",
		.body = { "text & more", false },
		.sensitivity = EWS_SENSITIVITY_PRIVATE,
		.importance = EWS_IMPORTANCE_LOW,
		.busy = EWS_BUSY_TENTATIVE,
		.categories = { categories, 2 },
		.start.unix_s = 1780000000,
		.end.unix_s = 1780003600,
		.start_tz_id = "W. Europe Standard Time",
		.end_tz_id = "W. Europe Standard Time",
		.reminder_set = true,
		.reminder_minutes = 15,
		.response_requested = true,
		.allow_new_time = true,
		.required = { &bob, 1 },
		.optional = { &bob, 1 },
		.resources = { &bob, 1 },
		.recurrence = { .pattern = EWS_PATTERN_WEEKLY,
				.interval = 2,
				.days_of_week = 0x12,
				.first_day_of_week = 1,
				.range = EWS_RANGE_COUNT,
				.start = { 2026, 5, 28 },
				.occurrences = 10 },
		.properties = marks,
		.property_count = 1,
	};
}

static bool try_calendar_create_item(struct ews_conn *conn, struct err *err)
{
	const struct ews_calendar_edit edit = full_edit();
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	return ews_calendar_create(conn, NULL, &edit, EWS_NOTIFY_ALL, &out, err);
}

static bool try_calendar_all_day(struct ews_conn *conn, struct err *err)
{
	struct ews_calendar_edit edit = full_edit();
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	edit.is_all_day = true;
	edit.start.date = (struct ews_date){ 2026, 7, 2 };
	edit.end.date = (struct ews_date){ 2026, 7, 3 };
	edit.body.is_html = true;
	edit.recurrence = (struct ews_recurrence){ .pattern = EWS_PATTERN_YEARLY_RELATIVE,
						   .days_of_week = EWS_DAYS_WEEKDAY,
						   .week_index = -1,
						   .month = 7,
						   .range = EWS_RANGE_UNTIL,
						   .start = { 2026, 7, 2 },
						   .end = { 2030, 7, 2 } };
	return ews_calendar_create(conn, &plain, &edit, EWS_NOTIFY_NONE, &out, err);
}

static bool try_calendar_update(struct ews_conn *conn, struct err *err)
{
	const struct ews_calendar_ref ref = { { ID, KEY }, 0 };
	const struct ews_calendar_edit edit = full_edit();
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	return ews_calendar_update(conn, &ref, &edit, EWS_NOTIFY_NONE, &out, err);
}

static bool try_calendar_update_meeting(struct ews_conn *conn, struct err *err)
{
	const struct ews_calendar_ref ref = { { ID, NULL }, 3 };
	const struct ews_calendar_edit edit = { .set = EWS_CAL_LOCATION |
						       EWS_CAL_CATEGORIES |
						       EWS_CAL_OPTIONAL };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	return ews_calendar_update(conn, &ref, &edit, EWS_NOTIFY_CHANGED, &out, err);
}

static bool try_calendar_delete(struct ews_conn *conn, struct err *err)
{
	const struct ews_calendar_ref ref = { { ID, NULL }, 3 };

	return ews_calendar_delete(conn, &ref, EWS_DELETE_TO_TRASH, EWS_NOTIFY_ALL, err);
}

static bool try_reply(struct ews_conn *conn, enum ews_answer answer, bool silent,
		      struct err *err)
{
	const struct ews_reply reply = {
		.answer = answer,
		.text = silent ? NULL : "fine",
		.silent = silent,
		.proposed_start_unix = silent ? EWS_TIME_NONE : 1780000000,
		.proposed_end_unix = silent ? EWS_TIME_NONE : 1780003600,
	};

	return ews_calendar_reply(conn, &refs[0], &reply, err);
}

static bool try_accept(struct ews_conn *conn, struct err *err)
{
	return try_reply(conn, EWS_ANSWER_ACCEPT, true, err);
}

static bool try_tentative(struct ews_conn *conn, struct err *err)
{
	return try_reply(conn, EWS_ANSWER_TENTATIVE, false, err);
}

static bool try_decline(struct ews_conn *conn, struct err *err)
{
	return try_reply(conn, EWS_ANSWER_DECLINE, false, err);
}

static bool try_cancel(struct ews_conn *conn, struct err *err)
{
	return ews_calendar_cancel(conn, &refs[0], "called off", err);
}

static struct ews_task full_task(void)
{
	static char *categories[] = { "Home" };

	return (struct ews_task){
		.set = 0xFFF,
		.subject = "Water the plants",
		.body = { "all", false },
		.sensitivity = EWS_SENSITIVITY_PERSONAL,
		.importance = EWS_IMPORTANCE_HIGH,
		.categories = { categories, 1 },
		.reminder_due_unix = 1780000000,
		.reminder_set = true,
		.due = { 2026, 1, 5 },
		.start = { 2026, 1, 4 },
		.percent = 50,
		.state = EWS_TASK_IN_PROGRESS,
		.recurrence = { .pattern = EWS_PATTERN_MONTHLY_ABSOLUTE,
				.interval = 1,
				.day_of_month = 5,
				.range = EWS_RANGE_FOREVER,
				.start = { 2026, 1, 5 } },
	};
}

static bool try_task_get(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_tasks_finish) struct ews_tasks out = { 0 };

	return ews_task_get(conn, refs, 2, &mark, &out, err);
}

static bool try_task_create(struct ews_conn *conn, struct err *err)
{
	const struct ews_task task = full_task();
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	return ews_task_create(conn, NULL, &task, &out, err);
}

static bool try_task_update(struct ews_conn *conn, struct err *err)
{
	struct ews_task task = full_task();
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	task.due = (struct ews_date){ 0 };
	return ews_task_update(conn, &refs[0], &task, &out, err);
}

static struct ews_contact full_contact(void)
{
	struct ews_contact contact = {
		.set = 0xFFF,
		.body = { "note", false },
		.file_as = "Jones, Ann",
		.display_name = "Ann Jones",
		.given_name = "Ann",
		.middle_name = "M",
		.surname = "Jones",
		.nickname = "AJ",
		.generation = "Jr",
		.initials = "AJ",
		.company = "Example",
		.department = "R&D",
		.office = "2.17",
		.job_title = "Engineer",
		.manager = "Bob",
		.assistant = "Carol",
		.profession = "Physics",
		.spouse = "Dan",
		.page = "https://www.example.test/",
		.emails = { "ann@example.test", NULL, "aj@example.test" },
		.ims = { "sip:ann@example.test" },
		.birthday = { 1964, 2, 29 },
		.wedding = { 1990, 6, 1 },
	};

	for (int i = 0; i < EWS_PHONE_COUNT; i++)
		contact.phones[i] = "+1 555 0100";
	contact.addresses[EWS_ADDRESS_HOME] = (struct ews_address){ "1 Main St",
								    "Springfield", "IL",
								    "USA", "62701" };
	return contact;
}

static bool try_contact_get(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_contacts_finish) struct ews_contacts out = { 0 };

	return ews_contact_get(conn, refs, 2, &mark, &out, err);
}

static bool try_contact_create(struct ews_conn *conn, struct err *err)
{
	const struct ews_contact contact = full_contact();
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	return ews_contact_create(conn, NULL, &contact, &out, err);
}

static bool try_contact_update(struct ews_conn *conn, struct err *err)
{
	struct ews_contact contact = full_contact();
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	contact.phones[EWS_PHONE_TELEX] = NULL;
	return ews_contact_update(conn, &refs[0], &contact, &out, err);
}

static const struct {
	const char *name; /* file name, starts with the operation's */
	bool (*run)(struct ews_conn *conn, struct err *err);
} every_op[] = {
	{ "GetFolder", try_folder_get },
	{ "FindFolder", try_folder_find },
	{ "GetFolder-quota", try_quota_get },
	{ "FindFolder-sizes", try_folder_sizes },
	{ "SyncFolderHierarchy", try_folder_sync },
	{ "CreateFolder", try_folder_create },
	{ "CreateFolder-calendar", try_calendar_create },
	{ "UpdateFolder", try_folder_rename },
	{ "MoveFolder", try_folder_move },
	{ "DeleteFolder", try_folder_delete },
	{ "CopyFolder", try_folder_copy },
	{ "EmptyFolder", try_folder_empty },
	{ "MarkAllItemsAsRead", try_folder_mark_read },
	{ "MarkAsJunk", try_junk },
	{ "SyncFolderItems", try_item_sync },
	{ "FindItem", try_item_find },
	{ "FindItem-key", try_item_find_key },
	{ "GetItem", try_item_get },
	{ "FindItem-list", try_item_list },
	{ "GetItem-mime", try_item_get_mime },
	{ "GetItem-content", try_item_get_content },
	{ "GetItem-calendar", try_calendar_get },
	{ "GetAttachment", try_attachment_get },
	{ "CreateItem", try_item_create },
	{ "UpdateItem", try_item_update },
	{ "DeleteItem", try_item_delete },
	{ "MoveItem", try_item_move },
	{ "CopyItem", try_item_copy },
	{ "SendItem", try_item_send },
	{ "SendItem-only", try_item_send_only },
	{ "Subscribe", try_subscribe },
	{ "Subscribe-pull", try_subscribe_pull },
	{ "GetStreamingEvents", try_stream },
	{ "GetEvents", try_events_get },
	{ "Unsubscribe", try_unsubscribe },
	{ "ResolveNames", try_names_resolve },
	{ "ConvertId", try_mailbox_address },
	{ "GetServerTimeZones", try_tz_get },
	{ "ExpandDL", try_group_expand },
	{ "GetRoomLists", try_room_lists },
	{ "GetRooms", try_rooms },
	{ "FindPeople", try_people_find },
	{ "GetPersona", try_person_get },
	{ "GetUserPhoto", try_photo_get },
	{ "GetUserOofSettings", try_oof_get },
	{ "SetUserOofSettings", try_oof_set },
	{ "GetUserConfiguration", try_configuration_get },
	{ "GetUserConfiguration-categories", try_categories_get },
	{ "GetDelegate", try_delegates_get },
	{ "GetInboxRules", try_rules_get },
	{ "UpdateInboxRules", try_rules_update },
	{ "GetUserAvailability", try_free_busy },
	{ "CreateAttachment", try_attachment_create },
	{ "DeleteAttachment", try_attachment_delete },
	{ "ExportItems", try_export },
	{ "UploadItems", try_upload },
	{ "FindItem-filter", try_find_filter },
	{ "FindItem-query", try_find_query },
	{ "FindItem-view", try_calendar_find },
	{ "CreateItem-calendar", try_calendar_create_item },
	{ "CreateItem-allday", try_calendar_all_day },
	{ "UpdateItem-calendar", try_calendar_update },
	{ "UpdateItem-once", try_calendar_update_meeting },
	{ "DeleteItem-occurrence", try_calendar_delete },
	{ "CreateItem-accept", try_accept },
	{ "CreateItem-tentative", try_tentative },
	{ "CreateItem-decline", try_decline },
	{ "CreateItem-cancel", try_cancel },
	{ "GetItem-task", try_task_get },
	{ "CreateItem-task", try_task_create },
	{ "UpdateItem-task", try_task_update },
	{ "GetItem-contact", try_contact_get },
	{ "CreateItem-contact", try_contact_create },
	{ "UpdateItem-contact", try_contact_update },
};

/* An account and a connection that talk to nobody. */
static struct ews_account *quiet_account(void)
{
	const struct ews_config config = { .url = "http://127.0.0.1:9/",
					   .login = "alice",
					   .password = "secret",
					   .address = "alice@example.test" };
	struct err err;

	return ews_account_new(&config, &err);
}

#endif
