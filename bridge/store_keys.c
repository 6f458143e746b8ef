/* Sort keys in memory: see store_keys.h. A hash table with open addressing. */
#include "bridge/store_keys.h"

#include <stdlib.h>

#include "base/mem.h"

#define SLOTS_MIN 256

void keys_init(struct keys_cache *cache)
{
	*cache = (struct keys_cache){ 0 };
	pthread_mutex_init(&cache->lock, NULL);
}

static void forget(struct keys_cache *cache)
{
	for (size_t i = 0; i < cache->capacity; i++)
		free((char *)cache->slots[i].packed.p);
	mem_free_ptr(&cache->slots);
	cache->count = cache->capacity = cache->bytes = 0;
}

void keys_finish(struct keys_cache *cache)
{
	forget(cache);
	pthread_mutex_destroy(&cache->lock);
}

/* Its slot, or the free one where it belongs. */
static struct keys_slot *find(struct keys_slot *slots, size_t capacity, int64_t id)
{
	size_t at = (uint64_t)id * UINT64_C(0x9E3779B97F4A7C15) >> 20 & (capacity - 1);

	while (slots[at].content_id && slots[at].content_id != id)
		at = (at + 1) & (capacity - 1);
	return &slots[at];
}

static void grow(struct keys_cache *cache)
{
	size_t capacity = cache->capacity ? 2 * cache->capacity : SLOTS_MIN;
	struct keys_slot *slots = mem_array(capacity, sizeof(*slots));

	for (size_t i = 0; i < cache->capacity; i++)
		if (cache->slots[i].content_id)
			*find(slots, capacity,
			      cache->slots[i].content_id) = cache->slots[i];
	free(cache->slots);
	cache->slots = slots;
	cache->capacity = capacity;
}

bool keys_get(struct keys_cache *cache, int64_t content_id, struct strbuf *out)
{
	struct keys_slot *slot = NULL;

	pthread_mutex_lock(&cache->lock);
	if (cache->capacity)
		slot = find(cache->slots, cache->capacity, content_id);
	if (slot && slot->content_id)
		strbuf_add(out, slot->packed);
	else
		slot = NULL;
	pthread_mutex_unlock(&cache->lock);
	return slot != NULL;
}

void keys_put(struct keys_cache *cache, int64_t content_id, struct str packed)
{
	struct keys_slot *slot;

	pthread_mutex_lock(&cache->lock);
	if (cache->bytes + packed.len > KEYS_BYTES_MAX)
		forget(cache);
	if (4 * cache->count >= 3 * cache->capacity)
		grow(cache);
	slot = find(cache->slots, cache->capacity, content_id);
	if (!slot->content_id) {
		*slot = (struct keys_slot){ content_id,
					    str_make(mem_strndup(packed.p, packed.len),
						     packed.len) };
		cache->count++;
		cache->bytes += packed.len + sizeof(*slot);
	}
	pthread_mutex_unlock(&cache->lock);
}
