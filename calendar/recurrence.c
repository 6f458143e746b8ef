/*
 * Exchange's recurrence patterns. Days of the month past the end of a short month are
 * clipped to its last day (MS-OXOCAL 2.2.1.44.1.3), which RRULE says by BYSETPOS. Yearly
 * and monthly patterns with one week day are "the nth", with a set "the nth of these".
 */
#include "calendar/recurrence.h"

#include "base/clock.h"

#define PERIODS_MAX 40000 /* without a day: the pattern is impossible */
#define LAST_DAY 2932896 /* 9999-12-31 */

static const char *const weekday_names[] = { "SU", "MO", "TU", "WE", "TH", "FR", "SA" };

/* ---- RRULE */

static void add_weekdays(unsigned set, struct strbuf *out)
{
	const char *comma = "";

	for (int i = 1; i <= 7; i++) { /* Monday first: RFC 5545's own order */
		if (!(set & EVENT_WEEKDAY(i % 7)))
			continue;
		strbuf_addf(out, "%s%s", comma, weekday_names[i % 7]);
		comma = ",";
	}
}

static bool is_one(unsigned set)
{
	return set && !(set & (set - 1));
}

static void add_nth(const struct event_recurrence *rule, struct strbuf *out)
{
	strbuf_add(out, STR(";BYDAY="));
	if (is_one(rule->weekdays)) {
		strbuf_addf(out, "%d", rule->nth);
		add_weekdays(rule->weekdays, out);
		return;
	}
	add_weekdays(rule->weekdays, out);
	strbuf_addf(out, ";BYSETPOS=%d", rule->nth);
}

/* In @month (0: any) Exchange clips the day, RFC 5545 skips the month. */
static void add_month_day(int day, int month, struct strbuf *out)
{
	static const int shortest[] = {
		28, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};

	if (day <= shortest[month]) {
		strbuf_addf(out, ";BYMONTHDAY=%d", day);
	} else if (day == 31 || month == 2) {
		strbuf_add(out, STR(";BYMONTHDAY=-1"));
	} else {
		strbuf_add(out, STR(";BYMONTHDAY=28"));
		for (int i = 29; i <= day; i++)
			strbuf_addf(out, ",%d", i);
		strbuf_add(out, STR(";BYSETPOS=-1"));
	}
}

static void add_interval(int interval, struct strbuf *out)
{
	if (interval > 1)
		strbuf_addf(out, ";INTERVAL=%d", interval);
}

static void add_weekly(const struct event_recurrence *rule, struct strbuf *out)
{
	/* The default of Exchange is Sunday, of RFC 5545 Monday. */
	int first = rule->first_weekday >= 0 && rule->first_weekday < 7
			    ? rule->first_weekday
			    : 0;

	strbuf_add(out, STR("FREQ=WEEKLY"));
	add_interval(rule->interval, out);
	if (rule->weekdays) {
		strbuf_add(out, STR(";BYDAY="));
		add_weekdays(rule->weekdays, out);
	}
	strbuf_addf(out, ";WKST=%s", weekday_names[first]);
}

static bool is_yearly(const struct event_recurrence *rule)
{
	return rule->interval >= 12 && rule->interval % 12 == 0;
}

/* A monthly pattern of k years reads better as yearly in the start's month. */
static void add_monthly(const struct event_recurrence *rule, struct strbuf *out,
			int *month_r)
{
	*month_r = 0;
	if (is_yearly(rule) && rule->start_day != EVENT_NO_DAY) {
		*month_r = clock_civil_from_unix(rule->start_day * 86400LL).month;
		strbuf_add(out, STR("FREQ=YEARLY"));
		add_interval(rule->interval / 12, out);
		strbuf_addf(out, ";BYMONTH=%d", *month_r);
		return;
	}
	strbuf_add(out, STR("FREQ=MONTHLY"));
	add_interval(rule->interval, out);
}

static bool is_valid(const struct event_recurrence *rule)
{
	bool nth = rule->pattern == EVENT_PATTERN_MONTHLY_NTH ||
		   rule->pattern == EVENT_PATTERN_YEARLY_NTH;
	bool yearly = rule->pattern == EVENT_PATTERN_YEARLY_DAY ||
		      rule->pattern == EVENT_PATTERN_YEARLY_NTH;
	bool by_day = rule->pattern == EVENT_PATTERN_MONTHLY_DAY ||
		      rule->pattern == EVENT_PATTERN_YEARLY_DAY;

	if (rule->pattern == EVENT_PATTERN_NONE || rule->pattern == EVENT_PATTERN_OTHER ||
	    rule->interval < 1 || rule->interval > 999 ||
	    (rule->weekdays & ~EVENT_WEEKDAYS_ALL))
		return false;
	if (nth && (!rule->weekdays || rule->nth < -1 || rule->nth == 0 || rule->nth > 4))
		return false;
	if (by_day && (rule->day_of_month < 1 || rule->day_of_month > 31))
		return false;
	return !yearly || (rule->month >= 1 && rule->month <= 12);
}

static void add_pattern(const struct event_recurrence *rule, struct strbuf *out)
{
	int month;

	switch (rule->pattern) {
	case EVENT_PATTERN_DAILY:
		strbuf_add(out, STR("FREQ=DAILY"));
		add_interval(rule->interval, out);
		break;
	case EVENT_PATTERN_WEEKLY:
		add_weekly(rule, out);
		break;
	case EVENT_PATTERN_MONTHLY_DAY:
		add_monthly(rule, out, &month);
		add_month_day(rule->day_of_month, month, out);
		break;
	case EVENT_PATTERN_MONTHLY_NTH:
		add_monthly(rule, out, &month);
		add_nth(rule, out);
		break;
	case EVENT_PATTERN_YEARLY_DAY:
		strbuf_addf(out, "FREQ=YEARLY;BYMONTH=%d", rule->month);
		add_month_day(rule->day_of_month, rule->month, out);
		break;
	case EVENT_PATTERN_YEARLY_NTH:
		strbuf_addf(out, "FREQ=YEARLY;BYMONTH=%d", rule->month);
		add_nth(rule, out);
		break;
	case EVENT_PATTERN_NONE:
	case EVENT_PATTERN_OTHER:
		break;
	}
}

bool recurrence_rrule(const struct event_recurrence *rule, const char *until,
		      struct strbuf *out)
{
	bool ends = rule->range == EVENT_RANGE_END_DAY;

	if (!is_valid(rule) || (ends && (!until || !*until)))
		return false;
	add_pattern(rule, out);
	if (rule->range == EVENT_RANGE_COUNT)
		strbuf_addf(out, ";COUNT=%d", MAX_OF(rule->count, 1));
	else if (ends)
		strbuf_addf(out, ";UNTIL=%s", until);
	return true;
}

/* ---- days */

static int32_t day_from(int64_t year, int month, int day)
{
	return (int32_t)(clock_unix_from_civil(year, month, day, 0, 0, 0) / 86400);
}

static int weekday_of(int32_t day)
{
	return (int)(((int64_t)day % 7 + 11) % 7); /* 1970-01-01 was a Thursday */
}

static int32_t last_of_month(int64_t year, int month)
{
	return month == 12 ? day_from(year, 12, 31) : day_from(year, month + 1, 1) - 1;
}

/* The nth day of the month that is one of @set; EVENT_NO_DAY: there is none. */
static int32_t nth_of_month(int64_t year, int month, unsigned set, int nth)
{
	int32_t first = day_from(year, month, 1), last = last_of_month(year, month);

	if (nth < 0) {
		while (last >= first && !(set & EVENT_WEEKDAY(weekday_of(last))))
			last--;
		return last >= first ? last : EVENT_NO_DAY;
	}
	for (int32_t day = first; day <= last; day++)
		if ((set & EVENT_WEEKDAY(weekday_of(day))) && --nth == 0)
			return day;
	return EVENT_NO_DAY;
}

static int32_t in_month(const struct event_recurrence *rule, int64_t year, int month)
{
	if (rule->pattern == EVENT_PATTERN_MONTHLY_NTH ||
	    rule->pattern == EVENT_PATTERN_YEARLY_NTH)
		return nth_of_month(year, month, rule->weekdays, rule->nth);
	return MIN_OF(day_from(year, month, 1) + rule->day_of_month - 1,
		      last_of_month(year, month));
}

/* The next day of a weekly pattern; the days of one week are gone through by weekday. */
static int32_t next_in_weeks(struct recurrence_days *days)
{
	const struct event_recurrence *rule = days->rule;
	int first = rule->first_weekday >= 0 ? rule->first_weekday : 0;
	unsigned set = rule->weekdays ? rule->weekdays
				      : EVENT_WEEKDAY(weekday_of(rule->start_day));
	int32_t week = rule->start_day - (weekday_of(rule->start_day) - first + 7) % 7;
	int at;

	if (days->weekday == 7) {
		days->weekday = 0;
		days->period++;
	}
	at = days->weekday++;
	if (!(set & EVENT_WEEKDAY((first + at) % 7)))
		return EVENT_NO_DAY;
	return week + (int32_t)(days->period * 7 * rule->interval) + at;
}

/* What the present period holds, EVENT_NO_DAY for nothing; moves on. */
static int32_t next_in_period(struct recurrence_days *days)
{
	const struct event_recurrence *rule = days->rule;
	struct civil start = clock_civil_from_unix(rule->start_day * 86400LL);
	int64_t months;

	switch (rule->pattern) {
	case EVENT_PATTERN_DAILY:
		return rule->start_day + (int32_t)(days->period++ * rule->interval);
	case EVENT_PATTERN_WEEKLY:
		return next_in_weeks(days);
	case EVENT_PATTERN_MONTHLY_DAY:
	case EVENT_PATTERN_MONTHLY_NTH:
		months = start.month - 1 + days->period++ * rule->interval;
		return in_month(rule, start.year + months / 12, (int)(months % 12) + 1);
	case EVENT_PATTERN_YEARLY_DAY:
	case EVENT_PATTERN_YEARLY_NTH:
		return in_month(rule, start.year + days->period++ * rule->interval,
				rule->month);
	case EVENT_PATTERN_NONE:
	case EVENT_PATTERN_OTHER:
		break;
	}
	return EVENT_NO_DAY;
}

void recurrence_days_begin(struct recurrence_days *days,
			   const struct event_recurrence *rule)
{
	*days = (struct recurrence_days){ .rule = rule };
}

bool recurrence_days_next(struct recurrence_days *days, int32_t *day_r)
{
	const struct event_recurrence *rule = days->rule;

	if (!is_valid(rule) || rule->start_day == EVENT_NO_DAY ||
	    (rule->range == EVENT_RANGE_COUNT && days->given >= rule->count))
		return false;
	for (int i = 0; i < PERIODS_MAX; i++) {
		int32_t day = next_in_period(days);

		if (day == EVENT_NO_DAY || day < rule->start_day)
			continue;
		if (day > LAST_DAY ||
		    (rule->range == EVENT_RANGE_END_DAY &&
		     rule->end_day != EVENT_NO_DAY && day > rule->end_day))
			return false;
		days->given++;
		*day_r = day;
		return true;
	}
	return false;
}
