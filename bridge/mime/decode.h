/* Contents of parts: transfer encodings undone, text as UTF-8. */
#ifndef BRIDGE_MIME_DECODE_H
#define BRIDGE_MIME_DECODE_H

#include "base/strbuf.h"
#include "bridge/mime/structure.h"

/*
 * mime_decode() - undo a transfer encoding
 * Lenient: appends what can be decoded.
 * Return: false if the encoding is unknown (nothing appended) or the text is malformed.
 */
bool mime_decode(enum mime_encoding encoding, struct str body, struct strbuf *out);

/* mime_part_decode() - decoded octets of a leaf part; as mime_decode(). */
bool mime_part_decode(const struct mime_part *part, struct strbuf *out);

/*
 * mime_part_each() - the same, a piece of some 64 KiB at a time; where the encoding is
 * unknown the octets as they stand
 */
typedef void mime_piece_fn(void *context, struct str piece);
void mime_part_each(const struct mime_part *part, mime_piece_fn *fn, void *context);

/* mime_part_text() - decoded text of a text part, as UTF-8. Never fails. */
void mime_part_text(const struct mime_part *part, struct strbuf *out);

/* Encoders, with CRLF line ends; base64 in lines of 76. */
void mime_encode_base64(struct str bytes, struct strbuf *out);
void mime_encode_qp(struct str text, struct strbuf *out);

#endif
