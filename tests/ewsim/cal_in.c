/* Calendar properties from requests: times, zones, recurrence. */
#include "tests/ewsim/call.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "tests/ewsim/recur.h"

static struct sim_cal *cal_of(struct call *c, struct sim_item *item)
{
	struct sim_cal *cal = item->cal;

	if (cal)
		return cal;
	cal = item->cal = mem_alloc(sizeof(*cal));
	if (c->zone.len)
		cal->start_zone = mem_strndup(c->zone.p, c->zone.len);
	return cal;
}

static void set_zone(char **zone, struct str id)
{
	if (!id.len)
		return;
	free(*zone);
	*zone = mem_strndup(id.p, id.len);
}

static const char *set_time(struct sim_cal *cal, const xmlNode *e, int64_t *time)
{
	bool local;
	int64_t t;

	if (!x_time_parse(x_short(e), &t, &local))
		return "ErrorSchemaValidation";
	*time = local ? zone_to_unix(cal->start_zone, t) : t;
	cal->times_set = true;
	return NULL;
}

static unsigned days_of(struct str s)
{
	static const struct {
		const char *name;
		unsigned bits;
	} table[] = { { "Sunday", 1 },	     { "Monday", 2 },	 { "Tuesday", 4 },
		      { "Wednesday", 8 },    { "Thursday", 16 }, { "Friday", 32 },
		      { "Saturday", 64 },    { "Day", 0x7f },	 { "Weekday", 0x3e },
		      { "WeekendDay", 0x41 } };
	unsigned set = 0;
	struct str word;

	while (str_split(&s, ' ', &word))
		for (size_t i = 0; i < ARRAY_LEN(table); i++)
			if (str_eq(word, str_from(table[i].name)))
				set |= table[i].bits;
	return set;
}

static int choice(struct str s, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (str_eq(s, str_from(names[i])))
			return i + 1;
	return 0;
}

static int number(const xmlNode *parent, const char *name)
{
	uint32_t n = 0;

	(void)!num_u32(x_short(x_child(parent, name)), &n);
	return (int)n;
}

static struct sim_date date_of(const xmlNode *n)
{
	struct str s = x_short(n);
	int64_t t = 0;
	bool local;
	struct civil c;

	if (!x_time_parse(str_sub(s, 0, 10), &t, &local))
		return (struct sim_date){ 0 };
	c = clock_civil_from_unix(t);
	return (struct sim_date){ c.year, c.month, c.day };
}

static const char *set_pattern(struct sim_recurrence *r, const xmlNode *p)
{
	static const char *const patterns[] = {
		"DailyRecurrence",	     "WeeklyRecurrence",
		"AbsoluteMonthlyRecurrence", "RelativeMonthlyRecurrence",
		"AbsoluteYearlyRecurrence",  "RelativeYearlyRecurrence"
	};
	static const char *const nth[] = { "First", "Second", "Third", "Fourth", "Last" };
	static const char *const months[] = { "January", "February", "March",
					      "April",	 "May",	     "June",
					      "July",	 "August",   "September",
					      "October", "November", "December" };
	unsigned first = days_of(x_short(x_child(p, "FirstDayOfWeek")));
	int n = choice(x_short(x_child(p, "DayOfWeekIndex")), nth, 5);

	r->pattern = (enum sim_pattern)choice(str_from((const char *)p->name), patterns,
					      6);
	if (r->pattern == SIM_ONCE)
		return "ErrorCalendarInvalidRecurrence";
	r->interval = MAX_OF(number(p, "Interval"), 1);
	r->weekdays = days_of(x_short(x_child(p, "DaysOfWeek")));
	r->day = number(p, "DayOfMonth");
	r->nth = n == 5 ? -1 : n;
	r->month = choice(x_short(x_child(p, "Month")), months, 12);
	for (int i = 0; i < 7; i++)
		if (first == 1u << i)
			r->first_weekday = i;
	return NULL;
}

static void drop_exceptions(struct sim_cal *cal)
{
	for (size_t i = 0; i < cal->exception_count; i++)
		sim_item_free(cal->exceptions[i]);
	cal->exception_count = cal->deleted_count = 0;
}

static const char *set_recurrence(struct sim_cal *cal, const xmlNode *e)
{
	const xmlNode *p = x_first(e), *range = x_next(p);
	struct sim_recurrence r = { 0 };
	const char *code;

	if (!p || !range)
		return "ErrorSchemaValidation";
	code = set_pattern(&r, p);
	if (code)
		return code;
	r.start = date_of(x_child(range, "StartDate"));
	r.until = date_of(x_child(range, "EndDate"));
	r.count = number(range, "NumberOfOccurrences");
	cal->rec = r;
	return NULL;
}

const char *cal_apply(struct call *c, struct sim_item *item, const xmlNode *e)
{
	struct sim_cal *cal = cal_of(c, item);

	if (x_is(e, "Start")) {
		if (cal->rec.pattern != SIM_ONCE && item->folder &&
		    c->sim->settings.recurrence_wipes)
			drop_exceptions(cal);
		return set_time(cal, e, &cal->start);
	}
	if (x_is(e, "End"))
		return set_time(cal, e, &cal->end);
	if (x_is(e, "IsAllDayEvent"))
		cal->all_day = x_true(x_short(e));
	else if (x_is(e, "StartTimeZone"))
		set_zone(&cal->start_zone, x_attr(e, "Id"));
	else if (x_is(e, "EndTimeZone"))
		set_zone(&cal->end_zone, x_attr(e, "Id"));
	else if (x_is(e, "MeetingTimeZone"))
		set_zone(&cal->start_zone, x_attr(e, "TimeZoneName"));
	else {
		if (c->sim->settings.recurrence_wipes)
			drop_exceptions(cal);
		return set_recurrence(cal, e);
	}
	return NULL;
}

/* The first date of the pattern is the start of the series. */
static void move_to_pattern(struct sim_cal *cal)
{
	struct recur r;
	int64_t first, length = cal->end - cal->start;

	if (cal->rec.pattern == SIM_ONCE)
		return;
	recur_init(&r, cal);
	if (recur_next(&r, &first)) {
		cal->start = first;
		cal->end = first + length;
	}
}

static int64_t midnight(const char *zone, int64_t t, bool up)
{
	int64_t local = zone_to_local(zone, t), day = local - local % 86400;

	if (up && day != local)
		day += 86400;
	return zone_to_unix(zone, day);
}

void cal_finish(struct sim_item *item)
{
	struct sim_cal *cal = item->cal;

	if (!cal)
		return;
	if (!cal->start_zone)
		cal->start_zone = mem_strdup("UTC");
	if (!cal->end_zone)
		cal->end_zone = mem_strdup(cal->start_zone);
	if (cal->all_day && cal->times_set) {
		cal->start = midnight(cal->start_zone, cal->start, false);
		cal->end = midnight(cal->start_zone, cal->end, true);
	}
	move_to_pattern(cal);
}
