/*
 * What IMAP SEARCH means by "contains" (RFC 9051 section 6.4.4): decoded text, any case,
 * substring. Both sides are folded (mime_fold), so that a search is one memmem.
 */
#ifndef BRIDGE_MIME_SEARCH_H
#define BRIDGE_MIME_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "bridge/mime/structure.h"

/*
 * mime_fold() - text for comparing: case folded, compatibility forms and accents
 * decomposed (the idea of RFC 5051)
 * @utf8: invalid bytes become U+FFFD
 */
void mime_fold(struct str utf8, struct strbuf *out);

/* mime_folded_find() - offset of @needle, -1: it is not there; both are folded. An empty
 * @needle is everywhere. */
ptrdiff_t mime_folded_find(struct str text, struct str needle);
bool mime_folded_contains(struct str text, struct str needle);

/* mime_search_header() - does a field @name contain @folded? Empty @folded: is it there?
 */
bool mime_search_header(struct str header, struct str name, struct str folded);
/* mime_search_has_addresses() - is a field @name searched as ENVELOPE shows it, too? */
bool mime_search_has_addresses(struct str name);
/* mime_search_body() - does the decoded text of a part contain @folded? */
bool mime_search_body(const struct mime_tree *tree, struct str folded);
/* mime_search_text() - any header, that of a part too, or the body? */
bool mime_search_text(const struct mime_tree *tree, struct str folded);

/*
 * mime_search_dump() - all folded text that mime_search_text() looks at, for an index
 * @header_bytes_r: where the text of all headers ends and what mime_search_body() looks
 *                  at begins; may be NULL
 * A line feed is put between pieces, and a field is one line: where it has line feeds
 * itself, there is CR. So a @folded without both is found in it exactly when it is found
 * in the message. mime_search_dump_addresses() - what mime_search_header() looks at
 * beyond that: addresses as ENVELOPE shows them, where the field itself reads otherwise
 */
void mime_search_dump(const struct mime_tree *tree, struct strbuf *out,
		      size_t *header_bytes_r);
void mime_search_dump_addresses(struct str header, struct strbuf *out);

/*
 * mime_sent_day() - days since 1970 of the Date field, for SENTBEFORE and its kin
 * Return: is there a readable date? If not, @day_r is 0: other servers take such a
 * message for one of 1970.
 */
bool mime_sent_day(struct str header, int64_t *day_r);

#endif
