/*
 * Items of Exchange coming down: what changed, the index of mail, and calendar items.
 * Which property becomes which flag: docs/architecture.md, Writing.
 */
#include "bridge/remote_ews.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "bridge/event.h"
#include "bridge/mime/build.h"
#include "bridge/mime/edit.h"
#include "bridge/remote_ews_event.h"

#define RECIPIENTS_MAX ((size_t)1 << 20)
#define SEARCH_KEY_MAX 1024

/* ---- what changed
 * ---------------------------------------------------------------------- */

static void changes_fill(struct ews_item_changes *changes, struct remote_changes *out)
{
	static const enum remote_change_kind kinds[] = {
		[EWS_CREATED] = REMOTE_CHANGED,
		[EWS_UPDATED] = REMOTE_CHANGED,
		[EWS_DELETED] = REMOTE_DELETED,
		[EWS_READ_FLAG] = REMOTE_READ_FLAG,
	};

	out->list = ews_arena_alloc(&changes->arena,
				    (changes->count + 1) * sizeof(*out->list));
	for (size_t i = 0; i < changes->count; i++) {
		const struct ews_item_change *change = &changes->list[i];

		if (change->id.id)
			out->list[out->count++] = (struct remote_change){
				kinds[change->change], change->id.id, change->is_read
			};
	}
	out->state = changes->sync_state ? changes->sync_state : "";
	out->last = changes->last;
	out->arena = changes->arena;
	changes->arena = (struct ews_arena){ 0 };
}

bool remote_ews_items_sync(struct remote_conn *conn, const char *folder_id,
			   const char *state, size_t max, struct remote_changes *out,
			   struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	struct ews_folder_ref folder = { .id = folder_id };
	struct ews_item_changes changes = { 0 };
	uint32_t n = (uint32_t)MIN_OF(max, (size_t)EWS_SYNC_MAX);
	bool ok = ews_item_sync(c->ews, &folder, state, n, &changes, &fail->err);

	if (ok)
		changes_fill(&changes, out);
	else
		remote_ews_failed(c, fail);
	ews_item_changes_finish(&changes);
	return ok;
}

/* ---- the index of mail
 * ------------------------------------------------------------------ */

static unsigned flags_of(const struct ews_item *item)
{
	unsigned flags = 0;

	if (item->is_read)
		flags |= MSG_SEEN;
	if (item->flag == EWS_FLAG_FLAGGED)
		flags |= MSG_FLAGGED;
	if (item->last_verb == EWS_VERB_REPLY || item->last_verb == EWS_VERB_REPLY_ALL)
		flags |= MSG_ANSWERED;
	if (item->last_verb == EWS_VERB_FORWARD)
		flags |= MSG_FORWARDED;
	if (item->is_draft)
		flags |= MSG_DRAFT;
	return flags;
}

static int text_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *keywords_of(const struct ews_item *item, struct ews_arena *arena)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(MESSAGE_CATEGORIES_BYTES);
	struct ews_texts c = item->categories;

	if (c.count > 1)
		qsort(c.list, c.count, sizeof(*c.list), text_cmp);
	for (size_t i = 0; i < c.count; i++) {
		bool twice = i > 0 && strcmp(c.list[i - 1], c.list[i]) == 0;

		if (twice || !c.list[i][0] || strpbrk(c.list[i], "\r\n"))
			continue;
		message_category_in(str_from(c.list[i]), &text);
		strbuf_addc(&text, '\n');
	}
	return ews_arena_text(arena, text.overflow ? STR(MESSAGE_CATEGORIES_MANY "\n")
						   : strbuf_str(&text));
}

static void recipients_add(const struct ews_mailboxes *boxes, struct strbuf *text)
{
	for (size_t i = 0; i < boxes->count; i++) {
		strbuf_add_cstr(text, boxes->list[i].address);
		strbuf_addc(text, '\n');
	}
	strbuf_addc(text, '\n');
}

static const char *recipients_of(const struct ews_item *item, struct ews_arena *arena)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(RECIPIENTS_MAX);

	recipients_add(&item->to, &text);
	recipients_add(&item->cc, &text);
	recipients_add(&item->bcc, &text);
	return ews_arena_text(arena, strbuf_str(&text));
}

static struct str bytes_of(const char *base64, struct ews_arena *arena)
{
	CLEANUP(strbuf_finish) struct strbuf bytes = STRBUF(SEARCH_KEY_MAX);
	struct err err;
	char *copy;

	if (!base64 || !base64_decode(str_from(base64), &bytes, &err) || bytes.overflow ||
	    bytes.len == 0)
		return STR_NONE;
	copy = ews_arena_alloc(arena, bytes.len);
	memcpy(copy, bytes.p, bytes.len);
	return str_make(copy, bytes.len);
}

#define CONVERSATION_BYTES 16

/* The mailbox's part of the id changes when the mailbox moves; the conversation's does
 * not: the last 16 octets, behind their length. Anything else is taken as a whole. */
static uint64_t thread_of(const char *conversation_id)
{
	CLEANUP(strbuf_finish) struct strbuf bytes = STRBUF(SEARCH_KEY_MAX);
	struct str id = str_from(conversation_id), tail;
	unsigned char hash[CRYPTO_SHA256_BYTES];
	struct err err;
	uint64_t thread = 0;

	if (!id.len)
		return 0;
	if (base64_decode(id, &bytes, &err) && bytes.len > CONVERSATION_BYTES + 3) {
		tail = str_sub(strbuf_str(&bytes), bytes.len - CONVERSATION_BYTES - 2,
			       CONVERSATION_BYTES + 2);
		if (tail.p[0] == CONVERSATION_BYTES && tail.p[1] == 0)
			id = str_sub(tail, 2, CONVERSATION_BYTES);
	}
	crypto_sha256(id, hash);
	memcpy(&thread, hash, sizeof(thread));
	return thread ? thread : 1;
}

static int64_t first_time(const int64_t *times, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (times[i] != EWS_TIME_NONE)
			return times[i];
	}
	return 0;
}

static int64_t internal_of(const struct ews_item *item)
{
	const int64_t times[] = { item->delivered_unix, item->received_unix,
				  item->submitted_unix, item->sent_unix,
				  item->created_unix };

	return first_time(times, ARRAY_LEN(times));
}

/* The header as it came over the Internet, or one made of what Exchange keeps. */
static struct str header_of(const struct ews_item *item, struct ews_arena *arena)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(REMOTE_EWS_TEXT_MAX);
	struct str raw = str_from(item->transport_headers);
	char *copy;

	if (str_find_nocase(raw, STR("from:")) >= 0 &&
	    str_find_nocase(raw, STR("message-id:")) >= 0)
		mime_crlf(str_trim(raw), &text);
	else
		remote_ews_header(item, &text);
	if (text.overflow || text.len == 0)
		return STR_NONE;
	if (!str_ends(strbuf_str(&text), STR("\r\n")))
		strbuf_add(&text, STR("\r\n"));
	strbuf_add(&text, STR("\r\n")); /* the end of a header belongs to it */
	copy = ews_arena_text(arena, strbuf_str(&text));
	return str_from(copy);
}

static void item_fill(const struct ews_item *item, struct ews_arena *arena,
		      struct store_item *out)
{
	*out = (struct store_item){
		.item_id = item->id.id,
		.change_key = item->id.change_key,
		.search_key = bytes_of(item->search_key, arena),
		.message_id = item->message_id,
		.article = item->article_number > 0 ? (uint32_t)item->article_number : 0,
		.size = item->size_bytes > 0 ? (uint64_t)item->size_bytes : 0,
		.internal_unix_s = internal_of(item),
		.created_unix_s = first_time(&item->created_unix, 1),
		.flags = flags_of(item),
		.keywords = keywords_of(item, arena),
		.is_draft = item->is_draft,
		.subject = item->subject ? item->subject : "",
		.has_attachments = item->has_attachments,
		.thread = thread_of(item->conversation_id),
		.item_class = item->item_class ? item->item_class : "",
		.mark = item->mark,
	};
}

/* FindItem tells neither recipients nor a header. */
static void listed_fill(const struct ews_item *item, struct ews_arena *arena,
			struct store_item *out)
{
	item_fill(item, arena, out);
	out->partial = true;
}

bool remote_ews_items_list(struct remote_conn *conn, const char *folder_id,
			   uint32_t offset, uint32_t max, struct remote_list *out,
			   struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	struct ews_folder_ref folder = { .id = folder_id };
	struct ews_item_list list = { 0 };

	if (!ews_item_list(c->ews, &folder, &remote_ews_mark, offset, max, &list,
			   &fail->err)) {
		ews_item_list_finish(&list);
		return remote_ews_failed(c, fail);
	}
	*out = (struct remote_list){ .last = list.last,
				     .next_offset = list.next_offset,
				     .total = list.total };
	out->items = ews_arena_alloc(&list.arena, (list.count + 1) * sizeof(*out->items));
	for (size_t i = 0; i < list.count; i++) {
		if (list.list[i].id.id)
			listed_fill(&list.list[i], &list.arena,
				    &out->items[out->count++]);
	}
	out->arena = list.arena;
	return true;
}

bool remote_ews_items_read(struct remote_conn *conn, const char *const *ids, size_t count,
			   struct remote_items *out, struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	struct ews_ref *refs = remote_ews_refs(ids, count);
	struct ews_items items = { 0 };
	bool ok = ews_item_get(c->ews, refs, count, &remote_ews_mark, &items, &fail->err);

	free(refs);
	if (!ok) {
		ews_items_finish(&items);
		return remote_ews_failed(c, fail);
	}
	out->list = ews_arena_alloc(&items.arena, (count + 1) * sizeof(*out->list));
	out->count = count;
	for (size_t i = 0; i < count; i++) {
		struct remote_item *item = &out->list[i];

		if (!remote_ews_status(&items.list[i].status, &item->fail))
			continue;
		item_fill(&items.list[i], &items.arena, &item->item);
		item->item.recipients = recipients_of(&items.list[i], &items.arena);
		item->item.header = header_of(&items.list[i], &items.arena);
		item->item.item_id = ews_arena_text(&items.arena, str_from(ids[i]));
	}
	out->arena = items.arena;
	return true;
}

/* ---- calendar items
 * --------------------------------------------------------------------- */

static bool exceptions_get(struct remote_ews_conn *c,
			   const struct ews_calendar_item *master,
			   struct ews_calendar_items *out, struct remote_fail *fail)
{
	struct ews_ref *refs = mem_array(master->modified_count + 1, sizeof(*refs));
	size_t n = 0;
	bool ok;

	for (size_t i = 0; i < master->modified_count; i++) {
		if (master->modified[i].id.id)
			refs[n++].id = master->modified[i].id.id;
	}
	ok = n == 0 || ews_calendar_get(c->ews, refs, n, NULL, out, &fail->err);
	free(refs);
	return ok || remote_ews_failed(c, fail);
}

static bool event_fill(struct remote_ews_conn *c, const char *id,
		       const struct ews_calendar_item *item, struct store_event *out,
		       struct remote_fail *fail)
{
	struct ews_calendar_items exceptions = { 0 };
	struct event event;
	bool ok = exceptions_get(c, item, &exceptions, fail);

	if (ok) {
		remote_ews_event(item, exceptions.list, exceptions.count, &event);
		out->item_id = mem_strdup(id);
		out->change_key = mem_strdup(item->id.change_key);
		strbuf_init(&out->data, EVENT_BLOB_MAX);
		ok = event_pack(&event, &out->data, &fail->err);
		event_finish(&event);
	}
	ews_calendar_items_finish(&exceptions);
	return ok;
}

bool remote_ews_events_read(struct remote_conn *conn, const char *const *ids,
			    size_t count, struct remote_events *out,
			    struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	struct ews_ref *refs = remote_ews_refs(ids, count);
	struct ews_calendar_items items = { 0 };
	bool ok = ews_calendar_get(c->ews, refs, count, NULL, &items, &fail->err);

	free(refs);
	if (!ok)
		remote_ews_failed(c, fail);
	out->list = mem_array(count + 1, sizeof(*out->list));
	out->count = ok ? count : 0;
	for (size_t i = 0; i < out->count; i++) {
		struct remote_event *event = &out->list[i];

		if (remote_ews_status(&items.list[i].status, &event->fail) &&
		    !event_fill(c, ids[i], &items.list[i], &event->event, &event->fail) &&
		    event->fail.err.code == ERR_OFFLINE) {
			*fail = event->fail;
			ok = false;
		}
	}
	ews_calendar_items_finish(&items);
	return ok;
}
