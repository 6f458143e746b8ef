/* Lists of row ids inside the store, and what is done to rows by sync. */
#ifndef BRIDGE_STORE_ROW_IDS_H
#define BRIDGE_STORE_ROW_IDS_H

#include "bridge/store_internal.h"

struct row_ids {
	int64_t *list;
	size_t count, capacity;
};
void row_ids_finish(struct row_ids *ids);
/* row_ids_read() - first column of all rows of @q (NULL: failed already). */
MUST_CHECK bool row_ids_read(struct db *db, sqlite3_stmt *q, struct row_ids *ids,
			     struct err *err);

/* row_server_gone() - the server has deleted it. */
MUST_CHECK bool row_server_gone(struct store_tx *tx, int64_t id, struct err *err);
/* row_absorb() - @other is the same item as @id: @id gets its columns, @other goes. */
MUST_CHECK bool row_absorb(struct store_tx *tx, int64_t id, int64_t other,
			   struct err *err);

#endif
