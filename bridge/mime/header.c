/*
 * Header fields, byte-exact. A field ends before the first line that does not begin with
 * a blank; the header ends with an empty line (RFC 5322 section 2.1).
 */
#include "bridge/mime/header.h"

static bool is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

/* Length of the first line with its line end. */
static size_t line_len(struct str s)
{
	ptrdiff_t lf = str_find_char(s, '\n');

	return lf < 0 ? s.len : (size_t)lf + 1;
}

static bool is_empty_line(struct str s)
{
	return (s.len >= 1 && s.p[0] == '\n') ||
	       (s.len >= 2 && s.p[0] == '\r' && s.p[1] == '\n');
}

static struct str without_line_end(struct str s)
{
	if (s.len && s.p[s.len - 1] == '\n')
		s.len--;
	if (s.len && s.p[s.len - 1] == '\r')
		s.len--;
	return s;
}

bool mime_field_next(struct str *rest, struct mime_field *field_r)
{
	size_t len, first;
	ptrdiff_t colon;

	if (rest->len == 0 || is_empty_line(*rest))
		return false;
	len = first = line_len(*rest);
	while (len < rest->len && is_wsp(rest->p[len]))
		len += line_len(str_sub(*rest, len, rest->len));
	field_r->raw = str_sub(*rest, 0, len);
	*rest = str_sub(*rest, len, rest->len);
	colon = str_find_char(str_sub(field_r->raw, 0, first), ':');
	if (colon <= 0 || is_wsp(field_r->raw.p[0])) {
		field_r->name = str_make(field_r->raw.p, 0);
		field_r->value = without_line_end(field_r->raw);
		return true;
	}
	field_r->name = str_trim(str_sub(field_r->raw, 0, (size_t)colon));
	field_r->value = without_line_end(str_sub(field_r->raw, (size_t)colon + 1, len));
	return true;
}

bool mime_field_find(struct str header, struct str name, struct str *value_r)
{
	struct mime_field field;

	while (mime_field_next(&header, &field))
		if (str_eq_nocase(field.name, name)) {
			*value_r = field.value;
			return true;
		}
	return false;
}

void mime_unfold(struct str value, struct strbuf *out)
{
	value = str_trim(value);
	while (value.len) {
		ptrdiff_t lf = str_find_char(value, '\n');
		struct str line = str_sub(value, 0, lf < 0 ? value.len : (size_t)lf);

		if (line.len && line.p[line.len - 1] == '\r')
			line.len--;
		strbuf_add(out, line);
		if (lf < 0)
			return;
		value = str_sub(value, (size_t)lf + 1, value.len);
		strbuf_addc(out, ' ');
		while (value.len && is_wsp(value.p[0]))
			value = str_sub(value, 1, value.len);
	}
}

size_t mime_header_len(struct str octets)
{
	struct str rest = octets;
	struct mime_field field;

	while (mime_field_next(&rest, &field))
		;
	if (rest.len)
		return octets.len - rest.len + line_len(rest);
	return octets.len;
}

static bool listed(struct str name, const struct str *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq_nocase(name, names[i]))
			return true;
	return false;
}

void mime_header_fields(struct str header, const struct str *names, size_t count,
			bool inverse, struct strbuf *out)
{
	struct mime_field field;

	while (mime_field_next(&header, &field)) {
		if (listed(field.name, names, count) == inverse)
			continue;
		strbuf_add(out, field.raw);
		if (field.raw.p[field.raw.len - 1] != '\n')
			strbuf_add(out, STR("\r\n"));
	}
	if (header.len)
		strbuf_add(out, STR("\r\n"));
}
