/* A small reader of RFC 5322 and MIME: see msg.h. */
#include "tests/ewsim/msg.h"

#include <stdio.h>
#include <stdlib.h>

#include <unicode/ucnv.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/utf8.h"

enum { MAX_DEPTH = 20, MAX_TEXT = 256 << 20 };

void msg_split(struct str m, struct str *headers_r, struct str *body_r)
{
	size_t at = 0;

	while (at < m.len) {
		struct str line = str_sub(m, at, m.len);
		ptrdiff_t nl = str_find_char(line, '\n');

		if (nl < 0) {
			at = m.len;
			break;
		}
		if (nl == 0 || (nl == 1 && line.p[0] == '\r')) {
			*headers_r = str_sub(m, 0, at);
			*body_r = str_sub(m, at + (size_t)nl + 1, m.len);
			return;
		}
		at += (size_t)nl + 1;
	}
	*headers_r = m;
	*body_r = str_sub(m, m.len, 0);
}

static struct str take_line(struct str *rest)
{
	ptrdiff_t nl = str_find_char(*rest, '\n');
	size_t len = nl < 0 ? rest->len : (size_t)nl + 1;
	struct str line = str_sub(*rest, 0, len);

	*rest = str_sub(*rest, len, rest->len);
	while (line.len && (line.p[line.len - 1] == '\n' || line.p[line.len - 1] == '\r'))
		line.len--;
	return line;
}

bool msg_header_next(struct str *rest, struct str *name_r, struct strbuf *value)
{
	while (rest->len) {
		struct str line = take_line(rest);
		ptrdiff_t colon = str_find_char(line, ':');

		if (colon <= 0 || line.p[0] == ' ' || line.p[0] == '\t')
			continue;
		*name_r = str_trim(str_sub(line, 0, (size_t)colon));
		strbuf_add(value, str_trim(str_sub(line, (size_t)colon + 1, line.len)));
		while (rest->len && (*rest->p == ' ' || *rest->p == '\t')) {
			strbuf_addc(value, ' ');
			strbuf_add(value, str_trim(take_line(rest)));
		}
		return true;
	}
	return false;
}

bool msg_header(struct str headers, const char *name, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf value = STRBUF(1 << 20);
	struct str n;

	while (msg_header_next(&headers, &n, &value)) {
		if (str_eq_nocase(n, str_from(name))) {
			strbuf_add(out, strbuf_str(&value));
			return true;
		}
		strbuf_reset(&value);
	}
	return false;
}

void msg_without(struct str message, const char *unwanted, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf value = STRBUF(1 << 20);
	struct str headers, body, rest, name;

	msg_split(message, &headers, &body);
	rest = headers;
	for (const char *from = rest.p; msg_header_next(&rest, &name, &value);
	     from = rest.p) {
		if (!str_eq_nocase(name, str_from(unwanted)))
			strbuf_add_mem(out, from, (size_t)(rest.p - from));
		strbuf_reset(&value);
	}
	strbuf_add(out, STR("\r\n"));
	strbuf_add(out, body);
}

void msg_to_utf8(struct str bytes, const char *charset, struct strbuf *out)
{
	UErrorCode status = U_ZERO_ERROR;
	struct str cs = str_from(charset);
	int32_t need;
	char *p;

	if (!cs.len || str_eq_nocase(cs, STR("utf-8")) ||
	    str_eq_nocase(cs, STR("us-ascii"))) {
		utf8_repair(bytes, out);
		return;
	}
	need = ucnv_convert("UTF-8", charset, NULL, 0, bytes.p, (int32_t)bytes.len,
			    &status);
	if (status != U_BUFFER_OVERFLOW_ERROR) {
		utf8_repair(bytes, out);
		return;
	}
	status = U_ZERO_ERROR;
	p = mem_alloc((size_t)need + 1);
	ucnv_convert("UTF-8", charset, p, need + 1, bytes.p, (int32_t)bytes.len, &status);
	strbuf_add_mem(out, p, (size_t)need);
	free(p);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = str_lower_char(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void quoted_printable(struct str s, bool header, struct strbuf *out)
{
	for (size_t i = 0; i < s.len; i++) {
		if (header && s.p[i] == '_') {
			strbuf_addc(out, ' ');
		} else if (s.p[i] == '=' && i + 2 < s.len + 0 &&
			   hex_digit(s.p[i + 1]) >= 0 && hex_digit(s.p[i + 2]) >= 0) {
			strbuf_addc(out, (char)(hex_digit(s.p[i + 1]) * 16 +
						hex_digit(s.p[i + 2])));
			i += 2;
		} else if (s.p[i] == '=' && i + 1 < s.len && s.p[i + 1] == '\n') {
			i += 1;
		} else if (s.p[i] == '=' && i + 2 < s.len && s.p[i + 1] == '\r') {
			i += 2;
		} else {
			strbuf_addc(out, s.p[i]);
		}
	}
}

/* One encoded word at the start of @s: RFC 2047 section 2. */
static bool word(struct str s, size_t *used_r, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf bytes = STRBUF(1 << 20);
	struct str rest = str_sub(s, 2, s.len), charset, encoding;
	char name[40];
	ptrdiff_t end, star;

	if (!str_starts(s, STR("=?")) || !str_split(&rest, '?', &charset) ||
	    !str_split(&rest, '?', &encoding) || encoding.len != 1 || !rest.p)
		return false;
	end = str_find(rest, STR("?="));
	if (end < 0 || charset.len >= sizeof(name))
		return false;
	star = str_find_char(charset, '*');
	if (star >= 0)
		charset.len = (size_t)star;
	snprintf(name, sizeof(name), "%.*s", STR_FMT(charset));
	*used_r = (size_t)(rest.p - s.p) + (size_t)end + 2;
	rest.len = (size_t)end;
	if (str_lower_char(*encoding.p) == 'q')
		quoted_printable(rest, true, &bytes);
	else if (!base64_decode(rest, &bytes, NULL))
		return false;
	msg_to_utf8(strbuf_str(&bytes), name, out);
	return true;
}

void msg_decode_words(struct str raw, struct strbuf *out)
{
	bool after_word = false;
	size_t i = 0;

	while (i < raw.len) {
		size_t used = 0, blanks = 0;
		struct str rest = str_sub(raw, i, raw.len);

		while (blanks < rest.len &&
		       (rest.p[blanks] == ' ' || rest.p[blanks] == '\t'))
			blanks++;
		if (after_word && blanks &&
		    word(str_sub(rest, blanks, rest.len), &used, out)) {
			i += blanks + used;
			continue;
		}
		if (word(rest, &used, out)) {
			i += used;
			after_word = true;
			continue;
		}
		after_word = false;
		if ((unsigned char)raw.p[i] < 128)
			strbuf_addc(out, raw.p[i++]);
		else {
			size_t n = 1;

			while (i + n < raw.len && (unsigned char)raw.p[i + n] >= 128)
				n++;
			utf8_repair(str_sub(raw, i, n), out);
			i += n;
		}
	}
}

bool msg_header_text(struct str headers, const char *name, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf raw = STRBUF(1 << 20);

	if (!msg_header(headers, name, &raw))
		return false;
	msg_decode_words(strbuf_str(&raw), out);
	return true;
}

/* A parameter of a structured field; RFC 2231 only as far as name*=charset''text. */
static bool param(struct str value, const char *name, struct strbuf *out)
{
	size_t n = strlen(name);
	ptrdiff_t at;
	struct str rest = value;

	while ((at = str_find_char(rest, ';')) >= 0) {
		struct str v;
		bool extended;
		ptrdiff_t end;

		rest = str_trim(str_sub(rest, (size_t)at + 1, rest.len));
		if (!str_starts_nocase(rest, str_make(name, n)))
			continue;
		v = str_sub(rest, n, rest.len);
		extended = v.len && *v.p == '*';
		if (extended)
			v = str_sub(v, 1, v.len);
		v = str_trim(v);
		if (!v.len || *v.p != '=')
			continue;
		v = str_trim(str_sub(v, 1, v.len));
		if (v.len && *v.p == '"') {
			for (size_t i = 1; i < v.len && v.p[i] != '"'; i++) {
				if (v.p[i] == '\\' && i + 1 < v.len)
					i++;
				strbuf_addc(out, v.p[i]);
			}
			return true;
		}
		end = str_find_char(v, ';');
		if (end >= 0)
			v = str_trim(str_sub(v, 0, (size_t)end));
		if (extended && (end = str_find(v, STR("''"))) >= 0) {
			v = str_sub(v, (size_t)end + 2, v.len);
			for (size_t i = 0; i < v.len; i++)
				if (v.p[i] == '%' && i + 2 < v.len + 0 &&
				    hex_digit(v.p[i + 1]) >= 0 &&
				    hex_digit(v.p[i + 2]) >= 0) {
					strbuf_addc(out,
						    (char)(hex_digit(v.p[i + 1]) * 16 +
							   hex_digit(v.p[i + 2])));
					i += 2;
				} else {
					strbuf_addc(out, v.p[i]);
				}
			return true;
		}
		strbuf_add(out, v);
		return true;
	}
	return false;
}

static void comment(struct str *s)
{
	int depth = 0;

	while (s->len) {
		char c = *s->p;

		*s = str_sub(*s, c == '\\' ? 2 : 1, s->len);
		depth += (c == '(') - (c == ')');
		if (depth == 0)
			return;
	}
}

static void trim_end(struct strbuf *b)
{
	while (b->len && (b->p[b->len - 1] == ' ' || b->p[b->len - 1] == '\t'))
		strbuf_cut(b, b->len - 1);
}

static void quoted(struct str *s, struct strbuf *out)
{
	*s = str_sub(*s, 1, s->len);
	while (s->len && *s->p != '"') {
		if (*s->p == '\\' && s->len > 1)
			*s = str_sub(*s, 1, s->len);
		strbuf_addc(out, *s->p);
		*s = str_sub(*s, 1, s->len);
	}
	*s = str_sub(*s, 1, s->len);
}

bool msg_address_next(struct str *rest, struct strbuf *name, struct strbuf *address)
{
	CLEANUP(strbuf_finish) struct strbuf words = STRBUF(1 << 20);

	strbuf_reset(name);
	strbuf_reset(address);
	while (rest->len) {
		char c = *rest->p;

		if (c == '(') {
			comment(rest);
			continue;
		}
		if (c == '"') {
			quoted(rest, &words);
			continue;
		}
		*rest = str_sub(*rest, 1, rest->len);
		if (c == ':') { /* name of a group */
			strbuf_reset(&words);
		} else if (c == '<') {
			ptrdiff_t end = str_find_char(*rest, '>');

			end = end < 0 ? (ptrdiff_t)rest->len : end;
			strbuf_add(address, str_trim(str_sub(*rest, 0, (size_t)end)));
			*rest = str_sub(*rest, (size_t)end + 1, rest->len);
		} else if (c == ',' || c == ';') {
			if (address->len || str_find_char(strbuf_str(&words), '@') >= 0)
				break;
			strbuf_reset(&words);
		} else if (words.len || (c != ' ' && c != '\t')) {
			strbuf_addc(&words, c);
		}
	}
	trim_end(&words);
	if (!address->len && str_find_char(strbuf_str(&words), '@') >= 0)
		strbuf_add(address, strbuf_str(&words));
	else
		msg_decode_words(strbuf_str(&words), name);
	return address->len > 0;
}

static int month_of(struct str s)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (int i = 0; s.len >= 3 && i < 12; i++)
		if (str_eq_nocase(str_sub(s, 0, 3), str_make(names + 3 * i, 3)))
			return i + 1;
	return 0;
}

bool msg_date(struct str s, int64_t *unix_r)
{
	ptrdiff_t comma = str_find_char(s, ',');
	uint32_t v[3] = { 0 }, time[3] = { 0 }, zone = 0;
	struct str field, part;
	int month, n = 0;
	int64_t offset = 0;

	if (comma >= 0)
		s = str_sub(s, (size_t)comma + 1, s.len);
	s = str_trim(s);
	if (!str_split(&s, ' ', &field) || !num_u32(field, &v[0]))
		return false;
	s = str_trim(s);
	if (!str_split(&s, ' ', &field) || !(month = month_of(field)))
		return false;
	s = str_trim(s);
	if (!str_split(&s, ' ', &field) || !num_u32(field, &v[2]))
		return false;
	s = str_trim(s);
	if (str_split(&s, ' ', &field))
		while (n < 3 && str_split(&field, ':', &part))
			if (!num_u32(part, &time[n++]))
				return false;
	s = str_trim(s);
	if (s.len >= 5 && (*s.p == '+' || *s.p == '-') &&
	    num_u32(str_sub(s, 1, 4), &zone))
		offset = (*s.p == '-' ? -1 : 1) *
			 (int64_t)(zone / 100 * 3600 + zone % 100 * 60);
	*unix_r = clock_unix_from_civil(v[2] < 100 ? v[2] + 2000 : v[2], month, (int)v[0],
					(int)time[0], (int)time[1], (int)time[2]) -
		  offset;
	return true;
}

static void copy_lower(struct str s, char *out, size_t size)
{
	size_t n = MIN_OF(s.len, size - 1);

	for (size_t i = 0; i < n; i++)
		out[i] = str_lower_char(s.p[i]);
	out[n] = 0;
}

static void describe(struct str whole, struct msg_part *p, struct strbuf *boundary)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(1 << 16), t = STRBUF(1 << 16);
	struct str type, semi;

	memset(p, 0, sizeof(*p));
	msg_split(whole, &p->headers, &p->body);
	if (!msg_header(p->headers, "Content-Type", &v))
		strbuf_add(&v, STR("text/plain"));
	semi = strbuf_str(&v);
	str_split(&semi, ';', &type);
	copy_lower(str_trim(type), p->type, sizeof(p->type));
	param(strbuf_str(&v), "boundary", boundary);
	if (param(strbuf_str(&v), "charset", &t))
		copy_lower(strbuf_str(&t), p->charset, sizeof(p->charset));
	strbuf_reset(&t);
	if (param(strbuf_str(&v), "name", &t)) {
		CLEANUP(strbuf_finish) struct strbuf d = STRBUF(1 << 16);

		msg_decode_words(strbuf_str(&t), &d);
		snprintf(p->name, sizeof(p->name), "%s", strbuf_cstr(&d));
	}
	strbuf_reset(&v);
	strbuf_reset(&t);
	if (msg_header(p->headers, "Content-Disposition", &v)) {
		p->attachment = str_starts_nocase(strbuf_str(&v), STR("attachment"));
		p->is_inline = str_starts_nocase(strbuf_str(&v), STR("inline"));
		if (param(strbuf_str(&v), "filename", &t)) {
			CLEANUP(strbuf_finish) struct strbuf d = STRBUF(1 << 16);

			msg_decode_words(strbuf_str(&t), &d);
			snprintf(p->name, sizeof(p->name), "%s", strbuf_cstr(&d));
		}
	}
	strbuf_reset(&v);
	if (msg_header(p->headers, "Content-ID", &v)) {
		struct str id = strbuf_str(&v);

		if (id.len > 2 && *id.p == '<')
			id = str_sub(id, 1, id.len - 2);
		snprintf(p->content_id, sizeof(p->content_id), "%.*s", STR_FMT(id));
	}
}

static size_t walk(struct str whole, int depth, struct msg_part *parts, size_t n,
		   size_t max)
{
	CLEANUP(strbuf_finish) struct strbuf boundary = STRBUF(1000);
	struct msg_part p;
	struct str rest, start = STR_NONE;

	if (n >= max)
		return n;
	describe(whole, &p, &boundary);
	if (strncmp(p.type, "multipart/", 10) != 0 || !boundary.len ||
	    depth > MAX_DEPTH) {
		parts[n] = p;
		return n + 1;
	}
	rest = p.body;
	while (rest.len) {
		const char *at = rest.p;
		struct str line = take_line(&rest);

		if (line.len < boundary.len + 2 || line.p[0] != '-' || line.p[1] != '-' ||
		    !str_starts(str_sub(line, 2, line.len), strbuf_str(&boundary)))
			continue;
		if (start.p) {
			struct str part = str_make(start.p, (size_t)(at - start.p));

			if (part.len && part.p[part.len - 1] == '\n')
				part.len--;
			if (part.len && part.p[part.len - 1] == '\r')
				part.len--;
			n = walk(part, depth + 1, parts, n, max);
		}
		start = rest;
		if (str_starts(str_sub(line, 2 + boundary.len, 2), STR("--")))
			return n;
	}
	return start.p ? walk(start, depth + 1, parts, n, max) : n;
}

size_t msg_parts(struct str message, struct msg_part *parts, size_t max)
{
	return walk(message, 0, parts, 0, max);
}

void msg_part_bytes(const struct msg_part *p, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(1 << 16);

	msg_header(p->headers, "Content-Transfer-Encoding", &v);
	if (str_eq_nocase(strbuf_str(&v), STR("base64"))) {
		struct base64_decoder d = { 0 };

		if (base64_feed(&d, p->body, out, NULL))
			return;
	} else if (str_eq_nocase(strbuf_str(&v), STR("quoted-printable"))) {
		quoted_printable(p->body, false, out);
		return;
	}
	strbuf_add(out, p->body);
}

void msg_part_text(const struct msg_part *p, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf bytes = STRBUF(MAX_TEXT);

	msg_part_bytes(p, &bytes);
	msg_to_utf8(strbuf_str(&bytes), p->charset, out);
}
