/* A mailbox whose index may not be complete yet. */
#ifndef IMAPFRONT_IMAP_BOX_WAIT_H
#define IMAPFRONT_IMAP_BOX_WAIT_H

#include "imapfront/imap/client.h"

/*
 * imap_box_wait() - imap_client_box(), once the index is complete
 * Untagged OKs keep the client patient.
 * Errors: ERR_NOT_FOUND; ERR_OFFLINE server not reachable for some time; ERR_STATE
 * shutting down. Blocks: as long as the server gives the index.
 */
MUST_CHECK bool imap_box_wait(struct imap_client *client, struct str path,
			      struct store_box *box_r, struct err *err);

/*
 * imap_folders_wait() - block until the list of folders is here
 * Right after the first start an empty one would say that there are no folders.
 * Errors: as above, but for ERR_NOT_FOUND.
 */
MUST_CHECK bool imap_folders_wait(struct imap_client *client, struct err *err);

#endif
