/* Recurrence elements of requests: EWS types.xsd, RecurrenceType. */
#include <stdio.h>

#include "ews/prop.h"

static const char *const weekdays[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
					"Thursday", "Friday", "Saturday" };
static const char *const months[] = { "January",   "February", "March",	   "April",
				      "May",	   "June",     "July",	   "August",
				      "September", "October",  "November", "December" };

static void put_days(struct soap_writer *w, unsigned days, bool relative)
{
	char text[80] = "";
	size_t len = 0;

	if (relative && (days == EWS_DAYS_ALL || days == EWS_DAYS_WEEKDAY ||
			 days == EWS_DAYS_WEEKEND)) {
		soap_leaf(w, "t:DaysOfWeek",
			  days == EWS_DAYS_ALL	     ? "Day"
			  : days == EWS_DAYS_WEEKDAY ? "Weekday"
						     : "WeekendDay");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(weekdays); i++) {
		if (days & 1u << i)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
						len ? " " : "", weekdays[i]);
	}
	soap_leaf(w, "t:DaysOfWeek", text);
}

static void put_index(struct soap_writer *w, int week_index)
{
	static const char *const names[] = { "First", "Second", "Third", "Fourth" };

	soap_leaf(w, "t:DayOfWeekIndex",
		  week_index >= 1 && week_index <= 4 ? names[week_index - 1] : "Last");
}

static void put_month(struct soap_writer *w, int month)
{
	soap_leaf(w, "t:Month", months[month >= 1 && month <= 12 ? month - 1 : 0]);
}

static void put_pattern(struct soap_writer *w, const struct ews_recurrence *r)
{
	switch (r->pattern) {
	case EWS_PATTERN_NONE:
	case EWS_PATTERN_OTHER: /* callers do not write those */
	case EWS_PATTERN_DAILY:
		soap_open(w, "t:DailyRecurrence");
		soap_leaf_int(w, "t:Interval", r->interval);
		break;
	case EWS_PATTERN_WEEKLY:
		soap_open(w, "t:WeeklyRecurrence");
		soap_leaf_int(w, "t:Interval", r->interval);
		put_days(w, r->days_of_week, false);
		if (r->first_day_of_week >= 0 && r->first_day_of_week <= 6)
			soap_leaf(w, "t:FirstDayOfWeek", weekdays[r->first_day_of_week]);
		break;
	case EWS_PATTERN_MONTHLY_ABSOLUTE:
		soap_open(w, "t:AbsoluteMonthlyRecurrence");
		soap_leaf_int(w, "t:Interval", r->interval);
		soap_leaf_int(w, "t:DayOfMonth", r->day_of_month);
		break;
	case EWS_PATTERN_MONTHLY_RELATIVE:
		soap_open(w, "t:RelativeMonthlyRecurrence");
		soap_leaf_int(w, "t:Interval", r->interval);
		put_days(w, r->days_of_week, true);
		put_index(w, r->week_index);
		break;
	case EWS_PATTERN_YEARLY_ABSOLUTE:
		soap_open(w, "t:AbsoluteYearlyRecurrence");
		soap_leaf_int(w, "t:DayOfMonth", r->day_of_month);
		put_month(w, r->month);
		break;
	case EWS_PATTERN_YEARLY_RELATIVE:
		soap_open(w, "t:RelativeYearlyRecurrence");
		put_days(w, r->days_of_week, true);
		put_index(w, r->week_index);
		put_month(w, r->month);
		break;
	}
	soap_close(w);
}

static void put_date(struct soap_writer *w, const char *name, const struct ews_date *date)
{
	char text[48];

	snprintf(text, sizeof(text), "%04d-%02d-%02d", date->year, date->month,
		 date->day);
	soap_leaf(w, name, text);
}

static void put_range(struct soap_writer *w, const struct ews_recurrence *r)
{
	soap_open(w, r->range == EWS_RANGE_UNTIL   ? "t:EndDateRecurrence"
		     : r->range == EWS_RANGE_COUNT ? "t:NumberedRecurrence"
						   : "t:NoEndRecurrence");
	put_date(w, "t:StartDate", &r->start);
	if (r->range == EWS_RANGE_UNTIL)
		put_date(w, "t:EndDate", &r->end);
	if (r->range == EWS_RANGE_COUNT)
		soap_leaf_int(w, "t:NumberOfOccurrences", r->occurrences);
	soap_close(w);
}

void soap_put_recurrence(struct soap_writer *w, const struct ews_recurrence *recurrence)
{
	soap_open(w, "t:Recurrence");
	put_pattern(w, recurrence);
	put_range(w, recurrence);
	soap_close(w);
}
