/* Calendar items of EWS as events of groupware. */
#ifndef BRIDGE_REMOTE_EWS_EVENT_H
#define BRIDGE_REMOTE_EWS_EVENT_H

#include "bridge/event.h"
#include "ews/calendar.h"

/*
 * remote_ews_event() - one event from one item, a series with its exceptions
 * @exceptions: items of @item->modified; those with an error status are left out
 * @event_r:    set always; to be finished by the caller
 * Pure.
 */
void remote_ews_event(const struct ews_calendar_item *item,
		      const struct ews_calendar_item *exceptions, size_t exception_count,
		      struct event *event_r);

#endif
