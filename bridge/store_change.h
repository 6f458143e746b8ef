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

/* payload_make() - octets that the cache alone has become the ledger's. */
MUST_CHECK bool payload_make(struct store_tx *tx, int64_t item, struct err *err);
/* entry_alone() - a COPY or MOVE that the server has not done becomes an APPEND of its
 * own. *alone_r: false where the content is not here: nothing was changed. */
MUST_CHECK bool entry_alone(struct store_tx *tx, int64_t entry_id, bool *alone_r,
			    struct err *err);

/* entry_read() - as it is now; none: it is gone. End with journal_entries_finish(). */
MUST_CHECK bool entry_read(struct db *db, int64_t id, struct journal_entries *entries_r,
			   struct err *err);

/* box_relist() - an item of it has no row any more: it comes down again. */
MUST_CHECK bool box_relist(struct store_tx *tx, int64_t folder, struct err *err);

/* notice_what() - a message's subject or, @item 0, a folder's path, appended. */
MUST_CHECK bool notice_what(struct store_tx *tx, int64_t item, int64_t folder,
			    struct strbuf *what, struct err *err);
void notice_what_mime(struct str mime, struct strbuf *what);
MUST_CHECK bool notice_add(struct store_tx *tx, enum journal_kind kind, struct str what,
			   const char *why, enum store_kept kept, struct err *err);

/* append_report() - a message of ours into the Inbox, like a client's APPEND. */
struct report {
	struct str mime; /* .p NULL: none */
	struct content_render render;
	char *file;
};
/* Before the transaction; writes big octets to a file. */
MUST_CHECK bool report_init(struct store *s, struct str mime, struct report *report,
			    struct err *err);
void report_finish(struct report *report);
MUST_CHECK bool append_report(struct store_tx *tx, const struct report *report,
			      bool *done_r, struct err *err);

/* uid_find() - row of a visible message, 0: gone. */
MUST_CHECK bool uid_find(struct db *db, int64_t box_id, uint32_t uid, int64_t *id_r,
			 struct err *err);
/* What a copy has of its original: columns of msg, and their values. */
#define COPIED_COLUMNS                                                                   \
	"flags,keywords,internal_s,size,has_body,content,need_body,server_flags,"        \
	"server_keywords,server_size,is_draft,subject,recipients,has_attachments,"       \
	"item_class,thread"
#define COPIED_VALUES                                                                    \
	"flags,keywords,internal_s,size,has_body,content,has_body<>1,server_flags,"      \
	"server_keywords,server_size,is_draft,subject,recipients,has_attachments,"       \
	"item_class,thread"
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
