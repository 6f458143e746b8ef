/* COPY and MOVE going up to ewsim, with answers lost on the way: exactly once in effect.
 */
#include "tests/unit/sync/up_test.h"

#include "tests/unit/sync/server.h"

static int64_t transfer(struct bench *b, bool move, const char *from, uint32_t uid,
			const char *to)
{
	struct store_uid_list old = { 0 }, made = { 0 };
	struct err err = { 0 };
	int64_t group;

	ASSERT_OK((move ? store_move : store_copy)(store_of(b), box_id(b, from), &uid, 1,
						   box_id(b, to), &old, &made, &group,
						   &err),
		  err);
	store_uid_list_finish(&old);
	store_uid_list_finish(&made);
	return group;
}

static void verdict_ok(struct bench *b, int64_t group)
{
	struct err err = { 0 };

	ASSERT_OK(
		account_verdict_wait(b->account, group, BENCH_WAIT_MS, NULL, NULL, &err),
		err);
}

static void test_copy_move(void **state)
{
	static const char *const faults[] = {
		NULL,
		"fault CopyItem 1 cut-before",
		"fault CopyItem 1 cut-after",
		"fault CopyItem 1 item-late ErrorTimeoutExpired",
		"fault MoveItem 1 item-late ErrorInternalServerError",
		"fault MoveItem 1 cut-before",
		"fault MoveItem 1 cut-after",
		"fault MoveItem 1 busy 100",
	};

	for (size_t row = 0; row < ARRAY_LEN(faults); row++) {
		struct bench b;
		uint32_t inbox, trash, uid;

		start(&b, faults[row]);
		inbox = bench_messages(&b, "INBOX");
		trash = bench_messages(&b, "Deleted Items");
		uid = first_uid(&b, "INBOX");
		verdict_ok(&b, transfer(&b, false, "INBOX", uid, "Deleted Items"));
		verdict_ok(&b, transfer(&b, true, "INBOX", uid, "Deleted Items"));
		same_counts(&b);
		assert_int_equal(bench_messages(&b, "INBOX"), inbox - 1);
		assert_int_equal(bench_messages(&b, "Deleted Items"), trash + 2);
		bench_finish(&b);
	}
}

static bool was_copied(struct bench *b, void *context)
{
	return bench_calls(b, "CopyItem") >= 1;
}

/* Somebody moves all that a folder of the server holds. */
static void server_moves(struct bench *b, const char *from_id, const char *to_id)
{
	CLEANUP(remote_ids_finish) struct remote_ids moved = { 0 };
	struct remote *remote;
	struct remote_conn *conn = server_open(b, &remote);
	struct remote_fail fail = { 0 };
	struct server_list list;

	server_list(b, from_id, &list);
	for (size_t i = 0; i < list.count; i++)
		if (!conn->ops->items_move(conn, (const char *const *)&list.items[i].id,
					   1, to_id, &moved, &fail))
			fail_msg("%s", fail.err.text);
	server_list_finish(&list);
	remote_conn_free(conn);
	remote_free(remote);
}

/* The answer to a COPY is lost, and before it is looked for somebody moves the copy on;
 * the client may have asked for the same, or for another place. */
static void test_copy_moved_on(void **state)
{
	static const struct {
		const char *fault, *client_to;
		uint32_t there; /* in the end, where somebody moved it */
	} rows[] = {
		{ "fault CopyItem 1 cut-after", NULL, 1 },
		{ "fault CopyItem 1 cut-after", "There", 1 },
		{ "fault CopyItem 1 cut-after", "Other", 0 },
		{ "fault CopyItem 1 cut-before", NULL, 0 },
	};

	for (size_t row = 0; row < ARRAY_LEN(rows); row++) {
		static const char *const made[] = { "New", "There", "Other" };
		struct store_box new, there;
		struct err err = { 0 };
		struct bench b;
		uint32_t inbox;
		int64_t group;

		start(&b, NULL);
		for (size_t i = 0; i < ARRAY_LEN(made); i++)
			ASSERT_OK(store_box_create(store_of(&b), str_from(made[i]),
						   BOX_USE_NONE, &group, &err),
				  err);
		bench_wait(&b, "folders", bench_is_settled, NULL);
		new = bench_box(&b, "New");
		there = bench_box(&b, "There");
		inbox = bench_messages(&b, "INBOX");
		bench_control(&b, rows[row].fault, STR(""), NULL);
		transfer(&b, false, "INBOX", first_uid(&b, "INBOX"), "New");
		bench_wait(&b, "the call", was_copied, NULL);
		if (rows[row].client_to)
			transfer(&b, true, "New", first_uid(&b, "New"),
				 rows[row].client_to);
		bench_account_stop(&b);
		server_moves(&b, new.remote_id, there.remote_id);
		bench_account_start(&b);
		bench_wait(&b, "an empty journal", bench_is_settled, NULL);
		server_same(&b, "There");
		server_same(&b, "New");
		server_same(&b, "Other");
		assert_int_equal(bench_messages(&b, "There"), rows[row].there);
		assert_int_equal(bench_messages(&b, "There") + bench_messages(&b, "New") +
					 bench_messages(&b, "Other"),
				 1);
		assert_int_equal(bench_messages(&b, "INBOX"), inbox);
		store_box_finish(&new);
		store_box_finish(&there);
		bench_finish(&b);
	}
}

/* While a COPY that never arrived waits for its next try, another copy of the message
 * moves into the same folder: that is not what was asked for. */
static void test_copy_beside_move(void **state)
{
	struct err err = { 0 };
	struct bench b;
	uint32_t uid;
	int64_t group;

	start(&b, NULL);
	ASSERT_OK(store_box_create(store_of(&b), STR("New"), BOX_USE_NONE, &group, &err),
		  err);
	verdict_ok(&b, group);
	uid = first_uid(&b, "INBOX");
	verdict_ok(&b, transfer(&b, false, "INBOX", uid, "Drafts"));
	bench_control(&b, "fault CopyItem 1 cut-before", STR(""), NULL);
	group = transfer(&b, false, "INBOX", uid, "New");
	verdict_ok(&b, transfer(&b, true, "Drafts", first_uid(&b, "Drafts"), "New"));
	verdict_ok(&b, group);
	bench_wait(&b, "an empty journal", bench_is_settled, NULL);
	server_same(&b, "New");
	assert_int_equal(bench_messages(&b, "New"), 2);
	bench_finish(&b);
}

static bool was_moved(struct bench *b, void *context)
{
	return bench_calls(b, "MoveItem") > *(uint64_t *)context;
}

/* What is to be moved was moved elsewhere by somebody, and the target holds another copy
 * of it, that came there before: the two are not one. */
static void test_move_beside_copy(void **state)
{
	static const char *const made[] = { "New", "There", "Other" };
	struct store_box other, there;
	struct err err = { 0 };
	struct bench b;
	uint64_t moves;
	uint32_t uid;
	int64_t group;

	start(&b, NULL);
	for (size_t i = 0; i < ARRAY_LEN(made); i++) {
		ASSERT_OK(store_box_create(store_of(&b), str_from(made[i]), BOX_USE_NONE,
					   &group, &err),
			  err);
		verdict_ok(&b, group);
	}
	other = bench_box(&b, "Other");
	there = bench_box(&b, "There");
	uid = first_uid(&b, "INBOX");
	verdict_ok(&b, transfer(&b, false, "INBOX", uid, "Other"));
	verdict_ok(&b, transfer(&b, true, "INBOX", uid, "New"));
	uid = first_uid(&b, "Other");
	ASSERT_OK(store_flags_change(store_of(&b), box_id(&b, "Other"), &uid, 1,
				     &(struct store_flags){ STORE_FLAGS_ADD, MSG_ANSWERED,
							    STR(""), UINT64_MAX },
				     NULL, &err),
		  err);
	bench_wait(&b, "an empty journal", bench_is_settled, NULL);
	moves = bench_calls(&b, "MoveItem");
	bench_control(&b, "fault MoveItem 1 cut-before", STR(""), NULL);
	transfer(&b, true, "Other", uid, "New");
	bench_wait(&b, "the call", was_moved, &moves);
	bench_account_stop(&b);
	server_moves(&b, other.remote_id, there.remote_id);
	bench_account_start(&b);
	bench_wait(&b, "an empty journal", bench_is_settled, NULL);
	for (size_t i = 0; i < ARRAY_LEN(made); i++)
		server_same(&b, made[i]);
	assert_int_equal(bench_messages(&b, "New"), 1);
	assert_int_equal(bench_messages(&b, "There"), 1);
	store_box_finish(&other);
	store_box_finish(&there);
	bench_finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy_move),
		cmocka_unit_test(test_copy_moved_on),
		cmocka_unit_test(test_copy_beside_move),
		cmocka_unit_test(test_move_beside_copy),
	};

	bench_process_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
