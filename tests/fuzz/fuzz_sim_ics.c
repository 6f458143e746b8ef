/* The double's iCalendar reader; what it makes goes to a model that only looks. */
#include <stdint.h>
#include <stdlib.h>

#include "tests/ewsim/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sim_item *sim_event_add(struct sim_folder *folder, const struct sim_event *e)
{
	if (e->end_unix < e->start_unix)
		abort();
	for (size_t i = 0; i < e->exception_count; i++)
		if (!e->exceptions[i].event)
			abort();
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t count;

	(void)!load_ics(NULL, str_make((const char *)data, size), &count, NULL);
	return 0;
}
