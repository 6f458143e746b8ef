/*
 * Batches that adapt: many ids are asked for in requests of a size that the server bears.
 * Too large, too slow or timed out: half of it from then on; what the server left
 * unprocessed is asked for again.
 */
#ifndef EWS_BATCH_H
#define EWS_BATCH_H

#include <stddef.h>
#include <stdint.h>

/* Kinds of work with a size of their own. */
enum ews_batch_kind {
	EWS_BATCH_READ, /* properties */
	EWS_BATCH_CONTENT, /* whole messages, calendar items with bodies */
	EWS_BATCH_WRITE,
	EWS_BATCH_COUNT
};

struct ews_batch_size {
	size_t now; /* 0: not used yet */
};

struct ews_account;
/* ews_batch_bite() - how many go into one request now. */
size_t ews_batch_bite(struct ews_account *account, enum ews_batch_kind kind);
/* ews_batch_learn() - @count ids in one request took @took_ms; -1: too long, or too much.
 * The next have half as many, or, when it went fast, some more. */
void ews_batch_learn(struct ews_account *account, enum ews_batch_kind kind, size_t count,
		     int64_t took_ms);

#endif
