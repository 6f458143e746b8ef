/* Items of EWS as events: zones, people, series. */
#include "tests/unit/test.h"

#include "base/macros.h"
#include "bridge/remote_ews_event.h"

static void test_zone(void **state)
{
	struct ews_tz_period periods[] = { { "p1", "Standard", 18000 },
					   { "p2", "Daylight", 14400 } };
	struct ews_tz_transition recurring[] = {
		{ .type = EWS_TZ_BY_WEEKDAY,
		  .to = "p2",
		  .month = 3,
		  .weekday = 0,
		  .occurrence = 2,
		  .time_s = 7200 },
		{ .type = EWS_TZ_BY_WEEKDAY,
		  .to = "p1",
		  .month = 11,
		  .weekday = 0,
		  .occurrence = 1,
		  .time_s = 7200 },
	};
	struct ews_tz_transition fixed[] = { { .type = EWS_TZ_FROM_BEGINNING,
					       .to = "p1" } };
	struct ews_tz_transitions groups[] = { { "0", fixed, 1 }, { "1", recurring, 2 } };
	struct ews_tz_transition eras[] = {
		{ .type = EWS_TZ_AT,
		  .to_group = true,
		  .to = "1",
		  .year = 2007,
		  .at_month = 1,
		  .at_day = 1 },
		{ .type = EWS_TZ_FROM_BEGINNING, .to_group = true, .to = "0" },
	};
	struct ews_calendar_item item = {
		.start_tz = { .id = "tzone://Microsoft/Custom",
			      .periods = periods,
			      .period_count = 2,
			      .groups = groups,
			      .group_count = 2,
			      .transitions = { NULL, eras, 2 } },
		.end_tz_id = "UTC",
	};
	CLEANUP(event_finish) struct event event;

	remote_ews_event(&item, NULL, 0, &event);
	assert_int_equal(event.start_zone.era_count, 2);
	assert_int_equal(event.start_zone.eras[0].from_day, EVENT_NO_DAY);
	assert_int_equal(event.start_zone.eras[0].offset_s, -18000);
	assert_int_equal(event.start_zone.eras[1].from_day, 13514);
	assert_int_equal(event.start_zone.eras[1].rule_count, 2);
	assert_int_equal(event.start_zone.eras[1].offset_s, -18000);
	assert_true(event.start_zone.eras[1].rules[0].daylight);
	assert_int_equal(event.start_zone.eras[1].rules[0].offset_s, -14400);
	assert_int_equal(event.start_zone.eras[1].rules[0].minute, 120);
	assert_false(event.start_zone.eras[1].rules[1].daylight);
	ASSERT_STR(0, str_from(event.end_zone.id), STR("UTC"));
}

static void test_people_and_series(void **state)
{
	struct ews_attendee required[] = {
		{ .mailbox = { "Bob", "bob@example.test", "SMTP", "Mailbox" },
		  .response = EWS_RESPONSE_TENTATIVE },
		{ .mailbox = { "Old", "/o=First/cn=old", "EX", "PublicDL" } },
	};
	struct ews_occurrence modified[] = { { .id = { "e1", NULL },
					       .original_start_unix = 2000 } };
	int64_t deleted[] = { 3000 };
	struct ews_calendar_item item = {
		.type = EWS_CALENDAR_MASTER,
		.required = { required, 2 },
		.recurrence = { .pattern = EWS_PATTERN_WEEKLY,
				.interval = 2,
				.days_of_week = 6,
				.first_day_of_week = -1,
				.range = EWS_RANGE_UNTIL,
				.start = { 2026, 3, 1 },
				.end = { 2026, 4, 1 } },
		.modified = modified,
		.modified_count = 1,
		.deleted_unix = deleted,
		.deleted_count = 1,
	};
	struct ews_calendar_item exceptions[] = {
		{ .status = { .err = { .code = ERR_NOT_FOUND } },
		  .original_start_unix = 1 },
		{ .id = { "e1", NULL },
		  .subject = "moved",
		  .original_start_unix = EWS_TIME_NONE },
	};
	CLEANUP(event_finish) struct event event;

	remote_ews_event(&item, exceptions, 2, &event);
	assert_int_equal(event.kind, EVENT_MASTER);
	assert_int_equal(event.attendee_count, 2);
	assert_int_equal(event.attendees[0].response, EVENT_RESPONSE_TENTATIVE);
	assert_null(event.attendees[1].address);
	assert_true(event.attendees[1].is_group);
	assert_int_equal(event.recurrence.end_day - event.recurrence.start_day, 31);
	assert_false(event.series.known);
	assert_int_equal(event.exception_count, 1);
	assert_int_equal(event.exceptions[0].original_start_unix_s, 2000);
	assert_int_equal(event.deleted_starts[0], 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zone),
		cmocka_unit_test(test_people_and_series),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
