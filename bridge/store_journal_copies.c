/* What the ledger knows of the copies of one message, to tell what a lost answer made. */
#include "bridge/store_change.h"

/* ?1 search key or ?2 Message-ID, the other one NULL. */
#define SAME "(i.search_key=?1 OR i.message_id=?2)"

static struct db_arg by_key(const struct journal_entry *e)
{
	return B(e->search_key.len > 0 ? strbuf_str(&e->search_key) : STR_NONE);
}

static struct db_arg by_message_id(const struct journal_entry *e)
{
	return T(e->search_key.len > 0 ? NULL : e->message_id);
}

bool journal_copies_count(struct store *s, const struct journal_entry *entry,
			  size_t *count_r, bool *others_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	int64_t count, others;

	/* What was removed here, and not yet there, is there. */
	if (!store_read_begin(s, &read, err) ||
	    !db_int(read.db,
		    "SELECT count(DISTINCT i.item_id) FROM item i WHERE " SAME
		    " AND i.item_id IS NOT NULL AND (i.ghost=0 OR EXISTS(SELECT 1 FROM "
		    "journal WHERE item=i.id) OR EXISTS(SELECT 1 FROM journal WHERE "
		    "from_item=i.id))",
		    ARGS(by_key(entry), by_message_id(entry)), 0, &count, err) ||
	    !db_int(read.db,
		    "SELECT 1 FROM item i JOIN journal j ON j.item=i.id WHERE " SAME
		    " AND j.kind=2 AND j.id<>?3 LIMIT 1",
		    ARGS(by_key(entry), by_message_id(entry), I(entry->id)), 0, &others,
		    err))
		return false;
	*count_r = (size_t)count;
	*others_r = others != 0;
	return true;
}

bool journal_copy_known(struct store *s, const struct journal_entry *entry,
			const char *item_id, bool *known_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	int64_t known;

	if (!store_read_begin(s, &read, err) ||
	    !db_int(read.db,
		    "SELECT 1 FROM item i WHERE " SAME
		    " AND i.item_id=?3 AND i.id<>?4 AND (i.id<?4 OR i.done_ms>0 OR "
		    "EXISTS(SELECT 1 FROM journal WHERE item=i.id AND kind IN (1,2,3) "
		    "AND from_item<>?4)) LIMIT 1",
		    ARGS(by_key(entry), by_message_id(entry), T(item_id),
			 I(entry->msg_id)),
		    0, &known, err))
		return false;
	*known_r = known != 0;
	return true;
}
