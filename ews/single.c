/*
 * Operations that are about one thing and are answered by one message; some of them have
 * no ResponseMessages around it.
 */
#include <string.h>

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

static void empty(const struct ews_single *single)
{
	if (single->out_size > 0) {
		ews_arena_finish(single->out);
		memset(single->out, 0, single->out_size);
	}
	if (single->init)
		single->init(single->out);
}

static bool read(struct soap_reader *r, void *context, struct err *err)
{
	struct run *run = context;
	const struct ews_single *single = run->single;
	struct soap_messages m;
	bool there;

	empty(single);
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
			single->payload(r,
					single->context ? single->context : single->out);
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
