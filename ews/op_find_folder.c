/* FindFolder: [MS-OXWSSRCH] section 3.1.4.2. */
#include "base/num.h"
#include "ews/read.h"

struct request {
	const struct ews_folder_ref *parent;
	bool deep;
	uint32_t offset, max;
	struct ews_folders *out;
	struct ews_status status;
};

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;
	static const struct soap_shape shape = {
		.name = "m:FolderShape",
		.fields = ews_folder_fields,
		.properties = ews_folder_properties,
		.property_count = EWS_FOLDER_PROPERTY_COUNT,
	};

	soap_put_attr(w, "Traversal", request->deep ? "Deep" : "Shallow");
	soap_put_shape(w, &shape);
	soap_open(w, "m:IndexedPageFolderView");
	soap_put_attr_int(w, "MaxEntriesReturned", request->max);
	soap_put_attr_int(w, "Offset", request->offset);
	soap_put_attr(w, "BasePoint", "Beginning");
	soap_close(w);
	soap_put_folder_in(w, "m:ParentFolderIds", request->parent);
}

static void read_root(struct soap_reader *r, struct ews_folders *out, uint32_t offset)
{
	int depth = soap_depth(r);
	struct str last = soap_attr(r, "IncludesLastItemInRange");
	uint32_t next;
	bool told = num_u32(soap_attr(r, "IndexedPagingOffset"), &next);

	out->last = !str_eq(last, STR("false")) && !str_eq(last, STR("0"));
	while (soap_child(r, depth)) {
		if (!soap_is(r, "Folders"))
			continue;
		while (soap_child(r, depth + 1)) {
			out->list = ews_arena_grow(&out->arena, out->list, out->count,
						   sizeof(*out->list));
			ews_read_folder(r, &out->arena, &out->list[out->count++]);
		}
	}
	out->next_offset = told ? next : offset + (uint32_t)out->count;
}

static bool read(struct soap_reader *r, void *context, struct err *err)
{
	struct request *request = context;
	struct soap_messages m;

	ews_folders_finish(request->out);
	soap_messages_begin(r, &m);
	if (soap_message_next(r, &m)) {
		while (soap_message_child(r, &m)) {
			if (soap_is(r, "RootFolder"))
				read_root(r, request->out, request->offset);
		}
		request->status = m.status;
	}
	return soap_ok(r, err);
}

bool ews_folder_find(struct ews_conn *conn, const struct ews_folder_ref *parent,
		     bool deep, uint32_t offset, uint32_t max, struct ews_folders *out,
		     struct err *err)
{
	struct request request = {
		.parent = parent, .deep = deep, .offset = offset, .max = max, .out = out
	};
	struct ews_call call = { EWS_OP_FIND_FOLDER, write, read, &request, &request };

	return ews_call_run(conn, &call, err) &&
	       ews_conn_note(conn, &request.status, err);
}
