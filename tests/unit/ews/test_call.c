/*
 * call.c against a scripted HTTP server on a socket: what is repeated and what is not,
 * what each status means, how a stream ends.
 */
#include "tests/unit/ews/scripted.h"

#include "base/clock.h"
#include "ews/call.h"

/* One call and what must come of it. */
static const struct {
	const char *name;
	bool (*run)(struct ews_conn *conn, struct err *err);
	struct step steps[3];
	size_t requests; /* that the server must have seen */
	enum err_code code;
	bool outcome_unknown;
	const char *request_has;
	const char *error_has;
} rows[] = {
	{ "plain",
	  try_folder_get,
	  { { ANSWER, 200, NULL, FOLDER } },
	  1,
	  ERR_OK,
	  false,
	  "X-AnchorMailbox: alice@example.test",
	  NULL },
	{ "one byte at a time",
	  try_folder_get,
	  { { DRIBBLE, 200, NULL, FOLDER } },
	  1,
	  ERR_OK,
	  false,
	  "Authorization: Basic RVhBTVBMRVxhbGljZTpzZWNyZXQ=",
	  NULL },
	{ "compressed",
	  try_folder_get,
	  { { GZIP, 200, NULL, FOLDER } },
	  1,
	  ERR_OK,
	  false,
	  "Accept-Encoding: gzip",
	  NULL },
	{ "half of it, read again",
	  try_folder_get,
	  { { GZIP, 0, NULL, FOLDER }, { CUT, 200, NULL, FOLDER } },
	  2,
	  ERR_OFFLINE,
	  false,
	  NULL,
	  "no answer" },
	{ "half of it, then all",
	  try_item_delete,
	  { { CUT, 200, NULL, FOLDER }, { ANSWER, 200, NULL, FOLDER } },
	  2,
	  ERR_OK,
	  false,
	  NULL,
	  NULL },
	{ "half of the answer to CopyItem",
	  try_item_copy,
	  { { CUT, 200, NULL, FOLDER } },
	  1,
	  ERR_OFFLINE,
	  true,
	  NULL,
	  NULL },
	{ "XHTML that is no SOAP",
	  try_folder_get,
	  { { ANSWER, 200, "Content-Type: text/plain\r\n",
	      " <html><head><meta x><br></head>" } },
	  1,
	  ERR_NOT_FOUND,
	  false,
	  NULL,
	  "login form" },
	{ "lost answer, read again",
	  try_folder_get,
	  { { HANG_UP, 0, NULL, NULL }, { ANSWER, 200, NULL, FOLDER } },
	  2,
	  ERR_OK,
	  false,
	  NULL,
	  NULL },
	{ "lost answer, never sent twice",
	  try_item_send,
	  { { HANG_UP, 0, NULL, NULL } },
	  1,
	  ERR_OFFLINE,
	  true,
	  NULL,
	  "no answer" },
	{ "lost answer to CreateItem",
	  try_item_create,
	  { { HANG_UP, 0, NULL, NULL } },
	  1,
	  ERR_OFFLINE,
	  true,
	  NULL,
	  NULL },
	{ "cut answer to MoveItem",
	  try_item_move,
	  { { ANSWER, 200, NULL, "<s:Envelope><s:Body>" } },
	  1,
	  ERR_BROKEN,
	  true,
	  NULL,
	  "breaks off" },
	{ "gateway lost it",
	  try_item_copy,
	  { { ANSWER, 502, NULL, "bad gateway" } },
	  1,
	  ERR_OFFLINE,
	  true,
	  NULL,
	  "502" },
	{ "password",
	  try_item_send,
	  { { ANSWER, 401, NULL, "no" } },
	  1,
	  ERR_AUTH,
	  false,
	  NULL,
	  "login" },
	{ "forbidden",
	  try_folder_get,
	  { { ANSWER, 403, NULL, "no" } },
	  1,
	  ERR_DENIED,
	  false,
	  NULL,
	  "403" },
	{ "a session of a web login has ended",
	  try_item_send,
	  { { ANSWER, 440, NULL, "Login Timeout" } },
	  1,
	  ERR_AUTH,
	  false,
	  NULL,
	  "web login form" },
	{ "wrong URL",
	  try_folder_get,
	  { { ANSWER, 404, NULL, "no" } },
	  1,
	  ERR_NOT_FOUND,
	  false,
	  NULL,
	  "URL" },
	{ "redirect is not followed",
	  try_folder_get,
	  { { ANSWER, 302, "Location: http://127.0.0.1:1/elsewhere\r\n", "" } },
	  1,
	  ERR_NOT_FOUND,
	  false,
	  NULL,
	  "elsewhere" },
	{ "error page",
	  try_folder_get,
	  { { ANSWER, 302, "Location: /ews/genericerrorpage.htm?x\r\n", "" } },
	  1,
	  ERR_OFFLINE,
	  false,
	  NULL,
	  "passing" },
	{ "overload",
	  try_folder_get,
	  { { ANSWER, 503, "Retry-After: 7\r\n", "" } },
	  1,
	  ERR_THROTTLED,
	  false,
	  NULL,
	  "wait" },
	{ "forms login",
	  try_folder_get,
	  { { ANSWER, 200, "Content-Type: text/html\r\n",
	      "<!DOCTYPE html><html><body>Sign in</body></html>" } },
	  1,
	  ERR_NOT_FOUND,
	  false,
	  NULL,
	  "not EWS" },
	{ "no body",
	  try_folder_get,
	  { { ANSWER, 200, NULL, "" } },
	  1,
	  ERR_OFFLINE,
	  false,
	  NULL,
	  "empty" },
	{ "fault without XML",
	  try_folder_get,
	  { { ANSWER, 500, "Content-Type: text/plain\r\n", "oops" } },
	  1,
	  ERR_OFFLINE,
	  false,
	  NULL,
	  "500" },
	{ "older server",
	  try_item_send,
	  { { ANSWER, 500, NULL, FAULT("ErrorInvalidServerVersion") },
	    { ANSWER, 200, NULL, SENT } },
	  2,
	  ERR_OK,
	  false,
	  "Version=\"Exchange2013\"",
	  NULL },
	{ "busy",
	  try_item_send,
	  { { ANSWER, 500, NULL, FAULT("ErrorServerBusy") } },
	  1,
	  ERR_THROTTLED,
	  false,
	  NULL,
	  NULL },
	{ "vague fault",
	  try_item_send,
	  { { ANSWER, 500, NULL, FAULT("ErrorTimeoutExpired") } },
	  1,
	  ERR_OFFLINE,
	  true,
	  NULL,
	  NULL },
	{ "bad cookie",
	  try_item_send,
	  { { ANSWER, 400, NULL, "" }, { ANSWER, 200, NULL, SENT } },
	  2,
	  ERR_OK,
	  false,
	  NULL,
	  NULL },
	{ "stream closes",
	  try_stream,
	  { { DRIBBLE, 200, NULL,
	      MESSAGE("GetStreamingEvents",
		      "<ConnectionStatus>OK</"
		      "ConnectionStatus>") "\r\n" MESSAGE("GetStreamingEvents",
							  "<ConnectionStatus>Closed</"
							  "ConnectionStatus>") } },
	  1,
	  ERR_OK,
	  false,
	  "X-PreferServerAffinity: true",
	  NULL },
	{ "stream breaks",
	  try_stream,
	  { { DRIBBLE, 200, NULL,
	      MESSAGE("GetStreamingEvents",
		      "<ConnectionStatus>OK</ConnectionStatus>") } },
	  1,
	  ERR_OFFLINE,
	  false,
	  NULL,
	  "broke off" },
};

static void test_outcomes(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct server server;
		struct ews_account *account;
		struct ews_conn *conn;
		struct err err = { 0 };
		bool ok;

		server_meet(&server, rows[i].steps, 3, &account, &conn);
		ok = rows[i].run(conn, &err);
		if (ok != (rows[i].code == ERR_OK) || (!ok && err.code != rows[i].code))
			fail_msg("%s: %s %s", rows[i].name, err_name(err.code), err.text);
		if (ews_conn_last(conn)->outcome_unknown != rows[i].outcome_unknown)
			fail_msg("%s: outcome_unknown is wrong", rows[i].name);
		ews_conn_free(conn);
		ews_account_free(account);
		server_end(&server);
		if (server.requests != rows[i].requests)
			fail_msg("%s: %zu requests", rows[i].name, server.requests);
		if (rows[i].request_has &&
		    str_find(strbuf_str(&server.last), str_from(rows[i].request_has)) < 0)
			fail_msg("%s: %s", rows[i].name, strbuf_cstr(&server.last));
		if (rows[i].error_has &&
		    str_find(str_from(err.text), str_from(rows[i].error_has)) < 0)
			fail_msg("%s: %s", rows[i].name, err.text);
		strbuf_finish(&server.last);
	}
}

static void test_keep_alive(void **state)
{
	static const struct step steps[] = { { ANSWER, 200, NULL, FOLDER },
					     { ANSWER, 200, NULL, FOLDER },
					     { HANG_UP, 0, NULL, NULL } };
	struct server server;
	struct ews_account *account;
	struct ews_conn *conn;
	struct err err = { 0 };

	server_meet(&server, steps, 3, &account, &conn);
	ASSERT_OK(try_folder_get(conn, &err), err);
	ASSERT_OK(try_folder_get(conn, &err), err);
	/* The server takes the request on the kept connection, then hangs up. */
	assert_false(try_item_send(conn, &err));
	assert_true(ews_conn_last(conn)->outcome_unknown);
	ews_conn_free(conn);
	ews_account_free(account);
	server_end(&server);
	/* libcurl connects anew before it finds that it must not send again. */
	assert_true(server.connections <= 2);
	assert_int_equal(server.requests, 3);
	strbuf_finish(&server.last);
}

static void test_back_off(void **state)
{
	static const struct step steps[] = {
		{ ANSWER, 200, NULL,
		  ENVELOPE(
			  "<SyncFolderItemsResponse><ResponseMessages>"
			  "<SyncFolderItemsResponseMessage ResponseClass=\"Error\">"
			  "<MessageText>busy</MessageText><ResponseCode>"
			  "ErrorInternalServerError</ResponseCode><MessageXml>"
			  "<Value Name=\"InnerErrorResponseCode\">ErrorServerBusy</Value>"
			  "<Value Name=\"BackOffMilliseconds\">90000</Value>"
			  "</MessageXml></SyncFolderItemsResponseMessage>"
			  "</ResponseMessages></SyncFolderItemsResponse>") },
	};
	struct server server;
	struct ews_account *account;
	struct ews_conn *conn, *other;
	struct err err = { 0 };

	server_meet(&server, steps, 1, &account, &conn);
	other = ews_conn_new(account, &err);
	assert_false(try_item_sync(conn, &err));
	assert_int_equal(err.code, ERR_THROTTLED);
	assert_int_equal(err.retry_after_s, 90);
	assert_true(ews_conn_failed_with(conn, EWS_CODE_SERVER_BUSY));
	assert_true(ews_account_backoff_ms(account) > 80000);
	assert_false(try_item_sync(other, &err)); /* all of the account's threads wait */
	assert_int_equal(err.code, ERR_THROTTLED);
	ews_conn_free(conn);
	server_part(&server, account, other, 1);
}

static bool stop_on_event(void *context, const struct ews_events *events)
{
	if (events->count == 1) {
		assert_int_equal(events->list[0].type, EWS_EVENT_NEW_MAIL);
		assert_string_equal(events->list[0].parent_id, "f");
	}
	return events->count == 0;
}

static void *stop_later(void *conn)
{
	clock_sleep_ms(100);
	ews_conn_stop(conn);
	return NULL;
}

static void test_stream(void **state)
{
	static const struct step steps[] = {
		{ STAY, 200, NULL,
		  MESSAGE("GetStreamingEvents", "<ConnectionStatus>OK</ConnectionStatus>")
			  MESSAGE("GetStreamingEvents",
				  "<Notifications><Notification><SubscriptionId>s</"
				  "SubscriptionId>"
				  "<NewMailEvent><ItemId Id=\"i\"/><ParentFolderId "
				  "Id=\"f\"/>"
				  "</NewMailEvent></Notification></Notifications>") },
		{ STAY, 200, NULL,
		  MESSAGE("GetStreamingEvents",
			  "<ConnectionStatus>OK</ConnectionStatus>") },
	};
	struct server server;
	struct ews_account *account;
	struct ews_conn *conn;
	struct err err = { 0 };
	pthread_t stopper;

	server_meet(&server, steps, 2, &account, &conn);
	ASSERT_OK(ews_stream_run(conn, "s", 1, stop_on_event, NULL, &err), err);
	pthread_create(&stopper, NULL, stop_later, conn);
	assert_false(ews_stream_run(conn, "s", 1, take_events, NULL, &err));
	pthread_join(stopper, NULL);
	assert_int_equal(err.code, ERR_OFFLINE);
	assert_string_equal(err.text, "stopped");
	ews_conn_free(conn);
	ews_account_free(account);
	server_end(&server);
	strbuf_finish(&server.last);
}

/* Exchange ends what takes too long without a word: half as much is asked for then. */
static void test_silence(void **state)
{
	static const struct step steps[] = { { SILENT, 0, NULL, NULL },
					     { ANSWER, 200, NULL, FOLDER_1 },
					     { ANSWER, 200, NULL, FOLDER_1 },
					     { ANSWER, 200, NULL, FOLDER_1 } };
	const struct ews_folder_ref ask[] = { { .id = "a" },
					      { .id = "b" },
					      { .id = "c" } };
	CLEANUP(ews_folders_finish) struct ews_folders out = { 0 };
	struct server server;
	struct ews_account *account;
	struct ews_conn *conn;
	struct err err = { 0 };

	server_begin(&server, steps, 4);
	account = account_for(&server, 3000);
	conn = ews_conn_new(account, &err);
	ASSERT_OK(ews_folder_get(conn, ask, 3, &out, &err), err);
	for (size_t i = 0; i < 3; i++)
		assert_true(ews_status_ok(&out.list[i].status));
	server_part(&server, account, conn, 4);
}

static void test_nobody_there(void **state)
{
	struct ews_account *account = quiet_account();
	struct err err = { 0 };
	struct ews_conn *conn = ews_conn_new(account, &err);

	assert_false(try_item_send(conn, &err));
	assert_int_equal(err.code, ERR_OFFLINE);
	assert_false(ews_conn_last(conn)->outcome_unknown);
	ews_conn_free(conn);
	ews_account_free(account);
}

static void test_schemes(void **state)
{
	struct ews_config config = { .url = "https://mail.example.test/",
				     .auth = EWS_AUTH_NTLM };
	struct err err = { 0 };

	assert_null(ews_account_new(&config, &err));
	assert_int_equal(err.code, ERR_STATE);
	config.auth = EWS_AUTH_BASIC;
	config.url = "ftp://mail.example.test/";
	assert_null(ews_account_new(&config, &err));
	assert_int_equal(err.code, ERR_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outcomes), cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_back_off), cmocka_unit_test(test_stream),
		cmocka_unit_test(test_silence),	 cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_schemes),
	};
	struct err err;

	if (!ews_process_init(&err))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
