/* store: changes of folders, and the files of calendars. */
#include "tests/unit/store/journal_test.h"

static void folder_changes(void **state)
{
	struct fixture *f = *state;
	struct store_folder made = { .remote_id = "F-new", .name = "New" };
	int64_t entry, box, append_entry;
	struct store_box b;

	ASSERT_OK(store_box_create(f->s, STR("New/Sub"), BOX_USE_NONE, &entry, &f->err),
		  f->err);
	assert_false(store_box_create(f->s, STR("new"), BOX_USE_NONE, &entry, &f->err));
	assert_int_equal(f->err.code, ERR_EXISTS);
	box = box_at(f, "New");
	append(f, box, 0, &append_entry);
	reopen_without(f, "cache.db");
	folders(f);
	assert_int_equal(box_at(f, "New"), box);
	assert_ready(f, "create:-");
	/* It shows up by itself before the answer. */
	ASSERT_OK(folders_put(f, &made, 1, NULL, 0), f->err);
	assert_int_equal(box_at(f, "New"), box);
	struct journal_entries e;
	take(f, &e);
	ASSERT_OK(journal_done(f->s, &e.items[0],
			       &(struct journal_result){ .box_remote_id = "F-new" },
			       &f->err),
		  f->err);
	journal_entries_finish(&e);
	assert_ready(f, "create:- append:-");
	take(f, &e);
	ASSERT_STR(0, str_from(e.items[0].parent_remote_id), STR("F-new"));
	ASSERT_STR(0, str_from(e.items[0].name), STR("Sub"));
	ASSERT_OK(journal_done(f->s, &e.items[0],
			       &(struct journal_result){ .box_remote_id = "F-newsub" },
			       &f->err),
		  f->err);
	journal_entries_finish(&e);
	ASSERT_OK(store_box_rename(f->s, STR("New/Sub"), STR("Work/x%2Fy"), &entry,
				   &f->err),
		  f->err);
	assert_false(store_box_find(f->s, STR("New/Sub"), &b, &f->err));
	box_at(f, "Work/x%2Fy");
	finish_first(f, "up"); /* the message */
	take(f, &e);
	ASSERT_STR(0, str_from(e.items[0].name), STR("x/y"));
	ASSERT_STR(0, str_from(e.items[0].parent_remote_id), STR("F-work"));
	journal_entries_finish(&e);
	refuse_first(f, false);
	box_at(f, "New/Sub");
	assert_false(store_box_delete(f->s, STR("New"), &entry, &f->err));
	assert_int_equal(f->err.code, ERR_STATE);
	assert_false(store_box_delete(f->s, STR("inbox"), &entry, &f->err));
	assert_int_equal(f->err.code, ERR_DENIED);
	ASSERT_OK(store_box_delete(f->s, STR("New/Sub"), &entry, &f->err), f->err);
	assert_false(store_box_find(f->s, STR("New/Sub"), &b, &f->err));
	reopen(f);
	finish_first(f, NULL);
	assert_false(store_box_find(f->s, STR("New/Sub"), &b, &f->err));
	assert_ready(f, "");
}

/* A list of folders that was asked for before the server made one does not name it. */
static void folder_older_list(void **state)
{
	static const struct store_folder inbox[] = {
		{ .remote_id = "F-in", .name = "Posteingang", .use = BOX_USE_INBOX },
	};
	struct fixture *f = *state;
	int64_t entry, box, asked_unix_ms = clock_unix_ms();
	struct journal_entries e;
	struct store_box found;

	ASSERT_OK(store_box_create(f->s, STR("New"), BOX_USE_NONE, &entry, &f->err),
		  f->err);
	box = box_at(f, "New");
	take(f, &e);
	ASSERT_OK(journal_done(
			  f->s, &e.items[0],
			  &(struct journal_result){ .box_remote_id = "F-new",
						    .done_unix_ms = asked_unix_ms + 1 },
			  &f->err),
		  f->err);
	journal_entries_finish(&e);
	ASSERT_OK(folders_put(f, inbox, 1, NULL, asked_unix_ms), f->err);
	assert_int_equal(box_at(f, "New"), box);
	assert_false(store_box_find(f->s, STR("Work"), &found, &f->err));
	ASSERT_OK(folders_put(f, inbox, 1, NULL, asked_unix_ms + 2), f->err);
	assert_false(store_box_find(f->s, STR("New"), &found, &f->err));
	/* Nor is an empty one the truth. */
	assert_false(folders_put(f, NULL, 0, NULL, asked_unix_ms + 2));
	assert_int_equal(f->err.code, ERR_BROKEN);
	assert_int_equal(box_at(f, "INBOX"), f->inbox);
}

/* News of a folder that is being deleted here: that the server made it may come late;
 * only one that it has moved, to its trash, is there afterwards. */
static void folder_news_while_deleted(void **state)
{
	static const struct {
		const char *parent, *path; /* path: where it is in the end */
	} rows[] = { { NULL, NULL }, { "F-work", "Work/Old" } };
	struct fixture *f = *state;

	for (size_t row = 0; row < ARRAY_LEN(rows); row++) {
		struct store_folder told = { .remote_id = "F-old",
					     .parent_remote_id = rows[row].parent,
					     .name = "Old" };
		struct journal_entries e;
		struct store_box found;
		int64_t entry;

		ASSERT_OK(
			store_box_create(f->s, STR("Old"), BOX_USE_NONE, &entry, &f->err),
			f->err);
		take(f, &e);
		ASSERT_OK(
			journal_done(f->s, &e.items[0],
				     &(struct journal_result){ .box_remote_id = "F-old" },
				     &f->err),
			f->err);
		journal_entries_finish(&e);
		ASSERT_OK(store_box_delete(f->s, STR("Old"), &entry, &f->err), f->err);
		ASSERT_OK(folders_put(f, &told, 1, NULL, 0), f->err);
		finish_first(f, NULL);
		assert_false(store_box_find(f->s, STR("Old"), &found, &f->err));
		if (rows[row].path)
			box_at(f, rows[row].path);
	}
}

/* An answer that was asked for before the server agreed to a change tells of the time
 * before: the folder would be back until the next round. */
static void folder_stale_page(void **state)
{
	struct fixture *f = *state;
	struct store_folder told = { .remote_id = "F-work", .name = "Work" };
	struct store_folder_page page = {
		.folders = &told,
		.count = 1,
		.state = STR("stale"),
		.changes_before = store_folder_changes(f->s),
	};
	CLEANUP(strbuf_finish) struct strbuf kept = STRBUF(100);
	struct store_box found;
	int64_t entry;
	bool stale;

	ASSERT_OK(store_box_delete(f->s, STR("Work/a%2Fb"), &entry, &f->err), f->err);
	finish_first(f, NULL);
	ASSERT_OK(store_box_delete(f->s, STR("Work"), &entry, &f->err), f->err);
	finish_first(f, NULL);
	ASSERT_OK(store_folders_apply(f->s, &page, &stale, &f->err), f->err);
	assert_true(stale);
	assert_false(store_box_find(f->s, STR("Work"), &found, &f->err));
	ASSERT_OK(store_state_get(f->s, "hierarchy", &kept, &f->err), f->err);
	ASSERT_STR(0, strbuf_str(&kept), STR("h"));
	page.changes_before = store_folder_changes(f->s);
	ASSERT_OK(store_folders_apply(f->s, &page, &stale, &f->err), f->err);
	assert_false(stale);
	box_at(f, "Work"); /* somebody made it again */
	page.changes_before--;
	page.even_stale = true;
	ASSERT_OK(store_folders_apply(f->s, &page, &stale, &f->err), f->err);
	assert_false(stale);
}

static void events(void **state)
{
	struct fixture *f = *state;
	int64_t box = box_at(f, "Calendar");
	struct store_event list[2] = { { .item_id = (char *)"e1",
					 .change_key = (char *)"1" },
				       { .item_id = (char *)"e2" } };
	struct store_event_page page = {
		.events = list, .event_count = 2, .state = STR("s"), .last = true
	};
	struct store_events got;
	struct store_event_file file = { .item_id = (char *)"e1",
					 .uid = (char *)"u",
					 .name = (char *)"n.ics",
					 .hash = (char *)"h" };
	struct store_event_files files;
	uint64_t stamp;

	strbuf_init(&list[0].data, 99);
	strbuf_add(&list[0].data, STR("one"));
	ASSERT_OK(store_events_apply(f->s, box, &page, true, &f->err), f->err);
	ASSERT_OK(store_events_since(f->s, box, 0, &got, &f->err), f->err);
	assert_int_equal(got.count, 2);
	ASSERT_STR(0, strbuf_str(&got.items[0].data), STR("one"));
	stamp = got.stamp;
	store_events_finish(&got);
	ASSERT_OK(store_box_state_drop(f->s, box, &f->err), f->err);
	page.event_count = 1;
	ASSERT_OK(store_events_apply(f->s, box, &page, true, &f->err), f->err);
	ASSERT_OK(store_events_since(f->s, box, stamp, &got, &f->err), f->err);
	assert_int_equal(got.count, 1);
	assert_true(got.items[0].removed);
	ASSERT_STR(0, str_from(got.items[0].item_id), STR("e2"));
	store_events_finish(&got);
	ASSERT_OK(store_event_file_set(f->s, box, &file, STR("text"), &f->err), f->err);
	reopen_without(f, "cache.db");
	folders(f);
	ASSERT_OK(store_event_files_list(f->s, box, &files, &f->err), f->err);
	assert_int_equal(files.count, 1);
	ASSERT_STR(0, str_from(files.items[0].name), STR("n.ics"));
	store_event_files_finish(&files);
	strbuf_finish(&list[0].data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		ROW(folder_changes),
		ROW(folder_older_list),
		ROW(folder_news_while_deleted),
		ROW(folder_stale_page),
		ROW(events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
