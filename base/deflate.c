/* Compression of a connection: see deflate.h. */
#include "base/deflate.h"

#include <string.h>
#include <zlib.h>

#include "base/mem.h"

/* A window of 8 KiB and small tables: mail compresses nearly as well, and a session costs
 * 50 kB in this direction, not 256. What comes may use the whole window. */
enum { LEVEL = 1, OUT_BITS = -13, OUT_MEMORY = 6, IN_BITS = -15, FED_BYTES = 16384 };

struct deflate {
	z_stream out, in;
	unsigned char fed[FED_BYTES];
	bool full; /* the last call filled all it was given: there may be more */
};

struct deflate *deflate_new(void)
{
	struct deflate *z = mem_alloc(sizeof(*z));

	if (deflateInit2(&z->out, LEVEL, Z_DEFLATED, OUT_BITS, OUT_MEMORY,
			 Z_DEFAULT_STRATEGY) != Z_OK) {
		mem_free_ptr(&z);
		return NULL;
	}
	if (inflateInit2(&z->in, IN_BITS) != Z_OK) {
		deflateEnd(&z->out);
		mem_free_ptr(&z);
		return NULL;
	}
	return z;
}

void deflate_free(struct deflate *z)
{
	if (z) {
		deflateEnd(&z->out);
		inflateEnd(&z->in);
	}
	mem_free_ptr(&z);
}

void deflate_pack(struct deflate *z, struct str plain, struct strbuf *out)
{
	unsigned char part[4096];

	z->out.next_in = (unsigned char *)plain.p;
	z->out.avail_in = (unsigned)plain.len;
	do {
		z->out.next_out = part;
		z->out.avail_out = sizeof(part);
		deflate(&z->out, Z_SYNC_FLUSH);
		strbuf_add_mem(out, part, sizeof(part) - z->out.avail_out);
	} while (z->out.avail_out == 0);
}

void deflate_feed(struct deflate *z, struct str packed)
{
	size_t len = MIN_OF(packed.len, (size_t)FED_BYTES);

	memcpy(z->fed, packed.p, len);
	z->in.next_in = z->fed;
	z->in.avail_in = (unsigned)len;
}

ptrdiff_t deflate_unpack(struct deflate *z, char *into, size_t size)
{
	int rc;

	z->in.next_out = (unsigned char *)into;
	z->in.avail_out = (unsigned)MIN_OF(size, (size_t)1 << 20);
	size = z->in.avail_out;
	rc = inflate(&z->in, Z_SYNC_FLUSH);
	z->full = z->in.avail_out == 0;
	if (z->in.avail_out < size)
		return (ptrdiff_t)(size - z->in.avail_out);
	return rc == Z_OK || rc == Z_BUF_ERROR ? 0 : -1;
}

bool deflate_pending(const struct deflate *z)
{
	return z->in.avail_in > 0 || z->full;
}
