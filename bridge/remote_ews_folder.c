/*
 * Folders of Exchange: what they are for is told by their distinguished names and
 * classes, never by their display names, which are in the user's language.
 */
#include "bridge/remote_ews.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define ROOT "msgfolderroot"

/* One name that a server does not know fails the whole request: Exchange 2010 lacks those
 * of folders that stand aside, which come last. */
static const struct {
	const char *name;
	enum box_use use;
	bool aside;
} specials[] = {
	{ ROOT, BOX_USE_NONE, false },
	{ "inbox", BOX_USE_INBOX, false },
	{ "drafts", BOX_USE_DRAFTS, false },
	{ "sentitems", BOX_USE_SENT, false },
	{ "deleteditems", BOX_USE_TRASH, false },
	{ "junkemail", BOX_USE_JUNK, false },
	{ "outbox", BOX_USE_OUTBOX, false },
	{ "calendar", BOX_USE_CALENDAR, false },
	{ "conversationhistory", BOX_USE_NONE, true },
	{ "syncissues", BOX_USE_NONE, true },
	{ "conflicts", BOX_USE_NONE, true },
	{ "localfailures", BOX_USE_NONE, true },
	{ "serverfailures", BOX_USE_NONE, true },
};

struct ews_folder_ref remote_ews_folder(const char *id, enum box_use use)
{
	struct ews_folder_ref ref = { .id = id };

	for (size_t i = 1; !id && i < ARRAY_LEN(specials); i++) {
		if (specials[i].use == use)
			ref.distinguished = specials[i].name;
	}
	return ref;
}

static struct ews_folder_ref parent_ref(const char *parent_id)
{
	return parent_id ? (struct ews_folder_ref){ .id = parent_id }
			 : (struct ews_folder_ref){ .distinguished = ROOT };
}

void remote_ews_specials_forget(struct remote_ews_conn *c)
{
	free(c->root_id);
	for (size_t i = 0; i < c->special_count; i++)
		free(c->special[i].id);
	free(c->special);
	c->root_id = NULL;
	c->special = NULL;
	c->special_count = 0;
}

static void specials_keep(struct remote_ews_conn *c, const struct ews_folders *found)
{
	c->special = mem_array(ARRAY_LEN(specials), sizeof(*c->special));
	for (size_t i = 0; i < found->count && i < ARRAY_LEN(specials); i++) {
		const struct ews_folder *folder = &found->list[i];

		if (!ews_status_ok(&folder->status) || !folder->id.id)
			continue;
		if (i == 0)
			c->root_id = mem_strdup(folder->id.id);
		else
			c->special[c->special_count++] = (struct remote_ews_special){
				mem_strdup(folder->id.id), specials[i].use,
				specials[i].aside
			};
	}
}

static size_t specials_old(void)
{
	size_t count = 0;

	while (!specials[count].aside)
		count++;
	return count;
}

static bool specials_ask(struct remote_ews_conn *c, size_t count,
			 struct ews_folders *found, struct remote_fail *fail)
{
	struct ews_folder_ref refs[ARRAY_LEN(specials)] = { 0 };

	for (size_t i = 0; i < count; i++)
		refs[i].distinguished = specials[i].name;
	return ews_folder_get(c->ews, refs, count, found, &fail->err);
}

/* A mailbox may lack some of them; but what the server cannot say just now is asked
 * again, or the Inbox would be a folder like others for as long as the connection lasts.
 */
static bool specials_tell(const struct ews_folders *found, struct remote_fail *fail)
{
	if (found->count == 0)
		return remote_fail_set(fail, ERR_BROKEN, REMOTE_OTHER, true,
				       "the mailbox has no root folder");
	for (size_t i = 0; i < found->count; i++)
		if ((i == 0 || found->list[i].status.retry) &&
		    !remote_ews_status(&found->list[i].status, fail))
			return false;
	return true;
}

static bool specials_learn(struct remote_ews_conn *c, struct remote_fail *fail)
{
	struct ews_folders found = { 0 };
	bool ok;

	if (c->root_id)
		return true;
	ok = specials_ask(c, ARRAY_LEN(specials), &found, fail);
	if (!ok && fail->err.code != ERR_OFFLINE && fail->err.code != ERR_AUTH &&
	    fail->err.code != ERR_THROTTLED) {
		ews_folders_finish(&found);
		found = (struct ews_folders){ 0 };
		*fail = (struct remote_fail){ 0 };
		ok = specials_ask(c, specials_old(), &found, fail);
	}
	if (!ok)
		remote_ews_failed(c, fail);
	else
		ok = specials_tell(&found, fail);
	if (ok)
		specials_keep(c, &found);
	ews_folders_finish(&found);
	return ok;
}

/* By id, or by the name that newer servers tell: the folder may be younger than what
 * specials_learn() saw. */
static struct remote_ews_special special_of(const struct remote_ews_conn *c,
					    const struct ews_folder *f)
{
	struct remote_ews_special none = { 0 };

	for (size_t i = 0; i < c->special_count; i++) {
		if (strcmp(c->special[i].id, f->id.id) == 0)
			return c->special[i];
	}
	for (size_t i = 1; f->distinguished && i < ARRAY_LEN(specials); i++) {
		if (strcmp(specials[i].name, f->distinguished) == 0)
			return (struct remote_ews_special){ NULL, specials[i].use,
							    specials[i].aside };
	}
	/* Asked for by this name, older servers refuse the whole request. */
	if (f->distinguished && strcmp(f->distinguished, "archive") == 0)
		none.use = BOX_USE_ARCHIVE;
	return none;
}

static bool holds_mail(const struct remote_ews_conn *c, const struct ews_folder *f)
{
	struct str class = str_from(f->folder_class);

	return f->type == EWS_FOLDER_PLAIN && !special_of(c, f).aside &&
	       (class.len == 0 || str_starts(class, STR("IPF.Note")) ||
		str_starts(class, STR("IPF.Imap")));
}

static enum box_kind kind_of(const struct remote_ews_conn *c, const struct ews_folder *f)
{
	struct str class = str_from(f->folder_class);

	if (f->type == EWS_FOLDER_CALENDAR || str_starts(class, STR("IPF.Appointment")))
		return BOX_CALENDAR;
	if (f->type == EWS_FOLDER_SEARCH)
		return BOX_OTHER; /* it cannot be synchronised */
	return holds_mail(c, f) || c->remote->show_all ? BOX_MAIL : BOX_OTHER;
}

static unsigned lacks_of(const struct ews_folder *f)
{
	static const struct {
		unsigned ews, right;
	} rows[] = {
		{ EWS_RIGHT_READ, BOX_RIGHT_READ },
		{ EWS_RIGHT_CREATE_CONTENTS, BOX_RIGHT_INSERT },
		{ EWS_RIGHT_CREATE_FOLDERS, BOX_RIGHT_FOLDERS },
		{ EWS_RIGHT_MODIFY, BOX_RIGHT_MODIFY },
		{ EWS_RIGHT_DELETE, BOX_RIGHT_DELETE },
	};
	unsigned lacks = 0;

	if (!(f->rights & EWS_RIGHTS_KNOWN))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (!(f->rights & rows[i].ews))
			lacks |= rows[i].right;
	return lacks;
}

static struct store_folder folder_from(const struct remote_ews_conn *c,
				       const struct ews_folder *f)
{
	struct store_folder folder = {
		.remote_id = f->id.id,
		.name = f->name ? f->name : "",
		.kind = kind_of(c, f),
		.use = special_of(c, f).use,
		.lacks = lacks_of(f),
	};

	if (f->parent_id && strcmp(f->parent_id, c->root_id) != 0)
		folder.parent_remote_id = f->parent_id;
	if (folder.kind == BOX_MAIL && !holds_mail(c, f))
		folder.lacks |= BOX_RIGHTS_WRITE | BOX_RIGHT_FOLDERS;
	folder.hidden = f->hidden || folder.use == BOX_USE_OUTBOX;
	return folder;
}

/*
 * A state says in its first character which folders counted as mail when it was made:
 * under another setting all folders are to be listed again.
 */
static char state_char(const struct remote_ews_conn *c)
{
	return c->remote->show_all ? '*' : '.';
}

static const char *state_mark(const struct remote_ews_conn *c, const char *sync_state,
			      struct ews_arena *arena)
{
	size_t len = sync_state ? strlen(sync_state) : 0;
	char *state = ews_arena_alloc(arena, len + 2);

	state[0] = state_char(c);
	if (len > 0)
		memcpy(state + 1, sync_state, len);
	return state;
}

/* The last change of an id is what counts; both lists are small. */
static void fill(const struct remote_ews_conn *c, struct ews_folder_changes *changes,
		 struct remote_folders *out)
{
	out->list = ews_arena_alloc(&changes->arena,
				    (changes->count + 1) * sizeof(*out->list));
	out->deleted = ews_arena_alloc(&changes->arena,
				       (changes->count + 1) * sizeof(*out->deleted));
	for (size_t i = 0; i < changes->count; i++) {
		const struct ews_folder_change *change = &changes->list[i];

		if (!change->folder.id.id)
			continue;
		if (change->change == EWS_DELETED)
			out->deleted[out->deleted_count++] = change->folder.id.id;
		else
			out->list[out->count++] = folder_from(c, &change->folder);
	}
	out->state = state_mark(c, changes->sync_state, &changes->arena);
	out->last = changes->last;
	out->arena = changes->arena;
	changes->arena = (struct ews_arena){ 0 };
}

bool remote_ews_folders_sync(struct remote_conn *conn, const char *state,
			     struct remote_folders *out, struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	struct ews_folder_ref root = { .distinguished = ROOT };
	struct ews_folder_changes changes = { 0 };
	bool ok;

	/* a list from the beginning is asked for when the old ids may not be good */
	if (!state)
		remote_ews_specials_forget(c);
	if (!specials_learn(c, fail))
		return false;
	if (state && state[0] != state_char(c))
		return remote_fail_set(fail, ERR_STATE, REMOTE_STATE_REFUSED, true,
				       "other folders are wanted than before");
	ok = ews_folder_sync(c->ews, &root, state ? state + 1 : NULL, &changes,
			     &fail->err);
	if (ok)
		fill(c, &changes, out);
	else
		remote_ews_failed(c, fail);
	ews_folder_changes_finish(&changes);
	return ok;
}

/* ---- changes --------------------------------------------------------------------------
 */

bool remote_ews_folder_create(struct remote_conn *conn, const char *parent_id,
			      const char *name, struct strbuf *id,
			      struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	struct ews_folder_ref parent = parent_ref(parent_id);
	struct ews_id_results made = { 0 };
	bool ok = ews_folder_create(c->ews, &parent, name, "IPF.Note", &made, &fail->err);

	if (ok && made.count > 0 && made.list[0].id.id)
		strbuf_add_cstr(id, made.list[0].id.id);
	else if (ok)
		ok = remote_fail_set(fail, ERR_BROKEN, REMOTE_OTHER, true,
				     "the server does not name the new folder");
	else
		remote_ews_failed(c, fail);
	ews_id_results_finish(&made);
	return ok;
}

bool remote_ews_folder_find(struct remote_conn *conn, const char *parent_id,
			    const char *name, struct strbuf *id, struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	struct ews_folder_ref parent = parent_ref(parent_id);
	uint32_t offset = 0;
	bool last = false;

	while (!last && id->len == 0) {
		struct ews_folders found = { 0 };
		bool ok = ews_folder_find(c->ews, &parent, false, offset, 500, &found,
					  &fail->err);

		for (size_t i = 0; ok && i < found.count; i++) {
			if (str_eq_nocase(str_from(found.list[i].name), str_from(name)))
				strbuf_add_cstr(id, found.list[i].id.id);
		}
		last = found.last || found.next_offset <= offset;
		offset = found.next_offset;
		ews_folders_finish(&found);
		if (!ok)
			return remote_ews_failed(c, fail);
	}
	return id->len > 0 || remote_fail_set(fail, ERR_NOT_FOUND, REMOTE_FOLDER_GONE,
					      false, "no such folder on the server");
}

/* Where and how a folder is now. */
static bool folder_now(struct remote_ews_conn *c, const struct ews_folder_ref *ref,
		       struct ews_folders *now, struct remote_fail *fail)
{
	if (!ews_folder_get(c->ews, ref, 1, now, &fail->err))
		return remote_ews_failed(c, fail);
	return remote_ews_status(&now->list[0].status, fail);
}

static bool rename_from(struct remote_ews_conn *c, const struct ews_folder *now,
			const struct ews_folder_ref *ref, const char *parent_id,
			const char *name, struct remote_fail *fail)
{
	struct ews_folder_ref to = parent_ref(parent_id);
	const char *want = parent_id ? parent_id : c->root_id;
	bool moves = now->parent_id && strcmp(now->parent_id, want) != 0;
	bool renames = !now->name || strcmp(now->name, name) != 0;

	if (moves && !ews_folder_move(c->ews, ref, &to, &fail->err))
		return remote_ews_failed(c, fail);
	if (renames && !ews_folder_rename(c->ews, ref, name, &fail->err))
		return remote_ews_failed(c, fail);
	return true;
}

bool remote_ews_folder_rename(struct remote_conn *conn, const char *id,
			      const char *parent_id, const char *name,
			      struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	struct ews_folder_ref ref = { .id = id };
	struct ews_folders now = { 0 };
	bool ok = specials_learn(c, fail) && folder_now(c, &ref, &now, fail) &&
		  rename_from(c, &now.list[0], &ref, parent_id, name, fail);

	ews_folders_finish(&now);
	return ok;
}

static bool is_in_trash(const struct remote_ews_conn *c, const struct ews_folder *now)
{
	for (size_t i = 0; now->parent_id && i < c->special_count; i++) {
		if (c->special[i].use == BOX_USE_TRASH &&
		    strcmp(c->special[i].id, now->parent_id) == 0)
			return true;
	}
	return false;
}

bool remote_ews_folder_delete(struct remote_conn *conn, const char *id, bool again,
			      struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	struct ews_folder_ref ref = { .id = id };
	struct ews_folders now = { 0 };
	bool done = false;

	/* A second MoveToDeletedItems deletes for good. */
	if (again) {
		bool ok = specials_learn(c, fail) && folder_now(c, &ref, &now, fail);

		done = ok && is_in_trash(c, &now.list[0]);
		ews_folders_finish(&now);
		if (!ok)
			return false;
	}
	return done || ews_folder_delete(c->ews, &ref, EWS_DELETE_TO_TRASH, &fail->err) ||
	       remote_ews_failed(c, fail);
}
