/* Typed calendar properties of items, series and occurrences. */
#include "tests/ewsim/facts.h"

#include "base/base64.h"
#include "base/clock.h"
#include "tests/ewsim/ics_out.h"
#include "tests/ewsim/meeting.h"
#include "tests/ewsim/recur.h"
#include "tests/ewsim/xml.h"

static const struct sim_cal empty_cal = { .start_zone = NULL };

static const struct sim_cal *cal_of(const struct facts *f)
{
	return f->item->cal ? f->item->cal : &empty_cal;
}

static int64_t start_of(const struct facts *f)
{
	const struct sim_cal *c = cal_of(f);

	if (f->exception && f->exception->cal->times_set)
		return f->exception->cal->start;
	return f->ref->occurrence ? f->ref->original : c->start;
}

static int64_t end_of(const struct facts *f)
{
	const struct sim_cal *c = cal_of(f);

	if (f->exception && f->exception->cal->times_set)
		return f->exception->cal->end;
	return start_of(f) + (c->end - c->start);
}

static bool is_series(const struct facts *f)
{
	return cal_of(f)->rec.pattern != SIM_ONCE && !f->ref->occurrence;
}

static bool is_meeting(const struct facts *f)
{
	return facts_stored(f, "RequiredAttendees") ||
	       facts_stored(f, "OptionalAttendees") || facts_stored(f, "Resources") ||
	       sim_field_get(f->item, "Organizer");
}

static bool is_mine(const struct facts *f)
{
	const char *organizer = sim_field_get(f->item, "Organizer");

	return !organizer ||
	       str_find_nocase(str_from(organizer),
			       str_from(f->item->folder->user->address)) >= 0;
}

void cal_uid(struct facts *f, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf uid = STRBUF(200);

	strbuf_add(&uid, STR("040000008200E00074C5B7101A82E00800000000"));
	hex_encode(str_make((const char *)f->item->search_key, 16), &uid);
	x_text(out, "t:UID", strbuf_str(&uid));
}

void cal_stamp(struct facts *f, struct strbuf *out)
{
	x_time(out, "t:DateTimeStamp", f->item->modified);
}

void cal_start(struct facts *f, struct strbuf *out)
{
	if (f->item->cal)
		x_time(out, "t:Start", start_of(f));
}

void cal_end(struct facts *f, struct strbuf *out)
{
	if (f->item->cal)
		x_time(out, "t:End", end_of(f));
}

void cal_original(struct facts *f, struct strbuf *out)
{
	if (f->ref->occurrence)
		x_time(out, "t:OriginalStart", f->ref->original);
}

void cal_all_day(struct facts *f, struct strbuf *out)
{
	x_bool(out, "t:IsAllDayEvent", cal_of(f)->all_day);
}

void cal_busy(struct facts *f, struct strbuf *out)
{
	x_text(out, "t:LegacyFreeBusyStatus",
	       cal_of(f)->all_day ? STR("Free") : STR("Busy"));
}

void cal_is_meeting(struct facts *f, struct strbuf *out)
{
	x_bool(out, "t:IsMeeting", is_meeting(f));
}

void cal_cancelled(struct facts *f, struct strbuf *out)
{
	x_bool(out, "t:IsCancelled",
	       cal_of(f)->cancelled || (f->exception && f->exception->cal->cancelled));
}

void cal_recurring(struct facts *f, struct strbuf *out)
{
	x_bool(out, "t:IsRecurring", f->ref->occurrence);
}

void cal_request_sent(struct facts *f, struct strbuf *out)
{
	x_bool(out, "t:MeetingRequestWasSent", is_meeting(f) && is_mine(f));
}

void cal_type(struct facts *f, struct strbuf *out)
{
	const char *type = "Single";

	if (is_series(f))
		type = "RecurringMaster";
	else if (f->ref->occurrence)
		type = f->exception ? "Exception" : "Occurrence";
	x_text(out, "t:CalendarItemType", str_from(type));
}

void cal_my_response(struct facts *f, struct strbuf *out)
{
	x_text(out, "t:MyResponseType",
	       !is_meeting(f) ? STR("Unknown")
	       : is_mine(f)   ? STR("Organizer")
			      : STR("NoResponseReceived"));
}

void cal_organizer(struct facts *f, struct strbuf *out)
{
	const struct sim_user *u = f->item->folder->user;

	strbuf_add(out, STR("<t:Organizer><t:Mailbox>"));
	x_text(out, "t:Name", str_from(u->name));
	x_text(out, "t:EmailAddress", str_from(u->address));
	strbuf_add(out,
		   STR("<t:RoutingType>SMTP</t:RoutingType></t:Mailbox></t:Organizer>"));
}

void cal_is_organizer(struct facts *f, struct strbuf *out)
{
	x_bool(out, "t:IsOrganizer", is_mine(f));
}

void cal_duration(struct facts *f, struct strbuf *out)
{
	int64_t minutes = (end_of(f) - start_of(f)) / 60;

	strbuf_addf(out, "<t:Duration>PT%lldM</t:Duration>", (long long)minutes);
}

void cal_zone_text(struct facts *f, struct strbuf *out)
{
	if (cal_of(f)->start_zone)
		x_text(out, "t:TimeZone", str_from(cal_of(f)->start_zone));
}

void cal_sequence(struct facts *f, struct strbuf *out)
{
	x_int(out, "t:AppointmentSequenceNumber", cal_of(f)->sequence);
}

void cal_state(struct facts *f, struct strbuf *out)
{
	x_int(out, "t:AppointmentState",
	      (is_meeting(f) ? 1 : 0) | (is_meeting(f) && !is_mine(f) ? 2 : 0) |
		      (cal_of(f)->cancelled ? 4 : 0));
}

static void zone(const char *element, const char *id, struct strbuf *out)
{
	if (!id)
		return;
	strbuf_addf(out, "<t:%s Id=\"", element);
	x_escape(out, str_from(id));
	strbuf_add(out, STR("\" Name=\""));
	x_escape(out, str_from(id));
	strbuf_add(out, STR("\">"));
	zone_rules(id, out);
	strbuf_addf(out, "</t:%s>", element);
}

void cal_start_zone(struct facts *f, struct strbuf *out)
{
	zone("StartTimeZone", cal_of(f)->start_zone, out);
}

void cal_end_zone(struct facts *f, struct strbuf *out)
{
	zone("EndTimeZone", cal_of(f)->end_zone, out);
}

void cal_start_zone_id(struct facts *f, struct strbuf *out)
{
	if (cal_of(f)->start_zone)
		x_text(out, "t:StartTimeZoneId", str_from(cal_of(f)->start_zone));
}

void cal_end_zone_id(struct facts *f, struct strbuf *out)
{
	if (cal_of(f)->end_zone)
		x_text(out, "t:EndTimeZoneId", str_from(cal_of(f)->end_zone));
}

void cal_reminder_due(struct facts *f, struct strbuf *out)
{
	if (f->item->cal && facts_stored(f, "ReminderMinutesBeforeStart"))
		x_time(out, "t:ReminderDueBy", start_of(f));
}

static void weekdays(const char *element, unsigned set, struct strbuf *out)
{
	static const char *const names[] = { "Sunday",	 "Monday", "Tuesday", "Wednesday",
					     "Thursday", "Friday", "Saturday" };
	bool any = false;

	strbuf_addf(out, "<t:%s>", element);
	for (int i = 0; i < 7; i++)
		if (set & 1u << i) {
			strbuf_addf(out, "%s%s", any ? " " : "", names[i]);
			any = true;
		}
	strbuf_addf(out, "</t:%s>", element);
}

static void nth(const struct sim_recurrence *r, struct strbuf *out)
{
	static const char *const index[] = { "First", "Second", "Third", "Fourth" };

	if (r->weekdays == 0x7f)
		x_text(out, "t:DaysOfWeek", STR("Day"));
	else if (r->weekdays == 0x3e)
		x_text(out, "t:DaysOfWeek", STR("Weekday"));
	else if (r->weekdays == 0x41)
		x_text(out, "t:DaysOfWeek", STR("WeekendDay"));
	else
		weekdays("DaysOfWeek", r->weekdays, out);
	x_text(out, "t:DayOfWeekIndex",
	       str_from(r->nth < 1 || r->nth > 4 ? "Last" : index[r->nth - 1]));
}

static void month(const struct sim_recurrence *r, struct strbuf *out)
{
	static const char *const names[] = { "January", "February", "March",
					     "April",	"May",	    "June",
					     "July",	"August",   "September",
					     "October", "November", "December" };

	x_text(out, "t:Month", str_from(names[(r->month + 11) % 12]));
}

static void pattern(const struct sim_recurrence *r, struct strbuf *out)
{
	int interval = r->interval > 0 ? r->interval : 1;
	static const char *const elements[] = {
		"",
		"DailyRecurrence",
		"WeeklyRecurrence",
		"AbsoluteMonthlyRecurrence",
		"RelativeMonthlyRecurrence",
		"AbsoluteYearlyRecurrence",
		"RelativeYearlyRecurrence",
	};

	strbuf_addf(out, "<t:%s>", elements[r->pattern]);
	if (r->pattern < SIM_YEARLY_DAY)
		x_int(out, "t:Interval", interval);
	if (r->pattern == SIM_WEEKLY) {
		weekdays("DaysOfWeek", r->weekdays, out);
		weekdays("FirstDayOfWeek", 1u << r->first_weekday, out);
	}
	if (r->pattern == SIM_MONTHLY_NTH || r->pattern == SIM_YEARLY_NTH)
		nth(r, out);
	if (r->pattern == SIM_MONTHLY_DAY || r->pattern == SIM_YEARLY_DAY)
		x_int(out, "t:DayOfMonth", r->day);
	if (r->pattern >= SIM_YEARLY_DAY)
		month(r, out);
	strbuf_addf(out, "</t:%s>", elements[r->pattern]);
}

static void date(const char *element, struct sim_date d, struct strbuf *out)
{
	strbuf_addf(out, "<t:%s>%04d-%02d-%02d</t:%s>", element, d.year, d.month, d.day,
		    element);
}

void cal_recurrence(struct facts *f, struct strbuf *out)
{
	const struct sim_cal *c = cal_of(f);
	const struct sim_recurrence *r = &c->rec;
	struct civil first = clock_civil_from_unix(
		zone_to_local(c->start_zone, c->start));
	struct sim_date start = r->start.year
					? r->start
					: (struct sim_date){ first.year, first.month,
							     first.day };
	const char *range = r->count	    ? "NumberedRecurrence"
			    : r->until.year ? "EndDateRecurrence"
					    : "NoEndRecurrence";

	if (!is_series(f))
		return;
	strbuf_add(out, STR("<t:Recurrence>"));
	pattern(r, out);
	strbuf_addf(out, "<t:%s>", range);
	date("StartDate", start, out);
	if (r->count)
		x_int(out, "t:NumberOfOccurrences", r->count);
	else if (r->until.year)
		date("EndDate", r->until, out);
	strbuf_addf(out, "</t:%s></t:Recurrence>", range);
}

static void occurrence(struct facts *f, const char *element, int64_t original,
		       struct strbuf *out)
{
	struct sim_ref ref = { f->item, true, original };
	const struct sim_cal *c = f->item->cal;
	const struct sim_item *x = recur_exception(c, original);
	bool moved = x && x->cal->times_set;

	strbuf_addf(out, "<t:%s>", element);
	item_id_write(&ref, "t:ItemId", out);
	x_time(out, "t:Start", moved ? x->cal->start : original);
	x_time(out, "t:End", moved ? x->cal->end : original + c->end - c->start);
	x_time(out, "t:OriginalStart", original);
	strbuf_addf(out, "</t:%s>", element);
}

static void edge(struct facts *f, const char *element, bool last, struct strbuf *out)
{
	const struct sim_cal *c = cal_of(f);
	struct recur r;
	int64_t start, found = INT64_MIN;

	if (!is_series(f) || (last && !c->rec.count && !c->rec.until.year))
		return;
	recur_init(&r, c);
	while (recur_next(&r, &start)) {
		if (recur_is_deleted(c, start))
			continue;
		found = start;
		if (!last)
			break;
	}
	if (found != INT64_MIN)
		occurrence(f, element, found, out);
}

void cal_first(struct facts *f, struct strbuf *out)
{
	edge(f, "FirstOccurrence", false, out);
}

void cal_last(struct facts *f, struct strbuf *out)
{
	edge(f, "LastOccurrence", true, out);
}

void cal_modified(struct facts *f, struct strbuf *out)
{
	const struct sim_cal *c = cal_of(f);

	if (!is_series(f) || !c->exception_count)
		return;
	strbuf_add(out, STR("<t:ModifiedOccurrences>"));
	for (size_t i = 0; i < c->exception_count; i++)
		occurrence(f, "Occurrence", c->exceptions[i]->cal->original, out);
	strbuf_add(out, STR("</t:ModifiedOccurrences>"));
}

void cal_deleted(struct facts *f, struct strbuf *out)
{
	const struct sim_cal *c = cal_of(f);

	if (!is_series(f) || !c->deleted_count)
		return;
	strbuf_add(out, STR("<t:DeletedOccurrences>"));
	for (size_t i = 0; i < c->deleted_count; i++) {
		strbuf_add(out, STR("<t:DeletedOccurrence>"));
		x_time(out, "t:Start", c->deleted[i]);
		strbuf_add(out, STR("</t:DeletedOccurrence>"));
	}
	strbuf_add(out, STR("</t:DeletedOccurrences>"));
}

void cal_mime(struct facts *f, struct strbuf *out)
{
	static const struct ics_form form = { .method = "PUBLISH" };

	if (f->item->cal)
		ics_write(f->ref, &form, out);
}

/* The calendar item that a meeting message is about, by its UID. */
void cal_associated(struct facts *f, struct strbuf *out)
{
	struct sim_item *item = meeting_find(f->item->folder->user, f->item);
	struct sim_ref ref = { item, false, 0 };

	if (item)
		item_id_write(&ref, "t:AssociatedCalendarItemId", out);
}
