/*
 * call.c against a scripted HTTP server on a socket: what is repeated and what is not,
 * what each status means, how a stream ends.
 */
#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "ews/call.h"
#include "tests/unit/ews/every_op.h"

#define ENVELOPE(body)                                                                   \
	"<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/"  \
	"envelope/\"><s:Body>" body "</s:Body></s:Envelope>"
#define MESSAGE(op, inner)                                                               \
	ENVELOPE("<" op "Response><ResponseMessages><" op                                \
		 "ResponseMessage ResponseClass=\"Success\"><ResponseCode>NoError"       \
		 "</ResponseCode>" inner "</" op                                         \
		 "ResponseMessage></ResponseMessages></" op "Response>")
#define FAULT(code)                                                                      \
	ENVELOPE("<s:Fault><faultcode>a:" code                                           \
		 "</faultcode><faultstring>why</faultstring><detail><ResponseCode>" code \
		 "</ResponseCode></detail></s:Fault>")
#define XML "Content-Type: text/xml\r\n"

enum { ANSWER, HANG_UP, DRIBBLE, STAY };

struct step {
	int action;
	int status;
	const char *headers;
	const char *body;
};

struct server {
	int fd;
	pthread_t thread;
	char url[64];
	const struct step *steps;
	size_t step_count;
	size_t requests, connections; /* read after server_end() */
	struct strbuf last; /* last request with its header */
};

static bool read_request(struct server *server, int fd)
{
	size_t want = 0, have = 0;

	for (;;) {
		char bytes[4096];
		ssize_t n;
		ptrdiff_t end = have == 0 ? -1
					  : str_find(strbuf_str(&server->last),
						     STR("\r\n\r\n"));

		if (end >= 0) {
			struct str text = strbuf_str(&server->last);
			ptrdiff_t at = str_find_nocase(text, STR("\r\nContent-Length: "));
			struct str line;
			uint64_t length = 0;

			text = str_sub(text, (size_t)at + 18, text.len);
			if (at < 0 || !str_split(&text, '\r', &line) ||
			    !num_u64(line, &length))
				return false;
			want = (size_t)end + 4 + (size_t)length;
			if (server->last.len >= want)
				return true;
		}
		n = recv(fd, bytes, sizeof(bytes), 0);
		if (n <= 0)
			return false;
		if (have == 0)
			strbuf_reset(&server->last);
		have += (size_t)n;
		strbuf_add_mem(&server->last, bytes, (size_t)n);
	}
}

static void answer_text(int fd, const struct step *step)
{
	struct strbuf out = STRBUF(1 << 20);

	strbuf_addf(&out, "HTTP/1.1 %d Status\r\n%sContent-Length: %zu\r\n\r\n%s",
		    step->status, step->headers ? step->headers : XML, strlen(step->body),
		    step->body);
	assert_int_equal(send(fd, out.p, out.len, MSG_NOSIGNAL), out.len);
	strbuf_finish(&out);
}

/* Each byte in a chunk of its own; STAY then leaves the body open. */
static void answer_chunks(int fd, const struct step *step)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n" XML
				   "Transfer-Encoding: chunked\r\n\r\n";
	char bytes[16];

	send(fd, head, sizeof(head) - 1, MSG_NOSIGNAL);
	for (const char *p = step->body; *p; p++) {
		int len = snprintf(bytes, sizeof(bytes), "1\r\n%c\r\n", *p);

		if (send(fd, bytes, (size_t)len, MSG_NOSIGNAL) < 0)
			return;
	}
	if (step->action == DRIBBLE)
		send(fd, "0\r\n\r\n", 5, MSG_NOSIGNAL);
	else
		recv(fd, bytes, sizeof(bytes), 0); /* until the client goes */
}

static void serve(struct server *server, int fd)
{
	while (read_request(server, fd)) {
		const struct step *step = &server->steps[server->requests];

		if (server->requests++ >= server->step_count || step->action == HANG_UP)
			return;
		if (step->action == ANSWER)
			answer_text(fd, step);
		else
			answer_chunks(fd, step);
	}
}

static void *server_run(void *context)
{
	struct server *server = context;

	for (;;) {
		int fd = accept(server->fd, NULL, NULL);

		if (fd < 0)
			return NULL;
		server->connections++;
		serve(server, fd);
		close(fd);
	}
}

static void server_begin(struct server *server, const struct step *steps, size_t count)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);

	*server = (struct server){ .steps = steps, .step_count = count };
	strbuf_init(&server->last, 1 << 20);
	server->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(server->fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(server->fd, 8), 0);
	getsockname(server->fd, (struct sockaddr *)&address, &len);
	snprintf(server->url, sizeof(server->url),
		 "http://127.0.0.1:%d/EWS/Exchange.asmx", ntohs(address.sin_port));
	pthread_create(&server->thread, NULL, server_run, server);
}

static void server_end(struct server *server)
{
	shutdown(server->fd, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->fd);
}

static struct ews_account *account_for(const struct server *server)
{
	const struct ews_config config = { .url = server->url,
					   .login = "EXAMPLE\\alice",
					   .password = "secret",
					   .address = "alice@example.test",
					   .connect_timeout_ms = 5000,
					   .idle_timeout_ms = 20000 };
	struct err err;

	return ews_account_new(&config, &err);
}

#define SENT MESSAGE("SendItem", "")
#define FOLDER                                                                           \
	MESSAGE("GetFolder", "<Folders><Folder><FolderId Id=\"x\"/></Folder></Folders>")

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

		server_begin(&server, rows[i].steps, 3);
		account = account_for(&server);
		conn = ews_conn_new(account, &err);
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

	server_begin(&server, steps, 3);
	account = account_for(&server);
	conn = ews_conn_new(account, &err);
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

	server_begin(&server, steps, 1);
	account = account_for(&server);
	conn = ews_conn_new(account, &err);
	other = ews_conn_new(account, &err);
	assert_false(try_item_sync(conn, &err));
	assert_int_equal(err.code, ERR_THROTTLED);
	assert_int_equal(err.retry_after_s, 90);
	assert_true(ews_conn_failed_with(conn, EWS_CODE_SERVER_BUSY));
	assert_true(ews_account_backoff_ms(account) > 80000);
	assert_false(try_item_sync(other, &err)); /* all of the account's threads wait */
	assert_int_equal(err.code, ERR_THROTTLED);
	ews_conn_free(conn);
	ews_conn_free(other);
	ews_account_free(account);
	server_end(&server);
	assert_int_equal(server.requests, 1);
	strbuf_finish(&server.last);
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

	server_begin(&server, steps, 2);
	account = account_for(&server);
	conn = ews_conn_new(account, &err);
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
		cmocka_unit_test(test_outcomes),     cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_back_off),     cmocka_unit_test(test_stream),
		cmocka_unit_test(test_nobody_there), cmocka_unit_test(test_schemes),
	};
	struct err err;

	if (!ews_process_init(&err))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
