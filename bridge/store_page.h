/* How a page of a folder goes into its rows: between store_page.c and store_listing.c. */
#ifndef BRIDGE_STORE_PAGE_H
#define BRIDGE_STORE_PAGE_H

#include "bridge/store_internal.h"
#include "bridge/store_sync.h"

struct page_at { /* where a page goes */
	int64_t box_id;
	int64_t round, round_ms, asked_ms;
	enum box_use use;
	bool listing, mail;
	bool locals; /* some rows of the folder are unknown to the server */
};

/* page_begin() - the folder's round, in the caller's transaction. Errors: ERR_NOT_FOUND.
 */
MUST_CHECK bool page_begin(struct store_tx *tx, int64_t box_id, int64_t asked_unix_ms,
			   struct page_at *at, bool *state_lost_r, struct err *err);
/* page_item() - one item as the server has it. */
MUST_CHECK bool page_item(struct store_tx *tx, const struct page_at *at,
			  const struct store_item *item, struct err *err);
/* page_details() - recipients and header of an item whose index is there; nothing else,
 * as a round may have read newer flags meanwhile. */
MUST_CHECK bool page_details(struct store_tx *tx, int64_t id,
			     const struct store_item *item, struct err *err);
/* page_name() - an item of a listing is there; its properties are read later. */
MUST_CHECK bool page_name(struct store_tx *tx, const struct page_at *at,
			  const char *item_id, struct err *err);

#endif
