/* Sort keys of the messages found: see sort_load.h. */
#include "imapfront/imap/sort_load.h"

#include <stdlib.h>

#include "base/mem.h"

#define PACKED_BYTES (16u << 20) /* of one message's keys, as the store has them */

struct loading {
	struct imap_client *client;
	unsigned wants; /* bits of enum mime_sort_text */
	unsigned texts; /* up to the last of them */
	struct imap_sort_items out;
	struct store_uid_list missing;
	size_t missing_capacity;
};

void imap_sort_items_finish(struct imap_sort_items *items)
{
	free(items->items);
	free(items->texts);
	pool_finish(&items->pool);
	*items = (struct imap_sort_items){ 0 };
}

static void loading_finish(struct loading *l)
{
	imap_sort_items_finish(&l->out);
	store_uid_list_finish(&l->missing);
}

/* What the index says of it is in its place; then what @packed says. */
static void add(struct loading *l, struct str packed)
{
	struct imap_sort_item *item = &l->out.items[l->out.count];
	struct mime_sort_keys keys;

	if (!mime_sort_keys_unpack(packed, l->texts, &keys))
		keys = (struct mime_sort_keys){ 0 };
	item->sent_unix_s = keys.has_date ? keys.sent_unix_s : item->arrival_unix_s;
	item->is_reply = keys.is_reply;
	item->texts = l->out.texts + l->out.count++ * l->texts;
	for (unsigned i = 0; i < l->texts; i++)
		if (l->wants & 1u << i)
			item->texts[i] = pool_dup(&l->out.pool, keys.texts[i]);
}

static void miss(struct loading *l, uint32_t uid)
{
	l->missing.uids = mem_grow(l->missing.uids, l->missing.count,
				   &l->missing_capacity, sizeof(*l->missing.uids));
	l->missing.uids[l->missing.count++] = uid;
}

/* @last: what is not here by now stays without keys */
static void take(struct loading *l, const struct store_msg *msg, bool last)
{
	if (!msg->sort.len && !msg->has_body && !last) {
		miss(l, msg->uid);
		return;
	}
	l->out.items[l->out.count] = (struct imap_sort_item){
		.uid = msg->uid,
		.modseq = msg->modseq,
		.arrival_unix_s = msg->internal_unix_s,
		.size = msg->size
	};
	add(l, strbuf_str(&msg->sort));
}

/* Most of them, mostly; the others are missing. */
static bool load_known(struct loading *l, const struct imap_hits *hits, struct err *err)
{
	CLEANUP(store_rows_release_ptr) struct store_rows *rows = NULL;
	CLEANUP(strbuf_finish) struct strbuf packed = STRBUF(PACKED_BYTES);
	struct store_rows_walk walk = { 0 };
	struct store_row row;

	if (!store_rows_get(l->client->store, l->client->box_id, &rows, err))
		return false;
	walk.rows = rows;
	for (size_t i = 0; i < hits->count; i++) {
		strbuf_reset(&packed);
		if (!store_rows_seek(&walk, hits->items[i].uid, &row) ||
		    !store_sort_keys_known(l->client->store, row.content_id, &packed)) {
			miss(l, hits->items[i].uid);
			continue;
		}
		l->out.items[l->out.count] = (struct imap_sort_item){
			.uid = row.uid,
			.modseq = row.modseq,
			.arrival_unix_s = row.internal_unix_s,
			.size = row.size
		};
		add(l, strbuf_str(&packed));
	}
	return true;
}

static bool load(struct loading *l, const uint32_t *uids, size_t count, bool last,
		 struct err *err)
{
	for (size_t at = 0; at < count; at += IMAP_SLICE) {
		CLEANUP(store_msgs_finish) struct store_msgs msgs = { 0 };

		if (!store_msgs_read(l->client->store, l->client->box_id, uids + at,
				     MIN_OF(count - at, (size_t)IMAP_SLICE),
				     STORE_WANT_SORT, &msgs, err))
			return false;
		for (size_t i = 0; i < msgs.count; i++)
			take(l, &msgs.items[i], last);
	}
	return true;
}

static bool load_bodies(struct loading *l, struct err *err)
{
	struct imap_client *client = l->client;
	struct err trouble;

	if (!l->missing.count)
		return true;
	account_bodies_need(client->session->account, client->box_id, l->missing.uids,
			    l->missing.count);
	for (size_t i = 0; i < l->missing.count; i++)
		if (!imap_client_body(client, client->box_id, l->missing.uids[i],
				      &trouble) &&
		    trouble.code == ERR_OFFLINE)
			break;
	if (client->out->failed)
		return err_set(err, ERR_OFFLINE, "the client is gone");
	return load(l, l->missing.uids, l->missing.count, true, err);
}

static struct store_uid_list take_missing(struct loading *l)
{
	struct store_uid_list missing = l->missing;

	l->missing = (struct store_uid_list){ 0 };
	l->missing_capacity = 0;
	return missing;
}

static bool load_read(struct loading *l, struct err *err)
{
	CLEANUP(store_uid_list_finish) struct store_uid_list unread = take_missing(l);

	return load(l, unread.uids, unread.count, false, err);
}

/* The header is quicker to get than the body. */
static bool load_missing(struct loading *l, struct err *err)
{
	CLEANUP(store_uid_list_finish) struct store_uid_list wanted = take_missing(l);

	if (wanted.count)
		imap_client_headers(l->client, l->client->box_id, &wanted);
	return load(l, wanted.uids, wanted.count, false, err) && load_bodies(l, err);
}

static int by_uid(const void *a, const void *b)
{
	const struct imap_sort_item *x = a, *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

bool imap_sort_load(struct imap_client *client, const struct imap_hits *hits,
		    unsigned wants, struct imap_sort_items *items_r, struct err *err)
{
	CLEANUP(loading_finish) struct loading l = { .client = client, .wants = wants };

	while (wants >> l.texts)
		l.texts++;
	l.out.items = mem_array(hits->count + 1, sizeof(*l.out.items));
	l.out.texts = mem_array(l.texts * hits->count + 1, sizeof(*l.out.texts));
	if (!load_known(&l, hits, err) || !load_read(&l, err) || !load_missing(&l, err))
		return false;
	mem_sort(l.out.items, l.out.count, sizeof(*l.out.items), by_uid);
	*items_r = l.out;
	l.out = (struct imap_sort_items){ 0 };
	return true;
}
