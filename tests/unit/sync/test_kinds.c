/*
 * Every kind of fault that ewsim has, one after another on a bridge that runs: a message
 * that comes meanwhile arrives, with its body, once. test_down.c and test_up.c have those
 * that need more.
 */
#include <stdio.h>

#include "tests/unit/sync/bench.h"

struct seen {
	uint32_t messages;
};

static bool is_here(struct bench *b, void *context)
{
	const struct seen *seen = context;

	return bench_messages(b, "INBOX") == seen->messages && bench_is_settled(b, NULL);
}

static void start(struct bench *b, unsigned safety_poll_seconds)
{
	bench_start(b, "generate:10", NULL);
	bench_wait(b, "the mailbox", bench_is_settled, NULL);
	bench_account_stop(b);
	b->config.safety_poll_seconds = safety_poll_seconds;
	bench_account_start(b);
	bench_wait(b, "the mailbox again", bench_is_settled, NULL);
}

/* @count: of the fault's calls; they are over when the message is here. */
static void strike(struct bench *b, const char *const *faults, size_t count, bool stream)
{
	struct seen seen = { bench_messages(b, "INBOX") };

	for (size_t i = 0; i < count; i++) {
		char subject[40];

		bench_control(b, faults[i], STR(""), NULL);
		if (stream) /* a new one is opened, and has it */
			bench_control(b, "expire-subscriptions", STR(""), NULL);
		snprintf(subject, sizeof(subject), "kind-%zu", i);
		bench_deliver(b, "inbox", subject);
		seen.messages++;
		bench_wait(b, faults[i], is_here, &seen);
		bench_control(b, "clear", STR(""), NULL);
	}
}

static void test_calls(void **state)
{
	static const char *const faults[] = {
		"fault SyncFolderItems 1 busy 50",
		"fault SyncFolderItems 1 busy-message 50",
		"fault GetItem 1 busy-message 50",
		"fault GetItem 1 busy-inner 50",
		"fault SyncFolderItems 1 http 503 1",
		"fault SyncFolderItems 1 http 500",
		"fault GetItem 1 html",
		"fault GetItem 1 redirect https://mail.example.test/genericerrorpage.htm",
		"fault SyncFolderItems 1 fault ErrorMailboxStoreUnavailable",
		"fault SyncFolderItems 1 code ErrorInternalServerTransientError",
		"fault SyncFolderItems 1 sync-state",
		"fault GetItem 1 item ErrorItemCorrupt",
		"fault GetItem 1 stopped",
		"fault SyncFolderItems 1 delay 30",
		"fault SyncFolderItems 1 cut-before",
		"fault GetItem 1 cut-after",
		"fault SyncFolderItems 1 truncate",
		"fault GetItem 1 truncate 100",
		"fault GetItem 1 xml-cut",
		"fault SyncFolderItems 1 xml-cut 200",
		"fault GetItem 1 bad-utf8",
		"fault GetItem 1 bad-chars",
		"fault GetItem 2 drip 300 1",
	};
	struct bench b;

	start(&b, 900);
	strike(&b, faults, ARRAY_LEN(faults), false);
	bench_finish(&b);
}

/* The stream that tells of news: with the longest wait ending by the safety poll. */
static void test_stream(void **state)
{
	static const char *const faults[] = {
		"fault GetStreamingEvents 1 stream-close",
		"fault GetStreamingEvents 1 stream-cut",
		"fault GetStreamingEvents 1 expired",
		"fault GetStreamingEvents 1 http 503 1",
		"fault Subscribe 1 code ErrorInternalServerTransientError",
		"fault GetStreamingEvents 1 stall",
	};
	struct bench b;

	start(&b, 2);
	strike(&b, faults, ARRAY_LEN(faults), true);
	bench_finish(&b);
}

/* Gone before anybody can ask for it: the others arrive, and it is not waited for. */
static void test_vanish(void **state)
{
	struct seen seen;
	struct bench b;

	start(&b, 900);
	seen.messages = bench_messages(&b, "INBOX") + 2;
	bench_account_stop(&b);
	for (int i = 0; i < 4; i++)
		bench_deliver(&b, "inbox", i % 2 ? "gone" : "stays");
	bench_control(&b, "fault SyncFolderItems * vanish 2", STR(""), NULL);
	bench_account_start(&b);
	bench_wait(&b, "those that are there", is_here, &seen);
	bench_finish(&b);
}

/* Items that SyncFolderItems never tells of come with the next comparison of lists. */
static void test_never_told(void **state)
{
	struct seen seen;
	struct bench b;

	start(&b, 900);
	seen.messages = bench_messages(&b, "INBOX") + 3;
	bench_control(&b, "set sync-loses 1", STR(""), NULL);
	for (int i = 0; i < 3; i++)
		bench_deliver(&b, "inbox", "lost");
	bench_account_stop(&b);
	b.config.safety_poll_seconds = b.config.compare_seconds = 1;
	bench_account_start(&b);
	bench_wait(&b, "what was never told", is_here, &seen);
	bench_finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_vanish),
		cmocka_unit_test(test_never_told),
	};

	bench_process_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
