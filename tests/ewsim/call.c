/* Parts that all operations share: response messages, and ids to things. */
#include "tests/ewsim/call.h"

#include "base/mem.h"
#include "base/num.h"
#include "tests/ewsim/recur.h"

void call_begin(struct call *c)
{
	strbuf_addf(&c->out, "<m:%sResponse><m:ResponseMessages>", c->op);
}

void call_end(struct call *c)
{
	strbuf_addf(&c->out, "</m:ResponseMessages></m:%sResponse>", c->op);
}

void call_ok(struct call *c)
{
	strbuf_addf(&c->out,
		    "<m:%sResponseMessage ResponseClass=\"Success\">"
		    "<m:ResponseCode>NoError</m:ResponseCode>",
		    c->op);
}

void call_done(struct call *c)
{
	strbuf_addf(&c->out, "</m:%sResponseMessage>", c->op);
}

/* Some answers have a payload that the schema wants even in errors. */
static const char *empty_payload(const char *op)
{
	static const struct {
		const char *op, *xml;
	} table[] = {
		{ "GetItem", "<m:Items/>" },
		{ "CreateItem", "<m:Items/>" },
		{ "UpdateItem", "<m:Items/>" },
		{ "MoveItem", "<m:Items/>" },
		{ "CopyItem", "<m:Items/>" },
		{ "GetFolder", "<m:Folders/>" },
		{ "CreateFolder", "<m:Folders/>" },
		{ "UpdateFolder", "<m:Folders/>" },
		{ "MoveFolder", "<m:Folders/>" },
		{ "CopyFolder", "<m:Folders/>" },
		{ "GetAttachment", "<m:Attachments/>" },
		{ "CreateAttachment", "<m:Attachments/>" },
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (strcmp(table[i].op, op) == 0)
			return table[i].xml;
	return "";
}

static void refuse(struct call *c, const char *class, const char *code, const char *text,
		   const char *xml)
{
	strbuf_addf(&c->out, "<m:%sResponseMessage ResponseClass=\"%s\">", c->op, class);
	x_text(&c->out, "m:MessageText", str_from(text ? text : "The request failed."));
	x_text(&c->out, "m:ResponseCode", str_from(code));
	strbuf_addf(&c->out, "<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>%s%s", xml,
		    empty_payload(c->op));
	call_done(c);
}

void call_error(struct call *c, const char *code, const char *text)
{
	refuse(c, "Error", code, text, "");
}

void call_error_xml(struct call *c, const char *code, const char *text, const char *xml)
{
	refuse(c, "Error", code, text, xml);
}

void call_listed(struct call *c, const struct sim_item *item)
{
	if (!c->vanish_every)
		return;
	c->listed = mem_resize(c->listed, c->listed_count + 1, sizeof(*c->listed));
	c->listed[c->listed_count++] = item->id;
}

void call_fail(struct call *c, const char *code, const char *text)
{
	if (c->fault_code)
		return;
	c->fault_code = code;
	snprintf(c->fault_text, sizeof(c->fault_text), "%s", text);
}

bool call_item_fault(struct call *c)
{
	c->items++;
	if (!c->item_fault[0])
		return false;
	if (c->item_fault_after) {
		if ((long)c->items < c->item_fault_after)
			return false;
		refuse(c, "Warning", c->item_fault, "The batch was stopped.", "");
		return true;
	}
	if (c->items % (size_t)c->item_fault_every != 0)
		return false;
	refuse(c, "Error", c->item_fault, "A fault on demand.", c->item_fault_xml);
	return true;
}

const char *call_denied(const struct sim_folder *f, unsigned rights)
{
	return f->lacks & rights ? "ErrorAccessDenied" : NULL;
}

const char *call_full(const struct call *c)
{
	return c->sim->settings.quota_full ? "ErrorQuotaExceeded" : NULL;
}

static struct sim_user *mailbox_of(struct call *c, const xmlNode *id, const char **code_r)
{
	const xmlNode *address = x_child(x_child(id, "Mailbox"), "EmailAddress");
	struct sim_user *u;

	if (!address)
		return c->user;
	u = sim_user_find(c->sim, x_short(address));
	if (!u)
		*code_r = "ErrorNonExistentMailbox";
	else if (u != c->user)
		*code_r = "ErrorAccessDenied";
	return u == c->user ? u : NULL;
}

struct sim_folder *call_folder(struct call *c, const xmlNode *id, const char **code_r)
{
	struct sim_folder *f = NULL;
	struct sim_user *u;
	struct id n;
	char name[64];

	*code_r = "ErrorFolderNotFound";
	if (x_is(id, "DistinguishedFolderId")) {
		u = mailbox_of(c, id, code_r);
		snprintf(name, sizeof(name), "%.*s", STR_FMT(x_attr(id, "Id")));
		f = u ? sim_folder_special(u, name) : NULL;
		if (u && strncmp(name, "archive", 7) == 0 &&
		    c->sim->settings.archive_missing)
			*code_r = "ErrorArchiveMailboxNotEnabled";
	} else if (!id_read(x_attr(id, "Id"), &n) || n.kind != ID_FOLDER) {
		*code_r = "ErrorInvalidIdMalformed";
	} else {
		f = sim_folder_by_id(c->sim, n.number);
	}
	if (f && f->user != c->user)
		return NULL;
	if (f)
		*code_r = NULL;
	return f;
}

struct sim_folder *call_target(struct call *c, const char *name, const char **code_r)
{
	const xmlNode *n = x_child(c->request, name);

	*code_r = NULL;
	return n ? call_folder(c, x_first(n), code_r) : NULL;
}

static bool by_index(struct call *c, const xmlNode *id, struct sim_ref *ref_r,
		     const char **code_r)
{
	struct id n;
	uint32_t index;
	struct sim_item *item;

	*code_r = "ErrorInvalidIdMalformed";
	if (!id_read(x_attr(id, "RecurringMasterId"), &n) || n.kind != ID_ITEM ||
	    !num_u32(x_attr(id, "InstanceIndex"), &index))
		return false;
	*code_r = "ErrorItemNotFound";
	item = sim_item_by_id(c->sim, n.number);
	if (!item || item->folder->user != c->user)
		return false;
	*code_r = "ErrorCalendarCannotUseIdForOccurrenceId";
	if (!item->cal || item->cal->rec.pattern == SIM_ONCE)
		return false;
	*ref_r = (struct sim_ref){ item, true, 0 };
	*code_r = "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange";
	if (!index || !recur_nth(item->cal, index, &ref_r->original))
		return false;
	*code_r = "ErrorCalendarOccurrenceIsDeletedFromRecurrence";
	return !recur_is_deleted(item->cal, ref_r->original);
}

bool call_ref(struct call *c, const xmlNode *id, struct sim_ref *ref_r,
	      const char **code_r)
{
	bool master = x_is(id, "RecurringMasterItemId");
	struct id n;
	struct sim_item *item;

	if (x_is(id, "OccurrenceItemId"))
		return by_index(c, id, ref_r, code_r);
	*code_r = "ErrorInvalidIdMalformed";
	if (!id_read(x_attr(id, master ? "OccurrenceId" : "Id"), &n) ||
	    (n.kind != ID_ITEM && n.kind != ID_OCCURRENCE))
		return false;
	*code_r = "ErrorItemNotFound";
	item = sim_item_by_id(c->sim, n.number);
	if (!item || item->folder->user != c->user)
		return false;
	*ref_r = (struct sim_ref){ item, n.kind == ID_OCCURRENCE && !master, n.extra };
	return !ref_r->occurrence || (item->cal && recur_is_slot(item->cal, n.extra) &&
				      !recur_is_deleted(item->cal, n.extra));
}
