/*
 * HTTP statuses and web pages that come in place of SOAP, each turned into a sentence
 * that says what is wrong and what to do about it.
 */
#include <stdio.h>

#include "base/macros.h"
#include "ews/status.h"

struct row {
	int http_status;
	enum err_code err;
	bool retry;
	const char *text;
};

static const struct row rows[] = {
	{ 400, ERR_BROKEN, false,
	  "the server finds the HTTP request malformed; a proxy between may spoil it" },
	{ 401, ERR_AUTH, false, "login refused: check the user name and the password" },
	{ 403, ERR_DENIED, false,
	  "EWS is switched off for this mailbox or for this program: ask the "
	  "administrator" },
	{ 404, ERR_NOT_FOUND, false,
	  "no EWS at this URL: it should end in /EWS/Exchange.asmx" },
	{ 405, ERR_NOT_FOUND, false,
	  "the URL is no EWS endpoint: it should end in /EWS/Exchange.asmx" },
	{ 407, ERR_AUTH, false, "the proxy wants a login: check the proxy's settings" },
	{ 408, ERR_OFFLINE, true, "the server waited too long for the request" },
	{ 413, ERR_LIMIT, false, "the request is larger than the server takes" },
	{ 421, ERR_OFFLINE, true, "the wrong server was reached: a balancer's fault" },
	{ 429, ERR_THROTTLED, true, "too many requests" },
	{ 440, ERR_AUTH, false,
	  "a web login form guards this URL: take the one that ends in "
	  "/EWS/Exchange.asmx" },
	{ 449, ERR_OFFLINE, true, "the server asks to try again" },
	{ 456, ERR_AUTH, false,
	  "the account is locked or needs a second factor: log in once with a browser" },
	{ 457, ERR_AUTH, false, "the password has expired: change it" },
	{ 500, ERR_OFFLINE, true, "internal error of the server" },
	{ 501, ERR_NOT_FOUND, false, "the URL is no EWS endpoint" },
	{ 502, ERR_OFFLINE, true,
	  "a proxy does not reach the mail server; if that lasts, tell the "
	  "administrator" },
	{ 503, ERR_THROTTLED, true, "the service is unavailable or overloaded" },
	{ 504, ERR_OFFLINE, true,
	  "the mail server does not answer its proxy; if that lasts, tell the "
	  "administrator" },
	{ 507, ERR_LIMIT, false, "no storage left on the server" },
};

static void redirect(const struct ews_http_answer *answer, struct ews_status *status)
{
	if (str_find_nocase(answer->location, STR("genericerrorpage")) >= 0) {
		status->retry = true;
		err_set(&status->err, ERR_OFFLINE,
			"HTTP %d: the server shows its error page, a passing fault",
			answer->status);
		return;
	}
	status->retry = false;
	if (str_find_nocase(answer->location, STR("logon")) >= 0 ||
	    str_find_nocase(answer->location, STR("login")) >= 0)
		err_set(&status->err, ERR_NOT_FOUND,
			"HTTP %d: a web login form guards this URL: take the one that "
			"ends in /EWS/Exchange.asmx",
			answer->status);
	else
		err_set(&status->err, ERR_NOT_FOUND,
			"HTTP %d: the URL redirects to '%.*s'; set that one if you trust "
			"it",
			answer->status, STR_FMT(str_sub(answer->location, 0, 80)));
}

static void web_page(struct ews_status *status)
{
	status->retry = false;
	err_set(&status->err, ERR_NOT_FOUND,
		"a web page or login form came, not EWS: check the URL (it should end in "
		"/EWS/Exchange.asmx) and any hotspot or proxy between");
}

/* The password may be right, and the way of logging in not the server's. */
static void unauthorized(const struct ews_http_answer *answer, struct ews_status *status)
{
	if (answer->offers.len == 0 ||
	    str_find_nocase(answer->offers, answer->method) >= 0)
		return;
	err_set(&status->err, ERR_AUTH,
		"HTTP 401: the server does not take the login method '%.*s'; it offers: "
		"%.*s",
		STR_FMT(answer->method), STR_FMT(str_sub(answer->offers, 0, 60)));
}

static const struct row *find(int http_status)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].http_status == http_status)
			return &rows[i];
	}
	return NULL;
}

/* Another request may fare better. */
static bool is_about_request(int http_status)
{
	return http_status == 400 || http_status == 413 || http_status == 507;
}

bool ews_http_status(const struct ews_http_answer *answer, struct ews_status *status,
		     struct err *err)
{
	const struct row *row = find(answer->status);

	*status = (struct ews_status){ .code = EWS_CODE_OTHER,
				       .scope = EWS_SCOPE_ACCOUNT,
				       .retry = true };
	err_set(&status->err, ERR_OFFLINE, "HTTP %d: unexpected answer", answer->status);
	if (row) {
		status->retry = row->retry;
		err_set(&status->err, row->err, "HTTP %d: %s", answer->status, row->text);
	}
	if (is_about_request(answer->status))
		status->scope = EWS_SCOPE_ITEM;
	if (answer->status >= 300 && answer->status < 400)
		redirect(answer, status);
	if (answer->status == 200 && answer->is_page)
		web_page(status);
	if (answer->status == 401)
		unauthorized(answer, status);
	/* IIS' filter of requests says 404 of what is too long for it. */
	if (answer->status == 413 ||
	    ((answer->status == 404 || answer->status == 400) && answer->was_large)) {
		status->code = EWS_CODE_TOO_LARGE;
		status->scope = EWS_SCOPE_ITEM;
		err_set(&status->err, ERR_LIMIT,
			"HTTP %d: the request is larger than the server takes",
			answer->status);
	}
	return ews_status_check(status, err);
}
