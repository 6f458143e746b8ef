/*
 * HTTP/1.1, as much of it as EWS clients use: POST, and GET and HEAD for Autodiscover,
 * Basic, keep-alive, chunked bodies.
 */
#include "tests/ewsim/autodiscover.h"

#include <zlib.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/num.h"

enum { MAX_LINE = 64 << 10, MAX_BODY = 256 << 20, MAX_ANSWER = 1 << 30 };

struct request {
	char method[16], path[2000], host[256];
	uint64_t length;
	bool chunked, close, expect, gzip, bystander;
	char login[300];
	bool has_login;
	struct strbuf body;
};

static const char *reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} table[] = {
		{ 200, "OK" },
		{ 302, "Found" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 413, "Request Entity Too Large" },
		{ 429, "Too Many Requests" },
		{ 440, "Login Timeout" },
		{ 500, "Internal Server Error" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (table[i].status == status)
			return table[i].text;
	return "Status";
}

static void date_line(struct connection *c)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil t = clock_civil_from_unix(clock_unix_s() + c->settings.clock_skew_s);

	stream_writef(&c->stream, "Date: %.3s, %02d %.3s %d %02d:%02d:%02d GMT\r\n",
		      days + 3 * t.weekday, t.day, months + 3 * (t.month - 1), t.year,
		      t.hour, t.minute, t.second);
}

static bool write_slowly(struct stream *s, struct str body, const struct http_manner *m)
{
	for (size_t i = 0; i < body.len; i += m->piece) {
		stream_write(s, str_sub(body, i, m->piece));
		if (!stream_flush(s, NULL))
			return false;
		clock_sleep_ms(m->pause_ms);
	}
	return stream_flush(s, NULL);
}

void http_chunks(struct connection *c, struct str bytes)
{
	size_t most = c->settings.chunk_bytes ? (size_t)c->settings.chunk_bytes
					      : bytes.len;

	for (size_t i = 0; i < bytes.len; i += most) {
		struct str piece = str_sub(bytes, i, most);

		stream_writef(&c->stream, "%zx\r\n", piece.len);
		stream_write(&c->stream, piece);
		stream_write(&c->stream, STR("\r\n"));
	}
}

static bool compress_body(struct str body, struct strbuf *out)
{
	z_stream z = { 0 };
	size_t most;
	bool ok;

	if (body.len > UINT32_MAX || deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, 15 + 16,
						  8, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	most = deflateBound(&z, body.len);
	z.next_in = (unsigned char *)body.p;
	z.avail_in = (unsigned)body.len;
	z.next_out = (unsigned char *)strbuf_space(out, most);
	z.avail_out = (unsigned)most;
	ok = z.next_out && deflate(&z, Z_FINISH) == Z_STREAM_END;
	if (ok)
		strbuf_added(out, z.total_out);
	deflateEnd(&z);
	return ok;
}

static bool write_body(struct connection *c, struct str body, const struct http_manner *m)
{
	struct stream *s = &c->stream;

	if (c->head_only)
		return stream_flush(s, NULL);
	if (m->piece)
		return write_slowly(s, body, m);
	if (c->settings.chunk_bytes && !m->cut) {
		http_chunks(c, body);
		stream_write(s, STR("0\r\n\r\n"));
	} else {
		stream_write(s, body);
	}
	return stream_flush(s, NULL);
}

bool http_answer(struct connection *c, int status, const char *extra, struct str body)
{
	CLEANUP(strbuf_finish) struct strbuf packed = STRBUF(MAX_ANSWER);
	struct http_manner m = c->manner;
	struct stream *s = &c->stream;
	bool gzip = c->takes_gzip && c->settings.gzip && body.len > 500 &&
		    compress_body(body, &packed);
	bool chunked = c->settings.chunk_bytes && !m.piece && !m.cut;
	size_t cut_at;

	if (gzip)
		body = strbuf_str(&packed);
	cut_at = m.cut_half ? body.len / 2 : m.cut_at;
	c->manner = (struct http_manner){ 0 };
	if (m.cut && !cut_at)
		return false;
	stream_writef(s, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n%s%s", status,
		      reason(status), m.type ? m.type : "text/xml; charset=utf-8",
		      gzip ? "Content-Encoding: gzip\r\n" : "", extra);
	if (chunked)
		stream_write(s, STR("Transfer-Encoding: chunked\r\n"));
	else
		stream_writef(s, "Content-Length: %zu\r\n", body.len);
	if (!c->settings.keep_alive)
		stream_write(s, STR("Connection: close\r\n"));
	date_line(c);
	stream_write(s, STR("\r\n"));
	return write_body(c, m.cut ? str_sub(body, 0, cut_at) : body, &m) && !m.cut &&
	       c->settings.keep_alive;
}

static void basic(struct request *r, struct str value)
{
	CLEANUP(strbuf_finish) struct strbuf plain = STRBUF(sizeof(r->login) - 1);

	if (!str_starts_nocase(value, STR("Basic ")) ||
	    !base64_decode(str_trim(str_sub(value, 6, value.len)), &plain, NULL) ||
	    plain.overflow)
		return;
	snprintf(r->login, sizeof(r->login), "%s", strbuf_cstr(&plain));
	r->has_login = true;
}

static void field(struct request *r, struct str line)
{
	ptrdiff_t colon = str_find_char(line, ':');
	struct str name, value;

	if (colon < 0)
		return;
	name = str_sub(line, 0, (size_t)colon);
	value = str_trim(str_sub(line, (size_t)colon + 1, line.len));
	if (str_eq_nocase(name, STR("Content-Length")))
		(void)!num_u64(value, &r->length);
	else if (str_eq_nocase(name, STR("Transfer-Encoding")))
		r->chunked = str_find_nocase(value, STR("chunked")) >= 0;
	else if (str_eq_nocase(name, STR("Connection")))
		r->close = str_eq_nocase(value, STR("close"));
	else if (str_eq_nocase(name, STR("Expect")))
		r->expect = true;
	else if (str_eq_nocase(name, STR("Accept-Encoding")))
		r->gzip = str_find_nocase(value, STR("gzip")) >= 0;
	else if (str_eq_nocase(name, STR("X-Bystander")))
		r->bystander = true;
	else if (str_eq_nocase(name, STR("Authorization")))
		basic(r, value);
	else if (str_eq_nocase(name, STR("Host")))
		snprintf(r->host, sizeof(r->host), "%.*s", STR_FMT(value));
}

static bool read_head(struct stream *s, struct request *r)
{
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(MAX_LINE);
	struct str rest, method, path;

	do {
		strbuf_reset(&line);
		if (!stream_read_line(s, MAX_LINE, &line, NULL))
			return false;
	} while (!line.len);
	rest = strbuf_str(&line);
	if (!str_split(&rest, ' ', &method) || !str_split(&rest, ' ', &path))
		return false;
	snprintf(r->method, sizeof(r->method), "%.*s", STR_FMT(method));
	snprintf(r->path, sizeof(r->path), "%.*s", STR_FMT(path));
	r->close = str_eq(rest, STR("HTTP/1.0"));
	for (;;) {
		strbuf_reset(&line);
		if (!stream_read_line(s, MAX_LINE, &line, NULL))
			return false;
		if (!line.len)
			return true;
		field(r, strbuf_str(&line));
	}
}

static bool take(struct stream *s, struct request *r, uint64_t len)
{
	char *p;

	if (len > MAX_BODY || !(p = strbuf_space(&r->body, (size_t)len)) ||
	    !stream_read_exact(s, p, (size_t)len, NULL))
		return false;
	strbuf_added(&r->body, (size_t)len);
	return true;
}

static bool read_chunks(struct stream *s, struct request *r)
{
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(MAX_LINE);
	struct str rest, size;
	uint64_t len;

	for (;;) {
		strbuf_reset(&line);
		if (!stream_read_line(s, MAX_LINE, &line, NULL))
			return false;
		rest = strbuf_str(&line);
		if (!str_split(&rest, ';', &size) || !num_hex_u64(str_trim(size), &len))
			return false;
		if (len && !take(s, r, len))
			return false;
		strbuf_reset(&line);
		if (!stream_read_line(s, MAX_LINE, &line, NULL))
			return false;
		if (!len)
			return line.len == 0;
	}
}

static bool read_body(struct stream *s, struct request *r)
{
	if (r->expect) {
		stream_write(s, STR("HTTP/1.1 100 Continue\r\n\r\n"));
		if (!stream_flush(s, NULL))
			return false;
	}
	if (r->chunked)
		return read_chunks(s, r);
	return r->length == 0 || take(s, r, r->length);
}

static struct sim_user *authenticate(struct connection *c, const struct request *r)
{
	struct str login = str_from(r->login);
	ptrdiff_t colon = str_find_char(login, ':');
	struct sim_user *u;

	if (!r->has_login || colon < 0)
		return NULL;
	pthread_mutex_lock(&c->server->sim->lock);
	u = sim_user_find(c->server->sim, str_sub(login, 0, (size_t)colon));
	if (u && (c->settings.login_methods == LOGIN_WINDOWS ||
		  strcmp(u->password, r->login + colon + 1) != 0))
		u = NULL;
	pthread_mutex_unlock(&c->server->sim->lock);
	return u;
}

bool http_login_wanted(struct connection *c, const char *extra)
{
	static const char *const offers[] = {
		[LOGIN_BASIC] = "WWW-Authenticate: Basic realm=\"ewsim\"\r\n",
		[LOGIN_WINDOWS] = "WWW-Authenticate: Negotiate\r\n"
				  "WWW-Authenticate: NTLM\r\n",
		[LOGIN_BOTH] = "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n"
			       "WWW-Authenticate: Basic realm=\"ewsim\"\r\n",
	};
	char lines[600];

	snprintf(lines, sizeof(lines), "%s%s", extra, offers[c->settings.login_methods]);
	pthread_mutex_lock(&c->server->sim->lock);
	c->server->sim->refused++;
	pthread_mutex_unlock(&c->server->sim->lock);
	return http_answer(c, 401, lines, STR(""));
}

static void begin(struct connection *c, const struct request *r)
{
	pthread_mutex_lock(&c->server->sim->lock);
	c->settings = c->server->sim->settings;
	pthread_mutex_unlock(&c->server->sim->lock);
	c->takes_gzip = r->gzip;
	c->head_only = strcmp(r->method, "HEAD") == 0;
	snprintf(c->host, sizeof(c->host), "%s", r->host);
	c->bystander = r->bystander;
	c->manner = (struct http_manner){ 0 };
}

static bool answer(struct connection *c, const struct request *r)
{
	struct sim_user *user = authenticate(c, r);
	struct str path = str_from(r->path);

	if (str_starts_nocase(path, STR("/autodiscover/")))
		return autodiscover_handle(c, r->method, path, user,
					   strbuf_str(&r->body));
	if (!user)
		return http_login_wanted(c, "");
	if (strcmp(r->method, "POST") != 0 ||
	    !str_starts_nocase(path, STR("/ews/exchange.asmx")))
		return http_answer(c, 404, "", STR(""));
	return soap_handle(c, user, strbuf_str(&r->body));
}

static bool serve_one(struct connection *c)
{
	struct request r = { .body = STRBUF(MAX_BODY) };
	bool go_on = read_head(&c->stream, &r);
	uint64_t most;

	if (!go_on)
		return false;
	begin(c, &r);
	most = (uint64_t)c->settings.max_request_bytes;
	if (most && r.length > most) {
		/* the rest is not read: the connection ends with the answer */
		(void)!http_answer(c, (int)c->settings.max_request_status, "", STR(""));
		return false;
	}
	go_on = read_body(&c->stream, &r) && answer(c, &r);
	strbuf_finish(&r.body);
	return go_on && !r.close;
}

void http_serve(struct connection *c)
{
	while (serve_one(c))
		;
}
