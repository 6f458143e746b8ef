/* Calendar items as Exchange has them, and its time zones. */
#ifndef EWS_CALENDAR_H
#define EWS_CALENDAR_H

#include "ews/account.h"
#include "ews/item.h"
#include "ews/types.h"

/* A calendar date as the server wrote it; any zone suffix is cut, never applied. */
struct ews_date {
	int year, month, day; /* year 0: absent; month 1..12 */
};

/* --- Time zones -------------------------------------------------------------------- */

struct ews_tz_period {
	char *id;
	char *name; /* "Standard", "Daylight" */
	int32_t bias_s; /* seconds to ADD to local time to get UTC: 18000 for UTC-5 */
};

enum ews_tz_transition_type {
	EWS_TZ_FROM_BEGINNING, /* Transition */
	EWS_TZ_AT, /* AbsoluteDateTransition */
	EWS_TZ_BY_WEEKDAY, /* RecurringDayTransition */
	EWS_TZ_BY_DATE /* RecurringDateTransition */
};

struct ews_tz_transition {
	enum ews_tz_transition_type type;
	bool to_group; /* target is a group's id, else a period's */
	char *to;
	int year, at_month, at_day, at_s; /* AT: wall clock, seconds after midnight */
	int month; /* recurring: 1..12 */
	int weekday; /* BY_WEEKDAY: 0 = Sunday */
	int occurrence; /* BY_WEEKDAY: 1..4, -1 = last */
	int day; /* BY_DATE: 1..31 */
	int32_t time_s; /* recurring: wall clock before the change, after midnight */
};

struct ews_tz_transitions {
	char *id; /* of a group */
	struct ews_tz_transition *list;
	size_t count;
};

struct ews_tz {
	char *id; /* Windows id; but IANA names, "tzone://...", "" occur */
	char *name;
	struct ews_tz_period *periods; /* none when the server sent only the id */
	size_t period_count;
	struct ews_tz_transitions *groups;
	size_t group_count;
	struct ews_tz_transitions transitions;
};

struct ews_tzs {
	struct ews_arena arena;
	struct ews_tz *list;
	size_t count;
};
void ews_tzs_finish(struct ews_tzs *tzs);

/*
 * ews_tz_get() - GetServerTimeZones with full definitions
 * @ids: Windows ids; count 0 asks for all (over 4 MB)
 */
MUST_CHECK bool ews_tz_get(struct ews_conn *conn, const char *const *ids, size_t count,
			   struct ews_tzs *out, struct err *err);

/* --- Recurrence -------------------------------------------------------------------- */

enum ews_pattern {
	EWS_PATTERN_NONE,
	EWS_PATTERN_DAILY,
	EWS_PATTERN_WEEKLY,
	EWS_PATTERN_MONTHLY_ABSOLUTE,
	EWS_PATTERN_MONTHLY_RELATIVE,
	EWS_PATTERN_YEARLY_ABSOLUTE,
	EWS_PATTERN_YEARLY_RELATIVE,
	EWS_PATTERN_OTHER /* regeneration of tasks, or unknown to us */
};
enum ews_range { EWS_RANGE_NONE, EWS_RANGE_FOREVER, EWS_RANGE_UNTIL, EWS_RANGE_COUNT };

/* Bits of DaysOfWeek: 1 << weekday with 0 = Sunday; Day, Weekday, WeekendDay are sets. */
#define EWS_DAYS_ALL 0x7Fu
#define EWS_DAYS_WEEKDAY 0x3Eu
#define EWS_DAYS_WEEKEND 0x41u

struct ews_recurrence {
	enum ews_pattern pattern;
	int interval; /* 1.. */
	unsigned days_of_week; /* bits */
	int first_day_of_week; /* 0 = Sunday; -1: not told */
	int day_of_month; /* 1..31 */
	int week_index; /* relative: 1..4, -1 = last */
	int month; /* 1..12 */
	enum ews_range range;
	struct ews_date start, end; /* local dates; end only with UNTIL, inclusive */
	int occurrences; /* with COUNT; counts deleted ones too */
};

struct ews_occurrence {
	struct ews_id id;
	int64_t start_unix, end_unix, original_start_unix;
};

/* --- CalendarItem ------------------------------------------------------------------ */

enum ews_calendar_type {
	EWS_CALENDAR_SINGLE,
	EWS_CALENDAR_OCCURRENCE,
	EWS_CALENDAR_EXCEPTION,
	EWS_CALENDAR_MASTER
};
enum ews_busy {
	EWS_BUSY_NONE, /* not told */
	EWS_BUSY_FREE,
	EWS_BUSY_TENTATIVE,
	EWS_BUSY_BUSY,
	EWS_BUSY_OOF,
	EWS_BUSY_ELSEWHERE,
	EWS_BUSY_NO_DATA
};
enum ews_sensitivity {
	EWS_SENSITIVITY_NORMAL,
	EWS_SENSITIVITY_PERSONAL,
	EWS_SENSITIVITY_PRIVATE,
	EWS_SENSITIVITY_CONFIDENTIAL
};
enum ews_response {
	EWS_RESPONSE_UNKNOWN,
	EWS_RESPONSE_ORGANIZER,
	EWS_RESPONSE_TENTATIVE,
	EWS_RESPONSE_ACCEPT,
	EWS_RESPONSE_DECLINE,
	EWS_RESPONSE_NONE_RECEIVED
};

struct ews_attendee {
	struct ews_mailbox mailbox;
	enum ews_response response;
	int64_t responded_unix;
};

struct ews_attendees {
	struct ews_attendee *list;
	size_t count;
};

struct ews_bytes { /* decoded Binary property */
	unsigned char *p; /* NULL: absent */
	size_t len;
};

struct ews_calendar_item {
	struct ews_status status;
	struct ews_id id;
	char *parent_id;
	char *item_class;
	enum ews_calendar_type type;

	char *uid;
	char *subject;
	char *location;
	char *text; /* TextBody, or Body where that was plain text */
	char *html; /* Body where it is HTML */
	struct ews_texts categories;
	enum ews_sensitivity sensitivity;
	enum ews_importance importance;

	int64_t start_unix, end_unix, original_start_unix;
	bool is_all_day; /* start and end are local midnights as instants */
	struct ews_tz start_tz, end_tz; /* id NULL: not told */
	char *start_tz_id, *end_tz_id; /* StartTimeZoneId, EndTimeZoneId */

	enum ews_busy busy, intended_busy;
	bool is_meeting, is_cancelled, is_recurring, is_response_requested, is_organizer;
	bool disallow_new_time; /* AllowNewTimeProposal is false */
	bool do_not_forward;
	bool is_online_meeting;
	char *online_meeting_url;
	bool invitations_sent; /* MeetingRequestWasSent */
	enum ews_response my_response;
	int64_t replied_unix; /* AppointmentReplyTime */
	int64_t sequence; /* AppointmentSequenceNumber; -1: not told */
	int64_t state; /* AppointmentState bits; -1: not told */
	struct ews_mailbox organizer; /* address NULL: not told */
	struct ews_attendees required, optional, resources;

	bool reminder_set;
	int reminder_minutes;
	int64_t reminder_due_unix, reminder_next_unix;

	struct ews_recurrence recurrence; /* masters */
	struct ews_occurrence first, last; /* id.id NULL: not told */
	struct ews_occurrence *modified; /* masters: exceptions, by original start */
	size_t modified_count;
	int64_t *deleted_unix; /* masters: starts of deleted occurrences */
	size_t deleted_count;

	bool has_coordinates; /* EnhancedLocation */
	double latitude, longitude;

	int64_t stamp_unix, created_unix, modified_unix;
	bool has_attachments;
	struct ews_attachment *attachments;
	size_t attachment_count;
	unsigned rights; /* EWS_RIGHT_* of folder.h */

	struct ews_bytes recur_blob; /* PidLidAppointmentRecur 0x8216 */
	struct ews_bytes tz_start_blob; /* 0x825E */
	struct ews_bytes tz_end_blob; /* 0x825F */
	struct ews_bytes tz_recur_blob; /* 0x8260 */
	struct ews_bytes global_id; /* Meeting 0x0003 */
	struct ews_bytes clean_global_id; /* Meeting 0x0023 */
	char *mark; /* the caller's property, as on the wire */
};

struct ews_calendar_items {
	struct ews_arena arena;
	struct ews_calendar_item *list; /* one for each id of the request, in its order */
	size_t count;
};
void ews_calendar_items_finish(struct ews_calendar_items *items);

/*
 * ews_calendar_get() - GetItem: every field of single items, masters and exceptions
 * @mark: a property of the caller's to be read too, or NULL
 * Entries that are no CalendarItem have status ERR_SYNTAX, EWS_CODE_OTHER.
 */
MUST_CHECK bool ews_calendar_get(struct ews_conn *conn, const struct ews_ref *refs,
				 size_t count, const struct ews_property *mark,
				 struct ews_calendar_items *out, struct err *err);

/* --- FindItem with a view: occurrences --------------------------------------------- */

struct ews_calendar_row {
	struct ews_id id;
	enum ews_calendar_type type;
	char *uid, *subject;
	int64_t start_unix, end_unix;
	int64_t original_start_unix; /* often not told */
};

struct ews_calendar_view {
	struct ews_arena arena;
	struct ews_calendar_row *list;
	size_t count;
	bool last; /* false: cut at @max, ask for half of the range */
};
void ews_calendar_view_finish(struct ews_calendar_view *view);

/* ews_calendar_find() - what happens in a range of at most two years; series expanded */
MUST_CHECK bool ews_calendar_find(struct ews_conn *conn,
				  const struct ews_folder_ref *folder, int64_t start_unix,
				  int64_t end_unix, uint32_t max,
				  struct ews_calendar_view *out, struct err *err);

#endif
