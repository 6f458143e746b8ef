/* Base64 (RFC 4648 section 4) and lower-case hexadecimal. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdbool.h>

#include "base/strbuf.h"

/* Without line breaks, padded. */
void base64_encode(struct str bytes, struct strbuf *out);
/* White space is skipped, padding is optional; anything else fails with ERR_SYNTAX. */
MUST_CHECK bool base64_decode(struct str text, struct strbuf *out, struct err *err);

/* For text that arrives in pieces: zeroed at the start, feed any split. */
struct base64_decoder {
	unsigned bits, have;
	bool padded;
};
MUST_CHECK bool base64_feed(struct base64_decoder *d, struct str text, struct strbuf *out,
			    struct err *err);

/*
 * base64_run() - the groups of four digits that @text begins with
 * @out: has room for 3 octets for each 4 of @text
 * Return: how many characters that were; what follows is a blank, padding, worse, or less
 * than a group.
 */
size_t base64_run(struct str text, char *out);

void hex_encode(struct str bytes, struct strbuf *out);
MUST_CHECK bool hex_decode(struct str text, struct strbuf *out, struct err *err);

#endif
