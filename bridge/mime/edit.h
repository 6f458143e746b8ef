/* Changes to the header of a message, all other octets kept. */
#ifndef BRIDGE_MIME_EDIT_H
#define BRIDGE_MIME_EDIT_H

#include "base/strbuf.h"

/* mime_edit_strip() - append @message without its header fields named @names. */
void mime_edit_strip(struct str message, const struct str *names, size_t count,
		     struct strbuf *out);

/*
 * mime_edit_insert() - append @message with one more field at its front
 * @name, @value: ASCII, valid as they are; @value may be folded (CRLF and a blank), other
 * line ends in it become blanks
 */
void mime_edit_insert(struct str message, struct str name, struct str value,
		      struct strbuf *out);

/* mime_crlf() - append @text with every CRLF, bare LF and bare CR as CRLF. */
void mime_crlf(struct str text, struct strbuf *out);

#endif
