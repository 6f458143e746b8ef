/* SMTP commands as structs: pure. */
#ifndef IMAPFRONT_SMTP_PARSE_H
#define IMAPFRONT_SMTP_PARSE_H

#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

enum smtp_limit {
	SMTP_LINE_BYTES = 12288 + 512, /* RFC 4954 section 4 for AUTH; else 512 do */
	SMTP_PATH_BYTES = 256, /* RFC 5321 section 4.5.3.1.3 */
	SMTP_RECIPIENTS_MAX = 1000,
	SMTP_HELLO_BYTES = 255,
};

enum smtp_verb {
	SMTP_AUTH,
	SMTP_BDAT,
	SMTP_DATA,
	SMTP_EHLO,
	SMTP_HELO,
	SMTP_HELP,
	SMTP_MAIL,
	SMTP_NOOP,
	SMTP_QUIT,
	SMTP_RCPT,
	SMTP_RSET,
	SMTP_STARTTLS,
	SMTP_VRFY,
	SMTP_VERB_COUNT
};

struct smtp_args {
	struct str path; /* MAIL, RCPT: without <>; empty for the null sender */
	uint64_t size; /* MAIL: SIZE=, 0 if not given; BDAT: octets */
	bool last; /* BDAT LAST */
	struct str word; /* EHLO, HELO: name; AUTH: mechanism */
	struct str initial; /* AUTH: initial response, .p NULL if there is none */
};

/* smtp_verb_find() - the command of a line. Errors: ERR_NOT_FOUND. */
MUST_CHECK bool smtp_verb_find(struct str line, enum smtp_verb *verb_r, struct err *err);

/*
 * smtp_args_parse() - the rest of the line
 * @line: borrowed by @args_r
 * Errors: ERR_SYNTAX; ERR_DENIED a parameter that is not offered; ERR_LIMIT too long.
 */
MUST_CHECK bool smtp_args_parse(enum smtp_verb verb, struct str line,
				struct smtp_args *args_r, struct err *err);

#endif
