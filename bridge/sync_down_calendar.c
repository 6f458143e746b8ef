/* A page of a calendar's changes: events are read whole. */
#include "bridge/sync_down.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"

#define READ_EVENTS 20 /* at once */

struct events { /* of a page, from several answers */
	struct remote_events *answers;
	size_t answer_count, answer_room;
	struct store_event *list; /* borrowed from the answers */
	size_t count;
};

static void events_finish(struct events *e)
{
	for (size_t i = 0; i < e->answer_count; i++)
		remote_events_finish(&e->answers[i]);
	free(e->answers);
	free(e->list);
}

/* Asks for @ids; those worth another try stay in @ids, *count of them. */
static bool events_once(struct sync *sync, struct remote_conn *conn, const char **ids,
			size_t *count, bool last_try, struct events *e,
			struct remote_fail *fail)
{
	struct remote_events *answer;
	size_t again = 0;

	e->answers = mem_grow(e->answers, e->answer_count, &e->answer_room,
			      sizeof(*e->answers));
	answer = &e->answers[e->answer_count++];
	*answer = (struct remote_events){ 0 };
	if (!conn->ops->events_read(conn, ids, *count, answer, fail))
		return false;
	for (size_t i = 0; i < *count; i++) {
		const struct remote_event *event = &answer->list[i];

		if (event->fail.err.code == ERR_OK)
			e->list[e->count++] = event->event;
		else if (event->fail.retry && !last_try)
			ids[again++] = ids[i];
		else if (event->fail.problem != REMOTE_ITEM_GONE)
			log_warn(sync->who,
				 "a calendar item is left out until it changes: %s",
				 event->fail.err.text);
	}
	*count = again;
	return true;
}

static bool events_slice(struct sync *sync, struct remote_conn *conn, const char **ids,
			 size_t count, struct events *e, struct remote_fail *fail)
{
	for (unsigned tries = 1; count > 0; tries++) {
		if (tries > 1 && !sync_pause(sync, 200 * tries))
			return remote_fail_set(fail, ERR_OFFLINE, REMOTE_OTHER, true,
					       "stopped");
		if (events_once(sync, conn, ids, &count, tries >= SYNC_READ_TRIES, e,
				fail))
			continue;
		if (!sync_down_again(fail, tries))
			return false;
		*fail = (struct remote_fail){ 0 };
	}
	return true;
}

bool sync_down_calendar(struct sync *sync, struct remote_conn *conn,
			const struct sync_job *job, const struct remote_changes *changes,
			const struct sync_page *plan, struct remote_fail *fail)
{
	CLEANUP(events_finish) struct events e = { 0 };
	struct store_event_page page = { 0 };

	e.list = mem_array(plan->read_count + 1, sizeof(*e.list));
	for (size_t at = 0; at < plan->read_count; at += READ_EVENTS) {
		size_t n = MIN_OF(plan->read_count - at, (size_t)READ_EVENTS);

		if (!events_slice(sync, conn, plan->read_ids + at, n, &e, fail))
			return false;
	}
	page.events = e.list;
	page.event_count = e.count;
	page.deleted_ids = plan->deleted_ids;
	page.deleted_count = plan->deleted_count;
	page.state = str_from(changes->state);
	page.last = changes->last;
	return store_events_apply(sync->setup.store, job->box_id, &page,
				  job->full_listing, &fail->err);
}
