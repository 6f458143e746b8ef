/*
 * PidLidAppointmentRecur (0x8216): the recurrence of a series as MAPI keeps it, with
 * exact local days of its exceptions. MS-OXOCAL section 2.2.1.44.
 */
#ifndef BRIDGE_RECUR_BLOB_H
#define BRIDGE_RECUR_BLOB_H

#include "bridge/event.h"

/*
 * recur_blob_read() - the series part of a blob
 * @series_r: known is set; days that were moved are not among the deleted ones
 * Errors: ERR_SYNTAX cut short, or counts that its length cannot hold.
 */
MUST_CHECK bool recur_blob_read(struct str blob, struct event_series *series_r,
				struct err *err);
/* recur_blob_write() - the blob of a series; exceptions carry their times only. */
void recur_blob_write(const struct event_recurrence *rule,
		      const struct event_series *series, struct strbuf *out);
void event_series_finish(struct event_series *series);

#endif
