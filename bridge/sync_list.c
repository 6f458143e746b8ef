/*
 * The first index of a long folder. The thread for changes down walks through
 * SyncFolderItems, which names 512 items at a time, newest first, one request after the
 * other; the pool follows it with pages of FindItem, several at a time, which bring the
 * properties (bridge/store_listing.c tells why they follow). So the folder takes about as
 * long as the naming alone. Where the server names in another order, the pages wait for
 * the end of it; where it does not give pages at all, every item is read by its id.
 */
#include "bridge/sync.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define LIST_PAGE 1000 /* rows of FindItem, the servers' limit */

/* With the lock. */
static void list_reset(struct sync *sync)
{
	struct sync_list *list = &sync->list;

	free(list->remote_id);
	*list = (struct sync_list){ .generation = list->generation + 1,
				    .busy = list->busy };
}

void sync_list_begin(struct sync *sync, int64_t box_id, const char *remote_id)
{
	pthread_mutex_lock(&sync->lock);
	if (!sync->list.on || sync->list.box_id != box_id) {
		list_reset(sync);
		sync->list.on = true;
		sync->list.box_id = box_id;
		sync->list.remote_id = mem_strdup(remote_id);
		sync->list.began_ms = clock_mono_ms();
	}
	pthread_mutex_unlock(&sync->lock);
}

void sync_list_forget(struct sync *sync)
{
	pthread_mutex_lock(&sync->lock);
	list_reset(sync);
	pthread_mutex_unlock(&sync->lock);
}

bool sync_list_is(struct sync *sync, int64_t box_id)
{
	bool is;

	pthread_mutex_lock(&sync->lock);
	is = sync->list.on && sync->list.box_id == box_id;
	pthread_mutex_unlock(&sync->lock);
	return is;
}

#define TELL_EVERY 20000

void sync_list_named(struct sync *sync, size_t count)
{
	size_t named, total;

	pthread_mutex_lock(&sync->lock);
	named = sync->list.named += count;
	total = MAX_OF(sync->list.total, named);
	pthread_cond_broadcast(&sync->changed);
	pthread_mutex_unlock(&sync->lock);
	if ((named - count) / TELL_EVERY != named / TELL_EVERY)
		log_info(sync->who, "a folder is being read: %zu of %zu messages", named,
			 total);
}

void sync_list_end(struct sync *sync)
{
	int64_t took_ms;
	size_t named;

	pthread_mutex_lock(&sync->lock);
	took_ms = clock_mono_ms() - sync->list.began_ms;
	named = sync->list.named;
	list_reset(sync);
	pthread_mutex_unlock(&sync->lock);
	log_info(sync->who, "a folder of %zu messages was read in %lld ms", named,
		 (long long)took_ms);
}

/* With the lock: is there a page that may be asked for, now? */
static bool page_ready(const struct sync_list *list)
{
	if (!list->on || list->broken || list->stalled)
		return false;
	if (list->again_count > 0)
		return true;
	if (list->next >= list->named)
		return false;
	return list->all_named ||
	       (!list->unordered && list->next + LIST_PAGE <= list->named);
}

bool sync_list_take(struct sync *sync, struct sync_list_page *page)
{
	struct sync_list *list = &sync->list;

	if (!page_ready(list))
		return false;
	*page = (struct sync_list_page){ .box_id = list->box_id,
					 .generation = list->generation };
	if (list->again_count > 0) {
		page->offset = list->again[--list->again_count];
	} else {
		page->offset = list->next;
		list->next += LIST_PAGE;
	}
	page->remote_id = mem_strdup(list->remote_id);
	list->busy++;
	return true;
}

static void list_total(struct sync *sync, const struct sync_list_page *page, size_t total)
{
	pthread_mutex_lock(&sync->lock);
	if (page->generation == sync->list.generation)
		sync->list.total = total;
	pthread_mutex_unlock(&sync->lock);
}

/* One page, in as many requests as the server makes of it. *taken_r of *seen_r items had
 * been named before. */
static bool page_read(struct sync *sync, struct remote_conn *conn,
		      const struct sync_list_page *page, size_t *seen_r, size_t *taken_r,
		      struct remote_fail *fail)
{
	uint32_t offset = page->offset, end = page->offset + LIST_PAGE;
	bool last = false;

	while (!last && offset < end) {
		CLEANUP(remote_list_finish) struct remote_list list = { 0 };
		int64_t asked_unix_ms = store_stamp_ms(sync->setup.store);
		size_t taken;

		if (!conn->ops->items_list(conn, page->remote_id, offset, end - offset,
					   &list, fail) ||
		    !store_listing_apply(sync->setup.store, page->box_id, list.items,
					 list.count, asked_unix_ms, &taken, &fail->err))
			return false;
		if (list.total > 0)
			list_total(sync, page, (size_t)list.total);
		*seen_r += list.count;
		*taken_r += taken;
		last = list.last || list.next_offset <= offset;
		offset = list.next_offset;
	}
	return true;
}

/* With the lock: most of a page was not named yet, so the server names in another order.
 */
static void out_of_step(struct sync *sync)
{
	struct sync_list *list = &sync->list;

	if (list->all_named || list->unordered)
		return;
	list->unordered = true;
	list->next = 0;
	list->again_count = 0;
	log_debug(sync->who, "items are not named newest first: pages wait");
}

static void page_failed(struct sync *sync, const struct sync_list_page *page,
			const struct remote_fail *fail)
{
	struct sync_list *list = &sync->list;

	if (sync_fail_is_general(fail)) {
		list->stalled = true;
		list->fail = *fail;
		list->again[list->again_count++] = page->offset;
	} else {
		list->broken = true; /* every item is read by its id */
		log_warn(sync->who, "a folder's pages cannot be had: %s", fail->err.text);
	}
}

bool sync_list_run(struct sync *sync, struct remote_conn *conn,
		   struct sync_list_page *page, struct remote_fail *fail)
{
	size_t seen = 0, taken = 0;
	bool ok = page_read(sync, conn, page, &seen, &taken, fail);
	bool general = !ok && sync_fail_is_general(fail);

	pthread_mutex_lock(&sync->lock);
	sync->list.busy--;
	if (page->generation == sync->list.generation) {
		sync->list.read += taken;
		if (!ok)
			page_failed(sync, page, fail);
		else if (taken < seen / 2)
			out_of_step(sync);
	}
	pthread_cond_broadcast(&sync->changed);
	pthread_mutex_unlock(&sync->lock);
	free(page->remote_id);
	if (ok)
		sync_note_ok(sync);
	return !general;
}

bool sync_list_wait(struct sync *sync, struct remote_fail *fail)
{
	struct sync_list *list = &sync->list;
	bool ok;

	pthread_mutex_lock(&sync->lock);
	list->all_named = true;
	list->stalled = false;
	pthread_cond_broadcast(&sync->changed);
	while (!sync->stopping && !list->stalled && sync->proven &&
	       (list->busy > 0 || page_ready(list)))
		sync_wait_until(sync, INT64_MAX);
	ok = !sync->stopping && !list->stalled && sync->proven;
	if (!ok && list->stalled)
		*fail = list->fail;
	pthread_mutex_unlock(&sync->lock);
	if (!ok && fail->err.code == ERR_OK)
		remote_fail_set(fail, ERR_OFFLINE, REMOTE_OTHER, true, "interrupted");
	return ok;
}
