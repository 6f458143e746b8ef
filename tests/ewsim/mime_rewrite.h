/* A message as a server gives it back that keeps properties instead of octets. */
#ifndef EWSIM_MIME_REWRITE_H
#define EWSIM_MIME_REWRITE_H

#include "base/strbuf.h"

/* mime_rewrite() - @mime in other octets with the same content, appended to @out.
 * @spoil_signed: the content of signed and encrypted messages changes, too. */
void mime_rewrite(struct str mime, bool spoil_signed, struct strbuf *out);

#endif
