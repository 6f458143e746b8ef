/* People of an event as iCalendar. */
#ifndef CALENDAR_EVENT_PEOPLE_H
#define CALENDAR_EVENT_PEOPLE_H

#include "bridge/event.h"

/*
 * event_people_write() - ORGANIZER and ATTENDEE lines
 * @organizer:   of the master: Exchange gives wrong ones with exceptions
 * @own_address: of the mailbox; NULL: not known
 */
void event_people_write(const struct event *event, const struct event_person *organizer,
			const char *own_address, struct strbuf *out);

#endif
