/*
 * The list of folders on its way down: whole, or what changed since the saved state; and
 * the folders that sync goes through, taken from the store.
 */
#include "bridge/sync.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

/* Answers in a row that may be older than a change of ours; the next is taken as it is,
 * so that somebody who makes folders without end does not keep the list from coming. */
#define STALE_TRIES 4

static void carry_over(const struct sync *sync, struct sync_folder *f)
{
	for (size_t i = 0; i < sync->folder_count; i++) {
		const struct sync_folder *old = &sync->folders[i];

		if (old->box_id != f->box_id)
			continue;
		f->c.dirty = old->c.dirty;
		f->c.not_before_ms = old->c.not_before_ms;
		f->c.rest_until_ms = old->c.rest_until_ms;
		f->c.news_ms = old->c.news_ms;
		f->c.complete = f->c.complete || old->c.complete;
		f->tries = old->tries;
		f->full_listing = old->full_listing;
		f->relist = old->relist;
		f->counters = old->counters;
	}
}

/* Was the list of folders read once, by this process or an earlier one? */
static bool is_known(struct sync *sync)
{
	CLEANUP(strbuf_finish) struct strbuf state = STRBUF(SYNC_STATE_MAX);

	return store_state_get(sync->setup.store, "hierarchy", &state, NULL);
}

/* What the store holds becomes what this thread goes through. */
bool sync_folders_refresh(struct sync *sync, struct err *err)
{
	CLEANUP(store_boxes_finish) struct store_boxes boxes = { 0 };
	struct sync_folder *list;
	size_t count = 0;
	bool known;

	if (!store_box_list(sync->setup.store, &boxes, err))
		return false;
	known = is_known(sync);
	list = mem_array(boxes.count + 1, sizeof(*list));
	pthread_mutex_lock(&sync->lock);
	for (size_t i = 0; i < boxes.count; i++) {
		const struct store_box *box = &boxes.items[i];
		struct sync_folder *f = &list[count];

		if (!box->remote_id || box->kind == BOX_OTHER)
			continue;
		count++;
		f->box_id = box->id;
		f->remote_id = mem_strdup(box->remote_id);
		f->c = (struct sync_candidate){ .use = box->use,
						.kind = box->kind,
						.dirty = true,
						.complete = box->complete };
		carry_over(sync, f);
	}
	for (size_t i = 0; i < sync->folder_count; i++)
		free(sync->folders[i].remote_id);
	free(sync->folders);
	sync->folders = list;
	sync->folder_count = count;
	sync->folders_known = known;
	pthread_mutex_unlock(&sync->lock);
	return true;
}

/* A whole list counts only as one: its pages are kept until the last. */
struct listing {
	struct remote_folders *pages;
	size_t page_count, page_room;
	struct store_folder *all;
	size_t count;
};

static void listing_finish(struct listing *l)
{
	for (size_t i = 0; i < l->page_count; i++)
		remote_folders_finish(&l->pages[i]);
	free(l->pages);
	free(l->all);
}

static struct remote_folders *listing_page(struct listing *l)
{
	l->pages = mem_grow(l->pages, l->page_count, &l->page_room, sizeof(*l->pages));
	l->pages[l->page_count] = (struct remote_folders){ 0 };
	return &l->pages[l->page_count++];
}

static void listing_add(struct listing *l, const struct remote_folders *page)
{
	l->all = mem_resize(l->all, l->count + page->count + 1, sizeof(*l->all));
	for (size_t i = 0; i < page->count; i++)
		l->all[l->count++] = page->list[i];
}

/* From the beginning: folders that are not named are gone. */
static bool list_once(struct sync *sync, struct remote_conn *conn, bool even_stale,
		      bool *stale_r, struct remote_fail *fail)
{
	CLEANUP(listing_finish) struct listing l = { 0 };
	struct store_folder_page whole = {
		.listed_unix_ms = store_stamp_ms(sync->setup.store),
		.changes_before = store_folder_changes(sync->setup.store),
		.even_stale = even_stale,
	};
	const char *state = NULL;
	bool last = false;

	while (!last) {
		struct remote_folders *page = listing_page(&l);

		if (!conn->ops->folders_sync(conn, state, page, fail))
			return false;
		listing_add(&l, page);
		state = page->state;
		last = page->last;
	}
	whole.folders = l.all;
	whole.count = l.count;
	whole.state = str_from(state);
	return store_folders_apply(sync->setup.store, &whole, stale_r, &fail->err);
}

static bool folders_list(struct sync *sync, struct remote_conn *conn,
			 struct remote_fail *fail)
{
	bool stale = true;

	for (unsigned tries = 1; stale; tries++)
		if (!list_once(sync, conn, tries == STALE_TRIES, &stale, fail))
			return false;
	return true;
}

static bool changes_once(struct sync *sync, struct remote_conn *conn,
			 struct strbuf *state, bool even_stale, bool *stale_r,
			 bool *last_r, struct remote_fail *fail)
{
	CLEANUP(remote_folders_finish) struct remote_folders answer = { 0 };
	struct store_folder_page page = {
		.changes_before = store_folder_changes(sync->setup.store),
		.even_stale = even_stale,
	};

	if (!conn->ops->folders_sync(conn, strbuf_cstr(state), &answer, fail))
		return false;
	page.folders = answer.list;
	page.count = answer.count;
	page.deleted_ids = answer.deleted;
	page.deleted_count = answer.deleted_count;
	page.state = str_from(answer.state);
	if (!store_folders_apply(sync->setup.store, &page, stale_r, &fail->err))
		return false;
	if (*stale_r)
		return true;
	strbuf_reset(state);
	strbuf_add_cstr(state, answer.state);
	*last_r = answer.last;
	return true;
}

static bool folders_changes(struct sync *sync, struct remote_conn *conn,
			    struct strbuf *state, struct remote_fail *fail)
{
	bool last = false, stale;

	for (unsigned tries = 1; !last; tries = stale ? tries + 1 : 1)
		if (!changes_once(sync, conn, state, tries == STALE_TRIES, &stale, &last,
				  fail))
			return false;
	return true;
}

/* Now and then; that it cannot be had is no trouble. */
static void quota_round(struct sync *sync, struct remote_conn *conn)
{
	struct remote_quota quota = { 0 };
	struct remote_fail fail = { 0 };
	int64_t now_ms = clock_mono_ms();
	bool ok;

	if (now_ms < sync->quota_due_ms) /* of this thread alone */
		return;
	ok = conn->ops->quota_read(conn, &quota, &fail);
	if (!ok)
		log_debug(sync->who, "the quota cannot be had: %s", fail.err.text);
	pthread_mutex_lock(&sync->lock);
	sync->quota_due_ms = now_ms + sync_sweep_ms(sync);
	if (ok)
		sync->quota = quota;
	pthread_mutex_unlock(&sync->lock);
}

bool sync_folders_round(struct sync *sync, struct remote_conn *conn,
			struct remote_fail *fail)
{
	CLEANUP(strbuf_finish) struct strbuf state = STRBUF(SYNC_STATE_MAX);
	bool ok;

	if (!store_state_get(sync->setup.store, "hierarchy", &state, &fail->err)) {
		if (fail->err.code != ERR_NOT_FOUND)
			return false;
		*fail = (struct remote_fail){ 0 };
	}
	ok = state.len > 0 ? folders_changes(sync, conn, &state, fail)
			   : folders_list(sync, conn, fail);
	if (!ok && fail->problem == REMOTE_STATE_REFUSED && state.len > 0) {
		*fail = (struct remote_fail){ 0 };
		ok = folders_list(sync, conn, fail);
	}
	if (!ok)
		return false;
	quota_round(sync, conn);
	pthread_mutex_lock(&sync->lock);
	sync->folders_read_ms = clock_mono_ms();
	pthread_mutex_unlock(&sync->lock);
	return sync_folders_refresh(sync, &fail->err);
}
