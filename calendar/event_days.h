/* Days and times of an event in its own zone. Pure. */
#ifndef CALENDAR_EVENT_DAYS_H
#define CALENDAR_EVENT_DAYS_H

#include "bridge/event.h"
#include "calendar/zone.h"

#define DAY_S 86400

/* Whole days since 1970 of a local time. */
int32_t event_day_of(int64_t local_s);
/* The first day of an all-day event, and how many it lasts (at least one). An instant
 * that is not midnight in @zone is rounded to the nearest one. */
int32_t event_all_day_start(const struct zone *zone, int64_t start_unix_s);
int event_all_day_count(int64_t start_unix_s, int64_t end_unix_s);

/* Seconds after midnight of an ordinary occurrence's start; 0 for all-day series. */
int64_t event_start_of_day(const struct event *event, const struct zone *zone);
/* The last occurrence's latest start by an end day: UNTIL of the series. */
int64_t event_until_unix(const struct event *master, const struct zone *zone);
/* The day of the series that an exception stands for. */
int32_t event_original_day(const struct event *master, const struct event *exception,
			   const struct zone *zone);
/*
 * event_deleted_days() - days without occurrence, ascending, each once; moved days are
 * not among them
 * @days_r: free() it
 */
size_t event_deleted_days(const struct event *master, const struct zone *zone,
			  int32_t **days_r);

#endif
