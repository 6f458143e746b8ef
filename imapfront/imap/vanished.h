/*
 * What is gone, for clients that were away (RFC 7162 section 3.2): the QRESYNC parameter
 * of SELECT, and VANISHED (EARLIER).
 */
#ifndef IMAPFRONT_IMAP_VANISHED_H
#define IMAPFRONT_IMAP_VANISHED_H

#include "bridge/store.h"
#include "imapfront/imap/reader.h"

struct imap_qresync { /* what the client last knew */
	bool asked;
	uint32_t uidvalidity;
	uint64_t modseq;
	struct imap_set known; /* UIDs; .count 0: all */
};

/* "(" uidvalidity SP mod-sequence [SP known-uids] [SP "(" set SP set ")"] ")" */
MUST_CHECK bool imap_qresync_read(struct imap_reader *in, struct imap_qresync *qresync_r,
				  struct err *err);

/*
 * imap_vanished_write() - "* VANISHED (EARLIER) set" with its line end, or nothing
 * @within: resolved set of UIDs that the client asks about; NULL: all
 */
void imap_vanished_write(const struct store_uid_ranges *gone,
			 const struct imap_set *within, struct strbuf *out);

#endif
