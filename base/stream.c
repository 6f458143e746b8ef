/* Buffered socket with deadlines: see stream.h. Below it TLS, and compression between. */
#include "base/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/deflate.h"
#include "base/tls.h"

enum { READ_AHEAD = 16384, FLUSH_ABOVE = 16384, OUT_MAX = 1 << 20 };

void stream_init(struct stream *s, int fd, int64_t read_timeout_ms,
		 int64_t write_timeout_ms)
{
	*s = (struct stream){
		.fd = fd,
		.read_timeout_ms = read_timeout_ms,
		.write_timeout_ms = write_timeout_ms,
		.in = STRBUF(READ_AHEAD),
		.out = STRBUF(OUT_MAX),
	};
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

void stream_end(struct stream *s)
{
	tls_conn_free(s->tls);
	s->tls = NULL;
	s->failed = true;
}

void stream_finish(struct stream *s)
{
	if (!s)
		return;
	strbuf_finish(&s->in);
	strbuf_finish(&s->out);
	deflate_free(s->deflate);
	tls_conn_free(s->tls);
	s->deflate = NULL;
	s->tls = NULL;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

/* Waits until @events; @deadline_ms is monotonic, 0 = for ever. */
static bool wait_for(struct stream *s, short events, int64_t deadline_ms, struct err *err)
{
	for (;;) {
		struct pollfd p = { .fd = s->fd, .events = events };
		int64_t left = deadline_ms ? deadline_ms - clock_mono_ms() : -1;
		int ready;

		if (deadline_ms && left <= 0)
			return err_set(err, ERR_OFFLINE, "timed out");
		ready = poll(&p, 1, (int)MIN_OF(left, INT_MAX));
		if (ready > 0)
			return true;
		if (ready < 0 && errno != EINTR)
			return err_errno(err, ERR_OFFLINE, errno, "poll");
	}
}

static int64_t deadline_after(int64_t timeout_ms)
{
	return timeout_ms ? clock_mono_ms() + timeout_ms : 0;
}

/* One read of the socket, as enum tls_result. */
static int read_once(struct stream *s, char *into, size_t size)
{
	ssize_t got;

	if (s->tls)
		return tls_read(s->tls, into, size);
	do
		got = recv(s->fd, into, MIN_OF(size, (size_t)INT_MAX), 0);
	while (got < 0 && errno == EINTR);
	if (got >= 0)
		return (int)got;
	return errno == EAGAIN || errno == EWOULDBLOCK ? TLS_WANT_READ : TLS_FAILED;
}

static int write_once(struct stream *s, struct str bytes)
{
	ssize_t put;

	if (s->tls)
		return tls_write(s->tls, bytes.p, bytes.len);
	do
		put = send(s->fd, bytes.p, MIN_OF(bytes.len, (size_t)INT_MAX),
			   MSG_NOSIGNAL);
	while (put < 0 && errno == EINTR);
	if (put >= 0)
		return (int)put;
	return errno == EAGAIN || errno == EWOULDBLOCK ? TLS_WANT_WRITE : TLS_FAILED;
}

static bool wait_as_wanted(struct stream *s, int wanted, int64_t deadline_ms,
			   struct err *err)
{
	return wait_for(s, wanted == TLS_WANT_WRITE ? POLLOUT : POLLIN, deadline_ms, err);
}

/* 1..@size bytes of what is there, or enum tls_result. */
static int receive_now(struct stream *s, char *into, size_t size)
{
	char packed[4096];

	if (!s->deflate)
		return read_once(s, into, size);
	for (;;) {
		ptrdiff_t got = deflate_unpack(s->deflate, into, size);
		int len;

		if (got != 0)
			return got < 0 ? TLS_FAILED : (int)got;
		len = read_once(s, packed, sizeof(packed));
		if (len <= 0)
			return len;
		deflate_feed(s->deflate, str_make(packed, (size_t)len));
	}
}

/* 1..@size bytes. */
static bool receive_some(struct stream *s, char *into, size_t size, int64_t deadline_ms,
			 size_t *got_r, struct err *err)
{
	for (;;) {
		int got = receive_now(s, into, size);

		if (got > 0) {
			*got_r = (size_t)got;
			return true;
		}
		if (got == TLS_CLOSED)
			return err_set(err, ERR_OFFLINE, "connection closed by peer");
		if (got == TLS_FAILED)
			return err_set(err, ERR_OFFLINE, "connection broken");
		if (!wait_as_wanted(s, got, deadline_ms, err))
			return false;
	}
}

static bool receive(struct stream *s, char *into, size_t size, int64_t deadline_ms,
		    size_t *got_r, struct err *err)
{
	if (s->lost)
		return err_set(err, ERR_OFFLINE, "the connection was given up");
	s->lost = !receive_some(s, into, size, deadline_ms, got_r, err);
	return !s->lost;
}

static struct str unread(const struct stream *s)
{
	return str_sub(strbuf_str(&s->in), s->in_used, s->in.len);
}

static bool fill(struct stream *s, int64_t deadline_ms, struct err *err)
{
	size_t got = 0;
	char *space;

	strbuf_reset(&s->in);
	s->in_used = 0;
	s->partial = false;
	space = strbuf_space(&s->in, READ_AHEAD);
	if (!receive(s, space, READ_AHEAD, deadline_ms, &got, err))
		return false;
	strbuf_added(&s->in, got);
	return true;
}

bool stream_line_ready(struct stream *s)
{
	s->partial = false;
	for (;;) {
		struct str have = unread(s);
		size_t len = have.len;
		int got;

		if (len == READ_AHEAD || str_find_char(have, '\n') >= 0)
			return true;
		if (len)
			memmove(s->in.p, have.p, len);
		strbuf_cut(&s->in, len);
		s->in_used = 0;
		got = receive_now(s, strbuf_space(&s->in, READ_AHEAD - len),
				  READ_AHEAD - len);
		if (got == TLS_CLOSED || got == TLS_FAILED)
			return true;
		if (got <= 0) {
			s->partial = true;
			return false;
		}
		strbuf_added(&s->in, (size_t)got);
	}
}

bool stream_read_line(struct stream *s, size_t max_bytes, struct strbuf *line,
		      struct err *err)
{
	int64_t deadline_ms = deadline_after(s->read_timeout_ms);
	size_t start = line->len;
	bool too_long = false;

	for (;;) {
		struct str have = unread(s);
		ptrdiff_t lf = str_find_char(have, '\n');
		size_t take = lf < 0 ? have.len : (size_t)lf;

		if (take > max_bytes - MIN_OF(max_bytes, line->len - start))
			too_long = true;
		if (!too_long)
			strbuf_add(line, str_sub(have, 0, take));
		s->in_used += lf < 0 ? take : take + 1;
		if (lf >= 0)
			break;
		if (!fill(s, deadline_ms, err))
			return false;
	}
	if (too_long)
		return err_set(err, ERR_LIMIT, "line longer than %zu bytes", max_bytes);
	if (line->len > start && line->p[line->len - 1] == '\r')
		strbuf_cut(line, line->len - 1);
	return strbuf_ok(line, err);
}

static bool read_part(struct stream *s, char *into, size_t size, int64_t deadline_ms,
		      size_t *got_r, struct err *err)
{
	struct str have = unread(s);

	if (!have.len)
		return receive(s, into, size, deadline_ms, got_r, err);
	have = str_sub(have, 0, size);
	memcpy(into, have.p, have.len);
	s->in_used += have.len;
	*got_r = have.len;
	return true;
}

bool stream_read_some(struct stream *s, char *into, size_t size, size_t *got_r,
		      struct err *err)
{
	return read_part(s, into, size, deadline_after(s->read_timeout_ms), got_r, err);
}

bool stream_read_exact(struct stream *s, char *into, size_t size, struct err *err)
{
	while (size) {
		size_t got = 0;

		/* Each part that arrives earns new time: literals may be large. */
		if (!read_part(s, into, size, deadline_after(s->read_timeout_ms), &got,
			       err))
			return false;
		into += got;
		size -= got;
	}
	return true;
}

bool stream_peek(struct stream *s, struct str *bytes_r, struct err *err)
{
	if (!unread(s).len && !fill(s, deadline_after(s->read_timeout_ms), err))
		return false;
	*bytes_r = unread(s);
	return true;
}

void stream_skip(struct stream *s, size_t count)
{
	s->in_used += count;
}

bool stream_pending(const struct stream *s)
{
	if (s->partial)
		return false;
	return s->in_used < s->in.len || (s->deflate && deflate_pending(s->deflate)) ||
	       (s->tls && tls_pending(s->tls));
}

static void send_all(struct stream *s, struct str rest)
{
	while (rest.len && !s->failed) {
		int put = write_once(s, rest);

		if (put > 0)
			rest = str_sub(rest, (size_t)put, rest.len);
		else if (put == TLS_CLOSED || put == TLS_FAILED ||
			 !wait_as_wanted(s, put, deadline_after(s->write_timeout_ms),
					 NULL))
			s->failed = true;
	}
}

bool stream_flush(struct stream *s, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf packed = STRBUF(2 * OUT_MAX);
	struct str rest = strbuf_str(&s->out);

	if (s->deflate && rest.len) {
		deflate_pack(s->deflate, rest, &packed);
		rest = strbuf_str(&packed);
		s->failed = s->failed || packed.overflow;
	}
	send_all(s, rest);
	strbuf_reset(&s->out);
	return !s->failed || err_set(err, ERR_OFFLINE, "client does not take our answer");
}

bool stream_start_tls(struct stream *s, struct tls_server *server, struct err *err)
{
	int64_t deadline_ms = deadline_after(s->read_timeout_ms);
	int done;

	strbuf_reset(&s->in);
	s->in_used = 0;
	s->tls = tls_conn_new(server, s->fd);
	if (!s->tls)
		return err_set(err, ERR_BROKEN, "no memory for TLS");
	while ((done = tls_handshake(s->tls)) <= 0)
		if (done == TLS_CLOSED || done == TLS_FAILED ||
		    !wait_as_wanted(s, done, deadline_ms, NULL)) {
			s->failed = true;
			return err_set(err, ERR_OFFLINE, "no TLS handshake");
		}
	return true;
}

bool stream_start_deflate(struct stream *s, struct err *err)
{
	struct str rest = unread(s);

	s->deflate = deflate_new();
	if (!s->deflate)
		return err_set(err, ERR_BROKEN, "no memory to compress");
	/* A client in a hurry has begun already. */
	deflate_feed(s->deflate, rest);
	strbuf_reset(&s->in);
	s->in_used = 0;
	return true;
}

void stream_write(struct stream *s, struct str bytes)
{
	while (bytes.len && !s->failed) {
		struct str part = str_sub(bytes, 0, OUT_MAX - s->out.len);

		strbuf_add(&s->out, part);
		bytes = str_sub(bytes, part.len, bytes.len);
		if (s->out.len >= FLUSH_ABOVE && !stream_flush(s, NULL))
			return;
	}
}

void stream_writef(struct stream *s, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof(text))
		s->failed =
			true; /* a programming error: longer text goes by stream_write */
	else
		stream_write(s, str_make(text, (size_t)len));
}
