/*
 * Maps struct ews_calendar_item to struct event, field by field. What the server sends in
 * two ways is settled here: the recurrence blob wins over instants for days of a series,
 * X.500 names never become addresses, time zone definitions become eras of rules.
 */
#include "bridge/remote_ews_event.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bridge/recur_blob.h"

#define DAY_S 86400
#define ERAS_MAX 1000 /* of one zone; Exchange sends at most some dozens */

_Static_assert(EWS_TIME_NONE == EVENT_NO_TIME, "instants are copied as they are");

/* ---- time zones */

static const struct ews_tz_transitions *find_group(const struct ews_tz *tz,
						   const char *id)
{
	for (size_t i = 0; id && i < tz->group_count; i++)
		if (tz->groups[i].id && strcmp(tz->groups[i].id, id) == 0)
			return &tz->groups[i];
	return NULL;
}

static int period_offset(const struct ews_tz *tz, const char *id)
{
	for (size_t i = 0; id && i < tz->period_count; i++)
		if (tz->periods[i].id && strcmp(tz->periods[i].id, id) == 0)
			return -tz->periods[i].bias_s;
	return tz->period_count ? -tz->periods[0].bias_s : 0;
}

static void add_rule(const struct ews_tz *tz, const struct ews_tz_transition *change,
		     struct event_zone_era *era)
{
	bool by_weekday = change->type == EWS_TZ_BY_WEEKDAY;

	if (era->rule_count == EVENT_ZONE_RULES_MAX || change->month < 1 ||
	    change->month > 12)
		return;
	era->rules[era->rule_count++] = (struct event_zone_rule){
		.month = change->month,
		.weekday = by_weekday ? change->weekday : -1,
		.week = by_weekday ? change->occurrence : 0,
		.day = by_weekday ? 0 : change->day,
		.minute = change->time_s / 60,
		.offset_s = period_offset(tz, change->to),
	};
}

/* Summer time is what stands further east than the rest. */
static void mark_daylight(struct event_zone_era *era)
{
	if (era->rule_count)
		era->offset_s = era->rules[0].offset_s;
	for (size_t i = 1; i < era->rule_count; i++)
		era->offset_s = MIN_OF(era->offset_s, era->rules[i].offset_s);
	for (size_t i = 0; i < era->rule_count; i++)
		era->rules[i].daylight = era->rules[i].offset_s > era->offset_s;
}

static void add_era(const struct ews_tz *tz, const struct ews_tz_transition *from,
		    struct event_zone *zone)
{
	struct event_zone_era *era;
	const struct ews_tz_transitions *group = from->to_group ? find_group(tz, from->to)
								: NULL;

	if ((from->to_group && !group) || zone->era_count == ERAS_MAX)
		return;
	zone->eras = mem_resize(zone->eras, zone->era_count + 1, sizeof *zone->eras);
	era = &zone->eras[zone->era_count++];
	*era = (struct event_zone_era){ .from_day = EVENT_NO_DAY };
	if (from->type == EWS_TZ_AT)
		era->from_day = (int32_t)(clock_unix_from_civil(from->year,
								from->at_month,
								from->at_day, 0, 0, 0) /
					  DAY_S);
	if (!group) {
		era->offset_s = period_offset(tz, from->to);
		return;
	}
	for (size_t i = 0; i < group->count; i++) {
		if (group->list[i].type == EWS_TZ_BY_WEEKDAY ||
		    group->list[i].type == EWS_TZ_BY_DATE)
			add_rule(tz, &group->list[i], era);
		else
			era->offset_s = period_offset(tz, group->list[i].to);
	}
	mark_daylight(era);
}

static int by_day(const void *a, const void *b)
{
	const struct event_zone_era *x = a, *y = b;

	return (x->from_day > y->from_day) - (x->from_day < y->from_day);
}

static void map_zone(const struct ews_tz *tz, const char *plain_id,
		     struct event_zone *zone)
{
	const char *id = tz->id && *tz->id ? tz->id : plain_id;

	zone->id = mem_strdup(id);
	zone->name = mem_strdup(tz->name);
	for (size_t i = 0; i < tz->transitions.count; i++)
		add_era(tz, &tz->transitions.list[i], zone);
	if (!zone->era_count && tz->group_count) {
		struct ews_tz_transition first = { .to_group = true,
						   .to = tz->groups[0].id };

		add_era(tz, &first, zone);
	}
	if (zone->era_count)
		qsort(zone->eras, zone->era_count, sizeof *zone->eras, by_day);
}

/* ---- people */

static enum event_response map_response(enum ews_response response)
{
	static const enum event_response map[] = {
		[EWS_RESPONSE_UNKNOWN] = EVENT_RESPONSE_UNKNOWN,
		[EWS_RESPONSE_ORGANIZER] = EVENT_RESPONSE_ORGANIZER,
		[EWS_RESPONSE_TENTATIVE] = EVENT_RESPONSE_TENTATIVE,
		[EWS_RESPONSE_ACCEPT] = EVENT_RESPONSE_ACCEPTED,
		[EWS_RESPONSE_DECLINE] = EVENT_RESPONSE_DECLINED,
		[EWS_RESPONSE_NONE_RECEIVED] = EVENT_RESPONSE_NONE,
	};

	return (size_t)response < ARRAY_LEN(map) ? map[response] : EVENT_RESPONSE_UNKNOWN;
}

static void map_mailbox(const struct ews_mailbox *mailbox, struct event_person *person)
{
	bool smtp = mailbox->address && strchr(mailbox->address, '@') &&
		    (!mailbox->routing_type || strcmp(mailbox->routing_type, "EX") != 0);

	person->name = mem_strdup(mailbox->name);
	person->address = smtp ? mem_strdup(mailbox->address) : NULL;
	person->is_group = mailbox->type && (strcmp(mailbox->type, "PublicDL") == 0 ||
					     strcmp(mailbox->type, "PrivateDL") == 0 ||
					     strcmp(mailbox->type, "GroupMailbox") == 0);
}

static void map_attendees(const struct ews_attendees *attendees, enum event_role role,
			  struct event *event)
{
	for (size_t i = 0; i < attendees->count; i++) {
		struct event_person *person = event_attendee_add(event);

		map_mailbox(&attendees->list[i].mailbox, person);
		person->role = role;
		person->response = map_response(attendees->list[i].response);
	}
}

/* ---- series */

static int32_t map_date(struct ews_date date)
{
	if (!date.year)
		return EVENT_NO_DAY;
	return (int32_t)(clock_unix_from_civil(date.year, date.month, date.day, 0, 0, 0) /
			 DAY_S);
}

static void map_recurrence(const struct ews_recurrence *from,
			   struct event_recurrence *rule)
{
	static const enum event_pattern patterns[] = {
		[EWS_PATTERN_NONE] = EVENT_PATTERN_NONE,
		[EWS_PATTERN_DAILY] = EVENT_PATTERN_DAILY,
		[EWS_PATTERN_WEEKLY] = EVENT_PATTERN_WEEKLY,
		[EWS_PATTERN_MONTHLY_ABSOLUTE] = EVENT_PATTERN_MONTHLY_DAY,
		[EWS_PATTERN_MONTHLY_RELATIVE] = EVENT_PATTERN_MONTHLY_NTH,
		[EWS_PATTERN_YEARLY_ABSOLUTE] = EVENT_PATTERN_YEARLY_DAY,
		[EWS_PATTERN_YEARLY_RELATIVE] = EVENT_PATTERN_YEARLY_NTH,
		[EWS_PATTERN_OTHER] = EVENT_PATTERN_OTHER,
	};
	static const enum event_range ranges[] = {
		[EWS_RANGE_NONE] = EVENT_RANGE_NO_END,
		[EWS_RANGE_FOREVER] = EVENT_RANGE_NO_END,
		[EWS_RANGE_UNTIL] = EVENT_RANGE_END_DAY,
		[EWS_RANGE_COUNT] = EVENT_RANGE_COUNT,
	};

	rule->pattern = patterns[from->pattern];
	rule->interval = MAX_OF(from->interval, 1);
	rule->weekdays = from->days_of_week;
	rule->first_weekday = from->first_day_of_week;
	rule->day_of_month = from->day_of_month;
	rule->nth = from->week_index;
	rule->month = from->month;
	rule->range = ranges[from->range];
	rule->start_day = map_date(from->start);
	rule->end_day = map_date(from->end);
	rule->count = from->occurrences;
}

static int64_t original_start(const struct ews_calendar_item *master,
			      const struct ews_calendar_item *exception)
{
	for (size_t i = 0; i < master->modified_count; i++) {
		const struct ews_occurrence *occurrence = &master->modified[i];

		if (occurrence->id.id && exception->id.id &&
		    strcmp(occurrence->id.id, exception->id.id) == 0)
			return occurrence->original_start_unix;
	}
	return exception->original_start_unix;
}

static int by_original_start(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return (x->original_start_unix_s > y->original_start_unix_s) -
	       (x->original_start_unix_s < y->original_start_unix_s);
}

static void map_item(const struct ews_calendar_item *item, struct event *event);

static void map_series(const struct ews_calendar_item *item,
		       const struct ews_calendar_item *exceptions, size_t count,
		       struct event *event)
{
	struct str blob = str_make((const char *)item->recur_blob.p,
				   item->recur_blob.len);

	event->kind = EVENT_MASTER;
	map_recurrence(&item->recurrence, &event->recurrence);
	/* A damaged blob counts as none: the instants then say the days. */
	if (blob.p && recur_blob_read(blob, &event->series, NULL) &&
	    event->recurrence.first_weekday < 0)
		event->recurrence.first_weekday = event->series.first_weekday;
	for (size_t i = 0; i < item->deleted_count; i++)
		event_deleted_add(event, item->deleted_unix[i]);
	for (size_t i = 0; i < count; i++) {
		int64_t original = original_start(item, &exceptions[i]);
		struct event *exception;

		if (exceptions[i].status.err.code != ERR_OK || original == EVENT_NO_TIME)
			continue;
		exception = event_exception_add(event);
		map_item(&exceptions[i], exception);
		exception->kind = EVENT_EXCEPTION;
		exception->original_start_unix_s = original;
	}
	if (event->exception_count)
		qsort(event->exceptions, event->exception_count,
		      sizeof *event->exceptions, by_original_start);
}

/* ---- the item */

static enum event_busy map_busy(enum ews_busy busy)
{
	static const enum event_busy map[] = {
		[EWS_BUSY_NONE] = EVENT_BUSY,
		[EWS_BUSY_FREE] = EVENT_FREE,
		[EWS_BUSY_TENTATIVE] = EVENT_TENTATIVE,
		[EWS_BUSY_BUSY] = EVENT_BUSY,
		[EWS_BUSY_OOF] = EVENT_OOF,
		[EWS_BUSY_ELSEWHERE] = EVENT_ELSEWHERE,
		[EWS_BUSY_NO_DATA] = EVENT_NO_DATA,
	};

	return (size_t)busy < ARRAY_LEN(map) ? map[busy] : EVENT_BUSY;
}

static enum event_sensitivity map_sensitivity(enum ews_sensitivity sensitivity)
{
	switch (sensitivity) {
	case EWS_SENSITIVITY_NORMAL:
		return EVENT_NORMAL;
	case EWS_SENSITIVITY_PERSONAL:
		return EVENT_PERSONAL;
	case EWS_SENSITIVITY_PRIVATE:
		return EVENT_PRIVATE;
	case EWS_SENSITIVITY_CONFIDENTIAL:
		break;
	}
	return EVENT_CONFIDENTIAL;
}

static void map_texts(const struct ews_calendar_item *item, struct event *event)
{
	event->item_id = mem_strdup(item->id.id);
	event->change_key = mem_strdup(item->id.change_key);
	event->uid = item->uid && *item->uid ? mem_strdup(item->uid) : NULL;
	event->subject = mem_strdup(item->subject);
	event->location = mem_strdup(item->location);
	event->body_text = mem_strdup(item->text);
	event->body_html = mem_strdup(item->html);
	event->online_url = mem_strdup(item->online_meeting_url);
	for (size_t i = 0; i < item->categories.count; i++)
		event_texts_add(&event->categories, item->categories.list[i]);
	for (size_t i = 0; i < item->attachment_count; i++)
		if (item->attachments[i].name)
			event_texts_add(&event->attachments, item->attachments[i].name);
}

static void map_people(const struct ews_calendar_item *item, struct event *event)
{
	map_mailbox(&item->organizer, &event->organizer);
	event->organizer.response = EVENT_RESPONSE_ORGANIZER;
	map_attendees(&item->required, EVENT_REQUIRED, event);
	map_attendees(&item->optional, EVENT_OPTIONAL, event);
	map_attendees(&item->resources, EVENT_RESOURCE, event);
	event->my_response = map_response(item->my_response);
	event->is_meeting = item->is_meeting;
	event->is_cancelled = item->is_cancelled;
	event->is_response_requested = item->is_response_requested;
	event->no_counter = item->disallow_new_time;
}

static void map_item(const struct ews_calendar_item *item, struct event *event)
{
	map_texts(item, event);
	map_people(item, event);
	event->busy = map_busy(item->busy);
	event->sensitivity = map_sensitivity(item->sensitivity);
	event->importance = item->importance == EWS_IMPORTANCE_LOW ? EVENT_IMPORTANCE_LOW
			    : item->importance == EWS_IMPORTANCE_HIGH
				    ? EVENT_IMPORTANCE_HIGH
				    : EVENT_IMPORTANCE_NORMAL;
	event->start_unix_s = item->start_unix;
	event->end_unix_s = item->end_unix;
	event->original_start_unix_s = item->original_start_unix;
	event->all_day = item->is_all_day;
	map_zone(&item->start_tz, item->start_tz_id, &event->start_zone);
	map_zone(&item->end_tz, item->end_tz_id, &event->end_zone);
	event->reminder_set = item->reminder_set;
	event->reminder_min = item->reminder_minutes;
	event->sequence = item->sequence > 0 && item->sequence < INT32_MAX
				  ? (int)item->sequence
				  : 0;
	event->stamp_unix_s = item->stamp_unix;
	event->created_unix_s = item->created_unix;
	event->modified_unix_s = item->modified_unix;
	event->has_geo = item->has_coordinates;
	event->latitude = item->latitude;
	event->longitude = item->longitude;
}

void remote_ews_event(const struct ews_calendar_item *item,
		      const struct ews_calendar_item *exceptions, size_t exception_count,
		      struct event *event_r)
{
	event_init(event_r);
	map_item(item, event_r);
	if (item->type == EWS_CALENDAR_MASTER)
		map_series(item, exceptions, exception_count, event_r);
	else if (item->type != EWS_CALENDAR_SINGLE)
		event_r->kind = EVENT_EXCEPTION;
}
