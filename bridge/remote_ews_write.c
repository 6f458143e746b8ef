/*
 * Items of Exchange going up: created, flagged, copied, moved, deleted, sent, and looked
 * for after a lost answer.
 */
#include "bridge/remote_ews.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/mem.h"

#define FIND_MAX 1000000 /* rows of one search, in all */

static const struct ews_property search_key = { .tag = 0x300B,
						.type = EWS_PROPERTY_BINARY };
static const struct ews_property message_id = { .tag = 0x1035,
						.type = EWS_PROPERTY_STRING };
static const struct ews_property last_verb = { .tag = 0x1081,
					       .type = EWS_PROPERTY_INTEGER };
static const struct ews_property icon_index = { .tag = 0x1080,
						.type = EWS_PROPERTY_INTEGER };

/* ---- answers
 * ------------------------------------------------------------------------------ */

static void ids_fill(struct ews_id_results *results, struct remote_ids *out)
{
	out->list = ews_arena_alloc(&results->arena,
				    (results->count + 1) * sizeof(*out->list));
	out->count = results->count;
	for (size_t i = 0; i < results->count; i++) {
		if (!remote_ews_status(&results->list[i].status, &out->list[i].fail))
			continue;
		out->list[i].id = results->list[i].id.id;
		out->list[i].change_key = results->list[i].id.change_key;
	}
	out->arena = results->arena;
	results->arena = (struct ews_arena){ 0 };
}

static bool answered(struct remote_ews_conn *c, bool ok, struct ews_id_results *results,
		     struct remote_ids *out, struct remote_fail *fail)
{
	if (ok)
		ids_fill(results, out);
	else
		remote_ews_failed(c, fail);
	ews_id_results_finish(results);
	return ok;
}

/* ---- flags
 * -------------------------------------------------------------------------------- */

struct names { /* keywords as an array */
	char *text;
	const char **list;
	size_t count;
};

static void names_finish(struct names *names)
{
	free(names->text);
	free(names->list);
}

static void names_init(struct names *names, const char *keywords)
{
	struct str rest = str_from(keywords), one;
	size_t room = 1;

	names->text = mem_strdup(keywords ? keywords : "");
	for (const char *p = names->text; *p; p++)
		room += *p == '\n';
	names->list = mem_array(room + 1, sizeof(*names->list));
	names->count = 0;
	while (str_split(&rest, '\n', &one)) {
		size_t at = (size_t)(one.p - keywords);

		if (one.len == 0 || message_keyword_is_local(one))
			continue;
		names->text[at + one.len] = '\0';
		at += one.len - message_category_name(one).len;
		names->list[names->count++] = names->text + at;
	}
}

static int verb_of(unsigned flags, bool newest_is_forward)
{
	bool answered_set = flags & MSG_ANSWERED, forwarded = flags & MSG_FORWARDED;

	if (forwarded && (newest_is_forward || !answered_set))
		return EWS_VERB_FORWARD;
	return answered_set ? EWS_VERB_REPLY : 0;
}

static int icon_of(int verb)
{
	return verb == EWS_VERB_FORWARD ? EWS_ICON_FORWARDED
	       : verb == EWS_VERB_REPLY ? EWS_ICON_REPLIED
					: 0;
}

static void update_fill(const struct remote_flags *flags, const struct names *names,
			struct ews_update *update)
{
	update->ref.id = flags->id;
	if (flags->changed & MSG_SEEN)
		update->set |= EWS_SET_IS_READ;
	update->is_read = flags->flags & MSG_SEEN;
	if (flags->changed & MSG_FLAGGED)
		update->set |= EWS_SET_FLAG;
	update->flag = flags->flags & MSG_FLAGGED ? EWS_FLAG_FLAGGED : EWS_FLAG_NONE;
	if (flags->changed & (MSG_ANSWERED | MSG_FORWARDED))
		update->set |= EWS_SET_LAST_VERB | EWS_SET_ICON_INDEX;
	update->last_verb = verb_of(flags->flags, flags->newest_verb_is_forward);
	update->icon_index = icon_of(update->last_verb);
	if (flags->keywords_changed)
		update->set |= EWS_SET_CATEGORIES;
	update->categories = names->list;
	update->category_count = names->count;
}

bool remote_ews_items_flag(struct remote_conn *conn, const struct remote_flags *flags,
			   size_t count, struct remote_ids *out, struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	struct ews_update *updates = mem_array(count + 1, sizeof(*updates));
	struct names *names = mem_array(count + 1, sizeof(*names));
	struct ews_id_results results = { 0 };
	bool ok;

	for (size_t i = 0; i < count; i++) {
		names_init(&names[i], flags[i].keywords);
		update_fill(&flags[i], &names[i], &updates[i]);
	}
	ok = ews_item_update(c->ews, updates, count, &results, &fail->err);
	for (size_t i = 0; i < count; i++)
		names_finish(&names[i]);
	free(names);
	free(updates);
	return answered(c, ok, &results, out, fail);
}

/* ---- create
 * ------------------------------------------------------------------------------- */

bool remote_ews_item_create(struct remote_conn *conn, const struct remote_create *create,
			    struct remote_ids *out, struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	CLEANUP(names_finish) struct names names = { 0 };
	struct ews_property_value properties[3];
	struct ews_id_results results = { 0 };
	char verb_text[16], icon_text[16];
	int verb = verb_of(create->flags, create->newest_verb_is_forward);
	size_t n = 0;
	bool ok;

	names_init(&names, create->keywords);
	if (create->mark)
		properties[n++] = (struct ews_property_value){ remote_ews_mark,
							       create->mark };
	if (verb != 0) {
		snprintf(verb_text, sizeof(verb_text), "%d", verb);
		snprintf(icon_text, sizeof(icon_text), "%d", icon_of(verb));
		properties[n++] = (struct ews_property_value){ last_verb, verb_text };
		properties[n++] = (struct ews_property_value){ icon_index, icon_text };
	}
	ok = ews_item_create(
		c->ews,
		&(struct ews_create){
			.folder = remote_ews_folder(create->folder_id, create->use),
			.mime = create->mime,
			.is_read = create->flags & MSG_SEEN,
			.message_flags =
				(create->flags & MSG_SEEN ? EWS_MSGFLAG_READ : 0) |
				(create->flags & MSG_DRAFT ? EWS_MSGFLAG_UNSENT : 0),
			.delivered_unix = create->internal_unix_s != 0
						  ? create->internal_unix_s
						  : EWS_TIME_NONE,
			.submitted_unix = EWS_TIME_NONE,
			.flag = create->flags & MSG_FLAGGED ? EWS_FLAG_FLAGGED
							    : EWS_FLAG_NONE,
			.categories = names.list,
			.category_count = names.count,
			.bcc = create->bcc,
			.bcc_count = create->bcc_count,
			.properties = properties,
			.property_count = n,
		},
		&results, &fail->err);
	return answered(c, ok, &results, out, fail);
}

/* ---- copy, move, delete, send
 * ----------------------------------------------------------------
 */

bool remote_ews_items_copy(struct remote_conn *conn, const char *const *ids, size_t count,
			   const char *to_folder_id, struct remote_ids *out,
			   struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	struct ews_folder_ref to = { .id = to_folder_id };
	struct ews_ref *refs = remote_ews_refs(ids, count);
	struct ews_id_results results = { 0 };
	bool ok = ews_item_copy(c->ews, refs, count, &to, &results, &fail->err);

	free(refs);
	return answered(c, ok, &results, out, fail);
}

bool remote_ews_items_move(struct remote_conn *conn, const char *const *ids, size_t count,
			   const char *to_folder_id, struct remote_ids *out,
			   struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	struct ews_folder_ref to = { .id = to_folder_id };
	struct ews_ref *refs = remote_ews_refs(ids, count);
	struct ews_id_results results = { 0 };
	bool ok = ews_item_move(c->ews, refs, count, &to, &results, &fail->err);

	free(refs);
	return answered(c, ok, &results, out, fail);
}

bool remote_ews_items_delete(struct remote_conn *conn, const char *const *ids, bool hard,
			     size_t count, struct remote_ids *out,
			     struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	struct ews_ref *refs = remote_ews_refs(ids, count);
	struct ews_id_results results = { 0 };
	bool ok = ews_item_delete(c->ews, refs, count,
				  hard ? EWS_DELETE_HARD : EWS_DELETE_SOFT, &results,
				  &fail->err);

	free(refs);
	return answered(c, ok, &results, out, fail);
}

bool remote_ews_item_send(struct remote_conn *conn, const char *id,
			  const char *change_key, struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	struct ews_ref draft = { .id = id, .change_key = change_key };
	struct ews_folder_ref sent = { .distinguished = "sentitems" };

	if (ews_item_send(c->ews, &draft, &sent, &fail->err))
		return true;
	if (ews_conn_last(c->ews)->status.code == EWS_CODE_SEND_AS_DENIED)
		err_set(&fail->err, ERR_DENIED,
			"this account may not send as the address in From "
			"(ErrorSendAsDenied)");
	return remote_ews_failed(c, fail);
}

/* ---- find
 * --------------------------------------------------------------------------------- */

static void found_add(const struct ews_found *found, struct remote_ids *out)
{
	CLEANUP(strbuf_finish) struct strbuf key = STRBUF(1024);
	struct remote_id *id;
	struct err err;
	char *copy;

	if (!found->id.id)
		return;
	out->list = ews_arena_grow(&out->arena, out->list, out->count,
				   sizeof(*out->list));
	id = &out->list[out->count++];
	id->id = ews_arena_text(&out->arena, str_from(found->id.id));
	if (found->id.change_key)
		id->change_key = ews_arena_text(&out->arena,
						str_from(found->id.change_key));
	if (!found->search_key ||
	    !base64_decode(str_from(found->search_key), &key, &err) || key.len == 0)
		return;
	copy = ews_arena_alloc(&out->arena, key.len);
	memcpy(copy, key.p, key.len);
	id->search_key = str_make(copy, key.len);
}

static void find_what(enum remote_find what, struct str value, struct ews_find *find,
		      struct strbuf *text)
{
	switch (what) {
	case REMOTE_FIND_ALL:
		return;
	case REMOTE_FIND_MARK:
		find->property = &remote_ews_mark;
		strbuf_add(text, value);
		break;
	case REMOTE_FIND_SEARCH_KEY:
		find->property = &search_key;
		base64_encode(value, text);
		break;
	case REMOTE_FIND_MESSAGE_ID:
		find->property = &message_id;
		strbuf_add(text, value);
		break;
	}
	find->value = strbuf_cstr(text);
}

bool remote_ews_items_find(struct remote_conn *conn, const char *folder_id,
			   enum box_use use, enum remote_find what, struct str value,
			   struct remote_ids *out, struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	struct ews_folder_ref folder = remote_ews_folder(folder_id, use);
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(4096);
	struct ews_find find = { .max = 1000 };
	bool last = false;

	find_what(what, value, &find, &text);
	while (!last && out->count < FIND_MAX) {
		struct ews_found_items found = { 0 };
		bool ok = ews_item_find(c->ews, &folder, &find, &found, &fail->err);

		for (size_t i = 0; ok && i < found.count; i++)
			found_add(&found.list[i], out);
		last = found.last || found.next_offset <= find.offset;
		find.offset = found.next_offset;
		ews_found_items_finish(&found);
		if (!ok)
			return remote_ews_failed(c, fail);
	}
	return true;
}
