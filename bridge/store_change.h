/* What the writing half of the store shares: entries of the journal, copies of rows. */
#ifndef BRIDGE_STORE_CHANGE_H
#define BRIDGE_STORE_CHANGE_H

#include "bridge/journal.h"
#include "bridge/store_row_ids.h"

#define MSG_VERBS (MSG_ANSWERED | MSG_FORWARDED)

/* entry_add() - @group: 0 starts a group; the entry's group is left in it. */
struct entry_new {
	enum journal_kind kind;
	int64_t item, from_item, folder, from_folder, payload;
	const char *mark;
	struct str sender, recipients, message_id;
};
MUST_CHECK bool entry_add(struct store_tx *tx, const struct entry_new *entry,
			  int64_t *group, struct err *err);
/* entry_flags() - a FLAGS entry for a message, folded into the one that is there. */
MUST_CHECK bool entry_flags(struct store_tx *tx, int64_t item, struct err *err);

/* uid_find() - row of a visible message, 0: gone. */
MUST_CHECK bool uid_find(struct db *db, int64_t box_id, uint32_t uid, int64_t *id_r,
			 struct err *err);
/* row_copy() - a new row in @folder with the same content and flags, published. */
MUST_CHECK bool row_copy(struct store_tx *tx, int64_t id, int64_t folder, int64_t *new_r,
			 struct err *err);
MUST_CHECK bool row_uid(struct db *db, int64_t id, uint32_t *uid_r, struct err *err);
/* box_allows() - a mail folder that fronts see, with all of @rights (BOX_RIGHT_*).
 * Errors: NOT_FOUND, DENIED. */
MUST_CHECK bool box_allows(struct db *db, int64_t box_id, unsigned rights, bool *local_r,
			   struct err *err);
void uid_list_add(struct store_uid_list *list, size_t *capacity, uint32_t uid);

#endif
