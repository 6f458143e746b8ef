/* ResolveNames: [MS-OXWSRSLNM] section 3.1.4.1. */
#include "ews/read.h"

struct request {
	const char *entry;
	struct ews_names *out;
	struct ews_status status;
};

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_put_attr(w, "ReturnFullContactData", "false");
	soap_put_attr(w, "SearchScope", "ActiveDirectoryContacts");
	soap_leaf(w, "m:UnresolvedEntry", request->entry);
}

static void read_set(struct soap_reader *r, struct ews_names *out)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) { /* Resolution */
		while (soap_child(r, depth + 1)) {
			if (!soap_is(r, "Mailbox"))
				continue;
			out->list = ews_arena_grow(&out->arena, out->list, out->count,
						   sizeof(*out->list));
			ews_read_mailbox(r, &out->arena, &out->list[out->count++]);
		}
	}
}

static bool read(struct soap_reader *r, void *context, struct err *err)
{
	struct request *request = context;
	struct soap_messages m;

	ews_names_finish(request->out);
	soap_messages_begin(r, &m);
	if (soap_message_next(r, &m)) {
		while (soap_message_child(r, &m)) {
			if (soap_is(r, "ResolutionSet"))
				read_set(r, request->out);
		}
		/* "Several results" is a warning, and "none" is an answer. */
		if (!m.warning && m.status.code != EWS_CODE_NO_RESULTS)
			request->status = m.status;
	}
	return soap_ok(r, err);
}

bool ews_names_resolve(struct ews_conn *conn, const char *entry, struct ews_names *out,
		       struct err *err)
{
	struct request request = { .entry = entry, .out = out };
	struct ews_call call = { EWS_OP_RESOLVE_NAMES, write, read, &request, &request };

	return ews_call_run(conn, &call, err) &&
	       ews_conn_note(conn, &request.status, err);
}
