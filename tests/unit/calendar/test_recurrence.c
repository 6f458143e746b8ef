/* Exchange's patterns: their RRULE, and our days against libical's reading of it. */
#include "tests/unit/test.h"

#include <libical/ical.h>

#include "base/clock.h"
#include "base/macros.h"
#include "calendar/ics_write.h"
#include "calendar/recurrence.h"

static const struct {
	struct event_recurrence rule;
	const char *rrule;
} rows[] = {
	{ { .pattern = EVENT_PATTERN_DAILY, .interval = 1 }, "FREQ=DAILY" },
	{ { .pattern = EVENT_PATTERN_DAILY,
	    .interval = 3,
	    .range = EVENT_RANGE_COUNT,
	    .count = 9 },
	  "FREQ=DAILY;INTERVAL=3;COUNT=9" },
	{ { .pattern = EVENT_PATTERN_WEEKLY,
	    .interval = 1,
	    .weekdays = EVENT_WEEKDAYS_WORK,
	    .first_weekday = 1 },
	  "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;WKST=MO" },
	{ { .pattern = EVENT_PATTERN_WEEKLY,
	    .interval = 2,
	    .weekdays = 0x41,
	    .first_weekday = 0 },
	  "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU;WKST=SU" },
	{ { .pattern = EVENT_PATTERN_WEEKLY,
	    .interval = 2,
	    .weekdays = 0x41,
	    .first_weekday = 1 },
	  "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU;WKST=MO" },
	{ { .pattern = EVENT_PATTERN_WEEKLY,
	    .interval = 2,
	    .weekdays = 0x05,
	    .first_weekday = -1 },
	  "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU" },
	{ { .pattern = EVENT_PATTERN_MONTHLY_DAY, .interval = 1, .day_of_month = 15 },
	  "FREQ=MONTHLY;BYMONTHDAY=15" },
	{ { .pattern = EVENT_PATTERN_MONTHLY_DAY, .interval = 1, .day_of_month = 29 },
	  "FREQ=MONTHLY;BYMONTHDAY=28,29;BYSETPOS=-1" },
	{ { .pattern = EVENT_PATTERN_MONTHLY_DAY, .interval = 1, .day_of_month = 30 },
	  "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1" },
	{ { .pattern = EVENT_PATTERN_MONTHLY_DAY, .interval = 2, .day_of_month = 31 },
	  "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=-1" },
	{ { .pattern = EVENT_PATTERN_MONTHLY_DAY, .interval = 24, .day_of_month = 10 },
	  "FREQ=YEARLY;INTERVAL=2;BYMONTH=1;BYMONTHDAY=10" },
	{ { .pattern = EVENT_PATTERN_MONTHLY_NTH,
	    .interval = 1,
	    .weekdays = EVENT_WEEKDAY(2),
	    .nth = 2 },
	  "FREQ=MONTHLY;BYDAY=2TU" },
	{ { .pattern = EVENT_PATTERN_MONTHLY_NTH,
	    .interval = 1,
	    .weekdays = EVENT_WEEKDAY(5),
	    .nth = -1 },
	  "FREQ=MONTHLY;BYDAY=-1FR" },
	{ { .pattern = EVENT_PATTERN_MONTHLY_NTH,
	    .interval = 1,
	    .weekdays = EVENT_WEEKDAYS_WORK,
	    .nth = -1 },
	  "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1" },
	{ { .pattern = EVENT_PATTERN_MONTHLY_NTH,
	    .interval = 3,
	    .weekdays = EVENT_WEEKDAYS_ALL,
	    .nth = 3 },
	  "FREQ=MONTHLY;INTERVAL=3;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=3" },
	{ { .pattern = EVENT_PATTERN_MONTHLY_NTH,
	    .interval = 1,
	    .weekdays = EVENT_WEEKDAYS_WEEKEND,
	    .nth = 1 },
	  "FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1" },
	{ { .pattern = EVENT_PATTERN_YEARLY_DAY,
	    .interval = 1,
	    .month = 7,
	    .day_of_month = 2 },
	  "FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=2" },
	{ { .pattern = EVENT_PATTERN_YEARLY_DAY,
	    .interval = 1,
	    .month = 2,
	    .day_of_month = 29 },
	  "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1" },
	{ { .pattern = EVENT_PATTERN_YEARLY_DAY,
	    .interval = 1,
	    .month = 4,
	    .day_of_month = 30 },
	  "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=30" },
	{ { .pattern = EVENT_PATTERN_YEARLY_NTH,
	    .interval = 1,
	    .weekdays = EVENT_WEEKDAY(0),
	    .nth = -1,
	    .month = 3 },
	  "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU" },
	{ { .pattern = EVENT_PATTERN_YEARLY_NTH,
	    .interval = 1,
	    .weekdays = EVENT_WEEKDAYS_WORK,
	    .nth = 4,
	    .month = 11 },
	  "FREQ=YEARLY;BYMONTH=11;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=4" },
};

static int32_t day_from(int year, int month, int day)
{
	return (int32_t)(clock_unix_from_civil(year, month, day, 0, 0, 0) / 86400);
}

static void test_rrules(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct event_recurrence rule = rows[i].rule;
		CLEANUP(strbuf_finish) struct strbuf out = STRBUF(256);

		rule.start_day = day_from(2024, 1, 1);
		assert_true(recurrence_rrule(&rule, NULL, &out));
		ASSERT_STR(i, strbuf_str(&out), str_from(rows[i].rrule));
	}
}

static void test_refused(void **state)
{
	static const struct event_recurrence bad[] = {
		{ .pattern = EVENT_PATTERN_NONE, .interval = 1 },
		{ .pattern = EVENT_PATTERN_OTHER, .interval = 1 },
		{ .pattern = EVENT_PATTERN_DAILY, .interval = 0 },
		{ .pattern = EVENT_PATTERN_DAILY, .interval = 1 << 30 },
		{ .pattern = EVENT_PATTERN_WEEKLY, .interval = 1, .weekdays = 0x80 },
		{ .pattern = EVENT_PATTERN_MONTHLY_DAY,
		  .interval = 1,
		  .day_of_month = 32 },
		{ .pattern = EVENT_PATTERN_MONTHLY_NTH,
		  .interval = 1,
		  .weekdays = 0,
		  .nth = 1 },
		{ .pattern = EVENT_PATTERN_MONTHLY_NTH,
		  .interval = 1,
		  .weekdays = 1,
		  .nth = 5 },
		{ .pattern = EVENT_PATTERN_YEARLY_DAY,
		  .interval = 1,
		  .day_of_month = 1,
		  .month = 13 },
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CLEANUP(strbuf_finish) struct strbuf out = STRBUF(256);
		struct recurrence_days days;
		int32_t day;

		assert_false(recurrence_rrule(&bad[i], NULL, &out));
		assert_int_equal(out.len, 0);
		recurrence_days_begin(&days, &bad[i]);
		assert_false(recurrence_days_next(&days, &day));
	}
}

/* 20 years of each pattern; both begin on the first day of the pattern. */
static void compare(size_t row, const struct event_recurrence *asked)
{
	struct event_recurrence rule = *asked;
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(256);
	struct recurrence_days days;
	icalrecur_iterator *other;
	struct icaltimetype start;
	int32_t first, limit = rule.start_day + 7305, day;

	recurrence_days_begin(&days, &rule);
	assert_true(recurrence_days_next(&days, &first));
	rule.start_day = first;
	recurrence_days_begin(&days, &rule);
	assert_true(recurrence_rrule(&rule, NULL, &text));
	start = icaltime_from_timet_with_zone(first * 86400LL, 1, NULL);
	other = icalrecur_iterator_new(icalrecurrencetype_from_string(strbuf_cstr(&text)),
				       start);
	assert_non_null(other);
	while (recurrence_days_next(&days, &day) && day < limit) {
		struct icaltimetype t = icalrecur_iterator_next(other);

		if (icaltime_is_null_time(t) || day_from(t.year, t.month, t.day) != day)
			fail_msg("row %zu (%s): day %d, libical %04d-%02d-%02d", row,
				 strbuf_cstr(&text), day, t.year, t.month, t.day);
	}
	if (rule.range == EVENT_RANGE_COUNT)
		assert_true(icaltime_is_null_time(icalrecur_iterator_next(other)));
	icalrecur_iterator_free(other);
}

static void test_days(void **state)
{
	static const int starts[][3] = {
		{ 2024, 1, 1 },
		{ 2024, 2, 29 },
		{ 2025, 12, 31 },
		{ 2026, 7, 4 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t j = 0; j < ARRAY_LEN(starts); j++) {
			struct event_recurrence rule = rows[i].rule;

			rule.start_day = day_from(starts[j][0], starts[j][1],
						  starts[j][2]);
			rule.end_day = EVENT_NO_DAY;
			compare(i, &rule);
		}
	}
}

static void test_ends(void **state)
{
	struct event_recurrence rule = { EVENT_PATTERN_WEEKLY,
					 1,
					 EVENT_WEEKDAY(4),
					 .range = EVENT_RANGE_END_DAY,
					 .start_day = day_from(2026, 7, 2),
					 .end_day = day_from(2026, 7, 16) };
	struct recurrence_days days;
	int count = 0;
	int32_t day;

	recurrence_days_begin(&days, &rule);
	while (recurrence_days_next(&days, &day))
		count++;
	assert_int_equal(count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rrules),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
