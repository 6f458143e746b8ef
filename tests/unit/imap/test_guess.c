/* Delays against guessing: how long a try on a name has to wait. */
#include "tests/unit/test.h"

#include "imapfront/guess.h"

static void delays(void **state)
{
	static const struct {
		char what; /* 'r' reserve, 'f' failure, 'o' success */
		const char *login;
		int64_t now_ms, want_ms;
	} rows[] = {
		{ 'r', "a@x", 1000, 0 },    { 'f', "a@x", 1000, 0 },
		{ 'r', "a@x", 1000, 250 }, /* the same name waits */
		{ 'r', "b@x", 1000, 0 }, /* others do not */
		{ 'r', "A@X", 1000, 500 }, /* a parallel try queues up */
		{ 'f', "a@x", 1250, 0 },    { 'f', "a@x", 1500, 0 },
		{ 'r', "a@x", 1500, 1000 }, /* doubled twice */
		{ 'r', "a@x", 9000, 0 }, /* time passes */
		{ 'o', "a@x", 9000, 0 },    { 'r', "a@x", 9000, 0 },
		{ 'r', "a@x", 9000, 0 },
	};
	struct guess_table *table = guess_table_new();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str login = str_from(rows[i].login);
		int64_t wait_ms = 0;

		if (rows[i].what == 'r')
			wait_ms = guess_reserve(table, login, rows[i].now_ms);
		else
			guess_result(table, login, rows[i].what == 'o', rows[i].now_ms);
		if (wait_ms != rows[i].want_ms)
			fail_msg("row %zu: %lld ms", i, (long long)wait_ms);
	}
	guess_table_free(table);
}

static void many_names(void **state)
{
	struct guess_table *table = guess_table_new();

	for (int i = 0; i < 500; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%d", i);
		guess_result(table, str_from(name), false, 1000 + i);
	}
	assert_int_equal(guess_reserve(table, STR("n499"), 1500), 249);
	assert_int_equal(guess_reserve(table, STR("n1"), 1500), 0);
	guess_table_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delays),
		cmocka_unit_test(many_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
