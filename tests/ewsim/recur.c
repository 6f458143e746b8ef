/* Recurrence patterns of EWS, and time zones through ICU. */
#include "tests/ewsim/recur.h"

#include <stdlib.h>

#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include "base/clock.h"

enum { DAY_S = 86400, MAX_SLOTS = 5000, MAX_EMPTY = 500 };

static bool iana(const char *zone, UChar out[128])
{
	UErrorCode status = U_ZERO_ERROR;
	UChar name[128], canonical[128];
	UBool system = false;

	if (!zone || strlen(zone) > 100)
		return false;
	u_uastrcpy(name, zone);
	if (ucal_getTimeZoneIDForWindowsID(name, -1, NULL, out, 128, &status) > 0 &&
	    U_SUCCESS(status))
		return true;
	status = U_ZERO_ERROR;
	ucal_getCanonicalTimeZoneID(name, -1, canonical, 128, &system, &status);
	if (U_FAILURE(status) || !system)
		return false;
	u_strcpy(out, name);
	return true;
}

bool zone_known(const char *zone)
{
	UChar id[128];

	return iana(zone, id);
}

static UCalendar *open_zone(const char *zone)
{
	UErrorCode status = U_ZERO_ERROR;
	UChar id[128];
	UCalendar *cal;

	if (!iana(zone, id))
		return NULL;
	cal = ucal_open(id, -1, "en_US", UCAL_GREGORIAN, &status);
	return U_SUCCESS(status) ? cal : NULL;
}

int64_t zone_to_local(const char *zone, int64_t unix_s)
{
	UErrorCode status = U_ZERO_ERROR;
	UCalendar *cal = open_zone(zone);
	int64_t offset;

	if (!cal)
		return unix_s;
	ucal_setMillis(cal, (double)unix_s * 1000, &status);
	offset = ucal_get(cal, UCAL_ZONE_OFFSET, &status) +
		 ucal_get(cal, UCAL_DST_OFFSET, &status);
	ucal_close(cal);
	return unix_s + offset / 1000;
}

int64_t zone_to_unix(const char *zone, int64_t local_s)
{
	UErrorCode status = U_ZERO_ERROR;
	UCalendar *cal = open_zone(zone);
	struct civil c = clock_civil_from_unix(local_s);
	int64_t t;

	if (!cal)
		return local_s;
	ucal_clear(cal);
	ucal_setDateTime(cal, c.year, c.month - 1, c.day, c.hour, c.minute, c.second,
			 &status);
	t = (int64_t)(ucal_getMillis(cal, &status) / 1000);
	ucal_close(cal);
	return t;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t day_of(int64_t year, int month, int day)
{
	return floor_div(clock_unix_from_civil(year, month, day, 0, 0, 0), DAY_S);
}

static int weekday(int64_t day)
{
	return (int)(((day + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

static int month_length(int64_t year, int month)
{
	return (int)(day_of(month == 12 ? year + 1 : year, month % 12 + 1, 1) -
		     day_of(year, month, 1));
}

void recur_init(struct recur *r, const struct sim_cal *cal)
{
	int64_t local = zone_to_local(cal->start_zone, cal->start);
	const struct sim_date *u = &cal->rec.until, *s = &cal->rec.start;

	*r = (struct recur){ .cal = cal, .last_day = INT64_MAX };
	r->first_day = floor_div(local, DAY_S);
	r->time_of_day = local - r->first_day * DAY_S;
	if (s->year)
		r->first_day = day_of(s->year, s->month, s->day);
	if (u->year)
		r->last_day = day_of(u->year, u->month, u->day);
}

static int64_t nth_in_month(const struct sim_recurrence *rec, int64_t year, int month)
{
	int length = month_length(year, month), seen = 0;
	int64_t first = day_of(year, month, 1), found = first;

	for (int d = 0; d < length; d++) {
		int64_t day = rec->nth < 0 ? first + length - 1 - d : first + d;

		if (!(rec->weekdays & 1u << weekday(day)))
			continue;
		found = day;
		if (++seen == (rec->nth < 0 ? 1 : rec->nth))
			break;
	}
	return found;
}

static int64_t in_month(const struct sim_recurrence *rec, int64_t year, int month,
			bool nth)
{
	if (nth)
		return nth_in_month(rec, year, month);
	return day_of(year, month, MIN_OF(rec->day, month_length(year, month)));
}

static void week(struct recur *r, const struct sim_recurrence *rec, int interval)
{
	int64_t start = r->first_day -
			(weekday(r->first_day) - rec->first_weekday + 7) % 7;

	for (int d = 0; d < 7; d++) {
		int64_t day = start + r->step * interval * 7 + d;

		if (rec->weekdays & 1u << weekday(day))
			r->slots[r->slot_count++] = day;
	}
}

static void fill(struct recur *r)
{
	const struct sim_recurrence *rec = &r->cal->rec;
	int interval = rec->interval > 0 ? rec->interval : 1;
	struct civil c = clock_civil_from_unix(r->first_day * DAY_S);
	int64_t months = (int64_t)c.year * 12 + c.month - 1 + r->step * interval;

	r->slot_count = r->slot_at = 0;
	switch (rec->pattern) {
	case SIM_ONCE:
		break;
	case SIM_DAILY:
		r->slots[r->slot_count++] = r->first_day + r->step * interval;
		break;
	case SIM_WEEKLY:
		week(r, rec, interval);
		break;
	case SIM_MONTHLY_DAY:
	case SIM_MONTHLY_NTH:
		r->slots[r->slot_count++] = in_month(rec, months / 12,
						     (int)(months % 12) + 1,
						     rec->pattern == SIM_MONTHLY_NTH);
		break;
	case SIM_YEARLY_DAY:
	case SIM_YEARLY_NTH:
		r->slots[r->slot_count++] = in_month(rec, c.year + r->step, rec->month,
						     rec->pattern == SIM_YEARLY_NTH);
		break;
	}
	r->step++;
}

bool recur_next(struct recur *r, int64_t *start_r)
{
	int empty = 0;

	if (r->given >= MAX_SLOTS ||
	    (r->cal->rec.count && r->given >= r->cal->rec.count) ||
	    r->cal->rec.pattern == SIM_ONCE)
		return false;
	while (empty < MAX_EMPTY) {
		if (r->slot_at == r->slot_count) {
			fill(r);
			empty++;
			continue;
		}
		int64_t day = r->slots[r->slot_at++];

		if (day < r->first_day)
			continue;
		if (day > r->last_day)
			return false;
		r->given++;
		*start_r = zone_to_unix(r->cal->start_zone, day * DAY_S + r->time_of_day);
		return true;
	}
	return false;
}

bool recur_nth(const struct sim_cal *cal, uint32_t index, int64_t *start_r)
{
	struct recur r;
	int64_t start = 0;

	recur_init(&r, cal);
	for (uint32_t i = 0; i < index; i++)
		if (!recur_next(&r, &start))
			return false;
	*start_r = start;
	return true;
}

bool recur_is_slot(const struct sim_cal *cal, int64_t wanted)
{
	struct recur r;
	int64_t start;

	recur_init(&r, cal);
	while (recur_next(&r, &start) && start <= wanted)
		if (start == wanted)
			return true;
	return recur_exception(cal, wanted) != NULL;
}

bool recur_is_deleted(const struct sim_cal *cal, int64_t start)
{
	for (size_t i = 0; i < cal->deleted_count; i++)
		if (cal->deleted[i] == start)
			return true;
	return false;
}

struct sim_item *recur_exception(const struct sim_cal *cal, int64_t start)
{
	for (size_t i = 0; i < cal->exception_count; i++)
		if (cal->exceptions[i]->cal->original == start)
			return cal->exceptions[i];
	return NULL;
}
