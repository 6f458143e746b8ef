/*
 * An account on an Exchange server, shared by the threads that work for it, and the
 * connections, one for each thread.
 */
#ifndef EWS_ACCOUNT_H
#define EWS_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "ews/autodiscover.h"
#include "ews/status.h"

enum ews_auth { EWS_AUTH_BASIC, EWS_AUTH_NEGOTIATE, EWS_AUTH_NTLM, EWS_AUTH_OAUTH2 };

struct ews_config {
	const char *url; /* https://HOST/EWS/Exchange.asmx; NULL: by Autodiscover */
	const char *login; /* as given by the user: DOMAIN\user or user@domain */
	const char *password;
	const char *address; /* primary SMTP address, for X-AnchorMailbox; may be NULL
			      * where there is a url */
	enum ews_auth auth;
	const char *ca_file; /* PEM file of trusted roots; NULL = the system's */
	const char *user_agent; /* NULL = "Passerelle/VERSION" */
	int64_t connect_timeout_ms; /* 0 = 30 s */
	int64_t idle_timeout_ms; /* nothing moves for so long; 0 = 120 s */
	/* First RequestServerVersion to try, as ews_account_version() gave it once; NULL:
	 * Exchange2013_SP1, which every server from 2013 SP1 to SE takes. */
	const char *version;
	unsigned max_calls; /* at once, streams not counted; 0 = 5 */
	/* Without url: what Autodiscover found once, or NULL, and whom to tell what it
	 * finds: from the thread of the call that needed it, without locks. */
	const char *kept_url;
	void (*found)(void *context, const struct ews_discovery *discovery);
	void *found_context;
	unsigned max_syncs; /* SyncFolderItems and SyncFolderHierarchy at once; 0 = 2 */
};

struct ews_account; /* safe from any thread */
struct ews_conn; /* one thread at a time, except ews_conn_stop() */

/*
 * ews_process_init() - initialise libcurl and libxml2
 * Once, in main, before the first thread. Errors: ERR_BROKEN.
 */
MUST_CHECK bool ews_process_init(struct err *err);
void ews_process_finish(void);

/*
 * ews_account_new() - check and copy @config; no I/O
 * Errors: ERR_STATE scheme not supported yet; ERR_SYNTAX url is no http(s) URL, or there
 * is neither url nor address.
 * Return: NULL on failure. Free it after the last of its connections.
 */
struct ews_account *ews_account_new(const struct ews_config *config, struct err *err);
void ews_account_free(struct ews_account *account);

/* ews_account_password_set() - for the requests that begin from now on. */
void ews_account_password_set(struct ews_account *account, const char *password);

/*
 * ews_account_backoff_ms() - how long the server wants no request of this account
 * While this is not 0, every call of every connection fails at once with ERR_THROTTLED
 * and the seconds left in retry_after_s; nothing is sent.
 */
int64_t ews_account_backoff_ms(struct ews_account *account);

/* ews_account_version() - the RequestServerVersion in use. It steps down by itself, from
 * Exchange2016 to Exchange2010, when the server refuses it. */
const char *ews_account_version(struct ews_account *account);

struct ews_server { /* build of the last answer: 15.0 is 2013, 15.1 2016, 15.2 2019, SE */
	int major, minor, build, revision; /* major 0: not known yet */
};
struct ews_server ews_account_server(struct ews_account *account);

/* ews_conn_new() - no I/O; the first call connects. Errors: ERR_BROKEN. NULL on failure.
 */
struct ews_conn *ews_conn_new(struct ews_account *account, struct err *err);
void ews_conn_free(struct ews_conn *conn);

/*
 * ews_conn_stop() - end the call that runs on @conn, from any thread, and every later one
 * They fail with ERR_OFFLINE "stopped". There is no way back: free the connection.
 */
void ews_conn_stop(struct ews_conn *conn);
/* ews_conn_refresh() - from any thread: connections from before the machine slept, or
 * from another network, are dead and do not say so. The call that runs fails or is tried
 * again, as when the connection breaks; the next one begins a new connection. */
void ews_conn_refresh(struct ews_conn *conn);
bool ews_conn_stopped(const struct ews_conn *conn);

/* What is known of the last call on a connection, valid until the next one. */
struct ews_report {
	/*
	 * The call failed, but the server may have done the work: the whole request went
	 * out and no answer came back. Only calls that this library never repeats set
	 * this (docs/ews-library.md has the table: CreateItem, MoveItem, SendItem, ...):
	 * look at the server before trying again. False with a failure means: nothing was
	 * done.
	 */
	bool outcome_unknown;
	int http_status; /* 0: no answer */
	/* Why it failed: the fault's, or the only message's, code. EWS_CODE_OK when the
	 * failure was none of Exchange's (network, HTTP). */
	struct ews_status status;
	/* The request was too much for the server: it timed out, or it is too large. */
	bool too_heavy;
	char request_id[40]; /* client-request-id, for the server's logs */
	char server_request_id[64]; /* the server's own, for its administrator; or "" */
	char server_name[64]; /* back end that answered, or "" */
};
const struct ews_report *ews_conn_last(const struct ews_conn *conn);

/* ews_conn_failed_with() - did the last call fail with this code? */
bool ews_conn_failed_with(const struct ews_conn *conn, enum ews_code code);

#endif
