/* Offsets against libical's, VTIMEZONEs read back by libical, names, definitions. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include <libical/ical.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include "base/clock.h"
#include "base/macros.h"
#include "base/mem.h"
#include "calendar/zone.h"

static const char *const names[] = {
	"Europe/Berlin",    "Europe/London",	 "Europe/Dublin",
	"America/New_York", "America/Sao_Paulo", "America/Phoenix",
	"Asia/Kolkata",	    "Asia/Tokyo",	 "Asia/Jerusalem",
	"Asia/Beirut",	    "Australia/Sydney",	 "Australia/Lord_Howe",
	"Pacific/Auckland", "Pacific/Apia",	 "Asia/Kathmandu",
	"America/St_Johns", "Europe/Istanbul",	 "America/Santiago",
	"Africa/Cairo",	    "Etc/GMT+5",
};

static int ical_offset(icaltimezone *zone, int64_t unix_s)
{
	struct icaltimetype t = icaltime_from_timet_with_zone(
		unix_s, 0, icaltimezone_get_utc_timezone());
	int daylight;

	return icaltimezone_get_utc_offset_of_utc_time(zone, &t, &daylight);
}

/* libical's own zones are guesses in places (Sao Paulo 2014), ICU's are not. */
static int icu_offset(UCalendar *calendar, int64_t unix_s)
{
	UErrorCode status = U_ZERO_ERROR;

	ucal_setMillis(calendar, (double)unix_s * 1000, &status);
	return (ucal_get(calendar, UCAL_ZONE_OFFSET, &status) +
		ucal_get(calendar, UCAL_DST_OFFSET, &status)) /
	       1000;
}

static void test_offsets(void **state)
{
	int64_t from = clock_unix_from_civil(1975, 1, 1, 0, 0, 0);
	int64_t to = clock_unix_from_civil(2022, 1, 1, 0, 0, 0);

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		UErrorCode status = U_ZERO_ERROR;
		UChar name[ZONE_ID_MAX];
		UCalendar *other;
		struct zone zone;
		struct err err = { 0 };

		u_uastrcpy(name, names[i]);
		other = ucal_open(name, -1, "en", UCAL_GREGORIAN, &status);
		ASSERT_OK(zone_load(names[i], &zone, &err), err);
		for (int64_t t = from; t < to; t += 7 * 3600 * 5)
			if (zone_offset(&zone, t) != icu_offset(other, t))
				fail_msg("%s at %lld: %d, ICU %d", names[i], (long long)t,
					 zone_offset(&zone, t), icu_offset(other, t));
		ucal_close(other);
		zone_finish(&zone);
	}
}

/* Our VTIMEZONE, read by libical, has the offsets that we have. */
static void check_vtimezone(const struct zone *zone, int64_t from, int64_t to)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(1 << 20);
	icaltimezone *read = icaltimezone_new();
	icalcomponent *component;

	zone_write(zone, from, to, &text);
	component = icalparser_parse_string(strbuf_cstr(&text));
	assert_non_null(component);
	if (!icaltimezone_set_component(read, component))
		fail_msg("%s: not a VTIMEZONE", zone->tzid);
	for (int64_t t = from; t < to; t += 86400 * 9 + 3600)
		if (zone_offset(zone, t) != ical_offset(read, t))
			fail_msg("%s at %lld: %d, read back %d\n%s", zone->tzid,
				 (long long)t, zone_offset(zone, t), ical_offset(read, t),
				 strbuf_cstr(&text));
	icaltimezone_free(read, 1);
}

static void test_vtimezones(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct zone zone;
		struct err err = { 0 };

		ASSERT_OK(zone_load(names[i], &zone, &err), err);
		for (int year = 1972; year < 2032; year += 12)
			check_vtimezone(&zone,
					clock_unix_from_civil(year, 5, 20, 7, 0, 0),
					clock_unix_from_civil(year + 6, 5, 20, 7, 0, 0));
		zone_finish(&zone);
	}
}

static void test_short(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(4096);
	struct zone zone;
	struct err err = { 0 };

	ASSERT_OK(zone_load("Europe/Berlin", &zone, &err), err);
	zone_write(&zone, 1782000000, 1782000000, &text);
	ASSERT_STR(0, strbuf_str(&text),
		   STR("BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n"
		       "BEGIN:DAYLIGHT\r\nDTSTART:19960331T020000\r\n"
		       "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
		       "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\n"
		       "BEGIN:STANDARD\r\nDTSTART:19961027T030000\r\n"
		       "TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"
		       "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\n"
		       "END:VTIMEZONE\r\n"));
	zone_finish(&zone);
}

static void test_gap_and_overlap(void **state)
{
	struct zone zone;
	struct err err = { 0 };
	static const struct {
		int month, day, hour, minute;
		int want_hour_utc;
	} rows[] = {
		{ 3, 29, 1, 30, 0 }, /* before the gap */
		{ 3, 29, 2, 30, 1 }, /* does not exist: by the clock before */
		{ 3, 29, 3, 30, 1 },  { 10, 25, 2, 30, 0 }, /* twice: the first */
		{ 10, 25, 3, 30, 2 },
	};

	ASSERT_OK(zone_load("Europe/Berlin", &zone, &err), err);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t local = clock_unix_from_civil(2026, rows[i].month, rows[i].day,
						      rows[i].hour, rows[i].minute, 0);
		struct civil got = clock_civil_from_unix(zone_to_unix(&zone, local));

		if (got.hour != rows[i].want_hour_utc || got.minute != 30)
			fail_msg("row %zu: %d:%02d UTC", i, got.hour, got.minute);
	}
	zone_finish(&zone);
}

static void test_names(void **state)
{
	static const struct {
		const char *text, *want;
		bool exact;
	} rows[] = {
		{ "W. Europe Standard Time", "Europe/Berlin", true },
		{ " W. Europe Standard Time\n", "Europe/Berlin", true },
		{ "Pacific Standard Time", "America/Los_Angeles", true },
		{ "India Standard Time", "Asia/Kolkata", true },
		{ "Europe/Zurich", "Europe/Zurich", true },
		{ "tzone://Microsoft/Utc", "UTC", true },
		{ "UTC", "UTC", true },
		{ "Kamchatka Standard Time", "Asia/Kamchatka", true },
		{ "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
		  "Europe/Berlin", true },
		{ "(UTC-05:00) Eastern Time (US & Canada)", "America/New_York", true },
		{ "Mitteleurop\xC3\xA4ische Zeit", "Europe/Berlin", true },
		{ "W. Europe Standard Time 1", "Europe/Berlin", false },
		{ "tzone://Microsoft/Custom", NULL, false },
		{ "Customized Time Zone", NULL, false },
		{ "../../etc/passwd", NULL, false },
		{ "/etc/localtime", NULL, false },
		{ "Europe", NULL, false },
		{ "", NULL, false },
		{ NULL, NULL, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char name[ZONE_ID_MAX];
		bool exact, found = zone_name(rows[i].text, name, &exact);

		if (found != (rows[i].want != NULL))
			fail_msg("row %zu: found %d", i, found);
		if (!found)
			continue;
		ASSERT_STR(i, str_from(name), str_from(rows[i].want));
		assert_int_equal(exact, rows[i].exact);
	}
}

static struct event_zone_era summer_time(int offset_s, int first_month, int last_month)
{
	return (struct event_zone_era){
		.from_day = EVENT_NO_DAY,
		.offset_s = offset_s,
		.rule_count = 2,
		.rules = { { last_month, 0, -1, 0, 180, offset_s, false },
			   { first_month, 0, -1, 0, 120, offset_s + 3600, true } },
	};
}

static void test_definitions(void **state)
{
	struct event_zone_era eras[] = { summer_time(3600, 3, 10),
					 summer_time(3600, 4, 9) };
	struct event_zone custom = { .id = (char *)"tzone://Microsoft/Custom",
				     .eras = eras,
				     .era_count = 1 };
	struct event_zone none = { 0 };
	int64_t from = clock_unix_from_civil(2026, 1, 1, 0, 0, 0);
	int64_t to = clock_unix_from_civil(2028, 1, 1, 0, 0, 0);
	struct zone_set set;
	const struct zone *zone;

	zone_set_init(&set, "Europe/Paris");
	zone = zone_set_get(&set, &custom, &none, from, to);
	ASSERT_STR(0, str_from(zone->tzid),
		   STR("Europe/Paris")); /* the mailbox's first */
	custom.eras = &eras[1];
	zone = zone_set_get(&set, &custom, &none, from, to);
	assert_true(str_starts(str_from(zone->tzid), STR("X-EWS-")));
	assert_int_equal(zone_offset(zone, clock_unix_from_civil(2026, 4, 1, 0, 0, 0)),
			 3600);
	assert_int_equal(zone_offset(zone, clock_unix_from_civil(2026, 5, 1, 0, 0, 0)),
			 7200);
	check_vtimezone(zone, from, to);
	/* The registered name with another definition: the definition counts. */
	custom.id = (char *)"W. Europe Standard Time 1";
	zone = zone_set_get(&set, &custom, &none, from, to);
	assert_true(str_starts(str_from(zone->tzid), STR("X-EWS-")));
	/* Rules that change with the years. */
	eras[1].from_day = (int32_t)(clock_unix_from_civil(2027, 1, 1, 0, 0, 0) / 86400);
	custom.eras = eras;
	custom.era_count = 2;
	zone = zone_set_get(&set, &custom, &none, from, to);
	assert_int_equal(zone_offset(zone, clock_unix_from_civil(2026, 4, 1, 0, 0, 0)),
			 7200);
	assert_int_equal(zone_offset(zone, clock_unix_from_civil(2027, 4, 1, 0, 0, 0)),
			 3600);
	check_vtimezone(zone, from, to);
	/* Nothing told: the other end, then the mailbox. */
	custom = (struct event_zone){ .id = (char *)"Tokyo Standard Time" };
	ASSERT_STR(0, str_from(zone_set_get(&set, &none, &custom, from, to)->tzid),
		   STR("Asia/Tokyo"));
	ASSERT_STR(0, str_from(zone_set_get(&set, &none, &none, from, to)->tzid),
		   STR("Europe/Paris"));
	zone_set_finish(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offsets), cmocka_unit_test(test_vtimezones),
		cmocka_unit_test(test_short),	cmocka_unit_test(test_gap_and_overlap),
		cmocka_unit_test(test_names),	cmocka_unit_test(test_definitions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
