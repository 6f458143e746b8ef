/*
 * One client's connection: its thread, its socket, its account once it has logged in.
 * The protocols keep their own state beside it, on the thread's stack.
 */
#ifndef IMAPFRONT_SESSION_H
#define IMAPFRONT_SESSION_H

#include <pthread.h>
#include <stdint.h>

#include "base/stream.h"
#include "bridge/account.h"
#include "bridge/notify.h"

struct front;

struct session {
	struct front *front;
	struct stream stream;
	char who[32]; /* for logs: "imap#12" */
	struct account *account; /* NULL until session_login() */
	struct notify_watch watch; /* fd is -1 until session_watch() */
	int64_t login_by_ms; /* monotonic end of the time without a login */
	unsigned bad_commands; /* in a row */
	bool secure; /* TLS is on */

	/* Of listen.c, under the front's lock. */
	pthread_t thread;
	bool ended;
	struct session *next;
};

/* session_accounts() - all accounts that clients may log in to. */
const struct account_set *session_accounts(const struct session *session);
/* session_stopping() - the daemon shuts down: say good-bye and return from serve(). */
bool session_stopping(const struct session *session);

/* session_offers_tls() - may the client say STARTTLS now? */
bool session_offers_tls(const struct session *session);
/* session_may_login() - is the connection good enough for passwords? */
bool session_may_login(const struct session *session);
/* session_start_tls() - see stream_start_tls(); the answer to STARTTLS is flushed. */
MUST_CHECK bool session_start_tls(struct session *session, struct err *err);

/* session_watch() - from now on news of @topic end session_wait(). After the login. */
void session_watch(struct session *session, int64_t topic);
void session_unwatch(struct session *session);

/* ---- wait.c ------------------------------------------------------------------------ */

enum session_event {
	SESSION_TIMEOUT = 0,
	SESSION_INPUT = 1, /* the client has sent something, or is gone: read to see */
	SESSION_NEWS = 2, /* of the watch, cleared before this returns */
	SESSION_STOP = 4, /* see session_stopping() */
};
/*
 * session_wait() - the only place where an idle session waits
 * @timeout_ms: <= 0 looks without waiting
 * Return: a set of enum session_event. Read-ahead input counts as input.
 */
unsigned session_wait(struct session *session, int64_t timeout_ms);
/* session_pause() - sleep that ends early at shutdown; Return: not shutting down. */
bool session_pause(struct session *session, int64_t duration_ms);
/*
 * session_wait_command() - wait until the next command's first octet is here
 * The autologout, or before login the time to log in, runs meanwhile, and the stream's
 * read timeout is set for what follows.
 * @news: called for each news of the watch; NULL leaves them alone
 * Errors: ERR_OFFLINE time is over; ERR_STATE shutting down; what @news says.
 */
typedef bool session_news_fn(void *context, struct err *err);
MUST_CHECK bool session_wait_command(struct session *session, session_news_fn *news,
				     void *context, struct err *err);

/*
 * session_verdict() - wait for the server's word on a change (account_verdict_wait())
 * until @timeout_ms are over, the server is away, or the daemon shuts down
 * Return: false with the refusal in @err.
 */
MUST_CHECK bool session_verdict(struct session *session, int64_t entry,
				int64_t timeout_ms, struct err *err);

/* ---- login.c ----------------------------------------------------------------------- */

/*
 * session_login() - check a bridge password and take the account
 * @login: address of the account
 * Errors: ERR_AUTH, the same text for an unknown name and a wrong password; ERR_DENIED
 * without TLS where that is a must; ERR_STATE shutting down. Blocks: disk and scrypt at
 * most once an account and password, plus the delay after failures.
 */
MUST_CHECK bool session_login(struct session *session, struct str login,
			      struct str password, struct err *err);

#endif
