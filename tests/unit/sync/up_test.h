/* What the tests of changes going up share. */
#ifndef TESTS_UNIT_SYNC_UP_TEST_H
#define TESTS_UNIT_SYNC_UP_TEST_H

#include "tests/unit/sync/bench.h"

#include <stdlib.h>

#include "base/macros.h"
#include "bridge/journal.h"

static inline struct store *store_of(struct bench *b)
{
	return account_store(b->account);
}

static inline int64_t box_id(struct bench *b, const char *path)
{
	struct store_box box = bench_box(b, path);
	int64_t id = box.id;

	store_box_finish(&box);
	return id;
}

static inline uint32_t first_uid(struct bench *b, const char *path)
{
	struct store_changes changes = { 0 };
	struct err err = { 0 };
	uint32_t uid = 0;

	ASSERT_OK(store_changes_since(store_of(b), box_id(b, path), 0, &changes, &err),
		  err);
	for (size_t i = 0; i < changes.count && uid == 0; i++)
		uid = changes.items[i].expunged ? 0 : changes.items[i].uid;
	store_changes_finish(&changes);
	return uid;
}

/* The server's mailbox as a second account sees it from nothing. */
static inline void look_anew(struct bench *b, struct bench *other)
{
	struct err err = { 0 };

	*other = *b;
	snprintf(other->dir, sizeof(other->dir), "%.100s/other", b->dir);
	ASSERT_OK(account_open(&other->config, other->dir, &other->account, &err), err);
	ASSERT_OK(account_start(other->account, &err), err);
	bench_wait(other, "a second look", bench_is_settled, NULL);
}

struct has_count {
	const char *path;
	uint32_t count;
};

static inline bool has_count(struct bench *b, void *context)
{
	const struct has_count *want = context;

	return bench_messages(b, want->path) == want->count;
}

static inline void same_counts(struct bench *b)
{
	static const char *const paths[] = { "INBOX",	      "Sent Items", "Drafts",
					     "Deleted Items", "New",	    "New/Below" };
	struct bench other;
	char command[200];

	bench_wait(b, "an empty journal", bench_is_settled, NULL);
	look_anew(b, &other);
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct has_count count = { paths[i], bench_messages(&other, paths[i]) };

		bench_wait(b, paths[i], has_count, &count);
	}
	account_stop(other.account);
	snprintf(command, sizeof(command), "rm -rf '%s'", other.dir);
	assert_int_equal(system(command), 0);
}

static inline void start(struct bench *b, const char *fault)
{
	bench_start(b, "generate:30", NULL);
	bench_wait(b, "bodies", bench_is_settled, NULL);
	if (fault)
		bench_control(b, fault, STR(""), NULL);
}

#endif
