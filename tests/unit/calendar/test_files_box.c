/* A calendar's directory kept in line with a store: new, changed, deleted, duplicate
 * events, edits by others, many deletions at once. */
#include "tests/unit/test.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/macros.h"
#include "base/mem.h"
#include "calendar/files_box.h"

struct fixture {
	char dir[64];
	struct notify_hub *hub;
	struct files_context context;
	struct files_box box;
};

static char *join(const char *dir, const char *name)
{
	struct strbuf path = STRBUF(4096);

	strbuf_addf(&path, "%s/%s", dir, name);
	return strbuf_take(&path);
}

static int setup(void **state)
{
	struct fixture *f = mem_alloc(sizeof *f);
	struct store_folder folder = { .remote_id = "cal",
				       .name = "Calendar",
				       .kind = BOX_CALENDAR,
				       .use = BOX_USE_CALENDAR };
	struct store_box stored = { 0 };
	char *store_dir;
	bool stale;
	struct err err = { 0 };

	snprintf(f->dir, sizeof f->dir, "/tmp/passerelle-files-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	store_dir = join(f->dir, "state");
	f->hub = notify_hub_new();
	ASSERT_OK(file_make_dirs(store_dir, 0700, &err), err);
	ASSERT_OK(store_open(store_dir, f->hub, &f->context.store, &err), err);
	free(store_dir);
	ASSERT_OK(store_folders_apply(
			  f->context.store,
			  &(struct store_folder_page){ .folders = &folder,
						       .count = 1,
						       .listed_unix_ms = clock_unix_ms(),
						       .state = STR("s") },
			  &stale, &err),
		  err);
	ASSERT_OK(store_box_by_remote(f->context.store, "cal", &stored, &err), err);
	f->box = (struct files_box){ .id = stored.id,
				     .dir = mem_strdup("Calendar"),
				     .title = mem_strdup("Calendar"),
				     .complete = true };
	store_box_finish(&stored);
	zone_set_init(&f->context.zones, "Europe/Berlin");
	f->context.who = mem_strdup("calendar[test]");
	f->context.own_address = mem_strdup("alice@example.test");
	f->context.root = join(f->dir, "calendars");
	f->context.merged_dir = join(f->dir, "merged");
	ASSERT_OK(file_make_dirs(f->context.merged_dir, 0700, &err), err);
	*state = f;
	return 0;
}

static void remove_tree(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)) != NULL) {
		char *child = join(path, entry->d_name);
		struct stat st;

		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
			if (lstat(child, &st) == 0 && S_ISDIR(st.st_mode))
				remove_tree(child);
			else
				unlink(child);
		}
		free(child);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->context.store);
	notify_hub_free(f->hub);
	zone_set_finish(&f->context.zones);
	files_box_finish(&f->box);
	free(f->context.who);
	free(f->context.own_address);
	free(f->context.root);
	free(f->context.merged_dir);
	remove_tree(f->dir);
	free(f);
	return 0;
}

static void put(struct fixture *f, const char *item_id, const char *uid,
		const char *subject)
{
	CLEANUP(event_finish) struct event event;
	struct store_event stored = { .item_id = (char *)item_id,
				      .change_key = (char *)subject,
				      .data = STRBUF(65536) };
	struct store_event_page page = {
		.events = &stored, .event_count = 1, .state = STR("x"), .last = true
	};
	struct err err = { 0 };

	event_init(&event);
	event.item_id = mem_strdup(item_id);
	event.uid = mem_strdup(uid);
	event.subject = mem_strdup(subject);
	event.start_unix_s = clock_unix_from_civil(2026, 7, 2, 9, 0, 0);
	event.end_unix_s = event.start_unix_s + 3600;
	ASSERT_OK(event_pack(&event, &stored.data, &err), err);
	ASSERT_OK(store_events_apply(f->context.store, f->box.id, &page, false, &err),
		  err);
	strbuf_finish(&stored.data);
}

static void drop(struct fixture *f, const char *item_id)
{
	struct store_event_page page = { .deleted_ids = &item_id,
					 .deleted_count = 1,
					 .state = STR("x"),
					 .last = true };
	struct err err = { 0 };

	ASSERT_OK(store_events_apply(f->context.store, f->box.id, &page, false, &err),
		  err);
}

static void update(struct fixture *f, bool whole)
{
	struct err err = { 0 };

	ASSERT_OK(files_box_update(&f->context, &f->box, whole, &err), err);
}

/* Does the file hold @text? Nothing: is it there at all? */
static bool holds(const struct fixture *f, const char *dir, const char *name,
		  const char *text)
{
	CLEANUP(strbuf_finish)
	struct strbuf path = STRBUF(4096), content = STRBUF(1 << 20);

	strbuf_addf(&path, "%s/%s/%s", f->dir, dir, name);
	return file_read(strbuf_cstr(&path), &content, NULL) &&
	       str_find(strbuf_str(&content), str_from(text)) >= 0;
}

static size_t count_files(const struct fixture *f, const char *dir)
{
	char *path = join(f->dir, dir);
	DIR *d = opendir(path);
	struct dirent *entry;
	size_t count = 0;

	while (d && (entry = readdir(d)) != NULL)
		count += str_ends(str_from(entry->d_name), STR(".ics"));
	if (d)
		closedir(d);
	free(path);
	return count;
}

static void write_file(const struct fixture *f, const char *name, const char *text)
{
	CLEANUP(strbuf_finish) struct strbuf path = STRBUF(4096);
	struct err err = { 0 };

	strbuf_addf(&path, "%s/calendars/Calendar/%s", f->dir, name);
	ASSERT_OK(file_replace(strbuf_cstr(&path), str_from(text), 0600, &err), err);
}

#define CAL "calendars/Calendar"

static void test_life(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };

	put(f, "i1", "u1", "first");
	update(f, false);
	assert_true(holds(f, CAL, "u1.ics", "SUMMARY:first\r\n"));
	assert_true(holds(f, CAL, "displayname", "Calendar"));
	put(f, "i1", "u1", "changed");
	put(f, "i2", "u2", "second");
	update(f, false);
	assert_true(holds(f, CAL, "u1.ics", "SUMMARY:changed\r\n"));
	assert_int_equal(count_files(f, CAL), 2);
	ASSERT_OK(files_box_merge(&f->context, &f->box, &err), err);
	assert_true(holds(f, "merged", "Calendar.ics", "UID:u1\r\n"));
	assert_true(holds(f, "merged", "Calendar.ics", "UID:u2\r\n"));
	drop(f, "i1");
	update(f, false);
	assert_false(holds(f, CAL, "u1.ics", ""));
	assert_int_equal(count_files(f, CAL), 1);
	assert_int_equal(count_files(f, "merged/conflicts/Calendar"), 0);
}

static void test_duplicates(void **state)
{
	struct fixture *f = *state;

	put(f, "i1", "same", "first");
	put(f, "i2", "same", "second");
	update(f, false);
	assert_int_equal(count_files(f, CAL), 2);
	assert_true(holds(f, CAL, "same.ics", "SUMMARY:first\r\n"));
	put(f, "i2", "same", "third");
	update(f, true);
	assert_int_equal(count_files(f, CAL), 2);
	assert_true(holds(f, CAL, "same.ics", "SUMMARY:first\r\n"));
}

static void test_edits(void **state)
{
	struct fixture *f = *state;

	put(f, "i1", "u1", "first");
	update(f, false);
	write_file(f, "u1.ics", "BEGIN:VCALENDAR\r\nUID:u1\r\nmine\r\n");
	write_file(f, "theirs.ics", "BEGIN:VCALENDAR\r\nUID:zzz\r\n");
	put(f, "i1", "u1", "second");
	update(f, false);
	assert_true(holds(f, CAL, "u1.ics", "SUMMARY:second\r\n"));
	assert_int_equal(count_files(f, "merged/conflicts/Calendar"), 1);
	/* A file of somebody else keeps its name. */
	put(f, "i2", "theirs", "ours");
	update(f, true);
	assert_true(holds(f, CAL, "theirs.ics", "UID:zzz"));
	assert_int_equal(count_files(f, CAL), 3);
	drop(f, "i2");
	drop(f, "i1");
	update(f, false);
	assert_int_equal(count_files(f, CAL), 1);
}

/* The ledger lost its record, or a crash came before it: no second file. */
static void test_adoption(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };

	put(f, "i1", "u1", "first");
	update(f, false);
	ASSERT_OK(store_event_file_remove(f->context.store, f->box.id, "i1", &err), err);
	update(f, true);
	assert_int_equal(count_files(f, CAL), 1);
	assert_int_equal(count_files(f, "merged/conflicts/Calendar"), 0);
}

static void test_many_deletions(void **state)
{
	struct fixture *f = *state;
	char id[16];

	for (int i = 0; i < 20; i++) {
		snprintf(id, sizeof id, "e%02d", i);
		put(f, id, id, "x");
	}
	update(f, false);
	assert_int_equal(count_files(f, CAL), 20);
	for (int i = 0; i < 15; i++) {
		snprintf(id, sizeof id, "e%02d", i);
		drop(f, id);
	}
	update(f, false);
	assert_int_equal(count_files(f, CAL), 20); /* held */
	assert_true(f->box.held_until_ms > 0);
	update(f, true);
	assert_int_equal(count_files(f, CAL), 20); /* too early */
	f->box.held_until_ms = clock_mono_ms();
	f->box.complete = false; /* the cache was lost and is being filled */
	update(f, true);
	assert_int_equal(count_files(f, CAL), 20);
	f->box.complete = true;
	update(f, true);
	assert_int_equal(count_files(f, CAL), 5);
	assert_int_equal(f->box.held_until_ms, 0);
}

static void test_retire(void **state)
{
	struct fixture *f = *state;

	put(f, "i1", "u1", "first");
	update(f, false);
	files_box_retire(&f->context, &f->box);
	assert_int_equal(count_files(f, CAL), 0);
	assert_int_equal(count_files(f, "merged/removed"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_life, setup, teardown),
		cmocka_unit_test_setup_teardown(test_duplicates, setup, teardown),
		cmocka_unit_test_setup_teardown(test_edits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_adoption, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_deletions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_retire, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
