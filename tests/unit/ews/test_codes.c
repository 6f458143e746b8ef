/* What ResponseCodes and HTTP statuses mean to callers. */
#include "tests/unit/test.h"

#include "base/file.h"
#include "base/macros.h"
#include "ews/status.h"
#include "tests/unit/ews/shared.h"

#define STR_INIT(text)                                                                   \
	{                                                                                \
		(text), sizeof(text) - 1                                                 \
	}

static const struct {
	const char *text;
	enum ews_code code;
	enum err_code err;
	bool retry;
} rows[] = {
	{ "NoError", EWS_CODE_OK, ERR_OK, false },
	{ " NoError\r\n", EWS_CODE_OK, ERR_OK, false },
	{ "ErrorServerBusy", EWS_CODE_SERVER_BUSY, ERR_THROTTLED, true },
	{ "ErrorExceededConnectionCount", EWS_CODE_SERVER_BUSY, ERR_THROTTLED, true },
	{ "ErrorTooManyObjectsOpened", EWS_CODE_SERVER_BUSY, ERR_THROTTLED, true },
	{ "ErrorInternalServerTransientError", EWS_CODE_TRANSIENT, ERR_OFFLINE, true },
	{ "ErrorMailboxStoreUnavailable", EWS_CODE_TRANSIENT, ERR_OFFLINE, true },
	{ "ErrorMailboxFailover", EWS_CODE_TRANSIENT, ERR_OFFLINE, true },
	{ "ErrorADUnavailable", EWS_CODE_TRANSIENT, ERR_OFFLINE, true },
	{ "ErrorConnectionFailed", EWS_CODE_TRANSIENT, ERR_OFFLINE, true },
	{ "ErrorMailboxMoveInProgress", EWS_CODE_TRANSIENT, ERR_OFFLINE, true },
	{ "ErrorTimeoutExpired", EWS_CODE_TIMEOUT, ERR_OFFLINE, true },
	{ "ErrorBatchProcessingStopped", EWS_CODE_BATCH_STOPPED, ERR_OFFLINE, true },
	{ "ErrorInvalidSyncStateData", EWS_CODE_INVALID_SYNC_STATE, ERR_STATE, false },
	{ "ErrorSyncFolderNotFound", EWS_CODE_FOLDER_NOT_FOUND, ERR_NOT_FOUND, false },
	{ "ErrorFolderNotFound", EWS_CODE_FOLDER_NOT_FOUND, ERR_NOT_FOUND, false },
	{ "ErrorItemNotFound", EWS_CODE_ITEM_NOT_FOUND, ERR_NOT_FOUND, false },
	{ "ErrorInvalidIdMalformed", EWS_CODE_INVALID_ID, ERR_SYNTAX, false },
	{ "ErrorIrresolvableConflict", EWS_CODE_CONFLICT, ERR_STATE, false },
	{ "ErrorStaleObject", EWS_CODE_CONFLICT, ERR_STATE, false },
	{ "ErrorChangeKeyRequiredForWriteOperations", EWS_CODE_CHANGE_KEY_REQUIRED,
	  ERR_STATE, false },
	{ "ErrorAccessDenied", EWS_CODE_ACCESS_DENIED, ERR_DENIED, false },
	{ "ErrorSendAsDenied", EWS_CODE_SEND_AS_DENIED, ERR_DENIED, false },
	{ "ErrorNonExistentMailbox", EWS_CODE_NO_MAILBOX, ERR_NOT_FOUND, false },
	{ "ErrorInvalidServerVersion", EWS_CODE_SERVER_VERSION, ERR_STATE, false },
	{ "ErrorExceededSubscriptionCount", EWS_CODE_TOO_MANY_SUBSCRIPTIONS, ERR_LIMIT,
	  false },
	{ "ErrorSubscriptionNotFound", EWS_CODE_SUBSCRIPTION_LOST, ERR_STATE, false },
	{ "ErrorExpiredSubscription", EWS_CODE_SUBSCRIPTION_LOST, ERR_STATE, false },
	{ "ErrorReadEventsFailed", EWS_CODE_SUBSCRIPTION_LOST, ERR_STATE, false },
	{ "ErrorMimeContentConversionFailed", EWS_CODE_NO_MIME, ERR_BROKEN, false },
	{ "ErrorUnsupportedMimeConversion", EWS_CODE_NO_MIME, ERR_BROKEN, false },
	{ "ErrorItemCorrupt", EWS_CODE_CORRUPT, ERR_BROKEN, false },
	{ "ErrorMimeContentInvalid", EWS_CODE_MIME_INVALID, ERR_SYNTAX, false },
	{ "ErrorMessageSizeExceeded", EWS_CODE_TOO_LARGE, ERR_LIMIT, false },
	{ "ErrorQuotaExceeded", EWS_CODE_QUOTA, ERR_QUOTA, false },
	{ "ErrorFolderExists", EWS_CODE_FOLDER_EXISTS, ERR_EXISTS, false },
	{ "ErrorDeleteDistinguishedFolder", EWS_CODE_DISTINGUISHED_FOLDER, ERR_DENIED,
	  false },
	{ "ErrorInvalidPropertySet", EWS_CODE_INVALID_PROPERTY, ERR_SYNTAX, false },
	{ "ErrorInvalidRecipients", EWS_CODE_INVALID_RECIPIENTS, ERR_NOT_FOUND, false },
	{ "ErrorPasswordExpired", EWS_CODE_ACCESS_DENIED, ERR_AUTH, false },
	{ "ErrorSchemaValidation", EWS_CODE_SCHEMA, ERR_BROKEN, false },
	{ "ErrorNameResolutionNoResults", EWS_CODE_NO_RESULTS, ERR_NOT_FOUND, false },
	{ "ErrorOfTheFuture", EWS_CODE_OTHER, ERR_BROKEN, false },
	{ "", EWS_CODE_OTHER, ERR_BROKEN, false },
};

static void test_codes(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ews_status status;

		ews_status_set(&status, str_from(rows[i].text), STR("why"));
		if (status.code != rows[i].code || status.err.code != rows[i].err ||
		    status.retry != rows[i].retry)
			fail_msg("%s: code %d, %s", rows[i].text, (int)status.code,
				 err_name(status.err.code));
		if (status.err.code != ERR_OK)
			assert_true(str_find(str_from(status.err.text), STR("why")) >= 0);
	}
}

static void test_long_texts(void **state)
{
	char code[300], message[1000];
	struct ews_status status;

	memset(code, 'E', sizeof(code));
	memset(message, 'm', sizeof(message));
	ews_status_set(&status, str_make(code, sizeof(code)),
		       str_make(message, sizeof(message)));
	assert_int_equal(strlen(status.response_code), sizeof(status.response_code) - 1);
	assert_int_equal(status.err.code, ERR_BROKEN);
}

/* Microsoft's list, where it is at hand: no code may be a stranger. */
static void test_schema_codes(void **state)
{
	struct strbuf text = STRBUF(1 << 20);
	struct str rest, line, field;
	char path[4096];
	struct err err;
	size_t count = 0;

	snprintf(path, sizeof(path), "%s/ews/schema/enums.tsv", shared_folder());
	if (!file_read(path, &text, &err))
		skip();
	rest = strbuf_str(&text);
	while (str_split(&rest, '\n', &line)) {
		if (!str_split(&line, '\t', &field) || !str_split(&line, '\t', &field) ||
		    !str_eq(field, STR("ResponseCodeType")))
			continue;
		count++;
		if (!ews_status_known(str_trim(line)))
			fail_msg("%.*s is not in the table", STR_FMT(line));
	}
	assert_true(count > 500);
	assert_false(ews_status_known(STR("ErrorOfTheFuture")));
	assert_false(ews_status_known(STR("ErrorItemNotFoun")));
	assert_false(ews_status_known(STR("ItemNotFound")));
	strbuf_finish(&text);
}

/* What a user is told. */
static const struct {
	struct ews_http_answer answer;
	enum err_code err;
	const char *says;
} http[] = {
	{ { .status = 200, .is_page = true }, ERR_NOT_FOUND, "web page or login form" },
	{ { .status = 204 }, ERR_OFFLINE, "HTTP 204" },
	{ { .status = 301, .location = STR_INIT("https://x.test/owa/auth/logon.aspx") },
	  ERR_NOT_FOUND,
	  "web login form" },
	{ { .status = 302, .location = STR_INIT("https://x.test/EWS/") },
	  ERR_NOT_FOUND,
	  "redirects to 'https://x.test/EWS/'" },
	{ { .status = 302, .location = STR_INIT("/ews/genericerrorpage.htm?x") },
	  ERR_OFFLINE,
	  "passing fault" },
	{ { .status = 400 }, ERR_BROKEN, "malformed" },
	{ { .status = 401 }, ERR_AUTH, "user name and the password" },
	{ { .status = 401, .method = STR_INIT("Basic"), .offers = STR_INIT("basic") },
	  ERR_AUTH,
	  "user name and the password" },
	{ { .status = 401,
	    .method = STR_INIT("Basic"),
	    .offers = STR_INIT("Negotiate, NTLM") },
	  ERR_AUTH,
	  "it offers: Negotiate, NTLM" },
	{ { .status = 403 }, ERR_DENIED, "ask the administrator" },
	{ { .status = 404 }, ERR_NOT_FOUND, "/EWS/Exchange.asmx" },
	{ { .status = 404, .was_large = true }, ERR_LIMIT, "larger than the server" },
	{ { .status = 405 }, ERR_NOT_FOUND, "/EWS/Exchange.asmx" },
	{ { .status = 407 }, ERR_AUTH, "proxy" },
	{ { .status = 413 }, ERR_LIMIT, "larger than the server" },
	{ { .status = 418 }, ERR_OFFLINE, "HTTP 418" },
	{ { .status = 429 }, ERR_THROTTLED, "too many" },
	{ { .status = 440 }, ERR_AUTH, "web login form" },
	{ { .status = 449 }, ERR_OFFLINE, "try again" },
	{ { .status = 456 }, ERR_AUTH, "second factor" },
	{ { .status = 457 }, ERR_AUTH, "password has expired" },
	{ { .status = 500 }, ERR_OFFLINE, "HTTP 500" },
	{ { .status = 502 }, ERR_OFFLINE, "proxy" },
	{ { .status = 503 }, ERR_THROTTLED, "overloaded" },
	{ { .status = 504 }, ERR_OFFLINE, "does not answer its proxy" },
	{ { .status = 507 }, ERR_LIMIT, "storage" },
};

/* What one request is to blame for does not speak of the others. */
static enum ews_scope scope_of(const struct ews_http_answer *answer)
{
	bool its_own = answer->status == 400 || answer->status == 413 ||
		       answer->status == 507 || answer->was_large;

	return its_own ? EWS_SCOPE_ITEM : EWS_SCOPE_ACCOUNT;
}

static void test_http(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(http); i++) {
		struct ews_status status;
		struct err err = { 0 };

		assert_false(ews_http_status(&http[i].answer, &status, &err));
		if (err.code != http[i].err ||
		    str_find(str_from(err.text), str_from(http[i].says)) < 0)
			fail_msg("row %zu: %s", i, err.text);
		assert_int_equal(status.err.code, err.code);
		assert_int_equal(status.scope, scope_of(&http[i].answer));
		assert_true(strlen(err.text) < sizeof(err.text) - 1); /* not cut */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_schema_codes),
		cmocka_unit_test(test_http),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
