/*
 * Accepting connections, one thread each, and ending them all: see listen.h.
 *
 * Sessions are in the front's list from before their thread starts until the accepting
 * thread (or front_stop) has joined it; their sockets are closed after that, so that
 * shutdown() never hits a descriptor that belongs to somebody else by now.
 */
#include "imapfront/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "bridge/config.h"
#include "imapfront/front.h"
#include "imapfront/limits.h"
#include "imapfront/session.h"

enum { BACKLOG = 128, OUT_OF_DESCRIPTORS_PAUSE_MS = 100 };

/* ---- sessions ---------------------------------------------------------------------- */

static void wake(int event_fd)
{
	uint64_t one = 1;
	ssize_t put = write(event_fd, &one, sizeof(one));

	(void)put; /* fails only when the counter is full: then it is awake */
}

static void *session_main(void *arg)
{
	struct session *session = arg;
	struct front *front = session->front;
	struct err err;

	if (!front->tls.implicit || session_start_tls(session, &err))
		front->protocol->serve(session);
	else
		log_debug(session->who, "%s", err.text);
	session_unwatch(session);
	stream_end(&session->stream);
	pthread_mutex_lock(&front->lock);
	/* The client sees the end now, and not when the thread has been joined. */
	shutdown(session->stream.fd, SHUT_RDWR);
	session->ended = true;
	pthread_mutex_unlock(&front->lock);
	wake(front->reap_fd);
	return NULL;
}

static bool start_thread(pthread_t *thread_r, void *(*run)(void *), void *arg)
{
	pthread_attr_t attr;
	bool fine;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, FRONT_STACK_BYTES);
	fine = pthread_create(thread_r, &attr, run, arg) == 0;
	pthread_attr_destroy(&attr);
	return fine;
}

static struct session *session_new(struct front *front, int fd)
{
	struct session *session = mem_alloc(sizeof(*session));
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	session->front = front;
	session->watch.fd = -1;
	session->login_by_ms = clock_mono_ms() + FRONT_UNAUTHENTICATED_MS;
	stream_init(&session->stream, fd, FRONT_UNAUTHENTICATED_MS, FRONT_WRITE_MS);
	snprintf(session->who, sizeof(session->who), "%s#%llu", front->protocol->name,
		 (unsigned long long)++front->next_number);
	return session;
}

static void session_free(struct session *session)
{
	stream_finish(&session->stream);
	free(session);
}

/* Only the accepting thread adds, so the count can only sink meanwhile. */
static void session_add(struct front *front, int fd)
{
	struct session *session = session_new(front, fd);
	struct str busy = str_from(front->protocol->busy);

	if (front->session_count >= FRONT_SESSIONS_MAX) {
		ssize_t put = send(fd, busy.p, busy.len, MSG_NOSIGNAL | MSG_DONTWAIT);

		(void)put;
		log_warn(front->protocol->name, "too many connections, one turned away");
		session_free(session);
		return;
	}
	pthread_mutex_lock(&front->lock);
	session->next = front->sessions;
	front->sessions = session;
	front->session_count++;
	if (!start_thread(&session->thread, session_main, session)) {
		front->sessions = session->next;
		front->session_count--;
		session_free(session);
		log_error(front->protocol->name, "cannot start a thread");
	}
	pthread_mutex_unlock(&front->lock);
}

/* Takes one session off the list whose thread has ended; NULL: none. */
static struct session *take_ended(struct front *front)
{
	struct session *found = NULL;

	pthread_mutex_lock(&front->lock);
	for (struct session **at = &front->sessions; *at; at = &(*at)->next)
		if ((*at)->ended) {
			found = *at;
			*at = found->next;
			front->session_count--;
			break;
		}
	pthread_mutex_unlock(&front->lock);
	return found;
}

static void reap(struct front *front)
{
	struct session *session;
	uint64_t count;
	ssize_t got = read(front->reap_fd, &count, sizeof(count));

	(void)got;
	while ((session = take_ended(front))) {
		pthread_join(session->thread, NULL);
		session_free(session);
	}
}

/* ---- accepting --------------------------------------------------------------------- */

static void accept_one(struct front *front)
{
	int fd = accept(front->listen_fd, NULL, NULL);

	if (fd >= 0) {
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		session_add(front, fd);
	} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
		log_warn(front->protocol->name, "out of descriptors");
		clock_sleep_ms(OUT_OF_DESCRIPTORS_PAUSE_MS);
	}
}

static void *front_main(void *arg)
{
	struct front *front = arg;

	while (!atomic_load(&front->stopping)) {
		struct pollfd fds[3] = {
			{ .fd = front->listen_fd, .events = POLLIN },
			{ .fd = front->stop_fd, .events = POLLIN },
			{ .fd = front->reap_fd, .events = POLLIN },
		};

		if (poll(fds, ARRAY_LEN(fds), -1) <= 0)
			continue;
		if (fds[2].revents)
			reap(front);
		if (fds[0].revents)
			accept_one(front);
	}
	return NULL;
}

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static bool address_of(const struct listen_config *config, union address *address_r,
		       socklen_t *len_r, struct err *err)
{
	const char *host = config->host;
	union address a = { 0 };

	if (str_eq_nocase(str_from(host), STR("localhost")))
		host = "127.0.0.1";
	if (inet_pton(AF_INET, host, &a.v4.sin_addr) == 1) {
		a.v4.sin_family = AF_INET;
		a.v4.sin_port = htons(config->port);
		*len_r = sizeof(a.v4);
	} else if (inet_pton(AF_INET6, host, &a.v6.sin6_addr) == 1) {
		a.v6.sin6_family = AF_INET6;
		a.v6.sin6_port = htons(config->port);
		*len_r = sizeof(a.v6);
	} else {
		return err_set(err, ERR_SYNTAX, "'%s' is not an IP address", host);
	}
	*address_r = a;
	return true;
}

static bool is_loopback(const union address *a)
{
	return a->any.sa_family == AF_INET6 ? IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr) != 0
					    : ntohl(a->v4.sin_addr.s_addr) >> 24 == 127;
}

/* Plain text stays on this machine. */
static bool check_reach(struct front *front, const struct listen_config *config,
			const union address *a, struct err *err)
{
	if (is_loopback(a))
		return true;
	front->tls.required = true;
	return front->tls.server || err_set(err, ERR_SYNTAX,
					    "'%s' is not a loopback address, and there "
					    "is no TLS",
					    config->host);
}

static bool open_listener(struct front *front, const struct listen_config *config,
			  struct err *err)
{
	union address a;
	socklen_t len;
	int on = 1;

	if (!address_of(config, &a, &len, err) || !check_reach(front, config, &a, err))
		return false;
	front->listen_fd = socket(a.any.sa_family,
				  SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (front->listen_fd < 0)
		return err_errno(err, ERR_BROKEN, errno, "socket");
	setsockopt(front->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(front->listen_fd, &a.any, len) || listen(front->listen_fd, BACKLOG))
		return err_errno(err, ERR_STATE, errno,
				 "%s: cannot listen on %s:%u, choose another port",
				 front->protocol->name, config->host, config->port);
	if (getsockname(front->listen_fd, &a.any, &len))
		return err_errno(err, ERR_BROKEN, errno, "getsockname");
	front->port = ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
	return true;
}

static void front_free(struct front *front)
{
	if (front->listen_fd >= 0)
		close(front->listen_fd);
	if (front->stop_fd >= 0)
		close(front->stop_fd);
	if (front->reap_fd >= 0)
		close(front->reap_fd);
	guess_table_free(front->guesses);
	pthread_mutex_destroy(&front->lock);
	free(front);
}

bool front_start(const struct front_protocol *protocol,
		 const struct listen_config *config, const struct front_tls *tls,
		 const struct account_set *accounts, struct front **front_r,
		 struct err *err)
{
	struct front *front = mem_alloc(sizeof(*front));
	bool fine;

	front->protocol = protocol;
	front->accounts = accounts;
	front->tls = *tls;
	front->listen_fd = -1;
	front->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	front->reap_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	front->guesses = guess_table_new();
	pthread_mutex_init(&front->lock, NULL);
	fine = (front->stop_fd >= 0 && front->reap_fd >= 0) ||
	       err_errno(err, ERR_BROKEN, errno, "eventfd");
	fine = fine && open_listener(front, config, err);
	if (fine && !start_thread(&front->thread, front_main, front))
		fine = err_set(err, ERR_BROKEN, "cannot start a thread");
	if (!fine) {
		front_free(front);
		return false;
	}
	*front_r = front;
	return true;
}

static void shut_sessions(struct front *front, int how)
{
	pthread_mutex_lock(&front->lock);
	for (struct session *s = front->sessions; s; s = s->next)
		if (!s->ended)
			shutdown(s->stream.fd, how);
	pthread_mutex_unlock(&front->lock);
}

/* Good-byes first; who does not come to an end by then is cut off while writing. */
void front_stop(struct front *front)
{
	int64_t patience_ms = clock_mono_ms() + FRONT_STOP_MS;

	if (!front)
		return;
	atomic_store(&front->stopping, true);
	wake(front->stop_fd);
	pthread_join(front->thread, NULL);
	close(front->listen_fd);
	front->listen_fd = -1;
	shut_sessions(front, SHUT_RD);
	for (bool cut = false; front->session_count; reap(front)) {
		struct pollfd p = { .fd = front->reap_fd, .events = POLLIN };
		int64_t left = MAX_OF(patience_ms - clock_mono_ms(), 0);

		if (poll(&p, 1, cut ? -1 : (int)left) == 0 && !cut) {
			cut = true;
			shut_sessions(front, SHUT_RDWR);
		}
	}
	front_free(front);
}

uint16_t front_port(const struct front *front)
{
	return front->port;
}
