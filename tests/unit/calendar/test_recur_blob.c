/* PidLidAppointmentRecur: hand-made bytes, round trips, every cut and garbage. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "base/base64.h"
#include "base/macros.h"
#include "base/mem.h"
#include "bridge/recur_blob.h"

static void test_round_trip(void **state)
{
	int32_t deleted[] = { 20000, 20007 };
	struct event_moved moved[] = { { 20014, 20015 * 1440 + 600,
					 20015 * 1440 + 660 } };
	const struct event_recurrence rules[] = {
		{ .pattern = EVENT_PATTERN_DAILY,
		  .interval = 3,
		  .end_day = EVENT_NO_DAY },
		{ .pattern = EVENT_PATTERN_WEEKLY,
		  .interval = 1,
		  .weekdays = 2,
		  .range = EVENT_RANGE_COUNT,
		  .count = 8,
		  .end_day = EVENT_NO_DAY },
		{ .pattern = EVENT_PATTERN_MONTHLY_DAY,
		  .interval = 1,
		  .day_of_month = 31,
		  .end_day = EVENT_NO_DAY },
		{ .pattern = EVENT_PATTERN_YEARLY_NTH,
		  .interval = 1,
		  .weekdays = 4,
		  .nth = -1,
		  .range = EVENT_RANGE_END_DAY,
		  .end_day = 21000 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		CLEANUP(strbuf_finish) struct strbuf blob = STRBUF(4096);
		struct event_series in = { .known = true,
					   .first_weekday = 1,
					   .start_minute = 570,
					   .end_minute = 630,
					   .deleted = deleted,
					   .deleted_count = 2,
					   .moved = moved,
					   .moved_count = 1 };
		struct event_series out;
		struct err err = { 0 };

		recur_blob_write(&rules[i], &in, &blob);
		ASSERT_OK(recur_blob_read(strbuf_str(&blob), &out, &err), err);
		assert_int_equal(out.first_weekday, 1);
		assert_int_equal(out.start_minute, 570);
		assert_int_equal(out.deleted_count, 2);
		assert_int_equal(out.deleted[1], 20007);
		assert_int_equal(out.moved_count, 1);
		assert_int_equal(out.moved[0].original_day, 20014);
		assert_int_equal(out.moved[0].start_min, 20015 * 1440 + 600);
		event_series_finish(&out);
		for (size_t len = 0; len < blob.len; len++)
			if (recur_blob_read(str_make(blob.p, len), &out, &err))
				fail_msg("row %zu: cut to %zu bytes was taken", i, len);
	}
}

/* Weekly on Monday from 2026-03-02, one exception with a subject and a busy status. */
static const char *const with_texts = "04300430"
				      "0B20"
				      "0100"
				      "0000"
				      "00000000"
				      "01000000"
				      "00000000"
				      "02000000"
				      "23200000"
				      "0A000000"
				      "00000000"
				      "01000000"
				      "0017540D"
				      "01000000"
				      "0017540D"
				      "0017540D"
				      "DF80E95A"
				      "06300000"
				      "09300000"
				      "1C020000"
				      "58020000"
				      "0100"
				      "3C19540D"
				      "7819540D"
				      "1C19540D"
				      "2100"
				      "0400"
				      "0300"
				      "616263"
				      "03000000";

static void test_by_hand(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf blob = STRBUF(4096);
	struct event_series series;
	struct err err = { 0 };

	ASSERT_OK(hex_decode(str_from(with_texts), &blob, &err), err);
	ASSERT_OK(recur_blob_read(strbuf_str(&blob), &series, &err), err);
	assert_int_equal(series.pattern_type, 1);
	assert_int_equal(series.start_minute, 540);
	assert_int_equal(series.deleted_count, 0); /* it was moved, not deleted */
	assert_int_equal(series.moved_count, 1);
	assert_int_equal(
		series.moved[0].start_min - series.moved[0].original_day * 1440LL, 572);
	event_series_finish(&series);
}

static void test_huge_counts(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf blob = STRBUF(4096);
	struct event_series series;
	struct err err = { 0 };

	ASSERT_OK(hex_decode(str_from(with_texts), &blob, &err), err);
	for (size_t i = 0; i + 4 <= blob.len; i++) {
		char kept[4];

		memcpy(kept, blob.p + i, 4);
		memset(blob.p + i, 0xFF, 4);
		if (recur_blob_read(strbuf_str(&blob), &series, &err))
			event_series_finish(&series);
		memcpy(blob.p + i, kept, 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_huge_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
