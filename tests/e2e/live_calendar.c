/* Steps of ews_live: calendar items, tasks, free and busy times, a meeting of two. */
#include "tests/e2e/live.h"

bool live_calendar(struct live *live, struct err *err)
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
	if (!ews_calendar_get(live->conn, refs, changes.count, &live_mark, &out, err))
		return false;
	for (size_t i = 0; i < out.count; i++) {
		const struct ews_calendar_item *item = &out.list[i];

		if (!ews_status_check(&item->status, err) ||
		    !live_want(item->start_unix != EWS_TIME_NONE && item->uid,
			       "start, UID", err))
			return false;
		masters += item->recurrence.pattern != EWS_PATTERN_NONE;
	}
	printf("  %zu items, %zu series\n", out.count, masters);
	return true;
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
bool live_calendar_write(struct live *live, struct err *err)
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
	    !live_want(items.list[0].type == EWS_CALENDAR_MASTER, "a series", err) ||
	    !live_want(items.list[0].recurrence.occurrences == 5, "five times", err) ||
	    !live_want(items.list[0].modified_count == 1, "one moved", err) ||
	    !live_want(items.list[0].deleted_count == 1, "one deleted", err) ||
	    !ews_calendar_find(live->conn, &calendar, 1893456000, 1893456000 + 6 * 86400,
			       100, &view, err) ||
	    !live_want(count_rows(&view, live->mark) == 4, "four are left", err))
		return false;
	ref.instance = 0;
	return ews_calendar_delete(live->conn, &ref, EWS_DELETE_HARD, EWS_NOTIFY_NONE,
				   err) &&
	       ews_calendar_get(live->conn, &master, 1, NULL, &items, err) &&
	       live_want(!ews_status_ok(&items.list[0].status), "deleted", err);
}

bool live_task(struct live *live, struct err *err)
{
	struct ews_task task = { .set = EWS_TASK_SUBJECT | EWS_TASK_DUE | EWS_TASK_STATUS,
				 .subject = live->mark,
				 .due = { 2030, 1, 5 },
				 .state = EWS_TASK_IN_PROGRESS };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	CLEANUP(ews_id_results_finish) struct ews_id_results set = { 0 };
	CLEANUP(ews_tasks_finish) struct ews_tasks tasks = { 0 };
	struct ews_ref ref;

	if (!live_unless_unknown(
		    live, ews_task_create(live->conn, NULL, &task, &out, err), err))
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
	       live_want(strcmp(tasks.list[0].subject, live->mark) == 0, "subject",
			 err) &&
	       live_want(tasks.list[0].state == EWS_TASK_WAITING, "status", err) &&
	       live_want(tasks.list[0].due.year == 0, "no date", err) &&
	       ews_item_delete(live->conn, &ref, 1, EWS_DELETE_HARD, &set, err) &&
	       ews_status_check(&set.list[0].status, err);
}

/* An absence of an hour shows in one's own free and busy times, and goes again. */
bool live_free_busy(struct live *live, struct err *err)
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
		return live_unless_unknown(live, false, err);
	if (!ews_status_check(&busy.list[0].status, err))
		return false;
	for (size_t i = 0; i < busy.list[0].count; i++)
		found += busy.list[0].list[i].start_unix == edit.start.unix_s &&
			 busy.list[0].list[i].end_unix == edit.end.unix_s &&
			 busy.list[0].list[i].busy == EWS_BUSY_OOF;
	return live_want(found == 1, "an absence", err) &&
	       live_want(!busy.list[0].merged || (strlen(busy.list[0].merged) == 24 &&
						  busy.list[0].merged[3] == '3'),
			 "a 3 at three o'clock", err) &&
	       ews_calendar_delete(live->conn, &ref, EWS_DELETE_HARD, EWS_NOTIFY_NONE,
				   err);
}

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
	return live_want(false, "no invitation", err);
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

bool live_meeting(struct live *live, struct err *err)
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
	    !live_want(items.list[0].required.count == 1 &&
			       items.list[0].required.list[0].response ==
				       EWS_RESPONSE_TENTATIVE,
		       "the guest's answer", err))
		return false;
	meeting.change_key = items.list[0].id.change_key;
	return ews_calendar_cancel(live->conn, &meeting, "called off", err);
}
