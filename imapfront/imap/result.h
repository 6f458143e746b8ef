/*
 * What a client wants to know of the messages found: RETURN options and the ESEARCH
 * response (RFC 4731, RFC 5182, RFC 5267, RFC 9394; RFC 9051 section 7.3.4). Pure.
 */
#ifndef IMAPFRONT_IMAP_RESULT_H
#define IMAPFRONT_IMAP_RESULT_H

#include "imapfront/imap/reader.h"

enum imap_return {
	IMAP_RETURN_MIN = 1,
	IMAP_RETURN_MAX = 2,
	IMAP_RETURN_COUNT = 4,
	IMAP_RETURN_ALL = 8,
	IMAP_RETURN_PARTIAL = 16,
	IMAP_RETURN_SAVE = 32, /* into "$" */
	IMAP_RETURN_UPDATE = 64, /* tell changes of the answer (RFC 5267) */
	IMAP_RETURN_CONTEXT = 128, /* a hint: more of the same will be asked for */
	IMAP_RETURN_TOLD = IMAP_RETURN_SAVE - 1, /* those that an ESEARCH shows */
	IMAP_RETURN_FOLLOWED = IMAP_RETURN_UPDATE | IMAP_RETURN_CONTEXT,
};

struct imap_partial { /* of the found ones, from 1; from <= to */
	uint32_t from, to;
	bool backwards; /* counted from the end: "-1:-100" */
};

struct imap_results {
	bool extended; /* there was a RETURN */
	unsigned what; /* enum imap_return */
	struct imap_partial partial;
};

/* "-1:-100", "1:500" (RFC 9394 section 3.1) */
MUST_CHECK bool imap_partial_read(struct imap_reader *in, struct imap_partial *partial_r,
				  struct err *err);
/* imap_partial_cut() - which of @count numbers: [*from_r, *from_r + length) */
size_t imap_partial_cut(const struct imap_partial *partial, size_t count, size_t *from_r);

/* ["RETURN" SP "(" options ")" SP], in front of the search program; takes nothing if it
 * is not there. Errors: ERR_SYNTAX. */
MUST_CHECK bool imap_results_read(struct imap_reader *in, struct imap_results *results_r,
				  struct err *err);

struct imap_found_list { /* in the order of the answer */
	const uint32_t *numbers; /* sequence numbers or UIDs, as the command wants */
	const uint64_t *modseqs; /* NULL: not asked for */
	size_t count;
};
/*
 * imap_results_write() - one ESEARCH response, with its line end
 * @place: " MAILBOX ... UIDVALIDITY ..." inside the parentheses behind the tag; "" if
 *         it is the selected one
 * @uid:   numbers are UIDs
 */
void imap_results_write(const struct imap_results *results, struct str tag,
			struct str place, bool uid, const struct imap_found_list *found,
			struct strbuf *out);

/*
 * imap_results_saved() - is the found one at @index (of @count, from 0, in the order of
 * the answer) among those that "$" then stands for? RFC 5182 section 2.1: all, or with
 * MIN, MAX or PARTIAL and neither ALL nor COUNT these alone.
 */
bool imap_results_saved(const struct imap_results *results, size_t index, size_t count);

#endif
