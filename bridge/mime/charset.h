/* Character sets to and from UTF-8 (ICU). */
#ifndef BRIDGE_MIME_CHARSET_H
#define BRIDGE_MIME_CHARSET_H

#include "base/strbuf.h"

/* mime_charset_known() - can @charset be converted? */
bool mime_charset_known(struct str charset);

/*
 * mime_charset_to_utf8() - append @bytes of @charset as UTF-8
 * Bytes that mean nothing become U+FFFD. An unknown @charset is taken as UTF-8 where
 * the bytes are valid UTF-8, else as windows-1252.
 * Return: false if the charset is unknown (text has been appended all the same).
 */
bool mime_charset_to_utf8(struct str charset, struct str bytes, struct strbuf *out);

/* mime_charset_guess() - bytes without a declared charset: UTF-8 if valid, else 1252. */
void mime_charset_guess(struct str bytes, struct strbuf *out);

#endif
