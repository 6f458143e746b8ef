/* Names in a vdir. */
#include "tests/unit/test.h"

#include "base/macros.h"
#include "calendar/files_name.h"

static void test_dirs(void **state)
{
	static const char *const rows[][2] = {
		{ "Calendar", "Calendar" },
		{ "Team / Ops", "Team___Ops" },
		{ "../..", "_._.." },
		{ ".hidden", "_hidden" },
		{ "Urlaub \xC3\xBC", "Urlaub_\xC3\xBC" },
		{ "a\xFF\n", "a__" },
		{ "", "calendar" },
		{ NULL, "calendar" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(strbuf_finish) struct strbuf out = STRBUF(256);

		files_name_dir(rows[i][0], &out);
		ASSERT_STR(i, strbuf_str(&out), str_from(rows[i][1]));
	}
}

static void test_events(void **state)
{
	static const char *const rows[][2] = {
		{ "abc@example.test", "abc@example.test.ics" },
		{ "a/b", "" },
		{ ".x", "" },
		{ "", "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(strbuf_finish) struct strbuf out = STRBUF(256);

		files_name_event(rows[i][0], &out);
		assert_true(str_ends(strbuf_str(&out), STR(".ics")));
		if (i == 0)
			ASSERT_STR(i, strbuf_str(&out), str_from(rows[i][1]));
		else
			assert_int_equal(out.len, 44);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dirs),
		cmocka_unit_test(test_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
