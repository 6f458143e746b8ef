/* STATUS items, for STATUS, LIST RETURN (STATUS ...) and NOTIFY. */
#ifndef IMAPFRONT_IMAP_STATUS_ITEMS_H
#define IMAPFRONT_IMAP_STATUS_ITEMS_H

#include "bridge/store.h"
#include "imapfront/imap/reader.h"

struct imap_client;

enum imap_status_item {
	IMAP_STATUS_MESSAGES = 1,
	IMAP_STATUS_RECENT = 2,
	IMAP_STATUS_UIDNEXT = 4,
	IMAP_STATUS_UIDVALIDITY = 8,
	IMAP_STATUS_UNSEEN = 16,
	IMAP_STATUS_HIGHESTMODSEQ = 32,
	IMAP_STATUS_SIZE = 64, /* RFC 8438 */
	IMAP_STATUS_DELETED = 128, /* RFC 9051 section 6.3.11 */
	IMAP_STATUS_MAILBOXID = 256, /* RFC 8474 */
	IMAP_STATUS_APPENDLIMIT = 512, /* RFC 7889 */
	IMAP_STATUS_DELETED_STORAGE = 1024, /* RFC 9208 */
};

/* "(" status-att *(SP status-att) ")" */
MUST_CHECK bool imap_status_items_read(struct imap_reader *in, unsigned *items_r,
				       struct err *err);
/* imap_status_tell() - "* STATUS mailbox (...)" with its line end. Blocks: disk. */
MUST_CHECK bool imap_status_tell(struct imap_client *client, const struct store_box *box,
				 unsigned items, struct strbuf *out, struct err *err);

#endif
