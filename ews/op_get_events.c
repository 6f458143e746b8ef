/* GetEvents (pull): [MS-OXWSNTIF] section 3.1.4.1; and the events themselves. */
#include "ews/read_events.h"

static void read_event(struct soap_reader *r, struct ews_events *events,
		       enum ews_event_type type)
{
	static const struct ews_field fields[] = {
		{ "ItemId", EWS_FIELD_ID_TEXT, offsetof(struct ews_event, item_id),
		  NULL },
		{ "FolderId", EWS_FIELD_ID_TEXT, offsetof(struct ews_event, folder_id),
		  NULL },
		{ "ParentFolderId", EWS_FIELD_ID_TEXT,
		  offsetof(struct ews_event, parent_id), NULL },
		{ "OldItemId", EWS_FIELD_ID_TEXT, offsetof(struct ews_event, old_item_id),
		  NULL },
		{ "OldFolderId", EWS_FIELD_ID_TEXT,
		  offsetof(struct ews_event, old_folder_id), NULL },
		{ "OldParentFolderId", EWS_FIELD_ID_TEXT,
		  offsetof(struct ews_event, old_parent_id), NULL },
	};
	int depth = soap_depth(r);
	struct ews_event event = { .type = type };

	while (soap_child(r, depth)) {
		if (soap_is(r, "Watermark"))
			events->watermark = soap_get_text(r, &events->arena);
		else
			ews_read_field(r, &events->arena, fields, ARRAY_LEN(fields),
				       &event);
	}
	if (type == EWS_EVENT_STATUS)
		return; /* says only that nothing happened */
	events->list = ews_arena_grow(&events->arena, events->list, events->count,
				      sizeof(*events->list));
	events->list[events->count++] = event;
}

void ews_read_notification(struct soap_reader *r, struct ews_events *events)
{
	static const char *const names[] = {
		[EWS_EVENT_OTHER] = "",
		[EWS_EVENT_CREATED] = "CreatedEvent",
		[EWS_EVENT_NEW_MAIL] = "NewMailEvent",
		[EWS_EVENT_MODIFIED] = "ModifiedEvent",
		[EWS_EVENT_DELETED] = "DeletedEvent",
		[EWS_EVENT_MOVED] = "MovedEvent",
		[EWS_EVENT_COPIED] = "CopiedEvent",
		[EWS_EVENT_STATUS] = "StatusEvent",
		NULL,
	};
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (soap_is(r, "MoreEvents"))
			events->more = soap_get_bool(r);
		else if (str_ends(soap_name(r), STR("Event")))
			read_event(
				r, events,
				(enum ews_event_type)ews_enum_value(soap_name(r), names));
	}
}

struct request {
	const char *id, *watermark;
};

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_leaf(w, "m:SubscriptionId", request->id);
	soap_leaf(w, "m:Watermark", request->watermark);
}

static void payload(struct soap_reader *r, void *result)
{
	if (soap_is(r, "Notification"))
		ews_read_notification(r, result);
}

bool ews_events_get(struct ews_conn *conn, const char *subscription_id,
		    const char *watermark, struct ews_events *out, struct err *err)
{
	const struct request request = { subscription_id, watermark };
	const struct ews_single single = { .op = EWS_OP_GET_EVENTS,
					   .write = write,
					   .request = &request,
					   .payload = payload,
					   .out = out,
					   .out_size = sizeof(*out) };

	return ews_single_run(conn, &single, err);
}
