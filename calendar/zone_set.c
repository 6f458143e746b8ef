/*
 * Which zone an event means, in layers of trust: the start's name, its definition, the
 * end's name and definition, the mailbox. Names that Exchange gives to changed
 * definitions count only when the offsets agree.
 */
#include <stdlib.h>
#include <string.h>

#include <unicode/ucal.h>

#include "base/mem.h"
#include "calendar/zone.h"

/* Tried before all others when only a definition is known: where people are. */
static const char *const likely[] = {
	"Europe/Berlin",       "Europe/London",	      "Europe/Bucharest",
	"America/New_York",    "America/Chicago",     "America/Denver",
	"America/Phoenix",     "America/Los_Angeles", "America/Sao_Paulo",
	"Asia/Kolkata",	       "Asia/Shanghai",	      "Asia/Tokyo",
	"Asia/Dubai",	       "Australia/Sydney",    "Australia/Brisbane",
	"Pacific/Auckland",    "Europe/Moscow",	      "Asia/Jerusalem",
	"Africa/Johannesburg", "Asia/Singapore",
};

void zone_set_init(struct zone_set *set, const char *home)
{
	bool exact;

	*set = (struct zone_set){ 0 };
	if (!zone_name(home, set->home, &exact))
		zone_name_system(set->home);
}

void zone_set_finish(struct zone_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		zone_finish(set->items[i]);
		free(set->items[i]);
	}
	free(set->items);
	*set = (struct zone_set){ 0 };
}

static const struct zone *add(struct zone_set *set, struct zone *zone)
{
	for (size_t i = 0; i < set->count; i++) {
		if (strcmp(set->items[i]->tzid, zone->tzid) == 0) {
			zone_finish(zone);
			return set->items[i];
		}
	}
	set->items = mem_resize(set->items, set->count + 1, sizeof(struct zone *));
	set->items[set->count] = mem_alloc(sizeof *zone);
	*set->items[set->count] = *zone;
	return set->items[set->count++];
}

static const struct zone *get(struct zone_set *set, const char *name)
{
	struct zone zone;

	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->items[i]->tzid, name) == 0)
			return set->items[i];
	return zone_load(name, &zone, NULL) ? add(set, &zone) : NULL;
}

static const struct zone *match(struct zone_set *set, const char *name,
				const struct zone *custom, int64_t from, int64_t to)
{
	struct zone zone;

	if (!zone_load(name, &zone, NULL))
		return NULL;
	if (!zone_same(&zone, custom, from, to)) {
		zone_finish(&zone);
		return NULL;
	}
	return add(set, &zone);
}

/* Any zone of the tz database that has the same offsets. */
static const struct zone *match_any(struct zone_set *set, const struct zone *custom,
				    int64_t from, int64_t to)
{
	UErrorCode status = U_ZERO_ERROR;
	const struct zone *found = match(set, set->home, custom, from, to);
	UEnumeration *names;
	const char *name;

	for (size_t i = 0; !found && i < ARRAY_LEN(likely); i++)
		found = match(set, likely[i], custom, from, to);
	if (found)
		return found;
	names = ucal_openTimeZoneIDEnumeration(UCAL_ZONE_TYPE_CANONICAL_LOCATION, NULL,
					       NULL, &status);
	while (!found && U_SUCCESS(status) &&
	       (name = uenum_next(names, NULL, &status)) != NULL)
		found = match(set, name, custom, from, to);
	uenum_close(names);
	return found;
}

/* @name is the tz database's name for it as far as the server's texts tell, or "". */
static const struct zone *by_definition(struct zone_set *set,
					const struct event_zone *zone, const char *name,
					int64_t from, int64_t to)
{
	const struct zone *found = NULL;
	struct zone custom;

	zone_from_definition(zone, &custom);
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->items[i]->tzid, custom.tzid) == 0)
			found = set->items[i];
	if (!found && *name)
		found = match(set, name, &custom, from, to);
	if (!found)
		found = match_any(set, &custom, from, to);
	if (!found)
		return add(set, &custom);
	zone_finish(&custom);
	return found;
}

static const struct zone *by_zone(struct zone_set *set, const struct event_zone *zone,
				  int64_t from, int64_t to)
{
	char name[ZONE_ID_MAX] = "";
	bool exact = true, known;

	known = zone_name(zone->id, name, &exact) ||
		(!(zone->id && strstr(zone->id, "/Custom")) &&
		 zone_name(zone->name, name, &exact));
	if (known && (exact || !zone->era_count))
		return get(set, name);
	return zone->era_count ? by_definition(set, zone, name, from, to) : NULL;
}

const struct zone *zone_set_get(struct zone_set *set, const struct event_zone *wanted,
				const struct event_zone *other, int64_t from_unix_s,
				int64_t to_unix_s)
{
	const struct zone *zone = by_zone(set, wanted, from_unix_s, to_unix_s);

	if (!zone)
		zone = by_zone(set, other, from_unix_s, to_unix_s);
	if (!zone)
		zone = get(set, set->home);
	return zone ? zone : get(set, "UTC");
}
