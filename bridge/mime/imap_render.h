/*
 * Parts of FETCH responses exactly as they go on the wire (RFC 3501 and RFC 9051 section
 * 7.4.2 / 7.5.2): strings are quoted, or literals where they must be.
 */
#ifndef BRIDGE_MIME_IMAP_RENDER_H
#define BRIDGE_MIME_IMAP_RENDER_H

#include "bridge/mime/structure.h"
#include "base/strbuf.h"

/* Literals cannot hold NUL (RFC 3501 section 4.3) and their length must stay: this is
 * shown in its place, as by other servers. */
#define MIME_IMAP_NUL '\x80'

/* mime_imap_string() - quoted, or a literal if @text has 8-bit octets or line ends. */
void mime_imap_string(struct str text, struct strbuf *out);
/* mime_imap_nstring() - as above; NIL if @text.p is NULL. */
void mime_imap_nstring(struct str text, struct strbuf *out);

/* mime_imap_envelope() - "(date subject from ...)" of a message's header. */
void mime_imap_envelope(struct str header, struct strbuf *out);
/* mime_imap_body() - BODY, or BODYSTRUCTURE if @extended. */
void mime_imap_body(const struct mime_part *part, bool extended, struct strbuf *out);

#endif
