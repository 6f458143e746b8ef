/* Time zones for those who fill calendars, through ICU. */
#ifndef EWSIM_ZONE_H
#define EWSIM_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

enum { ZONE_NAME_MAX = 64 };

/* zone_instant() - unix seconds of a local time; @day counts from 1970-01-01, @second
 * from its midnight and may pass the next. An unknown zone is UTC. */
int64_t zone_instant(const char *iana, int64_t day, int64_t second);

/* zone_find() - what a name means: an IANA name or a Windows id.
 * @iana_r, @windows_r: ZONE_NAME_MAX bytes each; untouched if the name is unknown. */
MUST_CHECK bool zone_find(const char *name, char *iana_r, char *windows_r);

#endif
