/*
 * What SORT and THREAD compare (RFC 5256, RFC 5957), worked out of a header once and kept
 * with the content.
 */
#ifndef BRIDGE_MIME_SORT_KEYS_H
#define BRIDGE_MIME_SORT_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"

#define MIME_REFERENCES_BYTES 16384 /* of one message; the last ones count */

enum mime_sort_text {
	MIME_SORT_SUBJECT, /* base subject */
	MIME_SORT_FROM, /* local part of the first address */
	MIME_SORT_TO,
	MIME_SORT_CC,
	MIME_SORT_DISPLAY_FROM, /* its display name, or the whole address */
	MIME_SORT_DISPLAY_TO,
	MIME_SORT_MESSAGE_ID, /* as written, without brackets; empty: none */
	MIME_SORT_REFERENCES, /* likewise, a blank after each, eldest first */
	MIME_SORT_TEXTS
};

struct mime_sort_keys {
	bool has_date; /* the Date field can be read */
	int64_t sent_unix_s;
	int64_t sent_day; /* mime_date_day(); 0 without a date, as mime_sent_day() */
	bool is_reply; /* "Re:" or "Fwd:" was taken off the subject */
	/* Names are folded (mime_fold) with ASCII letters in upper case, so that bytewise
	 * order is that of i;unicode-casemap. */
	struct str texts[MIME_SORT_TEXTS];
};

/* mime_sort_keys_pack() - append one line for mime_sort_keys_unpack() */
void mime_sort_keys_pack(struct str header, struct strbuf *out);
/* mime_sort_keys_unpack() - the first @texts of them; they borrow from @packed. Return:
 * false if it is none. */
bool mime_sort_keys_unpack(struct str packed, size_t texts,
			   struct mime_sort_keys *keys_r);

#endif
