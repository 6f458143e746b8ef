/*
 * Where idle sessions wait: client's socket, news of the mailbox, and shutdown in one
 * poll(). Parking idle sessions in a single epoll thread would change this file alone.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>

#include "base/clock.h"
#include "imapfront/front.h"
#include "imapfront/limits.h"
#include "imapfront/session.h"

static unsigned look(struct session *session, struct pollfd *fds)
{
	unsigned events = 0;

	if (fds[0].revents || stream_pending(&session->stream))
		events |= SESSION_INPUT;
	if (fds[1].revents)
		events |= SESSION_STOP;
	if (fds[2].revents) {
		events |= SESSION_NEWS;
		notify_watch_clear(&session->watch);
	}
	return events;
}

/* @watch_fd: -1 leaves news alone */
static unsigned wait_on(struct session *session, int watch_fd, int64_t timeout_ms)
{
	int64_t until_ms = clock_mono_ms() + MAX_OF(timeout_ms, 0);
	struct pollfd fds[3] = {
		{ .fd = session->stream.fd, .events = POLLIN },
		{ .fd = session->front->stop_fd, .events = POLLIN },
		{ .fd = watch_fd, .events = POLLIN },
	};

	for (;;) {
		int64_t left = MAX_OF(until_ms - clock_mono_ms(), 0);
		int ready;

		if (stream_pending(&session->stream))
			left = 0;
		ready = poll(fds, ARRAY_LEN(fds), (int)MIN_OF(left, INT_MAX));
		if (ready >= 0)
			return look(session, fds);
		if (errno != EINTR)
			return SESSION_INPUT; /* the read will tell what is wrong */
	}
}

unsigned session_wait(struct session *session, int64_t timeout_ms)
{
	return wait_on(session, session->watch.fd, timeout_ms);
}

bool session_pause(struct session *session, int64_t duration_ms)
{
	struct pollfd p = { .fd = session->front->stop_fd, .events = POLLIN };

	if (duration_ms > 0)
		poll(&p, 1, (int)MIN_OF(duration_ms, INT_MAX));
	return !session_stopping(session);
}

bool session_wait_command(struct session *session, session_news_fn *news, void *context,
			  struct err *err)
{
	int64_t until_ms = session->account ? clock_mono_ms() + FRONT_IDLE_MS
					    : session->login_by_ms;
	int watch_fd = news ? session->watch.fd : -1;
	int64_t left_ms;
	unsigned events;

	do {
		left_ms = until_ms - clock_mono_ms();
		events = wait_on(session, watch_fd, left_ms);
		if (events & SESSION_STOP)
			return err_set(err, ERR_STATE, "shutting down");
		if (!(events & SESSION_INPUT) && (events & SESSION_NEWS) &&
		    !news(context, err))
			return false;
	} while (!(events & SESSION_INPUT) && (events & SESSION_NEWS));
	if (!(events & SESSION_INPUT))
		return err_set(err, ERR_OFFLINE,
			       session->account ? "idle for too long"
						: "no login in time");
	session->stream.read_timeout_ms = session->account ? FRONT_READ_MS
							   : MAX_OF(left_ms, 1);
	return true;
}
