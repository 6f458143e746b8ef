/* Changes to headers: see edit.h. Nothing but the field in question is touched. */
#include "bridge/mime/edit.h"

#include "bridge/mime/header.h"

static bool listed(struct str name, const struct str *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq_nocase(name, names[i]))
			return true;
	return false;
}

void mime_edit_strip(struct str message, const struct str *names, size_t count,
		     struct strbuf *out)
{
	struct mime_field field;

	while (mime_field_next(&message, &field))
		if (!listed(field.name, names, count))
			strbuf_add(out, field.raw);
	strbuf_add(out, message);
}

void mime_edit_insert(struct str message, struct str name, struct str value,
		      struct strbuf *out)
{
	strbuf_add(out, name);
	strbuf_add(out, STR(": "));
	for (size_t i = 0; i < value.len; i++) {
		bool is_end = value.p[i] == '\r' || value.p[i] == '\n';

		if (str_starts_nocase(str_sub(value, i, value.len), STR("\r\n ")))
			strbuf_add(out, str_sub(value, i++, 2));
		else
			strbuf_addc(out, is_end ? ' ' : value.p[i]);
	}
	strbuf_add(out, STR("\r\n"));
	strbuf_add(out, message);
}

void mime_crlf(struct str text, struct strbuf *out)
{
	size_t from = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] != '\r' && text.p[i] != '\n')
			continue;
		strbuf_add(out, str_sub(text, from, i - from));
		strbuf_add(out, STR("\r\n"));
		if (text.p[i] == '\r' && i + 1 < text.len && text.p[i + 1] == '\n')
			i++;
		from = i + 1;
	}
	strbuf_add(out, str_sub(text, from, text.len));
}
