/* Error codes to SMTP replies (RFC 5321 section 4.2, RFC 3463). */
#ifndef IMAPFRONT_SMTP_STATUS_H
#define IMAPFRONT_SMTP_STATUS_H

#include "base/err.h"
#include "base/strbuf.h"

/* smtp_status_write() - "550 5.7.1 text" for what became of a message, no CRLF. */
void smtp_status_write(const struct err *err, struct strbuf *out);

#endif
