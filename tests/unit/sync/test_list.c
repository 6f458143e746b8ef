/* The first index of a long folder, and its comparison later, under changes and faults.
 */
#include "tests/unit/sync/server.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bridge/store_internal.h"

static bool is_indexed(struct bench *b, void *context)
{
	struct store_box box = bench_box(b, "INBOX");
	bool is = box.complete;

	store_box_finish(&box);
	return is;
}

/* UIDs are 1..count, given once. */
static void numbered(struct bench *b, uint32_t count)
{
	struct store_box box = bench_box(b, "INBOX");

	assert_int_equal(box.messages, count);
	assert_int_equal(box.uidnext, count + 1);
	store_box_finish(&box);
}

static void check(const char *const *settings, const char *const *faults)
{
	struct bench b;

	bench_start_with(&b, "generate:2600", settings, faults);
	bench_wait(&b, "index", is_indexed, NULL);
	numbered(&b, 2600);
	if (!faults)
		assert_true(bench_calls(&b, "FindItem") >= 3);
	bench_control(&b, "clear", STR(""), NULL);
	server_same(&b, "INBOX");
	bench_finish(&b);
}

static void test_pages(void **state)
{
	static const char *const small[] = { "find-count-limit=300", NULL };
	static const char *const bare[] = { "article-numbers=absent", "search-key=absent",
					    NULL };

	check(NULL, NULL);
	check(small, NULL);
	check(bare, NULL);
}

static void test_faults(void **state)
{
	static const char *const faults[][4] = {
		{ "fault FindItem 1 cut-before", "fault FindItem 1+1 busy 100" },
		{ "fault FindItem 100 code ErrorInvalidOperation" },
		{ "fault FindItem 2 fault ErrorInternalServerTransientError" },
		{ "fault FindItem 1+1 fault ErrorTimeoutExpired" },
		{ "fault SyncFolderItems 2+1 sync-state" },
		{ "fault SyncFolderItems 3+1 cut-after", "fault FindItem 2+1 http 502" },
		{ "fault SyncFolderItems 2+1 busy 200", "fault FindItem 1+1 delay 300" },
	};

	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		check(NULL, faults[i]);
}

/* Another client goes on working while the folder is read. */
static void disturb(struct bench *b, const char *remote_id)
{
	struct remote *remote;
	struct remote_conn *conn = server_open(b, &remote);
	struct server_list list;

	server_list(b, remote_id, &list);
	for (size_t i = 7; i < list.count; i += list.count / 40) {
		const char *id = list.items[i].id, *next = list.items[i + 1].id;
		struct remote_flags flags = { .id = next,
					      .flags = list.items[i + 1].flags ^ MSG_SEEN,
					      .changed = MSG_SEEN };
		struct remote_ids ids = { 0 };
		struct remote_fail fail = { 0 };

		if (!conn->ops->items_delete(conn, &id, false, 1, &ids, &fail))
			fail_msg("%s", fail.err.text);
		remote_ids_finish(&ids);
		if (i % 2 == 0) {
			flags.flags = list.items[i + 1].flags ^ MSG_FLAGGED;
			flags.changed = MSG_FLAGGED;
		}
		if (!conn->ops->items_flag(conn, &flags, 1, &ids, &fail))
			fail_msg("%s", fail.err.text);
		remote_ids_finish(&ids);
	}
	server_list_finish(&list);
	remote_conn_free(conn);
	remote_free(remote);
	for (int i = 0; i < 5; i++) {
		char subject[32];

		snprintf(subject, sizeof(subject), "meanwhile-%d", i);
		bench_deliver(b, "inbox", subject);
	}
}

static bool is_under_way(struct bench *b, void *context)
{
	struct account_index index;

	account_index(b->account, &index);
	return index.total > 0 || is_indexed(b, NULL);
}

static void test_changes(void **state)
{
	static const char *const settings[] = { "latency=15", NULL };
	struct store_box box;
	struct bench b;

	bench_start(&b, "generate:4000", settings);
	bench_wait(&b, "pages", is_under_way, NULL);
	box = bench_box(&b, "INBOX");
	disturb(&b, box.remote_id);
	bench_control(&b, "set latency 0", STR(""), NULL);
	bench_wait(&b, "index", is_indexed, NULL);
	server_same(&b, "INBOX");
	store_box_finish(&box);
	bench_finish(&b);
}

/* Stopped anywhere in it: the same UIDs in the end. */
static void test_restart(void **state)
{
	static const char *const settings[] = { "latency=10", NULL };
	struct bench b;

	bench_start(&b, "generate:3000", settings);
	for (int i = 0; i < 6; i++) {
		clock_sleep_ms(40 * i);
		bench_account_stop(&b);
		bench_account_start(&b);
	}
	bench_wait(&b, "index", is_indexed, NULL);
	numbered(&b, 3000);
	server_same(&b, "INBOX");
	bench_finish(&b);
}

static bool all_have_threads(struct bench *b, void *context)
{
	struct store_box box = bench_box(b, "INBOX");
	struct store_rows *rows;
	size_t with = 0;
	struct err err;

	ASSERT_OK(store_rows_get(account_store(b->account), box.id, &rows, &err), err);
	assert_int_equal(rows->count, 1500);
	for (size_t i = 0; i < rows->count; i++)
		with += store_rows_at(rows, i).thread != 0;
	store_rows_release(rows);
	store_box_finish(&box);
	return with == 1500;
}

static void forget_listings(const struct bench *b)
{
	CLEANUP(strbuf_finish) struct strbuf path = STRBUF(1000);
	struct db *db;
	struct err err;

	strbuf_addf(&path, "%s/%s/cache.db", b->dir, b->config.name);
	ASSERT_OK(db_open_alone(strbuf_cstr(&path), &db, &err), err);
	ASSERT_OK(db_do(db, "UPDATE box SET listed_s=0", NO_ARGS, &err), err);
	db_close(db);
}

/* Of an older schema, a cache does not know which conversation its messages belong to:
 * that is asked for, and nothing else. */
static void test_threads_known_later(void **state)
{
	const char *const settings[] = { "conversation=absent", NULL };
	struct bench b;

	bench_start(&b, "generate:1500", settings);
	bench_wait(&b, "bodies", bench_is_settled, NULL);
	assert_false(all_have_threads(&b, NULL));
	bench_account_stop(&b);
	forget_listings(&b);
	bench_control(&b, "set conversation references", STR_NONE, NULL);
	bench_control(&b, "reset-stats", STR_NONE, NULL);
	bench_account_start(&b);
	bench_wait(&b, "conversations", all_have_threads, NULL);
	assert_int_equal(bench_calls(&b, "GetItem"), 0);
	bench_finish(&b);
}

/* Lists are compared now and then: nothing changes, nothing is downloaded again. */
static bool was_compared(struct bench *b, void *context)
{
	return bench_calls(b, "FindItem") >= 6;
}

static void test_compare(void **state)
{
	struct bench b;

	bench_start(&b, "generate:1500", NULL);
	bench_wait(&b, "bodies", bench_is_settled, NULL);
	bench_account_stop(&b);
	b.config.safety_poll_seconds = b.config.compare_seconds = 1;
	bench_control(&b, "reset-stats", STR(""), NULL);
	bench_account_start(&b);
	bench_wait(&b, "a comparison", was_compared, NULL);
	numbered(&b, 1500);
	server_same(&b, "INBOX");
	assert_true(bench_is_settled(&b, NULL));
	assert_int_equal(bench_calls(&b, "GetItem"), 0);
	bench_finish(&b);
}

/* The mailbox moves to another server: every id changes at once. UIDs stay, and no body
 * is downloaded again. */
static bool was_listed_again(struct bench *b, void *context)
{
	return bench_calls(b, "FindItem") > 0 && bench_is_settled(b, NULL);
}

static void test_renewed_ids(void **state)
{
	struct bench b;
	struct store_box before, after;

	bench_start(&b, "generate:1200", NULL);
	bench_wait(&b, "bodies", bench_is_settled, NULL);
	before = bench_box(&b, "INBOX");
	bench_control(&b, "reset-stats", STR(""), NULL);
	bench_control(&b, "renew-ids alice@example.test", STR(""), NULL);
	account_poke(b.account);
	bench_wait(&b, "a new listing", was_listed_again, NULL);
	server_same(&b, "INBOX");
	numbered(&b, 1200);
	after = bench_box(&b, "INBOX");
	assert_int_equal(after.uidvalidity, before.uidvalidity);
	assert_true(bench_calls(&b, "GetItem") < 100); /* items, not requests */
	store_box_finish(&before);
	store_box_finish(&after);
	bench_finish(&b);
}

/* A retention sweep: a thousand messages leave at once, some to another folder. */
static void test_sweep(void **state)
{
	struct bench b;
	struct remote *remote;
	struct remote_conn *conn;
	struct server_list list;
	struct store_box inbox, junk;
	const char **ids;

	bench_start(&b, "generate:1500", NULL);
	bench_wait(&b, "bodies", bench_is_settled, NULL);
	inbox = bench_box(&b, "INBOX");
	junk = bench_box(&b, "Junk Email");
	server_list(&b, inbox.remote_id, &list);
	ids = mem_array(list.count, sizeof(*ids));
	for (size_t i = 0; i < list.count; i++)
		ids[i] = list.items[i].id;
	conn = server_open(&b, &remote);
	for (size_t i = 0; i < 1000; i += 250) {
		struct remote_ids done = { 0 };
		struct remote_fail fail = { 0 };
		bool ok = i < 500 ? conn->ops->items_delete(conn, ids + i, false, 250,
							    &done, &fail)
				  : conn->ops->items_move(conn, ids + i, 250,
							  junk.remote_id, &done, &fail);

		if (!ok)
			fail_msg("%s", fail.err.text);
		remote_ids_finish(&done);
	}
	server_same(&b, "INBOX");
	server_same(&b, "Junk Email");
	assert_int_equal(bench_messages(&b, "INBOX"), 500);
	assert_int_equal(bench_messages(&b, "Junk Email"), 500);
	remote_conn_free(conn);
	remote_free(remote);
	server_list_finish(&list);
	free(ids);
	store_box_finish(&inbox);
	store_box_finish(&junk);
	bench_finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_threads_known_later),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_renewed_ids),
		cmocka_unit_test(test_sweep),
	};

	bench_process_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
