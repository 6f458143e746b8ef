/* A chain of blocks that only grows: see pool.h. Callers check sizes before. */
#include "imapfront/imap/pool.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/mem.h"

enum { BLOCK_BYTES = 4000 };

struct pool_block {
	struct pool_block *next;
	size_t used, size;
	alignas(max_align_t) char bytes[];
};

void *pool_alloc(struct pool *pool, size_t size)
{
	struct pool_block *block = pool->blocks;
	void *p;

	assert(size < SIZE_MAX / 2);
	size = (size + alignof(max_align_t) - 1) / alignof(max_align_t) *
	       alignof(max_align_t);
	if (!block || block->size - block->used < size) {
		size_t room = MAX_OF(size, (size_t)BLOCK_BYTES);

		block = mem_alloc(sizeof(*block) + room);
		block->size = room;
		block->next = pool->blocks;
		pool->blocks = block;
	}
	p = block->bytes + block->used;
	block->used += size;
	return p;
}

struct str pool_dup(struct pool *pool, struct str text)
{
	char *p = pool_alloc(pool, text.len + 1);

	if (text.len)
		memcpy(p, text.p, text.len);
	return str_make(p, text.len);
}

void pool_finish(struct pool *pool)
{
	while (pool->blocks) {
		struct pool_block *next = pool->blocks->next;

		free(pool->blocks);
		pool->blocks = next;
	}
}
