/*
 * GetItem with MimeContent, decoded while it arrives: [MS-OXWSCORE] section 3.1.4.4. No
 * message is ever whole in memory unless the caller's sink keeps it.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ews/account_state.h"
#include "ews/fetch.h"

static void write(struct soap_writer *w, const void *context, const size_t *index,
		  size_t count)
{
	const struct ews_fetch *fetch = context;
	static const struct soap_shape shape = { .name = "m:ItemShape", .mime = true };

	soap_put_shape(w, &shape);
	ews_batch_item_ids(w, fetch->refs, index, count);
}

static void payload(struct soap_reader *r, void *element, void *context)
{
	const struct ews_fetch *fetch = context;
	struct ews_fetched_item *item = element;
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		while (soap_child(r, depth + 1)) {
			if (soap_is(r, "ItemId"))
				ews_read_id(r, &fetch->out->arena, &item->id);
			else if (soap_is(r, "MimeContent"))
				ews_fetch_content(r, fetch, item);
		}
	}
}

/* Asked for in the way that was quicker of late. */
static bool run(struct ews_conn *conn, const struct ews_batch_call *call,
		struct ews_fetch *fetch, size_t count, struct err *err)
{
	struct ews_account *account = ews_conn_account(conn);
	int64_t began_ms = clock_mono_ms();
	uint64_t octets = 0;
	bool plain, ok;

	pthread_mutex_lock(&account->lock);
	plain = ews_coding_plain(&account->coding);
	pthread_mutex_unlock(&account->lock);
	ews_conn_plain(conn, plain);
	ok = ews_fetch_run(conn, call, fetch, count, err);
	ews_conn_plain(conn, false);
	if (!ok)
		return false;
	for (size_t i = 0; i < count; i++)
		octets += fetch->out->list[i].size_bytes;
	pthread_mutex_lock(&account->lock);
	ews_coding_learn(&account->coding, plain, octets, clock_mono_ms() - began_ms);
	pthread_mutex_unlock(&account->lock);
	return true;
}

static void note_missing(struct ews_fetched *out)
{
	for (size_t i = 0; i < out->count; i++) {
		struct ews_fetched_item *item = &out->list[i];

		if (!ews_status_ok(&item->status) || item->size_bytes > 0)
			continue;
		item->status.code = EWS_CODE_NO_MIME;
		err_set(&item->status.err, ERR_BROKEN, "Exchange gives no MIME for it");
	}
}

bool ews_item_fetch_mime(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
			 const struct ews_sink *sinks, struct ews_fetched *out,
			 struct err *err)
{
	static const struct ews_batch_call call = { .op = EWS_OP_GET_ITEM,
						    .write = write,
						    .batch.payload = payload };
	struct ews_fetch fetch = { refs, sinks, out, NULL };
	bool ok = run(conn, &call, &fetch, count, err);

	if (ok)
		note_missing(out);
	return ok;
}

/* The same into memory. */
bool ews_item_get_mime(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
		       struct ews_mimes *out, struct err *err)
{
	struct ews_sink *sinks = mem_array(count + 1, sizeof(*sinks));
	struct ews_fetched fetched = { 0 };
	bool ok;

	ews_mimes_finish(out);
	out->list = ews_arena_alloc(&out->arena, count * sizeof(*out->list));
	out->count = count;
	for (size_t i = 0; i < count; i++) {
		strbuf_init(&out->list[i].mime, EWS_MIME_MAX_BYTES);
		sinks[i] = ews_sink_buffer(&out->list[i].mime);
	}
	ok = ews_item_fetch_mime(conn, refs, count, sinks, &fetched, err);
	for (size_t i = 0; i < count; i++) {
		out->list[i].status = fetched.list[i].status;
		out->list[i].id.id = ews_arena_copy(&out->arena, fetched.list[i].id.id);
		out->list[i].id.change_key = ews_arena_copy(
			&out->arena, fetched.list[i].id.change_key);
		if (!ews_status_ok(&out->list[i].status))
			strbuf_finish(&out->list[i].mime);
	}
	ews_fetched_finish(&fetched);
	free(sinks);
	return ok;
}
