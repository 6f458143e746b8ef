/*
 * Operations that are about one thing and are answered by one message; some of them have
 * no ResponseMessages around it.
 */
#include "base/num.h"
#include "ews/read.h"

struct run {
	const struct ews_single *single;
	struct ews_status status;
};

static void write(struct soap_writer *w, const void *context)
{
	const struct run *run = context;

	run->single->write(w, run->single->request);
}

static bool read(struct soap_reader *r, void *context, struct err *err)
{
	struct run *run = context;
	const struct ews_single *single = run->single;
	struct soap_messages m;
	bool there;

	if (single->finish)
		single->finish(single->result);
	if (single->flat) {
		there = soap_message_here(r, &m);
	} else {
		soap_messages_begin(r, &m);
		there = soap_message_next(r, &m);
	}
	if (!there) {
		soap_fail(r, ERR_BROKEN, "the server's answer has no message");
		return soap_ok(r, err);
	}
	while (soap_message_child(r, &m)) {
		if (single->payload)
			single->payload(r, single->result);
	}
	run->status = m.status;
	/* A warning comes with its data. */
	if (m.warning && m.status.code == EWS_CODE_MULTIPLE_RESULTS)
		run->status = (struct ews_status){ 0 };
	return soap_ok(r, err);
}

bool ews_single_run(struct ews_conn *conn, const struct ews_single *single,
		    struct err *err)
{
	struct run run = { .single = single };
	struct ews_call call = { single->op, write, read, &run, &run };

	return ews_call_run(conn, &call, err) && ews_conn_note(conn, &run.status, err);
}

struct ews_page ews_read_page(const struct soap_reader *r)
{
	struct str last = soap_attr(r, "IncludesLastItemInRange");
	struct ews_page page = { .last = !str_eq(last, STR("false")) &&
					 !str_eq(last, STR("0")) };

	page.told = num_u32(soap_attr(r, "IndexedPagingOffset"), &page.next_offset);
	if (!num_i64(soap_attr(r, "TotalItemsInView"), &page.total))
		page.total = -1;
	return page;
}

void soap_put_page(struct soap_writer *w, const char *name, uint32_t offset, uint32_t max)
{
	soap_open(w, name);
	soap_put_attr_int(w, "MaxEntriesReturned", max);
	soap_put_attr_int(w, "Offset", offset);
	soap_put_attr(w, "BasePoint", "Beginning");
	soap_close(w);
}
