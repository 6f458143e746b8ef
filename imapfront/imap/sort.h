/* SORT: RFC 5256 section 3, RFC 5957 (DISPLAYFROM, DISPLAYTO). */
#ifndef IMAPFRONT_IMAP_SORT_H
#define IMAPFRONT_IMAP_SORT_H

#include "bridge/mime/sort_keys.h"
#include "imapfront/imap/reader.h"

#define IMAP_SORT_KEYS_MAX 20

enum imap_sort_by {
	IMAP_SORT_ARRIVAL,
	IMAP_SORT_DATE,
	IMAP_SORT_SIZE,
	IMAP_SORT_TEXT, /* one of enum mime_sort_text */
};

struct imap_sort_key {
	enum imap_sort_by by;
	enum mime_sort_text text;
	bool reverse;
};

struct imap_sort {
	struct imap_sort_key keys[IMAP_SORT_KEYS_MAX];
	size_t count;
};

/* "(" sort-key *(SP sort-key) ")" */
MUST_CHECK bool imap_sort_read(struct imap_reader *in, struct imap_sort *sort_r,
			       struct err *err);

struct imap_sort_item { /* one message */
	uint32_t uid; /* ascending with the sequence number, the last tie-break */
	uint64_t modseq;
	int64_t arrival_unix_s, sent_unix_s;
	uint64_t size;
	bool is_reply;
	struct str *texts; /* by enum mime_sort_text, up to the last one that is wanted */
};

/* imap_sort_run() - puts @list in order */
void imap_sort_run(const struct imap_sort *sort, struct imap_sort_item **list,
		   size_t count);

#endif
