/* Starting and stopping: listeners, a thread for each connection, the mailboxes. */
#include "tests/ewsim/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "base/tls.h"
#include "tests/ewsim/load.h"

static bool parse_address(const char *text, struct sockaddr_in *a, struct err *err)
{
	struct str s = str_from(text);
	ptrdiff_t colon = str_find_char(s, ':');
	char host[64];
	uint32_t port;

	memset(a, 0, sizeof(*a));
	a->sin_family = AF_INET;
	if (colon < 0 || colon > 60 ||
	    !num_u32(str_sub(s, (size_t)colon + 1, s.len), &port) || port > 65535)
		return err_set(err, ERR_SYNTAX, "'%s' is not HOST:PORT", text);
	snprintf(host, sizeof(host), "%.*s", (int)colon, text);
	a->sin_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
		      &a->sin_addr) != 1)
		return err_set(err, ERR_SYNTAX, "'%s' is no IPv4 address", host);
	return true;
}

static bool listen_on(const char *text, int *fd_r, uint16_t *port_r, struct err *err)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	int fd, on = 1;

	if (!parse_address(text, &a, err))
		return false;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(err, ERR_BROKEN, errno, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 || listen(fd, 64) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) != 0) {
		int saved = errno;

		close(fd);
		return err_errno(err, ERR_BROKEN, saved, "cannot listen on %s", text);
	}
	*fd_r = fd;
	*port_r = ntohs(a.sin_port);
	return true;
}

static void *serve(void *arg)
{
	struct connection *c = arg;

	if (c->control)
		control_serve(c);
	else if (!c->https || stream_start_tls(&c->stream, c->server->tls, NULL))
		http_serve(c);
	pthread_mutex_lock(&c->server->lock);
	shutdown(c->stream.fd, SHUT_RDWR);
	c->done = true;
	pthread_mutex_unlock(&c->server->lock);
	return NULL;
}

static void join_done(struct ewsim *e)
{
	struct connection **at = &e->connections;

	while (*at) {
		struct connection *c = *at;
		bool done;

		pthread_mutex_lock(&e->lock);
		done = c->done;
		pthread_mutex_unlock(&e->lock);
		if (!done) {
			at = &c->next;
			continue;
		}
		pthread_join(c->thread, NULL);
		pthread_mutex_lock(&e->lock);
		*at = c->next;
		pthread_mutex_unlock(&e->lock);
		stream_finish(&c->stream);
		free(c);
	}
}

static void accept_one(struct ewsim *e, int listen_fd)
{
	int fd = accept(listen_fd, NULL, NULL);
	struct connection *c;

	if (fd < 0)
		return;
	c = mem_alloc(sizeof(*c));
	c->server = e;
	c->control = listen_fd == e->control_fd;
	c->https = listen_fd == e->https_fd;
	stream_init(&c->stream, fd, 0, 60000);
	pthread_mutex_lock(&e->lock);
	c->next = e->connections;
	e->connections = c;
	if (pthread_create(&c->thread, NULL, serve, c) != 0) {
		e->connections = c->next;
		stream_finish(&c->stream);
		free(c);
	}
	pthread_mutex_unlock(&e->lock);
}

static void *accept_loop(void *arg)
{
	struct ewsim *e = arg;
	/* poll() passes over those that are not there, being negative */
	struct pollfd p[] = { { .fd = e->wake[0], .events = POLLIN },
			      { .fd = e->listen_fd, .events = POLLIN },
			      { .fd = e->https_fd, .events = POLLIN },
			      { .fd = e->control_fd, .events = POLLIN } };

	for (;;) {
		if (poll(p, ARRAY_LEN(p), 1000) < 0 && errno != EINTR)
			return NULL;
		if (p[0].revents)
			return NULL;
		for (size_t i = 1; i < ARRAY_LEN(p); i++)
			if (p[i].revents)
				accept_one(e, p[i].fd);
		join_done(e);
	}
}

static bool settings(struct sim *sim, const char *const *list, struct err *err)
{
	for (; list && *list; list++) {
		struct str rest = str_from(*list), name;

		if (!str_split(&rest, '=', &name) ||
		    !settings_set(&sim->settings, name, rest, err))
			return false;
	}
	return true;
}

/* COUNT[:MEAN], bytes of attachments in the mean */
static bool generate(struct sim_user *user, struct str rest, struct err *err)
{
	uint32_t count, mean = 0;
	struct str number = STR_NONE;

	str_split(&rest, ':', &number);
	if (!num_u32(number, &count) || (rest.len && !num_u32(rest, &mean)) ||
	    count > 2000000 || mean > (16 << 20))
		return err_set(err, ERR_SYNTAX,
			       "generate: wants 0 to 2000000, and perhaps :BYTES up to "
			       "16777216");
	sim_generate_fill(user, count, mean);
	return true;
}

static bool fill(struct sim *sim, const struct ewsim_options *o, struct err *err)
{
	static const struct ewsim_user standard[] = { { "alice@example.test", "alice" },
						      { "bob@example.test", "bob" } };
	const struct ewsim_user *users = o->user_count ? o->users : standard;
	size_t n = o->user_count ? o->user_count : ARRAY_LEN(standard);
	struct str kind = str_from(o->mailbox ? o->mailbox : "empty");

	for (size_t i = 0; i < n; i++)
		sim_user_add(sim, users[i].name, NULL, users[i].password);
	if (str_eq(kind, STR("empty")))
		return true;
	if (str_starts(kind, STR("generate:"))) {
		return generate(sim->users[0], str_sub(kind, 9, kind.len), err);
	}
	for (size_t i = 0; str_eq(kind, STR("demo")) && i < sim->user_count; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%.*s",
			 (int)strcspn(sim->users[i]->address, "@"),
			 sim->users[i]->address);
		if (!load_demo(sim->users[i], name, clock_unix_s(), err))
			return false;
	}
	return str_eq(kind, STR("demo")) ||
	       load_directory(sim->users[0], o->mailbox, err);
}

static void destroy(struct ewsim *e)
{
	if (e->listen_fd >= 0)
		close(e->listen_fd);
	if (e->https_fd >= 0)
		close(e->https_fd);
	if (e->control_fd >= 0)
		close(e->control_fd);
	tls_server_free(e->tls);
	close(e->wake[0]);
	close(e->wake[1]);
	sim_free(e->sim);
	free(e->state_file);
	pthread_cond_destroy(&e->quit_changed);
	pthread_mutex_destroy(&e->lock);
	free(e);
}

static bool listen_https(struct ewsim *e, const struct ewsim_options *o, struct err *err)
{
	if (!o->https)
		return true;
	if (!o->cert || !o->key)
		return err_set(err, ERR_SYNTAX, "--https wants --cert and --key");
	if (access(o->cert, R_OK) != 0 && !tls_self_signed(o->cert, o->key, NULL, err))
		return false;
	return tls_server_new(o->cert, o->key, &e->tls, err) &&
	       listen_on(o->https, &e->https_fd, &e->https_port, err);
}

static bool prepare(struct ewsim *e, const struct ewsim_options *o, struct err *err)
{
	bool saved = o->state_file && access(o->state_file, R_OK) == 0;

	if (!(saved ? state_load(e->sim, o->state_file, err) : fill(e->sim, o, err)) ||
	    !settings(e->sim, o->settings, err))
		return false;
	if (saved && e->sim->settings.restored)
		sim_restored(e->sim);
	if (!listen_on(o->listen, &e->listen_fd, &e->port, err) ||
	    !listen_https(e, o, err))
		return false;
	if (o->control && !listen_on(o->control, &e->control_fd, &e->control_port, err))
		return false;
	if (pthread_create(&e->acceptor, NULL, accept_loop, e) != 0)
		return err_set(err, ERR_BROKEN, "cannot start a thread");
	return true;
}

bool ewsim_start(const struct ewsim_options *options, struct ewsim **sim_r,
		 struct err *err)
{
	struct ewsim *e = mem_alloc(sizeof(*e));
	pthread_condattr_t attr;

	e->listen_fd = e->https_fd = e->control_fd = -1;
	pthread_mutex_init(&e->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&e->quit_changed, &attr);
	pthread_condattr_destroy(&attr);
	e->sim = sim_new();
	e->state_file = mem_strdup(options->state_file);
	if (pipe(e->wake) != 0) {
		e->wake[0] = e->wake[1] = -1;
		destroy(e);
		return err_set(err, ERR_BROKEN, "no pipe");
	}
	if (!prepare(e, options, err)) {
		destroy(e);
		return false;
	}
	*sim_r = e;
	return true;
}

uint16_t ewsim_port(const struct ewsim *e)
{
	return e->port;
}

uint16_t ewsim_https_port(const struct ewsim *e)
{
	return e->https_port;
}

uint16_t ewsim_control_port(const struct ewsim *e)
{
	return e->control_port;
}

bool ewsim_wait(struct ewsim *e, int timeout_ms)
{
	int64_t at = clock_mono_ms() + timeout_ms;
	struct timespec t = { at / 1000, at % 1000 * 1000000 };
	bool quit;

	pthread_mutex_lock(&e->lock);
	while (!e->quit &&
	       pthread_cond_timedwait(&e->quit_changed, &e->lock, &t) != ETIMEDOUT)
		;
	quit = e->quit;
	pthread_mutex_unlock(&e->lock);
	return quit;
}

void ewsim_stop(struct ewsim *e)
{
	struct err err = { 0 };

	if (!e)
		return;
	if (write(e->wake[1], "x", 1) < 0)
		log_warn("ewsim", "cannot wake the acceptor");
	pthread_join(e->acceptor, NULL);
	pthread_mutex_lock(&e->sim->lock);
	e->sim->stopping = true;
	pthread_cond_broadcast(&e->sim->changed);
	pthread_mutex_unlock(&e->sim->lock);
	pthread_mutex_lock(&e->lock);
	for (struct connection *c = e->connections; c; c = c->next)
		shutdown(c->stream.fd, SHUT_RD);
	pthread_mutex_unlock(&e->lock);
	while (e->connections) {
		join_done(e);
		if (e->connections)
			clock_sleep_ms(5);
	}
	if (e->state_file && !state_save(e->sim, e->state_file, &err))
		log_error("ewsim", "state not saved: %s", err.text);
	destroy(e);
}
