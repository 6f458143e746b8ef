/*
 * What Exchange's answers mean: its ResponseCode texts (ResponseCodeType of the EWS
 * schema) and HTTP statuses, turned into the project's errors. Codes that are not in the
 * table fail one item for good and keep their text.
 */
#include "ews/status.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static_assert(ERR_CODE_COUNT == 11, "look at both tables again");

struct row {
	const char *text; /* without the leading "Error" */
	enum ews_code code;
	enum err_code err;
	enum ews_scope scope;
	bool retry;
};

#define ITEM EWS_SCOPE_ITEM
#define FOLDER EWS_SCOPE_FOLDER
#define ACCOUNT EWS_SCOPE_ACCOUNT
#define LATER true
#define NEVER false

static const struct row rows[] = {
	/* Throttling and trouble that passes. */
	{ "ServerBusy", EWS_CODE_SERVER_BUSY, ERR_THROTTLED, ACCOUNT, LATER },
	{ "ExceededConnectionCount", EWS_CODE_SERVER_BUSY, ERR_THROTTLED, ACCOUNT,
	  LATER },
	{ "TooManyObjectsOpened", EWS_CODE_SERVER_BUSY, ERR_THROTTLED, ACCOUNT, LATER },
	{ "InsufficientResources", EWS_CODE_SERVER_BUSY, ERR_THROTTLED, ACCOUNT, LATER },
	{ "BatchProcessingStopped", EWS_CODE_BATCH_STOPPED, ERR_OFFLINE, ITEM, LATER },
	{ "TimeoutExpired", EWS_CODE_TIMEOUT, ERR_OFFLINE, ITEM, LATER },
	{ "InternalServerTransientError", EWS_CODE_TRANSIENT, ERR_OFFLINE, ACCOUNT,
	  LATER },
	{ "InternalServerError", EWS_CODE_TRANSIENT, ERR_OFFLINE, ITEM, LATER },
	{ "MailboxStoreUnavailable", EWS_CODE_TRANSIENT, ERR_OFFLINE, ACCOUNT, LATER },
	{ "MailboxFailover", EWS_CODE_TRANSIENT, ERR_OFFLINE, ACCOUNT, LATER },
	{ "MailboxMoveInProgress", EWS_CODE_TRANSIENT, ERR_OFFLINE, ACCOUNT, LATER },
	{ "MailboxLogonFailed", EWS_CODE_TRANSIENT, ERR_OFFLINE, ACCOUNT, LATER },
	{ "ADUnavailable", EWS_CODE_TRANSIENT, ERR_OFFLINE, ACCOUNT, LATER },
	{ "ADOperation", EWS_CODE_TRANSIENT, ERR_OFFLINE, ACCOUNT, LATER },
	{ "ServiceUnavailable", EWS_CODE_TRANSIENT, ERR_OFFLINE, ACCOUNT, LATER },
	{ "ConnectionFailed", EWS_CODE_TRANSIENT, ERR_OFFLINE, ACCOUNT, LATER },
	{ "ProxyCallFailed", EWS_CODE_TRANSIENT, ERR_OFFLINE, ACCOUNT, LATER },
	{ "ProxyRequestProcessingFailed", EWS_CODE_TRANSIENT, ERR_OFFLINE, ACCOUNT,
	  LATER },
	{ "ProxyTokenExpired", EWS_CODE_TRANSIENT, ERR_OFFLINE, ACCOUNT, LATER },
	{ "ProxySoapException", EWS_CODE_TRANSIENT, ERR_OFFLINE, ACCOUNT, LATER },
	{ "NoRespondingCASInDestinationSite", EWS_CODE_TRANSIENT, ERR_OFFLINE, ACCOUNT,
	  LATER },
	{ "NotEnoughMemory", EWS_CODE_TRANSIENT, ERR_OFFLINE, ACCOUNT, LATER },
	{ "RequestAborted", EWS_CODE_TRANSIENT, ERR_OFFLINE, ITEM, LATER },
	{ "ClientDisconnected", EWS_CODE_TRANSIENT, ERR_OFFLINE, ITEM, LATER },
	{ "DataSourceOperation", EWS_CODE_TRANSIENT, ERR_OFFLINE, ITEM, LATER },

	/* Things that are not there, or there already. */
	{ "ItemNotFound", EWS_CODE_ITEM_NOT_FOUND, ERR_NOT_FOUND, ITEM, NEVER },
	{ "ObjectTypeChanged", EWS_CODE_ITEM_NOT_FOUND, ERR_NOT_FOUND, ITEM, NEVER },
	{ "InvalidAttachmentId", EWS_CODE_ITEM_NOT_FOUND, ERR_NOT_FOUND, ITEM, NEVER },
	{ "FolderNotFound", EWS_CODE_FOLDER_NOT_FOUND, ERR_NOT_FOUND, FOLDER, NEVER },
	{ "SyncFolderNotFound", EWS_CODE_FOLDER_NOT_FOUND, ERR_NOT_FOUND, FOLDER, NEVER },
	{ "ParentFolderNotFound", EWS_CODE_FOLDER_NOT_FOUND, ERR_NOT_FOUND, FOLDER,
	  NEVER },
	{ "ToFolderNotFound", EWS_CODE_FOLDER_NOT_FOUND, ERR_NOT_FOUND, FOLDER, NEVER },
	{ "SavedItemFolderNotFound", EWS_CODE_FOLDER_NOT_FOUND, ERR_NOT_FOUND, FOLDER,
	  NEVER },
	{ "CannotFindUser", EWS_CODE_NO_MAILBOX, ERR_NOT_FOUND, ACCOUNT, NEVER },
	{ "NonExistentMailbox", EWS_CODE_NO_MAILBOX, ERR_NOT_FOUND, ACCOUNT, NEVER },
	{ "InvalidMailbox", EWS_CODE_NO_MAILBOX, ERR_NOT_FOUND, ACCOUNT, NEVER },
	{ "NonPrimarySmtpAddress", EWS_CODE_NO_MAILBOX, ERR_NOT_FOUND, ACCOUNT, NEVER },
	{ "ProxyRequestNotAllowed", EWS_CODE_NO_MAILBOX, ERR_OFFLINE, ACCOUNT, LATER },
	{ "CrossSiteRequest", EWS_CODE_NO_MAILBOX, ERR_OFFLINE, ACCOUNT, LATER },
	{ "FolderExists", EWS_CODE_FOLDER_EXISTS, ERR_EXISTS, FOLDER, NEVER },
	{ "NameResolutionNoResults", EWS_CODE_NO_RESULTS, ERR_NOT_FOUND, ITEM, NEVER },
	{ "NameResolutionNoMailbox", EWS_CODE_NO_RESULTS, ERR_NOT_FOUND, ITEM, NEVER },
	{ "CalendarOccurrenceIsDeletedFromRecurrence", EWS_CODE_OCCURRENCE_DELETED,
	  ERR_NOT_FOUND, ITEM, NEVER },
	{ "CalendarOccurrenceIndexIsOutOfRecurrenceRange",
	  EWS_CODE_OCCURRENCE_OUT_OF_RANGE, ERR_NOT_FOUND, ITEM, NEVER },

	/* States and keys that are out of date. */
	{ "InvalidSyncStateData", EWS_CODE_INVALID_SYNC_STATE, ERR_STATE, FOLDER, NEVER },
	{ "IrresolvableConflict", EWS_CODE_CONFLICT, ERR_STATE, ITEM, NEVER },
	{ "StaleObject", EWS_CODE_CONFLICT, ERR_STATE, ITEM, NEVER },
	{ "InvalidChangeKey", EWS_CODE_CONFLICT, ERR_STATE, ITEM, NEVER },
	{ "ChangeKeyRequired", EWS_CODE_CHANGE_KEY_REQUIRED, ERR_STATE, ITEM, NEVER },
	{ "ChangeKeyRequiredForWriteOperations", EWS_CODE_CHANGE_KEY_REQUIRED, ERR_STATE,
	  ITEM, NEVER },
	{ "SubscriptionNotFound", EWS_CODE_SUBSCRIPTION_LOST, ERR_STATE, ACCOUNT, NEVER },
	{ "SubscriptionUnsubscribed", EWS_CODE_SUBSCRIPTION_LOST, ERR_STATE, ACCOUNT,
	  NEVER },
	{ "InvalidSubscription", EWS_CODE_SUBSCRIPTION_LOST, ERR_STATE, ACCOUNT, NEVER },
	{ "InvalidPullSubscriptionId", EWS_CODE_SUBSCRIPTION_LOST, ERR_STATE, ACCOUNT,
	  NEVER },
	{ "ExpiredSubscription", EWS_CODE_SUBSCRIPTION_LOST, ERR_STATE, ACCOUNT, NEVER },
	{ "ReadEventsFailed", EWS_CODE_SUBSCRIPTION_LOST, ERR_STATE, ACCOUNT, NEVER },
	{ "MissedNotificationEvents", EWS_CODE_SUBSCRIPTION_LOST, ERR_STATE, ACCOUNT,
	  NEVER },
	{ "InvalidWatermark", EWS_CODE_SUBSCRIPTION_LOST, ERR_STATE, ACCOUNT, NEVER },
	{ "EventNotFound", EWS_CODE_SUBSCRIPTION_LOST, ERR_STATE, ACCOUNT, NEVER },
	{ "ProxiedSubscriptionCallFailure", EWS_CODE_SUBSCRIPTION_LOST, ERR_STATE,
	  ACCOUNT, NEVER },
	{ "ExceededSubscriptionCount", EWS_CODE_TOO_MANY_SUBSCRIPTIONS, ERR_LIMIT,
	  ACCOUNT, NEVER },
	{ "SubscriptionDelegateAccessNotSupported", EWS_CODE_ACCESS_DENIED, ERR_DENIED,
	  ACCOUNT, NEVER },
	{ "SubscriptionAccessDenied", EWS_CODE_ACCESS_DENIED, ERR_DENIED, ACCOUNT,
	  NEVER },

	/* Rights. */
	{ "AccessDenied", EWS_CODE_ACCESS_DENIED, ERR_DENIED, ITEM, NEVER },
	{ "CreateItemAccessDenied", EWS_CODE_ACCESS_DENIED, ERR_DENIED, FOLDER, NEVER },
	{ "CreateSubfolderAccessDenied", EWS_CODE_ACCESS_DENIED, ERR_DENIED, FOLDER,
	  NEVER },
	{ "CannotDeleteObject", EWS_CODE_ACCESS_DENIED, ERR_DENIED, ITEM, NEVER },
	{ "ImpersonateUserDenied", EWS_CODE_ACCESS_DENIED, ERR_DENIED, ACCOUNT, NEVER },
	{ "ImpersonationDenied", EWS_CODE_ACCESS_DENIED, ERR_DENIED, ACCOUNT, NEVER },
	{ "ImpersonationFailed", EWS_CODE_ACCESS_DENIED, ERR_DENIED, ACCOUNT, NEVER },
	{ "SendAsDenied", EWS_CODE_SEND_AS_DENIED, ERR_DENIED, ITEM, NEVER },
	{ "MessageSubmissionBlocked", EWS_CODE_SEND_AS_DENIED, ERR_DENIED, ITEM, NEVER },
	{ "MessageBlocked", EWS_CODE_SEND_AS_DENIED, ERR_DENIED, ITEM, NEVER },
	{ "DeleteDistinguishedFolder", EWS_CODE_DISTINGUISHED_FOLDER, ERR_DENIED, FOLDER,
	  NEVER },
	{ "MoveDistinguishedFolder", EWS_CODE_DISTINGUISHED_FOLDER, ERR_DENIED, FOLDER,
	  NEVER },
	{ "AccountDisabled", EWS_CODE_ACCESS_DENIED, ERR_AUTH, ACCOUNT, NEVER },
	{ "AccountSuspend", EWS_CODE_ACCESS_DENIED, ERR_AUTH, ACCOUNT, NEVER },
	{ "PasswordExpired", EWS_CODE_ACCESS_DENIED, ERR_AUTH, ACCOUNT, NEVER },
	{ "PasswordChangeRequired", EWS_CODE_ACCESS_DENIED, ERR_AUTH, ACCOUNT, NEVER },
	{ "OrganizationAccessBlocked", EWS_CODE_ACCESS_DENIED, ERR_DENIED, ACCOUNT,
	  NEVER },

	/* Content. */
	{ "MimeContentConversionFailed", EWS_CODE_NO_MIME, ERR_BROKEN, ITEM, NEVER },
	{ "ContentConversionFailed", EWS_CODE_NO_MIME, ERR_BROKEN, ITEM, NEVER },
	{ "UnsupportedMimeConversion", EWS_CODE_NO_MIME, ERR_BROKEN, ITEM, NEVER },
	{ "UnsupportedTypeForConversion", EWS_CODE_NO_MIME, ERR_BROKEN, ITEM, NEVER },
	{ "ItemCorrupt", EWS_CODE_CORRUPT, ERR_BROKEN, ITEM, NEVER },
	{ "CorruptData", EWS_CODE_CORRUPT, ERR_BROKEN, ITEM, NEVER },
	{ "ItemPropertyRequestFailed", EWS_CODE_CORRUPT, ERR_BROKEN, ITEM, NEVER },
	{ "FolderCorrupt", EWS_CODE_CORRUPT, ERR_BROKEN, FOLDER, NEVER },
	{ "VirusDetected", EWS_CODE_CORRUPT, ERR_BROKEN, ITEM, NEVER },
	{ "VirusMessageDeleted", EWS_CODE_ITEM_NOT_FOUND, ERR_NOT_FOUND, ITEM, NEVER },
	{ "MimeContentInvalid", EWS_CODE_MIME_INVALID, ERR_SYNTAX, ITEM, NEVER },
	{ "MimeContentInvalidBase64String", EWS_CODE_MIME_INVALID, ERR_SYNTAX, ITEM,
	  NEVER },
	{ "MessageSizeExceeded", EWS_CODE_TOO_LARGE, ERR_LIMIT, ITEM, NEVER },
	{ "DataSizeLimitExceeded", EWS_CODE_TOO_LARGE, ERR_LIMIT, ITEM, NEVER },
	{ "AttachmentSizeLimitExceeded", EWS_CODE_TOO_LARGE, ERR_LIMIT, ITEM, NEVER },
	{ "RequestStreamTooBig", EWS_CODE_TOO_LARGE, ERR_LIMIT, ITEM, NEVER },
	{ "QuotaExceeded", EWS_CODE_QUOTA, ERR_LIMIT, ACCOUNT, NEVER },
	{ "QuotaExceededOnDelete", EWS_CODE_QUOTA, ERR_LIMIT, ACCOUNT, NEVER },
	{ "SubmissionQuotaExceeded", EWS_CODE_QUOTA, ERR_LIMIT, ACCOUNT, LATER },
	{ "ExceededMessageLimit", EWS_CODE_QUOTA, ERR_LIMIT, ACCOUNT, LATER },
	{ "MessagePerFolderCountReceiveQuotaExceeded", EWS_CODE_QUOTA, ERR_LIMIT, FOLDER,
	  NEVER },
	{ "ExceededFindCountLimit", EWS_CODE_OTHER, ERR_LIMIT, FOLDER, NEVER },
	{ "ResultSetTooBig", EWS_CODE_OTHER, ERR_LIMIT, FOLDER, NEVER },
	{ "InvalidRecipients", EWS_CODE_INVALID_RECIPIENTS, ERR_SYNTAX, ITEM, NEVER },
	{ "MissingRecipients", EWS_CODE_INVALID_RECIPIENTS, ERR_SYNTAX, ITEM, NEVER },
	{ "MissingInformationEmailAddress", EWS_CODE_INVALID_RECIPIENTS, ERR_SYNTAX, ITEM,
	  NEVER },
	{ "InvalidSmtpAddress", EWS_CODE_INVALID_RECIPIENTS, ERR_SYNTAX, ITEM, NEVER },
	{ "ExceededMaxRecipientLimit", EWS_CODE_INVALID_RECIPIENTS, ERR_LIMIT, ITEM,
	  NEVER },
	{ "InvalidPropertySet", EWS_CODE_INVALID_PROPERTY, ERR_SYNTAX, ITEM, NEVER },
	{ "InvalidPropertyRequest", EWS_CODE_INVALID_PROPERTY, ERR_SYNTAX, ITEM, NEVER },
	{ "InvalidPropertyForOperation", EWS_CODE_INVALID_PROPERTY, ERR_SYNTAX, ITEM,
	  NEVER },
	{ "InvalidPropertyDelete", EWS_CODE_INVALID_PROPERTY, ERR_SYNTAX, ITEM, NEVER },
	{ "InvalidExtendedProperty", EWS_CODE_INVALID_PROPERTY, ERR_SYNTAX, ITEM, NEVER },
	{ "InvalidExtendedPropertyValue", EWS_CODE_INVALID_PROPERTY, ERR_SYNTAX, ITEM,
	  NEVER },
	{ "UpdatePropertyMismatch", EWS_CODE_INVALID_PROPERTY, ERR_SYNTAX, ITEM, NEVER },

	/* Ids and requests that we got wrong. */
	{ "InvalidId", EWS_CODE_INVALID_ID, ERR_SYNTAX, ITEM, NEVER },
	{ "InvalidIdEmpty", EWS_CODE_INVALID_ID, ERR_SYNTAX, ITEM, NEVER },
	{ "InvalidIdMalformed", EWS_CODE_INVALID_ID, ERR_SYNTAX, ITEM, NEVER },
	{ "InvalidIdXml", EWS_CODE_INVALID_ID, ERR_SYNTAX, ITEM, NEVER },
	{ "InvalidIdMonikerTooLong", EWS_CODE_INVALID_ID, ERR_SYNTAX, ITEM, NEVER },
	{ "InvalidFolderId", EWS_CODE_INVALID_ID, ERR_SYNTAX, FOLDER, NEVER },
	{ "CannotUseFolderIdForItemId", EWS_CODE_INVALID_ID, ERR_SYNTAX, ITEM, NEVER },
	{ "CannotUseItemIdForFolderId", EWS_CODE_INVALID_ID, ERR_SYNTAX, ITEM, NEVER },
	{ "SchemaValidation", EWS_CODE_SCHEMA, ERR_BROKEN, ACCOUNT, NEVER },
	{ "InvalidRequest", EWS_CODE_SCHEMA, ERR_BROKEN, ACCOUNT, NEVER },
	{ "InvalidServerVersion", EWS_CODE_SERVER_VERSION, ERR_STATE, ACCOUNT, NEVER },
	{ "IncorrectSchemaVersion", EWS_CODE_SERVER_VERSION, ERR_STATE, ACCOUNT, NEVER },
	{ "InvalidSchemaVersionForMailboxVersion", EWS_CODE_SERVER_VERSION, ERR_STATE,
	  ACCOUNT, NEVER },
	{ "WrongServerVersion", EWS_CODE_SERVER_VERSION, ERR_STATE, ACCOUNT, NEVER },
};

static const struct row *find(struct str text)
{
	if (!str_starts(text, STR("Error")))
		return NULL;
	text = str_sub(text, 5, text.len);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (str_eq(text, str_from(rows[i].text)))
			return &rows[i];
	}
	return NULL;
}

void ews_status_set(struct ews_status *status, struct str response_code,
		    struct str message)
{
	static const struct row other = { "", EWS_CODE_OTHER, ERR_BROKEN, ITEM, NEVER };
	const struct row *row;

	response_code = str_trim(response_code);
	message = str_trim(message);
	*status = (struct ews_status){ 0 };
	snprintf(status->response_code, sizeof(status->response_code), "%.*s",
		 STR_FMT(str_sub(response_code, 0, sizeof(status->response_code) - 1)));
	if (str_eq(response_code, STR("NoError")))
		return;
	row = find(response_code);
	if (!row)
		row = &other;
	status->code = row->code;
	status->scope = row->scope;
	status->retry = row->retry;
	err_set(&status->err, row->err, "Exchange: %.*s (%s)",
		STR_FMT(str_sub(message, 0, 160)), status->response_code);
}

bool ews_status_check(const struct ews_status *status, struct err *err)
{
	if (status->err.code == ERR_OK)
		return true;
	if (err)
		*err = status->err;
	return false;
}

struct http_row {
	int http_status;
	enum err_code err;
	bool retry;
	const char *text;
};

static const struct http_row http_rows[] = {
	{ 400, ERR_BROKEN, NEVER, "the server found the HTTP request malformed" },
	{ 401, ERR_AUTH, NEVER, "login refused: user name, password or login method" },
	{ 403, ERR_DENIED, NEVER, "EWS is not allowed for this mailbox or this program" },
	{ 404, ERR_NOT_FOUND, NEVER, "no EWS at this URL, or the request is too large" },
	{ 405, ERR_NOT_FOUND, NEVER, "the URL is no EWS endpoint (POST not allowed)" },
	{ 407, ERR_AUTH, NEVER, "the proxy wants a login" },
	{ 408, ERR_OFFLINE, LATER, "the server waited too long for the request" },
	{ 413, ERR_LIMIT, NEVER, "the request is larger than the server takes" },
	{ 429, ERR_THROTTLED, LATER, "too many requests" },
	{ 440, ERR_AUTH, NEVER,
	  "a web login page guards this URL: it is not the EWS endpoint" },
	{ 449, ERR_OFFLINE, LATER, "the server asks to try again" },
	{ 456, ERR_AUTH, NEVER, "account locked, or it needs a second factor" },
	{ 457, ERR_AUTH, NEVER, "the password has expired" },
	{ 500, ERR_OFFLINE, LATER, "internal error of the server" },
	{ 502, ERR_OFFLINE, LATER, "a proxy does not reach the mail server" },
	{ 503, ERR_THROTTLED, LATER, "the service is unavailable or overloaded" },
	{ 504, ERR_OFFLINE, LATER, "the mail server does not answer its proxy" },
	{ 507, ERR_LIMIT, NEVER, "no storage left on the server" },
};

static void redirect(int http_status, struct str location, struct ews_status *status)
{
	if (str_find_nocase(location, STR("genericerrorpage")) >= 0) {
		status->retry = true;
		err_set(&status->err, ERR_OFFLINE,
			"HTTP %d: the server shows its error page, a passing fault",
			http_status);
		return;
	}
	err_set(&status->err, ERR_NOT_FOUND,
		"HTTP %d: the URL redirects to '%.*s'; set that one if you trust it",
		http_status, STR_FMT(str_sub(location, 0, 80)));
}

bool ews_http_status(int http_status, struct str location, struct ews_status *status,
		     struct err *err)
{
	*status = (struct ews_status){ .code = EWS_CODE_OTHER, .scope = ACCOUNT };
	err_set(&status->err, ERR_OFFLINE, "HTTP %d: unexpected answer", http_status);
	status->retry = true;
	if (http_status >= 300 && http_status < 400) {
		status->retry = false;
		redirect(http_status, location, status);
	}
	for (size_t i = 0; i < sizeof(http_rows) / sizeof(http_rows[0]); i++) {
		if (http_rows[i].http_status != http_status)
			continue;
		status->retry = http_rows[i].retry;
		err_set(&status->err, http_rows[i].err, "HTTP %d: %s", http_status,
			http_rows[i].text);
	}
	return ews_status_check(status, err);
}
