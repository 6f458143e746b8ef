/* The first words of a message, for lists of mail (RFC 8970). */
#ifndef BRIDGE_MIME_PREVIEW_H
#define BRIDGE_MIME_PREVIEW_H

#include "base/strbuf.h"
#include "bridge/mime/structure.h"

#define MIME_PREVIEW_CHARS 200
#define MIME_PREVIEW_BYTES 1024

/* mime_preview() - append up to 200 characters of the first text that is no attachment;
 * of HTML its text alone; blanks and line ends as single blanks. Nothing: no text. */
void mime_preview(const struct mime_tree *tree, struct strbuf *out);

#endif
