/* Header fields of a message or part (RFC 5322 section 2.2): byte-exact, no decoding. */
#ifndef BRIDGE_MIME_HEADER_H
#define BRIDGE_MIME_HEADER_H

#include <stdbool.h>

#include "base/str.h"
#include "base/strbuf.h"

struct mime_field {
	struct str raw; /* the whole field with all its lines and line ends */
	struct str name; /* without colon and blanks; empty for a line without a colon */
	struct str value; /* behind the colon, still folded, without the last line end */
};

/*
 * mime_field_next() - take one field off the front of @rest
 * @rest: a header; stops at the blank line that ends it, or at the end of the text
 * Return: false when no field is left; @rest then is at the blank line or empty.
 * A line without a colon is given as a field without a name.
 */
bool mime_field_next(struct str *rest, struct mime_field *field_r);

/* mime_field_find() - value (still folded) of the first field @name, any case. */
bool mime_field_find(struct str header, struct str name, struct str *value_r);

/* mime_unfold() - append @value trimmed, each fold as one blank. */
void mime_unfold(struct str value, struct strbuf *out);

/* mime_header_len() - length of the header at the front of @octets, with its blank line.
 */
size_t mime_header_len(struct str octets);

/*
 * mime_header_fields() - HEADER.FIELDS and HEADER.FIELDS.NOT (RFC 9051 section 6.4.5)
 * @inverse: give those fields that are not among @names
 * Appends the fields as they are in @header, and its blank line if it has one.
 */
void mime_header_fields(struct str header, const struct str *names, size_t count,
			bool inverse, struct strbuf *out);

#endif
