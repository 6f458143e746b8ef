/* Tables behind the calendars of the sample mailbox. */
#ifndef EWSIM_DEMO_EVENTS_H
#define EWSIM_DEMO_EVENTS_H

#include <stddef.h>

#include "tests/ewsim/model.h"

enum demo_zone {
	ZONE_BERLIN,
	ZONE_PACIFIC,
	ZONE_TOKYO,
	ZONE_UTC,
	ZONE_CUSTOM,
	ZONE_APPLE
};

enum { DEMO_CHANGES = 3 };

/* What differs in one occurrence of a series. */
struct demo_change {
	char kind; /* 0 none, 'd'eleted, 'm'oved, 's'ubject, 'l'ocation */
	int slot; /* 0 is the first occurrence */
	int minutes; /* 'm': so much later */
	const char *text; /* 's', 'l' */
};

struct demo_event_row {
	const char *folder; /* key */
	enum demo_zone zone;
	/* Once, daily, weekly: Monday of this week + weeks * 7 + day.
	 * Monthly: this month + weeks (as months); yearly: weeks (as years), month. */
	int weeks, day;
	int minute, length; /* of the local day; minutes, or days if all_day */
	bool all_day;
	enum sim_pattern pattern;
	int interval, nth, month, count; /* as in struct sim_recurrence */
	unsigned weekdays; /* the same */
	const char *subject, *location, *body; /* a body that starts with '<' is HTML */
	const char *busy, *sensitivity, *importance, *categories;
	int reminder; /* minutes; 0: none */
	/* "address" of the organizer, then "address=Response" of attendees ('o:' before
	 * an optional one, 'r:' before a resource), parted by blanks; NULL: no meeting */
	const char *people;
	struct demo_change changes[DEMO_CHANGES];
};

struct demo_event_table {
	const char *user;
	const struct demo_event_row *rows;
	size_t count;
};
extern const struct demo_event_table demo_event_tables[2];

#endif
