/* GetDelegate: [MS-OXWSDLGM] section 3.1.4.2. */
#include "ews/read.h"
#include "ews/settings.h"

static void write(struct soap_writer *w, const void *address)
{
	soap_put_attr(w, "IncludePermissions", "true");
	soap_open(w, "m:Mailbox");
	soap_leaf(w, "t:EmailAddress", address);
	soap_close(w);
}

#define AT(member) offsetof(struct ews_delegate, member)

static const char *const levels[] = { "None",	"Reviewer", "Author",
				      "Editor", "Custom",   NULL };

static void read_delegate(struct soap_reader *r, struct ews_arena *arena,
			  struct ews_delegate *delegate)
{
	static const struct ews_field fields[] = {
		{ "PrimarySmtpAddress", EWS_FIELD_TEXT, AT(address), NULL },
		{ "DisplayName", EWS_FIELD_TEXT, AT(name), NULL },
		{ "CalendarFolderPermissionLevel", EWS_FIELD_ENUM, AT(calendar), levels },
		{ "TasksFolderPermissionLevel", EWS_FIELD_ENUM, AT(tasks), levels },
		{ "InboxFolderPermissionLevel", EWS_FIELD_ENUM, AT(inbox), levels },
		{ "ContactsFolderPermissionLevel", EWS_FIELD_ENUM, AT(contacts), levels },
		{ "NotesFolderPermissionLevel", EWS_FIELD_ENUM, AT(notes), levels },
		{ "JournalFolderPermissionLevel", EWS_FIELD_ENUM, AT(journal), levels },
		{ "ReceiveCopiesOfMeetingMessages", EWS_FIELD_BOOL,
		  AT(gets_meeting_copies), NULL },
		{ "ViewPrivateItems", EWS_FIELD_BOOL, AT(sees_private), NULL },
	};
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (ews_read_field(r, arena, fields, ARRAY_LEN(fields), delegate))
			continue;
		while (soap_child(r, depth + 1)) /* UserId, DelegatePermissions */
			ews_read_field(r, arena, fields, ARRAY_LEN(fields), delegate);
	}
}

static void read_messages(struct soap_reader *r, struct ews_delegates *out)
{
	int depth = soap_depth(r);
	struct soap_messages m;

	while (soap_child(r, depth)) {
		struct ews_delegate *delegate;

		out->list = ews_arena_grow(&out->arena, out->list, out->count,
					   sizeof(*out->list));
		delegate = &out->list[out->count++];
		if (!soap_message_here(r, &m))
			return;
		while (soap_message_child(r, &m)) {
			if (soap_is(r, "DelegateUser"))
				read_delegate(r, &out->arena, delegate);
		}
		delegate->status = m.status;
	}
}

static void payload(struct soap_reader *r, void *result)
{
	struct ews_delegates *out = result;

	if (soap_is(r, "ResponseMessages"))
		read_messages(r, out);
	else if (soap_is(r, "DeliverMeetingRequests"))
		out->deliver = soap_get_text(r, &out->arena);
}

bool ews_delegates_get(struct ews_conn *conn, const char *address,
		       struct ews_delegates *out, struct err *err)
{
	const struct ews_single single = { .op = EWS_OP_GET_DELEGATE,
					   .flat = true,
					   .write = write,
					   .request = address,
					   .payload = payload,
					   .out = out,
					   .out_size = sizeof(*out) };

	return ews_single_run(conn, &single, err);
}
