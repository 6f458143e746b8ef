/*
 * Modified UTF-7 (RFC 3501 section 5.1.3): "&" shifts to base64 of UTF-16 with "," for
 * "/", "-" shifts back, "&-" is an ampersand. A name has one spelling: what another
 * encoder would have written otherwise is refused, so that two names never mean one box.
 */
#include "bridge/mime/utf7.h"

#include "base/utf8.h"

static const char DIGITS[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

struct shift { /* base64 being read */
	uint32_t bits;
	unsigned have;
	uint32_t high; /* surrogate waiting for its other half, or 0 */
};

static bool is_plain(char c)
{
	return c >= 0x20 && c <= 0x7e;
}

static bool take_unit(struct shift *s, uint32_t unit, struct strbuf *out)
{
	if (s->high) {
		if (unit < 0xDC00 || unit > 0xDFFF)
			return false;
		utf8_add(out, 0x10000 + ((s->high - 0xD800) << 10) + (unit - 0xDC00));
		s->high = 0;
		return true;
	}
	if (unit >= 0xD800 && unit <= 0xDBFF) {
		s->high = unit;
		return true;
	}
	if ((unit >= 0xDC00 && unit <= 0xDFFF) || (unit >= 0x20 && unit <= 0x7e))
		return false;
	utf8_add(out, unit);
	return true;
}

/* @digits: what stands between "&" and "-", not empty. */
static bool decode_shifted(struct str digits, struct strbuf *out)
{
	struct shift s = { 0 };

	for (size_t i = 0; i < digits.len; i++) {
		const char *at = digits.p[i] ? strchr(DIGITS, digits.p[i]) : NULL;

		if (!at)
			return false;
		s.bits = s.bits << 6 | (uint32_t)(at - DIGITS);
		s.have += 6;
		if (s.have < 16)
			continue;
		s.have -= 16;
		if (!take_unit(&s, s.bits >> s.have & 0xFFFF, out))
			return false;
		s.bits &= (1u << s.have) - 1;
	}
	return !s.high && s.have < 6 && s.bits == 0;
}

bool mime_utf7_decode(struct str utf7, struct strbuf *out, struct err *err)
{
	bool shifted_before = false;

	for (size_t i = 0; i < utf7.len; i++) {
		ptrdiff_t len;

		if (!is_plain(utf7.p[i]))
			return err_set(err, ERR_SYNTAX, "8-bit or control octet in name");
		if (utf7.p[i] != '&') {
			strbuf_addc(out, utf7.p[i]);
			shifted_before = false;
			continue;
		}
		len = str_find_char(str_sub(utf7, i + 1, utf7.len), '-');
		if (len < 0)
			return err_set(err, ERR_SYNTAX, "unfinished '&' in name");
		if (len == 0)
			strbuf_addc(out, '&');
		else if (shifted_before ||
			 !decode_shifted(str_sub(utf7, i + 1, (size_t)len), out))
			return err_set(err, ERR_SYNTAX, "bad modified UTF-7 in name");
		shifted_before = len != 0;
		i += (size_t)len + 1;
	}
	return true;
}

static void add_unit(struct shift *s, uint32_t unit, struct strbuf *out)
{
	s->bits = s->bits << 16 | unit;
	s->have += 16;
	while (s->have >= 6) {
		s->have -= 6;
		strbuf_addc(out, DIGITS[s->bits >> s->have & 63]);
	}
	s->bits &= (1u << s->have) - 1;
}

static void add_code_point(struct shift *s, uint32_t c, struct strbuf *out)
{
	if (c < 0x10000) {
		add_unit(s, c, out);
		return;
	}
	add_unit(s, 0xD800 + ((c - 0x10000) >> 10), out);
	add_unit(s, 0xDC00 + ((c - 0x10000) & 0x3FF), out);
}

static void shift_end(struct shift *s, struct strbuf *out)
{
	if (s->have)
		strbuf_addc(out, DIGITS[s->bits << (6 - s->have) & 63]);
	strbuf_addc(out, '-');
	*s = (struct shift){ 0 };
}

void mime_utf7_encode(struct str utf8, struct strbuf *out)
{
	struct shift s = { 0 };
	bool shifted = false;

	while (utf8.len) {
		uint32_t c = utf8_next(&utf8);
		bool plain = c >= 0x20 && c <= 0x7e;

		if (plain && shifted)
			shift_end(&s, out);
		if (!plain && !shifted)
			strbuf_addc(out, '&');
		shifted = !plain;
		if (!plain)
			add_code_point(&s, c == UTF8_BAD ? 0xFFFD : c, out);
		else if (c == '&')
			strbuf_add(out, STR("&-"));
		else
			strbuf_addc(out, (char)c);
	}
	if (shifted)
		shift_end(&s, out);
}
