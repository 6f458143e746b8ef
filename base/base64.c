/* Base64 and hexadecimal: see base64.h. */
#include "base/base64.h"

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct str bytes, struct strbuf *out)
{
	for (size_t i = 0; i < bytes.len; i += 3) {
		const unsigned char *b = (const unsigned char *)bytes.p + i;
		size_t left = bytes.len - i;
		unsigned bits = (unsigned)b[0] << 16 |
				(left > 1 ? (unsigned)b[1] << 8 : 0) |
				(left > 2 ? b[2] : 0);
		char quad[4] = {
			alphabet[bits >> 18],
			alphabet[bits >> 12 & 63],
			left > 1 ? alphabet[bits >> 6 & 63] : '=',
			left > 2 ? alphabet[bits & 63] : '=',
		};

		strbuf_add_mem(out, quad, sizeof(quad));
	}
}

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_feed(struct base64_decoder *d, struct str text, struct strbuf *out,
		 struct err *err)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];
		int value = value_of(c);

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			continue;
		if (c == '=') {
			d->padded = true;
			continue;
		}
		if (value < 0 || d->padded)
			return err_set(err, ERR_SYNTAX, "not base64");
		d->bits = d->bits << 6 | (unsigned)value;
		d->have += 6;
		if (d->have >= 8) {
			d->have -= 8;
			strbuf_addc(out, (char)(d->bits >> d->have & 0xff));
		}
	}
	return true;
}

bool base64_decode(struct str text, struct strbuf *out, struct err *err)
{
	struct base64_decoder d = { 0 };

	return base64_feed(&d, text, out, err);
}

void hex_encode(struct str bytes, struct strbuf *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes.len; i++) {
		strbuf_addc(out, digits[(unsigned char)bytes.p[i] >> 4]);
		strbuf_addc(out, digits[(unsigned char)bytes.p[i] & 15]);
	}
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = str_lower_char(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_decode(struct str text, struct strbuf *out, struct err *err)
{
	if (text.len % 2)
		return err_set(err, ERR_SYNTAX, "odd number of hexadecimal digits");
	for (size_t i = 0; i < text.len; i += 2) {
		int high = hex_value(text.p[i]), low = hex_value(text.p[i + 1]);

		if (high < 0 || low < 0)
			return err_set(err, ERR_SYNTAX, "not hexadecimal");
		strbuf_addc(out, (char)(high << 4 | low));
	}
	return true;
}
