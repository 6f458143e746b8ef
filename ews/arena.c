/* Memory of one result: a list of blocks, handed out from the newest, freed together. */
#include "ews/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/macros.h"
#include "base/mem.h"

#define BLOCK_BYTES 4000u

struct ews_arena_block {
	struct ews_arena_block *next;
	size_t used, size;
	alignas(max_align_t) char bytes[];
};

static struct ews_arena_block *add_block(struct ews_arena *arena, size_t size)
{
	struct ews_arena_block *block = mem_alloc(sizeof(*block) + size);

	block->size = size;
	if (size > BLOCK_BYTES && arena->blocks) {
		/* A big one goes behind, so that the rest of the newest is still used. */
		block->next = arena->blocks->next;
		arena->blocks->next = block;
	} else {
		block->next = arena->blocks;
		arena->blocks = block;
	}
	return block;
}

void *ews_arena_alloc(struct ews_arena *arena, size_t size)
{
	struct ews_arena_block *block = arena->blocks;
	size_t unit = alignof(max_align_t);
	void *p;

	size = (size + unit - 1) / unit * unit;
	if (!block || block->size - block->used < size)
		block = add_block(arena, MAX_OF(size, BLOCK_BYTES));
	p = block->bytes + block->used;
	block->used += size;
	return p;
}

char *ews_arena_text(struct ews_arena *arena, struct str text)
{
	char *copy = ews_arena_alloc(arena, text.len + 1);

	if (text.len)
		memcpy(copy, text.p, text.len);
	return copy;
}

char *ews_arena_copy(struct ews_arena *arena, const char *text)
{
	return text ? ews_arena_text(arena, str_from(text)) : NULL;
}

void *ews_arena_grow(struct ews_arena *arena, void *array, size_t count, size_t size)
{
	void *bigger;

	if (count & (count - 1))
		return array;
	bigger = ews_arena_alloc(arena, (count ? count * 2 : 1) * size);
	if (count)
		memcpy(bigger, array, count * size);
	return bigger;
}

void ews_arena_finish(struct ews_arena *arena)
{
	while (arena->blocks) {
		struct ews_arena_block *next = arena->blocks->next;

		mem_free_ptr(&arena->blocks);
		arena->blocks = next;
	}
}
