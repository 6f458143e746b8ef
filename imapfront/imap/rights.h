/* Exchange's effective rights as IMAP's (RFC 4314). */
#ifndef IMAPFRONT_IMAP_RIGHTS_H
#define IMAPFRONT_IMAP_RIGHTS_H

#include "base/strbuf.h"
#include "bridge/store.h"

/* imap_rights_write() - "lrswitek": what the account may do in a folder */
void imap_rights_write(const struct store_box *box, struct strbuf *out);
/* imap_rights_tell() - "* MYRIGHTS mailbox rights" with its line end */
void imap_rights_tell(const struct store_box *box, bool utf8, struct strbuf *out);

#endif
