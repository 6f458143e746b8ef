/* Contents into sinks, between op_get_mime.c, op_export_items.c and fetch.c. */
#ifndef EWS_FETCH_H
#define EWS_FETCH_H

#include "ews/read.h"

struct ews_fetch {
	const struct ews_ref *refs;
	const struct ews_sink *sinks; /* one for each */
	struct ews_fetched *out;
	bool *touched; /* sinks that were written to; fetch.c's */
};

/* ews_fetch_run() - @what: op, write and payload, both with @fetch as their context. */
MUST_CHECK bool ews_fetch_run(struct ews_conn *conn, const struct ews_batch_call *what,
			      struct ews_fetch *fetch, size_t count, struct err *err);
/* ews_fetch_content() - the current element's base64 into the sink of @item. */
void ews_fetch_content(struct soap_reader *r, const struct ews_fetch *fetch,
		       struct ews_fetched_item *item);

#endif
