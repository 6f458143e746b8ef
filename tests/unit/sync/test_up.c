/* Changes going up to ewsim, with answers lost on the way: exactly once in effect. */
#include "tests/unit/sync/up_test.h"

#include <string.h>

#include "base/clock.h"

#define MAIL                                                                             \
	"From: alice@example.test\r\nTo: bob@example.test\r\nSubject: up\r\n"            \
	"Message-ID: <up-%d@example.test>\r\n\r\nHello.\r\n"

static unsigned flags_of(struct bench *b, const char *path, uint32_t uid)
{
	struct store_msgs msgs = { 0 };
	struct err err = { 0 };
	unsigned flags;

	ASSERT_OK(store_msgs_read(store_of(b), box_id(b, path), &uid, 1, 0, &msgs, &err),
		  err);
	assert_int_equal(msgs.count, 1);
	flags = msgs.items[0].flags;
	store_msgs_finish(&msgs);
	return flags;
}

static void append(struct bench *b, const char *path, int number)
{
	char mime[400];
	struct store_append msg = { .flags = MSG_SEEN, .internal_unix_s = 1700000000 };
	struct err err = { 0 };
	int64_t group;
	uint32_t uid;

	snprintf(mime, sizeof(mime), MAIL, number);
	msg.mime = str_from(mime);
	ASSERT_OK(store_append(store_of(b), box_id(b, path), &msg, &uid, &group, &err),
		  err);
	ASSERT_OK(
		account_verdict_wait(b->account, group, BENCH_WAIT_MS, NULL, NULL, &err),
		err);
}

static void test_flags(void **state)
{
	static const char *const faults[] = {
		NULL,
		"fault UpdateItem 1 cut-before",
		"fault UpdateItem 1 cut-after",
		"fault UpdateItem 1 busy 100",
		"fault UpdateItem 1 item ErrorIrresolvableConflict",
	};

	for (size_t row = 0; row < ARRAY_LEN(faults); row++) {
		struct bench b, other;
		struct err err = { 0 };
		uint32_t uid;

		start(&b, faults[row]);
		uid = first_uid(&b, "INBOX");
		ASSERT_OK(
			store_flags_change(store_of(&b), box_id(&b, "INBOX"), &uid, 1,
					   &(struct store_flags){
						   STORE_FLAGS_REPLACE,
						   MSG_SEEN | MSG_FLAGGED | MSG_ANSWERED,
						   STR("Wichtig\n"), UINT64_MAX },
					   NULL, &err),
			err);
		bench_wait(&b, "flags", bench_is_settled, NULL);
		assert_int_equal(flags_of(&b, "INBOX", uid),
				 MSG_SEEN | MSG_FLAGGED | MSG_ANSWERED);
		look_anew(&b, &other);
		assert_int_equal(flags_of(&other, "INBOX", first_uid(&other, "INBOX")),
				 MSG_SEEN | MSG_FLAGGED | MSG_ANSWERED);
		account_stop(other.account);
		bench_finish(&b);
	}
}

/* A message whose flags cannot be written holds up nothing else. */
static void test_flags_stuck(void **state)
{
	struct store_append msg = { .mime = STR("Subject: x\r\n\r\nx\r\n") };
	enum journal_verdict verdict;
	struct err err = { 0 }, why = { 0 };
	struct bench b;
	uint32_t uid;
	int64_t group;

	start(&b, "fault UpdateItem 1000 item ErrorInternalServerError");
	uid = first_uid(&b, "INBOX");
	ASSERT_OK(store_flags_change(store_of(&b), box_id(&b, "INBOX"), &uid, 1,
				     &(struct store_flags){ STORE_FLAGS_REPLACE,
							    MSG_FLAGGED, STR(""),
							    UINT64_MAX },
				     NULL, &err),
		  err);
	ASSERT_OK(store_append(store_of(&b), box_id(&b, "Drafts"), &msg, &uid, &group,
			       &err),
		  err);
	ASSERT_OK(account_verdict_wait(b.account, group, BENCH_WAIT_MS / 4, NULL, NULL,
				       &err),
		  err);
	ASSERT_OK(journal_verdict(store_of(&b), group, &verdict, &why, &err), err);
	assert_int_equal(verdict, JOURNAL_DONE);
	bench_finish(&b);
}

static void test_append(void **state)
{
	static const char *const faults[] = {
		NULL,
		"fault CreateItem 1 cut-before",
		"fault CreateItem 1 cut-after",
		"fault CreateItem 2 cut-after",
		"fault CreateItem 1 busy 100",
	};

	for (size_t row = 0; row < ARRAY_LEN(faults); row++) {
		struct bench b;
		uint32_t before;

		start(&b, faults[row]);
		before = bench_messages(&b, "INBOX");
		append(&b, "INBOX", 1);
		append(&b, "INBOX", 2);
		assert_int_equal(bench_messages(&b, "INBOX"), before + 2);
		same_counts(&b);
		assert_int_equal(bench_messages(&b, "INBOX"), before + 2);
		bench_finish(&b);
	}
}

static void test_refused(void **state)
{
	struct store_append msg = { .mime = STR("Subject: x\r\n\r\nx\r\n") };
	struct err err = { 0 };
	struct bench b;
	uint32_t before, uid;
	int64_t group;

	start(&b, "fault CreateItem 1 code ErrorQuotaExceeded");
	before = bench_messages(&b, "INBOX");
	ASSERT_OK(
		store_append(store_of(&b), box_id(&b, "INBOX"), &msg, &uid, &group, &err),
		err);
	assert_false(
		account_verdict_wait(b.account, group, BENCH_WAIT_MS, NULL, NULL, &err));
	assert_int_equal(err.code, ERR_QUOTA);
	assert_int_equal(bench_messages(&b, "INBOX"), before);
	bench_finish(&b);
}

static bool was_created(struct bench *b, void *context)
{
	return bench_calls(b, "CreateItem") >= 1;
}
static bool is_recovered(struct bench *b, void *context)
{
	return bench_messages(b, "Recovered") == 1;
}

/* The server refuses before the front has come to wait: it is heard nevertheless, as long
 * as it has said that it comes. */
static void test_refused_at_once(void **state)
{
	static const bool comes[] = { true, false };

	for (size_t row = 0; row < ARRAY_LEN(comes); row++) {
		struct store_append msg = { .mime = STR("Subject: x\r\n\r\nx\r\n") };
		struct err err = { 0 };
		struct bench b;
		uint32_t uid;
		int64_t group;

		start(&b, "fault CreateItem 1 code ErrorQuotaExceeded");
		account_verdict_expect(b.account);
		ASSERT_OK(store_append(store_of(&b), box_id(&b, "INBOX"), &msg, &uid,
				       &group, &err),
			  err);
		bench_wait(&b, "the call", was_created, NULL);
		/* Time enough for a refusal that does not wait. */
		clock_sleep_ms(200);
		assert_int_equal(bench_messages(&b, "Recovered"), 0);
		if (comes[row]) {
			assert_false(account_verdict_wait(b.account, group, BENCH_WAIT_MS,
							  NULL, NULL, &err));
			assert_int_equal(err.code, ERR_QUOTA);
			assert_int_equal(bench_messages(&b, "Recovered"), 0);
		} else {
			account_verdict_forgo(b.account);
			bench_wait(&b, "the message", is_recovered, NULL);
		}
		bench_finish(&b);
	}
}

/* A filter on the way that dislikes one kind of request holds up that alone, and is no
 * outage: others are answered. */
static void test_disliked(void **state)
{
	struct store_append msg = { .mime = STR("Subject: x\r\n\r\nx\r\n") };
	struct store_flags flags = { STORE_FLAGS_REPLACE, MSG_FLAGGED, STR(""),
				     UINT64_MAX };
	struct account_status status = { 0 };
	struct err err = { 0 };
	struct bench b;
	int64_t group;
	uint32_t uid;

	start(&b, "fault CreateItem * http 403");
	account_verdict_expect(b.account);
	ASSERT_OK(
		store_append(store_of(&b), box_id(&b, "INBOX"), &msg, &uid, &group, &err),
		err);
	uid = first_uid(&b, "INBOX");
	ASSERT_OK(store_flags_change(store_of(&b), box_id(&b, "INBOX"), &uid, 1, &flags,
				     NULL, &err),
		  err);
	assert_false(
		account_verdict_wait(b.account, group, BENCH_WAIT_MS, NULL, NULL, &err));
	assert_int_equal(err.code, ERR_DENIED);
	bench_wait(&b, "flags", bench_is_settled, NULL);
	assert_int_equal(flags_of(&b, "INBOX", uid), MSG_FLAGGED);
	ASSERT_OK(account_status(b.account, &status, &err), err);
	assert_true(status.connected);
	bench_finish(&b);
}

static void expunge_first(struct bench *b, const char *path)
{
	uint32_t uid = first_uid(b, path);
	struct store_uid_list gone = { 0 };
	struct err err = { 0 };
	int64_t group;

	ASSERT_OK(store_flags_change(store_of(b), box_id(b, path), &uid, 1,
				     &(struct store_flags){ STORE_FLAGS_ADD, MSG_DELETED,
							    STR(""), UINT64_MAX },
				     NULL, &err),
		  err);
	ASSERT_OK(
		store_expunge(store_of(b), box_id(b, path), &uid, 1, &gone, &group, &err),
		err);
	assert_int_equal(gone.count, 1);
	store_uid_list_finish(&gone);
}

static bool came(struct bench *b, void *context)
{
	return bench_messages(b, "Deleted Items") == *(uint32_t *)context;
}

static void test_expunge(void **state)
{
	static const struct {
		const char *fault;
		enum account_expunge how;
		uint32_t trashed;
	} rows[] = {
		{ "fault DeleteItem 1 cut-after", EXPUNGE_SOFT, 0 },
		{ "fault DeleteItem 1 cut-after", EXPUNGE_HARD, 0 },
		{ "fault MoveItem 1 cut-after", EXPUNGE_TO_TRASH, 1 },
	};

	for (size_t row = 0; row < ARRAY_LEN(rows); row++) {
		uint32_t inbox, trash;
		struct bench b;

		start(&b, NULL);
		bench_account_stop(&b);
		b.config.expunge = rows[row].how;
		bench_account_start(&b);
		bench_wait(&b, "a start", bench_is_initial, NULL);
		bench_control(&b, rows[row].fault, STR(""), NULL);
		inbox = bench_messages(&b, "INBOX");
		trash = bench_messages(&b, "Deleted Items");
		expunge_first(&b, "INBOX");
		same_counts(&b);
		assert_int_equal(bench_messages(&b, "INBOX"), inbox - 1);
		trash += rows[row].trashed;
		bench_wait(&b, "the trash", came, &trash);
		if (trash > 0) { /* from there it goes */
			expunge_first(&b, "Deleted Items");
			same_counts(&b);
			assert_int_equal(bench_messages(&b, "Deleted Items"), trash - 1);
		}
		bench_finish(&b);
	}
}

static void test_boxes(void **state)
{
	static const char *const faults[] = {
		NULL,
		"fault CreateFolder 1 cut-after",
		"fault UpdateFolder 1 cut-after",
		"fault MoveFolder 1 cut-after",
		"fault DeleteFolder 1 cut-after",
	};

	for (size_t row = 0; row < ARRAY_LEN(faults); row++) {
		struct err err = { 0 };
		struct bench b;
		int64_t group;

		start(&b, faults[row]);
		ASSERT_OK(store_box_create(store_of(&b), STR("New/Below"), BOX_USE_NONE,
					   &group, &err),
			  err);
		append(&b, "New/Below", 1);
		ASSERT_OK(store_box_rename(store_of(&b), STR("New/Below"), STR("Top"),
					   &group, &err),
			  err);
		ASSERT_OK(account_verdict_wait(b.account, group, BENCH_WAIT_MS, NULL,
					       NULL, &err),
			  err);
		ASSERT_OK(store_box_delete(store_of(&b), STR("New"), &group, &err), err);
		ASSERT_OK(account_verdict_wait(b.account, group, BENCH_WAIT_MS, NULL,
					       NULL, &err),
			  err);
		same_counts(&b);
		assert_int_equal(bench_messages(&b, "Top"), 1);
		assert_int_equal(box_id(&b, "New"), 0);
		bench_finish(&b);
	}
}

static bool box_is_known(struct bench *b, void *context)
{
	struct store_box box = bench_box(b, context);
	bool known = box.remote_id != NULL;

	store_box_finish(&box);
	return known;
}

static bool was_called(struct bench *b, void *context)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(100000);

	bench_control(b, "stats", STR(""), &out);
	return strstr(strbuf_cstr(&out), context) != NULL;
}

/* The server made it, the answer was lost, and the client renames it before the next try:
 * the same folder, whether a list of folders has told of it meanwhile or not. */
static void test_box_renamed_between(void **state)
{
	for (int listed = 0; listed < 2; listed++) {
		struct bench b, other;
		struct err err = { 0 };
		int64_t group;

		start(&b, "fault CreateFolder 1 cut-after");
		bench_control(&b, "fault CreateFolder 1000 cut-before", STR(""), NULL);
		if (!listed)
			bench_control(&b, "fault SyncFolderHierarchy 1000 cut-before",
				      STR(""), NULL);
		bench_control(&b, "reset-stats", STR(""), NULL);
		ASSERT_OK(store_box_create(store_of(&b), STR("Before"), BOX_USE_NONE,
					   &group, &err),
			  err);
		bench_wait(&b, "a first try", was_called, "CreateFolder ");
		account_poke(b.account);
		if (listed)
			bench_wait(&b, "the folder in a list", box_is_known, "Before");
		ASSERT_OK(store_box_rename(store_of(&b), STR("Before"), STR("After"),
					   &group, &err),
			  err);
		bench_control(&b, "clear", STR(""), NULL);
		bench_wait(&b, "an empty journal", bench_is_settled, NULL);
		look_anew(&b, &other);
		assert_int_not_equal(box_id(&other, "After"), 0);
		assert_int_equal(box_id(&other, "Before"), 0);
		account_stop(other.account);
		assert_int_equal(box_id(&b, "Before"), 0);
		bench_finish(&b);
	}
}

static size_t sent_count(struct bench *b)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(100000);
	size_t n = 0;

	bench_control(b, "sent", STR(""), &out);
	for (size_t i = 0; i < out.len; i++)
		n += out.p[i] == '\n';
	return n;
}

static void send_one(struct bench *b, int64_t *group)
{
	char mime[400];
	struct err err = { 0 };

	snprintf(mime, sizeof(mime), MAIL, 7);
	ASSERT_OK(store_outbox_add(store_of(b), STR("alice@example.test"),
				   STR("bob@example.test\nhidden@example.test\n"),
				   str_from(mime), group, &err),
		  err);
}

static void test_send(void **state)
{
	static const char *const faults[] = {
		NULL,
		"fault CreateItem 1 cut-before",
		"fault CreateItem 1 cut-after",
		"fault SendItem 1 cut-before",
		"fault SendItem 1 cut-after",
		"fault SendItem 1 busy 100",
		"fault SendItem 1 code ErrorStaleObject",
	};

	for (size_t row = 0; row < ARRAY_LEN(faults); row++) {
		struct err err = { 0 };
		struct bench b;
		uint32_t drafts, sent;
		int64_t group;
		size_t out;

		start(&b, faults[row]);
		drafts = bench_messages(&b, "Drafts");
		sent = bench_messages(&b, "Sent Items");
		out = sent_count(&b);
		send_one(&b, &group);
		ASSERT_OK(account_verdict_wait(b.account, group, BENCH_WAIT_MS, NULL,
					       NULL, &err),
			  err);
		bench_wait(&b, "sending", bench_is_settled, NULL);
		assert_int_equal(sent_count(&b), out + 1);
		/* The client's own copy becomes Exchange's. */
		append(&b, "Sent Items", 7);
		same_counts(&b);
		assert_int_equal(bench_messages(&b, "Drafts"), drafts);
		assert_int_equal(bench_messages(&b, "Sent Items"), sent + 1);
		bench_finish(&b);
	}
}

static bool has_bounce(struct bench *b, void *context)
{
	return bench_messages(b, "INBOX") == *(uint32_t *)context + 1;
}

static void test_send_refused(void **state)
{
	struct err err = { 0 };
	struct bench b;
	uint32_t inbox;
	int64_t group;

	/* While somebody waits, the refusal is told to them alone. */
	start(&b, "fault SendItem 1 code ErrorSendAsDenied");
	inbox = bench_messages(&b, "INBOX");
	bench_control(&b, "set latency 200", STR(""), NULL);
	send_one(&b, &group);
	assert_false(
		account_verdict_wait(b.account, group, BENCH_WAIT_MS, NULL, NULL, &err));
	assert_int_equal(bench_messages(&b, "INBOX"), inbox);
	/* Nobody waits: a report comes into the Inbox. */
	bench_control(&b, "fault SendItem 1 code ErrorSendAsDenied", STR(""), NULL);
	send_one(&b, &group);
	bench_wait(&b, "a report", has_bounce, &inbox);
	bench_control(&b, "set latency 0", STR(""), NULL);
	same_counts(&b);
	bench_finish(&b);
}

static bool is_told(struct bench *b, void *context)
{
	struct store_notices notices;
	struct err err = { 0 };
	bool told;

	ASSERT_OK(store_notices_read(store_of(b), 10, &notices, &err), err);
	told = notices.count > 0;
	store_notices_finish(&notices);
	return told && bench_is_settled(b, NULL);
}

static void damage_payloads(struct bench *b)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -f '%.100s'/%s/bodies/*", b->dir,
		 b->config.name);
	assert_int_equal(system(command), 0);
}

/* Octets that the disk has lost do not hold up what comes behind them. */
static void test_unreadable(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf mime = STRBUF(1000000);
	struct err err = { 0 };
	struct bench b;
	int64_t group;

	start(&b, "fault any * cut-before");
	strbuf_addf(&mime, MAIL, 1);
	for (int i = 0; i < 10000; i++)
		strbuf_add(&mime, STR("more and more and more and more\r\n"));
	ASSERT_OK(store_outbox_add(store_of(&b), STR("alice@example.test"),
				   STR("bob@example.test\n"), strbuf_str(&mime), &group,
				   &err),
		  err);
	damage_payloads(&b);
	bench_account_stop(&b);
	bench_control(&b, "clear", STR(""), NULL);
	bench_account_start(&b);
	append(&b, "INBOX", 5); /* goes up meanwhile */
	bench_wait(&b, "the word of the user", is_told, NULL);
	bench_finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags_stuck),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_at_once),
		cmocka_unit_test(test_disliked),
		cmocka_unit_test(test_expunge),
		cmocka_unit_test(test_boxes),
		cmocka_unit_test(test_send),
		cmocka_unit_test(test_box_renamed_between),
		cmocka_unit_test(test_send_refused),
		cmocka_unit_test(test_unreadable),
	};

	bench_process_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
