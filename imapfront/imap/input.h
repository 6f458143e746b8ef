/* Taking one whole command from the client, literals included. */
#ifndef IMAPFRONT_IMAP_INPUT_H
#define IMAPFRONT_IMAP_INPUT_H

#include "imapfront/imap/client.h"

/* imap_input_line_max() - octets of one line: few before the login */
size_t imap_input_line_max(const struct imap_client *client);
/* input_line() - first line of a command. Errors: ERR_LIMIT (skipped), ERR_OFFLINE. */
MUST_CHECK bool imap_input_line(struct imap_client *client, struct err *err);
/*
 * imap_input_literals() - the literals that the lines so far announce, and what follows
 * @body_last: with a literal that is the message itself (APPEND): stop before it
 * Errors: ERR_LIMIT, ERR_OFFLINE.
 */
MUST_CHECK bool imap_input_literals(struct imap_client *client,
				    const struct imap_line *line, struct err *err);
/*
 * imap_input_skip() - after an error: drop what the client sends without being asked
 * (LITERAL+), so that the next line is a command again; ends the session where that
 * would be too much
 */
void imap_input_skip(struct imap_client *client);

/* imap_input_body() - a message's literal, @after and the line end behind it. Errors:
 * ERR_LIMIT too large (skipped or not asked for), ERR_SYNTAX more after it, ERR_OFFLINE.
 */
MUST_CHECK bool imap_input_body(struct imap_client *client, uint64_t size, bool plus,
				struct str after, struct strbuf *body, struct err *err);

#endif
