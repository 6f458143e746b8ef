/* Messages with "binary" parts (RFC 3516), for a world that cannot carry NUL octets. */
#ifndef BRIDGE_MIME_UNBINARY_H
#define BRIDGE_MIME_UNBINARY_H

#include "base/strbuf.h"

/* mime_unbinary() - append @message with every part that holds NUL octets in base64; all
 * other octets are kept. */
void mime_unbinary(struct str message, struct strbuf *out);

#endif
