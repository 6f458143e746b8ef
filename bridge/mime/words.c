/*
 * Encoded words. Decoding is lenient: words may stand anywhere, hold blanks in Q, and be
 * longer than 75 characters; neighbours of one charset are joined before their charset
 * is undone, because senders split characters (against RFC 2047 section 5). Encoding
 * writes UTF-8 in B, whole characters to a word.
 */
#include "bridge/mime/words.h"

#include "base/base64.h"
#include "base/num.h"
#include "base/utf8.h"
#include "bridge/mime/charset.h"
#include "bridge/mime/decode.h"
#include "bridge/mime/header.h"

enum {
	TEXT_MAX_BYTES = 4096,
	LINE_COLUMNS = 76,
	WORD_BYTES = 42 /* of UTF-8: 56 of base64 and the frame */
};

struct word {
	struct str charset;
	char encoding; /* 'b' or 'q' */
	struct str text;
	size_t len; /* with its frame */
};

static bool take_word(struct str s, struct word *word_r)
{
	ptrdiff_t one, two, end;
	struct str rest;

	if (!str_starts(s, STR("=?")))
		return false;
	rest = str_sub(s, 2, s.len);
	one = str_find_char(rest, '?');
	if (one <= 0 || rest.len < (size_t)one + 4)
		return false;
	word_r->charset = str_sub(rest, 0, (size_t)one);
	word_r->encoding = str_lower_char(rest.p[one + 1]);
	if (word_r->encoding != 'b' && word_r->encoding != 'q')
		return false;
	rest = str_sub(rest, (size_t)one + 2, rest.len);
	if (rest.p[0] != '?')
		return false;
	rest = str_sub(rest, 1, rest.len);
	end = str_find(str_sub(rest, 0, TEXT_MAX_BYTES), STR("?="));
	if (end < 0)
		return false;
	word_r->text = str_sub(rest, 0, (size_t)end);
	word_r->len = (size_t)(rest.p - s.p) + (size_t)end + 2;
	two = str_find_char(word_r->charset, '*'); /* RFC 2231 language */
	if (two >= 0)
		word_r->charset.len = (size_t)two;
	return true;
}

static void decode_q(struct str text, struct strbuf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		uint64_t byte;

		if (text.p[i] == '_') {
			strbuf_addc(out, ' ');
		} else if (text.p[i] == '=' && i + 2 < text.len &&
			   num_hex_u64(str_sub(text, i + 1, 2), &byte)) {
			strbuf_addc(out, (char)byte);
			i += 2;
		} else {
			strbuf_addc(out, text.p[i]);
		}
	}
}

static void decode_word(const struct word *word, struct strbuf *bytes)
{
	if (word->encoding == 'q')
		decode_q(word->text, bytes);
	else
		(void)mime_decode(MIME_ENCODING_BASE64, word->text, bytes);
}

static size_t blanks(struct str s)
{
	size_t n = 0;

	while (n < s.len && (s.p[n] == ' ' || s.p[n] == '\t'))
		n++;
	return n;
}

/* @first was found at the front of @rest; takes it and its neighbours. */
static void take_words(struct str *rest, struct word first, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf bytes = STRBUF(out->max_bytes);
	struct word word = first;

	for (;;) {
		struct str behind;

		decode_word(&word, &bytes);
		*rest = str_sub(*rest, word.len, rest->len);
		behind = str_sub(*rest, blanks(*rest), rest->len);
		if (!take_word(behind, &word))
			break;
		*rest = behind;
		if (str_eq_nocase(word.charset, first.charset))
			continue;
		mime_charset_to_utf8(first.charset, strbuf_str(&bytes), out);
		strbuf_reset(&bytes);
		first = word;
	}
	mime_charset_to_utf8(first.charset, strbuf_str(&bytes), out);
}

void mime_words_decode(struct str value, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(value.len + 1);
	struct str rest;

	mime_unfold(value, &text);
	rest = strbuf_str(&text);
	while (rest.len) {
		ptrdiff_t at = str_find(rest, STR("=?"));
		struct word word;

		if (at < 0)
			at = (ptrdiff_t)rest.len;
		mime_charset_guess(str_sub(rest, 0, (size_t)at), out);
		rest = str_sub(rest, (size_t)at, rest.len);
		if (take_word(rest, &word)) {
			take_words(&rest, word, out);
		} else if (rest.len) {
			strbuf_addc(out, rest.p[0]);
			rest = str_sub(rest, 1, rest.len);
		}
	}
}

static bool needs_words(struct str utf8)
{
	for (size_t i = 0; i < utf8.len; i++)
		if (utf8.p[i] < 0x20 || utf8.p[i] > 0x7e)
			return true;
	return str_find(utf8, STR("=?")) >= 0 || utf8.len > 900;
}

/* Whole characters, at most WORD_BYTES, at the front of @utf8. */
static size_t word_bytes(struct str utf8, struct strbuf *out)
{
	size_t start = utf8.len;

	while (utf8.len) {
		struct str next = utf8;
		uint32_t c = utf8_next(&next);

		if (out->len + 4 > WORD_BYTES)
			break;
		utf8_add(out, c == UTF8_BAD ? 0xFFFD : c);
		utf8 = next;
	}
	return start - utf8.len;
}

static void fold_ascii(struct str text, size_t column, struct strbuf *out)
{
	struct str word;
	bool first = true;

	while (str_split(&text, ' ', &word)) {
		if (!first && word.len && column + 1 + word.len > LINE_COLUMNS) {
			strbuf_add(out, STR("\r\n"));
			column = 0;
		}
		if (!first)
			strbuf_addc(out, ' ');
		strbuf_add(out, word);
		column += word.len + !first;
		first = false;
	}
}

void mime_words_encode(struct str utf8, size_t column, struct strbuf *out)
{
	bool first = true;

	if (!needs_words(utf8)) {
		fold_ascii(utf8, column, out);
		return;
	}
	while (utf8.len) {
		CLEANUP(strbuf_finish) struct strbuf piece = STRBUF(WORD_BYTES + 4);

		utf8 = str_sub(utf8, word_bytes(utf8, &piece), utf8.len);
		if (!first)
			strbuf_add(out, STR("\r\n "));
		strbuf_add(out, STR("=?utf-8?B?"));
		base64_encode(strbuf_str(&piece), out);
		strbuf_add(out, STR("?="));
		first = false;
	}
}
