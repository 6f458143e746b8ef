/*
 * Reading the words of one command (RFC 3501 section 9). The input is the whole command:
 * its lines without the last CRLF, with literals in their places ("{3}" CRLF "abc").
 * What is read is borrowed from the input or lives in the pool.
 * Every function: ERR_SYNTAX when something else is there, ERR_LIMIT.
 */
#ifndef IMAPFRONT_IMAP_READER_H
#define IMAPFRONT_IMAP_READER_H

#include "base/err.h"
#include "base/str.h"
#include "base/strbuf.h"
#include "bridge/message.h"
#include "imapfront/imap/pool.h"
#include "imapfront/imap/set.h"

struct imap_reader {
	struct str rest;
	struct pool *pool;
	const struct message_labels *labels; /* tags that are categories; may be NULL */
	bool utf8; /* mailbox names are UTF-8 (RFC 6855, RFC 9051), else modified UTF-7 */
};

bool imap_peek(const struct imap_reader *in, char c); /* is @c next? */
bool imap_at_end(const struct imap_reader *in);
bool imap_take(struct imap_reader *in, char c); /* takes @c if it is next */
/* Takes the word if it is next (any case) and ends there. */
bool imap_take_word(struct imap_reader *in, struct str word);

MUST_CHECK bool imap_read_char(struct imap_reader *in, char c, struct err *err);
MUST_CHECK bool imap_read_sp(struct imap_reader *in, struct err *err);
MUST_CHECK bool imap_read_end(struct imap_reader *in, struct err *err);
MUST_CHECK bool imap_read_tag(struct imap_reader *in, struct str *tag_r, struct err *err);
MUST_CHECK bool imap_read_atom(struct imap_reader *in, struct str *atom_r,
			       struct err *err);
MUST_CHECK bool imap_read_string(struct imap_reader *in, struct str *text_r,
				 struct err *err);
MUST_CHECK bool imap_read_astring(struct imap_reader *in, struct str *text_r,
				  struct err *err);
/* NIL gives text_r->p == NULL. */
MUST_CHECK bool imap_read_nstring(struct imap_reader *in, struct str *text_r,
				  struct err *err);
MUST_CHECK bool imap_read_number(struct imap_reader *in, uint32_t *number_r,
				 struct err *err);
MUST_CHECK bool imap_read_number64(struct imap_reader *in, uint64_t *number_r,
				   struct err *err);
MUST_CHECK bool imap_read_set(struct imap_reader *in, struct imap_set *set_r,
			      struct err *err);
/* A mailbox name as path of the store (mailbox.h). */
MUST_CHECK bool imap_read_mailbox(struct imap_reader *in, struct str *path_r,
				  struct err *err);
/* list-mailbox: an astring in which '%' and '*' may be, as on the wire. */
MUST_CHECK bool imap_read_pattern(struct imap_reader *in, struct str *pattern_r,
				  struct err *err);
/* "(" flags ")", or without parentheses if @bare is allowed; keywords in the pool. */
MUST_CHECK bool imap_read_flags(struct imap_reader *in, bool bare, unsigned *flags_r,
				struct str *keywords_r, struct err *err);
/* "{123}" or "{123+}" with nothing behind: a literal that is still with the client. */
MUST_CHECK bool imap_read_literal_size(struct imap_reader *in, uint64_t *size_r,
				       bool *plus_r, struct err *err);

/*
 * imap_literal_at_end() - does @line end in "{123}" or "{123+}"?
 * @size_r: UINT64_MAX for a number that is too large for anything
 */
bool imap_literal_at_end(struct str line, uint64_t *size_r, bool *plus_r);

#endif
