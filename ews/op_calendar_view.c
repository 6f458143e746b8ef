/* FindItem with a CalendarView: [MS-OXWSSRCH] section 3.1.4.3. It alone expands series.
 */
#include "ews/read.h"

struct request {
	const struct ews_folder_ref *folder;
	int64_t start_unix, end_unix;
	uint32_t max;
};

static void put_time(struct soap_writer *w, const char *name, int64_t unix_s)
{
	char text[40];

	soap_format_time(unix_s, text, sizeof(text));
	soap_put_attr(w, name, text);
}

static void write(struct soap_writer *w, const void *context)
{
	static const char *const fields[] = { "item:Subject",
					      "calendar:Start",
					      "calendar:End",
					      "calendar:OriginalStart",
					      "calendar:CalendarItemType",
					      "calendar:UID",
					      NULL };
	static const struct soap_shape shape = { .name = "m:ItemShape",
						 .fields = fields };
	const struct request *request = context;

	soap_put_attr(w, "Traversal", "Shallow");
	soap_put_shape(w, &shape);
	soap_open(w, "m:CalendarView");
	soap_put_attr_int(w, "MaxEntriesReturned", request->max);
	put_time(w, "StartDate", request->start_unix);
	put_time(w, "EndDate", request->end_unix);
	soap_close(w);
	soap_put_folder_in(w, "m:ParentFolderIds", request->folder);
}

#define AT(member) offsetof(struct ews_calendar_row, member)

static void read_row(struct soap_reader *r, void *context)
{
	static const struct ews_field fields[] = {
		{ "ItemId", EWS_FIELD_ID, AT(id), NULL },
		{ "Subject", EWS_FIELD_TEXT, AT(subject), NULL },
		{ "UID", EWS_FIELD_TEXT, AT(uid), NULL },
		{ "Start", EWS_FIELD_TIME, AT(start_unix), NULL },
		{ "End", EWS_FIELD_TIME, AT(end_unix), NULL },
		{ "OriginalStart", EWS_FIELD_TIME, AT(original_start_unix), NULL },
		{ "CalendarItemType", EWS_FIELD_ENUM, AT(type), ews_calendar_type_names },
	};
	struct ews_calendar_view *out = context;
	struct ews_calendar_row *row;
	int depth = soap_depth(r);

	out->list = ews_arena_grow(&out->arena, out->list, out->count,
				   sizeof(*out->list));
	row = &out->list[out->count++];
	row->start_unix = row->end_unix = row->original_start_unix = EWS_TIME_NONE;
	while (soap_child(r, depth))
		ews_read_field(r, &out->arena, fields, ARRAY_LEN(fields), row);
}

static void payload(struct soap_reader *r, void *context)
{
	struct ews_calendar_view *out = context;
	struct ews_page page = { .offset = 0 };

	if (ews_read_rows(r, "Items", read_row, context, &page))
		out->last = page.last;
}

bool ews_calendar_find(struct ews_conn *conn, const struct ews_folder_ref *folder,
		       int64_t start_unix, int64_t end_unix, uint32_t max,
		       struct ews_calendar_view *out, struct err *err)
{
	const struct request request = { folder, start_unix, end_unix, max };
	const struct ews_single single = { .op = EWS_OP_FIND_ITEM,
					   .write = write,
					   .request = &request,
					   .payload = payload,
					   .out = out,
					   .out_size = sizeof(*out) };

	return ews_single_run(conn, &single, err);
}
