/*
 * Memory of one result: texts and arrays that live and die together. Every result struct
 * holds one, so that its finish function is one call and its texts are plain pointers.
 */
#ifndef EWS_ARENA_H
#define EWS_ARENA_H

#include <stddef.h>

#include "base/str.h"

struct ews_arena_block;

struct ews_arena {
	struct ews_arena_block *blocks; /* newest first; NULL when empty */
};

/* ews_arena_alloc() - zeroed memory, aligned for any type. */
void *ews_arena_alloc(struct ews_arena *arena, size_t size);
/* ews_arena_text() - NUL-terminated copy; a NUL byte inside ends what callers see. */
char *ews_arena_text(struct ews_arena *arena, struct str text);
/* ews_arena_copy() - likewise of a NUL-terminated text; NULL gives NULL. */
char *ews_arena_copy(struct ews_arena *arena, const char *text);
/*
 * ews_arena_grow() - room for one more element behind @count
 * @array: NULL or what the last call returned; @size: bytes of one element
 * Return: the array, moved whenever @count is 0 or a power of two; the new element is
 * zeroed.
 */
void *ews_arena_grow(struct ews_arena *arena, void *array, size_t count, size_t size);
/* ews_arena_finish() - free everything; a zeroed or finished arena is fine. */
void ews_arena_finish(struct ews_arena *arena);

#endif
