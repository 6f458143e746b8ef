/* ExportItems, UploadItems, ConvertId, MarkAsJunk. */
#include "tests/ewsim/call.h"
#include "tests/ewsim/server.h"

#include "base/base64.h"

enum { MAX_DATA = 512 << 20 };

void op_export_items(struct call *c)
{
	call_begin(c);
	for (const xmlNode *n = x_first(x_child(c->request, "ItemIds")); n;
	     n = x_next(n)) {
		CLEANUP(strbuf_finish) struct strbuf data = STRBUF(MAX_DATA);
		struct sim_ref ref;
		const char *code;

		if (call_item_fault(c))
			continue;
		if (!call_ref(c, n, &ref, &code) || ref.occurrence) {
			call_error(c, code ? code : "ErrorInvalidOperation",
				   "The item cannot be exported.");
			continue;
		}
		state_item_write(ref.item, &data);
		call_ok(c);
		item_id_write(&ref, "m:ItemId", &c->out);
		strbuf_add(&c->out, STR("<m:Data>"));
		base64_encode(strbuf_str(&data), &c->out);
		strbuf_add(&c->out, STR("</m:Data>"));
		call_done(c);
	}
	call_end(c);
}

static const char *upload(struct call *c, const xmlNode *n, struct sim_ref *ref_r)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(MAX_DATA);
	CLEANUP(strbuf_finish) struct strbuf data = STRBUF(MAX_DATA);
	bool create = str_eq(x_attr(n, "CreateAction"), STR("CreateNew"));
	const char *code = NULL;
	struct sim_folder *f = call_folder(c, x_child(n, "ParentFolderId"), &code);
	struct sim_item *item;
	bool there;

	if (!f)
		return code;
	there = !create && x_child(n, "ItemId") &&
		call_ref(c, x_child(n, "ItemId"), ref_r, &code);
	if (!there && str_eq(x_attr(n, "CreateAction"), STR("Update")))
		return code ? code : "ErrorItemNotFound";
	x_content(x_child(n, "Data"), &text);
	if (!base64_decode(strbuf_str(&text), &data, NULL) ||
	    !(item = state_item_read(c->sim, strbuf_str(&data))))
		return "ErrorCorruptData";
	if (there) {
		sim_item_refresh(ref_r->item, item);
		sim_item_free(item);
		sim_item_touch(ref_r->item, false);
		return NULL;
	}
	sim_item_put(item, f, "CreatedEvent");
	*ref_r = (struct sim_ref){ item, false, 0 };
	return NULL;
}

void op_upload_items(struct call *c)
{
	call_begin(c);
	for (const xmlNode *n = x_first(x_child(c->request, "Items")); n; n = x_next(n)) {
		struct sim_ref ref = { 0 };
		const char *code;

		if (call_item_fault(c))
			continue;
		code = call_full(c);
		if (!code)
			code = upload(c, n, &ref);
		if (code) {
			call_error(c, code, "The item cannot be uploaded.");
			continue;
		}
		call_ok(c);
		item_id_write(&ref, "m:ItemId", &c->out);
		call_done(c);
	}
	call_end(c);
}

/* The EWS form of an id in another format. */
static bool to_ews(struct str format, struct str text, struct strbuf *out)
{
	if (str_eq(format, STR("HexEntryId")))
		return hex_decode(text, out, NULL);
	if (str_eq(format, STR("EntryId")) || str_eq(format, STR("StoreId")))
		return base64_decode(text, out, NULL);
	for (size_t i = 0; i < text.len; i++) /* OwaId: for addresses of web pages */
		strbuf_addc(out, text.p[i] == '-' ? '/' : text.p[i]);
	return true;
}

static void from_ews(struct str format, struct str text, struct strbuf *out)
{
	if (str_eq(format, STR("HexEntryId")))
		hex_encode(text, out);
	else if (str_eq(format, STR("EntryId")) || str_eq(format, STR("StoreId")))
		base64_encode(text, out);
	else
		for (size_t i = 0; i < text.len; i++)
			strbuf_addc(out, str_eq(format, STR("OwaId")) && text.p[i] == '/'
						 ? '-'
						 : text.p[i]);
}

static const char *convert(struct call *c, struct str to, const xmlNode *n)
{
	CLEANUP(strbuf_finish) struct strbuf ews = STRBUF(4000), text = STRBUF(8000);
	struct str box = x_short(x_child(n, "Mailbox")), from = x_attr(n, "Format");
	struct id id;

	if (!box.len)
		box = x_attr(n, "Mailbox");
	if (!to_ews(from, x_attr(n, "Id"), &ews) || !id_read(strbuf_str(&ews), &id))
		return "ErrorInvalidIdMalformed";
	if (box.len && !sim_user_find(c->sim, box) && str_find_char(box, '@') < 0)
		return "ErrorNonExistentMailbox";
	from_ews(to, strbuf_str(&ews), &text);
	call_ok(c);
	strbuf_addf(&c->out,
		    "<m:AlternateId "
		    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
		    " xsi:type=\"t:AlternateIdType\" Format=\"%.*s\" Id=\"",
		    STR_FMT(to));
	x_escape(&c->out, strbuf_str(&text));
	strbuf_add(&c->out, STR("\" Mailbox=\""));
	x_escape(&c->out, str_from(c->user->address));
	strbuf_add(&c->out, STR("\"/>"));
	call_done(c);
	return NULL;
}

void op_convert_id(struct call *c)
{
	struct str to = x_attr(c->request, "DestinationFormat");

	call_begin(c);
	for (const xmlNode *n = x_first(x_child(c->request, "SourceIds")); n;
	     n = x_next(n)) {
		const char *code = x_is(n, "AlternateId")
					   ? convert(c, to, n)
					   : "ErrorUnsupportedTypeForConversion";

		if (code)
			call_error(c, code, "The id cannot be converted.");
	}
	call_end(c);
}

void op_mark_as_junk(struct call *c)
{
	bool junk = x_true(x_attr(c->request, "IsJunk"));
	bool move = x_true(x_attr(c->request, "MoveItem"));
	struct sim_folder *to = sim_folder_special(c->user, junk ? "junkemail" : "inbox");

	call_begin(c);
	for (const xmlNode *n = x_first(x_child(c->request, "ItemIds")); n;
	     n = x_next(n)) {
		struct sim_ref ref;
		const char *code;

		if (call_item_fault(c))
			continue;
		if (!call_ref(c, n, &ref, &code)) {
			call_error(c, code, "No such item.");
			continue;
		}
		if (move && ref.item->folder != to)
			sim_item_move(ref.item, to);
		call_ok(c);
		if (move)
			item_id_write(&ref, "m:MovedItemId", &c->out);
		call_done(c);
	}
	call_end(c);
}
