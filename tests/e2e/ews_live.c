/*
 * ews_live URL LOGIN PASSWORD ADDRESS: goes through the EWS client library against a
 * server, in a folder of its own that it deletes at the end. Prints a line for each step;
 * the exit status is the number of steps that failed.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "ews/ews.h"

static const struct ews_property mark = { .set = EWS_SET_PUBLIC_STRINGS,
					  .name = "passerelle-mark",
					  .type = EWS_PROPERTY_STRING };

struct live {
	struct ews_account *account;
	struct ews_conn *conn;
	const char *address;
	char mark[20];
	struct ews_folder_ref folder; /* the test's own */
	struct ews_ref item;
	struct ews_conn *guest; /* of another mailbox; NULL: none */
	const char *guest_address;
	struct ews_arena kept; /* ids that later steps use */
	struct ews_conn *stream;
	char *subscription;
	atomic_int documents, events;
	int failed, unknown;
};

static bool want(bool condition, const char *text, struct err *err)
{
	return condition || err_set(err, ERR_BROKEN, "unexpected: %s", text);
}

static bool step_folders(struct live *live, struct err *err)
{
	const struct ews_folder_ref refs[] = {
		{ .distinguished = "msgfolderroot" }, { .distinguished = "inbox" },
		{ .distinguished = "drafts" },	      { .distinguished = "sentitems" },
		{ .distinguished = "calendar" },      { .id = "AAMkbm90aGluZw==" },
	};
	CLEANUP(ews_folders_finish) struct ews_folders out = { 0 };

	if (!ews_folder_get(live->conn, refs, ARRAY_LEN(refs), &out, err))
		return false;
	for (size_t i = 0; i < 5; i++) {
		if (!ews_status_check(&out.list[i].status, err))
			return false;
	}
	return want(out.list[1].name && out.list[1].id.id, "no inbox", err) &&
	       want(out.list[4].type == EWS_FOLDER_CALENDAR, "calendar's type", err) &&
	       want(!ews_status_ok(&out.list[5].status), "made-up id works", err);
}

static bool step_hierarchy(struct live *live, struct err *err)
{
	const struct ews_folder_ref root = { .distinguished = "msgfolderroot" };
	CLEANUP(ews_folder_changes_finish) struct ews_folder_changes out = { 0 };
	CLEANUP(ews_folders_finish) struct ews_folders found = { 0 };
	size_t count = 0;

	do {
		CLEANUP(mem_free_ptr) char *state = mem_strdup(out.sync_state);

		if (!ews_folder_sync(live->conn, &root, state, &out, err))
			return false;
		count += out.count;
	} while (!out.last);
	if (!ews_folder_find(live->conn, &root, true, 0, 1000, &found, err))
		return false;
	printf("  %zu folders synchronised, %zu found\n", count, found.count);
	return want(count > 0 && found.count > 0, "no folders", err) &&
	       want(!ews_folder_sync(live->conn, &root, "bm9uc2Vuc2U=", &out, NULL),
		    "nonsense as sync state works", err) &&
	       want(ews_conn_failed_with(live->conn, EWS_CODE_INVALID_SYNC_STATE),
		    "another code for a bad sync state", err);
}

static bool read_some(struct live *live, const struct ews_item_changes *changes,
		      struct err *err)
{
	CLEANUP(ews_items_finish) struct ews_items items = { 0 };
	CLEANUP(ews_mimes_finish) struct ews_mimes mimes = { 0 };
	CLEANUP(ews_contents_finish) struct ews_contents contents = { 0 };
	struct ews_ref refs[5];
	size_t count = 0;

	while (count < ARRAY_LEN(refs) && count < changes->count) {
		refs[count] = (struct ews_ref){ changes->list[count].id.id, NULL };
		count++;
	}
	if (count == 0)
		return true;
	if (!ews_item_get(live->conn, refs, count, &mark, &items, err) ||
	    !ews_item_get_mime(live->conn, refs, count, &mimes, err) ||
	    !ews_item_get_content(live->conn, refs, count, &contents, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!ews_status_check(&items.list[i].status, err) ||
		    !ews_status_check(&contents.list[i].item.status, err) ||
		    !want(items.list[i].received_unix != EWS_TIME_NONE, "no date", err))
			return false;
		printf("  %s: %zu bytes of MIME, %zu attachments\n",
		       items.list[i].subject ? items.list[i].subject : "(none)",
		       mimes.list[i].mime.len, contents.list[i].attachment_count);
	}
	return true;
}

static bool step_inbox(struct live *live, struct err *err)
{
	const struct ews_folder_ref inbox = { .distinguished = "inbox" };
	CLEANUP(ews_item_changes_finish) struct ews_item_changes out = { 0 };
	size_t count = 0;

	do {
		CLEANUP(mem_free_ptr) char *state = mem_strdup(out.sync_state);

		if (!ews_item_sync(live->conn, &inbox, state, 100, &out, err))
			return false;
		if (!state && !read_some(live, &out, err))
			return false;
		count += out.count;
	} while (!out.last);
	printf("  %zu items\n", count);
	return true;
}

static bool step_calendar(struct live *live, struct err *err)
{
	const struct ews_folder_ref calendar = { .distinguished = "calendar" };
	CLEANUP(ews_item_changes_finish) struct ews_item_changes changes = { 0 };
	CLEANUP(ews_calendar_items_finish) struct ews_calendar_items out = { 0 };
	struct ews_ref refs[50];
	size_t masters = 0;

	if (!ews_item_sync(live->conn, &calendar, NULL, ARRAY_LEN(refs), &changes, err))
		return false;
	for (size_t i = 0; i < changes.count; i++)
		refs[i] = (struct ews_ref){ changes.list[i].id.id, NULL };
	if (changes.count == 0)
		return true;
	if (!ews_calendar_get(live->conn, refs, changes.count, &mark, &out, err))
		return false;
	for (size_t i = 0; i < out.count; i++) {
		const struct ews_calendar_item *item = &out.list[i];

		if (!ews_status_check(&item->status, err) ||
		    !want(item->start_unix != EWS_TIME_NONE && item->uid, "start, UID",
			  err))
			return false;
		masters += item->recurrence.pattern != EWS_PATTERN_NONE;
	}
	printf("  %zu items, %zu series\n", out.count, masters);
	return true;
}

static bool step_make_folder(struct live *live, struct err *err)
{
	const struct ews_folder_ref root = { .distinguished = "msgfolderroot" };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	char name[40];

	snprintf(name, sizeof(name), "live & <%s>", live->mark);
	if (!ews_folder_create(live->conn, &root, name, "IPF.Note", &out, err))
		return false;
	live->folder.id = ews_arena_text(&live->kept, str_from(out.list[0].id.id));
	if (ews_folder_create(live->conn, &root, name, "IPF.Note", &out, err))
		return want(false, "the same folder twice", err);
	if (err->code != ERR_EXISTS)
		return false;
	snprintf(name, sizeof(name), "live %s", live->mark);
	return ews_folder_rename(live->conn, &live->folder, name, err);
}

static bool create(struct live *live, struct ews_folder_ref folder, int flags,
		   struct ews_id_results *out, struct err *err)
{
	const struct ews_property_value marks[] = { { mark, live->mark } };
	const char *const categories[] = { "Live" };
	struct ews_create request = {
		.folder = folder,
		.message_flags = flags,
		.is_read = flags & EWS_MSGFLAG_READ,
		.delivered_unix = 1767323045,
		.submitted_unix = EWS_TIME_NONE,
		.categories = categories,
		.category_count = 1,
		.properties = marks,
		.property_count = 1,
	};
	struct strbuf mime = STRBUF(4096);
	bool ok;

	strbuf_addf(
		&mime,
		"From: <%s>\r\nTo: <%s>\r\nSubject: live %s\r\n"
		"Message-ID: <%s@live.test>\r\nDate: Fri, 02 Jan 2026 03:04:05 +0000\r\n"
		"\r\nHello.\r\n",
		live->address, live->address, live->mark, live->mark);
	request.mime = strbuf_str(&mime);
	ok = ews_item_create(live->conn, &request, out, err);
	strbuf_finish(&mime);
	return ok;
}

static bool step_create(struct live *live, struct err *err)
{
	const struct ews_find find = { .property = &mark,
				       .value = live->mark,
				       .max = 10 };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	CLEANUP(ews_items_finish) struct ews_items items = { 0 };
	CLEANUP(ews_found_items_finish) struct ews_found_items found = { 0 };
	const struct ews_item *item;

	if (!create(live, live->folder, EWS_MSGFLAG_READ, &out, err))
		return false;
	live->item.id = ews_arena_text(&live->kept, str_from(out.list[0].id.id));
	if (!ews_item_get(live->conn, &live->item, 1, &mark, &items, err) ||
	    !ews_status_check(&items.list[0].status, err))
		return false;
	item = &items.list[0];
	if (!want(item->is_read && !item->is_draft, "read and no draft", err) ||
	    !want(item->categories.count == 1, "one category", err) ||
	    !want(item->mark && strcmp(item->mark, live->mark) == 0, "mark", err) ||
	    !want(item->message_id && strstr(item->message_id, live->mark), "id", err) ||
	    !want(item->delivered_unix == 1767323045, "delivery time", err) ||
	    !ews_item_find(live->conn, &live->folder, &find, &found, err))
		return false;
	return want(found.count == 1 && strcmp(found.list[0].id.id, live->item.id) == 0,
		    "found by its mark", err);
}

static bool step_query(struct live *live, struct err *err)
{
	char words[100];
	struct ews_find find = { .query = words, .max = 10 };
	CLEANUP(ews_found_items_finish) struct ews_found_items found = { 0 };

	snprintf(words, sizeof(words), "subject:\"live %s\" sent:1/2/2026", live->mark);
	if (!ews_item_find(live->conn, &live->folder, &find, &found, err) ||
	    !want(found.count == 1 && strcmp(found.list[0].id.id, live->item.id) == 0,
		  "found by words of its subject", err))
		return false;
	snprintf(words, sizeof(words), "subject:%s NOT kind:email", live->mark);
	return ews_item_find(live->conn, &live->folder, &find, &found, err) &&
	       want(found.count == 0, "not found among what is no mail", err);
}

static bool step_update(struct live *live, struct err *err)
{
	const struct ews_update update = {
		.ref = live->item,
		.set = EWS_SET_IS_READ | EWS_SET_FLAG | EWS_SET_CATEGORIES |
		       EWS_SET_LAST_VERB | EWS_SET_ICON_INDEX,
		.flag = EWS_FLAG_FLAGGED,
		.last_verb = EWS_VERB_REPLY,
		.icon_index = EWS_ICON_REPLIED,
	};
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	CLEANUP(ews_items_finish) struct ews_items items = { 0 };

	if (!ews_item_update(live->conn, &update, 1, &out, err) ||
	    !ews_status_check(&out.list[0].status, err) ||
	    !ews_item_get(live->conn, &live->item, 1, NULL, &items, err) ||
	    !ews_status_check(&items.list[0].status, err))
		return false;
	return want(!items.list[0].is_read, "unread", err) &&
	       want(items.list[0].flag == EWS_FLAG_FLAGGED, "flagged", err) &&
	       want(items.list[0].categories.count == 0, "no category", err) &&
	       want(items.list[0].last_verb == EWS_VERB_REPLY, "last verb", err);
}

static bool step_copy_move_delete(struct live *live, struct err *err)
{
	const struct ews_folder_ref drafts = { .distinguished = "drafts" };
	const struct ews_ref two[] = { live->item, { "AAMkbm90aGluZw==", NULL } };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	struct ews_ref copy;

	if (!ews_item_copy(live->conn, two, 2, &live->folder, &out, err) ||
	    !ews_status_check(&out.list[0].status, err) ||
	    !want(out.list[0].id.id, "id of the copy", err) ||
	    !want(!ews_status_ok(&out.list[1].status), "copied nothing", err))
		return false;
	copy = (struct ews_ref){ ews_arena_text(&live->kept, str_from(out.list[0].id.id)),
				 NULL };
	if (!ews_item_move(live->conn, &copy, 1, &drafts, &out, err) ||
	    !ews_status_check(&out.list[0].status, err) ||
	    !want(out.list[0].id.id, "id after the move", err))
		return false;
	copy.id = ews_arena_text(&live->kept, str_from(out.list[0].id.id));
	return ews_item_delete(live->conn, &copy, 1, EWS_DELETE_SOFT, &out, err) &&
	       ews_status_check(&out.list[0].status, err) &&
	       ews_item_delete(live->conn, &copy, 1, EWS_DELETE_SOFT, &out, err) &&
	       want(out.list[0].status.code == EWS_CODE_ITEM_NOT_FOUND, "deleted twice",
		    err);
}

static bool step_send(struct live *live, struct err *err)
{
	const struct ews_folder_ref drafts = { .distinguished = "drafts" };
	const struct ews_folder_ref sent = { .distinguished = "sentitems" };
	const struct ews_find find = { .property = &mark,
				       .value = live->mark,
				       .max = 10 };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	CLEANUP(ews_found_items_finish) struct ews_found_items found = { 0 };
	struct ews_ref draft;

	if (!create(live, drafts, -1, &out, err))
		return false;
	draft = (struct ews_ref){ out.list[0].id.id, out.list[0].id.change_key };
	if (!ews_item_send(live->conn, &draft, &sent, err) ||
	    !ews_item_find(live->conn, &sent, &find, &found, err) ||
	    !want(found.count == 1, "the mark in Sent Items", err))
		return false;
	if (ews_item_send(live->conn, &draft, &sent, err))
		return want(false, "sent twice", err);
	return want(err->code == ERR_NOT_FOUND, "sent: no draft any more", err);
}

static bool on_events(void *context, const struct ews_events *events)
{
	struct live *live = context;

	atomic_fetch_add(&live->documents, 1);
	atomic_fetch_add(&live->events, (int)events->count);
	return true;
}

static void *run_stream(void *context)
{
	struct live *live = context;
	struct err err;

	while (!ews_conn_stopped(live->stream)) {
		if (!ews_stream_run(live->stream, live->subscription, 1, on_events, live,
				    &err))
			break;
	}
	return NULL;
}

static bool wait_for(atomic_int *counter, int more_than)
{
	for (int i = 0; i < 100 && atomic_load(counter) <= more_than; i++)
		clock_sleep_ms(100);
	return atomic_load(counter) > more_than;
}

static bool step_stream(struct live *live, struct err *err)
{
	CLEANUP(ews_subscription_finish) struct ews_subscription sub = { 0 };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	pthread_t thread;
	bool opened, told = false;

	if (!ews_subscribe_streaming(live->conn, &sub, err))
		return false;
	live->subscription = sub.id;
	live->stream = ews_conn_new(live->account, err);
	pthread_create(&thread, NULL, run_stream, live);
	opened = wait_for(&live->documents, 0);
	if (opened && create(live, live->folder, 0, &out, err))
		told = wait_for(&live->events, 0);
	ews_conn_stop(live->stream);
	pthread_join(thread, NULL);
	ews_conn_free(live->stream);
	return want(opened, "the stream does not open", err) &&
	       want(told, "no event", err) && ews_unsubscribe(live->conn, sub.id, err);
}

static bool step_pull(struct live *live, struct err *err)
{
	CLEANUP(ews_subscription_finish) struct ews_subscription sub = { 0 };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	CLEANUP(ews_events_finish) struct ews_events events = { 0 };

	return ews_subscribe_pull(live->conn, 10, &sub, err) &&
	       want(sub.watermark, "no watermark", err) &&
	       create(live, live->folder, 0, &out, err) &&
	       ews_events_get(live->conn, sub.id, sub.watermark, &events, err) &&
	       want(events.count > 0, "no event", err) &&
	       ews_unsubscribe(live->conn, sub.id, err) &&
	       want(!ews_events_get(live->conn, sub.id, sub.watermark, &events, NULL),
		    "events after the end", err);
}

static bool step_directory(struct live *live, struct err *err)
{
	static const char *const ids[] = { "W. Europe Standard Time" };
	CLEANUP(ews_names_finish) struct ews_names names = { 0 };
	CLEANUP(ews_tzs_finish) struct ews_tzs zones = { 0 };
	CLEANUP(mem_free_ptr) char *address = NULL;

	if (!ews_names_resolve(live->conn, live->address, &names, err) ||
	    !want(names.count > 0, "cannot resolve oneself", err) ||
	    !ews_tz_get(live->conn, ids, 1, &zones, err) ||
	    !want(zones.count == 1 && zones.list[0].period_count >= 2, "one zone", err))
		return false;
	return ews_mailbox_address(live->conn, live->folder.id, live->address, &address,
				   err);
}

/* --- Operations that not every server has ------------------------------------------ */

/* Of an operation that the server does not know, nothing can be said. */
static bool unless_unknown(struct live *live, bool ok, struct err *err)
{
	if (ok || (!ews_conn_failed_with(live->conn, EWS_CODE_SCHEMA) &&
		   !ews_conn_failed_with(live->conn, EWS_CODE_SERVER_VERSION)))
		return ok;
	printf("  not known to the server: %s\n", err->text);
	live->unknown++;
	return true;
}

static bool step_folder_contents(struct live *live, struct err *err)
{
	const struct ews_folder_ref trash = { .distinguished = "deleteditems" };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	CLEANUP(ews_id_results_finish) struct ews_id_results made = { 0 };
	CLEANUP(ews_items_finish) struct ews_items items = { 0 };
	CLEANUP(ews_folders_finish) struct ews_folders folders = { 0 };
	struct ews_folder_ref copy = { 0 };
	char name[40];

	if (!ews_folder_mark_read(live->conn, &live->folder, true, err) ||
	    !ews_item_get(live->conn, &live->item, 1, NULL, &items, err) ||
	    !ews_status_check(&items.list[0].status, err) ||
	    !want(items.list[0].is_read, "all are read", err))
		return false;
	snprintf(name, sizeof(name), "%s empty", live->mark);
	if (!ews_folder_create(live->conn, &live->folder, name, "IPF.Note", &out, err))
		return false;
	copy.id = ews_arena_text(&live->kept, str_from(out.list[0].id.id));
	if (!create(live, copy, 0, &made, err) ||
	    !ews_folder_empty(live->conn, &copy, EWS_DELETE_SOFT, true, err) ||
	    !ews_folder_get(live->conn, &copy, 1, &folders, err) ||
	    !ews_status_check(&folders.list[0].status, err) ||
	    !want(folders.list[0].total == 0, "emptied", err))
		return false;
	if (!ews_folder_move(live->conn, &copy, &trash, err) ||
	    !ews_folder_get(live->conn, &copy, 1, &folders, err) ||
	    !ews_status_check(&folders.list[0].status, err))
		return false;
	return unless_unknown(
		live, ews_folder_copy(live->conn, &copy, &live->folder, &out, err), err);
}

static bool step_attachments(struct live *live, struct err *err)
{
	const struct str bytes = STR("attached\r\n");
	const struct ews_new_attachment one = { .name = "a & b.txt",
						.content_type = "text/plain",
						.content = ews_source_bytes(&bytes) };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	CLEANUP(ews_id_results_finish) struct ews_id_results gone = { 0 };
	CLEANUP(ews_attachment_content_finish) struct ews_attachment_content got = { 0 };
	CLEANUP(strbuf_finish) struct strbuf content = STRBUF(100);
	struct ews_sink sink = ews_sink_buffer(&content);
	const char *id;

	if (!ews_attachment_create(live->conn, &live->item, &one, 1, &out, err) ||
	    !ews_status_check(&out.list[0].status, err) ||
	    !want(out.list[0].id.id && out.list[0].id.change_key, "id and key", err))
		return false;
	id = out.list[0].id.id;
	if (!ews_attachment_fetch(live->conn, id, &sink, &got, err) ||
	    !want(str_eq(strbuf_str(&content), bytes), "content", err) ||
	    !want(got.attachment.name && strcmp(got.attachment.name, one.name) == 0,
		  "name", err))
		return false;
	return ews_attachment_delete(live->conn, &id, 1, &gone, err) &&
	       ews_status_check(&gone.list[0].status, err) &&
	       want(!ews_attachment_get(live->conn, id, &got, NULL), "deleted", err);
}

static size_t count_rows(const struct ews_calendar_view *view, const char *subject)
{
	size_t count = 0;

	for (size_t i = 0; i < view->count; i++)
		count += view->list[i].subject &&
			 strcmp(view->list[i].subject, subject) == 0;
	return count;
}

/* A series of five days; its third day moves, its second is deleted. */
static bool step_calendar_write(struct live *live, struct err *err)
{
	const struct ews_folder_ref calendar = { .distinguished = "calendar" };
	struct ews_calendar_edit edit = {
		.set = EWS_CAL_SUBJECT | EWS_CAL_START | EWS_CAL_END | EWS_CAL_ZONES |
		       EWS_CAL_RECURRENCE | EWS_CAL_BUSY | EWS_CAL_LOCATION,
		.subject = live->mark,
		.location = "here",
		.busy = EWS_BUSY_BUSY,
		.start.unix_s = 1893484800, /* 2030-01-01 08:00 UTC */
		.end.unix_s = 1893488400,
		.start_tz_id = "UTC",
		.end_tz_id = "UTC",
		.recurrence = { .pattern = EWS_PATTERN_DAILY,
				.interval = 1,
				.range = EWS_RANGE_COUNT,
				.start = { 2030, 1, 1 },
				.occurrences = 5 },
	};
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	CLEANUP(ews_id_results_finish) struct ews_id_results set = { 0 };
	CLEANUP(ews_calendar_items_finish) struct ews_calendar_items items = { 0 };
	CLEANUP(ews_calendar_view_finish) struct ews_calendar_view view = { 0 };
	struct ews_calendar_ref ref = { 0 };
	struct ews_ref master;

	if (!ews_calendar_create(live->conn, NULL, &edit, EWS_NOTIFY_NONE, &out, err))
		return false;
	master = ref.item = (struct ews_ref){ out.list[0].id.id, NULL };
	ref.instance = 3;
	edit.set = EWS_CAL_START | EWS_CAL_END | EWS_CAL_LOCATION;
	edit.location = "there";
	edit.start.unix_s = 1893484800 + 2 * 86400 + 3600;
	edit.end.unix_s = edit.start.unix_s + 3600;
	if (!ews_calendar_update(live->conn, &ref, &edit, EWS_NOTIFY_NONE, &set, err))
		return false;
	ref.instance = 2;
	if (!ews_calendar_delete(live->conn, &ref, EWS_DELETE_TO_TRASH, EWS_NOTIFY_NONE,
				 err) ||
	    !ews_calendar_get(live->conn, &master, 1, NULL, &items, err) ||
	    !ews_status_check(&items.list[0].status, err) ||
	    !want(items.list[0].type == EWS_CALENDAR_MASTER, "a series", err) ||
	    !want(items.list[0].recurrence.occurrences == 5, "five times", err) ||
	    !want(items.list[0].modified_count == 1, "one moved", err) ||
	    !want(items.list[0].deleted_count == 1, "one deleted", err) ||
	    !ews_calendar_find(live->conn, &calendar, 1893456000, 1893456000 + 6 * 86400,
			       100, &view, err) ||
	    !want(count_rows(&view, live->mark) == 4, "four are left", err))
		return false;
	ref.instance = 0;
	return ews_calendar_delete(live->conn, &ref, EWS_DELETE_HARD, EWS_NOTIFY_NONE,
				   err) &&
	       ews_calendar_get(live->conn, &master, 1, NULL, &items, err) &&
	       want(!ews_status_ok(&items.list[0].status), "deleted", err);
}

static bool step_task(struct live *live, struct err *err)
{
	struct ews_task task = { .set = EWS_TASK_SUBJECT | EWS_TASK_DUE | EWS_TASK_STATUS,
				 .subject = live->mark,
				 .due = { 2030, 1, 5 },
				 .state = EWS_TASK_IN_PROGRESS };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	CLEANUP(ews_id_results_finish) struct ews_id_results set = { 0 };
	CLEANUP(ews_tasks_finish) struct ews_tasks tasks = { 0 };
	struct ews_ref ref;

	if (!unless_unknown(live, ews_task_create(live->conn, NULL, &task, &out, err),
			    err))
		return false;
	if (out.count == 0 || !out.list[0].id.id)
		return true;
	ref = (struct ews_ref){ out.list[0].id.id, NULL };
	task.set = EWS_TASK_STATUS | EWS_TASK_DUE;
	task.state = EWS_TASK_WAITING;
	task.due = (struct ews_date){ 0 };
	return ews_task_update(live->conn, &ref, &task, &set, err) &&
	       ews_task_get(live->conn, &ref, 1, NULL, &tasks, err) &&
	       ews_status_check(&tasks.list[0].status, err) &&
	       want(strcmp(tasks.list[0].subject, live->mark) == 0, "subject", err) &&
	       want(tasks.list[0].state == EWS_TASK_WAITING, "status", err) &&
	       want(tasks.list[0].due.year == 0, "no date", err) &&
	       ews_item_delete(live->conn, &ref, 1, EWS_DELETE_HARD, &set, err) &&
	       ews_status_check(&set.list[0].status, err);
}

static bool step_contact(struct live *live, struct err *err)
{
	struct ews_contact contact = { .set = EWS_CONTACT_NAMES | EWS_CONTACT_EMAILS |
					      EWS_CONTACT_PHONES,
				       .given_name = "Ann",
				       .surname = live->mark,
				       .emails = { "ann@example.test" } };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	CLEANUP(ews_id_results_finish) struct ews_id_results set = { 0 };
	CLEANUP(ews_contacts_finish) struct ews_contacts contacts = { 0 };
	struct ews_ref ref;

	contact.phones[EWS_PHONE_MOBILE] = "+1 555 0100";
	if (!unless_unknown(
		    live, ews_contact_create(live->conn, NULL, &contact, &out, err), err))
		return false;
	if (out.count == 0 || !out.list[0].id.id)
		return true;
	ref = (struct ews_ref){ out.list[0].id.id, NULL };
	contact.set = EWS_CONTACT_PHONES;
	contact.phones[EWS_PHONE_MOBILE] = NULL;
	contact.phones[EWS_PHONE_HOME] = "+1 555 0101";
	return ews_contact_update(live->conn, &ref, &contact, &set, err) &&
	       ews_contact_get(live->conn, &ref, 1, NULL, &contacts, err) &&
	       ews_status_check(&contacts.list[0].status, err) &&
	       want(contacts.list[0].surname &&
			    strcmp(contacts.list[0].surname, live->mark) == 0,
		    "surname", err) &&
	       want(contacts.list[0].emails[0], "address", err) &&
	       want(!contacts.list[0].phones[EWS_PHONE_MOBILE], "no mobile", err) &&
	       want(contacts.list[0].phones[EWS_PHONE_HOME], "home", err) &&
	       ews_item_delete(live->conn, &ref, 1, EWS_DELETE_HARD, &set, err) &&
	       ews_status_check(&set.list[0].status, err);
}

/* An absence of an hour shows in one's own free and busy times, and goes again. */
static bool step_free_busy(struct live *live, struct err *err)
{
	const int64_t day = 1896134400; /* 2030-02-01 */
	const struct ews_calendar_edit edit = {
		.set = EWS_CAL_SUBJECT | EWS_CAL_START | EWS_CAL_END | EWS_CAL_BUSY,
		.subject = live->mark,
		.busy = EWS_BUSY_OOF,
		.start.unix_s = day + 3 * 3600,
		.end.unix_s = day + 4 * 3600,
	};
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	CLEANUP(ews_free_busies_finish) struct ews_free_busies busy = { 0 };
	struct ews_calendar_ref ref = { 0 };
	size_t found = 0;

	if (!ews_calendar_create(live->conn, NULL, &edit, EWS_NOTIFY_NONE, &out, err))
		return false;
	ref.item.id = out.list[0].id.id;
	if (!ews_free_busy_get(live->conn, &live->address, 1, day, day + 86400, 60, &busy,
			       err))
		return unless_unknown(live, false, err);
	if (!ews_status_check(&busy.list[0].status, err))
		return false;
	for (size_t i = 0; i < busy.list[0].count; i++)
		found += busy.list[0].list[i].start_unix == edit.start.unix_s &&
			 busy.list[0].list[i].end_unix == edit.end.unix_s &&
			 busy.list[0].list[i].busy == EWS_BUSY_OOF;
	return want(found == 1, "an absence", err) &&
	       want(!busy.list[0].merged || (strlen(busy.list[0].merged) == 24 &&
					     busy.list[0].merged[3] == '3'),
		    "a 3 at three o'clock", err) &&
	       ews_calendar_delete(live->conn, &ref, EWS_DELETE_HARD, EWS_NOTIFY_NONE,
				   err);
}

static bool step_settings(struct live *live, struct err *err)
{
	CLEANUP(ews_categories_finish) struct ews_categories categories = { 0 };
	CLEANUP(ews_delegates_finish) struct ews_delegates delegates = { 0 };

	return unless_unknown(live,
			      ews_categories_get(live->conn, &categories, err) ||
				      err->code == ERR_NOT_FOUND,
			      err) &&
	       unless_unknown(
		       live,
		       ews_delegates_get(live->conn, live->address, &delegates, err),
		       err);
}

static bool step_people(struct live *live, struct err *err)
{
	const struct ews_folder_ref directory = { .distinguished = "directory" };
	CLEANUP(ews_people_finish) struct ews_people people = { 0 };
	CLEANUP(ews_people_finish) struct ews_people person = { 0 };
	CLEANUP(ews_names_finish) struct ews_names names = { 0 };
	CLEANUP(ews_names_finish) struct ews_names rooms = { 0 };
	CLEANUP(strbuf_finish) struct strbuf jpeg = STRBUF(1 << 20);

	if (!ews_people_find(live->conn, &directory, "bob", 0, 10, &people, err))
		return unless_unknown(live, false, err);
	if (!want(people.count >= 1 && people.list[0].email.address, "Bob", err) ||
	    !ews_person_get(live->conn, people.list[0].id, &person, err) ||
	    !want(person.list[0].name &&
			  strcmp(person.list[0].name, people.list[0].name) == 0,
		  "the same Bob", err) ||
	    !ews_room_lists(live->conn, &names, err) ||
	    !want(names.count == 1, "a list of rooms", err) ||
	    !ews_rooms(live->conn, names.list[0].address, &rooms, err) ||
	    !want(rooms.count == 1 && rooms.list[0].address, "rooms", err))
		return false;
	if (ews_group_expand(live->conn, "nobody@nowhere.test", &rooms, err))
		return want(false, "a group of nobody", err);
	if (!ews_group_expand(live->conn, "everyone@example.test", &rooms, err) ||
	    !want(rooms.count == 3, "members of everyone", err))
		return false;
	return ews_photo_get(live->conn, live->address, 96, &jpeg, err) ||
	       err->code == ERR_NOT_FOUND;
}

static bool step_oof(struct live *live, struct err *err)
{
	struct ews_oof oof = { .state = EWS_OOF_SCHEDULED,
			       .audience = EWS_AUDIENCE_KNOWN,
			       .start_unix = 1893456000,
			       .end_unix = 1893542400,
			       .internal_reply = "away & out",
			       .external_reply = "away" };
	CLEANUP(ews_oof_finish) struct ews_oof out = { 0 };

	if (!ews_oof_set(live->conn, live->address, &oof, err))
		return unless_unknown(live, false, err);
	if (!ews_oof_get(live->conn, live->address, &out, err) ||
	    !want(out.state == EWS_OOF_SCHEDULED && out.audience == EWS_AUDIENCE_KNOWN,
		  "scheduled", err) ||
	    !want(out.start_unix == oof.start_unix && out.end_unix == oof.end_unix,
		  "from when to when", err) ||
	    !want(out.internal_reply && strcmp(out.internal_reply, "away & out") == 0,
		  "the reply", err))
		return false;
	oof.state = EWS_OOF_DISABLED;
	return ews_oof_set(live->conn, live->address, &oof, err);
}

static bool step_rules(struct live *live, struct err *err)
{
	char *words[] = { live->mark };
	struct ews_rule rule = { .name = live->mark,
				 .priority = 1,
				 .enabled = true,
				 .conditions.subject = { words, 1 },
				 .actions = { .move_to = (char *)live->folder.id,
					      .stop = true } };
	struct ews_rule_change change = { EWS_RULE_CREATE, &rule };
	CLEANUP(ews_rules_finish) struct ews_rules rules = { 0 };
	const struct ews_rule *found = NULL;

	if (!ews_rules_update(live->conn, NULL, &change, 1, false, err))
		return unless_unknown(live, false, err);
	if (!ews_rules_get(live->conn, NULL, &rules, err))
		return false;
	for (size_t i = 0; i < rules.count; i++) {
		if (rules.list[i].name && strcmp(rules.list[i].name, live->mark) == 0)
			found = &rules.list[i];
	}
	if (!want(found && found->enabled && found->actions.move_to &&
			  found->conditions.subject.count == 1,
		  "the rule as written", err))
		return false;
	change = (struct ews_rule_change){ EWS_RULE_DELETE, found };
	if (!ews_rules_update(live->conn, NULL, &change, 1, false, err) ||
	    !ews_rules_get(live->conn, NULL, &rules, err))
		return false;
	for (size_t i = 0; i < rules.count; i++) {
		if (rules.list[i].name && strcmp(rules.list[i].name, live->mark) == 0)
			return want(false, "a deleted rule", err);
	}
	return true;
}

/* --- A meeting of two -------------------------------------------------------------- */

/* The guest's request, by the mark in its subject. */
static bool find_request(struct live *live, struct ews_item_list *list,
			 const struct ews_item **request_r, struct err *err)
{
	const struct ews_folder_ref inbox = { .distinguished = "inbox" };

	if (!ews_item_list(live->guest, &inbox, NULL, 0, 100, list, err))
		return false;
	for (size_t i = 0; i < list->count; i++) {
		if (list->list[i].subject && strstr(list->list[i].subject, live->mark) &&
		    list->list[i].type == EWS_ITEM_MEETING_REQUEST) {
			*request_r = &list->list[i];
			return true;
		}
	}
	return want(false, "no invitation", err);
}

static bool invite(struct live *live, struct ews_ref *item_r, struct err *err)
{
	struct ews_mailbox guest = { .address = (char *)live->guest_address };
	const struct ews_calendar_edit edit = {
		.set = EWS_CAL_SUBJECT | EWS_CAL_START | EWS_CAL_END | EWS_CAL_REQUIRED |
		       EWS_CAL_BODY,
		.subject = live->mark,
		.body = { "Shall we?", false },
		.start.unix_s = 1893751200,
		.end.unix_s = 1893754800,
		.required = { &guest, 1 },
	};
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	if (!ews_calendar_create(live->conn, NULL, &edit, EWS_NOTIFY_ALL, &out, err))
		return false;
	item_r->id = ews_arena_copy(&live->kept, out.list[0].id.id);
	return true;
}

static bool step_meeting(struct live *live, struct err *err)
{
	const struct ews_reply reply = { .answer = EWS_ANSWER_TENTATIVE,
					 .text = "perhaps",
					 .proposed_start_unix = EWS_TIME_NONE,
					 .proposed_end_unix = EWS_TIME_NONE };
	CLEANUP(ews_item_list_finish) struct ews_item_list list = { 0 };
	CLEANUP(ews_calendar_items_finish) struct ews_calendar_items items = { 0 };
	const struct ews_item *request = NULL;
	struct ews_ref meeting = { 0 }, asked;

	if (!live->guest)
		return true;
	if (!invite(live, &meeting, err) || !find_request(live, &list, &request, err))
		return false;
	asked = (struct ews_ref){ request->id.id, request->id.change_key };
	if (!ews_calendar_reply(live->guest, &asked, &reply, err) ||
	    !ews_calendar_get(live->conn, &meeting, 1, NULL, &items, err) ||
	    !ews_status_check(&items.list[0].status, err) ||
	    !want(items.list[0].required.count == 1 &&
			  items.list[0].required.list[0].response ==
				  EWS_RESPONSE_TENTATIVE,
		  "the guest's answer", err))
		return false;
	meeting.change_key = items.list[0].id.change_key;
	return ews_calendar_cancel(live->conn, &meeting, "called off", err);
}

static bool step_junk_export(struct live *live, struct err *err)
{
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	CLEANUP(ews_fetched_finish) struct ews_fetched fetched = { 0 };
	CLEANUP(strbuf_finish) struct strbuf bytes = STRBUF(1 << 20);
	struct ews_sink sink = ews_sink_buffer(&bytes);
	struct ews_upload upload = { .folder_id = live->folder.id };
	struct str stream;

	if (!unless_unknown(live,
			    ews_item_mark_junk(live->conn, &live->item, 1, false, false,
					       &out, err),
			    err) ||
	    !unless_unknown(
		    live,
		    ews_item_export(live->conn, &live->item, 1, &sink, &fetched, err),
		    err))
		return false;
	if (bytes.len == 0)
		return true;
	stream = strbuf_str(&bytes);
	upload.data = ews_source_bytes(&stream);
	return ews_item_upload(live->conn, &upload, 1, &out, err) &&
	       ews_status_check(&out.list[0].status, err) &&
	       want(out.list[0].id.id, "id of the upload", err);
}

static bool step_clean(struct live *live, struct err *err)
{
	return ews_folder_delete(live->conn, &live->folder, EWS_DELETE_HARD, err);
}

static const struct {
	const char *name;
	bool (*run)(struct live *live, struct err *err);
} steps[] = {
	{ "GetFolder", step_folders },
	{ "SyncFolderHierarchy, FindFolder", step_hierarchy },
	{ "SyncFolderItems, GetItem", step_inbox },
	{ "GetItem of calendar items", step_calendar },
	{ "CreateFolder, UpdateFolder", step_make_folder },
	{ "CreateItem, FindItem", step_create },
	{ "FindItem, QueryString", step_query },
	{ "UpdateItem", step_update },
	{ "CopyItem, MoveItem, DeleteItem", step_copy_move_delete },
	{ "SendItem", step_send },
	{ "GetStreamingEvents", step_stream },
	{ "GetEvents", step_pull },
	{ "ResolveNames, GetServerTimeZones, ConvertId", step_directory },
	{ "MarkAllItemsAsRead, EmptyFolder, MoveFolder, CopyFolder",
	  step_folder_contents },
	{ "CreateAttachment, GetAttachment, DeleteAttachment", step_attachments },
	{ "a series: CreateItem, UpdateItem, DeleteItem, FindItem", step_calendar_write },
	{ "tasks", step_task },
	{ "contacts", step_contact },
	{ "MarkAsJunk, ExportItems, UploadItems", step_junk_export },
	{ "GetUserConfiguration, GetDelegate", step_settings },
	{ "GetUserAvailability", step_free_busy },
	{ "FindPeople, GetPersona, GetRoomLists, GetRooms, ExpandDL, GetUserPhoto",
	  step_people },
	{ "GetUserOofSettings, SetUserOofSettings", step_oof },
	{ "GetInboxRules, UpdateInboxRules", step_rules },
	{ "a meeting: invitation, answer, cancellation", step_meeting },
	{ "DeleteFolder", step_clean },
};

static void run(struct live *live)
{
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		struct err err = { 0 };
		bool ok = steps[i].run(live, &err);

		live->failed += !ok;
		printf("%s %s%s%s\n", ok ? "ok  " : "FAIL", steps[i].name, ok ? "" : ": ",
		       ok ? "" : err.text);
	}
}

static bool open_guest(struct live *live, const char *url, char **argv,
		       struct ews_account **account_r, struct err *err)
{
	const struct ews_config config = {
		.url = url, .login = argv[0], .password = argv[1], .address = argv[2]
	};

	live->guest_address = argv[2];
	*account_r = ews_account_new(&config, err);
	live->guest = *account_r ? ews_conn_new(*account_r, err) : NULL;
	return live->guest;
}

int main(int argc, char **argv)
{
	struct live live = { 0 };
	struct ews_config config = { 0 };
	struct ews_account *guest = NULL;
	struct strbuf name = STRBUF(sizeof(live.mark) - 1);
	struct err err;

	if (argc != 5 && argc != 8) {
		fprintf(stderr, "usage: ews_live URL LOGIN PASSWORD ADDRESS "
				"[GUEST-LOGIN PASSWORD ADDRESS]\n");
		return 2;
	}
	config.url = argv[1];
	config.login = argv[2];
	config.password = argv[3];
	config.address = live.address = argv[4];
	random_hex(8, &name);
	snprintf(live.mark, sizeof(live.mark), "%s", strbuf_cstr(&name));
	strbuf_finish(&name);
	if (!ews_process_init(&err) || !(live.account = ews_account_new(&config, &err)) ||
	    !(live.conn = ews_conn_new(live.account, &err)) ||
	    (argc == 8 && !open_guest(&live, argv[1], argv + 5, &guest, &err))) {
		fprintf(stderr, "ews_live: %s\n", err.text);
		return 2;
	}
	run(&live);
	ews_arena_finish(&live.kept);
	ews_conn_free(live.conn);
	ews_conn_free(live.guest);
	ews_account_free(live.account);
	ews_account_free(guest);
	ews_process_finish();
	return live.failed;
}
