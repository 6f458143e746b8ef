/* What is known of one item while it is written; MIME is read only when needed. */
#ifndef EWSIM_FACTS_H
#define EWSIM_FACTS_H

#include "tests/ewsim/fields.h"
#include "tests/ewsim/msg.h"

enum { FACTS_PARTS = 64, FACTS_TEXT_MAX = 256 << 20 };

struct facts {
	const struct sim_ref *ref;
	struct sim_item *item; /* master, when an occurrence is shown */
	struct sim_item *exception; /* NULL unless this occurrence was changed */
	const struct shape *shape;
	struct strbuf mime;
	struct str headers, body;
	bool read_mime, read_parts, mime_failed;
	struct msg_part parts[FACTS_PARTS];
	size_t part_count;
};

void facts_init(struct facts *f, const struct sim_ref *ref, const struct shape *shape);
void facts_finish(struct facts *f);
struct str facts_headers(struct facts *f); /* empty for items without octets */
void facts_parts(struct facts *f);
bool facts_part_is_attachment(const struct facts *f, size_t index);
const char *facts_stored(const struct facts *f, const char *element);

/* content_out.c */
field_writer content_mime, content_body, content_text_body, content_attachments,
	content_has_attachments, content_headers, content_preview;
/* people_out.c */
field_writer people_display_cc, people_display_to, people_from, people_sender, people_to,
	people_cc, people_bcc, people_reply_to;
/* calendar_out.c */
field_writer cal_uid, cal_start, cal_end, cal_original, cal_all_day, cal_is_meeting,
	cal_cancelled, cal_recurring, cal_type, cal_my_response, cal_organizer, cal_state,
	cal_sequence, cal_duration, cal_recurrence, cal_first, cal_last, cal_modified,
	cal_deleted, cal_start_zone, cal_end_zone, cal_stamp, cal_is_organizer,
	cal_request_sent, cal_busy, cal_zone_text, cal_start_zone_id, cal_end_zone_id,
	cal_reminder_due, cal_associated;
/* conversation.c */
field_writer conversation_id, conversation_topic;
/* zone_rules.c: Periods, TransitionsGroups and Transitions of a Windows zone. */
void zone_rules(const char *id, struct strbuf *out);
/* zone_ics() - its VTIMEZONE; false: not one of ours, nothing is written. */
bool zone_ics(const char *id, struct strbuf *out);
void cal_mime(struct facts *f, struct strbuf *out); /* text/calendar */

#endif
