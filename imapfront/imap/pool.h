/* Memory of one command: taken piece by piece, given back all at once. */
#ifndef IMAPFRONT_IMAP_POOL_H
#define IMAPFRONT_IMAP_POOL_H

#include <stddef.h>

#include "base/str.h"

struct pool {
	struct pool_block *blocks; /* zeroed struct: empty */
};

void *pool_alloc(struct pool *pool, size_t size); /* zeroed, aligned for anything */
struct str pool_dup(struct pool *pool, struct str text);
void pool_finish(struct pool *pool);

#endif
