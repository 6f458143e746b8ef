/*
 * The text index: which of the bodies that are here have a substring, and their folded
 * text. A file of its own, text.db, so that indexing never holds up a change by a client;
 * it can be deleted at any time, it is made again.
 */
#ifndef BRIDGE_STORE_TEXT_H
#define BRIDGE_STORE_TEXT_H

#include "bridge/store.h"

/* What the index says of each content. What came later than the index, or was too big for
 * it, may always have it. */
struct store_text_hits {
	unsigned char *maybe, *sure; /* bits by content id */
	int64_t bit_count; /* contents from there on are not indexed yet */
};
struct store_text_where {
	struct str field; /* .p: candidates only, for a field of that name; else: */
	bool body_only; /* where mime_search_body() looks, not mime_search_text() */
};
/* store_text_indexable() - can the index be asked for @folded (see mime_fold())? Not for
 * blanks alone, nor for what has line ends. */
bool store_text_indexable(struct str folded);
/* store_text_find() - ask the index. Errors: ERR_STATE there is none (scan then).
 * Blocks: disk; some ms, for what most messages have some 100. */
MUST_CHECK bool store_text_find(struct store *s, struct str folded,
				struct store_text_where where,
				struct store_text_hits *hits_r, struct err *err);
/* store_text_maybe() - may the content have it? false is certain. */
static inline bool store_text_maybe(const struct store_text_hits *hits,
				    int64_t content_id)
{
	return content_id >= hits->bit_count || content_id <= 0 ||
	       (hits->maybe[content_id / 8] >> content_id % 8 & 1);
}
/* store_text_sure() - has it? Of a field: one that is much alike has. */
static inline bool store_text_sure(const struct store_text_hits *hits, int64_t content_id)
{
	return content_id > 0 && content_id < hits->bit_count &&
	       (hits->sure[content_id / 8] >> content_id % 8 & 1);
}
void store_text_hits_finish(struct store_text_hits *hits);

struct store_text { /* folded, as mime_search_dump() gives it */
	struct str header, body;
	void *memory;
};
/*
 * store_text_read() - the text of a content; .memory NULL if it is not indexed
 * The octets must be read then. Errors: ERR_BROKEN.
 */
MUST_CHECK bool store_text_read(struct store *s, int64_t content_id,
				struct store_text *text_r, struct err *err);
void store_text_finish(struct store_text *text);

/*
 * store_tend() - copy a long write-ahead log back into its database
 * For one thread of an account, after commits; without it the writer does so itself,
 * late. Blocks: disk.
 */
MUST_CHECK bool store_tend(struct store *s, struct err *err);
/* store_rest() - nothing happens: give back memory that only makes queries quicker. In
 * the same thread. */
void store_rest(struct store *s);

/*
 * store_text_work() - index some of what is not, in one short transaction
 * @more_r: is there more to do at once?
 * For one thread of an account. Blocks: disk, and some 100 ms of work.
 */
MUST_CHECK bool store_text_work(struct store *s, bool *more_r, struct err *err);

#endif
