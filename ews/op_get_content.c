/* GetItem for what a message can be rebuilt from when it has no MIME. */
#include "ews/get_item.h"

static const char *const more[] = { "item:Attachments", "item:Body", "item:TextBody",
				    NULL };

static void put_shape(struct soap_writer *w, const struct ews_property *mark)
{
	soap_put_item_shape(w, "Best", more, mark);
}

static void child(struct soap_reader *r, const struct ews_get *get, void *object)
{
	struct ews_arena *arena = get->arena;
	struct ews_content *content = object;

	if (soap_is(r, "Body")) {
		content->body_is_html = str_eq(soap_attr(r, "BodyType"), STR("HTML"));
		content->body = soap_get_text(r, arena);
	} else if (soap_is(r, "TextBody")) {
		content->text = soap_get_text(r, arena);
	} else if (soap_is(r, "Attachments")) {
		ews_read_attachments(r, arena, &content->attachments,
				     &content->attachment_count);
	} else {
		ews_read_item_child(r, arena, NULL, &content->item);
	}
}

static void init(void *object)
{
	struct ews_content *content = object;

	*content = (struct ews_content){ .item.status = content->item.status };
	ews_item_init(&content->item);
}

static void begin(struct soap_reader *r, void *object)
{
	struct ews_content *content = object;

	content->item.type = ews_read_item_type(r);
}

static const struct ews_get_kind reader = { .batch = EWS_BATCH_CONTENT,
					    .size = sizeof(struct ews_content),
					    .shape = put_shape,
					    .init = init,
					    .begin = begin,
					    .child = child };

bool ews_item_get_content(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
			  struct ews_contents *out, struct err *err)
{
	const struct ews_get get = { &reader, refs, count, NULL, &out->arena };

	ews_contents_finish(out);
	out->list = ews_get_new(&get);
	out->count = count;
	return ews_get_run(conn, &get, out->list, err);
}
