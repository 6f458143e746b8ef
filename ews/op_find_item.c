/* FindItem: [MS-OXWSSRCH] section 3.1.4.3. */
#include <assert.h>

#include "ews/read.h"

struct request {
	const struct ews_folder_ref *folder;
	const struct ews_find *find;
	struct ews_found_items *out;
};

static const struct ews_property search_key = { .tag = 0x300B,
						.type = EWS_PROPERTY_BINARY };

static void write_path(struct soap_writer *w, const struct ews_filter *filter)
{
	if (filter->field)
		soap_put_field(w, filter->field);
	else
		soap_put_property(w, filter->property);
}

static void write_constant(struct soap_writer *w, const char *value)
{
	soap_open(w, "t:Constant");
	soap_put_attr(w, "Value", value);
	soap_close(w);
}

static void write_leaf(struct soap_writer *w, const struct ews_filter *filter)
{
	switch (filter->op) {
	case EWS_FILTER_EXISTS:
		write_path(w, filter);
		break;
	case EWS_FILTER_CONTAINS:
	case EWS_FILTER_PREFIX:
		soap_put_attr(w, "ContainmentMode",
			      filter->op == EWS_FILTER_PREFIX ? "Prefixed" : "Substring");
		soap_put_attr(w, "ContainmentComparison", "IgnoreCase");
		write_path(w, filter);
		write_constant(w, filter->value);
		break;
	case EWS_FILTER_NO_BITS:
		write_path(w, filter);
		soap_open(w, "t:Bitmask");
		soap_put_attr(w, "Value", filter->value);
		soap_close(w);
		break;
	default:
		write_path(w, filter);
		soap_open(w, "t:FieldURIOrConstant");
		write_constant(w, filter->value);
		soap_close(w);
	}
}

static void write_filter(struct soap_writer *w, const struct ews_filter *filter,
			 int depth)
{
	static const char *const names[] = {
		[EWS_FILTER_AND] = "t:And",
		[EWS_FILTER_OR] = "t:Or",
		[EWS_FILTER_NOT] = "t:Not",
		[EWS_FILTER_EXISTS] = "t:Exists",
		[EWS_FILTER_EQUAL] = "t:IsEqualTo",
		[EWS_FILTER_NOT_EQUAL] = "t:IsNotEqualTo",
		[EWS_FILTER_GREATER] = "t:IsGreaterThan",
		[EWS_FILTER_GREATER_EQUAL] = "t:IsGreaterThanOrEqualTo",
		[EWS_FILTER_LESS] = "t:IsLessThan",
		[EWS_FILTER_LESS_EQUAL] = "t:IsLessThanOrEqualTo",
		[EWS_FILTER_CONTAINS] = "t:Contains",
		[EWS_FILTER_PREFIX] = "t:Contains",
		[EWS_FILTER_NO_BITS] = "t:Excludes",
	};

	assert(depth < EWS_FILTER_DEPTH);
	soap_open(w, names[filter->op]);
	if (filter->op <= EWS_FILTER_NOT) {
		for (size_t i = 0; i < filter->count; i++)
			write_filter(w, &filter->list[i], depth + 1);
	} else {
		write_leaf(w, filter);
	}
	soap_close(w);
}

static void write_restriction(struct soap_writer *w, const struct ews_find *find)
{
	const struct ews_filter simple = { .op = find->value ? EWS_FILTER_EQUAL
							     : EWS_FILTER_EXISTS,
					   .property = find->property,
					   .value = find->value };

	if (find->query || (!find->filter && !find->property))
		return;
	soap_open(w, "m:Restriction");
	write_filter(w, find->filter ? find->filter : &simple, 0);
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

	soap_put_attr(w, "Traversal", find->associated ? "Associated" : "Shallow");
	soap_put_shape(w, &shape);
	soap_put_page(w, "m:IndexedPageItemView", find->offset, find->max);
	write_restriction(w, find);
	if (find->order != EWS_FIND_ANY)
		soap_put_order(w, find->order == EWS_FIND_OLDEST_FIRST ? "Ascending"
								       : "Descending");
	soap_put_folder_in(w, "m:ParentFolderIds", request->folder);
	if (find->query)
		soap_leaf(w, "m:QueryString", find->query);
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

static void read_row(struct soap_reader *r, void *context)
{
	const struct request *request = context;
	struct ews_found_items *out = request->out;
	struct ews_found *row;
	int depth = soap_depth(r);

	out->list = ews_arena_grow(&out->arena, out->list, out->count,
				   sizeof(*out->list));
	row = &out->list[out->count++];
	row->type = ews_read_item_type(r);
	while (soap_child(r, depth)) {
		if (soap_is(r, "ItemId"))
			ews_read_id(r, &out->arena, &row->id);
		else if (soap_is(r, "ParentFolderId"))
			row->parent_id = soap_get_attr(r, "Id", &out->arena);
		else if (soap_is(r, "ExtendedProperty"))
			read_property(r, request, row);
	}
}

static void payload(struct soap_reader *r, void *context)
{
	const struct request *request = context;
	struct ews_page page = { .offset = request->find->offset };

	if (!ews_read_rows(r, "Items", read_row, context, &page))
		return;
	request->out->total = page.total;
	request->out->last = page.last;
	request->out->next_offset = page.next_offset;
}

bool ews_item_find(struct ews_conn *conn, const struct ews_folder_ref *folder,
		   const struct ews_find *find, struct ews_found_items *out,
		   struct err *err)
{
	struct request request = { .folder = folder, .find = find, .out = out };
	const struct ews_single single = { .op = EWS_OP_FIND_ITEM,
					   .write = write,
					   .request = &request,
					   .payload = payload,
					   .out = out,
					   .out_size = sizeof(*out),
					   .context = &request };

	return ews_single_run(conn, &single, err);
}
