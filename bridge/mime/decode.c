/*
 * Transfer encodings (RFC 2045 section 6), lenient as mail needs it, and the text of
 * parts. Base64 skips what is not of its alphabet and goes on behind padding.
 */
#include "bridge/mime/decode.h"

#include "base/base64.h"
#include "base/num.h"
#include "bridge/mime/charset.h"

enum { BASE64_LINE_BYTES = 57, QP_COLUMNS = 76, SLICE_BYTES = 64 << 10 };

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

struct base64_state {
	unsigned bits, have;
	bool bad;
};

static bool is_blank(char c)
{
	return c == '\r' || c == '\n' || c == ' ' || c == '\t';
}

/* Lines of whole groups at the front of @text. Return: how many characters. */
static size_t feed_lines(struct str text, struct strbuf *out)
{
	char *to = strbuf_space(out, text.len / 4 * 3), *start = to;
	size_t at = 0, run;

	if (!to)
		return 0;
	do {
		run = base64_run(str_sub(text, at, text.len), to);
		at += run;
		to += run / 4 * 3;
		while (at < text.len && is_blank(text.p[at]))
			at++;
	} while (run > 0);
	strbuf_added(out, (size_t)(to - start));
	return at;
}

/* Any split of the text may be fed. */
static void feed_base64(struct base64_state *state, struct str text, struct strbuf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		int value;

		if (state->have == 0)
			i += feed_lines(str_sub(text, i, text.len), out);
		if (i == text.len)
			break;
		value = base64_value(text.p[i]);
		if (text.p[i] == '=')
			state->bits = state->have = 0;
		else if (value < 0 && !is_blank(text.p[i]))
			state->bad = true;
		if (value < 0)
			continue;
		state->bits = (state->bits << 6 | (unsigned)value) & 0xFFFF;
		state->have += 6;
		if (state->have < 8)
			continue;
		state->have -= 8;
		strbuf_addc(out, (char)(state->bits >> state->have & 0xFF));
	}
}

static bool decode_base64(struct str body, struct strbuf *out)
{
	struct base64_state state = { 0 };

	feed_base64(&state, body, out);
	return !state.bad && state.have < 6;
}

/* Length of blanks and a line end at the front of @s, 0 if something else comes. */
static size_t blank_line_end(struct str s)
{
	size_t n = 0;

	while (n < s.len && (s.p[n] == ' ' || s.p[n] == '\t'))
		n++;
	if (n == s.len)
		return n;
	if (s.p[n] == '\r' && n + 1 < s.len && s.p[n + 1] == '\n')
		return n + 2;
	return s.p[n] == '\n' ? n + 1 : 0;
}

static bool decode_qp(struct str body, struct strbuf *out)
{
	bool good = true;

	for (size_t i = 0; i < body.len;) {
		struct str behind = str_sub(body, i + 1, body.len);
		uint64_t byte;
		size_t n = 1;

		if (body.p[i] == '=') {
			size_t soft = blank_line_end(behind);

			if (soft || !behind.len) {
				n += soft;
			} else if (behind.len >= 2 &&
				   num_hex_u64(str_sub(behind, 0, 2), &byte)) {
				strbuf_addc(out, (char)byte);
				n += 2;
			} else {
				strbuf_addc(out, '=');
				good = false;
			}
		} else if (body.p[i] == ' ' || body.p[i] == '\t') {
			struct str rest = str_sub(body, i, body.len);
			size_t blanks = blank_line_end(rest);

			/* Blanks before a line end were added on the way. */
			if (blanks) {
				n = blanks;
				strbuf_add(out, str_ends(str_sub(rest, 0, n), STR("\n"))
							? STR("\r\n")
							: STR(""));
			} else {
				strbuf_addc(out, body.p[i]);
			}
		} else {
			strbuf_addc(out, body.p[i]);
		}
		i += n;
	}
	return good;
}

static void decode_uu_line(struct str line, struct strbuf *out)
{
	size_t want = (unsigned)(line.p[0] - ' ') & 63;
	unsigned bits = 0, have = 0;

	for (size_t i = 1; i < line.len && want; i++) {
		bits = (bits << 6 | ((unsigned)(line.p[i] - ' ') & 63)) & 0xFFFF;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		strbuf_addc(out, (char)(bits >> have & 0xFF));
		want--;
	}
}

static bool decode_uu(struct str body, struct strbuf *out)
{
	struct str line;
	bool begun = false;

	while (str_split(&body, '\n', &line)) {
		line = line.len && line.p[line.len - 1] == '\r'
			       ? str_sub(line, 0, line.len - 1)
			       : line;
		if (!begun)
			begun = str_starts(line, STR("begin "));
		else if (str_eq(line, STR("end")))
			return true;
		else if (line.len)
			decode_uu_line(line, out);
	}
	return false;
}

bool mime_decode(enum mime_encoding encoding, struct str body, struct strbuf *out)
{
	switch (encoding) {
	case MIME_ENCODING_NONE:
		strbuf_add(out, body);
		return true;
	case MIME_ENCODING_QP:
		return decode_qp(body, out);
	case MIME_ENCODING_BASE64:
		return decode_base64(body, out);
	case MIME_ENCODING_UUENCODE:
		return decode_uu(body, out);
	case MIME_ENCODING_UNKNOWN:
		break;
	}
	return false;
}

bool mime_part_decode(const struct mime_part *part, struct strbuf *out)
{
	return mime_decode(part->encoding, part->body, out);
}

/* Lines stay whole, so that each slice can be decoded by itself. */
static size_t slice_end(struct str body, enum mime_encoding encoding)
{
	const char *lf;

	if (body.len <= SLICE_BYTES || encoding == MIME_ENCODING_UUENCODE)
		return body.len;
	if (encoding != MIME_ENCODING_QP)
		return SLICE_BYTES;
	lf = memchr(body.p + SLICE_BYTES, '\n', body.len - SLICE_BYTES);
	return lf ? (size_t)(lf - body.p) + 1 : body.len;
}

void mime_part_each(const struct mime_part *part, mime_piece_fn *fn, void *context)
{
	CLEANUP(strbuf_finish) struct strbuf decoded = STRBUF(part->body.len + 1);
	struct base64_state base64 = { 0 };

	for (struct str rest = part->body; rest.len > 0;) {
		size_t end = slice_end(rest, part->encoding);
		struct str slice = str_sub(rest, 0, end);

		rest = str_sub(rest, end, rest.len);
		strbuf_reset(&decoded);
		if (part->encoding == MIME_ENCODING_NONE ||
		    part->encoding == MIME_ENCODING_UNKNOWN) {
			fn(context, slice);
			continue;
		}
		if (part->encoding == MIME_ENCODING_BASE64)
			feed_base64(&base64, slice, &decoded);
		else
			(void)mime_decode(part->encoding, slice, &decoded);
		fn(context, strbuf_str(&decoded));
	}
}

void mime_part_text(const struct mime_part *part, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf bytes = STRBUF(part->body.len + 1);
	struct str charset, text = part->body;

	if (part->encoding != MIME_ENCODING_NONE &&
	    part->encoding != MIME_ENCODING_UNKNOWN) {
		(void)mime_part_decode(part, &bytes);
		text = strbuf_str(&bytes);
	}
	if (mime_param_find(part->params, STR("charset"), &charset))
		mime_charset_to_utf8(charset, text, out);
	else
		mime_charset_guess(text, out);
}

void mime_encode_base64(struct str bytes, struct strbuf *out)
{
	for (size_t i = 0; i < bytes.len; i += BASE64_LINE_BYTES) {
		base64_encode(str_sub(bytes, i, BASE64_LINE_BYTES), out);
		strbuf_add(out, STR("\r\n"));
	}
}

static bool qp_plain(struct str text, size_t i)
{
	unsigned char c = (unsigned char)text.p[i];

	if (c == ' ' || c == '\t')
		return i + 1 < text.len && text.p[i + 1] != '\r' && text.p[i + 1] != '\n';
	return c > ' ' && c < 0x7f && c != '=';
}

void mime_encode_qp(struct str text, struct strbuf *out)
{
	size_t column = 0;

	for (size_t i = 0; i < text.len; i++) {
		bool plain = qp_plain(text, i);

		if (text.p[i] == '\r' && i + 1 < text.len && text.p[i + 1] == '\n')
			continue;
		if (text.p[i] == '\n') {
			strbuf_add(out, STR("\r\n"));
			column = 0;
			continue;
		}
		if (column + (plain ? 1 : 3) > QP_COLUMNS - 1) {
			strbuf_add(out, STR("=\r\n"));
			column = 0;
		}
		if (plain)
			strbuf_addc(out, text.p[i]);
		else
			strbuf_addf(out, "=%02X", (unsigned char)text.p[i]);
		column += plain ? 1 : 3;
	}
}
