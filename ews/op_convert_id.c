/* ConvertId, for the mailbox address that comes with it: [MS-OXWSCVTID] 3.1.4.1. */
#include "base/mem.h"
#include "ews/read.h"

struct request {
	const char *id, *anchor;
	struct ews_arena arena;
	char *address;
	struct ews_status status;
};

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_put_attr(w, "DestinationFormat", "EwsId");
	soap_open(w, "m:SourceIds");
	soap_open(w, "t:AlternateId");
	soap_put_attr(w, "Format", "EwsId");
	soap_put_attr(w, "Id", request->id);
	soap_put_attr(w, "Mailbox", request->anchor);
	soap_close(w);
	soap_close(w);
}

static bool read(struct soap_reader *r, void *context, struct err *err)
{
	struct request *request = context;
	struct soap_messages m;

	soap_messages_begin(r, &m);
	if (soap_message_next(r, &m)) {
		while (soap_message_child(r, &m)) {
			if (soap_is(r, "AlternateId"))
				request->address = soap_get_attr(r, "Mailbox",
								 &request->arena);
		}
		request->status = m.status;
	}
	return soap_ok(r, err);
}

bool ews_mailbox_address(struct ews_conn *conn, const char *id, const char *anchor,
			 char **address_r, struct err *err)
{
	struct request request = { .id = id, .anchor = anchor };
	struct ews_call call = { EWS_OP_CONVERT_ID, write, read, &request, &request };
	bool ok = ews_call_run(conn, &call, err) &&
		  ews_conn_note(conn, &request.status, err);

	if (ok && !request.address)
		ok = err_set(err, ERR_NOT_FOUND, "the server names no mailbox");
	if (ok)
		*address_r = mem_strdup(request.address);
	ews_arena_finish(&request.arena);
	return ok;
}
