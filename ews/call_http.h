/* HTTP for call.c: one keep-alive connection, one exchange at a time. */
#ifndef EWS_CALL_HTTP_H
#define EWS_CALL_HTTP_H

#include <stdatomic.h>

#include "ews/account.h"
#include "ews/body.h"

struct ews_http;

struct ews_http *ews_http_new(struct ews_account *account, const atomic_bool *stopped,
			      struct err *err);
void ews_http_free(struct ews_http *http);
/* ews_http_wake() - from any thread: look at the stop flag. */
/* ews_http_refresh() - from any thread: the exchange that runs is cut, the next one has a
 * new connection. */
void ews_http_refresh(struct ews_http *http);
void ews_http_wake(struct ews_http *http);

struct ews_http_request {
	struct ews_body *body; /* at its start */
	const char *request_id;
	bool affinity; /* wants the same back end as before */
	bool stream; /* long-lived answer */
	bool plain; /* not compressed */
	bool once; /* must not be sent over a connection that may be dead */
};

void ews_http_begin(struct ews_http *http, const struct ews_http_request *request);
/*
 * ews_http_wait() - until some of the answer is there, or all of it
 * Errors: ERR_OFFLINE (a bad certificate, too), ERR_LIMIT, the body's source's.
 */
MUST_CHECK bool ews_http_wait(struct ews_http *http, struct err *err);
/* ews_http_read() - the next bytes of the answer: a soap_source's read. */
MUST_CHECK bool ews_http_read(void *http, struct str *chunk_r, struct err *err);
/* ews_http_end() - @drain: read on for a little, so that the connection can be kept. */
void ews_http_end(struct ews_http *http, bool drain);

/* How an exchange broke, valid until the next one begins. */
enum ews_http_break {
	EWS_HTTP_WHOLE,
	EWS_HTTP_CUT, /* the connection was lost on the way: worth a second try */
	EWS_HTTP_SILENT, /* nothing came for too long */
	EWS_HTTP_BROKEN /* cannot connect, bad certificate, ... */
};
enum ews_http_break ews_http_broken(const struct ews_http *http);

struct ews_http_head {
	int status; /* 0: no answer */
	const char
		*location; /* texts are "" when absent, valid until the next exchange */
	int64_t retry_after_s; /* 0: not told */
	bool is_xml, is_page;
	char request_id[64], server_name[64], offers[160];
};
/* ews_http_head() - after ews_http_wait() succeeded. */
void ews_http_head(struct ews_http *http, struct ews_http_head *head_r);
void ews_http_forget_cookies(struct ews_http *http);

#endif
