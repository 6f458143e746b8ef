/* Answers about calendar items, tasks and contacts, and zones. */
#include "tests/fuzz/ews_family.h"

FAMILY(try_calendar_get, try_task_get, try_contact_get, try_calendar_find, try_tz_get,
       try_free_busy, try_calendar_create_item)
