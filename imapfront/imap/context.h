/*
 * CONTEXT=SEARCH (RFC 5267): searches whose answers are kept up to date while their
 * mailbox is selected.
 */
#ifndef IMAPFRONT_IMAP_CONTEXT_H
#define IMAPFRONT_IMAP_CONTEXT_H

#include "imapfront/imap/search_run.h"

struct imap_context; /* a list of them; NULL: none */

/* imap_context_add() - keep a search; tells NOUPDATE when there are too many */
void imap_context_add(struct imap_client *client, const struct imap_args *args,
		      const struct imap_hits *hits);
/* imap_context_cancel() - by its tag. Return: was there one? */
bool imap_context_cancel(struct imap_client *client, struct str tag);
void imap_contexts_free(struct imap_context *first);

/* imap_contexts_expunge() - before the EXPUNGEs that an update is about to tell */
void imap_contexts_expunge(struct imap_client *client,
			   const struct store_changes *changes);
/* imap_contexts_follow() - after an update: messages that came or changed. Blocks: as the
 * search does. */
MUST_CHECK bool imap_contexts_follow(struct imap_client *client,
				     const struct store_changes *changes,
				     struct err *err);

#endif
