/* Any text as a packed event, written as iCalendar. */
#include <stdlib.h>

#include "calendar/event_ics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct event event;
	struct zone_set zones;
	struct event_ics ics = { .zones = &zones, .own_address = "a@example.test" };
	struct strbuf out = STRBUF(1 << 22);
	struct event_ics_item item = { .event = &event };
	char *uid;

	if (!event_unpack(str_make((const char *)data, size), &event, NULL))
		return 0;
	zone_set_init(&zones, "Europe/Berlin");
	item.uid = uid = event_uid(&event);
	if (!event_ics_write(&ics, &item, 1, &out, NULL))
		strbuf_reset(&out);
	free(uid);
	strbuf_finish(&out);
	zone_set_finish(&zones);
	event_finish(&event);
	return 0;
}
