/* Errors as IMAP's tagged responses (RFC 3501 section 7.1, RFC 5530). */
#ifndef IMAPFRONT_IMAP_STATUS_H
#define IMAPFRONT_IMAP_STATUS_H

#include "base/err.h"
#include "base/strbuf.h"

/* "NO [NONEXISTENT] no folder 'x'": the text is made fit for a response line. */
void imap_status_write(const struct err *err, struct strbuf *out);

#endif
