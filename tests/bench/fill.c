/*
 * fill DIR COUNT < MESSAGES: a state directory of one account whose Inbox holds them,
 * as if they had come down; for benchmarks, with the server away. MESSAGES is, for each,
 * a line with its length and its octets.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "bridge/store_sync.h"

enum { PAGE = 500, MESSAGE_MAX = 64 << 20 };

static void must(bool fine, const struct err *err)
{
	if (fine)
		return;
	fprintf(stderr, "fill: %s\n", err->text);
	exit(1);
}

static int64_t inbox_of(struct store *s)
{
	static const struct store_folder inbox = { .remote_id = "inbox",
						   .name = "Inbox",
						   .use = BOX_USE_INBOX };
	struct store_box box;
	struct err err;
	bool stale;
	int64_t id;

	must(store_folders_apply(
		     s,
		     &(struct store_folder_page){ .folders = &inbox,
						  .count = 1,
						  .listed_unix_ms = clock_unix_ms(),
						  .state = STR("h") },
		     &stale, &err),
	     &err);
	must(store_box_find(s, STR("INBOX"), &box, &err), &err);
	id = box.id;
	store_box_finish(&box);
	return id;
}

static void put_page(struct store *s, int64_t inbox, unsigned from, unsigned count,
		     bool last)
{
	struct store_item *items = mem_array(count + 1, sizeof(*items));
	char(*ids)[16] = mem_array(count + 1, sizeof(*ids));
	struct store_page page = { .items = items,
				   .item_count = count,
				   .state = STR("state"),
				   .last = last,
				   .asked_unix_ms = clock_unix_ms() + 1 };
	struct err err;

	for (unsigned i = 0; i < count; i++) {
		snprintf(ids[i], sizeof(ids[i]), "i%u", from + i);
		items[i] = (struct store_item){ .item_id = ids[i],
						.change_key = "c",
						.search_key = str_from(ids[i]),
						.article = from + i,
						.size = 1000,
						.internal_unix_s = 1700000000 + from + i,
						.created_unix_s = 1700000000 + from + i,
						.flags = i % 3 ? MSG_SEEN : 0,
						.subject = "" };
	}
	must(store_page_apply(s, inbox, &page, false, &err), &err);
	free(ids);
	free(items);
}

static bool next_message(char **octets, size_t *len)
{
	if (scanf("%zu", len) != 1 || getchar() != '\n' || *len > MESSAGE_MAX)
		return false;
	*octets = mem_alloc(*len + 1);
	return fread(*octets, 1, *len, stdin) == *len;
}

static void put_body(struct store *s, int64_t inbox, uint32_t uid, struct str octets)
{
	struct store_body_wants wants;
	struct err err;

	must(store_bodies_missing_of(s, inbox, &uid, 1, &wants, &err), &err);
	must(wants.count == 1 && store_body_put(s, wants.items[0].msg_id, octets, &err),
	     &err);
	store_body_wants_finish(&wants);
}

int main(int argc, char **argv)
{
	struct notify_hub *hub = notify_hub_new();
	struct store *s;
	struct err err = { 0 };
	uint32_t uid = 0, count;
	char *octets;
	size_t len;
	int64_t inbox;

	if (argc != 3 || !num_u32(str_from(argv[2]), &count)) {
		fputs("usage: fill DIR COUNT < MESSAGES\n", stderr);
		return 2;
	}
	must(store_open(argv[1], hub, &s, &err), &err);
	inbox = inbox_of(s);
	for (uint32_t from = 0; from < count; from += PAGE)
		put_page(s, inbox, from + 1, MIN_OF(count - from, (uint32_t)PAGE),
			 count - from <= PAGE);
	while (uid < count && next_message(&octets, &len)) {
		put_body(s, inbox, ++uid, str_make(octets, len));
		free(octets);
	}
	store_close(s);
	notify_hub_free(hub);
	printf("%u messages\n", uid);
	return 0;
}
