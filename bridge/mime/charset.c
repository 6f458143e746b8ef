/*
 * Character sets by ICU. windows-1252 stands in for charsets that are missing or unknown
 * and for iso-8859-1, whose control characters 80-9F nobody means (as browsers do).
 */
#include "bridge/mime/charset.h"

#include <unicode/ucnv.h>

#include "base/utf8.h"

enum { NAME_MAX_BYTES = 60, CHUNK_UNITS = 2048 };

static UConverter *open_converter(struct str charset)
{
	char name[NAME_MAX_BYTES + 1];
	UErrorCode status = U_ZERO_ERROR;
	UConverter *converter;

	if (charset.len == 0 || charset.len > NAME_MAX_BYTES ||
	    memchr(charset.p, 0, charset.len))
		return NULL;
	memcpy(name, charset.p, charset.len);
	name[charset.len] = 0;
	if (str_eq_nocase(charset, STR("iso-8859-1")) ||
	    str_eq_nocase(charset, STR("us-ascii")))
		memcpy(name, "windows-1252", sizeof("windows-1252"));
	converter = ucnv_open(name, &status);
	return U_SUCCESS(status) ? converter : NULL;
}

static void close_converter(UConverter **converter)
{
	if (*converter)
		ucnv_close(*converter);
}

static void add_units(const UChar *units, size_t count, struct strbuf *out)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t c = units[i];

		if (U16_IS_LEAD(c) && i + 1 < count && U16_IS_TRAIL(units[i + 1]))
			c = U16_GET_SUPPLEMENTARY(c, units[++i]);
		utf8_add(out, U_IS_SURROGATE(c) ? 0xFFFD : c);
	}
}

static void convert(UConverter *converter, struct str bytes, struct strbuf *out)
{
	UChar units[CHUNK_UNITS + 1];
	const char *from = bytes.p, *end = bytes.p + bytes.len;
	UErrorCode status = U_BUFFER_OVERFLOW_ERROR;
	size_t kept = 0;

	while (status == U_BUFFER_OVERFLOW_ERROR && !out->overflow) {
		UChar *to = units + kept;
		size_t count;

		status = U_ZERO_ERROR;
		ucnv_toUnicode(converter, &to, units + CHUNK_UNITS, &from, end, NULL,
			       true, &status);
		count = (size_t)(to - units);
		/* A pair must not be cut in two. */
		kept = status == U_BUFFER_OVERFLOW_ERROR && count &&
		       U16_IS_LEAD(units[count - 1]);
		add_units(units, count - kept, out);
		if (kept)
			units[0] = units[count - 1];
	}
}

bool mime_charset_known(struct str charset)
{
	CLEANUP(close_converter) UConverter *converter = open_converter(charset);

	return converter != NULL;
}

static bool is_ascii(struct str bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		if ((unsigned char)bytes.p[i] >= 0x80 || bytes.p[i] == 0x1b)
			return false;
	return true;
}

static bool is_utf8_name(struct str charset)
{
	return str_eq_nocase(charset, STR("utf-8")) ||
	       str_eq_nocase(charset, STR("utf8"));
}

void mime_charset_guess(struct str bytes, struct strbuf *out)
{
	CLEANUP(close_converter) UConverter *converter = NULL;

	if (is_ascii(bytes) || utf8_valid(bytes)) {
		strbuf_add(out, bytes);
		return;
	}
	converter = open_converter(STR("windows-1252"));
	if (converter)
		convert(converter, bytes, out);
	else
		utf8_repair(bytes, out);
}

bool mime_charset_to_utf8(struct str charset, struct str bytes, struct strbuf *out)
{
	CLEANUP(close_converter) UConverter *converter = NULL;

	if (is_utf8_name(charset)) {
		utf8_repair(bytes, out);
		return true;
	}
	/* Mail that says us-ascii and is not is UTF-8 more often than anything else. */
	if (str_eq_nocase(charset, STR("us-ascii"))) {
		mime_charset_guess(bytes, out);
		return true;
	}
	converter = open_converter(charset);
	if (converter)
		convert(converter, bytes, out);
	else
		mime_charset_guess(bytes, out);
	return converter != NULL;
}
