/*
 * Folders going up. Renaming may be repeated; a folder whose creation may have been done
 * in an earlier try is looked for by its name, one whose deletion may have been done is
 * looked for in the trash.
 */
#include "bridge/sync_up.h"

#include "base/fail_point.h"

#define ID_MAX 4096

enum { STEP_NEW, STEP_BEGUN };

/* As it was first tried: the client may have renamed it since, which goes up after it. */
static struct journal_entry as_begun(const struct journal_entry *e)
{
	struct journal_entry first = *e;

	if (e->step < STEP_BEGUN || !e->change_key)
		return first;
	first.name = e->change_key;
	first.parent_remote_id = e->item_id;
	return first;
}

static bool find(struct up *up, const struct journal_entry *e, struct strbuf *id,
		 struct remote_fail *fail)
{
	*fail = (struct remote_fail){ 0 };
	strbuf_reset(id);
	return up->conn->ops->folder_find(up->conn, e->parent_remote_id, e->name, id,
					  fail);
}

static void create(struct up *up, const struct journal_entry *now)
{
	CLEANUP(strbuf_finish) struct strbuf id = STRBUF(ID_MAX);
	struct journal_entry e = as_begun(now);
	struct remote_fail fail = { 0 };
	bool begun = e.step >= STEP_BEGUN, ok;

	if (e.box_remote_id) { /* a list of folders has told of it */
		sync_up_box_done(up, &e, e.box_remote_id);
		return;
	}
	if (!begun && !sync_up_step(up, &e, STEP_BEGUN, e.parent_remote_id, e.name))
		return;
	ok = up->conn->ops->folder_create(up->conn, e.parent_remote_id, e.name, &id,
					  &fail);
	FAIL_POINT("up.folder-created");
	if (!ok && fail.problem == REMOTE_EXISTS && begun)
		ok = find(up, &e, &id, &fail);
	if (ok)
		sync_up_box_done(up, &e, strbuf_cstr(&id));
	else
		sync_up_failed(up, &e, &fail);
}

/* Was it in the trash before the first try? Such a folder leaves it for good, as often as
 * it is tried. Where it is now says nothing: perhaps that try has put it there. */
static bool was_in_trash(struct up *up, const struct journal_entry *e)
{
	CLEANUP(store_box_finish) struct store_box trash = { 0 };
	struct err err = { 0 };

	return e->item_id &&
	       store_box_by_use(up->sync->setup.store, BOX_USE_TRASH, &trash, &err) &&
	       trash.remote_id && strcmp(trash.remote_id, e->item_id) == 0;
}

static bool delete (struct up *up, const struct journal_entry *e,
		    struct remote_fail *fail)
{
	bool begun = e->step >= STEP_BEGUN;

	if (!begun && !sync_up_step(up, e, STEP_BEGUN, e->parent_remote_id, NULL))
		return false;
	return up->conn->ops->folder_delete(up->conn, e->box_remote_id,
					    begun && !was_in_trash(up, e), fail);
}

void sync_up_box(struct up *up, const struct journal_entry *entries, size_t count)
{
	const struct journal_entry *e = &entries[0];
	struct remote_fail fail = { 0 };
	bool ok;

	if (e->kind == JOURNAL_BOX_CREATE) {
		create(up, e);
		return;
	}
	if (e->kind == JOURNAL_BOX_RENAME)
		ok = up->conn->ops->folder_rename(up->conn, e->box_remote_id,
						  e->parent_remote_id, e->name, &fail);
	else
		ok = delete (up, e, &fail);
	FAIL_POINT("up.folder-changed");
	if (up->store_failed)
		return;
	if (ok)
		sync_up_box_done(up, e, NULL);
	else
		sync_up_failed(up, e, &fail);
}
