/* FindFolder: [MS-OXWSSRCH] section 3.1.4.2. */
#include "ews/read.h"

struct request {
	const struct ews_folder_ref *parent;
	bool deep;
	uint32_t offset, max;
	struct ews_folders *out;
};

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_put_attr(w, "Traversal", request->deep ? "Deep" : "Shallow");
	soap_put_folder_shape(w);
	soap_put_page(w, "m:IndexedPageFolderView", request->offset, request->max);
	soap_put_folder_in(w, "m:ParentFolderIds", request->parent);
}

static void read_row(struct soap_reader *r, void *context)
{
	struct ews_folders *out = ((const struct request *)context)->out;

	out->list = ews_arena_grow(&out->arena, out->list, out->count,
				   sizeof(*out->list));
	ews_read_folder(r, &out->arena, &out->list[out->count++]);
}

static void payload(struct soap_reader *r, void *context)
{
	const struct request *request = context;
	struct ews_page page = { .offset = request->offset };

	if (!ews_read_rows(r, "Folders", read_row, context, &page))
		return;
	request->out->last = page.last;
	request->out->next_offset = page.next_offset;
}

bool ews_folder_find(struct ews_conn *conn, const struct ews_folder_ref *parent,
		     bool deep, uint32_t offset, uint32_t max, struct ews_folders *out,
		     struct err *err)
{
	struct request request = {
		.parent = parent, .deep = deep, .offset = offset, .max = max, .out = out
	};
	const struct ews_single single = { .op = EWS_OP_FIND_FOLDER,
					   .write = write,
					   .request = &request,
					   .payload = payload,
					   .out = out,
					   .out_size = sizeof(*out),
					   .context = &request };

	return ews_single_run(conn, &single, err);
}
