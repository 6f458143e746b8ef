/* ews: contents are asked for compressed or not, whichever is quicker. */
#include "tests/unit/test.h"

#include "ews/coding.h"

enum { OCTETS = 1 << 20 };

/* Calls that take so long; how many of them were plain. */
static unsigned play(struct ews_coding *coding, unsigned calls, int64_t compressed_ms,
		     int64_t plain_ms)
{
	unsigned plain_calls = 0;

	for (unsigned i = 0; i < calls; i++) {
		bool plain = ews_coding_plain(coding);

		plain_calls += plain;
		ews_coding_learn(coding, plain, OCTETS, plain ? plain_ms : compressed_ms);
	}
	return plain_calls;
}

static void both_are_tried(void **state)
{
	struct ews_coding coding = { 0 };

	(void)state;
	assert_false(ews_coding_plain(&coding));
	assert_false(ews_coding_plain(&coding)); /* nothing is known yet */
	ews_coding_learn(&coding, false, OCTETS, 100);
	assert_true(ews_coding_plain(&coding));
}

static void the_quicker_one_is_taken(void **state)
{
	struct ews_coding fast = { 0 }, slow = { 0 }, same = { 0 };

	(void)state;
	assert_in_range(play(&fast, 1000, 1000, 300), 980, 999);
	assert_in_range(play(&slow, 1000, 300, 1000), 1, 20);
	assert_in_range(play(&same, 1000, 1000, 900), 1, 20); /* not worth it */
}

/* The laptop is taken from the office to a train, and back. */
static void the_line_changes(void **state)
{
	struct ews_coding coding = { 0 };

	(void)state;
	play(&coding, 500, 1000, 300);
	play(&coding, 500, 2000, 8000);
	assert_in_range(play(&coding, 100, 2000, 8000), 0, 10);
	play(&coding, 500, 1000, 300);
	assert_in_range(play(&coding, 100, 1000, 300), 90, 100);
}

static void few_octets_say_nothing(void **state)
{
	struct ews_coding coding = { 0 };

	(void)state;
	ews_coding_learn(&coding, false, 1000, 5000);
	assert_false(ews_coding_plain(&coding));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_are_tried),
		cmocka_unit_test(the_quicker_one_is_taken),
		cmocka_unit_test(the_line_changes),
		cmocka_unit_test(few_octets_say_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
