/*
 * Reads zones of the tz database: TZif (RFC 8536) with its POSIX footer. Changes at the
 * end that only repeat the footer's rule are folded into it, so that a VTIMEZONE of
 * today's rules is short.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "calendar/zone.h"
#include "calendar/zone_rule.h"

#define ZONE_DIR "/usr/share/zoneinfo/"
#define FILE_MAX 65536
#define HEADER_BYTES 44
#define TIME_MIN (-62135596800LL) /* 0001-01-01; files begin with the Big Bang */
#define TIME_MAX 253402300799LL /* 9999-12-31 */
#define OFFSET_MAX_S (26 * 3600)

/* ---- the footer: "CET-1CEST,M3.5.0,M10.5.0/3" */

static bool take_number(struct str *rest, int *value_r)
{
	uint32_t value;
	size_t len = 0;

	while (len < rest->len && rest->p[len] >= '0' && rest->p[len] <= '9')
		len++;
	if (len > 4 || !num_u32(str_sub(*rest, 0, len), &value))
		return false;
	*value_r = (int)value;
	*rest = str_sub(*rest, len, rest->len);
	return true;
}

static bool take_char(struct str *rest, char c)
{
	if (!rest->len || rest->p[0] != c)
		return false;
	*rest = str_sub(*rest, 1, rest->len);
	return true;
}

static bool take_name(struct str *rest)
{
	size_t len = 0;

	if (take_char(rest, '<')) {
		ptrdiff_t end = str_find_char(*rest, '>');

		if (end < 0)
			return false;
		*rest = str_sub(*rest, (size_t)end + 1, rest->len);
		return true;
	}
	while (len < rest->len &&
	       ((rest->p[len] | 32) >= 'a' && (rest->p[len] | 32) <= 'z'))
		len++;
	*rest = str_sub(*rest, len, rest->len);
	return len > 0;
}

/* [+-]h[:mm[:ss]] in seconds. */
static bool take_time(struct str *rest, int *seconds_r)
{
	bool minus = take_char(rest, '-');
	int hours, minutes = 0, seconds = 0;

	if (!minus)
		take_char(rest, '+');
	if (!take_number(rest, &hours) ||
	    (take_char(rest, ':') && !take_number(rest, &minutes)) ||
	    (take_char(rest, ':') && !take_number(rest, &seconds)))
		return false;
	*seconds_r = hours * 3600 + minutes * 60 + seconds;
	if (minus)
		*seconds_r = -*seconds_r;
	return true;
}

static bool take_rule(struct str *rest, struct event_zone_rule *rule)
{
	int week, seconds = 7200;

	*rule = (struct event_zone_rule){ 0 };
	if (!take_char(rest, ',') || !take_char(rest, 'M') ||
	    !take_number(rest, &rule->month) || !take_char(rest, '.') ||
	    !take_number(rest, &week) || !take_char(rest, '.') ||
	    !take_number(rest, &rule->weekday) ||
	    (take_char(rest, '/') && !take_time(rest, &seconds)))
		return false;
	rule->week = week == 5 ? -1 : week;
	rule->minute = seconds / 60;
	return rule->month >= 1 && rule->month <= 12 && week >= 1 && week <= 5 &&
	       rule->weekday <= 6;
}

/* Only M rules: no zone of today uses days of the year. */
static bool read_footer(struct str rest, struct event_zone_era *era)
{
	int standard, daylight;

	*era = (struct event_zone_era){ .from_day = EVENT_NO_DAY };
	if (!take_name(&rest) || !take_time(&rest, &standard))
		return false;
	if (abs(standard) > OFFSET_MAX_S)
		return false;
	era->offset_s = -standard;
	if (!rest.len)
		return true;
	daylight = standard - 3600;
	if (!take_name(&rest) ||
	    (rest.len && rest.p[0] != ',' && !take_time(&rest, &daylight)) ||
	    !take_rule(&rest, &era->rules[0]) || !take_rule(&rest, &era->rules[1]) ||
	    rest.len)
		return false;
	if (abs(daylight) > OFFSET_MAX_S)
		return false;
	era->rules[0].offset_s = -daylight;
	era->rules[0].daylight = true;
	era->rules[1].offset_s = -standard;
	era->rule_count = 2;
	zone_rule_sort(era);
	return true;
}

/* ---- the binary part */

static int64_t get(const char *p, size_t size)
{
	uint64_t value = size == 4 && (p[0] & 0x80) ? UINT64_MAX : 0;

	for (size_t i = 0; i < size; i++)
		value = value << 8 | (unsigned char)p[i];
	return (int64_t)value;
}

struct counts {
	size_t utc, standard, leap, times, types, chars;
};

static bool read_header(struct str file, struct counts *c)
{
	const char *p = file.p;

	if (file.len < HEADER_BYTES || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
		return false;
	c->utc = (size_t)(get(p + 20, 4) & 0xFFFF);
	c->standard = (size_t)(get(p + 24, 4) & 0xFFFF);
	c->leap = (size_t)(get(p + 28, 4) & 0xFFFF);
	c->times = (size_t)(get(p + 32, 4) & 0xFFFF);
	c->types = (size_t)(get(p + 36, 4) & 0xFFFF);
	c->chars = (size_t)(get(p + 40, 4) & 0xFFFF);
	return c->types > 0;
}

static size_t body_bytes(const struct counts *c, size_t time_bytes)
{
	return c->times * (time_bytes + 1) + c->types * 6 + c->chars +
	       c->leap * (time_bytes + 4) + c->standard + c->utc;
}

/* Times ascend and, as the offsets, are of this world. */
static bool is_sound(struct zone *zone)
{
	for (size_t i = 0; i < zone->change_count; i++) {
		struct zone_change *change = &zone->changes[i];

		change->unix_s = MAX_OF(change->unix_s, TIME_MIN);
		if (change->unix_s > TIME_MAX || abs(change->offset_s) > OFFSET_MAX_S ||
		    (i && change->unix_s < change[-1].unix_s))
			return false;
	}
	return abs(zone->first_offset_s) <= OFFSET_MAX_S;
}

static bool read_changes(struct str body, const struct counts *c, struct zone *zone)
{
	const char *types = body.p + c->times * 9;

	zone->changes = mem_array(c->times ? c->times : 1, sizeof *zone->changes);
	zone->first_offset_s = (int)get(types, 4);
	for (size_t i = 0; i < c->times; i++) {
		size_t type = (unsigned char)body.p[c->times * 8 + i];

		if (type >= c->types)
			return false;
		zone->changes[i] = (struct zone_change){ get(body.p + i * 8, 8),
							 (int)get(types + type * 6, 4),
							 types[type * 6 + 4] != 0 };
	}
	zone->change_count = c->times;
	return is_sound(zone);
}

static bool is_by_rules(const struct event_zone_era *era,
			const struct zone_change *change)
{
	int year = clock_civil_from_unix(change->unix_s).year;

	for (size_t i = 0; i < era->rule_count; i++)
		for (int y = year - 1; y <= year + 1; y++)
			if (zone_rule_unix(era, i, y) == change->unix_s &&
			    era->rules[i].offset_s == change->offset_s)
				return true;
	return false;
}

static void fold_tail(struct zone *zone)
{
	size_t kept = zone->change_count;

	if (!zone->has_tail)
		return;
	while (kept && is_by_rules(&zone->tail, &zone->changes[kept - 1]))
		kept--;
	if (kept < zone->change_count)
		zone->tail_unix_s = zone->changes[kept].unix_s;
	else
		zone->tail_unix_s = kept ? zone->changes[kept - 1].unix_s + 1 : TIME_MIN;
	zone->change_count = kept;
}

static bool parse(struct str file, struct zone *zone)
{
	struct counts c;
	size_t body;

	if (!read_header(file, &c))
		return false;
	file = str_sub(file, HEADER_BYTES + body_bytes(&c, 4), file.len);
	if (!read_header(file, &c))
		return false;
	file = str_sub(file, HEADER_BYTES, file.len);
	body = body_bytes(&c, 8);
	if (file.len < body + 2 || !read_changes(file, &c, zone))
		return false;
	zone->has_tail = read_footer(str_trim(str_sub(file, body, file.len)),
				     &zone->tail);
	fold_tail(zone);
	return true;
}

bool zone_read(struct str tzif, struct zone *zone_r, struct err *err)
{
	*zone_r = (struct zone){ 0 };
	if (parse(tzif, zone_r))
		return true;
	zone_finish(zone_r);
	return err_set(err, ERR_SYNTAX, "damaged time zone file");
}

static bool is_name(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!((name.p[i] | 32) >= 'a' && (name.p[i] | 32) <= 'z') &&
		    !(name.p[i] >= '0' && name.p[i] <= '9') && !strchr("_+-/", name.p[i]))
			return false;
	return name.len && name.len < ZONE_ID_MAX && name.p[0] != '/';
}

bool zone_load(const char *name, struct zone *zone_r, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf path = STRBUF(256), file = STRBUF(FILE_MAX);

	if (!is_name(str_from(name)))
		return err_set(err, ERR_NOT_FOUND, "no time zone of that name");
	if (strcmp(name, "UTC") == 0) {
		*zone_r = (struct zone){ .tzid = "UTC", .is_utc = true };
		return true;
	}
	strbuf_addf(&path, ZONE_DIR "%s", name);
	if (!file_read(strbuf_cstr(&path), &file, NULL))
		return err_set(err, ERR_NOT_FOUND, "no time zone '%s'", name);
	if (!zone_read(strbuf_str(&file), zone_r, err))
		return err_prefix(err, "%s", name);
	snprintf(zone_r->tzid, sizeof zone_r->tzid, "%s", name);
	return true;
}
