/*
 * Category names as IMAP keywords. A name that is an atom goes as it is; every other
 * octet becomes "=XX" (upper-case hexadecimal), and so does an "=" that would otherwise
 * read as such an escape. "Projekt X" <-> "Projekt=20X". Every name survives the way out
 * and back.
 */
#ifndef IMAPFRONT_IMAP_KEYWORD_H
#define IMAPFRONT_IMAP_KEYWORD_H

#include "base/strbuf.h"

#define IMAP_KEYWORD_BYTES 255 /* of one raw name: longer ones are refused */

void imap_keyword_encode(struct str name, struct strbuf *atom);
/* Any atom decodes; an escaped line feed or NUL stays escaped (see message.h). */
void imap_keyword_decode(struct str atom, struct strbuf *name);

#endif
