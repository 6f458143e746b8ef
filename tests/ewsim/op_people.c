/*
 * The directory: the users, who are also rooms when their names begin with "room", a list
 * "everyone" of them all, and the caller's contacts. ResolveNames, ExpandDL, FindPeople,
 * GetPersona, GetRoomLists, GetRooms.
 */
#include "tests/ewsim/call.h"

#include "base/num.h"

enum { MAX_TEXT = 16 << 20, MAX_NAMES = 100 };

struct person {
	char name[256], address[256];
	const char *mailbox_type;
	struct id id;
	bool contact;
};

static bool is_room(const struct sim_user *u)
{
	return str_starts_nocase(str_from(u->address), STR("room"));
}

static void user_person(const struct sim_user *u, struct person *p)
{
	snprintf(p->name, sizeof(p->name), "%s", u->name);
	snprintf(p->address, sizeof(p->address), "%s", u->address);
	p->mailbox_type = "Mailbox";
	p->id = (struct id){ ID_PERSON, u->index, 0 };
	p->contact = false;
}

static void contact_person(struct sim_item *item, struct person *p)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(MAX_TEXT);
	struct sim_ref ref = { item, false, 0 };
	const char *xml = sim_field_get(item, "EmailAddresses");
	const char *at = xml ? strstr(xml, "<t:Entry") : NULL;

	item_text(&ref, "DisplayName", &v);
	if (!v.len)
		item_text(&ref, "FileAs", &v);
	snprintf(p->name, sizeof(p->name), "%s", strbuf_cstr(&v));
	at = at ? strchr(at, '>') : NULL;
	snprintf(p->address, sizeof(p->address), "%.*s",
		 at ? (int)strcspn(at + 1, "<") : 0, at ? at + 1 : "");
	p->mailbox_type = "Contact";
	p->id = (struct id){ ID_PERSON, item->id, 1 };
	p->contact = true;
}

/* The Nth person of directory and contacts. */
static bool person_at(struct call *c, size_t n, struct person *p)
{
	const struct sim_folder *f = sim_folder_special(c->user, "contacts");

	if (n < c->sim->user_count) {
		user_person(c->sim->users[n], p);
		return true;
	}
	n -= c->sim->user_count;
	for (size_t i = 0; i < f->slot_count; i++) {
		if (!f->slots[i].item || f->slots[i].item->kind != SIM_CONTACT || n-- > 0)
			continue;
		contact_person(f->slots[i].item, p);
		return true;
	}
	return false;
}

static bool matches(const struct person *p, struct str entry)
{
	struct str name = str_from(p->name);
	ptrdiff_t blank = str_find_char(name, ' ');

	if (str_starts_nocase(entry, STR("smtp:")))
		entry = str_sub(entry, 5, entry.len);
	if (str_starts(entry, STR("=")))
		entry = str_sub(entry, 1, entry.len);
	if (!entry.len)
		return false;
	return str_starts_nocase(str_from(p->address), entry) ||
	       str_starts_nocase(name, entry) ||
	       (blank > 0 &&
		str_starts_nocase(str_sub(name, (size_t)blank + 1, name.len), entry));
}

static void mailbox_inside(const struct person *p, struct strbuf *out)
{
	x_text(out, "t:Name", str_from(p->name));
	if (p->address[0])
		x_text(out, "t:EmailAddress", str_from(p->address));
	x_text(out, "t:RoutingType", STR("SMTP"));
	x_text(out, "t:MailboxType", str_from(p->mailbox_type));
}

static void resolution(const struct person *p, bool full, struct strbuf *out)
{
	strbuf_add(out, STR("<t:Resolution><t:Mailbox>"));
	mailbox_inside(p, out);
	strbuf_add(out, STR("</t:Mailbox>"));
	if (full) {
		strbuf_add(out, STR("<t:Contact>"));
		x_text(out, "t:DisplayName", str_from(p->name));
		strbuf_add(out, STR("<t:EmailAddresses><t:Entry Key=\"EmailAddress1\">"));
		x_escape(out, str_from(p->address));
		strbuf_add(out, STR("</t:Entry></t:EmailAddresses>"));
		x_text(out, "t:ContactSource",
		       p->contact ? STR("Store") : STR("ActiveDirectory"));
		strbuf_add(out, STR("</t:Contact>"));
	}
	strbuf_add(out, STR("</t:Resolution>"));
}

static bool in_scope(struct str scope, const struct person *p)
{
	if (str_eq(scope, STR("ActiveDirectory")))
		return !p->contact;
	return !str_eq(scope, STR("Contacts")) || p->contact;
}

void op_resolve_names(struct call *c)
{
	CLEANUP(strbuf_finish)
	struct strbuf rows = STRBUF(MAX_TEXT), entry = STRBUF(1 << 16);
	bool full = x_true(x_attr(c->request, "ReturnFullContactData"));
	struct str scope = x_attr(c->request, "SearchScope");
	struct person p;
	size_t n = 0;

	x_content(x_child(c->request, "UnresolvedEntry"), &entry);
	for (size_t i = 0; n < MAX_NAMES && person_at(c, i, &p); i++) {
		if (!matches(&p, strbuf_str(&entry)) || !in_scope(scope, &p))
			continue;
		n++;
		resolution(&p, full, &rows);
	}
	call_begin(c);
	if (!n) {
		call_error(c, "ErrorNameResolutionNoResults", "No results were found.");
		call_end(c);
		return;
	}
	strbuf_addf(&c->out, "<m:ResolveNamesResponseMessage ResponseClass=\"%s\">",
		    n == 1 ? "Success" : "Warning");
	if (n > 1)
		x_text(&c->out, "m:MessageText", STR("Multiple results were found."));
	x_text(&c->out, "m:ResponseCode",
	       n == 1 ? STR("NoError") : STR("ErrorNameResolutionMultipleResults"));
	if (n > 1)
		x_text(&c->out, "m:DescriptiveLinkKey", STR("0"));
	strbuf_addf(&c->out,
		    "<m:ResolutionSet TotalItemsInView=\"%zu\" "
		    "IncludesLastItemInRange=\"true\">%s</m:ResolutionSet>",
		    n, strbuf_cstr(&rows));
	call_done(c);
	call_end(c);
}

static void expanded(struct call *c, size_t count, struct str rows)
{
	call_ok(c);
	strbuf_addf(&c->out,
		    "<m:DLExpansion TotalItemsInView=\"%zu\" "
		    "IncludesLastItemInRange=\"true\">",
		    count);
	strbuf_add(&c->out, rows);
	strbuf_add(&c->out, STR("</m:DLExpansion>"));
	call_done(c);
}

/* The members of a list in a contacts folder, as they were set. */
static size_t list_members(const struct sim_item *item, struct strbuf *rows)
{
	const char *at = sim_field_get(item, "Members");
	size_t count = 0;

	while (at && (at = strstr(at, "<t:Mailbox>")) != NULL) {
		const char *end = strstr(at, "</t:Mailbox>");

		strbuf_add_mem(rows, at, (size_t)(end - at) + 12);
		at = end;
		count++;
	}
	return count;
}

void op_expand_dl(struct call *c)
{
	CLEANUP(strbuf_finish) struct strbuf rows = STRBUF(MAX_TEXT);
	const xmlNode *box = x_child(c->request, "Mailbox");
	struct str address = x_short(x_child(box, "EmailAddress"));
	struct sim_ref ref;
	const char *code;
	size_t count = 0;

	call_begin(c);
	if (x_child(box, "ItemId") && call_ref(c, x_child(box, "ItemId"), &ref, &code)) {
		count = list_members(ref.item, &rows);
		expanded(c, count, strbuf_str(&rows));
	} else if (str_starts_nocase(address, STR("everyone@"))) {
		for (size_t i = 0; i < c->sim->user_count; i++, count++) {
			struct person p;

			user_person(c->sim->users[i], &p);
			strbuf_add(&rows, STR("<t:Mailbox>"));
			mailbox_inside(&p, &rows);
			strbuf_add(&rows, STR("</t:Mailbox>"));
		}
		expanded(c, count, strbuf_str(&rows));
	} else {
		call_error(c, "ErrorNameResolutionNoResults", "No such list.");
	}
	call_end(c);
}

static void persona(const struct person *p, struct strbuf *out)
{
	strbuf_add(out, STR("<t:PersonaId Id=\""));
	id_write(p->id, out);
	strbuf_add(out, STR("\"/><t:PersonaType>Person</t:PersonaType>"));
	x_text(out, "t:DisplayName", str_from(p->name));
	if (!p->address[0])
		return;
	strbuf_add(out, STR("<t:EmailAddress>"));
	mailbox_inside(p, out);
	strbuf_add(out, STR("</t:EmailAddress><t:EmailAddresses><t:Address>"));
	mailbox_inside(p, out);
	strbuf_add(out, STR("</t:Address></t:EmailAddresses>"));
}

void op_find_people(struct call *c)
{
	CLEANUP(strbuf_finish)
	struct strbuf rows = STRBUF(MAX_TEXT), query = STRBUF(1 << 16);
	const xmlNode *view = x_child(c->request, "IndexedPageItemView");
	const xmlNode *where = x_first(x_child(c->request, "ParentFolderId"));
	bool contacts = str_eq(x_attr(where, "Id"), STR("contacts"));
	uint32_t offset = 0, most = MAX_NAMES;
	size_t total = 0, shown = 0;
	struct person p;

	(void)!num_u32(x_attr(view, "Offset"), &offset);
	(void)!num_u32(x_attr(view, "MaxEntriesReturned"), &most);
	x_content(x_child(c->request, "QueryString"), &query);
	for (size_t i = 0; person_at(c, i, &p); i++) {
		if ((where && contacts != p.contact) ||
		    (query.len && !matches(&p, strbuf_str(&query))) || total++ < offset ||
		    shown >= most)
			continue;
		shown++;
		strbuf_add(&rows, STR("<t:Persona>"));
		persona(&p, &rows);
		strbuf_add(&rows, STR("</t:Persona>"));
	}
	strbuf_addf(&c->out,
		    "<m:FindPeopleResponse ResponseClass=\"Success\">"
		    "<m:ResponseCode>NoError</m:ResponseCode><m:People>%s</m:People>"
		    "<m:TotalNumberOfPeopleInView>%zu</m:TotalNumberOfPeopleInView>"
		    "<m:FirstMatchingRowIndex>0</m:FirstMatchingRowIndex>"
		    "<m:FirstLoadedRowIndex>%u</m:FirstLoadedRowIndex>"
		    "</m:FindPeopleResponse>",
		    strbuf_cstr(&rows), total, (unsigned)offset);
}

void op_get_persona(struct call *c)
{
	struct id id = { 0 };
	struct person p;
	size_t i = 0;
	bool there = id_read(x_attr(x_child(c->request, "PersonaId"), "Id"), &id) &&
		     id.kind == ID_PERSON;

	while (there && person_at(c, i, &p) &&
	       (p.id.number != id.number || p.id.extra != id.extra))
		i++;
	there = there && person_at(c, i, &p);
	strbuf_addf(&c->out, "<m:GetPersonaResponseMessage ResponseClass=\"%s\">",
		    there ? "Success" : "Error");
	if (!there)
		x_text(&c->out, "m:MessageText", STR("No such person."));
	x_text(&c->out, "m:ResponseCode",
	       there ? STR("NoError") : STR("ErrorItemNotFound"));
	if (there) {
		strbuf_add(&c->out, STR("<m:Persona>"));
		persona(&p, &c->out);
		strbuf_add(&c->out, STR("</m:Persona>"));
	}
	strbuf_add(&c->out, STR("</m:GetPersonaResponseMessage>"));
}

static void room_answer(struct call *c, const char *element, struct str rows)
{
	strbuf_addf(&c->out,
		    "<m:%sResponse ResponseClass=\"Success\">"
		    "<m:ResponseCode>NoError</m:ResponseCode><m:%s>",
		    c->op, element);
	strbuf_add(&c->out, rows);
	strbuf_addf(&c->out, "</m:%s></m:%sResponse>", element, c->op);
}

void op_get_room_lists(struct call *c)
{
	CLEANUP(strbuf_finish) struct strbuf rows = STRBUF(MAX_TEXT);
	const char *at = strchr(c->user->address, '@');

	for (size_t i = 0; i < c->sim->user_count && !rows.len; i++)
		if (is_room(c->sim->users[i]))
			strbuf_addf(&rows,
				    "<t:Address><t:Name>Rooms</t:Name>"
				    "<t:EmailAddress>rooms%s</t:EmailAddress>"
				    "<t:RoutingType>SMTP</t:RoutingType>"
				    "<t:MailboxType>PublicDL</t:MailboxType></t:Address>",
				    at ? at : "");
	room_answer(c, "RoomLists", strbuf_str(&rows));
}

void op_get_rooms(struct call *c)
{
	CLEANUP(strbuf_finish) struct strbuf rows = STRBUF(MAX_TEXT);
	struct person p;

	for (size_t i = 0; i < c->sim->user_count; i++) {
		if (!is_room(c->sim->users[i]))
			continue;
		user_person(c->sim->users[i], &p);
		strbuf_add(&rows, STR("<t:Room><t:Id>"));
		mailbox_inside(&p, &rows);
		strbuf_add(&rows, STR("</t:Id></t:Room>"));
	}
	room_answer(c, "Rooms", strbuf_str(&rows));
}
