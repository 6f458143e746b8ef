/*
 * Time zones: offsets and VTIMEZONEs from the system's tz database, or from a definition
 * that the server sent. A struct zone never changes after it was made, so threads may
 * share it.
 */
#ifndef CALENDAR_ZONE_H
#define CALENDAR_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "bridge/event.h"

#define ZONE_ID_MAX 64

struct zone_change {
	int64_t unix_s;
	int offset_s; /* east of UTC from then on */
	bool daylight;
};
struct zone {
	char tzid[ZONE_ID_MAX]; /* IANA name, "UTC", or X-EWS-... */
	bool is_utc;
	int first_offset_s; /* before all changes */
	struct zone_change *changes; /* ascending */
	size_t change_count;
	bool has_tail; /* yearly rules from tail_unix_s on, for ever */
	int64_t tail_unix_s;
	struct event_zone_era tail; /* rules in the order of the year */
};

/*
 * zone_load() - a zone of the tz database
 * Errors: ERR_NOT_FOUND no such zone, or not a name; ERR_SYNTAX damaged file.
 */
MUST_CHECK bool zone_load(const char *name, struct zone *zone_r, struct err *err);
/* The same from the octets of a TZif file (RFC 8536). */
MUST_CHECK bool zone_read(struct str tzif, struct zone *zone_r, struct err *err);
/* A zone of a server's definition, named X-EWS- and a hash of its rules. */
void zone_from_definition(const struct event_zone *definition, struct zone *zone_r);
void zone_finish(struct zone *zone);

/* Seconds east of UTC at an instant. */
int zone_offset(const struct zone *zone, int64_t unix_s);
/* Local seconds since 1970-01-01 00:00 and back. A local time that does not exist is
 * taken by the clock before the gap, one that exists twice is the first. */
int64_t zone_to_local(const struct zone *zone, int64_t unix_s);
int64_t zone_to_unix(const struct zone *zone, int64_t local_s);
/* Do both have the same offsets in a span? */
bool zone_same(const struct zone *a, const struct zone *b, int64_t from_unix_s,
	       int64_t to_unix_s);

/* The VTIMEZONE for a span; nothing for UTC. */
void zone_write(const struct zone *zone, int64_t from_unix_s, int64_t to_unix_s,
		struct strbuf *out);

/* ---- names */

/*
 * zone_name() - the IANA name that a server's id or display name means
 * @text: Windows id, IANA name, localised or display name; NULL is fine
 * @exact_r: false when it came from a name that Exchange puts on changed definitions
 * ("Customized Time Zone", a number at the end): compare offsets before trusting it
 */
bool zone_name(const char *text, char name_r[ZONE_ID_MAX], bool *exact_r);
/* The zone of this machine, "UTC" when it does not tell. */
void zone_name_system(char name_r[ZONE_ID_MAX]);
/* Windows id of an IANA name. */
bool zone_name_windows(const char *iana, char id_r[ZONE_ID_MAX]);

/* ---- the zones of one run, each loaded once */

struct zone_set {
	struct zone **items;
	size_t count;
	char home[ZONE_ID_MAX]; /* the mailbox's zone, for items that tell none */
};
/* @home: IANA or Windows name of the mailbox's zone; NULL: this machine's. */
void zone_set_init(struct zone_set *set, const char *home);
void zone_set_finish(struct zone_set *set);
/*
 * zone_set_get() - the zone that @wanted means (@other, the zone of the event's other
 * end, stands in when it tells nothing); definitions are compared over the span given
 * Return: never NULL; valid until zone_set_finish().
 */
const struct zone *zone_set_get(struct zone_set *set, const struct event_zone *wanted,
				const struct event_zone *other, int64_t from_unix_s,
				int64_t to_unix_s);

#endif
