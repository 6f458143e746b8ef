/*
 * One calendar item in the terms of groupware: what the remote reads from a server, the
 * store keeps packed (struct store_event.data) and calendar/ turns into iCalendar. A
 * series is one event: its master with every exception inside.
 *
 * Days are whole days since 1970-01-01 of a local calendar, without any zone; instants
 * are seconds since 1970 UTC. All texts are UTF-8; NULL stands for "the server gave
 * none".
 */
#ifndef BRIDGE_EVENT_H
#define BRIDGE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

#define EVENT_BLOB_MAX ((size_t)16 << 20) /* bytes of one packed event */
#define EVENT_NO_TIME INT64_MIN /* an instant that is not known */
#define EVENT_NO_DAY INT32_MIN /* a day that is not known */

struct event_texts { /* in the order of the server */
	char **items;
	size_t count;
};
void event_texts_add(struct event_texts *texts, const char *text);

/* ---- time zones
 * ------------------------------------------------------------------------ */

/* A change of the clock that comes back every year. */
struct event_zone_rule {
	int month; /* 1..12 */
	int weekday; /* 0 = Sunday; -1: on the fixed day of the month */
	int week; /* 1..4 of the month, -1 last; 0 with a fixed day */
	int day; /* of the month; 0 with a weekday */
	int minute; /* after local midnight, by the clock before the change */
	int offset_s; /* east of UTC from then on */
	bool daylight;
};
#define EVENT_ZONE_RULES_MAX 4
/* Rules that hold from one local day to the next era. */
struct event_zone_era {
	int32_t from_day; /* EVENT_NO_DAY: from the beginning */
	int offset_s; /* standard time, east of UTC; all there is when rule_count is 0 */
	size_t rule_count;
	struct event_zone_rule rules[EVENT_ZONE_RULES_MAX];
};
/* A zone as the server names it; with eras where it gave a definition. */
struct event_zone {
	char *id; /* Windows id, IANA name, "tzone://Microsoft/Custom", ... */
	char *name; /* display name */
	struct event_zone_era *eras; /* by from_day ascending */
	size_t era_count;
};

/* ---- recurrence
 * ------------------------------------------------------------------------ */

enum event_pattern {
	EVENT_PATTERN_NONE,
	EVENT_PATTERN_DAILY,
	EVENT_PATTERN_WEEKLY, /* weekdays */
	EVENT_PATTERN_MONTHLY_DAY, /* day_of_month, clipped to the month's last */
	EVENT_PATTERN_MONTHLY_NTH, /* weekdays (a set counts as a whole), nth */
	EVENT_PATTERN_YEARLY_DAY, /* month, day_of_month */
	EVENT_PATTERN_YEARLY_NTH, /* month, weekdays, nth */
	EVENT_PATTERN_OTHER, /* regenerating, lunar: has no rule of ours */
};
enum event_range { EVENT_RANGE_NO_END, EVENT_RANGE_END_DAY, EVENT_RANGE_COUNT };

#define EVENT_WEEKDAY(day) (1u << (day)) /* 0 = Sunday */
#define EVENT_WEEKDAYS_ALL 0x7Fu
#define EVENT_WEEKDAYS_WORK 0x3Eu
#define EVENT_WEEKDAYS_WEEKEND 0x41u

struct event_recurrence {
	enum event_pattern pattern;
	int interval; /* days, weeks, months; 1 with yearly patterns */
	unsigned weekdays; /* EVENT_WEEKDAY bits */
	int day_of_month; /* 1..31 */
	int nth; /* 1..4, -1 last */
	int month; /* 1..12 */
	int first_weekday; /* 0 = Sunday; -1 the server did not tell */
	enum event_range range;
	int32_t start_day, end_day; /* end_day: last day that may hold an occurrence */
	int count; /* slots of the pattern, deleted ones too */
};

/*
 * The series as PidLidAppointmentRecur (0x8216) has it: exact local days, so that
 * exceptions need no guess about zones. known is false where the server gave none.
 */
struct event_moved {
	int32_t original_day;
	int64_t start_min, end_min; /* local minutes since 1970-01-01 00:00 */
};
struct event_series {
	bool known;
	int first_weekday; /* 0 = Sunday */
	unsigned pattern_type, calendar_type; /* as in the blob */
	int start_minute, end_minute; /* of an ordinary occurrence, after midnight */
	int32_t *deleted; /* days without occurrence, moved ones not among them */
	size_t deleted_count;
	struct event_moved *moved;
	size_t moved_count;
};

/* ---- people
 * ---------------------------------------------------------------------------- */

enum event_role { EVENT_REQUIRED, EVENT_OPTIONAL, EVENT_RESOURCE };
enum event_response {
	EVENT_RESPONSE_UNKNOWN,
	EVENT_RESPONSE_ORGANIZER,
	EVENT_RESPONSE_TENTATIVE,
	EVENT_RESPONSE_ACCEPTED,
	EVENT_RESPONSE_DECLINED,
	EVENT_RESPONSE_NONE, /* asked, has not answered */
};
struct event_person {
	char *name;
	char *address; /* SMTP address; NULL when the server gave only an X.500 name */
	bool is_group; /* a distribution list */
	enum event_role role;
	enum event_response response;
};

/* ---- the item
 * -------------------------------------------------------------------------- */

enum event_kind { EVENT_SINGLE, EVENT_MASTER, EVENT_EXCEPTION };
enum event_busy {
	EVENT_BUSY, /* also when the server did not tell */
	EVENT_FREE,
	EVENT_TENTATIVE,
	EVENT_OOF,
	EVENT_ELSEWHERE,
	EVENT_NO_DATA,
};
enum event_sensitivity {
	EVENT_NORMAL,
	EVENT_PERSONAL,
	EVENT_PRIVATE,
	EVENT_CONFIDENTIAL,
};
enum event_importance {
	EVENT_IMPORTANCE_NORMAL,
	EVENT_IMPORTANCE_LOW,
	EVENT_IMPORTANCE_HIGH
};

struct event {
	enum event_kind kind;
	char *item_id, *change_key;
	char *uid; /* NULL: the server has none */

	char *subject, *location;
	char *body_text; /* plain text as the server made it */
	char *body_html; /* only when the body is HTML */
	struct event_texts categories;
	enum event_busy busy;
	enum event_sensitivity sensitivity;
	enum event_importance importance;

	int64_t start_unix_s, end_unix_s;
	bool all_day;
	struct event_zone start_zone, end_zone;

	bool reminder_set;
	int reminder_min; /* before the start */

	struct event_person organizer; /* address and name NULL: none */
	struct event_person *attendees;
	size_t attendee_count;
	enum event_response my_response;
	bool is_meeting, is_cancelled, is_response_requested;
	bool no_counter; /* new times may not be proposed */

	int sequence;
	int64_t stamp_unix_s, created_unix_s, modified_unix_s;
	char *online_url; /* to join an online meeting */
	bool has_geo;
	double latitude, longitude;
	struct event_texts attachments; /* file names */

	/* Series. */
	struct event_recurrence recurrence; /* MASTER */
	struct event_series series; /* MASTER */
	int64_t *deleted_starts; /* MASTER: starts of deleted occurrences */
	size_t deleted_start_count;
	struct event *exceptions; /* MASTER: by original_start_unix_s ascending */
	size_t exception_count;
	int64_t original_start_unix_s; /* EXCEPTION, else EVENT_NO_TIME */
};

/* event_init() - an empty event: SINGLE, Busy, no times, no zone. */
void event_init(struct event *event);
void event_finish(struct event *event);
/* Grow the lists; the new element is zeroed (exceptions: initialised). */
struct event_person *event_attendee_add(struct event *event);
struct event *event_exception_add(struct event *event);
void event_deleted_add(struct event *event, int64_t start_unix_s);
void event_zone_finish(struct event_zone *zone);

/*
 * event_pack() - @event as the versioned text that the store keeps
 * The same event gives the same bytes.
 * Errors: ERR_LIMIT over EVENT_BLOB_MAX or the ceiling of @out.
 */
MUST_CHECK bool event_pack(const struct event *event, struct strbuf *out,
			   struct err *err);
/*
 * event_unpack() - the event of a packed text, to be finished by the caller
 * Errors: ERR_SYNTAX not such a text; ERR_STATE of a later version of this program.
 */
MUST_CHECK bool event_unpack(struct str blob, struct event *event_r, struct err *err);

#endif
