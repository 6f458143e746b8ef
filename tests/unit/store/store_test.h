/* A store in a directory of its own, and short ways to fill and read it. */
#ifndef TESTS_UNIT_STORE_STORE_TEST_H
#define TESTS_UNIT_STORE_STORE_TEST_H

#include "tests/unit/test.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bridge/journal.h"
#include "bridge/store_internal.h"
#include "bridge/store_sync.h"

struct fixture {
	char dir[64];
	struct notify_hub *hub;
	struct store *s;
	struct err err;
	int64_t inbox, sent, work;
};

static inline void remove_tree(const char *dir)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	assert_int_equal(system(command), 0);
}

static inline void reopen(struct fixture *f)
{
	store_close(f->s);
	f->s = NULL;
	ASSERT_OK(store_open(f->dir, f->hub, &f->s, &f->err), f->err);
}

static inline void reopen_without(struct fixture *f, const char *file)
{
	char command[256];

	store_close(f->s);
	f->s = NULL;
	snprintf(command, sizeof(command), "rm -f '%s/%s' '%s/%s-wal' '%s/%s-shm'",
		 f->dir, file, f->dir, file, f->dir, file);
	assert_int_equal(system(command), 0);
	ASSERT_OK(store_open(f->dir, f->hub, &f->s, &f->err), f->err);
}

static inline int64_t box_at(struct fixture *f, const char *path)
{
	struct store_box box;
	int64_t id;

	ASSERT_OK(store_box_find(f->s, str_from(path), &box, &f->err), f->err);
	id = box.id;
	store_box_finish(&box);
	return id;
}

/* A page about folders, asked for just now; @listed_ms not 0: the whole list. */
static inline bool folders_put(struct fixture *f, const struct store_folder *list,
			       size_t count, const char *gone, int64_t listed_ms)
{
	struct store_folder_page page = {
		.folders = list,
		.count = count,
		.deleted_ids = &gone,
		.deleted_count = gone != NULL,
		.listed_unix_ms = listed_ms,
		.state = STR("h"),
		.changes_before = store_folder_changes(f->s),
	};
	bool stale = false;

	return store_folders_apply(f->s, &page, &stale, &f->err) && !stale;
}

static inline void folders(struct fixture *f)
{
	static const struct store_folder list[] = {
		{ .remote_id = "F-in", .name = "Posteingang", .use = BOX_USE_INBOX },
		{ .remote_id = "F-sent", .name = "Sent", .use = BOX_USE_SENT },
		{ .remote_id = "F-drafts", .name = "Drafts", .use = BOX_USE_DRAFTS },
		{ .remote_id = "F-sub", .parent_remote_id = "F-work", .name = "a/b" },
		{ .remote_id = "F-work", .name = "Work" },
		{ .remote_id = "F-cal", .name = "Calendar", .kind = BOX_CALENDAR },
	};

	ASSERT_OK(folders_put(f, list, ARRAY_LEN(list), NULL, clock_unix_ms()), f->err);
	f->inbox = box_at(f, "INBOX");
	f->sent = box_at(f, "Sent");
	f->work = box_at(f, "Work");
}

static inline int setup(void **state)
{
	struct fixture *f = mem_alloc(sizeof(*f));

	snprintf(f->dir, sizeof(f->dir), "/tmp/store-test-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	f->hub = notify_hub_new();
	ASSERT_OK(store_open(f->dir, f->hub, &f->s, &f->err), f->err);
	folders(f);
	*state = f;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->s);
	notify_hub_free(f->hub);
	remove_tree(f->dir);
	free(f);
	return 0;
}

static inline unsigned next_random(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16;
}

/* An item "iN" whose other properties follow from its number. */
struct item_text {
	char id[32], key[32], search[32], message_id[64];
};
static inline struct store_item item(struct item_text *t, unsigned n, unsigned flags)
{
	snprintf(t->id, sizeof(t->id), "i%u", n);
	snprintf(t->key, sizeof(t->key), "c%u", n);
	snprintf(t->search, sizeof(t->search), "s%u", n);
	snprintf(t->message_id, sizeof(t->message_id), "<m%u@example.test>", n);
	return (struct store_item){ .item_id = t->id,
				    .change_key = t->key,
				    .search_key = str_from(t->search),
				    .message_id = t->message_id,
				    .article = n,
				    .size = 1000 + n,
				    .internal_unix_s = 1700000000 + n,
				    .created_unix_s = 1700000000 + n,
				    .flags = flags,
				    .subject = "subject" };
}

static inline void page_put(struct fixture *f, int64_t box,
			    const struct store_item *items, size_t count,
			    const char *deleted, bool last, bool full)
{
	struct store_page page = { .items = items,
				   .item_count = count,
				   .deleted_ids = &deleted,
				   .deleted_count = deleted ? 1 : 0,
				   .state = STR("st"),
				   .last = last,
				   .asked_unix_ms = clock_unix_ms() + 1 };

	ASSERT_OK(store_page_apply(f->s, box, &page, full, &f->err), f->err);
}

/* As if messages that left a folder had done so an hour ago. */
static inline void forget_departed(struct fixture *f)
{
	bool more;

	ASSERT_OK(db_do(f->s->writer, "UPDATE departed SET at_s=at_s-3600", NO_ARGS,
			&f->err),
		  f->err);
	ASSERT_OK(store_bodies_tend(f->s, &more, &f->err), f->err);
	assert_false(more);
}

/* Items @from..@to (either order) as one round. */
static inline void fill(struct fixture *f, int64_t box, unsigned from, unsigned to)
{
	struct item_text texts[64];
	struct store_item items[64];
	size_t count = 0;

	for (unsigned n = from;; n += from <= to ? 1 : -1u) {
		items[count] = item(&texts[count], n, 0);
		count++;
		if (n == to)
			break;
	}
	page_put(f, box, items, count, NULL, true, false);
}

/* "1 2 3": the UIDs of a folder. */
static inline void assert_uids(struct fixture *f, int64_t box, const char *want)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(4096);
	struct store_view view;

	ASSERT_OK(store_view_load(f->s, box, &view, &f->err), f->err);
	for (size_t i = 0; i < view.count; i++)
		strbuf_addf(&text, "%s%u", i ? " " : "", view.uids[i]);
	store_view_finish(&view);
	ASSERT_STR(0, strbuf_str(&text), str_from(want));
}

/* "1:flags:keywords" or "-1" for expunged, '+' when new, of all changes since. */
static inline uint64_t changes_text(struct fixture *f, int64_t box, uint64_t since,
				    struct strbuf *text)
{
	struct store_changes changes;
	uint64_t modseq;

	ASSERT_OK(store_changes_since(f->s, box, since, &changes, &f->err), f->err);
	for (size_t i = 0; i < changes.count; i++) {
		struct store_change *c = &changes.items[i];

		if (i)
			strbuf_addc(text, ' ');
		if (c->expunged)
			strbuf_addf(text, "-%u", c->uid);
		else
			strbuf_addf(text, "%s%u:%x", c->is_new ? "+" : "", c->uid,
				    c->flags);
	}
	modseq = changes.modseq;
	store_changes_finish(&changes);
	return modseq;
}
static inline uint64_t assert_changes(struct fixture *f, int64_t box, uint64_t since,
				      const char *want)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(4096);
	uint64_t modseq = changes_text(f, box, since, &text);

	ASSERT_STR(0, strbuf_str(&text), str_from(want));
	return modseq;
}

static inline void assert_body(struct fixture *f, int64_t box, uint32_t uid,
			       const char *want)
{
	struct store_body body;

	ASSERT_OK(store_body_open(f->s, box, uid, &body, &f->err), f->err);
	ASSERT_STR(uid, body.octets, str_from(want));
	store_body_finish(&body);
}

static inline void put_body(struct fixture *f, int64_t box, uint32_t uid,
			    const char *mime)
{
	struct store_body_wants wants;

	ASSERT_OK(store_bodies_missing_of(f->s, box, &uid, 1, &wants, &f->err), f->err);
	assert_int_equal(wants.count, 1);
	ASSERT_OK(store_body_put(f->s, wants.items[0].msg_id, str_from(mime), &f->err),
		  f->err);
	store_body_wants_finish(&wants);
}

/* Flags and keywords of a message, "5:a,b,". */
static inline void assert_flags(struct fixture *f, int64_t box, uint32_t uid,
				const char *want)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(4096);
	struct store_msgs msgs;

	ASSERT_OK(store_msgs_read(f->s, box, &uid, 1, 0, &msgs, &f->err), f->err);
	assert_int_equal(msgs.count, 1);
	strbuf_addf(&text, "%x:", msgs.items[0].flags);
	for (char *p = msgs.items[0].keywords; *p; p++)
		strbuf_addc(&text, *p == '\n' ? ',' : *p);
	store_msgs_finish(&msgs);
	ASSERT_STR(uid, strbuf_str(&text), str_from(want));
}

#endif
