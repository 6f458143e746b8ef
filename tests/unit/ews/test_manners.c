/*
 * Good manners towards a server: no hidden repeats, pauses, few calls at once, cookies,
 * ids for its logs, and the schema version that it takes.
 */
#include "tests/unit/ews/scripted.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "base/log.h"
#include "ews/account_state.h"
#include "ews/call.h"

#define VERSION_REFUSED FAULT("ErrorInvalidServerVersion")

/* --- Repeats ----------------------------------------------------------------------- */

static enum ews_op op_of(const char *name)
{
	char element[80];

	if (strcmp(name, "UpdateItem-once") == 0)
		return EWS_OP_UPDATE_MEETING;
	for (int op = 0; op < EWS_OP_COUNT; op++) {
		size_t len = strlen(ews_op_row(op)->name);

		snprintf(element, sizeof(element), "m:%s", name);
		if (str_ends(str_from(ews_op_row(op)->name), STR("Request")))
			len -= 7; /* GetUserAvailabilityRequest and the like */
		if (strncmp(element, ews_op_row(op)->name, len) == 0 &&
		    (element[len] == '\0' || element[len] == '-'))
			return (enum ews_op)op;
	}
	fail_msg("no operation '%s'", name);
	return EWS_OP_COUNT;
}

/*
 * The server takes the request on a connection that was kept alive, perhaps does the
 * work, and cuts the connection. Only what the table allows is sent again.
 */
static void test_kept_connection_is_cut(void **state)
{
	static const struct step steps[] = { { ANSWER, 200, NULL, FOLDER },
					     { HANG_UP, 0, NULL, NULL },
					     { HANG_UP, 0, NULL, NULL } };

	for (size_t i = 0; i < ARRAY_LEN(every_op); i++) {
		const struct ews_op_row *op = ews_op_row(op_of(every_op[i].name));
		struct server server;
		struct ews_account *account;
		struct ews_conn *conn;
		struct err err = { 0 };

		server_meet(&server, steps, 3, &account, &conn);
		ASSERT_OK(try_folder_get(conn, &err), err);
		assert_false(every_op[i].run(conn, &err));
		if (err.code != ERR_OFFLINE ||
		    ews_conn_last(conn)->outcome_unknown == op->idempotent)
			fail_msg("%s: %s, unknown %d", every_op[i].name, err.text,
				 ews_conn_last(conn)->outcome_unknown);
		ews_conn_free(conn);
		ews_account_free(account);
		server_end(&server);
		if (server.requests != (op->idempotent && !op->stream ? 3 : 2))
			fail_msg("%s: sent %zu times", every_op[i].name,
				 server.requests - 1);
		strbuf_finish(&server.last);
	}
}

/* --- Pauses, and how many at once -------------------------------------------------- */

static const struct {
	const char *name;
	struct step step;
	unsigned retry_after_s; /* 0: a minute */
	unsigned calls, syncs; /* allowed at once from now on */
} pauses[] = {
	{ "Retry-After", { ANSWER, 503, "Retry-After: 70\r\n", "" }, 70, 5, 2 },
	{ "429", { ANSWER, 429, "Retry-After: 80\r\n", "" }, 80, 5, 2 },
	{ "503 without it", { ANSWER, 503, NULL, "" }, 0, 5, 2 },
	{ "Retry-After gone mad",
	  { ANSWER, 503, "Retry-After: 99999999\r\n", "" },
	  3600,
	  5,
	  2 },
	{ "a fault", { ANSWER, 500, NULL, FAULT("ErrorServerBusy") }, 0, 5, 2 },
	{ "too many calls",
	  { ANSWER, 500, NULL, FAULT("ErrorExceededConnectionCount") },
	  2,
	  2,
	  2 },
	{ "too many calls of sync",
	  { ANSWER, 200, NULL,
	    ENVELOPE(
		    "<R><ResponseMessages><M ResponseClass=\"Error\"><MessageText>budget "
		    "for policy part 'ConcurrentSyncCalls', policy value '5'"
		    "</MessageText><ResponseCode>ErrorServerBusy</ResponseCode>"
		    "<MessageXml><Value Name=\"BackOffMilliseconds\">75000</Value>"
		    "</MessageXml></M></ResponseMessages></R>") },
	  75,
	  5,
	  1 },
};

static void test_pauses(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(pauses); i++) {
		unsigned want_s = pauses[i].retry_after_s ? pauses[i].retry_after_s : 60;
		struct server server;
		struct ews_account *account;
		struct ews_conn *conn;
		struct err err = { 0 };
		int64_t left_ms;

		server_meet(&server, &pauses[i].step, 1, &account, &conn);
		assert_false(try_item_sync(conn, &err));
		left_ms = ews_account_backoff_ms(account);
		if (err.code != ERR_THROTTLED || err.retry_after_s != want_s ||
		    left_ms > want_s * 1000)
			fail_msg("%s: %u s, %s", pauses[i].name, err.retry_after_s,
				 err.text);
		if (want_s >= 60) { /* nothing is sent now, however slow we are */
			assert_true(left_ms > 0);
			assert_false(try_folder_get(conn, &err));
			assert_int_equal(err.code, ERR_THROTTLED);
		}
		if (account->slots[EWS_SLOT_CALL].limit != pauses[i].calls ||
		    account->slots[EWS_SLOT_SYNC].limit != pauses[i].syncs)
			fail_msg("%s: %u calls, %u of sync", pauses[i].name,
				 account->slots[EWS_SLOT_CALL].limit,
				 account->slots[EWS_SLOT_SYNC].limit);
		server_part(&server, account, conn, 1);
	}
}

struct crowd {
	struct ews_account *account;
	atomic_bool stopped;
	atomic_int inside, most, done;
};

static void *crowd_in(void *context)
{
	struct crowd *crowd = context;
	struct err err;

	for (int i = 0; i < 200; i++) {
		int now, most;

		if (!ews_account_enter(crowd->account, 1u << EWS_SLOT_SYNC,
				       &crowd->stopped, &err))
			return NULL;
		now = atomic_fetch_add(&crowd->inside, 1) + 1;
		most = atomic_load(&crowd->most);
		while (now > most &&
		       !atomic_compare_exchange_weak(&crowd->most, &most, now))
			;
		atomic_fetch_sub(&crowd->inside, 1);
		ews_account_leave(crowd->account, 1u << EWS_SLOT_SYNC);
	}
	atomic_fetch_add(&crowd->done, 1);
	return NULL;
}

static void test_ceiling(void **state)
{
	struct crowd crowd = { .account = quiet_account() };
	struct ews_slots *slots = &crowd.account->slots[EWS_SLOT_SYNC];
	pthread_t threads[6];

	ews_account_crowded(crowd.account, EWS_SLOT_SYNC);
	assert_int_equal(slots->limit, 1);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		pthread_create(&threads[i], NULL, crowd_in, &crowd);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&crowd.done), 6);
	assert_true(atomic_load(&crowd.most) <= 2);
	assert_int_equal(slots->used, 0);
	assert_int_equal(slots->limit, 2); /* after a while without complaint */
	ews_account_free(crowd.account);
}

/* Who waits for a slot can be stopped. */
static void test_ceiling_stop(void **state)
{
	struct crowd crowd = { .account = quiet_account() };
	struct ews_slots *slots = &crowd.account->slots[EWS_SLOT_SYNC];
	struct err err = { 0 };
	struct ews_conn *conn = ews_conn_new(crowd.account, &err);
	pthread_t thread;

	slots->used = slots->limit;
	pthread_create(&thread, NULL, crowd_in, &crowd);
	atomic_store(&crowd.stopped, true);
	ews_account_wake(crowd.account);
	pthread_join(thread, NULL);
	assert_int_equal(atomic_load(&crowd.done), 0);
	ews_conn_stop(conn);
	assert_false(try_item_sync(conn, &err));
	assert_string_equal(err.text, "stopped");
	ews_conn_free(conn);
	ews_account_free(crowd.account);
}

/* --- Cookies and ids --------------------------------------------------------------- */

static void test_cookies_and_ids(void **state)
{
	static const struct step steps[] = {
		{ ANSWER, 200,
		  XML "Set-Cookie: X-BackEndOverrideCookie=be1~1; path=/; HttpOnly\r\n",
		  FOLDER },
		{ ANSWER, 500,
		  "Content-Type: text/plain\r\nrequest-id: 11-22\r\nX-FEServer: FE1\r\n"
		  "X-BEServer: BE7\r\n",
		  "oops" },
	};
	struct server server;
	struct ews_account *account;
	struct ews_conn *conn, *other;
	struct err err = { 0 };

	server_meet(&server, steps, 2, &account, &conn);
	other = ews_conn_new(account, &err);
	ASSERT_OK(try_folder_get(conn, &err), err);
	assert_int_equal(strlen(ews_conn_last(conn)->request_id), 36);
	ews_conn_free(conn); /* the server serves one connection at a time */
	assert_false(try_events_get(other, &err));
	assert_string_equal(ews_conn_last(other)->server_request_id, "11-22");
	assert_string_equal(ews_conn_last(other)->server_name, "BE7");
	assert_true(str_find(strbuf_str(&server.last),
			     str_from(ews_conn_last(other)->request_id)) > 0);
	assert_true(str_find(strbuf_str(&server.last),
			     STR("Cookie: X-BackEndOverrideCookie=be1~1")) > 0);
	assert_true(str_find(strbuf_str(&server.last),
			     STR("X-PreferServerAffinity: true")) > 0);
	ews_conn_free(other);
	ews_account_free(account);
	server_end(&server);
	strbuf_finish(&server.last);
}

static void test_login_methods(void **state)
{
	static const struct step steps[] = {
		{ ANSWER, 401,
		  "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n", "" },
	};
	struct server server;
	struct ews_account *account;
	struct ews_conn *conn;
	struct err err = { 0 };

	server_meet(&server, steps, 1, &account, &conn);
	assert_false(try_folder_get(conn, &err));
	assert_int_equal(err.code, ERR_AUTH);
	assert_true(str_find(str_from(err.text), STR("offers: Negotiate, NTLM")) > 0);
	ews_conn_free(conn);
	ews_account_free(account);
	server_end(&server);
	strbuf_finish(&server.last);
}

/* Exchange's administrator looks for these ids in the server's logs. */
static void test_log(void **state)
{
	static const struct step steps[] = {
		{ ANSWER, 200, NULL, FOLDER },
		{ ANSWER, 403, "request-id: 33-44\r\nX-BEServer: BE9\r\n", "no" },
	};
	struct server server;
	struct ews_account *account;
	struct ews_conn *conn;
	struct err err = { 0 };
	char first[64], text[4096], want[200];
	FILE *log = tmpfile();
	int stderr_fd = dup(2);
	size_t len;

	assert_non_null(log);
	server_meet(&server, steps, 2, &account, &conn);
	dup2(fileno(log), 2);
	log_set_level(LOG_LEVEL_DEBUG);
	assert_true(try_folder_get(conn, &err));
	snprintf(first, sizeof(first), "%s", ews_conn_last(conn)->request_id);
	assert_false(try_folder_get(conn, &err));
	log_set_level(LOG_LEVEL_INFO);
	dup2(stderr_fd, 2);
	close(stderr_fd);
	rewind(log);
	len = fread(text, 1, sizeof(text) - 1, log);
	text[len] = '\0';
	fclose(log);
	snprintf(want, sizeof(want), "GetFolder %s: HTTP 200,", first);
	assert_non_null(strstr(text, want));
	snprintf(want, sizeof(want), "GetFolder %s: HTTP 403,",
		 ews_conn_last(conn)->request_id);
	assert_non_null(strstr(text, want));
	assert_non_null(strstr(text, "request-id 33-44 of BE9\n"));
	assert_null(strstr(text, "secret")); /* the password */
	server_part(&server, account, conn, 2);
}

/* --- Schema versions --------------------------------------------------------------- */

#define REFUSED_BY_MESSAGE                                                               \
	ENVELOPE("<R><ResponseMessages><M ResponseClass=\"Error\"><ResponseCode>"        \
		 "ErrorInvalidSchemaVersionForMailboxVersion</ResponseCode></M>"         \
		 "</ResponseMessages></R>")
#define BUILD                                                                            \
	"<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header>"   \
	"<ServerVersionInfo MajorVersion=\"14\" MinorVersion=\"3\" MajorBuildNumber="    \
	"\"513\" MinorBuildNumber=\"4\" "                                                \
	"Version=\"Exchange2010_SP2\"/></s:Header><s:Body>"                              \
	"<GetFolderResponse><ResponseMessages>" ONE_FOLDER ONE_FOLDER ONE_FOLDER         \
	"</ResponseMessages></GetFolderResponse></s:Body></s:Envelope>"

static void test_negotiation(void **state)
{
	static const struct step steps[] = {
		{ ANSWER, 500, NULL, VERSION_REFUSED },
		{ ANSWER, 500, NULL, FAULT("ErrorInvalidRequest") }, /* some say so */
		{ ANSWER, 200, NULL, BUILD },
		{ ANSWER, 200, NULL, FOLDER },
	};
	struct server server;
	struct ews_account *account;
	struct ews_conn *conn;
	struct err err = { 0 };

	server_meet(&server, steps, 4, &account, &conn);
	assert_string_equal(ews_account_version(account), "Exchange2013_SP1");
	ASSERT_OK(try_folder_get(conn, &err), err);
	assert_string_equal(ews_account_version(account), "Exchange2010_SP2");
	assert_int_equal(ews_account_server(account).major, 14);
	assert_int_equal(ews_account_server(account).build, 513);
	/* Remembered, and less is said. */
	ASSERT_OK(try_folder_get(conn, &err), err);
	assert_true(str_find(strbuf_str(&server.last), STR("\"Exchange2010_SP2\"")) > 0);
	assert_true(str_find(strbuf_str(&server.last),
			     STR("folder:DistinguishedFolderId")) < 0);
	/* What it does not know is not asked. */
	assert_false(try_junk(conn, &err));
	assert_int_equal(err.code, ERR_STATE);
	assert_true(ews_conn_failed_with(conn, EWS_CODE_SERVER_VERSION));
	assert_true(str_find(str_from(err.text), STR("too old for MarkAsJunk")) > 0);
	server_part(&server, account, conn, 4);
}

/* The mailbox moves to an older back end, which says so in each message. */
static void test_steps_down_later(void **state)
{
	static const struct step steps[] = {
		{ ANSWER, 200, NULL, FOLDER },
		{ ANSWER, 200, NULL, REFUSED_BY_MESSAGE },
		{ ANSWER, 200, NULL, FOLDER },
	};
	struct server server;
	struct ews_account *account;
	struct ews_conn *conn;
	struct err err = { 0 };

	server_meet(&server, steps, 3, &account, &conn);
	ASSERT_OK(try_folder_get(conn, &err), err);
	ASSERT_OK(try_folder_get(conn, &err), err);
	assert_string_equal(ews_account_version(account), "Exchange2013");
	server_part(&server, account, conn, 3);
}

/* A request that is wrong in every version: the version is not to blame. */
static void test_no_version_helps(void **state)
{
	static const struct step steps[] = {
		{ ANSWER, 500, NULL, FAULT("ErrorSchemaValidation") },
		{ ANSWER, 500, NULL, FAULT("ErrorSchemaValidation") },
		{ ANSWER, 500, NULL, FAULT("ErrorSchemaValidation") },
		{ ANSWER, 500, NULL, FAULT("ErrorSchemaValidation") },
		{ ANSWER, 200, NULL, FOLDER },
		{ ANSWER, 500, NULL, FAULT("ErrorSchemaValidation") },
	};
	struct server server;
	struct ews_account *account;
	struct ews_conn *conn;
	struct err err = { 0 };

	server_meet(&server, steps, 6, &account, &conn);
	assert_false(try_folder_get(conn, &err));
	assert_true(ews_conn_failed_with(conn, EWS_CODE_SCHEMA));
	assert_string_equal(ews_account_version(account), "Exchange2013_SP1");
	ASSERT_OK(try_folder_get(conn, &err), err);
	assert_false(try_folder_get(conn, &err)); /* once understood: no search */
	server_part(&server, account, conn, 6);
}

static void test_version_given(void **state)
{
	struct ews_config config = { .url = "http://127.0.0.1:9/",
				     .version = "Exchange2016" };
	struct err err = { 0 };
	struct ews_account *account = ews_account_new(&config, &err);

	assert_string_equal(ews_account_version(account), "Exchange2016");
	ews_account_free(account);
	config.version = "V2017_07_11";
	assert_null(ews_account_new(&config, &err));
	assert_int_equal(err.code, ERR_SYNTAX);
}

/*
 * Exchange 2010: what a first request of the account says about receipts is not
 * understood, and saying less must not send them.
 */
static int server_2010(void *context, struct str request, struct str *answer_r)
{
	struct strbuf *seen = context;
	bool suppress = str_find(request, STR("<t:SuppressReadReceipt>")) > 0;

	if (str_find(request, STR("\"Exchange2013")) > 0) {
		*answer_r = STR(VERSION_REFUSED);
		return 500;
	}
	strbuf_add(seen, suppress ? STR("suppress ") : STR("work "));
	*answer_r = STR(
		"<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">"
		"<s:Body><R><ResponseMessages><M ResponseClass=\"Error\">"
		"<ResponseCode>ErrorReadReceiptNotPending</ResponseCode></M>"
		"<M ResponseClass=\"Error\"><ResponseCode>ErrorItemNotFound"
		"</ResponseCode></M></ResponseMessages></R></s:Body></s:Envelope>");
	return 200;
}

static void test_receipts(void **state)
{
	static const struct {
		bool (*run)(struct ews_conn *conn, struct err *err);
		const char *version; /* the first that is tried */
	} rows[] = {
		{ try_item_update, NULL },
		{ try_item_update, "Exchange2010_SP2" },
		{ try_item_delete, NULL },
		{ try_item_delete, "Exchange2010" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ews_config config = { .url = "http://127.0.0.1:9/",
					     .version = rows[i].version };
		struct err err = { 0 };
		struct ews_account *account = ews_account_new(&config, &err);
		struct ews_conn *conn = ews_conn_new(account, &err);
		struct strbuf seen = STRBUF(200);

		ews_conn_replay(conn, (struct ews_replay){ server_2010, &seen });
		ASSERT_OK(rows[i].run(conn, &err), err);
		if (!str_eq(strbuf_str(&seen), STR("suppress work ")))
			fail_msg("row %zu: %s", i, strbuf_cstr(&seen));
		strbuf_finish(&seen);
		ews_conn_free(conn);
		ews_account_free(account);
	}
}

/* The receipts could not be forgotten now: nothing is marked. */
static int server_tired(void *context, struct str request, struct str *answer_r)
{
	unsigned *works = context;

	*answer_r = STR(
		ENVELOPE("<R><ResponseMessages><M ResponseClass=\"Error\"><ResponseCode>"
			 "ErrorMailboxStoreUnavailable</ResponseCode></M></"
			 "ResponseMessages></R>"));
	*works += str_find(request, STR("<t:SuppressReadReceipt>")) < 0;
	return 200;
}

static void test_receipts_stay(void **state)
{
	struct ews_config config = { .url = "http://127.0.0.1:9/",
				     .version = "Exchange2010_SP2" };
	struct err err = { 0 };
	struct ews_account *account = ews_account_new(&config, &err);
	struct ews_conn *conn = ews_conn_new(account, &err);
	unsigned works = 0;

	ews_conn_replay(conn, (struct ews_replay){ server_tired, &works });
	assert_false(try_item_update(conn, &err));
	assert_int_equal(err.code, ERR_OFFLINE);
	assert_int_equal(works, 0);
	ews_conn_free(conn);
	ews_account_free(account);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept_connection_is_cut),
		cmocka_unit_test(test_pauses),
		cmocka_unit_test(test_ceiling),
		cmocka_unit_test(test_ceiling_stop),
		cmocka_unit_test(test_cookies_and_ids),
		cmocka_unit_test(test_login_methods),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_negotiation),
		cmocka_unit_test(test_steps_down_later),
		cmocka_unit_test(test_no_version_helps),
		cmocka_unit_test(test_version_given),
		cmocka_unit_test(test_receipts),
		cmocka_unit_test(test_receipts_stay),
	};
	struct err err;

	if (!ews_process_init(&err))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
