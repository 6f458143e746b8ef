/* Any bytes as PidLidAppointmentRecur. */
#include "bridge/recur_blob.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct event_series series;

	if (recur_blob_read(str_make((const char *)data, size), &series, NULL))
		event_series_finish(&series);
	return 0;
}
