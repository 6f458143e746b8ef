/* Recurrence elements, dates and weekdays. EWS types.xsd, RecurrenceType. */
#include "base/num.h"
#include "ews/read.h"

static const char *const weekdays[] = { "Sunday",   "Monday", "Tuesday",  "Wednesday",
					"Thursday", "Friday", "Saturday", NULL };
static const char *const months[] = { "",	  "January",   "February", "March",
				      "April",	  "May",       "June",	   "July",
				      "August",	  "September", "October",  "November",
				      "December", NULL };

int ews_parse_weekday(struct str text)
{
	int day = ews_enum_value(text, weekdays);

	return day > 0 || str_eq(text, STR("Sunday")) ? day : -1;
}

struct ews_date ews_parse_date(struct str text)
{
	struct ews_date none = { 0 };
	uint32_t year, month, day;

	if (text.len < 10 || text.p[4] != '-' || text.p[7] != '-' ||
	    !num_u32(str_sub(text, 0, 4), &year) ||
	    !num_u32(str_sub(text, 5, 2), &month) ||
	    !num_u32(str_sub(text, 8, 2), &day) || month < 1 || month > 12 || day < 1 ||
	    day > 31)
		return none;
	return (struct ews_date){ (int)year, (int)month, (int)day };
}

unsigned ews_parse_days(struct str text)
{
	unsigned days = 0;
	struct str field;

	while (str_split(&text, ' ', &field)) {
		int day = ews_parse_weekday(str_trim(field));

		if (day >= 0)
			days |= 1u << day;
		else if (str_eq(field, STR("Day")))
			days |= EWS_DAYS_ALL;
		else if (str_eq(field, STR("Weekday")))
			days |= EWS_DAYS_WEEKDAY;
		else if (str_eq(field, STR("WeekendDay")))
			days |= EWS_DAYS_WEEKEND;
	}
	return days;
}

static int parse_index(struct str text)
{
	static const char *const names[] = { "",      "First",	"Second",
					     "Third", "Fourth", NULL };

	return str_eq(text, STR("Last")) ? -1 : ews_enum_value(text, names);
}

static void read_pattern(struct soap_reader *r, struct ews_recurrence *out)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (soap_is(r, "Interval"))
			out->interval = (int)soap_get_int(r, 1) & 0xFFFF;
		else if (soap_is(r, "DaysOfWeek"))
			out->days_of_week = ews_parse_days(str_trim(soap_text(r)));
		else if (soap_is(r, "FirstDayOfWeek"))
			out->first_day_of_week = ews_parse_weekday(
				str_trim(soap_text(r)));
		else if (soap_is(r, "DayOfMonth"))
			out->day_of_month = (int)soap_get_int(r, 0) & 0xFF;
		else if (soap_is(r, "DayOfWeekIndex"))
			out->week_index = parse_index(str_trim(soap_text(r)));
		else if (soap_is(r, "Month"))
			out->month = ews_enum_value(str_trim(soap_text(r)), months);
	}
}

static void read_range(struct soap_reader *r, struct ews_recurrence *out)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (soap_is(r, "StartDate"))
			out->start = ews_parse_date(str_trim(soap_text(r)));
		else if (soap_is(r, "EndDate"))
			out->end = ews_parse_date(str_trim(soap_text(r)));
		else if (soap_is(r, "NumberOfOccurrences"))
			out->occurrences = (int)(soap_get_int(r, 0) & 0x7FFFFFFF);
	}
}

void ews_read_recurrence(struct soap_reader *r, struct ews_recurrence *recurrence_r)
{
	static const char *const patterns[] = {
		[EWS_PATTERN_NONE] = "",
		[EWS_PATTERN_DAILY] = "DailyRecurrence",
		[EWS_PATTERN_WEEKLY] = "WeeklyRecurrence",
		[EWS_PATTERN_MONTHLY_ABSOLUTE] = "AbsoluteMonthlyRecurrence",
		[EWS_PATTERN_MONTHLY_RELATIVE] = "RelativeMonthlyRecurrence",
		[EWS_PATTERN_YEARLY_ABSOLUTE] = "AbsoluteYearlyRecurrence",
		[EWS_PATTERN_YEARLY_RELATIVE] = "RelativeYearlyRecurrence",
		NULL,
	};
	static const char *const ranges[] = {
		[EWS_RANGE_NONE] = "",
		[EWS_RANGE_FOREVER] = "NoEndRecurrence",
		[EWS_RANGE_UNTIL] = "EndDateRecurrence",
		[EWS_RANGE_COUNT] = "NumberedRecurrence",
		NULL,
	};
	int depth = soap_depth(r);

	*recurrence_r = (struct ews_recurrence){ .interval = 1, .first_day_of_week = -1 };
	while (soap_child(r, depth)) {
		int range = ews_enum_value(soap_name(r), ranges);
		int pattern = ews_enum_value(soap_name(r), patterns);

		if (range) {
			recurrence_r->range = (enum ews_range)range;
			read_range(r, recurrence_r);
		} else {
			recurrence_r->pattern = pattern ? (enum ews_pattern)pattern
							: EWS_PATTERN_OTHER;
			read_pattern(r, recurrence_r);
		}
	}
}
