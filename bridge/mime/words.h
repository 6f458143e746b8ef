/* Encoded words in headers (RFC 2047, RFC 2231 section 5). */
#ifndef BRIDGE_MIME_WORDS_H
#define BRIDGE_MIME_WORDS_H

#include "base/strbuf.h"

/* mime_words_decode() - unfold @value and decode its encoded words, to UTF-8. */
void mime_words_decode(struct str value, struct strbuf *out);

/*
 * mime_words_encode() - text for an unstructured field
 * @utf8:   kept as it is where it is printable ASCII, else encoded words
 * @column: where in its line the text starts, for folding at 76 columns
 */
void mime_words_encode(struct str utf8, size_t column, struct strbuf *out);

#endif
