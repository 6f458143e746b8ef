/* Modified UTF-7, both ways. */
#include "tests/unit/test.h"

#include "base/macros.h"
#include "bridge/mime/utf7.h"

static const struct {
	const char *utf8, *utf7;
} PAIRS[] = {
	{ "", "" },
	{ "INBOX", "INBOX" },
	{ "A & B", "A &- B" },
	{ "&&", "&-&-" },
	{ "Entw\xc3\xbcrfe", "Entw&APw-rfe" },
	{ "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
	  "~peter/mail/&U,BTFw-/&ZeVnLIqe-" },
	{ "\xf0\x9f\x93\xa7", "&2D3c5w-" },
	{ "\xc3\xa9&", "&AOk-&-" },
	{ "a\tb", "a&AAk-b" },
	{ "\x7f", "&AH8-" },
};

static void test_pairs(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(PAIRS); i++) {
		CLEANUP(strbuf_finish)
		struct strbuf out = STRBUF(1000), back = STRBUF(1000);
		struct err err = { 0 };

		mime_utf7_encode(str_from(PAIRS[i].utf8), &out);
		ASSERT_STR(i, strbuf_str(&out), str_from(PAIRS[i].utf7));
		ASSERT_OK(mime_utf7_decode(strbuf_str(&out), &back, &err), err);
		ASSERT_STR(i, strbuf_str(&back), str_from(PAIRS[i].utf8));
	}
}

static const char *const BAD[] = {
	"\xc3\xbc",   "a\x01", "&", "&AOk", "&AO k-", "&AE-", "&AEE-", /* 'A' encoded */
	"&AOl-", /* spare bits not zero */
	"&AOkA-", /* spare digit */
	"&AOk-&AOk-", /* two shifts for one */
	"&2D0-",      "&3Oc-", /* half surrogates */
	"&A/8-",
};

static void test_bad(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
		CLEANUP(strbuf_finish) struct strbuf out = STRBUF(1000);
		struct err err = { 0 };

		if (mime_utf7_decode(str_from(BAD[i]), &out, &err))
			fail_msg("row %zu: \"%s\" accepted", i, BAD[i]);
		assert_int_equal(err.code, ERR_SYNTAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
