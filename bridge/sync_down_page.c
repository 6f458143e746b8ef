/*
 * A page of a mail folder's changes: properties of what is new are read in slices, and
 * all goes into the store together with the state that the server gave for it.
 *
 * An item that cannot be read does not stop its folder: it is asked for again, and then
 * kept as a row that says so, so that no message is skipped silently. The threads that
 * fetch bodies go on asking for it.
 */
#include "bridge/sync_down.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "bridge/mime/date.h"

#define PAGE_ITEMS 512 /* changes asked for at once, the servers' limit */
#define READ_ITEMS 64 /* properties of so many items at once */
#define STAND_IN_MAX 1000

struct reading { /* the properties of a page's items, from several answers */
	struct remote_items *answers;
	size_t answer_count, answer_room;
	struct store_item *items;
	size_t count;
};

static void reading_finish(struct reading *r)
{
	for (size_t i = 0; i < r->answer_count; i++)
		remote_items_finish(&r->answers[i]);
	free(r->answers);
	free(r->items);
}

static struct remote_items *answer_add(struct reading *r)
{
	r->answers = mem_grow(r->answers, r->answer_count, &r->answer_room,
			      sizeof(*r->answers));
	r->answers[r->answer_count] = (struct remote_items){ 0 };
	return &r->answers[r->answer_count++];
}

/* Stands in for what cannot be read; leaves with its UID when that can be read. */
static void unreadable_add(struct sync *sync, const char *id, const char *why,
			   struct ews_arena *arena, struct reading *r)
{
	CLEANUP(strbuf_finish) struct strbuf header = STRBUF(STAND_IN_MAX);
	int64_t now_s = clock_unix_s();

	strbuf_add(&header, STR("Date: "));
	mime_date_write((struct mime_date){ .unix_s = now_s }, &header);
	strbuf_add(&header, STR("\r\nFrom: Passerelle <MAILER-DAEMON@localhost>\r\n"
				"Subject: This message cannot be read from the server "
				"yet\r\n"));
	r->items[r->count++] = (struct store_item){
		.item_id = id,
		.keywords = "",
		.header = str_from(ews_arena_text(arena, strbuf_str(&header))),
		.created_unix_s = now_s,
		.internal_unix_s = now_s,
		.unreadable = why,
	};
	log_warn(sync->who, "a message cannot be read, and is asked for again: %s", why);
}

/* Asks for @ids; those worth another try stay in @ids, *count_r of them. */
static bool read_once(struct sync *sync, struct remote_conn *conn, const char **ids,
		      size_t count, bool last_try, struct reading *r, size_t *count_r,
		      struct remote_fail *fail)
{
	struct remote_items *answer = answer_add(r);
	size_t again = 0;

	if (!conn->ops->items_read(conn, ids, count, answer, fail))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct remote_item *item = &answer->list[i];

		if (item->fail.err.code == ERR_OK) {
			r->items[r->count++] = item->item;
		} else if (item->fail.problem == REMOTE_ITEM_GONE) {
			continue; /* moved on already: its new folder tells */
		} else if (item->fail.retry && !last_try) {
			ids[again++] = ids[i];
		} else {
			unreadable_add(sync, ids[i], item->fail.err.text, &answer->arena,
				       r);
		}
	}
	*count_r = again;
	return true;
}

bool sync_down_again(const struct remote_fail *fail, unsigned tries)
{
	return fail->outage && fail->err.code == ERR_OFFLINE && tries < SYNC_READ_TRIES;
}

/* One slice of a page, as often and in as small parts as the server wants. */
static bool read_slice(struct sync *sync, struct remote_conn *conn, const char **ids,
		       size_t count, struct reading *r, struct remote_fail *fail)
{
	for (unsigned tries = 1; count > 0; tries++) {
		size_t left = count;

		if (tries > 1 && !sync_pause(sync, 200 * tries))
			return remote_fail_set(fail, ERR_OFFLINE, REMOTE_OTHER, true,
					       "stopped");
		if (read_once(sync, conn, ids, count, tries >= SYNC_READ_TRIES, r, &left,
			      fail)) {
			count = left;
			continue;
		}
		if (sync_down_again(fail, tries)) {
			*fail = (struct remote_fail){ 0 };
			continue;
		}
		if (fail->problem != REMOTE_HEAVY || count == 1)
			return false;
		*fail = (struct remote_fail){ 0 };
		return read_slice(sync, conn, ids, count / 2, r, fail) &&
		       read_slice(sync, conn, ids + count / 2, count - count / 2, r,
				  fail);
	}
	return true;
}

/* The read flag of an item that we have never heard of, as when it came and was read
 * between two pages: the item is read. */
static bool seen_unknown(struct sync *sync, const struct sync_job *job,
			 struct sync_page *plan, struct err *err)
{
	if (plan->seen_count == 0)
		return true;
	plan->read_ids = mem_resize(plan->read_ids,
				    plan->read_count + plan->seen_count + 1,
				    sizeof(*plan->read_ids));
	for (size_t i = 0; i < plan->seen_count; i++) {
		bool known;

		if (!store_item_known(sync->setup.store, job->box_id, plan->seen_ids[i],
				      &known, err))
			return false;
		if (!known)
			plan->read_ids[plan->read_count++] = plan->seen_ids[i];
	}
	return true;
}

static bool is_named(const struct sync_page *plan, const char *id)
{
	for (size_t i = 0; i < plan->read_count; i++)
		if (strcmp(plan->read_ids[i], id) == 0)
			return true;
	return false;
}

static bool was_read(const struct reading *r, size_t from, const char *id)
{
	for (size_t i = from; i < r->count; i++)
		if (strcmp(r->items[i].item_id, id) == 0)
			return true;
	return false;
}

/* What we made and the round does not name is looked at: what somebody deleted before we
 * knew its id will never be told of. Those that are gone join the deleted ones. */
static bool confirm(struct sync *sync, struct remote_conn *conn, struct sync_page *plan,
		    const struct store_ids *made, struct reading *r,
		    struct remote_fail *fail)
{
	CLEANUP(mem_free_ptr) const char **ids = mem_array(made->count + 1, sizeof(*ids));
	size_t count = 0, from = r->count;

	for (size_t i = 0; i < made->count; i++)
		if (!is_named(plan, made->list[i]))
			ids[count++] = made->list[i];
	if (count == 0)
		return true;
	r->items = mem_resize(r->items, r->count + count + 1, sizeof(*r->items));
	plan->deleted_ids = mem_resize(plan->deleted_ids, plan->deleted_count + count + 1,
				       sizeof(*plan->deleted_ids));
	if (!read_slice(sync, conn, ids, count, r, fail))
		return false;
	for (size_t i = 0; i < made->count; i++)
		if (!is_named(plan, made->list[i]) && !was_read(r, from, made->list[i]))
			plan->deleted_ids[plan->deleted_count++] = made->list[i];
	return true;
}

/* Deletions that nobody told of: after a state was lost, or the server came from a
 * backup. */
static void swept_note(struct sync *sync, size_t count)
{
	if (count > 0)
		log_warn(sync->who,
			 "a folder's list was read anew: %zu messages are not on the "
			 "server "
			 "any more",
			 count);
}

static bool mail_page(struct sync *sync, struct remote_conn *conn,
		      const struct sync_job *job, const struct remote_changes *changes,
		      struct sync_page *plan, int64_t asked_unix_ms,
		      struct remote_fail *fail)
{
	CLEANUP(reading_finish) struct reading r = { 0 };
	CLEANUP(store_ids_finish) struct store_ids made = { 0 };
	struct store_page page = { 0 };
	size_t swept = 0;
	bool unsure;

	if (changes->last && !store_unconfirmed(sync->setup.store, job->box_id,
						asked_unix_ms, &made, &fail->err))
		return false;
	if (!seen_unknown(sync, job, plan, &fail->err))
		return false;
	r.items = mem_array(plan->read_count + 1, sizeof(*r.items));
	for (size_t at = 0; at < plan->read_count; at += READ_ITEMS) {
		size_t n = MIN_OF(plan->read_count - at, (size_t)READ_ITEMS);

		if (!read_slice(sync, conn, plan->read_ids + at, n, &r, fail))
			return false;
	}
	if (!confirm(sync, conn, plan, &made, &r, fail))
		return false;
	page.items = r.items;
	page.item_count = r.count;
	page.deleted_ids = plan->deleted_ids;
	page.deleted_count = plan->deleted_count;
	page.read_ids = plan->seen_ids;
	page.read_values = plan->seen_values;
	page.read_count = plan->seen_count;
	page.state = changes->state ? str_from(changes->state) : STR_NONE;
	page.last = changes->last;
	page.asked_unix_ms = asked_unix_ms;
	page.swept_r = &swept;
	if (!store_page_apply(sync->setup.store, job->box_id, &page, job->full_listing,
			      &fail->err))
		return false;
	swept_note(sync, swept);
	if (!changes->last)
		return true;
	if (!store_unsure(sync->setup.store, job->box_id, asked_unix_ms, &unsure,
			  &fail->err))
		return false;
	if (unsure)
		sync_dirty_folder(sync, job->remote_id);
	return true;
}

static bool names_put(struct sync *sync, const struct sync_job *job,
		      const struct sync_page *plan, struct str state,
		      int64_t asked_unix_ms, struct err *err)
{
	struct store_page page = {
		.named_ids = plan->read_ids,
		.named_count = plan->read_count,
		.deleted_ids = plan->deleted_ids,
		.deleted_count = plan->deleted_count,
		.read_ids = plan->seen_ids,
		.read_values = plan->seen_values,
		.read_count = plan->seen_count,
		.state = state,
		.asked_unix_ms = asked_unix_ms,
	};

	return store_page_apply(sync->setup.store, job->box_id, &page, job->full_listing,
				err);
}

/* What the pages did not bring, a bounded part at a time. */
static bool unread_read(struct sync *sync, struct remote_conn *conn,
			const struct sync_job *job, struct remote_fail *fail)
{
	CLEANUP(strbuf_finish) struct strbuf after = STRBUF(SYNC_STATE_MAX);

	for (;;) {
		CLEANUP(store_ids_finish) struct store_ids ids = { 0 };
		struct sync_page plan = { 0 };
		struct remote_changes none = { 0 };
		bool ok;

		if (!store_listing_unread(sync->setup.store, job->box_id,
					  strbuf_cstr(&after), PAGE_ITEMS, &ids,
					  &fail->err))
			return false;
		if (ids.count == 0)
			return true;
		strbuf_reset(&after);
		strbuf_add_cstr(&after, ids.list[ids.count - 1]);
		plan.read_ids = mem_array(ids.count, sizeof(*plan.read_ids));
		for (; plan.read_count < ids.count; plan.read_count++)
			plan.read_ids[plan.read_count] = ids.list[plan.read_count];
		ok = mail_page(sync, conn, job, &none, &plan,
			       store_stamp_ms(sync->setup.store), fail);
		sync_page_finish(&plan);
		if (!ok)
			return false;
	}
}

/* The state behind the last page is kept only once everything is read: stopped before,
 * the last page is asked for again. */
static bool names_page(struct sync *sync, struct remote_conn *conn,
		       const struct sync_job *job, const struct remote_changes *changes,
		       struct sync_page *plan, int64_t asked_unix_ms,
		       struct remote_fail *fail)
{
	size_t swept = 0;
	struct store_page end = { .state = str_from(changes->state),
				  .last = true,
				  .asked_unix_ms = asked_unix_ms,
				  .swept_r = &swept };

	if (!names_put(sync, job, plan, changes->last ? STR_NONE : end.state,
		       asked_unix_ms, &fail->err))
		return false;
	sync_list_named(sync, plan->read_count);
	if (!changes->last)
		return true;
	if (!sync_list_wait(sync, fail) || !unread_read(sync, conn, job, fail) ||
	    !store_page_apply(sync->setup.store, job->box_id, &end, job->full_listing,
			      &fail->err))
		return false;
	swept_note(sync, swept);
	sync_list_end(sync);
	return true;
}

static bool state_read(struct sync *sync, struct sync_job *job, struct strbuf *state,
		       bool *listing_r, struct remote_fail *fail)
{
	if (!store_box_state(sync->setup.store, job->box_id, state, listing_r,
			     &fail->err)) {
		if (fail->err.code != ERR_NOT_FOUND)
			return false;
		*fail = (struct remote_fail){ 0 };
		*listing_r = job->full_listing = true;
	}
	if (job->relist && !*listing_r) {
		strbuf_reset(state);
		*listing_r = job->full_listing = true;
	}
	return true;
}

bool sync_down_page(struct sync *sync, struct remote_conn *conn, struct sync_job *job,
		    bool *last_r, struct remote_fail *fail)
{
	CLEANUP(remote_changes_finish) struct remote_changes changes = { 0 };
	CLEANUP(sync_page_finish) struct sync_page plan = { 0 };
	CLEANUP(strbuf_finish) struct strbuf state = STRBUF(SYNC_STATE_MAX);
	int64_t asked_unix_ms = store_stamp_ms(sync->setup.store);

	bool listing;

	if (!state_read(sync, job, &state, &listing, fail))
		return false;
	if (!conn->ops->items_sync(conn, job->remote_id,
				   state.len > 0 ? strbuf_cstr(&state) : NULL, PAGE_ITEMS,
				   &changes, fail))
		return false;
	sync_plan_page(&changes, &plan);
	*last_r = changes.last;
	if (job->kind == BOX_CALENDAR)
		return sync_down_calendar(sync, conn, job, &changes, &plan, fail);
	/* Short folders are read at once, unless earlier pages named items already. */
	if (listing && (!changes.last || state.len > 0))
		sync_list_begin(sync, job->box_id, job->remote_id);
	if (listing && sync_list_is(sync, job->box_id))
		return names_page(sync, conn, job, &changes, &plan, asked_unix_ms, fail);
	return mail_page(sync, conn, job, &changes, &plan, asked_unix_ms, fail);
}
