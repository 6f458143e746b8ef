/* Patterns of Exchange: their RRULE, and the days they fall on. Pure. */
#ifndef CALENDAR_RECURRENCE_H
#define CALENDAR_RECURRENCE_H

#include "bridge/event.h"

/*
 * recurrence_rrule() - the value of an RRULE
 * @until: for an end day, already written as the series needs it (DATE or UTC)
 * Return: false when no RRULE can say it (EVENT_PATTERN_OTHER, NONE); @out unchanged.
 */
bool recurrence_rrule(const struct event_recurrence *rule, const char *until,
		      struct strbuf *out);

/*
 * The days of a series, deleted and moved ones too, in local dates: exactly as Exchange
 * counts them, with short months clipped.
 */
struct recurrence_days {
	const struct event_recurrence *rule;
	int64_t period; /* number of the day, week, month or year from the start */
	int weekday; /* next to look at in a week */
	int given;
};
void recurrence_days_begin(struct recurrence_days *days,
			   const struct event_recurrence *rule);
/* Return: false at the end, and for patterns without a rule. */
bool recurrence_days_next(struct recurrence_days *days, int32_t *day_r);

#endif
