/*
 * iCalendar text (RFC 5545), canonical: what is written is escaped and folded at 75
 * octets, never inside a character.
 */
#ifndef CALENDAR_ICS_WRITE_H
#define CALENDAR_ICS_WRITE_H

#include <stdint.h>

#include "base/strbuf.h"

/* A line being put together; ICS_LINE_MAX octets at most. */
#define ICS_LINE_MAX ((size_t)8 << 20)
struct ics_line {
	struct strbuf text;
	bool has_value;
};
void ics_line_begin(struct ics_line *line, const char *name);
/* ";NAME=value", quoted where it must be; double quotes and controls are dropped. */
void ics_line_param(struct ics_line *line, const char *name, const char *value);
/* The value as it is, controls dropped; several calls add up. */
void ics_line_value(struct ics_line *line, const char *value);
/* The value as TEXT: escaped; control characters but tab and line feed are dropped. */
void ics_line_text(struct ics_line *line, const char *text);
/* Folds the line into @out and frees it. */
void ics_line_end(struct ics_line *line, struct strbuf *out);

/* NAME:value and NAME:escaped text; nothing when the value is NULL or empty. */
void ics_put(struct strbuf *out, const char *name, const char *value);
void ics_put_text(struct strbuf *out, const char *name, const char *text);
void ics_put_number(struct strbuf *out, const char *name, int64_t value);

/* 20260702T090000 and, @utc, a Z; 20260702. @local_s: seconds since 1970-01-01 00:00. */
void ics_add_time(struct strbuf *out, int64_t local_s, bool utc);
void ics_add_date(struct strbuf *out, int32_t day);

#endif
