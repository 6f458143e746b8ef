/* Messages made here: from an item's properties, and delivery reports (RFC 3464). */
#ifndef BRIDGE_MIME_BUILD_H
#define BRIDGE_MIME_BUILD_H

#include "base/err.h"
#include "base/strbuf.h"
#include "bridge/mime/date.h"

struct mime_mailbox {
	struct str name; /* UTF-8, may be empty */
	struct str address; /* mailbox@host, may be empty */
};

struct mime_mailboxes {
	const struct mime_mailbox *list;
	size_t count;
};

struct mime_attachment {
	struct str type; /* "image/png"; empty: application/octet-stream */
	struct str filename; /* UTF-8, may be empty */
	struct str content_id; /* without <>, may be empty */
	bool is_inline;
	struct str octets; /* decoded; a message if type is message/rfc822 */
};

struct mime_property { /* further header fields */
	struct str name; /* a valid field name; others are left out */
	struct str value; /* UTF-8 */
};

struct mime_build {
	struct mime_mailbox from, sender; /* empty address and name: no field */
	struct mime_mailboxes to, cc, bcc, reply_to;
	struct str subject; /* UTF-8 */
	struct str message_id, in_reply_to, references; /* with <>, may be empty */
	const struct mime_date *date; /* NULL: no field */
	const struct mime_property *properties;
	size_t property_count;
	struct str text, html; /* UTF-8; .p == NULL where there is none */
	const struct mime_attachment *attachments;
	size_t attachment_count;
};

/*
 * mime_build() - append the message, with CRLF
 * The same input gives the same octets: boundaries come from the content.
 * Errors: ERR_LIMIT the ceiling of @out.
 */
MUST_CHECK bool mime_build(const struct mime_build *build, struct strbuf *out,
			   struct err *err);

struct mime_bounce {
	struct str reporting_host; /* Reporting-MTA */
	struct mime_mailbox from; /* who reports */
	struct str to; /* the sender of what could not be sent */
	const struct str *failed; /* addresses */
	size_t failed_count;
	struct str status; /* RFC 3463, "5.7.1" */
	struct str diagnostic; /* for people; UTF-8 */
	struct str message_id; /* of the report, with <> */
	struct mime_date date;
	struct str original; /* octets of what could not be sent: its header is quoted */
};

/* mime_build_bounce() - append a multipart/report (RFC 3464). Errors: ERR_LIMIT. */
MUST_CHECK bool mime_build_bounce(const struct mime_bounce *bounce, struct strbuf *out,
				  struct err *err);

#endif
