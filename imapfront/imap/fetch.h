/* FETCH: what is asked for, and how one message's answer is written. Pure. */
#ifndef IMAPFRONT_IMAP_FETCH_H
#define IMAPFRONT_IMAP_FETCH_H

#include "base/stream.h"
#include "bridge/mime/section.h"
#include "bridge/store.h"
#include "imapfront/imap/reader.h"

#define IMAP_FETCH_SECTIONS_MAX 1000

enum imap_fetch_item {
	IMAP_FETCH_UID = 1,
	IMAP_FETCH_FLAGS = 2,
	IMAP_FETCH_INTERNALDATE = 4,
	IMAP_FETCH_SIZE = 8,
	IMAP_FETCH_ENVELOPE = 16,
	IMAP_FETCH_BODY = 32,
	IMAP_FETCH_BODYSTRUCTURE = 64,
	IMAP_FETCH_MODSEQ = 128, /* RFC 7162 section 3.1.5 */
	IMAP_FETCH_EMAILID = 256, /* RFC 8474 */
	IMAP_FETCH_THREADID = 512,
	IMAP_FETCH_PREVIEW = 1024, /* RFC 8970 */
	IMAP_FETCH_PREVIEW_LAZY = 2048, /* NIL where the octets are not here */
	IMAP_FETCH_SAVEDATE = 4096, /* RFC 8514 */
};

enum imap_section_kind {
	IMAP_SECTION_BODY,
	IMAP_SECTION_BINARY, /* transfer encoding undone (RFC 3516) */
	IMAP_SECTION_BINARY_SIZE,
};

struct imap_fetch_section {
	enum imap_section_kind kind;
	struct mime_section section;
	struct str label; /* "BODY[1.MIME]<0>", "RFC822.HEADER": as in the answer */
	bool partial;
	uint32_t offset, length;
	struct imap_fetch_section *next;
};

struct imap_fetch {
	unsigned items; /* enum imap_fetch_item */
	struct imap_fetch_section *sections; /* in the order asked for */
	const struct message_labels *labels; /* of the reader */
	bool sets_seen; /* a section without PEEK */
	/* Before the octets are here: */
	bool guess_sizes; /* RFC822.SIZE need not be exact */
	bool any_header; /* nor a whole header what it will be */
};

/* fetch-att, a list of them, or a macro (RFC 3501 section 6.4.5). */
MUST_CHECK bool imap_fetch_parse(struct imap_reader *in, struct imap_fetch *fetch_r,
				 struct err *err);

/* imap_fetch_want() - columns to read (enum store_want) */
unsigned imap_fetch_want(const struct imap_fetch *fetch);
/* imap_fetch_needs_body() - must the octets of @msg be opened for the sections? */
bool imap_fetch_needs_body(const struct imap_fetch *fetch, const struct store_msg *msg);
/* imap_fetch_in_part() - will the client be given only some octets of a section? */
bool imap_fetch_in_part(const struct imap_fetch *fetch, const struct store_msg *msg);
/* imap_fetch_header_suffices() - can the header alone answer it? */
bool imap_fetch_header_suffices(const struct imap_fetch *fetch);
/* imap_fetch_ready() - can @msg be answered, or must its octets come first? */
bool imap_fetch_ready(const struct imap_fetch *fetch, const struct store_msg *msg);

/*
 * imap_fetch_write() - one untagged FETCH response
 * @flags:  to show: the message's, and \Recent
 * @octets: of the message, .p NULL when imap_fetch_needs_body() says no
 * Return: false if BINARY was asked for of a part whose encoding is not known (NIL).
 */
bool imap_fetch_write(const struct imap_fetch *fetch, uint32_t seq, unsigned flags,
		      const struct store_msg *msg, struct str octets, struct stream *out);

#endif
