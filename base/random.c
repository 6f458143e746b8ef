/* Random bytes: see random.h. */
#include "base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/base64.h"

void random_bytes(void *out, size_t len)
{
	char *p = out;

	while (len) {
		ssize_t got = getrandom(p, len, 0);

		if (got < 0 && errno != EINTR)
			abort();
		if (got > 0) {
			p += got;
			len -= (size_t)got;
		}
	}
}

void random_hex(size_t bytes, struct strbuf *out)
{
	char raw[64];

	while (bytes) {
		size_t part = MIN_OF(bytes, sizeof(raw));

		random_bytes(raw, part);
		hex_encode(str_make(raw, part), out);
		bytes -= part;
	}
}
