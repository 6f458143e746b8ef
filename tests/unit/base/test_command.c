/* base: commands that print, fail, hang. */
#include "tests/unit/test.h"

#include "base/clock.h"
#include "base/command.h"

enum { LONG_MS = 60000 };

static void prints(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(100);
	struct err err = { 0 };

	(void)state;
	ASSERT_OK(command_output("echo one; sleep 0.1; echo two", LONG_MS, &out, &err),
		  err);
	assert_string_equal(strbuf_cstr(&out), "one\ntwo\n");
}

static void refused(const char *command, int64_t limit_ms, enum err_code code)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(100);
	struct err err = { 0 };

	assert_false(command_output(command, limit_ms, &out, &err));
	assert_int_equal(err.code, code);
}

static void fails(void **state)
{
	(void)state;
	refused("echo one; exit 3", LONG_MS, ERR_BROKEN);
	refused("/nowhere/at-all", LONG_MS, ERR_BROKEN);
	refused("kill -9 $$", LONG_MS, ERR_BROKEN);
	refused("for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo 1234567890; done", LONG_MS,
		ERR_LIMIT);
}

/* With its output open, and closed. */
static void hangs(void **state)
{
	int64_t begun_ms = clock_mono_ms();

	(void)state;
	refused("echo one; exec sleep 1000", 300, ERR_BROKEN);
	refused("exec >/dev/null; exec sleep 1000", 300, ERR_BROKEN);
	assert_true(clock_mono_ms() - begun_ms < LONG_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints),
		cmocka_unit_test(fails),
		cmocka_unit_test(hangs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
