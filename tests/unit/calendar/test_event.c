/* The packed form of events: all members survive, the same event gives the same bytes. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/mem.h"
#include "bridge/event.h"

static void fill(struct event *event)
{
	struct event_person *person;
	struct event *exception;

	event_init(event);
	event->kind = EVENT_MASTER;
	event->uid = mem_strdup("a\"b\\c\xC3\xA4");
	event->subject = mem_strdup("broken \xFF byte");
	event_texts_add(&event->categories, "Blue, Green");
	event_texts_add(&event->categories, "");
	event->busy = EVENT_OOF;
	event->start_unix_s = -1;
	event->end_unix_s = 0;
	event->all_day = true;
	event->start_zone.id = mem_strdup("tzone://Microsoft/Custom");
	event->start_zone.era_count = 1;
	event->start_zone.eras = mem_array(1, sizeof *event->start_zone.eras);
	event->start_zone.eras[0] = (struct event_zone_era){
		.from_day = EVENT_NO_DAY,
		.offset_s = 3600,
		.rule_count = 1,
		.rules = { { 3, 0, -1, 0, 120, 7200, true } },
	};
	event->organizer.address = mem_strdup("alice@example.test");
	person = event_attendee_add(event);
	person->name = mem_strdup("Bob");
	person->role = EVENT_RESOURCE;
	event->recurrence = (struct event_recurrence){ .pattern = EVENT_PATTERN_WEEKLY,
						       .interval = 2,
						       .weekdays = EVENT_WEEKDAY(1),
						       .first_weekday = -1,
						       .start_day = 20000,
						       .end_day = EVENT_NO_DAY };
	event->series.known = true;
	event->series.deleted = mem_array(1, sizeof(int32_t));
	event->series.deleted[0] = 20014;
	event->series.deleted_count = 1;
	event->series.moved = mem_array(1, sizeof *event->series.moved);
	event->series.moved[0] = (struct event_moved){ 20028, 28840320, 28840380 };
	event->series.moved_count = 1;
	event_deleted_add(event, 1729209600);
	exception = event_exception_add(event);
	exception->original_start_unix_s = 1730419200;
	exception->body_html = mem_strdup("<p>x</p>");
}

static void test_round_trip(void **state)
{
	CLEANUP(event_finish) struct event event, copy = { 0 };
	CLEANUP(strbuf_finish) struct strbuf first = STRBUF(65536);
	CLEANUP(strbuf_finish) struct strbuf second = STRBUF(65536);
	struct err err = { 0 };

	fill(&event);
	ASSERT_OK(event_pack(&event, &first, &err), err);
	ASSERT_OK(event_unpack(strbuf_str(&first), &copy, &err), err);
	ASSERT_OK(event_pack(&copy, &second, &err), err);
	ASSERT_STR(0, strbuf_str(&second), strbuf_str(&first));
	ASSERT_STR(0, str_from(copy.uid), str_from(event.uid));
	ASSERT_STR(0, str_from(copy.subject), STR("broken \xEF\xBF\xBD byte"));
	assert_int_equal(copy.start_unix_s, -1);
	assert_int_equal(copy.end_unix_s, 0);
	assert_int_equal(copy.modified_unix_s, EVENT_NO_TIME);
	assert_int_equal(copy.recurrence.first_weekday, -1);
	assert_int_equal(copy.start_zone.eras[0].from_day, EVENT_NO_DAY);
	assert_int_equal(copy.start_zone.eras[0].rules[0].offset_s, 7200);
	assert_int_equal(copy.series.moved[0].end_min, 28840380);
	assert_int_equal(copy.exceptions[0].kind, EVENT_EXCEPTION);
	assert_int_equal(copy.exceptions[0].original_start_unix_s, 1730419200);
}

static void test_refused(void **state)
{
	static const struct {
		const char *blob;
		enum err_code code;
	} rows[] = {
		{ "", ERR_SYNTAX },
		{ "[]", ERR_SYNTAX },
		{ "{}", ERR_SYNTAX },
		{ "{\"version\":\"1\"}", ERR_SYNTAX },
		{ "{\"version\":2}", ERR_STATE },
		{ "{\"version\":1,", ERR_SYNTAX },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct event event;
		struct err err = { 0 };

		if (event_unpack(str_from(rows[i].blob), &event, &err))
			fail_msg("row %zu was taken", i);
		assert_int_equal(err.code, rows[i].code);
	}
}

/* Members of wrong types count as absent. */
static void test_odd_members(void **state)
{
	CLEANUP(event_finish) struct event event = { 0 };
	struct err err = { 0 };

	ASSERT_OK(
		event_unpack(STR("{\"version\":1,\"subject\":7,\"categories\":[1,\"a\"],"
				 "\"start_zone\":[],\"attendees\":{},\"exceptions\":[3],"
				 "\"deleted_starts\":[\"x\"],\"sequence\":99999999999}"),
			     &event, &err),
		err);
	assert_null(event.subject);
	assert_int_equal(event.categories.count, 1);
	assert_int_equal(event.exception_count, 1);
	assert_int_equal(event.sequence, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_odd_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
