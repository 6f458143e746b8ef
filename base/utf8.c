/* UTF-8: see utf8.h. */
#include "base/utf8.h"

static uint32_t take_bad(struct str *rest)
{
	*rest = str_sub(*rest, 1, rest->len);
	return UTF8_BAD;
}

uint32_t utf8_next(struct str *rest)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *b = (const unsigned char *)rest->p;
	size_t len;
	uint32_t code;

	if (!rest->len)
		return UTF8_BAD;
	if (b[0] < 0x80) {
		*rest = str_sub(*rest, 1, rest->len);
		return b[0];
	}
	len = b[0] >= 0xF0 && b[0] < 0xF5 ? 4 : b[0] >= 0xE0 && b[0] < 0xF0 ? 3 : 2;
	if (b[0] < 0xC2 || b[0] >= 0xF5 || rest->len < len)
		return take_bad(rest);
	code = b[0] & (0xFFu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((b[i] & 0xC0) != 0x80)
			return take_bad(rest);
		code = code << 6 | (b[i] & 0x3Fu);
	}
	if (code < smallest[len] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
		return take_bad(rest);
	*rest = str_sub(*rest, len, rest->len);
	return code;
}

bool utf8_valid(struct str s)
{
	while (s.len)
		if (utf8_next(&s) == UTF8_BAD)
			return false;
	return true;
}

void utf8_add(struct strbuf *out, uint32_t code)
{
	char b[4];

	if (code < 0x80) {
		strbuf_addc(out, (char)code);
	} else if (code < 0x800) {
		b[0] = (char)(0xC0 | code >> 6);
		b[1] = (char)(0x80 | (code & 0x3F));
		strbuf_add_mem(out, b, 2);
	} else if (code < 0x10000) {
		b[0] = (char)(0xE0 | code >> 12);
		b[1] = (char)(0x80 | (code >> 6 & 0x3F));
		b[2] = (char)(0x80 | (code & 0x3F));
		strbuf_add_mem(out, b, 3);
	} else {
		b[0] = (char)(0xF0 | (code >> 18 & 7));
		b[1] = (char)(0x80 | (code >> 12 & 0x3F));
		b[2] = (char)(0x80 | (code >> 6 & 0x3F));
		b[3] = (char)(0x80 | (code & 0x3F));
		strbuf_add_mem(out, b, 4);
	}
}

void utf8_repair(struct str s, struct strbuf *out)
{
	while (s.len) {
		uint32_t code = utf8_next(&s);

		utf8_add(out, code == UTF8_BAD ? 0xFFFD : code);
	}
}
