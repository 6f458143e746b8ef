/* A small lexer over the bytes of an XML document: see xml_filter.h. XML 1.0 section 2.
 */
#include "ews/xml_filter.h"

#include <string.h>

#include "base/num.h"
#include "base/utf8.h"

enum {
	TEXT, /* character data; outside the root it is dropped */
	TAG, /* behind '<' */
	BANG, /* behind "<!", until we know what it is */
	OPEN, /* in a start tag */
	VALUE, /* in an attribute value */
	CLOSE, /* in an end tag */
	ENTITY, /* behind '&' */
	CDATA,
	COMMENT,
	INSTRUCTION,
	DECLARATION
};

#define REPLACEMENT STR("\xEF\xBF\xBD")

static bool is_legal(uint32_t c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0xD800) ||
	       (c >= 0xE000 && c < 0xFFFE) || (c >= 0x10000 && c < 0x110000);
}

static bool is_named(struct str name)
{
	return str_eq(name, STR("amp")) || str_eq(name, STR("lt")) ||
	       str_eq(name, STR("gt")) || str_eq(name, STR("quot")) ||
	       str_eq(name, STR("apos"));
}

/* @name: between '&' and ';'. */
static void put_entity(struct str name, struct strbuf *out)
{
	uint64_t code = 0;
	bool ok;

	if (str_starts(name, STR("#x")))
		ok = num_hex_u64(str_sub(name, 2, name.len), &code);
	else if (str_starts(name, STR("#")))
		ok = num_u64(str_sub(name, 1, name.len), &code);
	else
		ok = is_named(name);
	if (str_starts(name, STR("#")))
		ok = ok && code < 0x110000 && is_legal((uint32_t)code);
	if (!ok) {
		strbuf_add(out, REPLACEMENT);
		return;
	}
	strbuf_addc(out, '&');
	strbuf_add(out, name);
	strbuf_addc(out, ';');
}

static void feed_text(struct xml_filter *f, char c, struct strbuf *out)
{
	if (c == '<') {
		f->state = TAG;
	} else if (f->depth == 0) {
		return;
	} else if (c == '&') {
		f->state = ENTITY;
		f->resume = TEXT;
		f->held = 0;
	} else {
		strbuf_addc(out, c);
	}
}

static void feed_tag(struct xml_filter *f, char c, struct strbuf *out)
{
	f->last[0] = f->last[1] = '\0';
	f->held = 0;
	if (c == '!') {
		f->state = BANG;
	} else if (c == '?') {
		f->state = INSTRUCTION;
	} else {
		f->state = c == '/' ? CLOSE : OPEN;
		strbuf_addc(out, '<');
		strbuf_addc(out, c);
	}
}

static void feed_bang(struct xml_filter *f, char c, struct strbuf *out)
{
	static const char cdata[] = "[CDATA[";

	f->hold[f->held++] = c;
	if (f->held == 2 && memcmp(f->hold, "--", 2) == 0) {
		f->state = COMMENT;
	} else if (f->held == sizeof(cdata) - 1 && memcmp(f->hold, cdata, f->held) == 0) {
		f->state = CDATA;
		strbuf_add(out, STR("<![CDATA["));
	} else if ((f->held > 1 || c != '-') && (f->held >= sizeof(cdata) - 1 ||
						 memcmp(f->hold, cdata, f->held) != 0)) {
		f->state = c == '>' ? TEXT : DECLARATION;
	}
}

static void close_element(struct xml_filter *f)
{
	f->state = TEXT;
	if (f->depth > 0)
		f->depth--;
	f->ended = f->depth == 0;
}

static void feed_open(struct xml_filter *f, char c, struct strbuf *out)
{
	strbuf_addc(out, c);
	if (c == '"' || c == '\'') {
		f->quote = c;
		f->state = VALUE;
	} else if (c == '>') {
		f->depth++;
		f->state = TEXT;
		if (f->last[1] == '/')
			close_element(f);
	}
}

static void feed_value(struct xml_filter *f, char c, struct strbuf *out)
{
	if (c == '&') {
		f->state = ENTITY;
		f->resume = VALUE;
		f->held = 0;
		return;
	}
	if (c == f->quote)
		f->state = OPEN;
	if (c == '<') /* not allowed there: the parser would refuse the document */
		strbuf_add(out, STR("&lt;"));
	else
		strbuf_addc(out, c);
}

static void feed(struct xml_filter *f, char c, struct strbuf *out);

static void feed_entity(struct xml_filter *f, char c, struct strbuf *out)
{
	bool name_char = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			 (c >= '0' && c <= '9') || (c == '#' && f->held == 0);

	if (c == ';' && f->held > 0) {
		f->state = f->resume;
		put_entity(str_make(f->hold, f->held), out);
	} else if (name_char && f->held < sizeof(f->hold)) {
		f->hold[f->held++] = c;
	} else { /* a lone ampersand */
		f->state = f->resume;
		strbuf_add(out, STR("&amp;"));
		strbuf_add_mem(out, f->hold, f->held);
		feed(f, c, out);
	}
}

static void feed(struct xml_filter *f, char c, struct strbuf *out)
{
	switch (f->state) {
	case TEXT:
		feed_text(f, c, out);
		return;
	case TAG:
		feed_tag(f, c, out);
		return;
	case BANG:
		feed_bang(f, c, out);
		return;
	case OPEN:
		feed_open(f, c, out);
		break;
	case VALUE:
		feed_value(f, c, out);
		break;
	case ENTITY:
		feed_entity(f, c, out);
		return;
	case CLOSE:
		strbuf_addc(out, c);
		if (c == '>')
			close_element(f);
		break;
	case CDATA:
		strbuf_addc(out, c);
		if (c == '>' && f->last[0] == ']' && f->last[1] == ']')
			f->state = TEXT;
		break;
	case COMMENT:
		if (c == '>' && f->last[0] == '-' && f->last[1] == '-')
			f->state = TEXT;
		break;
	case INSTRUCTION:
		if (c == '>' && f->last[1] == '?')
			f->state = TEXT;
		break;
	case DECLARATION:
		if (c == '>')
			f->state = TEXT;
		break;
	}
	f->last[0] = f->last[1];
	f->last[1] = c;
}

/* A whole character of two to four bytes, or U+FFFD: only where text may stand. */
static void put_wide(struct xml_filter *f, struct str bytes, struct strbuf *out)
{
	bool dropped = f->state == COMMENT || f->state == INSTRUCTION ||
		       f->state == DECLARATION || f->state == BANG ||
		       (f->state == TEXT && f->depth == 0);

	if (f->state == ENTITY) {
		f->state = f->resume;
		strbuf_add(out, STR("&amp;"));
		strbuf_add_mem(out, f->hold, f->held);
	} else if (f->state == TAG) {
		f->state = OPEN;
		strbuf_addc(out, '<');
	}
	if (!dropped)
		strbuf_add(out, bytes);
	f->last[0] = f->last[1] = '\0';
}

static size_t utf8_need(unsigned char first)
{
	return first >= 0xF0 && first < 0xF5   ? 4
	       : first >= 0xE0 && first < 0xF0 ? 3
	       : first >= 0xC2 && first < 0xE0 ? 2
					       : 0;
}

static void end_wide(struct xml_filter *f, struct strbuf *out)
{
	struct str bytes = str_make((const char *)f->utf8, f->utf8_len);
	struct str rest = bytes;
	uint32_t c = utf8_next(&rest);

	f->utf8_len = 0;
	put_wide(f, c != UTF8_BAD && rest.len == 0 && is_legal(c) ? bytes : REPLACEMENT,
		 out);
}

static void feed_byte(struct xml_filter *f, unsigned char c, struct strbuf *out)
{
	if (f->utf8_len > 0) {
		if ((c & 0xC0) == 0x80) {
			f->utf8[f->utf8_len++] = c;
			if (f->utf8_len == utf8_need(f->utf8[0]))
				end_wide(f, out);
			return;
		}
		f->utf8_len = 0; /* cut off */
		put_wide(f, REPLACEMENT, out);
	}
	if (c < 0x80 && is_legal(c)) {
		feed(f, (char)c, out);
	} else if (utf8_need(c) > 0) {
		f->utf8[0] = c;
		f->utf8_len = 1;
	} else {
		put_wide(f, REPLACEMENT, out);
	}
}

/* Most bytes are plain text (base64): pass such runs at once. */
static size_t plain_run(struct str in, size_t from)
{
	size_t end = from;

	while (end < in.len) {
		unsigned char c = (unsigned char)in.p[end];

		if (c < 0x20 || c >= 0x80 || c == '<' || c == '&')
			break;
		end++;
	}
	return end - from;
}

size_t xml_filter_feed(struct xml_filter *f, struct str in, struct strbuf *out)
{
	size_t i = 0;

	while (i < in.len && !f->ended) {
		if (f->state == TEXT && f->utf8_len == 0 && f->depth > 0) {
			size_t run = plain_run(in, i);

			strbuf_add_mem(out, in.p + i, run);
			i += run;
			if (run > 0)
				continue;
		}
		feed_byte(f, (unsigned char)in.p[i++], out);
	}
	return i;
}
