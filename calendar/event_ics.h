/*
 * Events as iCalendar text, canonical: the same event gives the same bytes, whatever the
 * time or the machine. Pure but for the tz database.
 */
#ifndef CALENDAR_EVENT_ICS_H
#define CALENDAR_EVENT_ICS_H

#include "bridge/event.h"
#include "calendar/zone.h"

#define ICS_MAX_BYTES ((size_t)256 << 20) /* of one file */

struct event_ics_item {
	const struct event *event;
	const char *uid; /* what the file says */
	const char *original_uid; /* of a duplicate: what the server says; else NULL */
};
struct event_ics {
	struct zone_set *zones; /* loaded as needed; kept by the caller between calls */
	const char *own_address; /* of the mailbox */
	const char *calendar_name; /* merged files: X-WR-CALNAME and refresh hints */
	bool busy_only; /* no texts, no people */
};
/*
 * event_ics_write() - one VCALENDAR with the VTIMEZONEs that it needs
 * @items: in the order wanted; a series comes with all its exceptions
 * Errors: ERR_LIMIT.
 */
MUST_CHECK bool event_ics_write(const struct event_ics *ics,
				const struct event_ics_item *items, size_t count,
				struct strbuf *out, struct err *err);
/* event_uid() - the UID of @event, or for items without one a stable name. free() it. */
char *event_uid(const struct event *event);

#endif
