/* See server.h. */
#include "tests/unit/sync/server.h"

#include <stdlib.h>

#include "base/mem.h"
#include "bridge/remote.h"

struct remote_conn *server_open(struct bench *b, struct remote **remote_r)
{
	struct err err = { 0 };
	struct remote_conn *conn;

	*remote_r = remote_ews_new(&b->config, NULL, &err);
	if (!*remote_r)
		fail_msg("%s", err.text);
	conn = (*remote_r)->ops->conn_new(*remote_r, &err);
	if (!conn)
		fail_msg("%s", err.text);
	return conn;
}

static void add(struct server_list *list, const struct store_item *item)
{
	struct server_item *row;

	list->items = mem_grow(list->items, list->count, &list->room,
			       sizeof(*list->items));
	row = &list->items[list->count++];
	*row = (struct server_item){ .id = mem_strdup(item->item_id),
				     .message_id = mem_strdup(item->message_id),
				     .article = item->article,
				     .created_unix_s = item->created_unix_s,
				     .flags = item->flags };
}

static int by_article(const void *a, const void *b)
{
	const struct server_item *x = a, *y = b;

	if (x->article != y->article)
		return x->article > y->article ? 1 : -1;
	return (x->created_unix_s > y->created_unix_s) -
	       (x->created_unix_s < y->created_unix_s);
}

void server_list(struct bench *b, const char *remote_id, struct server_list *list)
{
	struct remote *remote;
	struct remote_conn *conn = server_open(b, &remote);
	uint32_t offset = 0;
	bool last = false;

	*list = (struct server_list){ 0 };
	while (!last) {
		struct remote_list page = { 0 };
		struct remote_fail fail = { 0 };

		if (!conn->ops->items_list(conn, remote_id, offset, 1000, &page, &fail))
			fail_msg("%s", fail.err.text);
		for (size_t i = 0; i < page.count; i++)
			add(list, &page.items[i]);
		offset = page.next_offset;
		last = page.last;
		remote_list_finish(&page);
	}
	remote_conn_free(conn);
	remote_free(remote);
	if (list->count > 0)
		qsort(list->items, list->count, sizeof(*list->items), by_article);
}

void server_list_finish(struct server_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].id);
		free(list->items[i].message_id);
	}
	free(list->items);
	*list = (struct server_list){ 0 };
}

/* The same messages in the same order with the same flags? Else *why_r says what. */
static bool is_same(struct bench *b, const char *path, const struct server_list *list,
		    char *why, size_t size)
{
	struct store *store = account_store(b->account);
	struct store_box box = bench_box(b, path);
	struct store_view view = { 0 };
	struct store_msgs msgs = { 0 };
	struct err err = { 0 };
	bool same;

	ASSERT_OK(store_view_load(store, box.id, &view, &err), err);
	same = view.count == list->count;
	if (!same)
		snprintf(why, size, "%s: %zu here, %zu there", path, view.count,
			 list->count);
	if (same && view.count > 0)
		ASSERT_OK(store_msgs_read(store, box.id, view.uids, view.count,
					  STORE_WANT_ENVELOPE, &msgs, &err),
			  err);
	for (size_t i = 0; same && i < msgs.count; i++) {
		const struct server_item *item = &list->items[i];
		const struct store_msg *msg = &msgs.items[i];

		same = (msg->flags & MSG_FLAGS_UP) == (item->flags & MSG_FLAGS_UP) &&
		       (!msg->envelope || !item->message_id ||
			strstr(msg->envelope, item->message_id));
		if (!same)
			snprintf(why, size, "%s: UID %u: flags %x, there %x of %s; %s",
				 path, (unsigned)msg->uid, msg->flags, item->flags,
				 item->message_id, msg->envelope);
	}
	store_msgs_finish(&msgs);
	store_view_finish(&view);
	store_box_finish(&box);
	return same;
}

struct same {
	const char *path;
	char why[400];
};

static bool has_same(struct bench *b, void *context)
{
	struct same *same = context;
	struct store_box box = bench_box(b, same->path);
	struct server_list list;
	bool is;

	server_list(b, box.remote_id, &list);
	is = is_same(b, same->path, &list, same->why, sizeof(same->why));
	server_list_finish(&list);
	store_box_finish(&box);
	return is;
}

void server_same(struct bench *b, const char *path)
{
	struct same same = { .path = path };

	bench_wait(b, same.why, has_same, &same); /* what differs, if it never is */
}
