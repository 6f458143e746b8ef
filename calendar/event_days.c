/*
 * Which day an instant of a series means. Exchange keeps one occurrence per local day at
 * most, and its instants were seen one hour off across changes of the clock: so days
 * are compared, never instants, and the recurrence blob's days win where it is known.
 */
#include "calendar/event_days.h"

#include <stdlib.h>

#include "base/mem.h"

int32_t event_day_of(int64_t local_s)
{
	int64_t day = local_s / DAY_S;

	return (int32_t)(local_s % DAY_S < 0 ? day - 1 : day);
}

int32_t event_all_day_start(const struct zone *zone, int64_t start_unix_s)
{
	return event_day_of(zone_to_local(zone, start_unix_s) + DAY_S / 2);
}

int event_all_day_count(int64_t start_unix_s, int64_t end_unix_s)
{
	int64_t days = (end_unix_s - start_unix_s + DAY_S / 2) / DAY_S;

	return days < 1 ? 1 : days > 100000 ? 100000 : (int)days;
}

int64_t event_start_of_day(const struct event *event, const struct zone *zone)
{
	int64_t start = event->start_unix_s == EVENT_NO_TIME ? 0 : event->start_unix_s;
	int64_t local = zone_to_local(zone, start);

	return event->all_day ? 0 : local - event_day_of(local) * (int64_t)DAY_S;
}

int64_t event_until_unix(const struct event *master, const struct zone *zone)
{
	return zone_to_unix(zone, master->recurrence.end_day * (int64_t)DAY_S +
					  event_start_of_day(master, zone));
}

static int32_t series_day(const struct event *master, const struct zone *zone,
			  int64_t start_unix_s)
{
	if (start_unix_s == EVENT_NO_TIME)
		return EVENT_NO_DAY;
	if (master->all_day)
		return event_all_day_start(zone, start_unix_s);
	return event_day_of(zone_to_local(zone, start_unix_s));
}

int32_t event_original_day(const struct event *master, const struct event *exception,
			   const struct zone *zone)
{
	int32_t day = series_day(master, zone, exception->original_start_unix_s);
	const struct event_series *series = &master->series;

	for (size_t i = 0; i < series->moved_count; i++)
		if (series->moved[i].original_day == day)
			return day;
	/* The instant is off by some hours: the blob knows the day beside it. */
	for (size_t i = 0; i < series->moved_count; i++)
		if (llabs((int64_t)series->moved[i].original_day - day) == 1)
			return series->moved[i].original_day;
	return day;
}

static int compare_days(const void *a, const void *b)
{
	const int32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool is_exception_day(const struct event *master, const struct zone *zone,
			     int32_t day)
{
	for (size_t i = 0; i < master->exception_count; i++)
		if (event_original_day(master, &master->exceptions[i], zone) == day)
			return true;
	return false;
}

size_t event_deleted_days(const struct event *master, const struct zone *zone,
			  int32_t **days_r)
{
	const struct event_series *series = &master->series;
	size_t count = series->known ? series->deleted_count
				     : master->deleted_start_count;
	int32_t *days = mem_array(count ? count : 1, sizeof *days);
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		days[i] = series->known
				  ? series->deleted[i]
				  : series_day(master, zone, master->deleted_starts[i]);
	if (count)
		qsort(days, count, sizeof *days, compare_days);
	for (size_t i = 0; i < count; i++)
		if (days[i] != EVENT_NO_DAY && (!kept || days[i] != days[kept - 1]) &&
		    !is_exception_day(master, zone, days[i]))
			days[kept++] = days[i];
	*days_r = days;
	return kept;
}
