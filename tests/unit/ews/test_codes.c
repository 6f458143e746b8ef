/* What ResponseCodes and HTTP statuses mean to callers. */
#include "tests/unit/test.h"

#include "base/macros.h"
#include "ews/status.h"

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
	{ "ErrorQuotaExceeded", EWS_CODE_QUOTA, ERR_LIMIT, false },
	{ "ErrorFolderExists", EWS_CODE_FOLDER_EXISTS, ERR_EXISTS, false },
	{ "ErrorDeleteDistinguishedFolder", EWS_CODE_DISTINGUISHED_FOLDER, ERR_DENIED,
	  false },
	{ "ErrorInvalidPropertySet", EWS_CODE_INVALID_PROPERTY, ERR_SYNTAX, false },
	{ "ErrorInvalidRecipients", EWS_CODE_INVALID_RECIPIENTS, ERR_SYNTAX, false },
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

static void test_http(void **state)
{
	static const struct {
		int status;
		enum err_code err;
	} http[] = {
		{ 204, ERR_OFFLINE }, { 302, ERR_NOT_FOUND }, { 400, ERR_BROKEN },
		{ 401, ERR_AUTH },    { 403, ERR_DENIED },    { 404, ERR_NOT_FOUND },
		{ 413, ERR_LIMIT },   { 418, ERR_OFFLINE },   { 440, ERR_AUTH },
		{ 456, ERR_AUTH },    { 457, ERR_AUTH },      { 500, ERR_OFFLINE },
		{ 502, ERR_OFFLINE }, { 503, ERR_THROTTLED }, { 507, ERR_LIMIT },
	};

	for (size_t i = 0; i < ARRAY_LEN(http); i++) {
		struct ews_status status;
		struct err err = { 0 };
		char number[8];

		assert_false(ews_http_status(http[i].status, STR_NONE, &status, &err));
		snprintf(number, sizeof(number), "%d", http[i].status);
		if (err.code != http[i].err ||
		    str_find(str_from(err.text), str_from(number)) < 0)
			fail_msg("%d: %s", http[i].status, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_http),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
