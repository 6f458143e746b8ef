/* GetAttachment, CreateAttachment, DeleteAttachment. */
#include "tests/ewsim/facts.h"

#include "base/base64.h"
#include "base/mem.h"
#include "tests/ewsim/call.h"

enum { MAX_BYTES = 256 << 20, STORED = 1000 };

struct found {
	struct sim_item *item;
	struct sim_attachment *stored; /* else: */
	size_t part; /* from 1 */
};

static bool locate(struct call *c, const xmlNode *id, struct found *f)
{
	struct id n;

	if (!id_read(x_attr(id, "Id"), &n) || n.kind != ID_ATTACHMENT)
		return false;
	*f = (struct found){ sim_item_by_id(c->sim, n.number), NULL, (size_t)n.extra };
	if (!f->item || f->item->folder->user != c->user)
		return false;
	for (size_t i = 0; i < f->item->attachment_count; i++)
		if (f->item->attachments[i].id == (uint64_t)n.extra)
			f->stored = &f->item->attachments[i];
	return f->stored || f->part < STORED;
}

static void write_file(struct call *c, const xmlNode *id, const char *name,
		       const char *type, const char *content_id, bool is_inline,
		       struct str bytes)
{
	strbuf_add(&c->out, STR("<t:FileAttachment><t:AttachmentId Id=\""));
	x_escape(&c->out, x_attr(id, "Id"));
	strbuf_add(&c->out, STR("\"/>"));
	x_text(&c->out, "t:Name", str_from(name));
	if (type)
		x_text(&c->out, "t:ContentType", str_from(type));
	if (content_id && content_id[0])
		x_text(&c->out, "t:ContentId", str_from(content_id));
	x_int(&c->out, "t:Size", (int64_t)bytes.len);
	x_bool(&c->out, "t:IsInline", is_inline);
	strbuf_add(&c->out, STR("<t:Content>"));
	base64_encode(bytes, &c->out);
	strbuf_add(&c->out, STR("</t:Content></t:FileAttachment>"));
}

/* With all its properties, and its MIME if that is asked for. */
static void write_item(struct call *c, const xmlNode *id, const struct found *found)
{
	CLEANUP(shape_finish) struct shape shape = { 0 };
	struct sim_item *item = found->stored->item;
	struct sim_ref ref = { item, false, 0 };
	const xmlNode *wanted = x_child(c->request, "AttachmentShape");

	shape_read(NULL, &c->sim->settings, &shape);
	shape_everything(&shape);
	if (x_true(x_short(x_child(wanted, "IncludeMimeContent"))))
		shape.want[0] = shape.mime = true;
	strbuf_add(&c->out, STR("<t:ItemAttachment><t:AttachmentId Id=\""));
	x_escape(&c->out, x_attr(id, "Id"));
	strbuf_add(&c->out, STR("\"/>"));
	x_text(&c->out, "t:Name", str_from(found->stored->name));
	x_bool(&c->out, "t:IsInline", false);
	item->folder = found->item->folder; /* whose settings and owner count */
	(void)!shape_write(&shape, &ref, &c->out);
	item->folder = NULL;
	strbuf_add(&c->out, STR("</t:ItemAttachment>"));
}

static bool write_part(struct call *c, const xmlNode *id, const struct found *found)
{
	struct sim_ref ref = { found->item, false, 0 };
	CLEANUP(facts_finish) struct facts f;
	CLEANUP(strbuf_finish) struct strbuf bytes = STRBUF(MAX_BYTES);
	const struct msg_part *p;

	facts_init(&f, &ref, NULL);
	facts_parts(&f);
	if (!found->part || found->part > f.part_count)
		return false;
	p = &f.parts[found->part - 1];
	msg_part_bytes(p, &bytes);
	write_file(c, id, p->name[0] ? p->name : "attachment", p->type, p->content_id,
		   p->is_inline, strbuf_str(&bytes));
	return true;
}

void op_get_attachment(struct call *c)
{
	call_begin(c);
	for (const xmlNode *n = x_first(x_child(c->request, "AttachmentIds")); n;
	     n = x_next(n)) {
		struct found f = { 0 };
		size_t before = c->out.len;
		bool ok;

		if (call_item_fault(c))
			continue;
		ok = locate(c, n, &f);
		if (ok) {
			call_ok(c);
			strbuf_add(&c->out, STR("<m:Attachments>"));
			if (f.stored && f.stored->item)
				write_item(c, n, &f);
			else if (f.stored)
				write_file(c, n, f.stored->name, f.stored->type,
					   f.stored->content_id, f.stored->is_inline,
					   strbuf_str(&f.stored->content));
			else
				ok = write_part(c, n, &f);
		}
		if (!ok) {
			strbuf_cut(&c->out, before);
			call_error(c, "ErrorItemNotFound", "No such attachment.");
			continue;
		}
		strbuf_add(&c->out, STR("</m:Attachments>"));
		call_done(c);
	}
	call_end(c);
}

static char *text_of(const xmlNode *parent, const char *name)
{
	CLEANUP(strbuf_finish) struct strbuf b = STRBUF(1 << 16);
	const xmlNode *n = x_child(parent, name);

	x_content(n, &b);
	return n ? mem_strdup(strbuf_cstr(&b)) : NULL;
}

static void root_id(const struct sim_item *item, uint64_t number, struct strbuf *out)
{
	strbuf_add(out, STR("<t:AttachmentId Id=\""));
	id_write((struct id){ ID_ATTACHMENT, item->id, (int64_t)number }, out);
	strbuf_add(out, STR("\" RootItemId=\""));
	id_write((struct id){ ID_ITEM, item->id, 0 }, out);
	strbuf_add(out, STR("\" RootItemChangeKey=\""));
	change_key_write(item->kind == SIM_CALENDAR_ITEM, item->change, out);
	strbuf_add(out, STR("\"/>"));
}

static char *name_of(const xmlNode *e, const char *otherwise)
{
	char *name = text_of(e, "Name");

	return name ? name : mem_strdup(otherwise);
}

static void append(struct sim_item *item, struct sim_attachment a)
{
	item->attachments = mem_resize(item->attachments, item->attachment_count + 1,
				       sizeof(a));
	item->attachments[item->attachment_count++] = a;
}

/* An item in the item: of the kind that the element behind the name says. */
static const char *add_item(struct call *c, struct sim_item *item, const xmlNode *e)
{
	struct sim_attachment a = { .content = STRBUF(MAX_BYTES) };
	const char *code = "ErrorInvalidOperation";

	for (const xmlNode *n = x_first(e); n && !a.item; n = x_next(n))
		a.item = create_build(c, n, &code);
	if (!a.item)
		return code;
	a.item->folder = NULL;
	a.id = STORED + ++c->sim->next_attachment;
	a.name = name_of(e, "item");
	append(item, a);
	return NULL;
}

const char *attachment_add(struct call *c, struct sim_item *item, const xmlNode *e)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(MAX_BYTES);
	struct sim_attachment a = { .content = STRBUF(MAX_BYTES) };

	if (x_is(e, "ItemAttachment"))
		return add_item(c, item, e);
	if (!x_is(e, "FileAttachment"))
		return "ErrorInvalidOperation";
	x_content(x_child(e, "Content"), &text);
	if (!base64_decode(strbuf_str(&text), &a.content, NULL)) {
		strbuf_finish(&a.content);
		return "ErrorInvalidRequest";
	}
	a.id = STORED + ++c->sim->next_attachment;
	a.name = name_of(e, "attachment");
	a.type = text_of(e, "ContentType");
	a.content_id = text_of(e, "ContentId");
	a.is_inline = x_true(x_short(x_child(e, "IsInline")));
	append(item, a);
	return NULL;
}

static void create(struct call *c, struct sim_item *item, const xmlNode *e)
{
	const char *code = call_denied(item->folder, SIM_RIGHT_MODIFY), *element;

	if (!code)
		code = call_full(c);
	if (!code)
		code = attachment_add(c, item, e);

	if (code) {
		call_error(c, code, "The attachment could not be created.");
		return;
	}
	sim_item_touch(item, false);
	call_ok(c);
	element = x_is(e, "ItemAttachment") ? "ItemAttachment" : "FileAttachment";
	strbuf_addf(&c->out, "<m:Attachments><t:%s>", element);
	root_id(item, item->attachments[item->attachment_count - 1].id, &c->out);
	strbuf_addf(&c->out, "</t:%s></m:Attachments>", element);
	call_done(c);
}

void op_create_attachment(struct call *c)
{
	struct sim_ref ref = { 0 };
	const char *code = NULL;
	bool ok = call_ref(c, x_child(c->request, "ParentItemId"), &ref, &code);

	call_begin(c);
	for (const xmlNode *n = x_first(x_child(c->request, "Attachments")); n;
	     n = x_next(n)) {
		if (call_item_fault(c))
			continue;
		if (ok)
			create(c, ref.item, n);
		else
			call_error(c, code, "No such item.");
	}
	call_end(c);
}

void op_delete_attachment(struct call *c)
{
	call_begin(c);
	for (const xmlNode *n = x_first(x_child(c->request, "AttachmentIds")); n;
	     n = x_next(n)) {
		struct found f;

		if (call_item_fault(c))
			continue;
		if (!locate(c, n, &f) || !f.stored) {
			call_error(c, "ErrorItemNotFound", "No such attachment.");
			continue;
		}
		free(f.stored->name);
		free(f.stored->type);
		free(f.stored->content_id);
		strbuf_finish(&f.stored->content);
		sim_item_free(f.stored->item);
		*f.stored = f.item->attachments[--f.item->attachment_count];
		sim_item_touch(f.item, false);
		call_ok(c);
		strbuf_add(&c->out, STR("<m:RootItemId RootItemId=\""));
		id_write((struct id){ ID_ITEM, f.item->id, 0 }, &c->out);
		strbuf_add(&c->out, STR("\" RootItemChangeKey=\""));
		change_key_write(f.item->kind == SIM_CALENDAR_ITEM, f.item->change,
				 &c->out);
		strbuf_add(&c->out, STR("\"/>"));
		call_done(c);
	}
	call_end(c);
}
