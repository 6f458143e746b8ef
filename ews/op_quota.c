/*
 * Limits and size of a mailbox, in properties of folders: [MS-OXPROPS]; GetFolder:
 * [MS-OXWSFOLD] section 3.1.4.6, FindFolder: [MS-OXWSSRCH] section 3.1.4.2.
 */
#include "ews/quota.h"
#include "ews/read.h"

enum { WARN, SEND, RECEIVE };

static const struct ews_property limits[] = {
	[WARN] = { .tag = 0x3FF5, .type = EWS_PROPERTY_INTEGER },
	[SEND] = { .tag = 0x666E, .type = EWS_PROPERTY_INTEGER },
	[RECEIVE] = { .tag = 0x666A, .type = EWS_PROPERTY_INTEGER },
};
static const struct ews_property size = { .tag = 0x0E08, .type = EWS_PROPERTY_LONG };

struct reading { /* what is read, with memory for the time of it */
	struct ews_arena arena;
	struct ews_quota quota;
	struct ews_folder_sizes sizes;
};

static void read_properties(struct soap_reader *r, struct reading *reading,
			    void (*take)(const struct ews_read_property *property,
					 struct reading *reading))
{
	int depth = soap_depth(r);
	struct ews_read_property property;

	while (soap_child(r, depth)) {
		if (!soap_is(r, "ExtendedProperty"))
			continue;
		ews_read_property(r, &reading->arena, &property);
		take(&property, reading);
	}
}

/* --- Limits ------------------------------------------------------------------------ */

static void write_get(struct soap_writer *w, const void *context)
{
	static const struct ews_folder_ref root = { .distinguished = "root" };
	static const struct soap_shape shape = {
		.name = "m:FolderShape",
		.properties = limits,
		.property_count = ARRAY_LEN(limits),
	};

	soap_put_shape(w, &shape);
	soap_put_folder_in(w, "m:FolderIds", &root);
}

static void take_limit(const struct ews_read_property *property, struct reading *reading)
{
	struct ews_quota *quota = &reading->quota;
	int64_t *const places[] = { &quota->warn_kib, &quota->send_kib,
				    &quota->receive_kib };

	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		if (ews_property_is(property, &limits[i]))
			*places[i] = ews_property_int(property, -1);
}

static void payload_get(struct soap_reader *r, void *context)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth))
		if (ews_is_folder(r))
			read_properties(r, context, take_limit);
}

static void init_get(void *out)
{
	((struct reading *)out)->quota = (struct ews_quota){ -1, -1, -1 };
}

bool ews_quota_get(struct ews_conn *conn, struct ews_quota *out, struct err *err)
{
	struct reading reading = { 0 };
	const struct ews_single single = { .op = EWS_OP_GET_FOLDER,
					   .write = write_get,
					   .payload = payload_get,
					   .out = &reading,
					   .out_size = sizeof(reading),
					   .init = init_get };
	bool ok = ews_single_run(conn, &single, err);

	ews_arena_finish(&reading.arena);
	*out = reading.quota;
	return ok;
}

/* --- Sizes ------------------------------------------------------------------------- */

struct request {
	const struct ews_folder_ref *parent;
	uint32_t offset, max;
	struct reading *reading;
};

static void write_find(struct soap_writer *w, const void *context)
{
	const struct request *request = context;
	static const struct soap_shape shape = {
		.name = "m:FolderShape",
		.properties = &size,
		.property_count = 1,
	};

	soap_put_attr(w, "Traversal", "Deep");
	soap_put_shape(w, &shape);
	soap_put_page(w, "m:IndexedPageFolderView", request->offset, request->max);
	soap_put_folder_in(w, "m:ParentFolderIds", request->parent);
}

static void take_size(const struct ews_read_property *property, struct reading *reading)
{
	if (ews_property_is(property, &size))
		reading->sizes.bytes += MAX_OF(ews_property_int(property, 0), (int64_t)0);
}

static void read_row(struct soap_reader *r, void *context)
{
	struct reading *reading = ((const struct request *)context)->reading;

	read_properties(r, reading, take_size);
	reading->sizes.count++;
}

static void payload_find(struct soap_reader *r, void *context)
{
	const struct request *request = context;
	struct ews_page page = { .offset = request->offset };

	if (!ews_read_rows(r, "Folders", read_row, context, &page))
		return;
	request->reading->sizes.last = page.last;
	request->reading->sizes.next_offset = page.next_offset;
}

bool ews_folder_sizes(struct ews_conn *conn, const struct ews_folder_ref *parent,
		      uint32_t offset, uint32_t max, struct ews_folder_sizes *out,
		      struct err *err)
{
	struct reading reading = { 0 };
	struct request request = { parent, offset, max, &reading };
	const struct ews_single single = { .op = EWS_OP_FIND_FOLDER,
					   .write = write_find,
					   .request = &request,
					   .payload = payload_find,
					   .out = &reading,
					   .out_size = sizeof(reading),
					   .context = &request };
	bool ok = ews_single_run(conn, &single, err);

	ews_arena_finish(&reading.arena);
	*out = reading.sizes;
	return ok;
}
