/*
 * VTIMEZONE (RFC 5545 section 3.6.5): changes within the span that is needed, then the
 * yearly rules of today as RRULEs with BYDAY, without which Outlook refuses them.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "calendar/ics_write.h"
#include "calendar/zone.h"
#include "calendar/zone_rule.h"

static void put_offset(struct strbuf *out, const char *name, int offset_s)
{
	int a = abs(offset_s);

	strbuf_addf(out, "%s:%c%02d%02d", name, offset_s < 0 ? '-' : '+', a / 3600,
		    a / 60 % 60);
	if (a % 60)
		strbuf_addf(out, "%02d", a % 60);
	strbuf_add(out, STR("\r\n"));
}

static void begin(struct strbuf *out, bool daylight, int64_t local_s, int before,
		  int after)
{
	strbuf_addf(out, "BEGIN:%s\r\nDTSTART:", daylight ? "DAYLIGHT" : "STANDARD");
	ics_add_time(out, local_s, false);
	strbuf_add(out, STR("\r\n"));
	put_offset(out, "TZOFFSETFROM", before);
	put_offset(out, "TZOFFSETTO", after);
}

static void end(struct strbuf *out, bool daylight)
{
	strbuf_addf(out, "END:%s\r\n", daylight ? "DAYLIGHT" : "STANDARD");
}

static const char *const weekdays[] = { "SU", "MO", "TU", "WE", "TH", "FR", "SA" };

/* Seven days of the month that hold the wanted weekday, moved by whole days when the
 * rule's time lies outside of its day ("Thursday 26:00"). */
static void put_moved_day(struct strbuf *out, const struct event_zone_rule *rule,
			  int moved)
{
	static const int last[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int first = rule->week < 0 ? last[rule->month - 1] - 6 : 7 * rule->week - 6;

	strbuf_addf(out,
		    ";BYDAY=%s;BYMONTHDAY=", weekdays[(rule->weekday + moved + 7) % 7]);
	for (int i = 0; i < 7; i++)
		strbuf_addf(out, "%s%d", i ? "," : "", first + moved + i);
}

/* Would the moved days leave the month? "Last Thursday 24:00" of Egypt's October does:
 * then the last second of the day itself is written. */
static bool leaves_month(const struct event_zone_rule *rule, int moved)
{
	return moved && (rule->week < 0 ? moved > 0 : rule->week == 1 && moved < 0);
}

static void put_rule(const struct zone *zone, size_t index, struct strbuf *out)
{
	const struct event_zone_rule *rule = &zone->tail.rules[index];
	int before = zone_rule_before(&zone->tail, index);
	int moved = rule->minute < 0 ? -1 : rule->minute / 1440;
	int64_t from = MAX_OF(zone->tail_unix_s, 0), local;
	int64_t year = clock_civil_from_unix(from).year - 1;

	while (zone_rule_unix(&zone->tail, index, year) < from)
		year++;
	local = zone_rule_local(rule, year);
	if (leaves_month(rule, moved)) {
		local -= moved > 0 ? (rule->minute - 1440) * 60 + 1 : rule->minute * 60;
		moved = 0;
	}
	begin(out, rule->daylight, local, before, rule->offset_s);
	strbuf_addf(out, "RRULE:FREQ=YEARLY;BYMONTH=%d", rule->month);
	if (rule->weekday < 0)
		strbuf_addf(out, ";BYMONTHDAY=%d", rule->day);
	else if (moved)
		put_moved_day(out, rule, moved);
	else
		strbuf_addf(out, ";BYDAY=%d%s", rule->week, weekdays[rule->weekday]);
	strbuf_add(out, STR("\r\n"));
	end(out, rule->daylight);
}

/* What holds at the beginning of the span, and every change within it. */
static void put_changes(const struct zone *zone, int64_t from, int64_t to,
			struct strbuf *out)
{
	int before = zone->first_offset_s;
	size_t first = 0;

	while (first < zone->change_count && zone->changes[first].unix_s <= from)
		first++;
	if (first) {
		first--;
		before = first ? zone->changes[first - 1].offset_s : before;
	} else {
		begin(out, false,
		      clock_unix_from_civil(from < 0 ? 1900 : 1970, 1, 1, 0, 0, 0),
		      before, before);
		end(out, false);
	}
	for (size_t i = first; i < zone->change_count; i++) {
		const struct zone_change *change = &zone->changes[i];

		if (change->unix_s > to)
			break;
		begin(out, change->daylight, change->unix_s + before, before,
		      change->offset_s);
		end(out, change->daylight);
		before = change->offset_s;
	}
}

void zone_write(const struct zone *zone, int64_t from_unix_s, int64_t to_unix_s,
		struct strbuf *out)
{
	bool rules = zone->has_tail && zone->tail.rule_count > 0;
	int64_t rules_hold = MAX_OF(zone->tail_unix_s, 0);

	if (zone->is_utc)
		return;
	/* A change of the span's last day counts too. */
	to_unix_s += to_unix_s < INT64_MAX - 86400 ? 86400 : 0;
	/* A year later each rule has come once. */
	if (rules)
		rules_hold += 366 * 86400LL;
	strbuf_add(out, STR("BEGIN:VTIMEZONE\r\n"));
	ics_put(out, "TZID", zone->tzid);
	if (!rules || from_unix_s < rules_hold)
		put_changes(zone, from_unix_s, to_unix_s, out);
	if (rules && to_unix_s >= zone->tail_unix_s)
		for (size_t i = 0; i < zone->tail.rule_count; i++)
			put_rule(zone, i, out);
	strbuf_add(out, STR("END:VTIMEZONE\r\n"));
}
