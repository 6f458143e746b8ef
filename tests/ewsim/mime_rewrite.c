/*
 * What becomes of a message in a server that keeps properties, not octets: other order
 * and folding of fields, other boundaries, other transfer encodings. What is signed or
 * encrypted stays, or is spoiled as by some versions.
 */
#include "tests/ewsim/mime_rewrite.h"

#include "base/base64.h"
#include "tests/ewsim/msg.h"

enum { MAX_MIME = 256 << 20, FOLD_AT = 70 };

/* In front, in this order; all others follow as they came. */
static const char *const first[] = { "From",	   "To",	   "CC",   "Bcc",
				     "Subject",	   "Thread-Topic", "Date", "Message-ID",
				     "References", "In-Reply-To",  NULL };

static void fold(struct str name, struct str value, struct strbuf *out)
{
	size_t column = name.len + 2;
	struct str word;

	strbuf_addf(out, "%.*s:", STR_FMT(name));
	while (str_split(&value, ' ', &word)) {
		if (!word.len)
			continue;
		if (column + word.len > FOLD_AT && column > name.len + 2) {
			strbuf_add(out, STR("\r\n\t"));
			column = 8;
		} else {
			strbuf_addc(out, ' ');
			column++;
		}
		strbuf_add(out, word);
		column += word.len;
	}
	strbuf_add(out, STR("\r\n"));
}

static bool is_first(struct str name)
{
	for (size_t i = 0; first[i]; i++)
		if (str_eq_nocase(name, str_from(first[i])))
			return true;
	return false;
}

static bool is_content(struct str name)
{
	return str_starts_nocase(name, STR("Content-")) ||
	       str_eq_nocase(name, STR("MIME-Version"));
}

static void fields(struct str headers, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(MAX_MIME);
	struct str rest, name;

	for (size_t i = 0; first[i]; i++) {
		strbuf_reset(&v);
		if (msg_header(headers, first[i], &v))
			fold(str_from(first[i]), strbuf_str(&v), out);
	}
	rest = headers;
	strbuf_reset(&v);
	while (msg_header_next(&rest, &name, &v)) {
		if (!is_first(name) && !is_content(name))
			fold(name, strbuf_str(&v), out);
		strbuf_reset(&v);
	}
	strbuf_add(out, STR("Content-Language: en-US\r\nX-MS-Has-Attach:\r\n"
			    "X-MS-TNEF-Correlator:\r\nMIME-Version: 1.0\r\n"));
}

/* The fields about the content, as they came. */
static void content_fields(struct str headers, bool encoding, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(MAX_MIME);
	struct str rest = headers, name;

	while (msg_header_next(&rest, &name, &v)) {
		if (str_starts_nocase(name, STR("Content-")) &&
		    !str_eq_nocase(name, STR("Content-Language")) &&
		    (encoding || !str_eq_nocase(name, STR("Content-Transfer-Encoding"))))
			strbuf_addf(out, "%.*s: %s\r\n", STR_FMT(name), strbuf_cstr(&v));
		strbuf_reset(&v);
	}
}

static void base64_lines(struct str bytes, struct strbuf *out)
{
	for (size_t i = 0; i < bytes.len; i += 57) {
		base64_encode(str_sub(bytes, i, 57), out);
		strbuf_add(out, STR("\r\n"));
	}
}

static void single(struct str mime, struct str headers, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf bytes = STRBUF(MAX_MIME);
	struct msg_part part;

	if (msg_parts(mime, &part, 1) == 1)
		msg_part_bytes(&part, &bytes);
	content_fields(headers, false, out);
	strbuf_add(out, STR("Content-Transfer-Encoding: base64\r\n\r\n"));
	base64_lines(strbuf_str(&bytes), out);
}

/* Blanks at the ends of lines are lost, and field names of parts change their case. */
static void spoil(struct str body, struct strbuf *out)
{
	struct str line;

	while (str_split(&body, '\n', &line)) {
		while (line.len && strchr(" \t\r", line.p[line.len - 1]))
			line.len--;
		if (str_starts_nocase(line, STR("content-"))) {
			strbuf_add(out, STR("content-"));
			line = str_sub(line, 8, line.len);
		}
		strbuf_add(out, line);
		if (body.len)
			strbuf_add(out, STR("\r\n"));
	}
}

void mime_rewrite(struct str mime, bool spoil_signed, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf type = STRBUF(1 << 16);
	struct str headers, body;

	msg_split(mime, &headers, &body);
	fields(headers, out);
	msg_header(headers, "Content-Type", &type);
	if (str_starts_nocase(strbuf_str(&type), STR("multipart/signed")) ||
	    str_starts_nocase(strbuf_str(&type), STR("multipart/encrypted")) ||
	    str_starts_nocase(strbuf_str(&type), STR("application/pkcs7-mime"))) {
		content_fields(headers, true, out);
		strbuf_add(out, STR("\r\n"));
		if (spoil_signed)
			spoil(body, out);
		else
			strbuf_add(out, body);
	} else if (str_starts_nocase(strbuf_str(&type), STR("multipart/"))) {
		content_fields(headers, true, out);
		strbuf_add(out, STR("\r\n"));
		strbuf_add(out, body);
	} else {
		single(mime, headers, out);
	}
}
