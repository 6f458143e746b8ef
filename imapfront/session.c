/* Small services of a session: see session.h. Threads and the registry are listen.c's. */
#include "imapfront/session.h"

#include "imapfront/front.h"

const struct account_set *session_accounts(const struct session *session)
{
	return session->front->accounts;
}

bool session_stopping(const struct session *session)
{
	return atomic_load(&session->front->stopping);
}

bool session_offers_tls(const struct session *session)
{
	return session->front->tls.server && !session->secure;
}

bool session_may_login(const struct session *session)
{
	return session->secure || !session->front->tls.required;
}

bool session_start_tls(struct session *session, struct err *err)
{
	if (!stream_start_tls(&session->stream, session->front->tls.server, err))
		return false;
	session->secure = true;
	return true;
}

void session_watch(struct session *session, int64_t topic)
{
	if (session->watch.fd < 0)
		notify_watch_open(account_hub(session->account), topic, &session->watch);
	else
		notify_watch_topic(&session->watch, topic);
}

void session_unwatch(struct session *session)
{
	if (session->watch.fd >= 0)
		notify_watch_close(&session->watch);
	session->watch.fd = -1;
}

/* While the server is away there is no verdict: the journal keeps the change. */
static bool give_up(void *context)
{
	struct session *session = context;

	return session_stopping(session) || account_is_away(session->account);
}

bool session_verdict(struct session *session, int64_t entry, int64_t timeout_ms,
		     struct err *err)
{
	return account_verdict_wait(session->account, entry, timeout_ms, give_up, session,
				    err);
}
