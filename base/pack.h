/* Compression of many small texts, each by itself (zstd). */
#ifndef BASE_PACK_H
#define BASE_PACK_H

#include <stdbool.h>

#include "base/str.h"
#include "base/strbuf.h"

struct packer; /* working memory, for one thread at a time */
struct packer *packer_new(void); /* some 100 kB, more once it has compressed */
void packer_free(struct packer *packer); /* NULL is fine */

/* pack() - append @plain compressed; false, and nothing new in @out, if it does not fit.
 */
bool pack(struct packer *packer, struct str plain, struct strbuf *out);
/* unpack() - append what was packed, @plain_bytes of it; false if that is not so. */
bool unpack(struct packer *packer, struct str packed, size_t plain_bytes,
	    struct strbuf *out);

#endif
