/* What is known of one item: read from its message when it is first asked for; and ids.
 */
#include "tests/ewsim/facts.h"

#include "tests/ewsim/ids.h"

void facts_init(struct facts *f, const struct sim_ref *ref, const struct shape *shape)
{
	memset(f, 0, offsetof(struct facts, parts));
	f->part_count = 0;
	f->ref = ref;
	f->item = ref->item;
	f->shape = shape;
	strbuf_init(&f->mime, FACTS_TEXT_MAX);
	for (size_t i = 0; ref->occurrence && i < ref->item->cal->exception_count; i++)
		if (ref->item->cal->exceptions[i]->cal->original == ref->original)
			f->exception = ref->item->cal->exceptions[i];
}

void facts_finish(struct facts *f)
{
	strbuf_finish(&f->mime);
}

static bool wants_body(const struct shape *shape)
{
	return shape && !shape->find &&
	       (shape->want[field_index("Body")] ||
		shape->want[field_index("TextBody")] ||
		shape->want[field_index("Attachments")]);
}

static void load(struct facts *f)
{
	if (f->read_mime)
		return;
	f->read_mime = true;
	if (!f->item->octets && f->item->generated < 0)
		return;
	if (f->item->generated >= 0 && !wants_body(f->shape))
		sim_generate(sim_generate_short(f->item->generated), &f->mime);
	else
		sim_item_mime(f->item, &f->mime);
	msg_split(strbuf_str(&f->mime), &f->headers, &f->body);
}

struct str facts_headers(struct facts *f)
{
	load(f);
	return f->headers;
}

void facts_parts(struct facts *f)
{
	load(f);
	if (!f->read_parts && f->mime.len)
		f->part_count = msg_parts(strbuf_str(&f->mime), f->parts, FACTS_PARTS);
	f->read_parts = true;
}

/* The first text parts are the body; what has a name or is no text is an attachment. */
bool facts_part_is_attachment(const struct facts *f, size_t index)
{
	const struct msg_part *p = &f->parts[index];

	if (p->attachment || (p->name[0] && strcmp(p->type, "text/calendar") != 0))
		return true;
	return strncmp(p->type, "text/", 5) != 0;
}

const char *facts_stored(const struct facts *f, const char *element)
{
	const char *xml = f->exception ? sim_field_get(f->exception, element) : NULL;

	return xml ? xml : sim_field_get(f->item, element);
}

void item_id_write(const struct sim_ref *ref, const char *element, struct strbuf *out)
{
	struct id id = { ref->occurrence ? ID_OCCURRENCE : ID_ITEM, ref->item->id,
			 ref->occurrence ? ref->original : 0 };

	strbuf_addf(out, "<%s Id=\"", element);
	id_write(id, out);
	strbuf_add(out, STR("\" ChangeKey=\""));
	change_key_write(ref->item->kind == SIM_CALENDAR_ITEM, ref->item->change, out);
	strbuf_add(out, STR("\"/>"));
}

void folder_id_element(uint64_t id, const char *element, uint32_t change,
		       struct strbuf *out)
{
	strbuf_addf(out, "<%s Id=\"", element);
	id_write((struct id){ ID_FOLDER, id, 0 }, out);
	strbuf_add(out, STR("\" ChangeKey=\""));
	change_key_write(false, change, out);
	strbuf_add(out, STR("\"/>"));
}

void folder_id_write(const struct sim_folder *folder, const char *element,
		     struct strbuf *out)
{
	folder_id_element(folder->id, element, folder->change, out);
}
