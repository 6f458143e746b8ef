/*
 * APPEND going up. The entry's mark goes onto the item, so that a lost answer is settled
 * by looking for it.
 */
#include "bridge/sync_up.h"

#include "base/fail_point.h"

#define MIME_MAX ((size_t)256 << 20)

enum { STEP_NEW, STEP_BEGUN };

static bool find_in(struct up *up, const struct journal_entry *e, const char *folder_id,
		    struct remote_ids *found, const struct remote_id **id_r,
		    struct remote_fail *fail)
{
	return sync_up_find(up, folder_id, BOX_USE_NONE, REMOTE_FIND_MARK,
			    str_from(e->mark), found, id_r, fail);
}

enum place { NOWHERE, HERE, ELSEWHERE };

/* *id_r: of the item that an earlier try has made. */
static bool look(struct up *up, const struct journal_entry *e, struct remote_ids *found,
		 enum place *place_r, const struct remote_id **id_r,
		 struct remote_fail *fail)
{
	*id_r = NULL;
	*place_r = NOWHERE;
	if (e->step < STEP_BEGUN || !e->mark)
		return true;
	if (!find_in(up, e, e->box_remote_id, found, id_r, fail))
		return false;
	if (*id_r) {
		*place_r = HERE;
		return true;
	}
	/* Somebody may have moved it meanwhile, to the trash perhaps. */
	if (!sync_up_find_elsewhere(up, e, REMOTE_FIND_MARK, str_from(e->mark), 1, found,
				    fail))
		return false;
	*id_r = found->count > 0 ? &found->list[0] : NULL;
	*place_r = *id_r ? ELSEWHERE : NOWHERE;
	return true;
}

static void create(struct up *up, const struct journal_entry *e)
{
	CLEANUP(remote_ids_finish) struct remote_ids made = { 0 };
	CLEANUP(strbuf_finish) struct strbuf mime = STRBUF(MIME_MAX);
	struct remote_fail fail = { 0 };
	struct err err = { 0 };

	if (!journal_mime(up->sync->setup.store, e->id, &mime, &err)) {
		sync_up_unreadable(up, e, &err);
		return;
	}
	if (e->step < STEP_BEGUN && !sync_up_step(up, e, STEP_BEGUN, NULL, NULL))
		return;
	if (!up->conn->ops->item_create(
		    up->conn,
		    &(struct remote_create){
			    .folder_id = e->box_remote_id,
			    .mime = strbuf_str(&mime),
			    .flags = e->flags,
			    .newest_verb_is_forward = e->newest_verb_is_forward,
			    .keywords = e->keywords,
			    .internal_unix_s = e->internal_unix_s,
			    .mark = e->mark,
		    },
		    &made, &fail)) {
		sync_up_failed(up, e, &fail);
		return;
	}
	FAIL_POINT("up.append-created");
	if (made.count == 1 && made.list[0].fail.err.code != ERR_OK)
		sync_up_failed(up, e, &made.list[0].fail);
	else if (made.count == 1 && made.list[0].id)
		sync_up_done(up, e, made.list[0].id, made.list[0].change_key);
	else
		sync_up_later(up, e, "the server does not name the new message");
}

void sync_up_append(struct up *up, const struct journal_entry *entries, size_t count)
{
	CLEANUP(remote_ids_finish) struct remote_ids found = { 0 };
	const struct journal_entry *e = &entries[0];
	const struct remote_id *there;
	struct remote_fail fail = { 0 };
	enum place place;

	if (!look(up, e, &found, &place, &there, &fail))
		sync_up_failed(up, e, &fail);
	else if (place == HERE)
		sync_up_found(up, e, there->id, there->change_key);
	else if (place == ELSEWHERE)
		sync_up_elsewhere(up, e, there->id, there->change_key);
	else
		create(up, e);
}
