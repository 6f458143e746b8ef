/*
 * A small MIME writer for the sample mailbox: RFC 5322 dates, RFC 2047 words, RFC 2231
 * parameters, quoted-printable and base64 bodies. Character sets come from ICU.
 */
#include "tests/ewsim/demo_mime.h"

#include <unicode/ucnv.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"

enum { WORD_BYTES = 30, BASE64_LINE_BYTES = 57, NAME_PIECE = 18 };

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

void demo_charset(struct str utf8, const char *charset, struct strbuf *out)
{
	CLEANUP(mem_free_ptr) char *room = NULL;
	size_t size = utf8.len * 4 + 32; /* ISO-2022-JP escapes included */
	UErrorCode status = U_ZERO_ERROR;
	int32_t len;

	if (str_eq_nocase(str_from(charset), STR("utf-8")) ||
	    str_eq_nocase(str_from(charset), STR("us-ascii"))) {
		strbuf_add(out, utf8);
		return;
	}
	room = mem_alloc(size);
	len = ucnv_convert(charset, "UTF-8", room, (int32_t)size, utf8.p,
			   (int32_t)utf8.len, &status);
	if (U_SUCCESS(status))
		strbuf_add_mem(out, room, (size_t)len);
	else
		strbuf_add(out, utf8);
}

/* As much of @rest as goes into one encoded word, never splitting a character. */
static struct str take_word(struct str *rest)
{
	struct str word = { rest->p, 0 };

	while (rest->len && word.len < WORD_BYTES) {
		const char *before = rest->p;
		utf8_next(rest);
		word.len += (size_t)(rest->p - before);
	}
	return word;
}

static void add_q_word(struct str octets, struct strbuf *out)
{
	for (size_t i = 0; i < octets.len; i++) {
		unsigned char c = (unsigned char)octets.p[i];

		if (c == ' ')
			strbuf_addc(out, '_');
		else if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			 (c >= 'a' && c <= 'z'))
			strbuf_addc(out, (char)c);
		else
			strbuf_addf(out, "=%02X", c);
	}
}

void demo_words(struct str utf8, const char *charset, struct strbuf *out)
{
	bool latin = charset[0] == 'I' && str_starts(str_from(charset), STR("ISO-8859-"));

	if (is_ascii(utf8)) {
		strbuf_add(out, utf8);
		return;
	}
	for (bool first = true; utf8.len; first = false) {
		CLEANUP(strbuf_finish) struct strbuf octets = STRBUF(256);

		demo_charset(take_word(&utf8), charset, &octets);
		strbuf_addf(out, "%s=?%s?%c?", first ? "" : "\r\n ", charset,
			    latin ? 'Q' : 'B');
		if (latin)
			add_q_word(strbuf_str(&octets), out);
		else
			base64_encode(strbuf_str(&octets), out);
		strbuf_add(out, STR("?="));
	}
}

void demo_header(const char *name, struct str utf8, const char *charset,
		 struct strbuf *out)
{
	strbuf_addf(out, "%s: ", name);
	demo_words(utf8, charset, out);
	strbuf_add(out, STR("\r\n"));
}

void demo_date(int64_t unix_s, int zone_min, struct strbuf *out)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil c = clock_civil_from_unix(unix_s + zone_min * 60);
	int east = zone_min < 0 ? -zone_min : zone_min;

	strbuf_addf(out, "%.3s, %d %.3s %04d %02d:%02d:%02d %c%02d%02d",
		    days + 3 * c.weekday, c.day, months + 3 * (c.month - 1), c.year,
		    c.hour, c.minute, c.second, zone_min < 0 ? '-' : '+', east / 60,
		    east % 60);
}

/* Quoted-printable (RFC 2045 section 6.7): lines end in LF in @octets. */
static void add_qp(struct str octets, struct strbuf *out)
{
	size_t column = 0;

	for (size_t i = 0; i < octets.len; i++) {
		unsigned char c = (unsigned char)octets.p[i];
		bool last = i + 1 == octets.len || octets.p[i + 1] == '\n';
		bool plain = (c >= 33 && c <= 126 && c != '=') ||
			     ((c == ' ' || c == '\t') && !last);

		if (c == '\n') {
			strbuf_add(out, STR("\r\n"));
			column = 0;
			continue;
		}
		if (column > 72) {
			strbuf_add(out, STR("=\r\n"));
			column = 0;
		}
		if (plain)
			strbuf_addc(out, (char)c);
		else
			strbuf_addf(out, "=%02X", c);
		column += plain ? 1 : 3;
	}
}

static void add_base64(struct str octets, struct strbuf *out)
{
	for (size_t i = 0; i < octets.len; i += BASE64_LINE_BYTES) {
		base64_encode(str_sub(octets, i, BASE64_LINE_BYTES), out);
		strbuf_add(out, STR("\r\n"));
	}
}

static void add_lines(struct str octets, struct strbuf *out)
{
	for (size_t i = 0; i < octets.len; i++) {
		if (octets.p[i] == '\n')
			strbuf_addc(out, '\r');
		strbuf_addc(out, octets.p[i]);
	}
}

void demo_body(struct str octets, enum demo_encoding encoding, struct strbuf *out)
{
	if (encoding == DEMO_BASE64)
		add_base64(octets, out);
	else if (encoding == DEMO_QP)
		add_qp(octets, out);
	else
		add_lines(octets, out);
}

static const char *encoding_name(enum demo_encoding encoding)
{
	static const char *const names[] = { "7bit", "8bit", "quoted-printable",
					     "base64" };
	return names[encoding];
}

void demo_text(const char *subtype, const char *params, const char *charset,
	       enum demo_encoding encoding, struct str utf8, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf lines = STRBUF(4 << 20);
	CLEANUP(strbuf_finish) struct strbuf octets = STRBUF(4 << 20);

	strbuf_addf(out, "Content-Type: text/%s; charset=%s%s\r\n", subtype, charset,
		    params);
	strbuf_addf(out, "Content-Transfer-Encoding: %s\r\n\r\n",
		    encoding_name(encoding));
	/* Inside base64 the text itself has CRLF (RFC 2046 section 4.1.1). */
	if (encoding == DEMO_BASE64)
		add_lines(utf8, &lines);
	else
		strbuf_add(&lines, utf8);
	demo_charset(strbuf_str(&lines), charset, &octets);
	demo_body(strbuf_str(&octets), encoding, out);
}

static void add_percent(struct str octets, struct strbuf *out)
{
	for (size_t i = 0; i < octets.len; i++) {
		unsigned char c = (unsigned char)octets.p[i];

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_')
			strbuf_addc(out, (char)c);
		else
			strbuf_addf(out, "%%%02X", c);
	}
}

/* RFC 2231 sections 3 and 4.1: name*0*=UTF-8''..., name*1*=... */
static void add_continued(const char *param, struct str name, struct strbuf *out)
{
	for (unsigned piece = 0; name.len; piece++) {
		struct str now = { name.p, 0 };

		while (name.len && now.len < NAME_PIECE) {
			const char *before = name.p;
			utf8_next(&name);
			now.len += (size_t)(name.p - before);
		}
		strbuf_addf(out, ";\r\n\t%s*%u*=%s", param, piece,
			    piece ? "" : "UTF-8''");
		add_percent(now, out);
	}
}

static void add_name(const char *param, const struct demo_attachment *a,
		     struct strbuf *out)
{
	struct str name = str_from(a->name);

	if (!a->name)
		return;
	if (is_ascii(name)) {
		strbuf_addf(out, ";\r\n\t%s=\"%s\"", param, a->name);
	} else if (a->style == DEMO_NAME_CONTINUED) {
		add_continued(param, name, out);
	} else if (a->style == DEMO_NAME_RFC2231) {
		strbuf_addf(out, ";\r\n\t%s*=UTF-8''", param);
		add_percent(name, out);
	} else {
		strbuf_addf(out, ";\r\n\t%s=\"", param);
		demo_words(name, "UTF-8", out);
		strbuf_addc(out, '"');
	}
}

void demo_attach(const struct demo_attachment *a, struct str octets, struct strbuf *out)
{
	strbuf_addf(out, "Content-Type: %s", a->type);
	add_name("name", a, out);
	strbuf_add(out, STR("\r\n"));
	if (a->disposition) {
		strbuf_addf(out, "Content-Disposition: %s", a->disposition);
		add_name("filename", a, out);
		strbuf_add(out, STR("\r\n"));
	}
	if (a->content_id)
		strbuf_addf(out, "Content-ID: <%s>\r\n", a->content_id);
	strbuf_addf(out, "Content-Transfer-Encoding: %s\r\n\r\n",
		    encoding_name(a->encoding));
	demo_body(octets, a->encoding, out);
}
