/*
 * FindItem as a list of a folder with the index's properties: [MS-OXWSSRCH] section
 * 3.1.4.3. It leaves out recipients and bodies without a word, and cuts long texts:
 * header text comes from ews_item_get() alone.
 */
#include "ews/read.h"

struct request {
	const struct ews_folder_ref *folder;
	const struct ews_property *mark;
	uint32_t offset, max;
	struct ews_item_list *out;
};

static const char *const fields[] = {
	"item:ItemClass",
	"item:Subject",
	"item:Size",
	"item:DateTimeReceived",
	"item:DateTimeSent",
	"item:DateTimeCreated",
	"item:Categories",
	"item:Flag",
	"item:IsDraft",
	"item:HasAttachments",
	"item:ConversationId",
	"message:IsRead",
	"message:InternetMessageId",
	NULL,
};

static const struct ews_property properties[] = {
	{ .tag = 0x0E23, .type = EWS_PROPERTY_INTEGER }, /* article number */
	{ .tag = 0x300B, .type = EWS_PROPERTY_BINARY }, /* search key */
	{ .tag = 0x1081, .type = EWS_PROPERTY_INTEGER }, /* last verb */
	{ .tag = 0x0E06, .type = EWS_PROPERTY_TIME }, /* delivered */
	{ .tag = 0x0039, .type = EWS_PROPERTY_TIME }, /* submitted */
};

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;
	struct soap_shape shape = {
		.name = "m:ItemShape",
		.fields = fields,
		.properties = properties,
		.property_count = ARRAY_LEN(properties),
		.mark = request->mark,
	};

	soap_put_attr(w, "Traversal", "Shallow");
	soap_put_shape(w, &shape);
	soap_put_page(w, "m:IndexedPageItemView", request->offset, request->max);
	soap_put_order(w, "Descending");
	soap_put_folder_in(w, "m:ParentFolderIds", request->folder);
}

static void read_row(struct soap_reader *r, void *context)
{
	const struct request *request = context;
	struct ews_item_list *out = request->out;
	struct ews_item *item;
	int depth = soap_depth(r);

	out->list = ews_arena_grow(&out->arena, out->list, out->count,
				   sizeof(*out->list));
	item = &out->list[out->count++];
	ews_item_init(item);
	item->type = ews_read_item_type(r);
	while (soap_child(r, depth))
		ews_read_item_child(r, &out->arena, request->mark, item);
}

static void payload(struct soap_reader *r, void *context)
{
	const struct request *request = context;
	struct ews_page page = { .offset = request->offset };

	if (!ews_read_rows(r, "Items", read_row, context, &page))
		return;
	request->out->total = page.total;
	request->out->last = page.last;
	request->out->next_offset = page.next_offset;
}

bool ews_item_list(struct ews_conn *conn, const struct ews_folder_ref *folder,
		   const struct ews_property *mark, uint32_t offset, uint32_t max,
		   struct ews_item_list *out, struct err *err)
{
	struct request request = {
		.folder = folder, .mark = mark, .offset = offset, .max = max, .out = out
	};
	const struct ews_single single = { .op = EWS_OP_FIND_ITEM,
					   .write = write,
					   .request = &request,
					   .payload = payload,
					   .out = out,
					   .out_size = sizeof(*out),
					   .context = &request };

	return ews_single_run(conn, &single, err);
}
