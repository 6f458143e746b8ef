/*
 * Reads and writes PidLidAppointmentRecur (MS-OXOCAL 2.2.1.44.1 and 2.2.1.44.5). The
 * pattern itself comes from the protocol's Recurrence element; here only what that lacks
 * is taken: local days of deleted and moved occurrences, the first day of the week. The
 * extended exceptions behind the plain ones (Unicode texts) are left alone.
 */
#include "bridge/recur_blob.h"

#include <stdlib.h>

#include "base/mem.h"

#define DAYS_1601_TO_1970 134774
#define DAY_MIN 1440
#define EXCEPTION_BYTES_MIN 14 /* three times and the flags */

enum { OVERRIDE_SUBJECT = 0x0001, OVERRIDE_LOCATION = 0x0010, OVERRIDE_ALL = 0x01FF };
/* Each of these overrides is one u32. */
#define OVERRIDE_NUMBERS (OVERRIDE_ALL & ~(OVERRIDE_SUBJECT | OVERRIDE_LOCATION))

struct reader {
	struct str rest;
	bool bad;
};

static uint32_t get(struct reader *in, size_t size)
{
	uint32_t value = 0;

	if (in->rest.len < size) {
		in->bad = true;
		in->rest.len = 0;
		return 0;
	}
	for (size_t i = size; i-- > 0;)
		value = value << 8 | (unsigned char)in->rest.p[i];
	in->rest = str_sub(in->rest, size, in->rest.len - size);
	return value;
}
static uint32_t get16(struct reader *in)
{
	return get(in, 2);
}
static uint32_t get32(struct reader *in)
{
	return get(in, 4);
}

static void skip(struct reader *in, size_t size)
{
	if (in->rest.len < size)
		in->bad = true;
	in->rest = str_sub(in->rest, size, in->rest.len);
}

/* A count of elements that take at least @size bytes each. */
static size_t get_count(struct reader *in, size_t width, size_t size)
{
	size_t count = get(in, width);

	if (count > in->rest.len / size) {
		in->bad = true;
		return 0;
	}
	return count;
}

static int32_t day_of(uint32_t minutes)
{
	return (int32_t)(minutes / DAY_MIN) - DAYS_1601_TO_1970;
}
static int64_t minute_of(uint32_t minutes)
{
	return (int64_t)minutes - (int64_t)DAYS_1601_TO_1970 * DAY_MIN;
}

static void skip_pattern(struct reader *in, unsigned type)
{
	static const unsigned numbers[16] = {
		[1] = 1, [2] = 1, [3] = 2, [4] = 1, [10] = 1, [11] = 2, [12] = 1
	};

	if (type > 12)
		in->bad = true;
	skip(in, type > 12 ? 0 : numbers[type] * 4);
}

static void read_exception(struct reader *in, struct event_moved *moved_r)
{
	uint32_t start = get32(in), end = get32(in), original = get32(in);
	unsigned flags = get16(in);

	*moved_r = (struct event_moved){ day_of(original), minute_of(start),
					 minute_of(end) };
	for (unsigned bit = 1; bit & OVERRIDE_ALL; bit <<= 1) {
		if (!(flags & bit))
			continue;
		if (bit & OVERRIDE_NUMBERS) {
			skip(in, 4);
		} else { /* length with NUL, length, octets */
			skip(in, 2);
			skip(in, get16(in));
		}
	}
}

static bool is_moved(const struct event_series *series, int32_t day)
{
	for (size_t i = 0; i < series->moved_count; i++)
		if (series->moved[i].original_day == day)
			return true;
	return false;
}

static void drop_moved_days(struct event_series *series)
{
	size_t kept = 0;

	for (size_t i = 0; i < series->deleted_count; i++)
		if (!is_moved(series, series->deleted[i]))
			series->deleted[kept++] = series->deleted[i];
	series->deleted_count = kept;
}

static void read_head(struct reader *in, struct event_series *series)
{
	skip(in, 6); /* versions, frequency */
	series->pattern_type = get16(in);
	series->calendar_type = get16(in);
	skip(in, 12); /* first time, period, sliding flag */
	skip_pattern(in, series->pattern_type);
	skip(in, 8); /* kind of end, number of occurrences */
	series->first_weekday = (int)(get32(in) % 7);
}

static void read_days(struct reader *in, struct event_series *series)
{
	size_t count = get_count(in, 4, 4);

	series->deleted = mem_array(count ? count : 1, sizeof *series->deleted);
	series->deleted_count = count;
	for (size_t i = 0; i < count; i++)
		series->deleted[i] = day_of(get32(in));
	count = get_count(in, 4, 4);
	skip(in, count * 4); /* days that exceptions were moved to */
}

static void read_times(struct reader *in, struct event_series *series)
{
	size_t count;

	skip(in, 16); /* first and last day, versions */
	series->start_minute = (int)(get32(in) % (100 * DAY_MIN));
	series->end_minute = (int)(get32(in) % (1000 * DAY_MIN));
	count = get_count(in, 2, EXCEPTION_BYTES_MIN);
	series->moved = mem_array(count ? count : 1, sizeof *series->moved);
	series->moved_count = count;
	for (size_t i = 0; i < count; i++)
		read_exception(in, &series->moved[i]);
}

void event_series_finish(struct event_series *series)
{
	free(series->deleted);
	free(series->moved);
	*series = (struct event_series){ 0 };
}

bool recur_blob_read(struct str blob, struct event_series *series_r, struct err *err)
{
	struct event_series series = { .known = true };
	struct reader in = { .rest = blob };

	read_head(&in, &series);
	read_days(&in, &series);
	read_times(&in, &series);
	if (in.bad) {
		event_series_finish(&series);
		return err_set(err, ERR_SYNTAX, "recurrence blob is cut or damaged");
	}
	drop_moved_days(&series);
	*series_r = series;
	return true;
}

/* ---- writing */

static void put(struct strbuf *out, size_t size, uint32_t value)
{
	for (size_t i = 0; i < size; i++)
		strbuf_addc(out, (char)(value >> (8 * i) & 0xFF));
}

static uint32_t minutes_of_day(int32_t day)
{
	return (uint32_t)(day + DAYS_1601_TO_1970) * DAY_MIN;
}
static uint32_t minutes_of(int64_t minute)
{
	return (uint32_t)(minute + (int64_t)DAYS_1601_TO_1970 * DAY_MIN);
}

static void put_pattern(const struct event_recurrence *rule, struct strbuf *out)
{
	static const struct {
		uint16_t frequency, type;
		int months;
	} kinds[] = {
		[EVENT_PATTERN_NONE] = { 0x200A, 0, 0 },
		[EVENT_PATTERN_DAILY] = { 0x200A, 0, 0 },
		[EVENT_PATTERN_WEEKLY] = { 0x200B, 1, 0 },
		[EVENT_PATTERN_MONTHLY_DAY] = { 0x200C, 2, 1 },
		[EVENT_PATTERN_MONTHLY_NTH] = { 0x200C, 3, 1 },
		[EVENT_PATTERN_YEARLY_DAY] = { 0x200D, 2, 12 },
		[EVENT_PATTERN_YEARLY_NTH] = { 0x200D, 3, 12 },
		[EVENT_PATTERN_OTHER] = { 0x200A, 0, 0 },
	};
	bool daily = kinds[rule->pattern].type == 0;
	int period = rule->interval *
		     (daily ? DAY_MIN : MAX_OF(kinds[rule->pattern].months, 1));

	put(out, 2, kinds[rule->pattern].frequency);
	put(out, 2, kinds[rule->pattern].type);
	put(out, 2, 0); /* Gregorian */
	put(out, 4, 0);
	put(out, 4, (uint32_t)period);
	put(out, 4, 0);
	if (kinds[rule->pattern].type == 2)
		put(out, 4, (uint32_t)rule->day_of_month);
	else if (kinds[rule->pattern].type)
		put(out, 4, rule->weekdays);
	if (kinds[rule->pattern].type == 3)
		put(out, 4, rule->nth < 0 ? 5 : (uint32_t)rule->nth);
}

static void put_end(const struct event_recurrence *rule, struct strbuf *out)
{
	static const uint32_t ends[] = { [EVENT_RANGE_NO_END] = 0x2023,
					 [EVENT_RANGE_END_DAY] = 0x2021,
					 [EVENT_RANGE_COUNT] = 0x2022 };

	put(out, 4, ends[rule->range]);
	put(out, 4, rule->range == EVENT_RANGE_COUNT ? (uint32_t)rule->count : 10);
}

void recur_blob_write(const struct event_recurrence *rule,
		      const struct event_series *series, struct strbuf *out)
{
	put(out, 2, 0x3004);
	put(out, 2, 0x3004);
	put_pattern(rule, out);
	put_end(rule, out);
	put(out, 4, (uint32_t)series->first_weekday);
	put(out, 4, (uint32_t)(series->deleted_count + series->moved_count));
	for (size_t i = 0; i < series->deleted_count; i++)
		put(out, 4, minutes_of_day(series->deleted[i]));
	for (size_t i = 0; i < series->moved_count; i++)
		put(out, 4, minutes_of_day(series->moved[i].original_day));
	put(out, 4, (uint32_t)series->moved_count);
	for (size_t i = 0; i < series->moved_count; i++)
		put(out, 4, minutes_of(series->moved[i].start_min) / DAY_MIN * DAY_MIN);
	put(out, 4, minutes_of_day(rule->start_day));
	put(out, 4,
	    rule->end_day == EVENT_NO_DAY ? 0x5AE980DF : minutes_of_day(rule->end_day));
	put(out, 4, 0x3006);
	put(out, 4, 0x3009);
	put(out, 4, (uint32_t)series->start_minute);
	put(out, 4, (uint32_t)series->end_minute);
	put(out, 2, (uint32_t)series->moved_count);
	for (size_t i = 0; i < series->moved_count; i++) {
		const struct event_moved *moved = &series->moved[i];

		put(out, 4, minutes_of(moved->start_min));
		put(out, 4, minutes_of(moved->end_min));
		put(out, 4,
		    minutes_of_day(moved->original_day) + (uint32_t)series->start_minute);
		put(out, 2, 0);
	}
}
