/* Base subjects (RFC 5256 section 2.1). */
#include "tests/unit/test.h"

#include "base/macros.h"
#include "bridge/mime/subject.h"

static void base_subjects(void **state)
{
	static const struct {
		const char *subject, *base;
		bool marked;
	} rows[] = {
		{ "", "", false },
		{ "plan", "plan", false },
		{ "  a \t b\r\n c ", "a b c", false },
		{ "Re: plan", "plan", true },
		{ "RE:plan", "plan", true },
		{ "Re [2]: plan", "plan", true },
		{ "Fwd: Re: fw : plan", "plan", true },
		{ "[list] Re: plan", "plan", true },
		{ "Re: [list] plan", "plan", true },
		{ "[list] [other] plan", "plan", false },
		{ "[list]", "[list]", false },
		{ "Re: [list]", "[list]", true },
		{ "[a][b]", "[b]", false },
		{ "plan (fwd)", "plan", true },
		{ "plan (FWD) (fwd) ", "plan", true },
		{ "[fwd: plan]", "plan", true },
		{ "[Fwd: [list] Re: plan (fwd)]", "plan", true },
		{ "Fwd: [fwd: [fwd: plan]]", "plan", true },
		{ "Reply: plan", "Reply: plan", false },
		{ "re", "re", false },
		{ "Re:", "", true },
		{ "[fwd:]", "", true },
		{ "[open plan", "[open plan", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf out = STRBUF(1000);
		bool marked = mime_base_subject(str_from(rows[i].subject), &out);

		ASSERT_STR(i, strbuf_str(&out), str_from(rows[i].base));
		if (marked != rows[i].marked)
			fail_msg("row %zu: marked %d", i, marked);
		strbuf_finish(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(base_subjects) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
