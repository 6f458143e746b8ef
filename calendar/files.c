/*
 * The thread of an account's calendar files. It sleeps until an event or a folder
 * changed, brings the directories in line at once, and rewrites merged files when
 * things have been quiet for a moment. Which directory belongs to which folder is kept
 * in the ledger, so that a renamed calendar keeps its directory.
 */
#include "calendar/files.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "bridge/account.h"
#include "bridge/config.h"
#include "calendar/files_box.h"
#include "calendar/files_name.h"

#define WHOLE_EVERY_MS 3600000
#define RETRY_MS 10000
#define QUIET_MS 2000 /* before merged files are written */
#define MERGE_LATEST_MS 10000
#define DIRS_VALUE "calendar-dirs" /* lines: folder id, tab, directory */
#define ZONE_VALUE "mailbox-zone"

struct calendar_files {
	struct files_context context;
	struct files_box *boxes;
	size_t box_count;
	struct notify_watch events, folders;
	pthread_t thread;
	atomic_bool stop;
	int64_t next_whole_ms;
	int64_t stale_since_ms; /* merged files; 0: none is */
	int64_t changed_ms; /* when a calendar changed last */
	char last_error[160]; /* told once */
};

/* ---- which directory belongs to which folder */

static struct files_box *find_box(struct calendar_files *f, int64_t id)
{
	for (size_t i = 0; i < f->box_count; i++)
		if (f->boxes[i].id == id)
			return &f->boxes[i];
	return NULL;
}

static struct files_box *add_box(struct calendar_files *f, int64_t id, struct str dir)
{
	struct files_box *box;

	f->boxes = mem_resize(f->boxes, f->box_count + 1, sizeof *f->boxes);
	box = &f->boxes[f->box_count++];
	*box = (struct files_box){ .id = id, .dir = mem_strndup(dir.p, dir.len) };
	return box;
}

static bool load_dirs(struct calendar_files *f, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf value = STRBUF(1 << 20);
	struct err why = { 0 };
	struct str rest, line;

	if (!store_value_get(f->context.store, DIRS_VALUE, &value, &why))
		return why.code == ERR_NOT_FOUND ||
		       err_set(err, why.code, "%s", why.text);
	rest = strbuf_str(&value);
	while (str_split(&rest, '\n', &line)) {
		struct str dir = line, id;
		int64_t number;

		if (!str_split(&dir, '\t', &id) || !num_i64(id, &number) || !dir.len)
			continue;
		add_box(f, number, dir)->title = mem_strndup(dir.p, dir.len);
	}
	return true;
}

static bool save_dirs(struct calendar_files *f, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf value = STRBUF(1 << 20);

	for (size_t i = 0; i < f->box_count; i++)
		strbuf_addf(&value, "%lld\t%s\n", (long long)f->boxes[i].id,
			    f->boxes[i].dir);
	return strbuf_ok(&value, err) &&
	       store_value_set(f->context.store, DIRS_VALUE, strbuf_str(&value), err);
}

static bool dir_taken(const struct calendar_files *f, const char *dir)
{
	for (size_t i = 0; i < f->box_count; i++)
		if (str_eq_nocase(str_from(f->boxes[i].dir), str_from(dir)))
			return true;
	return false;
}

static struct files_box *new_box(struct calendar_files *f, const struct store_box *stored)
{
	CLEANUP(strbuf_finish) struct strbuf dir = STRBUF(256);
	size_t len;

	files_name_dir(stored->name, &dir);
	len = dir.len;
	for (int i = 2; dir_taken(f, strbuf_cstr(&dir)); i++) {
		strbuf_cut(&dir, len);
		strbuf_addf(&dir, "-%d", i);
	}
	return add_box(f, stored->id, strbuf_str(&dir));
}

static bool is_calendar(const struct store_box *stored)
{
	return stored->kind == BOX_CALENDAR && !stored->hidden;
}

/* Drops boxes whose folder is gone; an empty list of folders is no list. */
static bool drop_boxes(struct calendar_files *f, const struct store_boxes *stored)
{
	size_t kept = 0;

	if (!stored->count)
		return false;
	for (size_t i = 0; i < f->box_count; i++) {
		bool there = false;

		for (size_t j = 0; j < stored->count; j++)
			there = there || (stored->items[j].id == f->boxes[i].id &&
					  is_calendar(&stored->items[j]));
		if (there) {
			f->boxes[kept++] = f->boxes[i];
			continue;
		}
		files_box_retire(&f->context, &f->boxes[i]);
		files_box_finish(&f->boxes[i]);
	}
	if (kept == f->box_count)
		return false;
	f->box_count = kept;
	return true;
}

static bool update_boxes(struct calendar_files *f, struct err *err)
{
	CLEANUP(store_boxes_finish) struct store_boxes stored = { 0 };
	bool changed;

	if (!store_box_list(f->context.store, &stored, err))
		return false;
	changed = drop_boxes(f, &stored);
	for (size_t i = 0; i < f->box_count; i++)
		f->boxes[i].there = false;
	for (size_t i = 0; i < stored.count; i++) {
		struct files_box *box = find_box(f, stored.items[i].id);

		if (!is_calendar(&stored.items[i]))
			continue;
		changed = changed || !box;
		if (!box)
			box = new_box(f, &stored.items[i]);
		box->there = true;
		/* Deletions are looked for once the store knows all. */
		if (box->complete != stored.items[i].complete)
			box->listed = false;
		box->complete = stored.items[i].complete;
		if (box->title && strcmp(box->title, stored.items[i].name) == 0)
			continue;
		free(box->title);
		box->title = mem_strdup(stored.items[i].name);
		box->listed = false; /* writes the title anew */
	}
	return !changed || save_dirs(f, err);
}

/* ---- the thread */

static bool update(struct calendar_files *f, struct err *err)
{
	int64_t now = clock_mono_ms();
	bool whole = now >= f->next_whole_ms;

	if (!update_boxes(f, err))
		return false;
	for (size_t i = 0; i < f->box_count && !atomic_load(&f->stop); i++) {
		struct files_box *box = &f->boxes[i];
		bool again = box->held_until_ms && now >= box->held_until_ms;
		bool stale = box->merged_stale;
		uint64_t stamp = box->stamp;

		if (!box->there)
			continue;
		if (!files_box_update(&f->context, box, whole || again, err))
			return err_prefix(err, "calendar '%s'", box->title);
		if (box->merged_stale && (!stale || stamp != box->stamp))
			f->changed_ms = now;
		if (box->merged_stale && !f->stale_since_ms)
			f->stale_since_ms = now;
	}
	if (whole)
		f->next_whole_ms = now + WHOLE_EVERY_MS;
	return true;
}

static bool merge(struct calendar_files *f, struct err *err)
{
	f->stale_since_ms = 0;
	for (size_t i = 0; i < f->box_count && !atomic_load(&f->stop); i++)
		if (f->boxes[i].merged_stale &&
		    !files_box_merge(&f->context, &f->boxes[i], err))
			return err_prefix(err, "calendar '%s'", f->boxes[i].title);
	return true;
}

static int64_t next_wait_ms(const struct calendar_files *f, bool failed)
{
	int64_t now = clock_mono_ms(), wait = f->next_whole_ms - now;

	for (size_t i = 0; i < f->box_count; i++)
		if (f->boxes[i].held_until_ms)
			wait = MIN_OF(wait, f->boxes[i].held_until_ms - now);
	if (f->stale_since_ms)
		wait = MIN_OF(wait, f->changed_ms + QUIET_MS - now);
	if (failed)
		wait = RETRY_MS;
	return MAX_OF(wait, 0);
}

/* Merged files are written when a calendar has come to rest, or at last. */
static bool merge_is_due(const struct calendar_files *f)
{
	int64_t now = clock_mono_ms();

	return f->stale_since_ms && (now >= f->changed_ms + QUIET_MS ||
				     now > f->stale_since_ms + MERGE_LATEST_MS);
}

static void wait_news(struct calendar_files *f, int64_t timeout_ms)
{
	struct pollfd fds[] = { { f->events.fd, POLLIN, 0 },
				{ f->folders.fd, POLLIN, 0 } };

	poll(fds, 2, (int)MIN_OF(timeout_ms, INT32_MAX));
	notify_watch_clear(&f->events);
	notify_watch_clear(&f->folders);
}

static void tell_once(struct calendar_files *f, const struct err *err)
{
	if (strcmp(f->last_error, err->text) != 0)
		log_error(f->context.who, "%s", err->text);
	snprintf(f->last_error, sizeof f->last_error, "%s", err->text);
}

static void *run(void *data)
{
	struct calendar_files *f = data;

	while (!atomic_load(&f->stop)) {
		struct err err = { 0 };
		bool ok = update(f, &err);

		if (ok && merge_is_due(f))
			ok = merge(f, &err);
		if (!ok)
			tell_once(f, &err);
		else
			f->last_error[0] = '\0';
		wait_news(f, next_wait_ms(f, !ok));
	}
	return NULL;
}

/* ---- start and stop */

static void free_files(struct calendar_files *f)
{
	for (size_t i = 0; i < f->box_count; i++)
		files_box_finish(&f->boxes[i]);
	free(f->boxes);
	zone_set_finish(&f->context.zones);
	free(f->context.who);
	free(f->context.own_address);
	free(f->context.root);
	free(f->context.merged_dir);
	free(f);
}

static void fill_context(struct account *account, struct files_context *context)
{
	const struct account_config *config = account_config(account);
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(4096), zone = STRBUF(256);

	context->store = account_store(account);
	context->own_address = mem_strdup(account_address(account));
	context->root = mem_strdup(config->calendar_dir);
	strbuf_addf(&text, "calendar[%s]", account_name(account));
	context->who = mem_strdup(strbuf_cstr(&text));
	strbuf_reset(&text);
	if (config->merged_dir)
		strbuf_add_cstr(&text, config->merged_dir);
	else
		strbuf_addf(&text, "%s/../%s-merged", config->calendar_dir,
			    account_name(account));
	context->merged_dir = mem_strdup(strbuf_cstr(&text));
	if (store_value_get(context->store, ZONE_VALUE, &zone, NULL))
		zone_set_init(&context->zones, strbuf_cstr(&zone));
	else
		zone_set_init(&context->zones, NULL);
}

static bool start_thread(struct calendar_files *f, struct notify_hub *hub,
			 struct err *err)
{
	int errnum;

	notify_watch_open(hub, NOTIFY_CALENDAR, &f->events);
	notify_watch_open(hub, NOTIFY_FOLDERS, &f->folders);
	errnum = pthread_create(&f->thread, NULL, run, f);
	if (!errnum)
		return true;
	notify_watch_close(&f->events);
	notify_watch_close(&f->folders);
	return err_errno(err, ERR_BROKEN, errnum, "no thread for the calendar files");
}

bool calendar_files_start(struct account *account, struct calendar_files **files_r,
			  struct err *err)
{
	struct calendar_files *f = mem_alloc(sizeof *f);

	fill_context(account, &f->context);
	if (!file_make_dirs(f->context.root, 0700, err) ||
	    !file_make_dirs(f->context.merged_dir, 0700, err) || !load_dirs(f, err) ||
	    !start_thread(f, account_hub(account), err)) {
		free_files(f);
		return false;
	}
	*files_r = f;
	return true;
}

void calendar_files_stop(struct calendar_files *files)
{
	if (!files)
		return;
	atomic_store(&files->stop, true);
	notify_watch_wake(&files->events);
	pthread_join(files->thread, NULL);
	notify_watch_close(&files->events);
	notify_watch_close(&files->folders);
	free_files(files);
}
