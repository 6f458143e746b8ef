/* Reading what SORT and THREAD compare of the messages found. */
#ifndef IMAPFRONT_IMAP_SORT_LOAD_H
#define IMAPFRONT_IMAP_SORT_LOAD_H

#include "imapfront/imap/search_run.h"
#include "imapfront/imap/sort.h"

struct imap_sort_items {
	struct imap_sort_item *items; /* by UID ascending */
	size_t count;
	struct str *texts; /* of all items */
	struct pool pool; /* what is in them */
};
void imap_sort_items_finish(struct imap_sort_items *items);

/*
 * imap_sort_load() - keys of the @hits in the selected mailbox
 * @wants: of enum mime_sort_text, as a set (1 << text)
 * Messages whose octets are not here are asked for; with the server away their texts are
 * empty. Those that are gone are left out. Blocks: disk, server.
 */
MUST_CHECK bool imap_sort_load(struct imap_client *client, const struct imap_hits *hits,
			       unsigned wants, struct imap_sort_items *items_r,
			       struct err *err);

#endif
