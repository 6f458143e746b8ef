/*
 * Sort keys in memory, by content: what SORT, THREAD and the date keys of SEARCH look at
 * in every message. A content never changes and its id is never used again, so nothing
 * here grows old. Only bridge/store*.c includes this. Its lock is a leaf.
 */
#ifndef BRIDGE_STORE_KEYS_H
#define BRIDGE_STORE_KEYS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"

#define KEYS_BYTES_MAX ((size_t)48 << 20) /* then everything is forgotten */

struct keys_cache {
	pthread_mutex_t lock;
	struct keys_slot {
		int64_t content_id; /* 0: free */
		struct str packed; /* see bridge/mime/sort_keys.h */
	} * slots;
	size_t count, capacity; /* a power of two */
	size_t bytes;
};
void keys_init(struct keys_cache *cache);
void keys_finish(struct keys_cache *cache);
/* keys_get() - append the packed keys of a content to @out. Return: are they known? */
bool keys_get(struct keys_cache *cache, int64_t content_id, struct strbuf *out);
void keys_put(struct keys_cache *cache, int64_t content_id, struct str packed);

#endif
