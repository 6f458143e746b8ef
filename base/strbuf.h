/*
 * Owned, growing text with a ceiling. Appending never fails visibly: an append over the
 * ceiling is dropped, and the overflow is sticky, so one strbuf_ok() at the end is
 * enough. The content is always followed by a NUL byte that is not counted.
 */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/macros.h"
#include "base/str.h"

struct strbuf {
	char *p; /* NULL until the first append */
	size_t len;
	size_t capacity;
	size_t max_bytes;
	bool overflow;
};

/* struct strbuf b = STRBUF(4096); at most that many bytes. */
#define STRBUF(max)                                                                      \
	{                                                                                \
		.max_bytes = (max)                                                       \
	}

void strbuf_init(struct strbuf *b, size_t max_bytes);
void strbuf_finish(struct strbuf *b); /* frees; NULL or zeroed is fine */
void strbuf_reset(struct strbuf *b); /* empties, keeps the memory, clears overflow */

void strbuf_add(struct strbuf *b, struct str s);
void strbuf_add_mem(struct strbuf *b, const void *p, size_t len);
void strbuf_add_cstr(struct strbuf *b, const char *text); /* NULL adds nothing */
void strbuf_addc(struct strbuf *b, char c);
void strbuf_addf(struct strbuf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void strbuf_add_u64(struct strbuf *b, uint64_t number); /* decimal, for long lists */

/* strbuf_cut() - shorten to @len bytes; a longer @len changes nothing. */
void strbuf_cut(struct strbuf *b, size_t len);
/* strbuf_drop() - remove the first @len bytes. */
void strbuf_drop(struct strbuf *b, size_t len);
/* strbuf_space() - @len writable bytes behind the content, NULL over the ceiling;
 * strbuf_added() then counts those that were written. */
char *strbuf_space(struct strbuf *b, size_t len);
void strbuf_added(struct strbuf *b, size_t len);

/* strbuf_ok() - did everything fit? Errors: ERR_LIMIT "text longer than N bytes". */
MUST_CHECK bool strbuf_ok(const struct strbuf *b, struct err *err);

/* strbuf_str(), strbuf_cstr() - borrow the content; never NULL; valid until a change. */
struct str strbuf_str(const struct strbuf *b);
const char *strbuf_cstr(const struct strbuf *b);
/* strbuf_take() - hand the NUL-terminated heap text to the caller, who frees it. */
char *strbuf_take(struct strbuf *b);

#endif
