/*
 * The text index: candidates for a substring search over the bodies that are here, and
 * their folded text to verify them with. A file of its own, text.db, so that indexing
 * never holds up a change by a client; it can be deleted at any time, it is made again.
 */
#ifndef BRIDGE_STORE_TEXT_H
#define BRIDGE_STORE_TEXT_H

#include "bridge/store.h"

#define STORE_TEXT_MIN_CHARS 3 /* of a needle; shorter ones are not in the index */

/*
 * Which contents may hold a needle. What came later than the index, or was too big for
 * it, may always.
 */
struct store_text_hits {
	int64_t upto; /* contents above are not indexed yet */
	unsigned char *bits; /* by content id, up to bit_count */
	int64_t bit_count;
};
/* store_text_indexable() - can the index be asked for @folded (see mime_fold())? */
bool store_text_indexable(struct str folded);
/* store_text_find() - ask the index. Errors: ERR_STATE there is none (scan then). */
MUST_CHECK bool store_text_find(struct store *s, struct str folded,
				struct store_text_hits *hits_r, struct err *err);
/* store_text_maybe() - may the content hold it? false is certain. */
static inline bool store_text_maybe(const struct store_text_hits *hits,
				    int64_t content_id)
{
	return content_id >= hits->bit_count || content_id <= 0 ||
	       (hits->bits[content_id / 8] >> content_id % 8 & 1);
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
