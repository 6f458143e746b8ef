/* Content lines of RFC 5545 section 3.1: parameters, TEXT escapes, folding. */
#include "calendar/ics_write.h"

#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"

#define FOLD_OCTETS 75

void ics_line_begin(struct ics_line *line, const char *name)
{
	*line = (struct ics_line){ 0 };
	strbuf_init(&line->text, ICS_LINE_MAX);
	strbuf_add_cstr(&line->text, name);
}

/* May this character stand in a text? Noncharacters break XML and some readers. */
static bool is_allowed(uint32_t c)
{
	return (c >= 0x20 && c != 0x7F && c != 0xFFFE && c != 0xFFFF) || c == '\t';
}

void ics_line_param(struct ics_line *line, const char *name, const char *value)
{
	struct str rest = str_from(value);
	bool quoted = value && strpbrk(value, ":;,") != NULL;

	strbuf_addf(&line->text, ";%s=%s", name, quoted ? "\"" : "");
	while (rest.len) {
		uint32_t c = utf8_next(&rest);

		if (c != '"' && is_allowed(c))
			utf8_add(&line->text, c == UTF8_BAD ? 0xFFFD : c);
	}
	if (quoted)
		strbuf_addc(&line->text, '"');
}

static void begin_value(struct ics_line *line)
{
	if (!line->has_value)
		strbuf_addc(&line->text, ':');
	line->has_value = true;
}

void ics_line_value(struct ics_line *line, const char *value)
{
	struct str rest = str_from(value);

	begin_value(line);
	while (rest.len) {
		uint32_t c = utf8_next(&rest);

		if (is_allowed(c))
			utf8_add(&line->text, c == UTF8_BAD ? 0xFFFD : c);
	}
}

static void add_text_char(struct strbuf *out, uint32_t c)
{
	if (c == '\n')
		strbuf_add(out, STR("\\n"));
	else if (c == '\\' || c == ';' || c == ',')
		strbuf_addf(out, "\\%c", (char)c);
	else if (is_allowed(c))
		utf8_add(out, c == UTF8_BAD ? 0xFFFD : c);
}

void ics_line_text(struct ics_line *line, const char *text)
{
	struct str rest = str_from(text);

	begin_value(line);
	while (rest.len) {
		uint32_t c = utf8_next(&rest);

		if (c == '\r')
			c = rest.len && rest.p[0] == '\n' ? utf8_next(&rest) : '\n';
		add_text_char(&line->text, c);
	}
}

/* Octets of @rest that fit on a line of @room, cut before a character begins. */
static size_t fitting(struct str rest, size_t room)
{
	size_t len = room;

	if (rest.len <= room)
		return rest.len;
	while (len && ((unsigned char)rest.p[len] & 0xC0) == 0x80)
		len--;
	return len ? len : room;
}

void ics_line_end(struct ics_line *line, struct strbuf *out)
{
	struct str rest = strbuf_str(&line->text);
	size_t room = FOLD_OCTETS;

	if (line->text.overflow)
		out->overflow = true;
	while (rest.len) {
		size_t len = fitting(rest, room);

		strbuf_add(out, str_sub(rest, 0, len));
		rest = str_sub(rest, len, rest.len);
		strbuf_add_cstr(out, rest.len ? "\r\n " : "\r\n");
		room = FOLD_OCTETS - 1; /* the blank counts */
	}
	strbuf_finish(&line->text);
}

void ics_put(struct strbuf *out, const char *name, const char *value)
{
	struct ics_line line;

	if (!value || !*value)
		return;
	ics_line_begin(&line, name);
	ics_line_value(&line, value);
	ics_line_end(&line, out);
}

void ics_put_text(struct strbuf *out, const char *name, const char *text)
{
	struct ics_line line;

	if (!text || !*text)
		return;
	ics_line_begin(&line, name);
	ics_line_text(&line, text);
	ics_line_end(&line, out);
}

void ics_put_number(struct strbuf *out, const char *name, int64_t value)
{
	strbuf_addf(out, "%s:%lld\r\n", name, (long long)value);
}

void ics_add_date(struct strbuf *out, int32_t day)
{
	struct civil c = clock_civil_from_unix(day * (int64_t)86400);

	strbuf_addf(out, "%04d%02d%02d", c.year, c.month, c.day);
}

void ics_add_time(struct strbuf *out, int64_t local_s, bool utc)
{
	struct civil c = clock_civil_from_unix(local_s);

	strbuf_addf(out, "%04d%02d%02dT%02d%02d%02d%s", c.year, c.month, c.day, c.hour,
		    c.minute, c.second, utc ? "Z" : "");
}
