/* Raw DEFLATE both ways (zlib), for COMPRESS=DEFLATE (RFC 4978); for base/stream.c. */
#ifndef BASE_DEFLATE_H
#define BASE_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "base/strbuf.h"

struct deflate;
struct deflate *deflate_new(void); /* some 100 kB */
void deflate_free(struct deflate *z); /* NULL is fine */

/* deflate_pack() - append @plain compressed, up to a point from which the peer can read
 * all of it */
void deflate_pack(struct deflate *z, struct str plain, struct strbuf *out);

/* deflate_feed() - compressed bytes that came; the earlier ones must be used up */
void deflate_feed(struct deflate *z, struct str packed);
/*
 * deflate_unpack() - plain bytes of what was fed
 * Return: how many, 0: feed more; -1: broken, or the peer has ended the stream
 */
ptrdiff_t deflate_unpack(struct deflate *z, char *into, size_t size);
/* deflate_pending() - may have more to unpack without feeding */
bool deflate_pending(const struct deflate *z);

#endif
