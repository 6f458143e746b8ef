/* CreateFolder, UpdateFolder, MoveFolder, CopyFolder, DeleteFolder, EmptyFolder,
 * MarkAllItemsAsRead.
 */
#include "tests/ewsim/call.h"

#include "base/mem.h"
#include "tests/ewsim/receipt.h"

typedef const char *folder_action(struct call *c, struct sim_folder *f);

static void answer(struct call *c, const struct sim_folder *f)
{
	static const struct folder_shape ids = { 0 };

	call_ok(c);
	if (f) {
		strbuf_add(&c->out, STR("<m:Folders>"));
		folder_write(&ids, f, &c->out);
		strbuf_add(&c->out, STR("</m:Folders>"));
	}
	call_done(c);
}

static const char *class_of(const xmlNode *e, char *out, size_t size)
{
	struct str s = x_short(x_child(e, "FolderClass"));

	if (s.len)
		snprintf(out, size, "%.*s", STR_FMT(s));
	else
		snprintf(out, size, "%s",
			 x_is(e, "CalendarFolder")   ? "IPF.Appointment"
			 : x_is(e, "ContactsFolder") ? "IPF.Contact"
			 : x_is(e, "TasksFolder")    ? "IPF.Task"
						     : "IPF.Note");
	return out;
}

static void create(struct call *c, struct sim_folder *parent, const xmlNode *e)
{
	CLEANUP(strbuf_finish) struct strbuf name = STRBUF(1000);
	char folder_class[100];

	x_content(x_child(e, "DisplayName"), &name);
	if (!name.len) {
		call_error(c, "ErrorInvalidPropertySet", "A folder needs a name.");
	} else if (sim_folder_child(parent, strbuf_str(&name))) {
		call_error(c, "ErrorFolderExists",
			   "A folder with the specified name already exists.");
	} else {
		struct sim_folder *f = sim_folder_add(
			c->user, parent, strbuf_cstr(&name),
			class_of(e, folder_class, sizeof(folder_class)));

		answer(c, f);
	}
}

void op_create_folder(struct call *c)
{
	const char *code;
	struct sim_folder *parent = call_target(c, "ParentFolderId", &code);

	call_begin(c);
	for (const xmlNode *n = x_first(x_child(c->request, "Folders")); n;
	     n = x_next(n)) {
		if (call_item_fault(c))
			continue;
		if (!parent)
			call_error(c, "ErrorParentFolderNotFound", "No such parent.");
		else if (parent->lacks & SIM_RIGHT_HIERARCHY)
			call_error(c, "ErrorCreateSubfolderAccessDenied",
				   "No right to make folders here.");
		else
			create(c, parent, n);
	}
	call_end(c);
}

static const char *rename_to(struct sim_folder *f, const xmlNode *value)
{
	CLEANUP(strbuf_finish) struct strbuf name = STRBUF(1000);
	struct sim_folder *other;

	x_content(value, &name);
	other = f->parent ? sim_folder_child(f->parent, strbuf_str(&name)) : NULL;
	if (!name.len)
		return "ErrorInvalidPropertySet";
	if (other && other != f)
		return "ErrorFolderExists";
	sim_folder_rename(f, strbuf_cstr(&name));
	return NULL;
}

static const char *set_extended(struct sim_folder *f, const xmlNode *e)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(1 << 20);
	struct shape_extended path;
	char **values = mem_array(1, sizeof(*values));

	x_content(x_child(e, "Value"), &v);
	values[0] = mem_strdup(strbuf_cstr(&v));
	if (!path_extended(x_child(e, "ExtendedFieldURI"), &path)) {
		free(values[0]);
		free(values);
		return "ErrorInvalidExtendedProperty";
	}
	sim_prop_add(&f->props, &f->prop_count, path.key, values, 1);
	sim_folder_touch(f, SIM_OP_UPDATE);
	return NULL;
}

static const char *update(struct sim_folder *f, const xmlNode *u)
{
	const xmlNode *value = x_first(x_next(x_first(u)));

	if (x_is(u, "DeleteFolderField"))
		return NULL;
	if (!x_is(u, "SetFolderField") || !value)
		return "ErrorInvalidPropertyRequest";
	if (x_is(value, "FolderClass")) {
		struct str s = x_short(value);

		free(f->folder_class);
		f->folder_class = mem_strndup(s.p, s.len);
		sim_folder_touch(f, SIM_OP_UPDATE);
		return NULL;
	}
	if (x_is(value, "ExtendedProperty"))
		return set_extended(f, value);
	if (!x_is(value, "DisplayName"))
		return "ErrorInvalidPropertySet";
	return rename_to(f, value);
}

void op_update_folder(struct call *c)
{
	call_begin(c);
	for (const xmlNode *n = x_first(x_child(c->request, "FolderChanges")); n;
	     n = x_next(n)) {
		const char *code;
		struct sim_folder *f = call_folder(c, x_first(n), &code);

		if (call_item_fault(c))
			continue;
		if (f)
			code = call_denied(f, SIM_RIGHT_MODIFY);
		for (const xmlNode *u = x_first(x_child(n, "Updates")); u && !code;
		     u = x_next(u))
			code = update(f, u);
		if (code)
			call_error(c, code, "The folder could not be changed.");
		else
			answer(c, f);
	}
	call_end(c);
}

static void each(struct call *c, folder_action *action, bool with_id)
{
	call_begin(c);
	for (const xmlNode *n = x_first(x_child(c->request, "FolderIds")); n;
	     n = x_next(n)) {
		const char *code;
		struct sim_folder *f;

		if (call_item_fault(c))
			continue;
		f = call_folder(c, n, &code);
		if (f)
			code = call_denied(f, SIM_RIGHT_DELETE);
		if (!code)
			code = action(c, f);
		if (code)
			call_error(c, code, "The operation failed on this folder.");
		else
			answer(c, c->copied ? c->copied : with_id ? f : NULL);
	}
	call_end(c);
}

static const char *move(struct call *c, struct sim_folder *f)
{
	const char *code;
	struct sim_folder *to = call_target(c, "ToFolderId", &code), *other;

	if (!to)
		return "ErrorToFolderNotFound";
	if (f->special)
		return "ErrorMoveDistinguishedFolder";
	if (sim_folder_is_below(to, f))
		return "ErrorMoveCopyFailed";
	other = sim_folder_child(to, str_from(f->name));
	if (other && other != f)
		return "ErrorFolderExists";
	if (!other)
		sim_folder_move(f, to);
	return NULL;
}

void op_move_folder(struct call *c)
{
	each(c, move, true);
}

/* With all that is in it and below it. */
static void copy_tree(struct sim_folder *from, struct sim_folder *to)
{
	struct sim_folder *f = sim_folder_add(from->user, to, from->name,
					      from->folder_class);
	size_t count = from->user->folder_count; /* not those that this makes */

	for (size_t i = 0; i < from->slot_count; i++)
		if (from->slots[i].item)
			(void)sim_item_copy(from->slots[i].item, f, NULL);
	for (size_t i = 0; i < count; i++) {
		struct sim_folder *child = from->user->folders[i];

		if (!child->gone && child->parent == from && child != f)
			copy_tree(child, f);
	}
}

static const char *copy(struct call *c, struct sim_folder *f)
{
	const char *code;
	struct sim_folder *to = call_target(c, "ToFolderId", &code);

	if (!to)
		return "ErrorToFolderNotFound";
	if (sim_folder_is_below(to, f))
		return "ErrorMoveCopyFailed";
	if (sim_folder_child(to, str_from(f->name)))
		return "ErrorFolderExists";
	if (call_full(c))
		return call_full(c);
	copy_tree(f, to);
	c->copied = sim_folder_child(to, str_from(f->name));
	return NULL;
}

void op_copy_folder(struct call *c)
{
	each(c, copy, true);
}

static const char *delete (struct call *c, struct sim_folder *f)
{
	struct sim_folder *trash = sim_folder_special(c->user, "deleteditems");

	if (f->special)
		return "ErrorDeleteDistinguishedFolder";
	if (str_eq(x_attr(c->request, "DeleteType"), STR("MoveToDeletedItems")) &&
	    !sim_folder_is_below(f, trash)) {
		CLEANUP(strbuf_finish) struct strbuf name = STRBUF(1000);

		strbuf_add_cstr(&name, f->name);
		for (int i = 1; sim_folder_child(trash, strbuf_str(&name)); i++) {
			strbuf_reset(&name);
			strbuf_addf(&name, "%s%d", f->name, i);
		}
		if (!str_eq(strbuf_str(&name), str_from(f->name)))
			sim_folder_rename(f, strbuf_cstr(&name));
		sim_folder_move(f, trash);
		return NULL;
	}
	sim_folder_drop(f);
	return NULL;
}

void op_delete_folder(struct call *c)
{
	each(c, delete, false);
}

static void empty_items(struct call *c, struct sim_folder *f)
{
	struct str how = x_attr(c->request, "DeleteType");
	const char *name = str_eq(how, STR("SoftDelete")) ? "recoverableitemsdeletions"
							  : "deleteditems";
	struct sim_folder *to = sim_folder_special(c->user, name);
	bool drop = str_eq(how, STR("HardDelete")) || f == to;

	for (size_t i = f->slot_count; i-- > 0;) {
		struct sim_item *item = i < f->slot_count ? f->slots[i].item : NULL;

		if (item && drop)
			sim_item_drop(item, "DeletedEvent");
		else if (item)
			sim_item_move(item, to);
	}
}

static const char *empty(struct call *c, struct sim_folder *f)
{
	if (f->special && strcmp(f->special, "calendar") == 0)
		return "ErrorCannotEmptyFolder";
	while (f->live)
		empty_items(c, f);
	if (!x_true(x_attr(c->request, "DeleteSubFolders")))
		return NULL;
	for (size_t i = 0; i < c->user->folder_count; i++)
		if (!c->user->folders[i]->gone && c->user->folders[i]->parent == f)
			sim_folder_drop(c->user->folders[i]);
	return NULL;
}

void op_empty_folder(struct call *c)
{
	each(c, empty, false);
}

static const char *mark(struct call *c, struct sim_folder *f)
{
	bool read = x_true(x_short(x_child(c->request, "ReadFlag")));

	bool quiet = x_true(x_short(x_child(c->request, "SuppressReadReceipts")));

	for (size_t i = 0; i < f->slot_count; i++) {
		struct sim_item *item = f->slots[i].item;

		if (!item)
			continue;
		if (read && !item->read && !quiet)
			receipt_send(c, item, true);
		sim_item_set_read(item, read);
	}
	return NULL;
}

void op_mark_all_read(struct call *c)
{
	each(c, mark, false);
}
