/*
 * Mailbox names. In the store a path joins UTF-8 names by '/', and inside a name '/' is
 * "%2F" and '%' is "%25". On the wire (modified UTF-7) '%' goes as it is unless it would
 * read as one of these two, so that a client finds the name that it made.
 */
#ifndef IMAPFRONT_IMAP_MAILBOX_H
#define IMAPFRONT_IMAP_MAILBOX_H

#include "base/err.h"
#include "base/strbuf.h"

#define IMAP_MAILBOX_BYTES 4096

/*
 * imap_mailbox_path() - name on the wire to path in the store
 * @utf8: it is UTF-8, else modified UTF-7
 * One '/' at the end is dropped (CREATE), INBOX becomes upper case.
 * Errors: ERR_STATE bad UTF-8 or UTF-7, empty names, control characters; ERR_LIMIT.
 */
MUST_CHECK bool imap_mailbox_path(struct str wire, bool utf8, struct strbuf *path,
				  struct err *err);
/* imap_mailbox_wire() - path to name on the wire, without quotes. */
void imap_mailbox_wire(struct str path, bool utf8, struct strbuf *wire);
/* imap_mailbox_quote() - as above, as a quoted string. */
void imap_mailbox_quote(struct str path, bool utf8, struct strbuf *out);

/*
 * imap_mailbox_match() - LIST and LSUB wildcards (RFC 3501 section 6.3.8)
 * @pattern, @wire: as on the wire; '*' matches anything, '%' anything but '/'. The first
 * name matches INBOX in any case. Cost: at most the product of the lengths.
 */
bool imap_mailbox_match(struct str pattern, struct str wire);

#endif
