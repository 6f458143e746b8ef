/* NAMESPACE (RFC 2342): whose mailboxes a name can stand for. */
#ifndef IMAPFRONT_IMAP_NAMESPACE_H
#define IMAPFRONT_IMAP_NAMESPACE_H

#include "imapfront/imap/client.h"

/*
 * imap_name_is_free() - may a client make a mailbox of that name?
 * Names that begin with "Other Users/" or "Archive/" are kept for shared mailboxes and
 * the archive mailbox. A folder that the user has under such a name already stays in use,
 * with all that is made below it. Errors: ERR_STATE it is reserved. Blocks: disk.
 */
MUST_CHECK bool imap_name_is_free(struct imap_client *client, struct str path,
				  struct err *err);

#endif
