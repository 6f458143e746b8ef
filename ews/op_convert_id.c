/* ConvertId, for the mailbox address that comes with it: [MS-OXWSCVTID] 3.1.4.1. */
#include "base/mem.h"
#include "ews/read.h"

struct request {
	const char *id, *anchor;
	struct ews_arena arena;
	char *address;
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

static void payload(struct soap_reader *r, void *result)
{
	struct request *request = result;

	if (soap_is(r, "AlternateId"))
		request->address = soap_get_attr(r, "Mailbox", &request->arena);
}

bool ews_mailbox_address(struct ews_conn *conn, const char *id, const char *anchor,
			 char **address_r, struct err *err)
{
	struct request request = { .id = id, .anchor = anchor };
	const struct ews_single single = { .op = EWS_OP_CONVERT_ID,
					   .write = write,
					   .request = &request,
					   .payload = payload,
					   .context = &request };
	bool ok = ews_single_run(conn, &single, err);

	if (ok && !request.address)
		ok = err_set(err, ERR_NOT_FOUND, "the server names no mailbox");
	if (ok)
		*address_r = mem_strdup(request.address);
	ews_arena_finish(&request.arena);
	return ok;
}
