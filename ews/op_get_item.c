/* GetItem for the index of a mail folder: [MS-OXWSCORE] section 3.1.4.4. */
#include "ews/get_item.h"

static void put_shape(struct soap_writer *w, const struct ews_property *mark)
{
	soap_put_item_shape(w, NULL, NULL, mark);
}

static void init(void *object)
{
	ews_item_init(object);
}

static void begin(struct soap_reader *r, void *object)
{
	struct ews_item *item = object;

	item->type = ews_read_item_type(r);
}

static void child(struct soap_reader *r, const struct ews_get *get, void *object)
{
	ews_read_item_child(r, get->arena, get->mark, object);
}

static const struct ews_get_kind reader = { .batch = EWS_BATCH_READ,
					    .size = sizeof(struct ews_item),
					    .shape = put_shape,
					    .init = init,
					    .begin = begin,
					    .child = child };

bool ews_item_get(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
		  const struct ews_property *mark, struct ews_items *out, struct err *err)
{
	const struct ews_get get = { &reader, refs, count, mark, &out->arena };

	ews_items_finish(out);
	out->list = ews_get_new(&get);
	out->count = count;
	return ews_get_run(conn, &get, out->list, err);
}
