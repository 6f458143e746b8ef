/* What comes down from ewsim: folders, index, bodies, news; stopping and going on. */
#include "tests/unit/sync/bench.h"

#include "base/clock.h"
#include "base/macros.h"

struct count {
	const char *path;
	uint32_t want;
};

static bool has_count(struct bench *b, void *context)
{
	const struct count *c = context;

	return bench_messages(b, c->path) == c->want;
}

static void test_all_arrives(void **state)
{
	struct bench b;

	bench_start(&b, "generate:300", NULL);
	bench_wait(&b, "index", bench_is_initial, NULL);
	bench_wait(&b, "bodies", bench_is_settled, NULL);
	assert_true(bench_messages(&b, "INBOX") > 0);
	bench_finish(&b);
}

/* A proxy refuses each third request: of a page some always fails. */
static void test_flaky(void **state)
{
	static const char *const faults[] = { "fault GetItem /3 http 502", NULL };
	struct bench b;

	bench_start_with(&b, "generate:400", NULL, faults);
	bench_wait(&b, "index", bench_is_initial, NULL);
	bench_wait(&b, "bodies", bench_is_settled, NULL);
	bench_finish(&b);
}

/* People's mail and calendars, with all that generated messages lack. */
static void test_demo(void **state)
{
	struct account_status status = { 0 };
	struct err err = { 0 };
	struct bench b;

	bench_start(&b, "demo", NULL);
	bench_wait(&b, "index", bench_is_initial, NULL);
	bench_wait(&b, "bodies", bench_is_settled, NULL);
	ASSERT_OK(account_status(b.account, &status, &err), err);
	assert_true(status.counts.messages > 0);
	assert_true(status.counts.events > 0);
	bench_finish(&b);
}

/* Old servers do not tell a folder's own name: the Inbox is known by one question, and a
 * server that cannot answer it just now is asked again. */
static void test_inbox_while_busy(void **state)
{
	static const char *const settings[] = { "max-version=Exchange2010_SP2", NULL };
	static const char *const faults[] = {
		"fault GetFolder 4 item ErrorADUnavailable 2", NULL
	};
	struct bench b;

	bench_start_with(&b, "generate:20", settings, faults);
	bench_wait(&b, "bodies", bench_is_settled, NULL);
	assert_int_not_equal(bench_messages(&b, "INBOX"), 0);
	bench_finish(&b);
}

static void test_news(void **state)
{
	struct count c = { "INBOX", 0 };
	struct bench b;

	bench_start(&b, "generate:20", NULL);
	bench_wait(&b, "index", bench_is_initial, NULL);
	c.want = bench_messages(&b, "INBOX") + 1;
	bench_deliver(&b, "inbox", "news-1");
	bench_wait(&b, "a new message", has_count, &c);
	/* Subscriptions lost, stream gone: told anew, nothing missed. */
	bench_control(&b, "expire-subscriptions", STR(""), NULL);
	c.want++;
	bench_deliver(&b, "inbox", "news-2");
	bench_wait(&b, "a message after the subscription was lost", has_count, &c);
	bench_finish(&b);
}

static bool is_pulling(struct bench *b, void *context)
{
	struct account_status status = { 0 };
	struct err err = { 0 };

	ASSERT_OK(account_status(b->account, &status, &err), err);
	return status.pulling && !status.streaming;
}

static void test_polling(void **state)
{
	static const char *const settings[] = { "streaming=off", NULL };
	struct count c = { "INBOX", 0 };
	struct bench b;

	bench_start(&b, "generate:20", settings);
	bench_wait(&b, "bodies", bench_is_settled, NULL);
	c.want = bench_messages(&b, "INBOX") + 1;
	bench_deliver(&b, "inbox", "polled");
	bench_wait(&b, "a new message without stream", has_count, &c);
	/* Then the server is asked what is new, in one request for all folders. */
	bench_wait(&b, "asking for news", is_pulling, NULL);
	c.want++;
	bench_deliver(&b, "inbox", "pulled");
	bench_wait(&b, "a new message by asking", has_count, &c);
	bench_control(&b, "expire-subscriptions", STR(""), NULL);
	c.want++;
	bench_deliver(&b, "inbox", "pulled-again");
	bench_wait(&b, "a message after the subscription was lost", has_count, &c);
	bench_wait(&b, "asking again", is_pulling, NULL);
	bench_finish(&b);
}

static bool is_streaming_anew(struct bench *b, void *context)
{
	struct account_status status = { 0 };
	struct err err = { 0 };
	const uint64_t *before = context;

	ASSERT_OK(account_status(b->account, &status, &err), err);
	return status.streaming && bench_calls(b, "GetStreamingEvents") > *before;
}

/* After sleep the stream is begun anew at once, though it looks open, and nothing that
 * was under way is lost. */
static void test_wake(void **state)
{
	struct count c = { "INBOX", 0 };
	uint64_t streams = 0;
	struct bench b;

	bench_start(&b, "generate:200", NULL);
	bench_wait(&b, "index", bench_is_initial, NULL);
	bench_wait(&b, "a stream", is_streaming_anew, &streams);
	streams = bench_calls(&b, "GetStreamingEvents");
	account_wake(b.account); /* while bodies come */
	bench_wait(&b, "a new stream", is_streaming_anew, &streams);
	c.want = bench_messages(&b, "INBOX") + 1;
	bench_deliver(&b, "inbox", "after sleep");
	bench_wait(&b, "a new message", has_count, &c);
	bench_wait(&b, "bodies", bench_is_settled, NULL);
	bench_finish(&b);
}

/* Stopped at once wherever it is, and started again: the same mailbox in the end. */
static void test_restart(void **state)
{
	struct bench b;
	uint32_t uidvalidity = 0;

	bench_start(&b, "generate:400", NULL);
	for (int i = 0; i < 5; i++) {
		struct store_box inbox;

		bench_account_stop(&b);
		bench_account_start(&b);
		inbox = bench_box(&b, "INBOX");
		if (uidvalidity && inbox.id)
			assert_int_equal(inbox.uidvalidity, uidvalidity);
		uidvalidity = inbox.uidvalidity;
		store_box_finish(&inbox);
	}
	bench_wait(&b, "bodies", bench_is_settled, NULL);
	bench_finish(&b);
}

/* Each operation fails in its turn, in every way; all arrives nevertheless. */
static void test_faults(void **state)
{
	static const char *const faults[] = {
		"fault SyncFolderHierarchy 1 cut-before",
		"fault SyncFolderHierarchy 1 fault ErrorInternalServerTransientError",
		"fault SyncFolderItems 1 busy 100",
		"fault SyncFolderItems 1+1 sync-state",
		"fault SyncFolderItems 2+1 cut-after",
		"fault GetItem 1 http 500",
		"fault GetItem 2+1 cut-before",
		"fault GetItem 2+2 item ErrorInternalServerTransientError 3",
		"fault GetItem 5+1 item ErrorMimeContentConversionFailed 4",
	};
	struct bench b;

	bench_start(&b, "generate:100", NULL);
	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		bench_control(&b, faults[i], STR(""), NULL);
	bench_wait(&b, "bodies in spite of faults", bench_is_settled, NULL);
	bench_finish(&b);
}

static bool is_failing(struct bench *b, void *context)
{
	struct account_status status = { 0 };
	struct err err = { 0 };

	ASSERT_OK(account_status(b->account, &status, &err), err);
	return status.counts.messages > 0 &&
	       status.counts.failing == status.counts.messages;
}

/* The server gives neither properties nor MIME of any message, and later all of them. */
static void test_all_refused(void **state)
{
	struct store_failings failings = { 0 };
	struct err err = { 0 };
	struct bench b;

	bench_start(&b, "empty", NULL);
	bench_wait(&b, "empty folders", bench_is_initial, NULL);
	bench_control(&b, "fault GetItem 1000000 item ErrorItemCorrupt 1", STR(""), NULL);
	bench_deliver(&b, "inbox", "one");
	bench_deliver(&b, "inbox", "two");
	bench_wait(&b, "all told as failing", is_failing, NULL);
	ASSERT_OK(store_failing(account_store(b.account), 10, &failings, &err), err);
	assert_true(failings.count > 0);
	assert_string_equal(failings.items[0].path, "INBOX");
	assert_true(failings.items[0].tries > 0);
	assert_non_null(strstr(failings.items[0].why, "ErrorItemCorrupt"));
	store_failings_finish(&failings);
	assert_true(bench_messages(&b, "INBOX") > 0);
	bench_control(&b, "clear", STR(""), NULL);
	bench_wait(&b, "all bodies by themselves", bench_is_settled, NULL);
	assert_int_equal(bench_messages(&b, "INBOX"), 2);
	bench_finish(&b);
}

static bool is_refused(struct bench *b, void *context)
{
	struct account_status status = { 0 };
	struct err err = { 0 };

	ASSERT_OK(account_status(b->account, &status, &err), err);
	return !status.connected && strcmp(status.reason, "connecting") != 0;
}

/* A login that is refused is tried by one thread alone, and not again and again. */
static void test_login(void **state)
{
	struct account_status status = { 0 };
	struct err err = { 0 };
	struct bench b;
	uint64_t before;

	bench_start(&b, "generate:20", NULL);
	bench_wait(&b, "bodies", bench_is_settled, NULL);
	bench_account_stop(&b);
	bench_control(&b, "fault any 100 http 401", STR(""), NULL);
	before = bench_calls(&b, "requests");
	bench_account_start(&b);
	bench_wait(&b, "a refusal", is_refused, NULL);
	clock_sleep_ms(300);
	assert_true(bench_calls(&b, "requests") <= before + 2);
	ASSERT_OK(account_status(b.account, &status, &err), err);
	assert_string_equal(status.state, "sign-in");
	/* The password works again, and somebody asks for a look. */
	bench_control(&b, "clear", STR(""), NULL);
	account_poke(b.account);
	bench_wait(&b, "all threads", bench_is_initial, NULL);
	bench_finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_arrives),
		cmocka_unit_test(test_flaky),
		cmocka_unit_test(test_demo),
		cmocka_unit_test(test_inbox_while_busy),
		cmocka_unit_test(test_news),
		cmocka_unit_test(test_wake),
		cmocka_unit_test(test_polling),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_all_refused),
		cmocka_unit_test(test_login),
	};

	bench_process_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
