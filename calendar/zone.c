/*
 * Offsets of a zone: explicit changes first, then yearly rules for ever. Definitions of
 * the server are brought into the same form. libical is not used for this: its zones
 * change while they are read, and Exchange's (from 1601 on) take it 19 ms each.
 */
#include "calendar/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "calendar/hash.h"
#include "calendar/zone_rule.h"

void zone_finish(struct zone *zone)
{
	free(zone->changes);
	*zone = (struct zone){ 0 };
}

/* ---- yearly rules */

static int days_in_month(int64_t year, int month)
{
	int64_t from = clock_unix_from_civil(year, month, 1, 0, 0, 0);
	int64_t to = clock_unix_from_civil(month == 12 ? year + 1 : year,
					   month == 12 ? 1 : month + 1, 1, 0, 0, 0);

	return (int)((to - from) / 86400);
}

int64_t zone_rule_local(const struct event_zone_rule *rule, int64_t year)
{
	int64_t first = clock_unix_from_civil(year, rule->month, 1, 0, 0, 0);
	int last = days_in_month(year, rule->month), day = rule->day;

	if (rule->weekday >= 0 && rule->week < 0) {
		int weekday = clock_civil_from_unix(first + (last - 1) * 86400LL).weekday;

		day = last - (weekday - rule->weekday + 7) % 7;
	} else if (rule->weekday >= 0) {
		int weekday = clock_civil_from_unix(first).weekday;

		day = 1 + (rule->weekday - weekday + 7) % 7 + 7 * (rule->week - 1);
	}
	return first + (day - 1) * 86400LL + rule->minute * 60LL;
}

int zone_rule_before(const struct event_zone_era *era, size_t index)
{
	return era->rules[(index + era->rule_count - 1) % era->rule_count].offset_s;
}

int64_t zone_rule_unix(const struct event_zone_era *era, size_t index, int64_t year)
{
	return zone_rule_local(&era->rules[index], year) - zone_rule_before(era, index);
}

static int compare_rules(const void *a, const void *b)
{
	const struct event_zone_rule *x = a, *y = b;
	int64_t one = zone_rule_local(x, 2001), two = zone_rule_local(y, 2001);

	return (one > two) - (one < two);
}

void zone_rule_sort(struct event_zone_era *era)
{
	if (era->rule_count)
		qsort(era->rules, era->rule_count, sizeof era->rules[0], compare_rules);
}

/* The last change by @era's rules in (after, at]; false: none. */
static bool last_by_rules(const struct event_zone_era *era, int64_t after, int64_t at,
			  struct zone_change *change_r)
{
	int year = clock_civil_from_unix(at).year;
	int64_t latest = after;
	bool found = false;

	for (int y = year - 1; y <= year + 1; y++) {
		for (size_t i = 0; i < era->rule_count; i++) {
			int64_t when = zone_rule_unix(era, i, y);

			if (when <= after || when > at || when < latest)
				continue;
			latest = when;
			*change_r = (struct zone_change){ when, era->rules[i].offset_s,
							  era->rules[i].daylight };
			found = true;
		}
	}
	return found;
}

/* ---- lookups */

int zone_offset(const struct zone *zone, int64_t unix_s)
{
	struct zone_change change;
	size_t low = 0, high = zone->change_count;

	if (zone->has_tail && unix_s >= zone->tail_unix_s) {
		if (!zone->tail.rule_count)
			return zone->tail.offset_s;
		if (last_by_rules(&zone->tail, zone->tail_unix_s - 1, unix_s, &change))
			return change.offset_s;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (zone->changes[middle].unix_s <= unix_s)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? zone->changes[low - 1].offset_s : zone->first_offset_s;
}

int64_t zone_to_local(const struct zone *zone, int64_t unix_s)
{
	return unix_s + zone_offset(zone, unix_s);
}

int64_t zone_to_unix(const struct zone *zone, int64_t local_s)
{
	int before = zone_offset(zone, local_s - 86400);
	int after = zone_offset(zone, local_s + 86400);

	/* The earlier of two readings is by the clock before the change. */
	if (zone_offset(zone, local_s - before) == before)
		return local_s - before;
	if (zone_offset(zone, local_s - after) == after)
		return local_s - after;
	return local_s - before;
}

/* Are the offsets of @b those of @a at and just before each change of @a? */
static bool agrees(const struct zone *a, const struct zone *b, int64_t from, int64_t to)
{
	for (size_t i = 0; i < a->change_count; i++) {
		int64_t at = a->changes[i].unix_s;

		if (at > from && at <= to &&
		    (zone_offset(b, at) != zone_offset(a, at) ||
		     zone_offset(b, at - 1) != zone_offset(a, at - 1)))
			return false;
	}
	for (int y = clock_civil_from_unix(from).year;
	     a->has_tail && y <= clock_civil_from_unix(to).year; y++) {
		for (size_t i = 0; i < a->tail.rule_count; i++) {
			int64_t at = zone_rule_unix(&a->tail, i, y);

			if (at > from && at <= to &&
			    (zone_offset(b, at) != zone_offset(a, at) ||
			     zone_offset(b, at - 1) != zone_offset(a, at - 1)))
				return false;
		}
	}
	return true;
}

bool zone_same(const struct zone *a, const struct zone *b, int64_t from_unix_s,
	       int64_t to_unix_s)
{
	return zone_offset(a, from_unix_s) == zone_offset(b, from_unix_s) &&
	       zone_offset(a, to_unix_s) == zone_offset(b, to_unix_s) &&
	       agrees(a, b, from_unix_s, to_unix_s) &&
	       agrees(b, a, from_unix_s, to_unix_s);
}

/* ---- definitions */

static void add_change(struct zone *zone, struct zone_change change)
{
	zone->changes = mem_resize(zone->changes, zone->change_count + 1,
				   sizeof *zone->changes);
	zone->changes[zone->change_count++] = change;
}

static int era_first_offset(const struct event_zone_era *era)
{
	return era->rule_count ? era->rules[era->rule_count - 1].offset_s : era->offset_s;
}

/* The changes of a span by the rules of one era; its beginning is a change itself. */
static void add_era(struct zone *zone, const struct event_zone_era *era, int64_t from,
		    int64_t to)
{
	struct zone_change start = { from, era_first_offset(era), false };

	if (era->rule_count && last_by_rules(era, INT64_MIN / 2, from, &start))
		start.unix_s = from;
	add_change(zone, start);
	for (int y = clock_civil_from_unix(from).year;
	     y <= clock_civil_from_unix(to).year; y++) {
		for (size_t i = 0; i < era->rule_count; i++) {
			int64_t at = zone_rule_unix(era, i, y);

			if (at > from && at < to)
				add_change(zone, (struct zone_change){
							 at, era->rules[i].offset_s,
							 era->rules[i].daylight });
		}
	}
}

static void name_by_hash(struct zone *zone)
{
	struct strbuf text = STRBUF(1 << 20);
	char hex[HASH_HEX_MAX];

	strbuf_addf(&text, "%d;", zone->first_offset_s);
	for (size_t i = 0; i < zone->change_count; i++)
		strbuf_addf(&text, "%lld:%d;", (long long)zone->changes[i].unix_s,
			    zone->changes[i].offset_s);
	strbuf_addf(&text, "%d;", zone->tail.offset_s);
	for (size_t i = 0; i < zone->tail.rule_count; i++) {
		const struct event_zone_rule *r = &zone->tail.rules[i];

		strbuf_addf(&text, "%d.%d.%d.%d.%d.%d;", r->month, r->weekday, r->week,
			    r->day, r->minute, r->offset_s);
	}
	hash_hex(text.p, text.len, hex);
	snprintf(zone->tzid, sizeof zone->tzid, "X-EWS-%.16s", hex);
	strbuf_finish(&text);
}

static int64_t era_start(const struct event_zone_era *era)
{
	return era->from_day == EVENT_NO_DAY ? 0 : MAX_OF(era->from_day, 0) * 86400LL;
}

void zone_from_definition(const struct event_zone *definition, struct zone *zone_r)
{
	*zone_r = (struct zone){ .has_tail = true };
	for (size_t i = 0; i < definition->era_count; i++) {
		struct event_zone_era era = definition->eras[i];
		bool last = i + 1 == definition->era_count;
		int64_t from = era_start(&era);

		zone_rule_sort(&era);
		if (i == 0)
			zone_r->first_offset_s = era_first_offset(&era);
		if (last) {
			if (i)
				add_era(zone_r, &era, from, from + 1);
			zone_r->tail = era;
			zone_r->tail_unix_s = from + 1;
		} else {
			add_era(zone_r, &era, from, era_start(&definition->eras[i + 1]));
		}
	}
	name_by_hash(zone_r);
}
