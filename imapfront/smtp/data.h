/* What follows DATA (RFC 5321 section 4.5.2): pure. */
#ifndef IMAPFRONT_SMTP_DATA_H
#define IMAPFRONT_SMTP_DATA_H

#include "base/strbuf.h"

enum smtp_data_state {
	SMTP_DATA_START, /* behind CRLF: a dot counts */
	SMTP_DATA_INSIDE,
	SMTP_DATA_CR,
	SMTP_DATA_DOT, /* a dot at the start of a line, not in out yet */
	SMTP_DATA_DOT_CR,
	SMTP_DATA_DONE
};

/* Zeroed but for out. */
struct smtp_data {
	enum smtp_data_state state;
	struct strbuf *out; /* the message: dots off, all line ends CRLF; its ceiling is
			       the message's, overflow is for the caller to look at */
};

/*
 * smtp_data_feed() - take the next octets from the client, split anywhere
 * Return: how many were taken: all of them, or those up to the end of the message, and
 * state is SMTP_DATA_DONE then.
 */
size_t smtp_data_feed(struct smtp_data *d, struct str octets);

#endif
