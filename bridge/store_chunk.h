/*
 * Up to CHUNK_ROWS rows of a folder, packed: each column is a base and, for each row, as
 * many octets as the largest difference from it needs. Never changed once made, so that
 * snapshots share them. Only bridge/store*.c includes this.
 */
#ifndef BRIDGE_STORE_CHUNK_H
#define BRIDGE_STORE_CHUNK_H

#include "bridge/store.h"

enum { CHUNK_ROWS = 256 };

struct chunk;
/* chunk_new() - @rows: 1 to CHUNK_ROWS, by UID ascending; their keywords are copied */
struct chunk *chunk_new(const struct store_row *rows, size_t count);
/* chunk_copy() - one of its own, to be patched before anybody else has it */
struct chunk *chunk_copy(const struct chunk *chunk);
/* chunk_patch() - flags, keywords and modseq of @row. Return: false, they do not fit */
bool chunk_patch(struct chunk *chunk, size_t at, const struct store_row *row);
struct chunk *chunk_ref(struct chunk *chunk); /* from any thread */
void chunk_unref(struct chunk *chunk);
size_t chunk_count(const struct chunk *chunk);
/* chunk_row() - its keywords live as long as the chunk */
struct store_row chunk_row(const struct chunk *chunk, size_t at);
uint32_t chunk_uid(const struct chunk *chunk, size_t at);
/* chunk_find() - where @uid is, or the first above it */
size_t chunk_find(const struct chunk *chunk, uint32_t uid);
/* chunk_without() - the first from @at on that lacks one of @flags; chunk_count(): none
 */
size_t chunk_without(const struct chunk *chunk, size_t at, unsigned flags);
/* chunk_texts() - all keywords of its rows that differ, each with a NUL behind it */
struct str chunk_texts(const struct chunk *chunk);
/* chunk_may_have() - false: no row has an id of @ids, which are sorted */
bool chunk_may_have(const struct chunk *chunk, const int64_t *ids, size_t count);

#endif
