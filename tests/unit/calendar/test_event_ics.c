/* Events as iCalendar: whole texts of small ones, single lines of others, libical reads
 * all of them. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include <libical/ical.h>

#include "base/clock.h"
#include "base/macros.h"
#include "base/mem.h"
#include "calendar/event_ics.h"
#include "calendar/html_text.h"
#include "calendar/ics_write.h"

static void simple(struct event *event, const char *zone)
{
	event_init(event);
	event->uid = mem_strdup("u1");
	event->subject = mem_strdup("Lunch, etc; \\o/");
	event->start_unix_s = clock_unix_from_civil(2026, 7, 2, 10, 0, 0);
	event->end_unix_s = event->start_unix_s + 3600;
	event->modified_unix_s = clock_unix_from_civil(2026, 1, 1, 0, 0, 0);
	event->start_zone.id = mem_strdup(zone);
}

static void write(const struct event *event, struct strbuf *out)
{
	struct zone_set zones;
	struct event_ics ics = { .zones = &zones, .own_address = "alice@example.test" };
	struct event_ics_item item = { event, event->uid, NULL };
	struct err err = { 0 };
	icalcomponent *read;

	zone_set_init(&zones, "Europe/Berlin");
	strbuf_reset(out);
	ASSERT_OK(event_ics_write(&ics, &item, 1, out, &err), err);
	zone_set_finish(&zones);
	read = icalparser_parse_string(strbuf_cstr(out));
	assert_non_null(read);
	assert_int_equal(icalcomponent_count_errors(read), 0);
	icalcomponent_free(read);
	for (const char *line = out->p; *line; line = strstr(line, "\r\n") + 2)
		assert_true(strcspn(line, "\r\n") <= 75);
}

#define HAS(row, out, text)                                                              \
	do {                                                                             \
		if (str_find(strbuf_str(out), str_from(text)) < 0)                       \
			fail_msg("row %zu: no \"%s\" in\n%s", (size_t)(row), (text),     \
				 strbuf_cstr(out));                                      \
	} while (0)
#define HAS_NOT(row, out, text)                                                          \
	do {                                                                             \
		if (str_find(strbuf_str(out), str_from(text)) >= 0)                      \
			fail_msg("row %zu: \"%s\" in\n%s", (size_t)(row), (text),        \
				 strbuf_cstr(out));                                      \
	} while (0)

static void test_whole(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(65536);
	CLEANUP(event_finish) struct event event;

	simple(&event, "tzone://Microsoft/Utc");
	event.reminder_set = true;
	event.reminder_min = 15;
	write(&event, &out);
	ASSERT_STR(0, strbuf_str(&out),
		   STR("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
		       "PRODID:-//Passerelle//Calendar//EN\r\n"
		       "BEGIN:VEVENT\r\nUID:u1\r\nDTSTAMP:20260101T000000Z\r\n"
		       "LAST-MODIFIED:20260101T000000Z\r\nSEQUENCE:0\r\n"
		       "SUMMARY:Lunch\\, etc\\; \\\\o/\r\n"
		       "DTSTART:20260702T100000Z\r\nDTEND:20260702T110000Z\r\n"
		       "STATUS:CONFIRMED\r\nTRANSP:OPAQUE\r\n"
		       "X-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\n"
		       "X-MICROSOFT-CDO-INSTTYPE:0\r\n"
		       "BEGIN:VALARM\r\nACTION:DISPLAY\r\n"
		       "DESCRIPTION:Lunch\\, etc\\; \\\\o/\r\nTRIGGER:-PT15M\r\n"
		       "END:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"));
}

/* Midnight of the zone, a wrong hour that is rounded, a month with a clock change. */
static void test_all_day(void **state)
{
	static const struct {
		const char *zone;
		int month, day, hour, minute, hours;
		const char *start, *end;
	} rows[] = {
		{ "W. Europe Standard Time", 7, 1, 22, 0, 24, "20260702", "20260703" },
		{ "W. Europe Standard Time", 1, 1, 23, 0, 24, "20260102", "20260103" },
		{ "New Zealand Standard Time", 7, 1, 12, 0, 24, "20260702", "20260703" },
		{ "Hawaiian Standard Time", 7, 2, 10, 0, 48, "20260702", "20260704" },
		{ "India Standard Time", 7, 1, 18, 30, 24, "20260702", "20260703" },
		{ "UTC", 7, 2, 0, 0, 24, "20260702", "20260703" },
		/* the zone that the server tells is two hours off */
		{ "UTC", 7, 1, 22, 0, 24, "20260702", "20260703" },
		/* 23 and 25 hours long */
		{ "W. Europe Standard Time", 3, 28, 23, 0, 23, "20260329", "20260330" },
		{ "W. Europe Standard Time", 10, 24, 22, 0, 25, "20261025", "20261026" },
		/* Beirut and Santiago have no midnight on these days */
		{ "Middle East Standard Time", 3, 28, 22, 0, 23, "20260329", "20260330" },
		{ "Pacific SA Standard Time", 9, 6, 4, 0, 23, "20260906", "20260907" },
		/* no length */
		{ "UTC", 7, 2, 0, 0, 0, "20260702", "20260703" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(strbuf_finish) struct strbuf out = STRBUF(65536);
		CLEANUP(event_finish) struct event event;
		char want[64];

		simple(&event, rows[i].zone);
		event.all_day = true;
		event.start_unix_s = clock_unix_from_civil(2026, rows[i].month,
							   rows[i].day, rows[i].hour,
							   rows[i].minute, 0);
		event.end_unix_s = event.start_unix_s + rows[i].hours * 3600;
		write(&event, &out);
		snprintf(want, sizeof want, "\nDTSTART;VALUE=DATE:%s\r", rows[i].start);
		HAS(i, &out, want);
		snprintf(want, sizeof want, "\nDTEND;VALUE=DATE:%s\r", rows[i].end);
		HAS(i, &out, want);
		HAS_NOT(i, &out, "VTIMEZONE");
	}
}

static void weekly(struct event *event)
{
	struct event *moved;

	simple(event, "W. Europe Standard Time");
	event->kind = EVENT_MASTER;
	event->start_unix_s = clock_unix_from_civil(2026, 3, 5, 22, 30, 0); /* 23:30 */
	event->end_unix_s = event->start_unix_s + 1800;
	event->recurrence = (struct event_recurrence){
		.pattern = EVENT_PATTERN_WEEKLY,
		.interval = 1,
		.weekdays = EVENT_WEEKDAY(4),
		.first_weekday = 1,
		.range = EVENT_RANGE_END_DAY,
		.start_day = (int32_t)(clock_unix_from_civil(2026, 3, 5, 0, 0, 0) /
				       86400),
		.end_day = (int32_t)(clock_unix_from_civil(2026, 7, 2, 0, 0, 0) / 86400),
	};
	/* Before and after summer time began. */
	event_deleted_add(event, clock_unix_from_civil(2026, 3, 12, 22, 30, 0));
	event_deleted_add(event, clock_unix_from_civil(2026, 4, 9, 21, 30, 0));
	event_deleted_add(event,
			  clock_unix_from_civil(2026, 4, 16, 21, 30, 0)); /* moved */
	moved = event_exception_add(event);
	moved->subject = mem_strdup("moved");
	moved->start_unix_s = clock_unix_from_civil(2026, 4, 17, 8, 0, 0);
	moved->end_unix_s = moved->start_unix_s + 600;
	moved->start_zone.id = mem_strdup("UTC");
	moved->original_start_unix_s = clock_unix_from_civil(2026, 4, 16, 21, 30, 0);
}

static void test_series(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(65536);
	CLEANUP(event_finish) struct event event;

	weekly(&event);
	write(&event, &out);
	HAS(0, &out, "\nDTSTART;TZID=Europe/Berlin:20260305T233000\r");
	HAS(0, &out, "\nRRULE:FREQ=WEEKLY;BYDAY=TH;WKST=MO;UNTIL=20260702T213000Z\r");
	HAS(0, &out,
	    "\nEXDATE;TZID=Europe/Berlin:20260312T233000\r\n"
	    "EXDATE;TZID=Europe/Berlin:20260409T233000\r\n");
	HAS_NOT(0, &out, "EXDATE;TZID=Europe/Berlin:20260416");
	HAS(0, &out, "\nRECURRENCE-ID;TZID=Europe/Berlin:20260416T233000\r");
	HAS(0, &out, "\nDTSTART:20260417T080000Z\r");
	HAS(0, &out, "\nSUMMARY:moved\r");
}

/* The blob's days win over instants that are an hour off. */
static void test_series_blob(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(65536);
	CLEANUP(event_finish) struct event event;
	int32_t day = (int32_t)(clock_unix_from_civil(2026, 4, 16, 0, 0, 0) / 86400);

	weekly(&event);
	event.exceptions[0].original_start_unix_s += 3600; /* 00:30 of the next day */
	event.series.known = true;
	event.series.moved = mem_array(1, sizeof *event.series.moved);
	event.series.moved_count = 1;
	event.series.moved[0].original_day = day;
	event.series.deleted = mem_array(1, sizeof(int32_t));
	event.series.deleted_count = 1;
	event.series.deleted[0] = day + 7;
	write(&event, &out);
	HAS(0, &out, "\nRECURRENCE-ID;TZID=Europe/Berlin:20260416T233000\r");
	HAS(0, &out, "\nEXDATE;TZID=Europe/Berlin:20260423T233000\r");
	HAS_NOT(0, &out, "EXDATE;TZID=Europe/Berlin:20260312");
}

static void test_all_day_series(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(65536);
	CLEANUP(event_finish) struct event event;

	simple(&event, "W. Europe Standard Time");
	event.kind = EVENT_MASTER;
	event.all_day = true;
	event.start_unix_s = clock_unix_from_civil(2026, 2, 28, 23, 0, 0);
	event.end_unix_s = event.start_unix_s + 86400;
	event.recurrence = (struct event_recurrence){
		.pattern = EVENT_PATTERN_MONTHLY_DAY,
		.interval = 1,
		.day_of_month = 1,
		.range = EVENT_RANGE_END_DAY,
		.start_day = (int32_t)(clock_unix_from_civil(2026, 3, 1, 0, 0, 0) /
				       86400),
		.end_day = (int32_t)(clock_unix_from_civil(2026, 6, 1, 0, 0, 0) / 86400),
	};
	event_deleted_add(&event, clock_unix_from_civil(2026, 3, 31, 22, 0, 0));
	write(&event, &out);
	HAS(0, &out, "\nRRULE:FREQ=MONTHLY;BYMONTHDAY=1;UNTIL=20260601\r");
	HAS(0, &out, "\nEXDATE;VALUE=DATE:20260401\r");
	event.recurrence.pattern = EVENT_PATTERN_OTHER;
	write(&event, &out);
	HAS(1, &out, "\nX-EWS-RECURRENCE:UNSUPPORTED\r");
	HAS_NOT(1, &out, "RRULE");
}

static void test_people(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(65536);
	CLEANUP(event_finish) struct event event;
	struct event_person *person;

	simple(&event, "UTC");
	event.organizer.address = mem_strdup("alice@example.test");
	write(&event, &out);
	HAS_NOT(0, &out, "ORGANIZER"); /* a plain appointment */
	free(event.organizer.address);
	event.organizer.address = mem_strdup("bob@example.test");
	event.organizer.name = mem_strdup("Bob \"B\" O'Hara, Jr: x");
	event.is_meeting = true;
	event.is_response_requested = true;
	person = event_attendee_add(&event);
	person->address = mem_strdup("Alice@Example.test");
	person = event_attendee_add(&event);
	person->address = mem_strdup("room 1@example.test");
	person->role = EVENT_RESOURCE;
	person = event_attendee_add(&event); /* an X.500 name only */
	person->name = mem_strdup("Nobody");
	event.my_response = EVENT_RESPONSE_TENTATIVE;
	event.busy = EVENT_TENTATIVE;
	write(&event, &out);
	HAS(1, &out, "\nORGANIZER;CN=\"Bob B O'Hara, Jr: x\":mailto:bob@example.test\r");
	HAS(1, &out, "PARTSTAT=TENTATIVE:mailto:A\r\n lice@Example.test\r");
	HAS(1, &out, "CUTYPE=RESOURCE;ROLE=NON-PARTICIPANT");
	HAS(1, &out, "RSVP=TR\r\n UE");
	HAS(1, &out, "room%201@");
	HAS(1, &out, "\nSTATUS:CONFIRMED\r");
	HAS_NOT(1, &out, "Nobody");
	/* Invited by a list: the own line is added. */
	free(event.attendees[0].address);
	event.attendees[0].address = mem_strdup("all@example.test");
	write(&event, &out);
	HAS(2, &out, "PARTSTAT=TENTATIVE:mailto:a\r\n lice@example.test\r");
}

static void test_states(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(65536);
	CLEANUP(event_finish) struct event event;

	simple(&event, "UTC");
	event.busy = EVENT_TENTATIVE;
	event.sensitivity = EVENT_PERSONAL;
	event.importance = EVENT_IMPORTANCE_HIGH;
	event.body_html = mem_strdup("<html><head><style>p{}</style></head><p>Hi &amp; "
				     "bye</p>\r\n<p>2</p></html>");
	event.reminder_set = true;
	event_texts_add(&event.categories, "Blue, Green");
	event_texts_add(&event.categories, "blue, green");
	event_texts_add(&event.categories, "Red");
	event.online_url = mem_strdup("https://example.test/a;b");
	write(&event, &out);
	HAS(0, &out, "\nSTATUS:TENTATIVE\r");
	HAS(0, &out, "\nCLASS:PRIVATE\r\nX-EWS-SENSITIVITY:PERSONAL\r\nPRIORITY:1\r");
	HAS(0, &out, "\nCATEGORIES:Blue\\, Green,Red\r");
	HAS(0, &out, "\nDESCRIPTION:Hi & bye\\n\\n2\r");
	HAS(0, &out,
	    "\nURL:https://example.test/a;b\r\n"
	    "CONFERENCE;VALUE=URI:https://example.test/a;b\r");
	HAS(0, &out, "\nTRIGGER:PT0S\r");
	event.is_cancelled = true;
	write(&event, &out);
	HAS(1, &out, "\nSTATUS:CANCELLED\r\nTRANSP:TRANSPARENT\r");
	HAS_NOT(1, &out, "VALARM");
}

static void test_lines(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "a\r\nb\nc\rd", "X:a\\nb\\nc\\nd\r\n" },
		{ "bell\a\x7F tab\t.", "X:bell tab\t.\r\n" },
		{ "\xFF", "X:\xEF\xBF\xBD\r\n" },
		{ "123456789 123456789 123456789 123456789 123456789 123456789 123456789 "
		  "12\xC3\xA4 end",
		  "X:123456789 123456789 123456789 123456789 123456789 123456789 "
		  "123456789 12\r\n \xC3\xA4 end\r\n" },
		{ "", "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(strbuf_finish) struct strbuf out = STRBUF(4096);

		ics_put_text(&out, "X", rows[i].text);
		ASSERT_STR(i, strbuf_str(&out), str_from(rows[i].want));
	}
}

/* Unfinished tags and entities end somewhere. */
static void test_html(void **state)
{
	static const struct {
		const char *html, *want;
	} rows[] = {
		{ "a<br>b", "a\nb" },
		{ "<p>a</p><p>b</p>", "a\n\nb" },
		{ "a &lt;b&gt; &#228;&#xe4; &bogus; &",
		  "a <b> \xC3\xA4\xC3\xA4 &bogus; &" },
		{ "<!-- <b> -->x<script>if (a<b)</script>y", "xy" },
		{ "x<", "x" },
		{ "x<style>", "x" },
		{ " \r\n ", "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(strbuf_finish) struct strbuf out = STRBUF(4096);

		html_text(str_from(rows[i].html), &out);
		ASSERT_STR(i, strbuf_str(&out), str_from(rows[i].want));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),	       cmocka_unit_test(test_all_day),
		cmocka_unit_test(test_series),	       cmocka_unit_test(test_series_blob),
		cmocka_unit_test(test_all_day_series), cmocka_unit_test(test_people),
		cmocka_unit_test(test_states),	       cmocka_unit_test(test_lines),
		cmocka_unit_test(test_html),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
