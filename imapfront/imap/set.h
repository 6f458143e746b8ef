/* Sequence sets: RFC 3501 section 9, sequence-set. */
#ifndef IMAPFRONT_IMAP_SET_H
#define IMAPFRONT_IMAP_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "imapfront/imap/pool.h"

#define IMAP_SET_RANGES_MAX 200000

struct imap_range {
	uint32_t from, to; /* either order; 0 is "*" */
};
struct imap_set {
	struct imap_range *ranges;
	size_t count;
	bool saved; /* "$": what the last search saved (RFC 5182); no ranges */
};

/* Or "$" alone. Errors: ERR_SYNTAX, ERR_LIMIT too many ranges. */
MUST_CHECK bool imap_set_parse(struct str text, struct pool *pool, struct imap_set *set_r,
			       struct err *err);

/*
 * imap_set_resolve() - put numbers in place of "*", sort, merge
 * @last: what "*" stands for; 0 (nothing there): ranges with "*" are dropped
 * Afterwards from <= to, ascending, disjoint.
 */
void imap_set_resolve(struct imap_set *set, uint32_t last);
/* Of a resolved set. */
bool imap_set_has(const struct imap_set *set, uint32_t number);

/* imap_set_write() - "1:3,5" in the order of @numbers (COPYUID needs the order). */
void imap_set_write(const uint32_t *numbers, size_t count, struct strbuf *out);

#endif
