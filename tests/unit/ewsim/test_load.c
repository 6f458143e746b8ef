/* iCalendar files into the model. */
#include "tests/unit/test.h"

#include <string.h>

#include "base/strbuf.h"
#include "tests/ewsim/load.h"

static size_t items, exceptions, deleted;
static struct sim_event last; /* without what it points to */
static char last_subject[64], last_zone[64];

struct sim_item *sim_event_add(struct sim_folder *folder, const struct sim_event *e)
{
	items++;
	exceptions += e->exception_count;
	deleted += e->deleted_count;
	last = *e;
	snprintf(last_subject, sizeof(last_subject), "%s", e->subject ? e->subject : "");
	snprintf(last_zone, sizeof(last_zone), "%s", e->start_zone);
	return NULL;
}

#define VEVENT(lines)                                                                    \
	"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" lines "END:VEVENT\r\nEND:VCALENDAR\r\n"
#define NEXT "END:VEVENT\r\nBEGIN:VEVENT\r\n"

static const struct ics_row {
	const char *text;
	size_t items, exceptions, deleted;
	int64_t start_unix, length_s;
	const char *subject, *zone;
	enum sim_pattern pattern;
} ics_rows[] = {
	{ VEVENT("DTSTART:20260701T100000Z\r\nDTEND:20260701T113000Z\r\nSUMMARY:a\\, "
		 "b\r\n c\r\n"),
	  1, 0, 0, 1782900000, 5400, "a, bc", "UTC", SIM_ONCE },
	{ VEVENT("DTSTART;TZID=Europe/Berlin:20260701T120000\r\nDURATION:PT1H\r\n"), 1, 0,
	  0, 1782900000, 3600, "", "W. Europe Standard Time", SIM_ONCE },
	{ VEVENT("DTSTART;TZID=\"Tokyo Standard Time\":20260701T190000\r\n"), 1, 0, 0,
	  1782900000, 0, "", "Tokyo Standard Time", SIM_ONCE },
	{ VEVENT("DTSTART;VALUE=DATE:20260701\r\n"), 1, 0, 0, 1782856800, 86400, "",
	  "W. Europe Standard Time", SIM_ONCE },
	{ VEVENT("UID:x\r\nDTSTART:20260701T100000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=WE\r\n"
		 "EXDATE:20260708T100000Z,20260715T100000Z\r\n" NEXT
		 "UID:x\r\nRECURRENCE-ID:20260722T100000Z\r\nDTSTART:"
		 "20260722T110000Z\r\n"),
	  1, 1, 2, 1782900000, 0, "", "UTC", SIM_WEEKLY },
	{ VEVENT("DTSTART:20260701T100000Z\r\nRRULE:FREQ=MONTHLY;BYDAY=1WE\r\n"), 1, 0, 0,
	  1782900000, 0, "", "UTC", SIM_MONTHLY_NTH },
	{ VEVENT("DTSTART:20260701T100000Z\r\nRRULE:FREQ=HOURLY\r\n"), 0, 0, 0, 0, 0, "",
	  "", SIM_ONCE },
};

static void ics(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(ics_rows); i++) {
		const struct ics_row *r = &ics_rows[i];
		struct err err = { 0 };
		size_t count;

		items = exceptions = deleted = 0;
		ASSERT_OK(load_ics(NULL, str_from(r->text), &count, &err), err);
		if (items != r->items || count != items || exceptions != r->exceptions ||
		    deleted != r->deleted)
			fail_msg("row %zu: %zu items, %zu exceptions, %zu deleted", i,
				 items, exceptions, deleted);
		if (!items)
			continue;
		ASSERT_STR(i, str_from(last_subject), str_from(r->subject));
		ASSERT_STR(i, str_from(last_zone), str_from(r->zone));
		if (last.start_unix != r->start_unix ||
		    last.end_unix - last.start_unix != r->length_s ||
		    last.recurrence.pattern != r->pattern)
			fail_msg("row %zu: start %lld, length %lld, pattern %d", i,
				 (long long)last.start_unix,
				 (long long)(last.end_unix - last.start_unix),
				 last.recurrence.pattern);
	}
}

static void ics_refuses(void **state)
{
	struct err err = { 0 };
	size_t count;

	assert_false(load_ics(NULL, STR("hello\n"), &count, &err));
	assert_int_equal(err.code, ERR_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ics),
		cmocka_unit_test(ics_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
