/* XML out and in: see xml.h. Requests match by local name. */
#include "tests/ewsim/xml.h"

#include <assert.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/utf8.h"
#include "tests/ewsim/fields.h"

static void escape_ascii(struct strbuf *out, char c)
{
	switch (c) {
	case '<':
		strbuf_add(out, STR("&lt;"));
		break;
	case '>':
		strbuf_add(out, STR("&gt;"));
		break;
	case '&':
		strbuf_add(out, STR("&amp;"));
		break;
	case '"':
		strbuf_add(out, STR("&quot;"));
		break;
	case '\r':
		strbuf_add(out, STR("&#xD;"));
		break;
	default:
		strbuf_addc(out,
			    (unsigned char)c < 32 && c != '\n' && c != '\t' ? '?' : c);
	}
}

void x_escape(struct strbuf *out, struct str text)
{
	while (text.len) {
		uint32_t cp;

		if ((unsigned char)*text.p < 128) {
			escape_ascii(out, *text.p);
			text = str_sub(text, 1, text.len);
			continue;
		}
		cp = utf8_next(&text);
		utf8_add(out,
			 cp == UTF8_BAD || cp == 0xFFFE || cp == 0xFFFF ? 0xFFFD : cp);
	}
}

void x_text(struct strbuf *out, const char *element, struct str text)
{
	strbuf_addf(out, "<%s>", element);
	x_escape(out, text);
	strbuf_addf(out, "</%s>", element);
}

void x_bool(struct strbuf *out, const char *element, bool value)
{
	strbuf_addf(out, "<%s>%s</%s>", element, value ? "true" : "false", element);
}

void x_int(struct strbuf *out, const char *element, int64_t value)
{
	strbuf_addf(out, "<%s>%lld</%s>", element, (long long)value, element);
}

void x_time_value(struct strbuf *out, int64_t unix_s)
{
	struct civil c = clock_civil_from_unix(unix_s);

	strbuf_addf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.day, c.hour,
		    c.minute, c.second);
}

void x_time(struct strbuf *out, const char *element, int64_t unix_s)
{
	strbuf_addf(out, "<%s>", element);
	x_time_value(out, unix_s);
	strbuf_addf(out, "</%s>", element);
}

static bool entity(struct str s, struct strbuf *out, size_t *used)
{
	static const struct {
		struct str name;
		char c;
	} table[] = { { { "&lt;", 4 }, '<' },	{ { "&gt;", 4 }, '>' },
		      { { "&amp;", 5 }, '&' },	{ { "&quot;", 6 }, '"' },
		      { { "&#xD;", 5 }, '\r' }, { { "&#13;", 5 }, '\r' } };

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (str_starts(s, table[i].name)) {
			strbuf_addc(out, table[i].c);
			*used = table[i].name.len;
			return true;
		}
	return false;
}

void x_plain(struct strbuf *out, const char *xml)
{
	struct str s = str_from(xml);
	bool tag = false;

	for (size_t i = 0; i < s.len; i++) {
		size_t used;

		if (s.p[i] == '<') {
			tag = true;
		} else if (s.p[i] == '>') {
			tag = false;
		} else if (!tag && s.p[i] == '&' &&
			   entity(str_sub(s, i, s.len), out, &used)) {
			i += used - 1;
		} else if (!tag) {
			strbuf_addc(out, s.p[i]);
		}
	}
}

static const xmlNode *element_from(const xmlNode *n)
{
	while (n && n->type != XML_ELEMENT_NODE)
		n = n->next;
	return n;
}

const xmlNode *x_first(const xmlNode *parent)
{
	return parent ? element_from(parent->children) : NULL;
}

const xmlNode *x_next(const xmlNode *node)
{
	return node ? element_from(node->next) : NULL;
}

bool x_is(const xmlNode *node, const char *name)
{
	return node && strcmp((const char *)node->name, name) == 0;
}

const xmlNode *x_child(const xmlNode *parent, const char *name)
{
	const xmlNode *n = x_first(parent);

	while (n && !x_is(n, name))
		n = x_next(n);
	return n;
}

struct str x_attr(const xmlNode *node, const char *name)
{
	if (!node)
		return STR_NONE;
	for (const xmlAttr *a = node->properties; a; a = a->next)
		if (strcmp((const char *)a->name, name) == 0)
			return a->children ? str_from((const char *)a->children->content)
					   : STR("");
	return STR_NONE;
}

void x_content(const xmlNode *node, struct strbuf *out)
{
	xmlChar *text = node ? xmlNodeGetContent(node) : NULL;

	if (text)
		strbuf_add_cstr(out, (const char *)text);
	xmlFree(text);
}

struct str x_short(const xmlNode *node)
{
	if (!node || !node->children || !node->children->content)
		return STR_NONE;
	return str_trim(str_from((const char *)node->children->content));
}

bool x_true(struct str s)
{
	return str_eq(s, STR("true")) || str_eq(s, STR("1"));
}

void x_copy(const xmlNode *node, struct strbuf *out)
{
	strbuf_addf(out, "<t:%s", (const char *)node->name);
	for (const xmlAttr *a = node->properties; a; a = a->next) {
		strbuf_addf(out, " %s=\"", (const char *)a->name);
		x_escape(out, x_attr(node, (const char *)a->name));
		strbuf_addc(out, '"');
	}
	strbuf_addc(out, '>');
	for (const xmlNode *n = node->children; n; n = n->next) {
		if (n->type == XML_ELEMENT_NODE)
			x_copy(n, out);
		else if (n->content &&
			 (n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE))
			x_escape(out, str_from((const char *)n->content));
	}
	strbuf_addf(out, "</t:%s>", (const char *)node->name);
}

static bool digits(struct str *s, size_t n, int *value_r)
{
	uint32_t v;

	if (s->len < n || !num_u32(str_sub(*s, 0, n), &v))
		return false;
	*value_r = (int)v;
	*s = str_sub(*s, n, s->len);
	return true;
}

static bool skip(struct str *s, char c)
{
	if (!s->len || *s->p != c)
		return false;
	*s = str_sub(*s, 1, s->len);
	return true;
}

static int64_t zone_of(struct str s, bool *local_r)
{
	bool minus = s.len && *s.p == '-';
	int h = 0, m = 0;

	*local_r = s.len == 0;
	if (!s.len || *s.p == 'Z')
		return 0;
	s = str_sub(s, 1, s.len);
	if (!digits(&s, 2, &h) || !skip(&s, ':') || !digits(&s, 2, &m))
		return 0;
	return (minus ? -1 : 1) * (h * 3600 + m * 60);
}

bool x_time_parse(struct str s, int64_t *unix_r, bool *local_r)
{
	int y, mo, d, h = 0, mi = 0, sec = 0, fraction;

	if (!digits(&s, 4, &y) || !skip(&s, '-') || !digits(&s, 2, &mo) ||
	    !skip(&s, '-') || !digits(&s, 2, &d))
		return false;
	if (skip(&s, 'T') &&
	    (!digits(&s, 2, &h) || !skip(&s, ':') || !digits(&s, 2, &mi) ||
	     !skip(&s, ':') || !digits(&s, 2, &sec)))
		return false;
	if (skip(&s, '.'))
		while (digits(&s, 1, &fraction))
			;
	*unix_r = clock_unix_from_civil(y, mo, d, h, mi, sec) - zone_of(s, local_r);
	return true;
}

const char *x_intern(const char *name)
{
	int index = field_index(name);

	assert(index >= 0);
	return field_table[index].element;
}
