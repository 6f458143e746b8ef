/* ResolveNames: [MS-OXWSRSLNM] section 3.1.4.1. */
#include "ews/read.h"

static void write(struct soap_writer *w, const void *entry)
{
	soap_put_attr(w, "ReturnFullContactData", "false");
	soap_put_attr(w, "SearchScope", "ActiveDirectoryContacts");
	soap_leaf(w, "m:UnresolvedEntry", entry);
}

static void payload(struct soap_reader *r, void *result)
{
	struct ews_names *out = result;
	int depth = soap_depth(r);

	if (!soap_is(r, "ResolutionSet"))
		return;
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

/* "None" is an answer, too. */
bool ews_names_resolve(struct ews_conn *conn, const char *entry, struct ews_names *out,
		       struct err *err)
{
	const struct ews_single single = { .op = EWS_OP_RESOLVE_NAMES,
					   .write = write,
					   .request = entry,
					   .payload = payload,
					   .out = out,
					   .out_size = sizeof(*out) };

	return ews_single_run(conn, &single, err) ||
	       ews_conn_failed_with(conn, EWS_CODE_NO_RESULTS);
}
