/* Notifications, as one answer and as a stream of documents. */
#include "tests/fuzz/ews_family.h"

FAMILY(try_stream, try_events_get, try_subscribe, try_subscribe_pull, try_unsubscribe)
