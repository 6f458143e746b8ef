/* Memory that lives and dies together: a list of blocks, no single frees. */
#ifndef BRIDGE_MIME_BLOCK_H
#define BRIDGE_MIME_BLOCK_H

#include <stddef.h>

#include "base/str.h"

struct mime_block {
	struct mime_block *next;
	size_t used, size;
	max_align_t data[];
};

/* Zeroed and aligned for anything. @size comes from us or from octets already held. */
void *mime_block_alloc(struct mime_block **blocks, size_t size);
struct str mime_block_copy(struct mime_block **blocks, struct str text);
void mime_block_free(struct mime_block **blocks);

#endif
