/* Tokens of structured fields (RFC 5322 section 3.2, RFC 2045 section 5.1). Internal. */
#ifndef BRIDGE_MIME_TOKEN_H
#define BRIDGE_MIME_TOKEN_H

#include <stdbool.h>

#include "base/str.h"
#include "base/strbuf.h"

/*
 * mime_skip_cfws() - white space, folds and comments off the front of @rest
 * @comment: if not NULL, set to the text of the last comment found (its quoted pairs
 *           undone), left alone if there is none
 */
void mime_skip_cfws(struct str *rest, struct strbuf *comment);

/* mime_take_token() - characters up to a tspecial or blank; may be empty. */
struct str mime_take_token(struct str *rest);

/* mime_take_quoted() - @rest is at the quote; unquoted text is appended, folds undone.
 * Text without its closing quote ends where @rest ends. */
void mime_take_quoted(struct str *rest, struct strbuf *out);

/* mime_skip() - move @rest @count bytes on. */
static inline void mime_skip(struct str *rest, size_t count)
{
	*rest = str_sub(*rest, count, rest->len);
}

#endif
