/* The control socket, both ends: see control.h. */
#include "bridge/control.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stream.h"

enum { FAILING_MAX = 100 }; /* messages told one by one */
enum { NOTICES_MAX = 50, REQUEST_MAX = 1024, CLIENT_MS = 5000 };
enum { ASK_MS = 60 * 1000 }; /* resync may run password-command */

struct control {
	int fd;
	char *path;
	const struct account_set *accounts;
	int64_t started_unix_ms;
	pthread_t thread;
	bool stopping; /* with __atomic */
	pthread_mutex_t lock;
	pthread_cond_t answered;
	unsigned asking; /* threads that answer; lock */
};

/* Texts of others may be anything; JSON is UTF-8. */
static json_t *text_json(const char *text)
{
	json_t *json = json_string(text ? text : "");

	return json ? json : json_string("(not UTF-8)");
}

/* What the server refused, newest first. */
static json_t *notices_of(struct account *account)
{
	static const char *const kept[] = {
		[STORE_KEPT_AS_BEFORE] = "as before",
		[STORE_KEPT_BY_CLIENT] = "told to the mail program",
		[STORE_KEPT_RECOVERED] = "in the folder Recovered",
		[STORE_KEPT_REPORTED] = "in a report in the Inbox",
		[STORE_KEPT_UNREADABLE] = "cannot be read from the disk",
	};
	CLEANUP(store_notices_finish) struct store_notices notices = { 0 };
	json_t *list = json_array();
	struct err err = { 0 };

	if (!store_notices_read(account_store(account), NOTICES_MAX, &notices, &err))
		log_error("control", "%s", err.text);
	for (size_t i = 0; i < notices.count; i++) {
		const struct store_notice *n = &notices.items[i];

		json_array_append_new(
			list, json_pack("{s:I, s:s, s:o, s:o, s:s}", "at_unix_ms",
					(json_int_t)n->at_unix_ms, "change", n->change,
					"what", text_json(n->what), "why",
					text_json(n->why), "content", kept[n->kept]));
	}
	return list;
}

/* Texts of the server's may be anything: what is no UTF-8 is left out. */
static json_t *failing_of(struct account *account)
{
	CLEANUP(store_failings_finish) struct store_failings failings = { 0 };
	json_t *list = json_array();
	struct err err;

	if (!store_failing(account_store(account), FAILING_MAX, &failings, &err))
		return list;
	for (size_t i = 0; i < failings.count; i++) {
		const struct store_failing *f = &failings.items[i];

		json_array_append_new(
			list, json_pack("{s:s*, s:I, s:s*, s:s*, s:I, s:I, s:I}",
					"folder", f->path, "uid", (json_int_t)f->uid,
					"subject", f->subject, "reason", f->why, "tries",
					(json_int_t)f->tries, "tried_unix_s",
					(json_int_t)f->tried_unix_s, "next_unix_s",
					(json_int_t)f->next_unix_s));
	}
	return list;
}

/* "all", "on-demand" or days. */
static json_t *ahead_of(const struct store_limits *limits)
{
	if (limits->ahead == STORE_AHEAD_DAYS)
		return json_integer((json_int_t)limits->days);
	return json_string(limits->ahead == STORE_AHEAD_NONE ? "on-demand" : "all");
}

static json_t *status_of(struct account *account)
{
	struct account_status s;
	json_t *json;
	struct err err = { 0 };

	if (!account_status(account, &s, &err))
		return json_pack("{s:s, s:s, s:b, s:s}", "name", account_name(account),
				 "address", account_address(account), "connected", 0,
				 "reason", err.text);
	json = json_pack(
		"{s:s, s:s, s:b, s:s, s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:s, s:I, s:I, "
		"s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}",
		"name", account_name(account), "address", account_address(account),
		"connected", s.connected, "reason", s.reason, "streaming", s.streaming,
		"initial_done", s.initial_done, "folders", (json_int_t)s.counts.folders,
		"messages", (json_int_t)s.counts.messages, "bodies",
		(json_int_t)s.counts.bodies, "body_bytes",
		(json_int_t)s.counts.body_bytes, "failing", (json_int_t)s.counts.failing,
		"failing_reason", s.counts.failing_why, "pending",
		(json_int_t)s.counts.pending, "refused", (json_int_t)s.counts.refused,
		"events", (json_int_t)s.counts.events, "last_change_unix_ms",
		(json_int_t)s.counts.last_change_unix_ms, "last_sync_unix_ms",
		(json_int_t)s.last_sync_unix_ms, "index_done", (json_int_t)s.index.done,
		"index_total", (json_int_t)s.index.total, "folders_indexed",
		(json_int_t)s.folders_indexed, "folders_to_index",
		(json_int_t)s.folders_to_index, "notices", notices_of(account));
	json_object_set_new(json, "state", json_string(s.state));
	json_object_set_new(json, "cache_bytes",
			    json_integer((json_int_t)s.counts.cache_bytes));
	json_object_set_new(json, "cache_limit_bytes",
			    json_integer((json_int_t)s.limits.bytes));
	json_object_set_new(json, "bodies_ahead", ahead_of(&s.limits));
	json_object_set_new(json, "text_pending",
			    json_integer((json_int_t)s.counts.text_pending));
	json_object_set_new(json, "text_bytes",
			    json_integer((json_int_t)s.counts.text_bytes));
	json_object_set_new(json, "pulling", json_boolean(s.pulling));
	json_object_set_new(json, "failing_messages", failing_of(account));
	return json;
}

static json_t *answer_status(const struct control *c)
{
	json_t *accounts = json_array();

	for (size_t i = 0; i < c->accounts->count; i++)
		json_array_append_new(accounts, status_of(c->accounts->items[i]));
	return json_pack("{s:s, s:i, s:I, s:o}", "version", PASSERELLE_VERSION, "pid",
			 (int)getpid(), "started_unix_ms", (json_int_t)c->started_unix_ms,
			 "accounts", accounts);
}

static json_t *answer_resync(const struct control *c, struct str name)
{
	struct err err;
	int poked = 0;

	for (size_t i = 0; i < c->accounts->count; i++) {
		struct account *a = c->accounts->items[i];

		if (name.len && !str_eq(name, str_from(account_name(a))))
			continue;
		if (!account_renew(a, &err))
			return json_pack("{s:s}", "error", err.text);
		account_compare(a);
		poked++;
	}
	return poked ? json_pack("{s:i}", "resync", poked)
		     : json_pack("{s:s}", "error", "no such account");
}

static json_t *answer(const struct control *c, struct str request)
{
	struct str word = STR_NONE, rest = request;

	if (!str_split(&rest, ' ', &word))
		word = request;
	if (str_eq(word, STR("status")))
		return answer_status(c);
	if (str_eq(word, STR("resync")))
		return answer_resync(c, str_trim(rest));
	return json_pack("{s:s}", "error", "unknown request (known: status, resync)");
}

static void serve(const struct control *c, int fd)
{
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(REQUEST_MAX);
	CLEANUP(stream_finish) struct stream stream;
	char *text = NULL;
	json_t *json;

	stream_init(&stream, fd, CLIENT_MS, CLIENT_MS);
	if (!stream_read_line(&stream, REQUEST_MAX, &line, NULL))
		return;
	json = answer(c, strbuf_str(&line));
	if (json)
		text = json_dumps(json, JSON_INDENT(1));
	json_decref(json);
	stream_write(&stream,
		     text ? str_from(text) : STR("{\"error\": \"out of memory\"}"));
	stream_write(&stream, STR("\n"));
	free(text);
	if (!stream_flush(&stream, NULL))
		log_debug("control", "the asker went away");
	shutdown(fd, SHUT_RDWR); /* a command may have inherited it */
}

struct asker {
	struct control *control;
	int fd;
};

static void *answer_main(void *arg)
{
	struct asker *asker = arg;
	struct control *c = asker->control;

	serve(c, asker->fd);
	free(asker);
	pthread_mutex_lock(&c->lock);
	c->asking--;
	pthread_cond_signal(&c->answered);
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* Each in a thread: a resync may wait for a command. */
static void answer_apart(struct control *c, int fd)
{
	struct asker *asker = mem_alloc(sizeof(*asker));
	pthread_t thread;

	*asker = (struct asker){ c, fd };
	pthread_mutex_lock(&c->lock);
	c->asking++;
	pthread_mutex_unlock(&c->lock);
	if (pthread_create(&thread, NULL, answer_main, asker) == 0)
		pthread_detach(thread);
	else
		answer_main(asker);
}

static void *run(void *arg)
{
	struct control *c = arg;

	while (!__atomic_load_n(&c->stopping, __ATOMIC_ACQUIRE)) {
		int fd = accept(c->fd, NULL, NULL);

		if (fd >= 0) {
			fcntl(fd, F_SETFD, FD_CLOEXEC);
			answer_apart(c, fd);
		} else if (errno != EINTR && errno != ECONNABORTED)
			clock_sleep_ms(100); /* out of descriptors, or shutting down */
	}
	return NULL;
}

static bool address_of(const char *state_dir, struct sockaddr_un *address,
		       struct err *err)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if ((size_t)snprintf(address->sun_path, sizeof(address->sun_path), "%s/control",
			     state_dir) >= sizeof(address->sun_path))
		return err_set(
			err, ERR_LIMIT,
			"%s: too long for a socket's path (about 100 bytes); choose "
			"a shorter state directory",
			state_dir);
	return true;
}

static bool bind_socket(int fd, const struct sockaddr_un *address, struct err *err)
{
	mode_t old;
	bool ok;

	/* Whoever holds the accounts' locks is the only daemon: a socket here is stale.
	 */
	unlink(address->sun_path);
	old = umask(0177);
	ok = bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 &&
	     listen(fd, 16) == 0;
	umask(old);
	return ok || err_errno(err, ERR_BROKEN, errno, "%s", address->sun_path);
}

bool control_start(const char *state_dir, const struct account_set *accounts,
		   struct control **control_r, struct err *err)
{
	struct sockaddr_un address;
	struct control *c;
	int fd;

	if (!address_of(state_dir, &address, err))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(err, ERR_BROKEN, errno, "control socket");
	if (!bind_socket(fd, &address, err)) {
		close(fd);
		return false;
	}
	c = mem_alloc(sizeof(*c));
	*c = (struct control){ .fd = fd,
			       .path = mem_strdup(address.sun_path),
			       .accounts = accounts,
			       .started_unix_ms = clock_unix_ms() };
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->answered, NULL);
	if (pthread_create(&c->thread, NULL, run, c) != 0)
		abort();
	*control_r = c;
	return true;
}

void control_stop(struct control *c)
{
	if (!c)
		return;
	__atomic_store_n(&c->stopping, true, __ATOMIC_RELEASE);
	shutdown(c->fd, SHUT_RDWR);
	pthread_join(c->thread, NULL);
	pthread_mutex_lock(&c->lock);
	while (c->asking > 0)
		pthread_cond_wait(&c->answered, &c->lock);
	pthread_mutex_unlock(&c->lock);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->answered);
	close(c->fd);
	unlink(c->path);
	free(c->path);
	free(c);
}

bool control_ask(const char *state_dir, const char *request, struct strbuf *answer,
		 struct err *err)
{
	CLEANUP(stream_finish) struct stream stream = { .fd = -1 };
	struct sockaddr_un address;
	char part[4096];
	size_t got;
	int fd;

	if (!address_of(state_dir, &address, err))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(err, ERR_BROKEN, errno, "control socket");
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		close(fd);
		return err_set(err, ERR_OFFLINE,
			       "no daemon answers at %s; start one with passerelle serve",
			       address.sun_path);
	}
	stream_init(&stream, fd, ASK_MS, ASK_MS);
	stream_write(&stream, str_from(request));
	stream_write(&stream, STR("\n"));
	if (!stream_flush(&stream, err))
		return false;
	while (stream_read_some(&stream, part, sizeof(part), &got, NULL))
		strbuf_add_mem(answer, part, got);
	return strbuf_ok(answer, err) &&
	       (answer->len > 0 ||
		err_set(err, ERR_OFFLINE, "the daemon ended before it answered"));
}
