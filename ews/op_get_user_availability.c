/*
 * GetUserAvailability: [MS-OXWAVLS] section 3.1.4.1. Times of the answer carry no zone:
 * they are in that of the request, which is always UTC here.
 */
#include <string.h>

#include "ews/read.h"
#include "ews/settings.h"

struct request {
	const char *const *addresses;
	size_t count;
	int64_t start_unix, end_unix;
	unsigned interval_min;
	struct ews_free_busies *out;
};

static void write_change(struct soap_writer *w, const char *name)
{
	soap_open(w, name);
	soap_leaf_int(w, "t:Bias", 0);
	soap_leaf(w, "t:Time", "00:00:00");
	soap_leaf_int(w, "t:DayOrder", 1);
	soap_leaf_int(w, "t:Month", 1);
	soap_leaf(w, "t:DayOfWeek", "Sunday");
	soap_close(w);
}

static void write_utc(struct soap_writer *w)
{
	soap_open(w, "t:TimeZone");
	soap_leaf_int(w, "t:Bias", 0);
	write_change(w, "t:StandardTime");
	write_change(w, "t:DaylightTime");
	soap_close(w);
}

static void write_time(struct soap_writer *w, const char *name, int64_t unix_s)
{
	char text[40];

	soap_format_time(unix_s, text, sizeof(text));
	text[strlen(text) - 1] = '\0'; /* in the zone above */
	soap_leaf(w, name, text);
}

static void write_mailbox(struct soap_writer *w, const char *address)
{
	soap_open(w, "t:MailboxData");
	soap_open(w, "t:Email");
	soap_leaf(w, "t:Address", address);
	soap_close(w);
	soap_leaf(w, "t:AttendeeType", "Required");
	soap_leaf_bool(w, "t:ExcludeConflicts", false);
	soap_close(w);
}

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	write_utc(w);
	soap_open(w, "m:MailboxDataArray");
	for (size_t i = 0; i < request->count; i++)
		write_mailbox(w, request->addresses[i]);
	soap_close(w);
	soap_open(w, "t:FreeBusyViewOptions");
	soap_open(w, "t:TimeWindow");
	write_time(w, "t:StartTime", request->start_unix);
	write_time(w, "t:EndTime", request->end_unix);
	soap_close(w);
	soap_leaf_int(w, "t:MergedFreeBusyIntervalInMinutes", request->interval_min);
	soap_leaf(w, "t:RequestedView", "DetailedMerged");
	soap_close(w);
}

/* --- Reading ----------------------------------------------------------------------- */

#define AT(member) offsetof(struct ews_busy_time, member)

static void read_event(struct soap_reader *r, struct ews_arena *arena,
		       struct ews_busy_time *event)
{
	static const struct ews_field fields[] = {
		{ "StartTime", EWS_FIELD_TIME, AT(start_unix), NULL },
		{ "EndTime", EWS_FIELD_TIME, AT(end_unix), NULL },
		{ "BusyType", EWS_FIELD_ENUM, AT(busy), ews_busy_names },
		{ "Subject", EWS_FIELD_TEXT, AT(subject), NULL },
		{ "Location", EWS_FIELD_TEXT, AT(location), NULL },
		{ "IsMeeting", EWS_FIELD_BOOL, AT(is_meeting), NULL },
		{ "IsRecurring", EWS_FIELD_BOOL, AT(is_recurring), NULL },
		{ "IsException", EWS_FIELD_BOOL, AT(is_exception), NULL },
		{ "IsPrivate", EWS_FIELD_BOOL, AT(is_private), NULL },
	};
	int depth = soap_depth(r);

	event->start_unix = event->end_unix = EWS_TIME_NONE;
	while (soap_child(r, depth)) {
		if (ews_read_field(r, arena, fields, ARRAY_LEN(fields), event))
			continue;
		while (soap_child(r, depth + 1)) /* CalendarEventDetails */
			ews_read_field(r, arena, fields, ARRAY_LEN(fields), event);
	}
}

static void read_period(struct soap_reader *r, struct ews_working_period *period)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (soap_is(r, "DayOfWeek"))
			period->days = ews_parse_days(str_trim(soap_text(r)));
		else if (soap_is(r, "StartTimeInMinutes"))
			period->start_min = (int)soap_get_int(r, 0) & 0xFFFF;
		else if (soap_is(r, "EndTimeInMinutes"))
			period->end_min = (int)soap_get_int(r, 0) & 0xFFFF;
	}
}

static void read_hours(struct soap_reader *r, struct ews_arena *arena,
		       struct ews_free_busy *person)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		bool zone = soap_is(r, "TimeZone");

		while (soap_child(r, depth + 1)) {
			if (zone && soap_is(r, "Bias"))
				person->bias_min = (int)(int16_t)soap_get_int(r, 0);
			if (zone || !soap_is(r, "WorkingPeriod"))
				continue;
			person->periods = ews_arena_grow(arena, person->periods,
							 person->period_count,
							 sizeof(*person->periods));
			read_period(r, &person->periods[person->period_count++]);
		}
	}
}

static void read_view(struct soap_reader *r, struct ews_arena *arena,
		      struct ews_free_busy *person)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (soap_is(r, "MergedFreeBusy")) {
			person->merged = soap_get_text(r, arena);
		} else if (soap_is(r, "WorkingHours")) {
			read_hours(r, arena, person);
		} else if (soap_is(r, "CalendarEventArray")) {
			while (soap_child(r, depth + 1)) {
				person->list = ews_arena_grow(arena, person->list,
							      person->count,
							      sizeof(*person->list));
				read_event(r, arena, &person->list[person->count++]);
			}
		}
	}
}

static void read_person(struct soap_reader *r, struct ews_arena *arena,
			struct ews_free_busy *person)
{
	struct soap_messages m;
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (soap_is(r, "ResponseMessage") && soap_message_here(r, &m)) {
			while (soap_message_child(r, &m))
				;
			person->status = m.status;
		} else if (soap_is(r, "FreeBusyView")) {
			read_view(r, arena, person);
		}
	}
}

static void reset(const struct request *request)
{
	struct ews_free_busies *out = request->out;
	struct ews_batch batch = { .size = sizeof(*out->list) };

	ews_free_busies_finish(out);
	out->list = ews_batch_new(&out->arena, &batch, request->count);
	out->count = request->count;
}

static bool read(struct soap_reader *r, void *context, struct err *err)
{
	struct request *request = context;
	int depth = soap_depth(r);
	size_t i = 0;

	reset(request);
	while (soap_child(r, depth)) {
		if (!soap_is(r, "FreeBusyResponseArray"))
			continue;
		while (i < request->count && soap_child(r, depth + 1))
			read_person(r, &request->out->arena, &request->out->list[i++]);
	}
	return soap_ok(r, err);
}

bool ews_free_busy_get(struct ews_conn *conn, const char *const *addresses, size_t count,
		       int64_t start_unix, int64_t end_unix, unsigned interval_min,
		       struct ews_free_busies *out, struct err *err)
{
	struct request request = { addresses, count,	    start_unix,
				   end_unix,  interval_min, out };
	struct ews_call call = { EWS_OP_GET_USER_AVAILABILITY, write, read, &request,
				 &request };

	return ews_call_run(conn, &call, err);
}
