/* Base64 and hexadecimal: see base64.h. */
#include "base/base64.h"

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#define BLOCK 3072 /* octets appended at once */

void base64_encode(struct str bytes, struct strbuf *out)
{
	char block[BLOCK];
	size_t used = 0;

	for (size_t i = 0; i < bytes.len; i += 3) {
		const unsigned char *b = (const unsigned char *)bytes.p + i;
		size_t left = bytes.len - i;
		unsigned bits = (unsigned)b[0] << 16 |
				(left > 1 ? (unsigned)b[1] << 8 : 0) |
				(left > 2 ? b[2] : 0);

		block[used++] = alphabet[bits >> 18];
		block[used++] = alphabet[bits >> 12 & 63];
		block[used++] = left > 1 ? alphabet[bits >> 6 & 63] : '=';
		block[used++] = left > 2 ? alphabet[bits & 63] : '=';
		if (used == BLOCK) {
			strbuf_add_mem(out, block, used);
			used = 0;
		}
	}
	strbuf_add_mem(out, block, used);
}

enum { NO_DIGIT = -1, BLANK = -2, PADDING = -3 };

#define NONE_8 -1, -1, -1, -1, -1, -1, -1, -1
#define NONE_32 NONE_8, NONE_8, NONE_8, NONE_8

/* Value of each character, or one of the above. */
static const signed char values[256] = {
	-1, -1, -1, -1, -1, -1, -1, -1, -1,	 -2,	  -2,	   -1,	   -1, -2, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1,	 -1,	  -1,	   -1,	   -1, -1, -1,
	-1, -1, -2, -1, -1, -1, -1, -1, -1,	 -1,	  -1,	   -1,	   -1, 62, -1,
	-1, -1, 63, 52, 53, 54, 55, 56, 57,	 58,	  59,	   60,	   61, -1, -1,
	-1, -3, -1, -1, -1, 0,	1,  2,	3,	 4,	  5,	   6,	   7,  8,  9,
	10, 11, 12, 13, 14, 15, 16, 17, 18,	 19,	  20,	   21,	   22, 23, 24,
	25, -1, -1, -1, -1, -1, -1, 26, 27,	 28,	  29,	   30,	   31, 32, 33,
	34, 35, 36, 37, 38, 39, 40, 41, 42,	 43,	  44,	   45,	   46, 47, 48,
	49, 50, 51, -1, -1, -1, -1, -1, NONE_32, NONE_32, NONE_32, NONE_32
};

size_t base64_run(struct str text, char *out)
{
	const unsigned char *p = (const unsigned char *)text.p;
	size_t i = 0;

	for (; i + 4 <= text.len; i += 4, out += 3) {
		int a = values[p[i]], b = values[p[i + 1]];
		int c = values[p[i + 2]], d = values[p[i + 3]];

		if ((a | b | c | d) < 0)
			break;
		out[0] = (char)(a << 2 | b >> 4);
		out[1] = (char)(b << 4 | c >> 2);
		out[2] = (char)(c << 6 | d);
	}
	return i;
}

/* Runs at the front of @text: most of it. Return: how many characters. */
static size_t feed_run(struct str text, struct strbuf *out)
{
	struct str some = str_sub(text, 0, BLOCK);
	char *to = strbuf_space(out, some.len / 4 * 3);
	size_t used = to ? base64_run(some, to) : 0;

	if (used > 0)
		strbuf_added(out, used / 4 * 3);
	return used;
}

bool base64_feed(struct base64_decoder *d, struct str text, struct strbuf *out,
		 struct err *err)
{
	for (size_t i = 0; i < text.len; i++) {
		int value;

		if (d->have == 0 && !d->padded)
			i += feed_run(str_sub(text, i, text.len), out);
		if (i == text.len)
			break;
		value = values[(unsigned char)text.p[i]];
		if (value == BLANK)
			continue;
		if (value == PADDING) {
			d->padded = true;
			continue;
		}
		if (value < 0 || d->padded)
			return err_set(err, ERR_SYNTAX, "not base64");
		d->bits = d->bits << 6 | (unsigned)value;
		d->have += 6;
		if (d->have < 8)
			continue;
		d->have -= 8;
		strbuf_addc(out, (char)(d->bits >> d->have & 0xff));
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
