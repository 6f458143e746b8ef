/* Annotations of folders and of the account, as clients set them (RFC 5464). */
#include <stdlib.h>

#include "base/mem.h"
#include "bridge/store_internal.h"

void store_annotations_finish(struct store_annotations *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].entry);
		strbuf_finish(&list->items[i].value);
	}
	free(list->items);
	*list = (struct store_annotations){ 0 };
}

bool store_annotations_read(struct store *s, int64_t box_id,
			    struct store_annotations *list_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	struct store_annotations list = { 0 };
	size_t capacity = 0;
	sqlite3_stmt *q;

	if (!store_read_content(s, &read, err))
		return false;
	q = db_query(read.db,
		     "SELECT entry,value FROM annotation WHERE folder=?1 ORDER BY entry",
		     ARGS(I(box_id)), err);
	if (!q)
		return false;
	while (db_row(q)) {
		struct store_annotation *a;

		list.items = mem_grow(list.items, list.count, &capacity,
				      sizeof(*list.items));
		a = &list.items[list.count++];
		a->entry = db_col_dup(q, 0);
		strbuf_init(&a->value, STORE_ANNOTATION_BYTES);
		strbuf_add(&a->value, db_col_str(q, 1));
	}
	if (!db_done(read.db, q, err)) {
		store_annotations_finish(&list);
		return false;
	}
	*list_r = list;
	return true;
}

static bool set_one(struct store_tx *tx, int64_t box_id,
		    const struct store_annotation_change *change, struct err *err)
{
	if (!change->value.p)
		return db_do(tx->db,
			     "DELETE FROM annotation WHERE folder=?1 AND entry=?2",
			     ARGS(I(box_id), S(change->entry)), err);
	if (change->value.len > STORE_ANNOTATION_BYTES)
		return err_set(err, ERR_LIMIT, "value longer than %d bytes",
			       STORE_ANNOTATION_BYTES);
	return db_do(tx->db,
		     "INSERT OR REPLACE INTO annotation(folder,entry,value) "
		     "VALUES(?1,?2,?3)",
		     ARGS(I(box_id), S(change->entry), B(change->value)), err);
}

bool store_annotations_set(struct store *s, int64_t box_id,
			   const struct store_annotation_change *changes, size_t count,
			   struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	int64_t now;

	if (!store_tx_begin(s, &tx, STORE_DURABLE, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!set_one(&tx, box_id, &changes[i], err))
			return false;
	if (!db_int(tx.db, "SELECT count(*) FROM annotation WHERE folder=?1",
		    ARGS(I(box_id)), 0, &now, err))
		return false;
	if (now > STORE_ANNOTATIONS_MAX)
		return err_set(err, ERR_LIMIT, "more than %d annotations",
			       STORE_ANNOTATIONS_MAX);
	if (!store_tx_commit(&tx, err))
		return false;
	/* Counted before it is told, so that whoever hears of it looks. */
	atomic_fetch_add(&s->annotation_changes, 1);
	notify_publish(s->hub, NOTIFY_FOLDERS);
	return true;
}

uint64_t store_annotation_changes(struct store *s)
{
	return atomic_load(&s->annotation_changes);
}
