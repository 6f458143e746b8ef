/* METADATA: RFC 5464. Pure. */
#ifndef IMAPFRONT_IMAP_METADATA_H
#define IMAPFRONT_IMAP_METADATA_H

#include "bridge/store.h"
#include "imapfront/imap/reader.h"

#define IMAP_METADATA_ENTRIES_MAX 100

enum imap_metadata_depth {
	IMAP_METADATA_EXACT, /* DEPTH 0 */
	IMAP_METADATA_CHILDREN, /* DEPTH 1 */
	IMAP_METADATA_ALL, /* DEPTH infinity */
};

struct imap_metadata {
	struct str mailbox; /* a path; .len 0: of the server */
	enum imap_metadata_depth depth;
	uint32_t max_bytes; /* MAXSIZE; UINT32_MAX: none */
	/* SETMETADATA: with values; GETMETADATA: values are unset */
	struct store_annotation_change *entries;
	size_t count;
};

MUST_CHECK bool imap_metadata_parse_get(struct imap_reader *in,
					struct imap_metadata *metadata_r,
					struct err *err);
MUST_CHECK bool imap_metadata_parse_set(struct imap_reader *in,
					struct imap_metadata *metadata_r,
					struct err *err);
/* imap_metadata_wants() - does GETMETADATA ask for @entry? */
bool imap_metadata_wants(const struct imap_metadata *metadata, struct str entry);

#endif
