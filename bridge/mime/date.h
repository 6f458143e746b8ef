/* Dates of messages (RFC 5322 section 3.3 and 4.3) and of IMAP (RFC 9051 date-time). */
#ifndef BRIDGE_MIME_DATE_H
#define BRIDGE_MIME_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/str.h"
#include "base/strbuf.h"

struct mime_date {
	int64_t unix_s; /* UTC */
	int zone_min; /* minutes east of UTC, -1439..1439 */
};

/* mime_date_parse() - value of a Date field; comments, obsolete zones and years too. */
MUST_CHECK bool mime_date_parse(struct str value, struct mime_date *date_r);
/* mime_date_write() - "Mon, 02 Jan 2006 15:04:05 -0700". */
void mime_date_write(struct mime_date date, struct strbuf *out);

/* mime_internaldate_parse() - " 2-Jan-2006 15:04:05 -0700", without quotes. */
MUST_CHECK bool mime_internaldate_parse(struct str text, struct mime_date *date_r);
/* mime_internaldate_write() - 26 characters, without quotes. */
void mime_internaldate_write(struct mime_date date, struct strbuf *out);

/* mime_day_parse() - SEARCH's "2-Jan-2006" to days since 1970. */
MUST_CHECK bool mime_day_parse(struct str text, int64_t *day_r);
/* mime_date_day() - days since 1970 of the date as written, its zone disregarded
 * (RFC 9051 section 6.4.4: "disregarding time and timezone"). */
int64_t mime_date_day(struct mime_date date);

#endif
