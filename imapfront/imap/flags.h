/* Flags and keywords between the wire and the store's form (bridge/message.h). */
#ifndef IMAPFRONT_IMAP_FLAGS_H
#define IMAPFRONT_IMAP_FLAGS_H

#include "base/err.h"
#include "base/strbuf.h"
#include "bridge/message.h"

#define IMAP_KEYWORDS_BYTES 65536 /* of one message's keywords */
#define IMAP_FLAG_RECENT (1u << 30) /* \Recent beside MSG_*: shown, never set */
#define IMAP_FLAGS_MAX 200 /* in one command */

/*
 * imap_flag_add() - one flag of a command
 * @flag:     "\Seen", "$Forwarded", "Keyword"; system flags in any case
 * @keywords: list of raw names, kept sorted, each once
 * Errors: ERR_SYNTAX unknown system flag, \Recent; ERR_LIMIT.
 */
MUST_CHECK bool imap_flag_add(struct str flag, const struct message_labels *labels,
			      unsigned *flags, struct strbuf *keywords, struct err *err);

/* "(\Seen $Forwarded Projekt=20X)"; @keywords may be NULL */
void imap_flags_write(unsigned flags, const char *keywords,
		      const struct message_labels *labels, struct strbuf *out);

/* " Projekt=20X ...": keywords of a folder alone, a blank before each, without $Forwarded
 */
void imap_flags_list(const char *keywords, const struct message_labels *labels,
		     struct strbuf *out);

/* imap_keywords_have() - is @name in the list @keywords (NULL: empty)? ASCII case aside.
 */
bool imap_keywords_have(const char *keywords, struct str name);

#endif
