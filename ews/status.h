/*
 * What the server said about a request or about one item of a batch: Exchange's
 * ResponseCode, and what it means for the caller. The table is in response_codes.c.
 */
#ifndef EWS_STATUS_H
#define EWS_STATUS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

/* What a failure speaks about, so that one bad item does not stop its folder. */
enum ews_scope {
	EWS_SCOPE_ITEM, /* this item only: go on with the others */
	EWS_SCOPE_FOLDER, /* this folder: go on with other folders */
	EWS_SCOPE_ACCOUNT /* every request would fail: stop and tell, or wait */
};

/* Codes that callers tell apart; every other one is EWS_CODE_OTHER with its text kept and
 * with the error that the table has for it. */
enum ews_code {
	EWS_CODE_OK,
	EWS_CODE_OTHER,
	EWS_CODE_NO_ANSWER, /* ours: the answer had no message for this id; ask again */
	EWS_CODE_BATCH_STOPPED, /* ErrorBatchProcessingStopped: not processed, ask again
				 */
	EWS_CODE_ACCESS_DENIED,
	EWS_CODE_SERVER_BUSY,
	EWS_CODE_TIMEOUT, /* ErrorTimeoutExpired: halve the batch */
	EWS_CODE_TRANSIENT, /* store, failover, move in progress: later */
	EWS_CODE_ITEM_NOT_FOUND,
	EWS_CODE_FOLDER_NOT_FOUND, /* also ErrorSyncFolderNotFound, parent not found */
	EWS_CODE_FOLDER_EXISTS,
	EWS_CODE_DISTINGUISHED_FOLDER, /* may not be deleted or moved */
	EWS_CODE_INVALID_SYNC_STATE, /* drop the state, list again, match rows */
	EWS_CODE_INVALID_ID,
	EWS_CODE_CONFLICT, /* stale ChangeKey: read the item again */
	EWS_CODE_CHANGE_KEY_REQUIRED,
	EWS_CODE_NO_MIME, /* cannot be rendered as MIME: rebuild from properties */
	EWS_CODE_CORRUPT, /* ErrorItemCorrupt, ErrorCorruptData */
	EWS_CODE_MIME_INVALID, /* what we sent is no MIME */
	EWS_CODE_TOO_LARGE,
	EWS_CODE_QUOTA,
	EWS_CODE_SEND_AS_DENIED,
	EWS_CODE_INVALID_RECIPIENTS,
	EWS_CODE_INVALID_PROPERTY,
	EWS_CODE_SUBSCRIPTION_LOST, /* subscribe anew, then sync every folder */
	EWS_CODE_TOO_MANY_SUBSCRIPTIONS,
	EWS_CODE_NO_MAILBOX, /* wrong address, or moved: Autodiscover again */
	EWS_CODE_SERVER_VERSION,
	EWS_CODE_SCHEMA, /* our request is malformed: a bug */
	EWS_CODE_NO_RESULTS, /* ResolveNames found nobody */
	EWS_CODE_MULTIPLE_RESULTS, /* it found several: a warning */
	EWS_CODE_CANNOT_EMPTY, /* EmptyFolder: delete the items one by one */
	EWS_CODE_OCCURRENCE_DELETED, /* the slot of the series is deleted */
	EWS_CODE_OCCURRENCE_OUT_OF_RANGE,
	EWS_CODE_COUNT
};

struct ews_status {
	struct err err; /* code ERR_OK when the item was processed */
	enum ews_code code;
	enum ews_scope scope;
	bool retry; /* the same request may succeed later */
	char response_code[64]; /* as the server spells it, for logs */
};

/* ews_status_ok() - was it processed? */
static inline bool ews_status_ok(const struct ews_status *status)
{
	return status->err.code == ERR_OK;
}

/*
 * ews_status_set() - look a ResponseCode up
 * @response_code: Exchange's text, e.g. "ErrorItemNotFound"; blanks around it are skipped
 * @message:       Exchange's sentence for people, may be empty
 * "NoError" gives ERR_OK. Unknown codes are ERR_BROKEN of one item, without retry.
 */
void ews_status_set(struct ews_status *status, struct str response_code,
		    struct str message);

/* ews_status_check() - copies status->err to @err; returns whether it is ERR_OK. */
bool ews_status_check(const struct ews_status *status, struct err *err);

/* ews_status_known() - is it a ResponseCode of the table? */
bool ews_status_known(struct str response_code);

/* An HTTP answer that is no SOAP. */
struct ews_http_answer {
	int status; /* 100..599 */
	struct str location; /* of a redirect, or empty */
	struct str method; /* login method that was used: "Basic", "NTLM", ... */
	struct str offers; /* those that the server names with 401, or empty */
	bool is_page; /* HTML */
	bool was_large; /* a big request to a server that answered others before */
};

/*
 * ews_http_status() - put it into a sentence that says what is wrong and what to do
 * Return: always false, so that `return ews_http_status(...)` fails the caller.
 */
bool ews_http_status(const struct ews_http_answer *answer, struct ews_status *status,
		     struct err *err);

#endif
