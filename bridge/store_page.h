/* How a page of a folder goes into its rows: between store_page*.c and store_listing.c.
 */
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
/*
 * page_row_find() - which row is @item? (store_page_find.c)
 * @id_r:   0: a new one
 * @skip_r: it is older than what was done here since: to be left alone
 */
MUST_CHECK bool page_row_find(struct store_tx *tx, const struct page_at *at,
			      const struct store_item *item, int64_t *id_r, bool *skip_r,
			      struct err *err);
/* page_item() - one item as the server has it. */
MUST_CHECK bool page_item(struct store_tx *tx, const struct page_at *at,
			  const struct store_item *item, struct err *err);
/* page_details() - recipients and header of an item whose index is there; nothing else,
 * as a round may have read newer flags meanwhile. */
MUST_CHECK bool page_details(struct store_tx *tx, int64_t id,
			     const struct store_item *item, struct err *err);
/* page_round_end() - after the last page (store_page_round.c). @swept_r: how many left
 * because no page of a full listing named them; may be NULL */
MUST_CHECK bool page_round_end(struct store_tx *tx, const struct page_at *at,
			       size_t *swept_r, struct err *err);
/* page_name() - an item of a listing is there; its properties are read later. */
MUST_CHECK bool page_name(struct store_tx *tx, const struct page_at *at,
			  const char *item_id, struct err *err);

#endif
