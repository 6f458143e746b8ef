/*
 * A plain reading of HTML mail and calendar bodies: no layout, no tables, no links; what
 * stands in script, style and head is dropped.
 */
#include "calendar/html_text.h"

#include "base/macros.h"
#include "base/num.h"
#include "base/utf8.h"

static const char *const blocks[] = { "br",  "p",  "/p",     "div", "/div", "tr",
				      "li",  "h1", "h2",     "h3",  "/h1",  "/h2",
				      "/h3", "hr", "/table", "ul",  "ol" };
static const char *const dropped[] = { "script", "style", "head", "title" };

static struct str tag_name(struct str tag)
{
	size_t len = 0;

	while (len < tag.len && (len == 0 || tag.p[len] != '/') && tag.p[len] != ' ' &&
	       tag.p[len] != '\t' && tag.p[len] != '\r' && tag.p[len] != '\n')
		len++;
	return str_sub(tag, 0, len);
}

static bool is_one_of(struct str name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq_nocase(name, str_from(names[i])))
			return true;
	return false;
}

static uint32_t entity(struct str name)
{
	static const struct {
		const char *name;
		uint32_t c;
	} known[] = { { "amp", '&' },	   { "lt", '<' },	 { "gt", '>' },
		      { "quot", '"' },	   { "apos", '\'' },	 { "nbsp", ' ' },
		      { "auml", 0xE4 },	   { "ouml", 0xF6 },	 { "uuml", 0xFC },
		      { "Auml", 0xC4 },	   { "Ouml", 0xD6 },	 { "Uuml", 0xDC },
		      { "szlig", 0xDF },   { "eacute", 0xE9 },	 { "ndash", 0x2013 },
		      { "mdash", 0x2014 }, { "hellip", 0x2026 }, { "bull", 0x2022 } };
	uint64_t number;

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (str_eq(name, str_from(known[i].name)))
			return known[i].c;
	if (str_starts_nocase(name, STR("#x"))
		    ? num_hex_u64(str_sub(name, 2, name.len), &number)
		    : str_starts(name, STR("#")) &&
			      num_u64(str_sub(name, 1, name.len), &number))
		return number && number < 0xD800	      ? (uint32_t)number
		       : number > 0xDFFF && number < 0x110000 ? (uint32_t)number
							      : 0xFFFD;
	return 0;
}

/* Two line feeds in a row at most, none at the beginning. */
static void add_line_feed(struct strbuf *out, size_t from)
{
	struct str text = str_sub(strbuf_str(out), from, out->len);

	if (text.len && !str_ends(text, STR("\n\n")))
		strbuf_addc(out, '\n');
}

static void add_blank(struct strbuf *out, size_t from)
{
	struct str text = str_sub(strbuf_str(out), from, out->len);

	if (text.len && !str_ends(text, STR(" ")) && !str_ends(text, STR("\n")))
		strbuf_addc(out, ' ');
}

/* Behind the end tag of @name. */
static struct str skip_element(struct str rest, struct str name)
{
	for (;;) {
		ptrdiff_t at = str_find(rest, STR("</"));

		if (at < 0)
			return STR_NONE;
		rest = str_sub(rest, (size_t)at + 2, rest.len);
		if (str_starts_nocase(rest, name))
			return rest;
	}
}

static struct str take_tag(struct str rest, struct strbuf *out, size_t from)
{
	bool comment = str_starts(rest, STR("<!--"));
	ptrdiff_t end = comment ? str_find(rest, STR("-->")) : str_find_char(rest, '>');
	struct str name;

	if (end < 0)
		return STR_NONE;
	name = tag_name(str_sub(rest, 1, (size_t)end - 1));
	rest = str_sub(rest, (size_t)end + (comment ? 3 : 1), rest.len);
	if (is_one_of(name, blocks, ARRAY_LEN(blocks)))
		add_line_feed(out, from);
	if (is_one_of(name, dropped, ARRAY_LEN(dropped))) {
		rest = skip_element(rest, name);
		end = str_find_char(rest, '>');
		rest = end < 0 ? STR_NONE : str_sub(rest, (size_t)end + 1, rest.len);
	}
	return rest;
}

static struct str take_entity(struct str rest, struct strbuf *out)
{
	ptrdiff_t end = str_find_char(str_sub(rest, 0, 12), ';');
	uint32_t c = end > 1 ? entity(str_sub(rest, 1, (size_t)end - 1)) : 0;

	if (!c) {
		strbuf_addc(out, '&');
		return str_sub(rest, 1, rest.len);
	}
	utf8_add(out, c);
	return str_sub(rest, (size_t)end + 1, rest.len);
}

void html_text(struct str html, struct strbuf *out)
{
	size_t from = out->len;

	while (html.len) {
		char c = html.p[0];

		if (c == '<') {
			html = take_tag(html, out, from);
			continue;
		}
		if (c == '&') {
			html = take_entity(html, out);
			continue;
		}
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			add_blank(out, from);
		else
			strbuf_addc(out, c);
		html = str_sub(html, 1, html.len);
	}
	while (out->len > from &&
	       (out->p[out->len - 1] == '\n' || out->p[out->len - 1] == ' '))
		strbuf_cut(out, out->len - 1);
}
