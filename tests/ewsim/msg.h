/*
 * What the simulator needs to know of a message: header fields, addresses, parts. Its
 * own small reader, independent of the program under test. All results borrow.
 */
#ifndef EWSIM_MSG_H
#define EWSIM_MSG_H

#include <stdint.h>

#include "base/strbuf.h"

struct msg_part {
	struct str headers, body; /* body still encoded */
	char type[80]; /* "text/plain", lower case */
	char charset[40];
	char name[256], content_id[256];
	bool attachment, is_inline;
};

/* msg_split() - header and body of a message or part. */
void msg_split(struct str message, struct str *headers_r, struct str *body_r);
/* msg_header() - unfolded raw value of the first such field, appended; false if absent.
 */
bool msg_header(struct str headers, const char *name, struct strbuf *out);
/* msg_header_text() - the same with RFC 2047 words decoded to UTF-8. */
bool msg_header_text(struct str headers, const char *name, struct strbuf *out);
/* msg_header_next() - walk over all fields; @rest starts as the headers. */
bool msg_header_next(struct str *rest, struct str *name_r, struct strbuf *value);
/* msg_without() - the message without fields of that name. */
void msg_without(struct str message, const char *name, struct strbuf *out);
void msg_decode_words(struct str raw, struct strbuf *out);
void msg_to_utf8(struct str bytes, const char *charset, struct strbuf *out);

/* msg_address_next() - the next mailbox of an address list.
 * @name: decoded display name, @address: addr-spec; both reset first. */
bool msg_address_next(struct str *rest, struct strbuf *name, struct strbuf *address);
bool msg_date(struct str text, int64_t *unix_r); /* RFC 5322 date-time */

/* msg_parts() - leaf parts in order; returns how many of @max there are. */
size_t msg_parts(struct str message, struct msg_part *parts, size_t max);
/* msg_part_bytes() - transfer encoding undone. */
void msg_part_bytes(const struct msg_part *part, struct strbuf *out);
void msg_part_text(const struct msg_part *part, struct strbuf *out); /* and to UTF-8 */

#endif
