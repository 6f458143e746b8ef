/*
 * Writing MIME for invented messages: headers with encoded words, bodies in any charset,
 * attachments. Only what the sample mailbox needs; the octets depend on the arguments
 * alone.
 */
#ifndef EWSIM_DEMO_MIME_H
#define EWSIM_DEMO_MIME_H

#include <stdint.h>

#include "base/strbuf.h"

enum demo_encoding { DEMO_7BIT, DEMO_8BIT, DEMO_QP, DEMO_BASE64 };

/* How a file name that isn't ASCII is told. */
enum demo_name_style {
	DEMO_NAME_RFC2231,
	DEMO_NAME_CONTINUED, /* RFC 2231 section 3: in numbered pieces */
	DEMO_NAME_ENCODED_WORD, /* what older programs do, against RFC 2047 section 5 */
};

/* demo_charset() - @utf8 in @charset (an ICU converter name), appended to @out. */
void demo_charset(struct str utf8, const char *charset, struct strbuf *out);

/* demo_words() - @utf8 as it stands in a header: plain, or as RFC 2047 encoded words of
 * @charset in base64 or Q, folded. */
void demo_words(struct str utf8, const char *charset, struct strbuf *out);

/* demo_header() - "Name: words CRLF". */
void demo_header(const char *name, struct str utf8, const char *charset,
		 struct strbuf *out);

/* demo_date() - RFC 5322 date of @unix_s as seen @zone_min minutes east of Greenwich. */
void demo_date(int64_t unix_s, int zone_min, struct strbuf *out);

/* demo_body() - @octets in a transfer encoding, with CRLF line ends. */
void demo_body(struct str octets, enum demo_encoding encoding, struct strbuf *out);

/* demo_text() - headers, blank line and body of one text part; text lines end in LF.
 * @params: more parameters of the content type ("; format=flowed") or "". */
void demo_text(const char *subtype, const char *params, const char *charset,
	       enum demo_encoding encoding, struct str utf8, struct strbuf *out);

struct demo_attachment {
	const char *type; /* "image/png" */
	const char *name; /* UTF-8; NULL for none */
	enum demo_name_style style;
	const char *disposition; /* "attachment", "inline" or NULL */
	const char *content_id; /* without the angle brackets, or NULL */
	enum demo_encoding encoding;
};

/* demo_attach() - headers, blank line and body of one attachment. */
void demo_attach(const struct demo_attachment *a, struct str octets, struct strbuf *out);

#endif
