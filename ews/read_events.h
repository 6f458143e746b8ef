/* A Notification element, as streaming and pull answers hold it. */
#ifndef EWS_READ_EVENTS_H
#define EWS_READ_EVENTS_H

#include "ews/read.h"

void ews_read_notification(struct soap_reader *r, struct ews_events *events);

#endif
