/* GetItem for many items: see get_item.h. [MS-OXWSCORE] section 3.1.4.4. */
#include "ews/get_item.h"

static void write(struct soap_writer *w, const void *context, const size_t *index,
		  size_t count)
{
	const struct ews_get *get = context;

	get->kind->shape(w, get->mark);
	ews_batch_item_ids(w, get->refs, index, count);
}

static bool is_right(struct soap_reader *r, const char *element,
		     struct ews_status *status)
{
	if (!element || soap_is(r, element))
		return true;
	status->code = EWS_CODE_OTHER;
	return err_set(&status->err, ERR_SYNTAX, "it is a %.*s, no %s",
		       STR_FMT(str_sub(soap_name(r), 0, 40)), element);
}

static void payload(struct soap_reader *r, void *object, void *context)
{
	const struct ews_get *get = context;
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (!is_right(r, get->kind->element, object))
			continue;
		if (get->kind->begin)
			get->kind->begin(r, object);
		while (soap_child(r, depth + 1))
			get->kind->child(r, get, object);
	}
}

static struct ews_batch batch_of(const struct ews_get *get, void *list)
{
	return (struct ews_batch){ .list = list,
				   .count = get->count,
				   .size = get->kind->size,
				   .init = get->kind->init,
				   .payload = payload,
				   .context = (void *)get };
}

void *ews_get_new(const struct ews_get *get)
{
	struct ews_batch batch = batch_of(get, NULL);

	return ews_batch_new(get->arena, &batch, get->count);
}

bool ews_get_run(struct ews_conn *conn, const struct ews_get *get, void *list,
		 struct err *err)
{
	const struct ews_batch_call call = { .op = EWS_OP_GET_ITEM,
					     .kind = get->kind->batch,
					     .write = write,
					     .request = get,
					     .batch = batch_of(get, list) };

	return ews_batch_run(conn, &call, err);
}
