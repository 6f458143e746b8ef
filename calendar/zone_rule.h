/* Yearly changes of the clock, inside calendar/zone*.c. */
#ifndef CALENDAR_ZONE_RULE_H
#define CALENDAR_ZONE_RULE_H

#include "bridge/event.h"

/* When rule @index of @era comes in @year: local seconds before the change, instant. */
int64_t zone_rule_local(const struct event_zone_rule *rule, int64_t year);
int64_t zone_rule_unix(const struct event_zone_era *era, size_t index, int64_t year);
/* The offset that holds before rule @index; the rules are sorted. */
int zone_rule_before(const struct event_zone_era *era, size_t index);
void zone_rule_sort(struct event_zone_era *era);

#endif
