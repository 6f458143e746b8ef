/* UpdateItem: [MS-OXWSCORE] section 3.1.4.9. One property in each SetItemField. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "ews/read.h"

static const struct ews_property last_verb = { .tag = 0x1081,
					       .type = EWS_PROPERTY_INTEGER };
static const struct ews_property icon_index = { .tag = 0x1080,
						.type = EWS_PROPERTY_INTEGER };

/* The element that holds the property must be of the item's type. */
static const char *element_of(enum ews_item_type type)
{
	switch (type) {
	case EWS_ITEM_ITEM:
		return "t:Item";
	case EWS_ITEM_POST:
		return "t:PostItem";
	case EWS_ITEM_MEETING_MESSAGE:
		return "t:MeetingMessage";
	case EWS_ITEM_MEETING_REQUEST:
		return "t:MeetingRequest";
	case EWS_ITEM_MEETING_RESPONSE:
		return "t:MeetingResponse";
	case EWS_ITEM_MEETING_CANCELLATION:
		return "t:MeetingCancellation";
	case EWS_ITEM_CALENDAR:
		return "t:CalendarItem";
	case EWS_ITEM_CONTACT:
		return "t:Contact";
	case EWS_ITEM_DISTRIBUTION_LIST:
		return "t:DistributionList";
	case EWS_ITEM_TASK:
		return "t:Task";
	default:
		return "t:Message";
	}
}

static void write_is_read(struct soap_writer *w, const struct ews_update *update)
{
	soap_open(w, "t:SetItemField");
	soap_put_field(w, "message:IsRead");
	soap_open(w, element_of(update->type));
	soap_leaf_bool(w, "t:IsRead", update->is_read);
	soap_close(w);
	soap_close(w);
}

static void write_categories(struct soap_writer *w, const struct ews_update *update)
{
	if (update->category_count == 0) {
		soap_open(w, "t:DeleteItemField");
		soap_put_field(w, "item:Categories");
		soap_close(w);
		return;
	}
	soap_open(w, "t:SetItemField");
	soap_put_field(w, "item:Categories");
	soap_open(w, element_of(update->type));
	soap_open(w, "t:Categories");
	for (size_t i = 0; i < update->category_count; i++)
		soap_leaf(w, "t:String", update->categories[i]);
	soap_close(w);
	soap_close(w);
	soap_close(w);
}

/* @value NULL: delete. */
static void write_property(struct soap_writer *w, const struct ews_update *update,
			   const struct ews_property *property, const char *value)
{
	struct ews_property_value pair = { *property, value };

	soap_open(w, value ? "t:SetItemField" : "t:DeleteItemField");
	soap_put_property(w, property);
	if (value) {
		soap_open(w, element_of(update->type));
		soap_put_property_value(w, &pair);
		soap_close(w);
	}
	soap_close(w);
}

static void write_flag(struct soap_writer *w, const struct ews_update *update)
{
	static const char *const names[] = { "NotFlagged", "Flagged", "Complete" };
	static const char *const numbers[] = { NULL, SOAP_FLAG_FLAGGED,
					       SOAP_FLAG_COMPLETE };

	if (!soap_has_flag(w)) {
		write_property(w, update, &soap_flag_status, numbers[update->flag]);
		return;
	}
	soap_open(w, "t:SetItemField");
	soap_put_field(w, "item:Flag");
	soap_open(w, element_of(update->type));
	soap_open(w, "t:Flag");
	soap_leaf(w, "t:FlagStatus", names[update->flag]);
	soap_close(w);
	soap_close(w);
	soap_close(w);
}

static void write_integer(struct soap_writer *w, const struct ews_update *update,
			  const struct ews_property *property, int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", value);
	write_property(w, update, property, value ? text : NULL);
}

static void write_change(struct soap_writer *w, const struct ews_update *update)
{
	soap_open(w, "t:ItemChange");
	soap_put_item_id(w, "t:ItemId", &update->ref);
	soap_open(w, "t:Updates");
	if (update->set & EWS_SET_IS_READ)
		write_is_read(w, update);
	if (update->set & EWS_SET_FLAG)
		write_flag(w, update);
	if (update->set & EWS_SET_CATEGORIES)
		write_categories(w, update);
	if (update->set & EWS_SET_LAST_VERB)
		write_integer(w, update, &last_verb, update->last_verb);
	if (update->set & EWS_SET_ICON_INDEX)
		write_integer(w, update, &icon_index, update->icon_index);
	if (update->set & EWS_SET_PROPERTY)
		write_property(w, update, &update->property.property,
			       update->property.value);
	soap_close(w);
	soap_close(w);
}

static void write(struct soap_writer *w, const void *context, const size_t *index,
		  size_t count)
{
	const struct ews_update *updates = context;

	soap_put_attr(w, "ConflictResolution", "AlwaysOverwrite");
	soap_put_attr(w, "MessageDisposition", "SaveOnly");
	soap_put_attr(w, "SendMeetingInvitationsOrCancellations", "SendToNone");
	soap_put_no_receipts(w);
	soap_open(w, "m:ItemChanges");
	for (size_t i = 0; i < count; i++)
		write_change(w, &updates[index[i]]);
	soap_close(w);
}

/* Those that are about to be read. Return: how many. */
static size_t newly_read(const struct ews_update *updates, size_t count,
			 struct ews_ref *refs)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (updates[i].set & EWS_SET_IS_READ && updates[i].is_read)
			refs[n++] = updates[i].ref;
	}
	return n;
}

bool ews_item_update(struct ews_conn *conn, const struct ews_update *updates,
		     size_t count, struct ews_id_results *out, struct err *err)
{
	struct ews_batch_call call = {
		.op = EWS_OP_UPDATE_ITEM,
		.kind = EWS_BATCH_WRITE,
		.write = write,
		.request = updates,
		.batch = ews_ids_batch(out, count),
	};
	struct ews_ref *refs = mem_array(count + 1, sizeof(*refs));
	size_t n = newly_read(updates, count, refs);
	bool ok = n == 0 ? ews_batch_run(conn, &call, err)
			 : ews_batch_run_quietly(conn, &call, EWS_OP_UPDATE_QUIETLY, refs,
						 n, err);

	free(refs);
	return ok;
}
