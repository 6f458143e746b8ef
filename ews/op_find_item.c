/* FindItem: [MS-OXWSSRCH] section 3.1.4.3. */
#include "base/num.h"
#include "ews/read.h"

struct request {
	const struct ews_folder_ref *folder;
	const struct ews_find *find;
	struct ews_found_items *out;
	struct ews_status status;
};

static const struct ews_property search_key = { .tag = 0x300B,
						.type = EWS_PROPERTY_BINARY };

static void write_restriction(struct soap_writer *w, const struct ews_find *find)
{
	soap_open(w, "m:Restriction");
	soap_open(w, find->value ? "t:IsEqualTo" : "t:Exists");
	soap_put_property(w, find->property);
	if (find->value) {
		soap_open(w, "t:FieldURIOrConstant");
		soap_open(w, "t:Constant");
		soap_put_attr(w, "Value", find->value);
		soap_close(w);
		soap_close(w);
	}
	soap_close(w);
	soap_close(w);
}

static void write_order(struct soap_writer *w, enum ews_find_order order)
{
	soap_open(w, "m:SortOrder");
	soap_open(w, "t:FieldOrder");
	soap_put_attr(w, "Order",
		      order == EWS_FIND_OLDEST_FIRST ? "Ascending" : "Descending");
	soap_put_field(w, "item:DateTimeReceived");
	soap_close(w);
	soap_close(w);
}

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;
	const struct ews_find *find = request->find;
	static const char *const fields[] = { "item:ParentFolderId", NULL };
	bool other = find->property && find->property->tag != search_key.tag;
	struct soap_shape shape = {
		.name = "m:ItemShape",
		.fields = fields,
		.properties = &search_key,
		.property_count = 1,
		.mark = other ? find->property : NULL,
	};

	soap_put_attr(w, "Traversal", "Shallow");
	soap_put_shape(w, &shape);
	soap_open(w, "m:IndexedPageItemView");
	soap_put_attr_int(w, "MaxEntriesReturned", find->max);
	soap_put_attr_int(w, "Offset", find->offset);
	soap_put_attr(w, "BasePoint", "Beginning");
	soap_close(w);
	if (find->property)
		write_restriction(w, find);
	if (find->order != EWS_FIND_ANY)
		write_order(w, find->order);
	soap_put_folder_in(w, "m:ParentFolderIds", request->folder);
}

static void read_property(struct soap_reader *r, const struct request *request,
			  struct ews_found *row)
{
	struct ews_read_property property;

	ews_read_property(r, &request->out->arena, &property);
	if (ews_property_is(&property, &search_key))
		row->search_key = property.value;
	if (request->find->property &&
	    ews_property_is(&property, request->find->property))
		row->property = property.value;
}

static void read_items(struct soap_reader *r, const struct request *request)
{
	struct ews_found_items *out = request->out;
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		struct ews_found *row;

		out->list = ews_arena_grow(&out->arena, out->list, out->count,
					   sizeof(*out->list));
		row = &out->list[out->count++];
		row->type = ews_read_item_type(r);
		while (soap_child(r, depth + 1)) {
			if (soap_is(r, "ItemId"))
				ews_read_id(r, &out->arena, &row->id);
			else if (soap_is(r, "ParentFolderId"))
				row->parent_id = soap_get_attr(r, "Id", &out->arena);
			else if (soap_is(r, "ExtendedProperty"))
				read_property(r, request, row);
		}
	}
}

static void read_root(struct soap_reader *r, const struct request *request)
{
	struct ews_found_items *out = request->out;
	struct str last = soap_attr(r, "IncludesLastItemInRange");
	int depth = soap_depth(r);
	uint32_t next;
	bool told = num_u32(soap_attr(r, "IndexedPagingOffset"), &next);

	if (!num_i64(soap_attr(r, "TotalItemsInView"), &out->total))
		out->total = -1;
	out->last = !str_eq(last, STR("false")) && !str_eq(last, STR("0"));
	while (soap_child(r, depth)) {
		if (soap_is(r, "Items"))
			read_items(r, request);
	}
	out->next_offset = told ? next : request->find->offset + (uint32_t)out->count;
}

static bool read(struct soap_reader *r, void *context, struct err *err)
{
	struct request *request = context;
	struct soap_messages m;

	ews_found_items_finish(request->out);
	soap_messages_begin(r, &m);
	if (soap_message_next(r, &m)) {
		while (soap_message_child(r, &m)) {
			if (soap_is(r, "RootFolder"))
				read_root(r, request);
		}
		request->status = m.status;
	}
	return soap_ok(r, err);
}

bool ews_item_find(struct ews_conn *conn, const struct ews_folder_ref *folder,
		   const struct ews_find *find, struct ews_found_items *out,
		   struct err *err)
{
	struct request request = { .folder = folder, .find = find, .out = out };
	struct ews_call call = { EWS_OP_FIND_ITEM, write, read, &request, &request };

	return ews_call_run(conn, &call, err) &&
	       ews_conn_note(conn, &request.status, err);
}
