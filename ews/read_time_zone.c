/* Time zone definitions. EWS types.xsd, TimeZoneDefinitionType. */
#include "base/num.h"
#include "ews/read.h"

/* xs:duration, XML Schema part 2 section 3.2.6; years and months do not occur here. */
bool ews_parse_duration(struct str text, int64_t *seconds_r)
{
	bool negative = str_starts(text, STR("-"));
	int64_t total = 0;
	bool in_time = false;

	if (negative)
		text = str_sub(text, 1, text.len);
	if (!str_starts(text, STR("P")))
		return false;
	text = str_sub(text, 1, text.len);
	while (text.len > 0) {
		size_t digits = 0;
		double value;
		char unit;

		if (text.p[0] == 'T') {
			in_time = true;
			text = str_sub(text, 1, text.len);
			continue;
		}
		while (digits < text.len && digits < 12 &&
		       ((text.p[digits] >= '0' && text.p[digits] <= '9') ||
			text.p[digits] == '.'))
			digits++;
		if (digits == text.len || !num_double(str_sub(text, 0, digits), &value) ||
		    value > 1e8)
			return false;
		unit = text.p[digits];
		if (unit == 'D' && !in_time)
			total += (int64_t)value * 86400;
		else if (unit == 'H' && in_time)
			total += (int64_t)value * 3600;
		else if (unit == 'M' && in_time)
			total += (int64_t)value * 60;
		else if (unit == 'S' && in_time)
			total += (int64_t)value;
		else
			return false;
		text = str_sub(text, digits + 1, text.len);
	}
	*seconds_r = negative ? -total : total;
	return true;
}

static int32_t duration(struct str text)
{
	int64_t seconds;

	if (!ews_parse_duration(str_trim(text), &seconds) || seconds > 7 * 86400 ||
	    seconds < -7 * 86400)
		return 0;
	return (int32_t)seconds;
}

static void read_periods(struct soap_reader *r, struct ews_arena *arena,
			 struct ews_tz *tz)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		struct ews_tz_period *period;

		if (!soap_is(r, "Period"))
			continue;
		tz->periods = ews_arena_grow(arena, tz->periods, tz->period_count,
					     sizeof(*tz->periods));
		period = &tz->periods[tz->period_count++];
		period->id = soap_get_attr(r, "Id", arena);
		period->name = soap_get_attr(r, "Name", arena);
		period->bias_s = duration(soap_attr(r, "Bias"));
	}
}

/* Wall clock, whatever zone a server may write behind it. */
static void read_moment(struct soap_reader *r, struct ews_tz_transition *out)
{
	struct str text = str_trim(soap_text(r));
	struct ews_date date = ews_parse_date(text);
	uint32_t hour = 0, minute = 0, second = 0;

	out->year = date.year;
	out->at_month = date.month;
	out->at_day = date.day;
	if (text.len >= 19 && num_u32(str_sub(text, 11, 2), &hour) &&
	    num_u32(str_sub(text, 14, 2), &minute) &&
	    num_u32(str_sub(text, 17, 2), &second))
		out->at_s = (int)(hour * 3600 + minute * 60 + second);
}

static void read_transition(struct soap_reader *r, struct ews_arena *arena,
			    struct ews_tz_transition *out)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (soap_is(r, "To")) {
			out->to_group = str_eq(soap_attr(r, "Kind"), STR("Group"));
			out->to = soap_get_text(r, arena);
		} else if (soap_is(r, "DateTime")) {
			read_moment(r, out);
		} else if (soap_is(r, "TimeOffset")) {
			out->time_s = duration(soap_text(r));
		} else if (soap_is(r, "Month")) {
			out->month = (int)soap_get_int(r, 0) & 0xF;
		} else if (soap_is(r, "DayOfWeek")) {
			out->weekday = ews_parse_weekday(str_trim(soap_text(r)));
		} else if (soap_is(r, "Occurrence")) {
			int64_t n = soap_get_int(r, 0);

			out->occurrence = n >= -1 && n <= 5 ? (int)n : 0;
		} else if (soap_is(r, "Day")) {
			out->day = (int)soap_get_int(r, 0) & 0x1F;
		}
	}
}

static void read_transitions(struct soap_reader *r, struct ews_arena *arena,
			     struct ews_tz_transitions *out)
{
	static const char *const names[] = {
		[EWS_TZ_FROM_BEGINNING] = "Transition",
		[EWS_TZ_AT] = "AbsoluteDateTransition",
		[EWS_TZ_BY_WEEKDAY] = "RecurringDayTransition",
		[EWS_TZ_BY_DATE] = "RecurringDateTransition",
		NULL,
	};
	int depth = soap_depth(r);

	out->id = soap_get_attr(r, "Id", arena);
	while (soap_child(r, depth)) {
		struct ews_tz_transition *transition;

		out->list = ews_arena_grow(arena, out->list, out->count,
					   sizeof(*out->list));
		transition = &out->list[out->count++];
		transition->type = (enum ews_tz_transition_type)ews_enum_value(
			soap_name(r), names);
		read_transition(r, arena, transition);
	}
}

static void read_groups(struct soap_reader *r, struct ews_arena *arena, struct ews_tz *tz)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		tz->groups = ews_arena_grow(arena, tz->groups, tz->group_count,
					    sizeof(*tz->groups));
		read_transitions(r, arena, &tz->groups[tz->group_count++]);
	}
}

void ews_read_time_zone(struct soap_reader *r, struct ews_arena *arena,
			struct ews_tz *tz_r)
{
	int depth = soap_depth(r);

	*tz_r = (struct ews_tz){ 0 };
	tz_r->id = soap_get_attr(r, "Id", arena);
	tz_r->name = soap_get_attr(r, "Name", arena);
	while (soap_child(r, depth)) {
		if (soap_is(r, "Periods"))
			read_periods(r, arena, tz_r);
		else if (soap_is(r, "TransitionsGroups"))
			read_groups(r, arena, tz_r);
		else if (soap_is(r, "Transitions"))
			read_transitions(r, arena, &tz_r->transitions);
	}
}
