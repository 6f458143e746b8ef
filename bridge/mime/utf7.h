/* Mailbox names in IMAP4rev1: modified UTF-7 (RFC 3501 section 5.1.3). */
#ifndef BRIDGE_MIME_UTF7_H
#define BRIDGE_MIME_UTF7_H

#include "base/err.h"
#include "base/strbuf.h"

/*
 * mime_utf7_decode() - modified UTF-7 to UTF-8
 * Strict: 8-bit octets, unfinished shifts, encoded ASCII, bad surrogates and superfluous
 * bits or shifts are refused. Errors: ERR_SYNTAX (then @out may hold a part).
 */
MUST_CHECK bool mime_utf7_decode(struct str utf7, struct strbuf *out, struct err *err);

/* mime_utf7_encode() - UTF-8 to modified UTF-7; invalid bytes become U+FFFD. */
void mime_utf7_encode(struct str utf8, struct strbuf *out);

#endif
