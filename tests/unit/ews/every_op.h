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

static const struct {
	const char *name; /* file name, starts with the operation's */
	bool (*run)(struct ews_conn *conn, struct err *err);
} every_op[] = {
	{ "GetFolder", try_folder_get },
	{ "FindFolder", try_folder_find },
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
