/* Dates of messages and of IMAP. */
#include "tests/unit/test.h"

#include "base/macros.h"
#include "bridge/mime/date.h"

static const struct {
	const char *text;
	int64_t unix_s;
	int zone_min;
} DATES[] = {
	{ "Fri, 21 Nov 1997 09:55:06 -0600", 880127706, -360 },
	{ "21 Nov 97 09:55:06 GMT", 880106106, 0 },
	{ "Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", 880127706, -360 },
	{ "Fri Nov 21 09 :55: 06 1997", 880106106, 0 },
	{ "Fri, 21 Nov 1997 09:)", 0, 0 },
	{ "Fri, 21 Nov 1997 09:,:", 0, 0 },
	{ "Fri, 21 Nov 1997 "
	  ":::::::::::::::::::::::::::::::::::::::::::::::::::::::::::::::",
	  0, 0 },
	{ "Thu,\r\n 13\r\n Feb 1969 23:32 -0330 (Newfoundland)", -27723480, -210 },
	{ "Fri Nov 21 09:55:06 1997", 880106106, 0 },
	{ "Fri, 21-Nov-97 09:55:06 EST", 880124106, -300 },
	{ "1 Jan 05 00:00 +0000", 1104537600, 0 },
	{ "Wed, 31 Dec 1969 23:59:59 +0000", -1, 0 },
	{ "", 0, 0 },
	{ "Fri, 32 Nov 1997 09:55:06 -0600", 0, 0 },
	{ "Fri, 21 Foo 1997 09:55:06 -0600", 0, 0 },
	{ "garbage", 0, 0 },
};

static void test_dates(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(DATES); i++) {
		struct mime_date date = { 0 };
		bool ok = mime_date_parse(str_from(DATES[i].text), &date);

		if (ok != (DATES[i].unix_s != 0))
			fail_msg("row %zu: %s", i, ok ? "accepted" : "refused");
		if (date.unix_s != DATES[i].unix_s || date.zone_min != DATES[i].zone_min)
			fail_msg("row %zu: got %lld %d", i, (long long)date.unix_s,
				 date.zone_min);
	}
}

static void test_write(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(100);
	struct mime_date date = { 880127706, -360 };

	mime_date_write(date, &out);
	ASSERT_STR(0, strbuf_str(&out), STR("Fri, 21 Nov 1997 09:55:06 -0600"));
	strbuf_reset(&out);
	mime_internaldate_write((struct mime_date){ 1104537600, 90 }, &out);
	ASSERT_STR(1, strbuf_str(&out), STR(" 1-Jan-2005 01:30:00 +0130"));
	assert_true(mime_internaldate_parse(strbuf_str(&out), &date));
	assert_int_equal(date.unix_s, 1104537600);
	assert_int_equal(date.zone_min, 90);
	assert_false(mime_internaldate_parse(STR("32-Jan-2005 01:30:00 +0130"), &date));
	assert_false(mime_internaldate_parse(STR("1-Jan-2005 01:30:00 +0130"), &date));
}

static void test_day(void **state)
{
	int64_t day = 0;
	struct mime_date before = { -1, 0 };

	assert_true(mime_day_parse(STR("1-Jan-1970"), &day));
	assert_int_equal(day, 0);
	assert_true(mime_day_parse(STR("02-feb-2006"), &day));
	assert_int_equal(day, 13181);
	assert_false(mime_day_parse(STR("2-Feb-06"), &day));
	assert_false(mime_day_parse(STR("30-Fev-2006"), &day));
	assert_int_equal(mime_date_day(before), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
