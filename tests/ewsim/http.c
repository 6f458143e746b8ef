/* HTTP/1.1, as much of it as EWS clients use: POST, Basic, keep-alive, chunked bodies. */
#include "tests/ewsim/server.h"

#include "base/base64.h"
#include "base/num.h"

enum { MAX_LINE = 64 << 10, MAX_BODY = 256 << 20 };

struct request {
	char method[16], path[200];
	uint64_t length;
	bool chunked, close, expect;
	char login[300];
	bool has_login;
	struct strbuf body;
};

static const char *reason(int status)
{
	return status == 200   ? "OK"
	       : status == 401 ? "Unauthorized"
	       : status == 404 ? "Not Found"
	       : status == 503 ? "Service Unavailable"
	       : status == 500 ? "Internal Server Error"
			       : "Bad Request";
}

bool http_answer(struct stream *s, int status, const char *extra, struct str body)
{
	stream_writef(s,
		      "HTTP/1.1 %d %s\r\nContent-Type: text/xml; charset=utf-8\r\n"
		      "Content-Length: %zu\r\n%s\r\n",
		      status, reason(status), body.len, extra);
	stream_write(s, body);
	return stream_flush(s, NULL);
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
	else if (str_eq_nocase(name, STR("Authorization")))
		basic(r, value);
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
	u = sim_user_find(c->server->sim, str_sub(login, 0, (size_t)colon));
	return u && strcmp(u->password, r->login + colon + 1) == 0 ? u : NULL;
}

static bool serve_one(struct connection *c)
{
	struct request r = { .body = STRBUF(MAX_BODY) };
	struct sim_user *user;
	bool go_on = read_head(&c->stream, &r) && read_body(&c->stream, &r);

	if (!go_on) {
		strbuf_finish(&r.body);
		return false;
	}
	user = authenticate(c, &r);
	if (!user)
		go_on = http_answer(&c->stream, 401,
				    "WWW-Authenticate: Basic realm=\"ewsim\"\r\n",
				    STR(""));
	else if (strcmp(r.method, "POST") != 0 ||
		 !str_starts_nocase(str_from(r.path), STR("/ews/exchange.asmx")))
		go_on = http_answer(&c->stream, 404, "", STR(""));
	else
		go_on = soap_handle(c, user, strbuf_str(&r.body));
	strbuf_finish(&r.body);
	return go_on && !r.close;
}

void http_serve(struct connection *c)
{
	while (serve_one(c))
		;
}
