/* GetFolder and FindFolder. */
#include "tests/ewsim/find.h"

#include "base/num.h"

void op_get_folder(struct call *c)
{
	CLEANUP(folder_shape_finish) struct folder_shape shape = { 0 };

	folder_shape_read(x_child(c->request, "FolderShape"), &shape);
	call_begin(c);
	for (const xmlNode *n = x_first(x_child(c->request, "FolderIds")); n;
	     n = x_next(n)) {
		const char *code;
		const struct sim_folder *f;

		if (call_item_fault(c))
			continue;
		f = call_folder(c, n, &code);
		if (!f) {
			call_error(c, code, "The specified folder could not be found.");
			continue;
		}
		call_ok(c);
		strbuf_add(&c->out, STR("<m:Folders>"));
		folder_write(&shape, f, &c->out);
		strbuf_add(&c->out, STR("</m:Folders>"));
		call_done(c);
	}
	call_end(c);
}

static bool listed(const struct sim_folder *f, const struct sim_folder *root, bool deep)
{
	if (f->gone || f == root)
		return false;
	return deep ? sim_folder_is_below(f, root) : f->parent == root;
}

void op_find_folder(struct call *c)
{
	CLEANUP(folder_shape_finish) struct folder_shape shape = { 0 };
	const xmlNode *view = x_child(c->request, "IndexedPageFolderView");
	const xmlNode *restriction = x_child(c->request, "Restriction");
	bool deep = str_eq(x_attr(c->request, "Traversal"), STR("Deep"));
	uint32_t offset = 0, max = UINT32_MAX;
	size_t total = 0, shown = 0;
	CLEANUP(strbuf_finish) struct strbuf rows = STRBUF(64 << 20);
	const char *code;

	(void)!num_u32(x_attr(view, "Offset"), &offset);
	(void)!num_u32(x_attr(view, "MaxEntriesReturned"), &max);
	folder_shape_read(x_child(c->request, "FolderShape"), &shape);
	call_begin(c);
	for (const xmlNode *n = x_first(x_child(c->request, "ParentFolderIds")); n;
	     n = x_next(n)) {
		const struct sim_folder *root = call_folder(c, n, &code);

		if (!root) {
			call_error(c, code, "The specified folder could not be found.");
			continue;
		}
		total = shown = 0;
		strbuf_reset(&rows);
		for (size_t i = 0; i < c->user->folder_count; i++) {
			const struct sim_folder *f = c->user->folders[i];

			if (!listed(f, root, deep) ||
			    !find_folder_match(restriction, f) || total++ < offset ||
			    shown >= max)
				continue;
			folder_write(&shape, f, &rows);
			shown++;
		}
		call_ok(c);
		strbuf_addf(&c->out,
			    "<m:RootFolder IndexedPagingOffset=\"%zu\" "
			    "TotalItemsInView=\"%zu\""
			    " IncludesLastItemInRange=\"%s\"><t:Folders>",
			    offset + shown, total,
			    offset + shown >= total ? "true" : "false");
		strbuf_add(&c->out, strbuf_str(&rows));
		strbuf_add(&c->out, STR("</t:Folders></m:RootFolder>"));
		call_done(c);
	}
	call_end(c);
}
