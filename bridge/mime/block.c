/* A bump allocator: see block.h. The first block is small, because most messages are. */
#include "bridge/mime/block.h"

#include <stdalign.h>
#include <stdlib.h>

#include "base/macros.h"
#include "base/mem.h"

enum { FIRST_BYTES = 2048, MOST_BYTES = 65536 };

static struct mime_block *grow(struct mime_block **blocks, size_t size)
{
	size_t want = *blocks ? MIN_OF((*blocks)->size * 2, MOST_BYTES) : FIRST_BYTES;
	struct mime_block *block;

	if (want < size)
		want = size;
	block = mem_alloc(sizeof(*block) + want);
	block->size = want;
	block->next = *blocks;
	*blocks = block;
	return block;
}

void *mime_block_alloc(struct mime_block **blocks, size_t size)
{
	struct mime_block *block = *blocks;
	void *memory;

	size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (!block || block->size - block->used < size)
		block = grow(blocks, size);
	memory = (char *)block->data + block->used;
	block->used += size;
	return memory;
}

struct str mime_block_copy(struct mime_block **blocks, struct str text)
{
	char *copy = mime_block_alloc(blocks, text.len + 1);

	if (text.len)
		memcpy(copy, text.p, text.len);
	return str_make(copy, text.len);
}

void mime_block_free(struct mime_block **blocks)
{
	struct mime_block *next;

	for (struct mime_block *b = *blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	*blocks = NULL;
}
