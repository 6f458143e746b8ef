/* Any bytes as a zone of the tz database, used as one that was read. */
#include "calendar/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf out = STRBUF(1 << 22);
	struct zone zone;

	if (zone_read(str_make((const char *)data, size), &zone, NULL)) {
		zone_to_unix(&zone, 1782000000);
		zone_write(&zone, 0, 1782000000, &out);
		zone_finish(&zone);
	}
	strbuf_finish(&out);
	return 0;
}
