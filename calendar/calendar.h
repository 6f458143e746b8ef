/* What the calendar needs of the process. */
#ifndef CALENDAR_CALENDAR_H
#define CALENDAR_CALENDAR_H

#include <stdbool.h>

#include "base/err.h"

/*
 * calendar_process_init() - load ICU's data; call in main before the first thread
 * Errors: ERR_BROKEN ICU cannot be used.
 */
MUST_CHECK bool calendar_process_init(struct err *err);

#endif
