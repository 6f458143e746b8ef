/* Finding the messages that match, for SEARCH, SORT, THREAD and ESEARCH. */
#ifndef IMAPFRONT_IMAP_SEARCH_RUN_H
#define IMAPFRONT_IMAP_SEARCH_RUN_H

#include "imapfront/imap/client.h"

struct imap_hit {
	uint32_t uid;
	uint64_t modseq;
};
struct imap_hits {
	struct imap_hit *items; /* by UID ascending */
	size_t count;
};
void imap_hits_finish(struct imap_hits *hits);

/*
 * imap_search_run() - the messages of a folder that match
 * @view:   the folder's messages; the selected one's, or one made for this
 * @search: resolved by this
 * Bodies that decide and are not here are asked for; with the server away they count as
 * not matching. Errors: NO [BADCHARSET]; as the store. Blocks: disk, server; no lock.
 */
MUST_CHECK bool imap_search_run(struct imap_client *client, int64_t box_id,
				const struct imap_view *view, struct imap_search *search,
				struct imap_hits *hits_r, struct err *err);

struct imap_numbers { /* of an answer, in its order */
	uint32_t *numbers;
	uint64_t *modseqs;
};
/* imap_numbers_of() - @view: sequence numbers in it; NULL: UIDs */
struct imap_numbers imap_numbers_of(const struct imap_view *view,
				    const struct imap_hits *hits);
void imap_numbers_finish(struct imap_numbers *n);

/* Puts the found ones into the order of the answer. */
typedef bool imap_hits_order(struct imap_client *client, const struct imap_args *args,
			     struct imap_hits *hits, struct err *err);
/*
 * imap_search_command() - search the selected mailbox, answer, keep "$"
 * @name:  of the response where RETURN is not used: "SEARCH", "SORT"
 * @order: NULL: by number
 */
MUST_CHECK bool imap_search_command(struct imap_client *client, struct imap_args *args,
				    const char *name, imap_hits_order *order,
				    struct err *err);

#endif
