/* Batches against a server made of a function: what it refuses, leaves out, loses. */
#include "tests/unit/test.h"

#include "base/num.h"
#include "ews/account_state.h"
#include "ews/call.h"
#include "tests/unit/ews/every_op.h"

#define ITEMS 300

static struct {
	size_t limit; /* ids that a request may have, 0: any */
	const char *too_many; /* answer to more; it says why */
	int too_many_status;
	size_t stop_after; /* the rest of a batch is left unprocessed; 0: never */
	size_t poison; /* this item times out by itself; SIZE_MAX: none */
	size_t deny; /* this one is refused; SIZE_MAX: none */
	size_t break_at; /* the nth request gets no answer; 0: none */
	bool others_grow; /* another thread finds the server willing all the time */
	size_t requests, biggest;
	unsigned seen[ITEMS]; /* how often each was processed */
} sim;

static struct ews_account *account;
static struct ews_conn *conn;
static struct err err;
static struct ews_ref refs_of[ITEMS];
static char names[ITEMS][32];
static struct strbuf out = STRBUF(1 << 20);

#define HEAD "<Envelope><Body><R><ResponseMessages>"
#define FOOT "</ResponseMessages></R></Body></Envelope>"
#define FAULT(code)                                                                      \
	"<Envelope><Body><Fault><faultcode>a:" code "</faultcode><faultstring>why"       \
	"</faultstring></Fault></Body></Envelope>"

/* The numbers in <ItemId Id="iN"/>. */
static size_t ids_in(struct str request, size_t *ids)
{
	size_t count = 0;
	ptrdiff_t at;

	while ((at = str_find(request, STR("Id=\"i"))) >= 0 && count < ITEMS) {
		struct str number;
		uint32_t n = 0;

		request = str_sub(request, (size_t)at + 5, request.len);
		assert_true(str_split(&request, '"', &number) && num_u32(number, &n));
		ids[count++] = n;
	}
	return count;
}

static void answer_item(size_t id)
{
	if (id == sim.deny) {
		strbuf_add(&out, STR("<M ResponseClass='Error'><ResponseCode>ErrorAccess"
				     "Denied</ResponseCode></M>"));
		return;
	}
	sim.seen[id]++;
	strbuf_addf(&out,
		    "<M ResponseClass='Success'><ResponseCode>NoError</ResponseCode>"
		    "<Items><Message><ItemId Id='n%zu'/><MimeContent>aGk=</MimeContent>"
		    "</Message></Items></M>",
		    id);
}

static int answer(void *context, struct str request, struct str *answer_r)
{
	size_t ids[ITEMS], count = ids_in(request, ids);

	sim.requests++;
	*answer_r = STR_NONE;
	if (sim.requests == sim.break_at)
		return 502;
	if (sim.others_grow)
		account->batch_sizes[EWS_BATCH_READ].now = 100;
	sim.biggest = MAX_OF(sim.biggest, count);
	strbuf_reset(&out);
	for (size_t i = 0; i < count; i++) {
		if ((sim.limit && count > sim.limit) || ids[i] == sim.poison) {
			*answer_r = str_from(sim.too_many);
			return sim.too_many_status;
		}
	}
	strbuf_add(&out, STR(HEAD));
	for (size_t i = 0; i < count; i++) {
		if (sim.stop_after && i >= sim.stop_after)
			strbuf_add(&out, STR("<M ResponseClass='Warning'><ResponseCode>"
					     "ErrorBatchProcessingStopped</ResponseCode>"
					     "</M>"));
		else
			answer_item(ids[i]);
	}
	strbuf_add(&out, STR(FOOT));
	*answer_r = strbuf_str(&out);
	return 200;
}

static int set_up(void **state)
{
	memset(&sim, 0, sizeof(sim));
	sim.poison = sim.deny = SIZE_MAX;
	sim.too_many = FAULT("ErrorTimeoutExpired");
	sim.too_many_status = 500;
	for (size_t i = 0; i < ITEMS; i++) {
		snprintf(names[i], sizeof(names[i]), "i%zu", i);
		refs_of[i] = (struct ews_ref){ names[i], NULL };
	}
	account = quiet_account();
	conn = ews_conn_new(account, &err);
	ews_conn_replay(conn, (struct ews_replay){ answer, NULL });
	return 0;
}

static int tear_down(void **state)
{
	ews_conn_free(conn);
	ews_account_free(account);
	strbuf_finish(&out);
	return 0;
}

static size_t count_ok(const struct ews_id_results *results)
{
	size_t ok = 0;

	for (size_t i = 0; i < results->count; i++) {
		char want[32];

		if (!ews_status_ok(&results->list[i].status))
			continue;
		snprintf(want, sizeof(want), "n%zu", i);
		assert_string_equal(results->list[i].id.id, want);
		ok++;
	}
	return ok;
}

static void assert_each_once(void)
{
	for (size_t i = 0; i < ITEMS; i++) {
		if (sim.seen[i] != (i != sim.deny && i != sim.poison))
			fail_msg("item %zu was processed %u times", i, sim.seen[i]);
	}
}

static void test_whole(void **state)
{
	CLEANUP(ews_id_results_finish) struct ews_id_results results = { 0 };

	sim.deny = 17;
	ASSERT_OK(ews_item_move(conn, refs_of, ITEMS, &plain, &results, &err), err);
	assert_int_equal(count_ok(&results), ITEMS - 1);
	assert_int_equal(results.list[17].status.err.code, ERR_DENIED);
	assert_int_equal(sim.biggest, 200);
	assert_each_once();
}

/* Halves until the server is content, and remembers. */
static void test_too_many(void **state)
{
	static const struct {
		const char *text;
		int status;
	} ways[] = { { FAULT("ErrorTimeoutExpired"), 500 },
		     { FAULT("ErrorDataSizeLimitExceeded"), 500 },
		     { "", 413 } };

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		CLEANUP(ews_items_finish) struct ews_items items = { 0 };

		tear_down(NULL);
		set_up(NULL);
		sim.limit = 7;
		sim.too_many = ways[i].text;
		sim.too_many_status = ways[i].status;
		ASSERT_OK(ews_item_get(conn, refs_of, ITEMS, NULL, &items, &err), err);
		for (size_t k = 0; k < ITEMS; k++)
			assert_true(ews_status_ok(&items.list[k].status));
		assert_each_once();
		assert_true(ews_batch_bite(account, EWS_BATCH_READ) <= 8);
		assert_true(sim.requests < 120);
	}
}

/* What was slow has half as many next time, what is fast grows again up to its bound. */
static void test_slow(void **state)
{
	ews_batch_learn(account, EWS_BATCH_READ, 100, 25000);
	assert_int_equal(ews_batch_bite(account, EWS_BATCH_READ), 50);
	ews_batch_learn(account, EWS_BATCH_READ, 100, 25000); /* another thread's, late */
	assert_int_equal(ews_batch_bite(account, EWS_BATCH_READ), 50);
	ews_batch_learn(account, EWS_BATCH_READ, 50, 10000); /* well */
	assert_int_equal(ews_batch_bite(account, EWS_BATCH_READ), 50);
	ews_batch_learn(account, EWS_BATCH_READ, 3, 10); /* fast, but it was small */
	assert_int_equal(ews_batch_bite(account, EWS_BATCH_READ), 50);
	for (size_t i = 0; i < 9; i++)
		ews_batch_learn(account, EWS_BATCH_READ, 100, 10);
	assert_int_equal(ews_batch_bite(account, EWS_BATCH_READ), 100);
	ews_batch_learn(account, EWS_BATCH_READ, 1, -1);
	assert_int_equal(ews_batch_bite(account, EWS_BATCH_READ), 1);
	assert_int_equal(ews_batch_bite(account, EWS_BATCH_CONTENT), 50); /* its own */
}

/* Too large is certain: a move may go on with less. A timeout is not. */
static void test_too_many_to_move(void **state)
{
	CLEANUP(ews_id_results_finish) struct ews_id_results results = { 0 };

	sim.limit = 50;
	sim.too_many = "";
	sim.too_many_status = 413;
	ASSERT_OK(ews_item_move(conn, refs_of, ITEMS, &plain, &results, &err), err);
	assert_int_equal(count_ok(&results), ITEMS);
	assert_each_once();

	tear_down(NULL);
	set_up(NULL);
	sim.limit = 50;
	assert_false(ews_item_move(conn, refs_of, ITEMS, &plain, &results, &err));
	assert_true(ews_conn_last(conn)->outcome_unknown);
	assert_int_equal(sim.requests, 1);
	assert_int_equal(ews_batch_bite(account, EWS_BATCH_WRITE), 100);
}

/* One item that no size helps does not spoil the others. */
static void test_poison(void **state)
{
	CLEANUP(ews_items_finish) struct ews_items items = { 0 };

	sim.poison = 123;
	ASSERT_OK(ews_item_get(conn, refs_of, ITEMS, NULL, &items, &err), err);
	assert_int_equal(items.list[123].status.code, EWS_CODE_TIMEOUT);
	for (size_t i = 0; i < ITEMS; i++)
		assert_int_equal(ews_status_ok(&items.list[i].status), i != 123);
	assert_each_once();
	memset(sim.seen, 0, sizeof(sim.seen));
	sim.others_grow = true;
	ASSERT_OK(ews_item_get(conn, refs_of, ITEMS, NULL, &items, &err), err);
	assert_int_equal(items.list[123].status.code, EWS_CODE_TIMEOUT);
	assert_each_once();
	assert_false(ews_item_get(conn, &refs_of[123], 1, NULL, &items, &err));
	assert_true(ews_conn_last(conn)->too_heavy);
}

static void test_stopped(void **state)
{
	CLEANUP(ews_id_results_finish) struct ews_id_results results = { 0 };

	sim.stop_after = 30;
	sim.deny = 31;
	ASSERT_OK(ews_item_copy(conn, refs_of, ITEMS, &plain, &results, &err), err);
	assert_int_equal(count_ok(&results), ITEMS - 1);
	assert_int_equal(results.list[31].status.err.code, ERR_DENIED);
	assert_each_once();
}

/* A later request breaks: what was moved is known, and what may have been. */
static void test_break(void **state)
{
	CLEANUP(ews_id_results_finish) struct ews_id_results results = { 0 };
	CLEANUP(ews_items_finish) struct ews_items items = { 0 };

	sim.break_at = 2;
	ASSERT_OK(ews_item_move(conn, refs_of, ITEMS, &plain, &results, &err), err);
	assert_int_equal(count_ok(&results), 200);
	assert_int_equal(results.list[200].status.code, EWS_CODE_NO_ANSWER);
	assert_int_equal(results.list[ITEMS - 1].status.code, EWS_CODE_NO_ANSWER);
	assert_int_equal(results.list[200].status.err.code, ERR_OFFLINE);

	sim.requests = 0;
	assert_false(ews_item_get(conn, refs_of, ITEMS, NULL, &items, &err));
	assert_int_equal(err.code, ERR_OFFLINE);
}

/* --- Sinks ------------------------------------------------------------------------- */

static bool refuse(void *context, struct str bytes, struct err *error)
{
	return err_set(error, ERR_BROKEN, "disk full");
}

static void test_sinks(void **state)
{
	CLEANUP(ews_fetched_finish) struct ews_fetched fetched = { 0 };
	struct strbuf first = STRBUF(100), third = STRBUF(1);
	const struct ews_sink sinks[] = { ews_sink_buffer(&first),
					  { refuse, NULL, NULL },
					  ews_sink_buffer(&third) };

	ASSERT_OK(ews_item_fetch_mime(conn, refs_of, 3, sinks, &fetched, &err), err);
	assert_true(ews_status_ok(&fetched.list[0].status));
	ASSERT_STR(0, strbuf_str(&first), STR("hi"));
	assert_int_equal(fetched.list[0].size_bytes, 2);
	assert_string_equal(fetched.list[0].id.id, "n0");
	assert_int_equal(fetched.list[1].status.err.code, ERR_BROKEN);
	assert_string_equal(fetched.list[1].status.err.text, "disk full");
	assert_int_equal(fetched.list[2].status.code, EWS_CODE_TOO_LARGE);
	strbuf_finish(&first);
	strbuf_finish(&third);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_slow, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_many_to_move, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_poison, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stopped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_break, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sinks, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
