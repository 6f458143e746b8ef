/*
 * One calendar's directory. A file is written first and recorded after: after a crash
 * its text is the one that would be written anyway. A file whose text is neither the
 * recorded nor the new one was changed by somebody: it is saved in conflicts/ before
 * the server's version replaces it. Files without a record are not ours and stay.
 */
#include "calendar/files_box.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "calendar/event_ics.h"
#include "calendar/files_name.h"
#include "calendar/hash.h"

#define PATH_BYTES_MAX 4096
#define DELETIONS_FREE 5 /* as many at once need no second look */
#define HOLD_MS 10000

void files_box_finish(struct files_box *box)
{
	free(box->dir);
	free(box->title);
	*box = (struct files_box){ 0 };
}

/* ---- records: which file holds which event */

struct records {
	struct store_event_files files; /* as read, sorted by item id */
	bool *seen; /* the event is there */
	struct store_event_file *added; /* borrowed texts: see take_name() */
	size_t added_count, added_capacity;
};

static int compare_files(const void *a, const void *b)
{
	const struct store_event_file *x = a, *y = b;

	return strcmp(x->item_id, y->item_id);
}

static bool records_load(struct store *store, int64_t box_id, struct records *r,
			 struct err *err)
{
	*r = (struct records){ 0 };
	if (!store_event_files_list(store, box_id, &r->files, err))
		return false;
	if (r->files.count)
		qsort(r->files.items, r->files.count, sizeof *r->files.items,
		      compare_files);
	r->seen = mem_array(r->files.count + 1, sizeof *r->seen);
	return true;
}

static void records_finish(struct records *r)
{
	store_event_files_finish(&r->files);
	free(r->seen);
	for (size_t i = 0; i < r->added_count; i++) {
		free(r->added[i].uid);
		free(r->added[i].name);
	}
	free(r->added);
}

static struct store_event_file *find_record(struct records *r, const char *item_id)
{
	struct store_event_file key = { .item_id = (char *)item_id };

	if (!r->files.count)
		return NULL;
	return bsearch(&key, r->files.items, r->files.count, sizeof key, compare_files);
}

static bool taken(const struct records *r, const char *uid, const char *name)
{
	for (size_t i = 0; i < r->files.count + r->added_count; i++) {
		const struct store_event_file *file =
			i < r->files.count ? &r->files.items[i]
					   : &r->added[i - r->files.count];

		if (uid && strcmp(file->uid, uid) == 0)
			return true;
		if (name && str_eq_nocase(str_from(file->name), str_from(name)))
			return true;
	}
	return false;
}

/* ---- one file */

struct job {
	struct files_context *context;
	struct files_box *box;
	struct records *records;
};

static void path_of(const struct job *job, const char *name, struct strbuf *path)
{
	strbuf_addf(path, "%s/%s/%s", job->context->root, job->box->dir, name);
}

/* Its text's hash, or "" when there is no such file. */
static bool hash_file(const char *path, struct strbuf *text, char hex_r[HASH_HEX_MAX],
		      struct err *err)
{
	struct err why = { 0 };

	hex_r[0] = '\0';
	strbuf_reset(text);
	if (!file_read(path, text, &why)) {
		if (why.code == ERR_NOT_FOUND)
			return true;
		return err_set(err, why.code, "%s", why.text);
	}
	hash_hex(text->p, text->len, hex_r);
	return true;
}

static bool save_aside(const struct job *job, const char *name, struct str text,
		       struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf path = STRBUF(PATH_BYTES_MAX);

	strbuf_addf(&path, "%s/conflicts/%s", job->context->merged_dir, job->box->dir);
	if (!file_make_dirs(strbuf_cstr(&path), 0700, err))
		return false;
	strbuf_addf(&path, "/%s.%lld.ics", name, (long long)clock_unix_ms());
	if (!file_replace(strbuf_cstr(&path), text, 0600, err))
		return false;
	log_warn(job->context->who,
		 "'%s' was changed here; that version is kept as '%s', the server's "
		 "replaces it",
		 name, strbuf_cstr(&path));
	return true;
}

/* Is there a file of that name with another event? One with the same UID is ours: the
 * program ended before it was recorded, or the ledger was lost. The first octets of the
 * UID do, because the line may be folded. */
static bool is_foreign(const struct job *job, const char *name, const char *uid)
{
	CLEANUP(strbuf_finish) struct strbuf path = STRBUF(PATH_BYTES_MAX);
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(ICS_MAX_BYTES);
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(128);
	struct err why = { 0 };

	path_of(job, name, &path);
	strbuf_addf(&line, "\nUID:%.60s", uid);
	if (!file_read(strbuf_cstr(&path), &text, &why))
		return why.code != ERR_NOT_FOUND;
	return str_find(strbuf_str(&text), strbuf_str(&line)) < 0;
}

/* The name and UID of an event that has no file yet. */
static bool take_name(const struct job *job, const struct event *event,
		      const char *item_id, struct store_event_file *file_r)
{
	CLEANUP(strbuf_finish)
	struct strbuf name = STRBUF(256);
	struct records *r = job->records;
	char *uid = event_uid(event), hex[HASH_HEX_MAX];

	if (taken(r, uid, NULL)) { /* a copy: UIDs are unique in a directory */
		CLEANUP(strbuf_finish) struct strbuf own = STRBUF(128);

		hash_hex(item_id, strlen(item_id), hex);
		strbuf_addf(&own, "%.40s@duplicate", hex);
		free(uid);
		uid = strbuf_take(&own);
	}
	files_name_event(uid, &name);
	if (taken(r, NULL, strbuf_cstr(&name)) ||
	    is_foreign(job, strbuf_cstr(&name), uid)) {
		strbuf_reset(&name);
		files_name_other(item_id, &name);
	}
	*file_r = (struct store_event_file){ .item_id = (char *)item_id,
					     .uid = uid,
					     .name = mem_strdup(strbuf_cstr(&name)),
					     .hash = (char *)"" };
	r->added = mem_grow(r->added, r->added_count, &r->added_capacity,
			    sizeof *r->added);
	r->added[r->added_count++] = *file_r;
	return true;
}

static bool render(const struct job *job, const struct event *event, const char *uid,
		   struct strbuf *text, struct err *err)
{
	struct event_ics ics = { .zones = &job->context->zones,
				 .own_address = job->context->own_address };
	bool same = event->uid && strcmp(event->uid, uid) == 0;
	struct event_ics_item item = { event, uid, same ? NULL : event->uid };

	return event_ics_write(&ics, &item, 1, text, err);
}

static bool write_event(const struct job *job, const struct event *event,
			const char *item_id, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf path = STRBUF(PATH_BYTES_MAX);
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(ICS_MAX_BYTES);
	CLEANUP(strbuf_finish) struct strbuf old = STRBUF(ICS_MAX_BYTES);
	struct store_event_file *record = find_record(job->records, item_id), file;
	char hash[HASH_HEX_MAX], old_hash[HASH_HEX_MAX];

	if (record)
		file = *record;
	else if (!take_name(job, event, item_id, &file))
		return false;
	if (!render(job, event, file.uid, &text, err))
		return false;
	hash_hex(text.p, text.len, hash);
	path_of(job, file.name, &path);
	if (!hash_file(strbuf_cstr(&path), &old, old_hash, err))
		return false;
	if (strcmp(old_hash, hash) != 0) {
		if (old_hash[0] && strcmp(old_hash, file.hash) != 0 &&
		    !save_aside(job, file.name, strbuf_str(&old), err))
			return false;
		if (!file_replace(strbuf_cstr(&path), strbuf_str(&text), 0600, err))
			return false;
		job->box->merged_stale = true;
	}
	if (strcmp(file.hash, hash) == 0)
		return true;
	file.hash = hash;
	return store_event_file_set(job->context->store, job->box->id, &file,
				    strbuf_str(&text), err);
}

static bool remove_event(const struct job *job, const struct store_event_file *file,
			 struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf path = STRBUF(PATH_BYTES_MAX);
	CLEANUP(strbuf_finish) struct strbuf old = STRBUF(ICS_MAX_BYTES);
	char old_hash[HASH_HEX_MAX];

	path_of(job, file->name, &path);
	if (!hash_file(strbuf_cstr(&path), &old, old_hash, err))
		return false;
	if (old_hash[0] && strcmp(old_hash, file->hash) != 0 &&
	    !save_aside(job, file->name, strbuf_str(&old), err))
		return false;
	if (unlink(strbuf_cstr(&path)) < 0 && errno != ENOENT)
		return err_errno(err, ERR_BROKEN, errno, "%s", strbuf_cstr(&path));
	job->box->merged_stale = true;
	return store_event_file_remove(job->context->store, job->box->id, file->item_id,
				       err);
}

/* ---- the directory */

/* Events that the store has, and no longer has, as marks on the records. */
static bool write_events(const struct job *job, const struct store_events *events,
			 struct err *err)
{
	for (size_t i = 0; i < events->count; i++) {
		const struct store_event *stored = &events->items[i];
		struct store_event_file *record = find_record(job->records,
							      stored->item_id);
		CLEANUP(event_finish) struct event event = { 0 };
		struct err why = { 0 };

		if (record)
			job->records->seen[record - job->records->files.items] =
				!stored->removed;
		if (stored->removed)
			continue;
		if (!event_unpack(strbuf_str(&stored->data), &event, &why)) {
			log_warn(job->context->who, "an event was left out: %s",
				 why.text);
			continue;
		}
		if (!write_event(job, &event, stored->item_id, err))
			return false;
	}
	return true;
}

static bool is_gone(const struct records *r, size_t index, bool whole,
		    const struct store_events *events)
{
	if (whole)
		return !r->seen[index];
	for (size_t i = 0; i < events->count; i++)
		if (events->items[i].removed &&
		    strcmp(events->items[i].item_id, r->files.items[index].item_id) == 0)
			return !r->seen[index];
	return false;
}

/* Many deletions at once are believed when a second look at the whole shows them too. */
static bool hold_deletions(const struct job *job, size_t gone, bool whole)
{
	size_t free_count = MAX_OF((size_t)DELETIONS_FREE, job->records->files.count / 2);

	if (gone <= free_count || (whole && job->box->held_until_ms &&
				   clock_mono_ms() >= job->box->held_until_ms)) {
		job->box->held_until_ms = 0;
		return false;
	}
	if (!job->box->held_until_ms) {
		log_warn(job->context->who,
			 "'%s': %zu of %zu events are gone; looking again before their "
			 "files are removed",
			 job->box->title, gone, job->records->files.count);
		job->box->held_until_ms = clock_mono_ms() + HOLD_MS;
	}
	return true;
}

static bool remove_events(const struct job *job, const struct store_events *events,
			  bool whole, struct err *err)
{
	struct records *r = job->records;
	bool *gone = mem_array(r->files.count + 1, sizeof *gone);
	size_t count = 0;
	bool ok = true;

	for (size_t i = 0; i < r->files.count; i++) {
		gone[i] = is_gone(r, i, whole, events);
		count += gone[i];
	}
	if (!count)
		job->box->held_until_ms = whole ? 0 : job->box->held_until_ms;
	else if (!hold_deletions(job, count, whole))
		for (size_t i = 0; ok && i < r->files.count; i++)
			ok = !gone[i] || remove_event(job, &r->files.items[i], err);
	free(gone);
	return ok;
}

/* `displayname` of the vdir format: one line, no line feed at its end. */
static bool write_title(struct files_context *context, const struct files_box *box,
			struct err *err)
{
	CLEANUP(strbuf_finish)
	struct strbuf path = STRBUF(PATH_BYTES_MAX), old = STRBUF(4096);

	strbuf_addf(&path, "%s/%s", context->root, box->dir);
	if (!file_make_dirs(strbuf_cstr(&path), 0700, err))
		return false;
	strbuf_add(&path, STR("/displayname"));
	if (file_read(strbuf_cstr(&path), &old, NULL) &&
	    str_eq(strbuf_str(&old), str_from(box->title)))
		return true;
	return file_replace(strbuf_cstr(&path), str_from(box->title), 0600, err);
}

bool files_box_update(struct files_context *context, struct files_box *box, bool whole,
		      struct err *err)
{
	CLEANUP(store_events_finish) struct store_events events = { 0 };
	CLEANUP(records_finish) struct records records = { 0 };
	struct job job = { context, box, &records };

	whole = whole || !box->listed;
	if ((whole && !write_title(context, box, err)) ||
	    !store_events_since(context->store, box->id, whole ? 0 : box->stamp, &events,
				err))
		return false;
	if (!whole && !events.count)
		return true;
	if (!records_load(context->store, box->id, &records, err) ||
	    !write_events(&job, &events, err) ||
	    (box->complete && !remove_events(&job, &events, whole, err)))
		return false;
	box->merged_stale = box->merged_stale || !box->listed;
	box->stamp = events.stamp;
	box->listed = true;
	return true;
}

/* ---- the merged file */

static int compare_items(const void *a, const void *b)
{
	const struct event_ics_item *x = a, *y = b;

	return strcmp(x->uid, y->uid);
}

/* The events that have files, by UID. */
static size_t collect(const struct store_events *stored, struct records *records,
		      struct event *events, struct event_ics_item *items)
{
	size_t count = 0;

	for (size_t i = 0; i < stored->count; i++) {
		const struct store_event_file *record = find_record(
			records, stored->items[i].item_id);

		if (stored->items[i].removed || !record ||
		    !event_unpack(strbuf_str(&stored->items[i].data), &events[count],
				  NULL))
			continue;
		items[count].event = &events[count];
		items[count].uid = record->uid;
		count++;
	}
	if (count)
		qsort(items, count, sizeof *items, compare_items);
	return count;
}

static bool replace_merged(const struct files_context *context,
			   const struct files_box *box, struct str text, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf path = STRBUF(PATH_BYTES_MAX);
	CLEANUP(strbuf_finish) struct strbuf old = STRBUF(ICS_MAX_BYTES);

	strbuf_addf(&path, "%s/%s.ics", context->merged_dir, box->dir);
	if (file_read(strbuf_cstr(&path), &old, NULL) && str_eq(strbuf_str(&old), text))
		return true;
	return file_replace(strbuf_cstr(&path), text, 0444, err);
}

bool files_box_merge(struct files_context *context, struct files_box *box,
		     struct err *err)
{
	CLEANUP(store_events_finish) struct store_events stored = { 0 };
	CLEANUP(records_finish) struct records records = { 0 };
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(ICS_MAX_BYTES);
	struct event_ics ics = { .zones = &context->zones,
				 .own_address = context->own_address,
				 .calendar_name = box->title };
	struct event_ics_item *items;
	struct event *events;
	size_t count;
	bool ok;

	if (!store_events_since(context->store, box->id, 0, &stored, err) ||
	    !records_load(context->store, box->id, &records, err))
		return false;
	events = mem_array(stored.count + 1, sizeof *events);
	items = mem_array(stored.count + 1, sizeof *items);
	count = collect(&stored, &records, events, items);
	ok = event_ics_write(&ics, items, count, &text, err) &&
	     replace_merged(context, box, strbuf_str(&text), err);
	for (size_t i = 0; i < count; i++)
		event_finish(&events[i]);
	free(events);
	free(items);
	box->merged_stale = box->merged_stale && !ok;
	return ok;
}

void files_box_retire(struct files_context *context, const struct files_box *box)
{
	CLEANUP(strbuf_finish)
	struct strbuf from = STRBUF(PATH_BYTES_MAX), to = STRBUF(PATH_BYTES_MAX),
		      merged = STRBUF(PATH_BYTES_MAX);

	strbuf_addf(&merged, "%s/%s.ics", context->merged_dir, box->dir);
	unlink(strbuf_cstr(&merged));
	strbuf_addf(&from, "%s/%s", context->root, box->dir);
	strbuf_addf(&to, "%s/removed", context->merged_dir);
	if (!file_make_dirs(strbuf_cstr(&to), 0700, NULL))
		return;
	strbuf_addf(&to, "/%s.%lld", box->dir, (long long)clock_unix_ms());
	if (rename(strbuf_cstr(&from), strbuf_cstr(&to)) == 0)
		log_info(context->who, "calendar '%s' is gone; its files are now in '%s'",
			 box->title, strbuf_cstr(&to));
	else if (errno != ENOENT)
		log_warn(context->who, "calendar '%s' is gone; its files stay: %s",
			 box->title, strerror(errno));
}
