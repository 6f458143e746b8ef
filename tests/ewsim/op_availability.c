/*
 * GetUserAvailability: free/busy out of the users' calendars, and suggestions. Times in
 * the answer carry no zone; they are in the zone that the request defines.
 */
#include "tests/ewsim/call.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "tests/ewsim/facts.h"
#include "tests/ewsim/recur.h"

enum { MAX_MAILBOXES = 100, MAX_WINDOW_S = 62 * 86400, DAY_S = 86400 };

/* One of the two changes of a year: the Nth weekday of a month, at a local time. */
struct change {
	int bias_min, month, order, weekday, second;
};

struct zone {
	char name[100]; /* of the header's TimeZoneContext, where the request has no zone
			 */
	int bias_min;
	struct change standard, daylight;
};

struct busy {
	int64_t start, end;
	struct sim_ref ref;
	char type[24];
};

struct busy_list {
	struct busy *list;
	size_t count, capacity;
};

static int64_t number(const xmlNode *parent, const char *name)
{
	int64_t n = 0;

	(void)!num_i64(x_short(x_child(parent, name)), &n);
	return n;
}

static int weekday_of(struct str s)
{
	static const char *const names[] = { "Sunday",	 "Monday", "Tuesday", "Wednesday",
					     "Thursday", "Friday", "Saturday" };

	for (int i = 0; i < 7; i++)
		if (str_eq(s, str_from(names[i])))
			return i;
	return 0;
}

static struct change read_change(const xmlNode *n)
{
	struct str time = x_short(x_child(n, "Time")), part;
	struct change c = { .bias_min = (int)number(n, "Bias"),
			    .month = (int)number(n, "Month"),
			    .order = (int)number(n, "DayOrder"),
			    .weekday = weekday_of(x_short(x_child(n, "DayOfWeek"))) };
	uint32_t v;

	while (str_split(&time, ':', &part))
		c.second = c.second * 60 + (int)(num_u32(part, &v) ? v : 0);
	return c;
}

static struct zone read_zone(const xmlNode *n)
{
	return (struct zone){ "", (int)number(n, "Bias"),
			      read_change(x_child(n, "StandardTime")),
			      read_change(x_child(n, "DaylightTime")) };
}

/* When the change happens in that year, in local seconds. */
static int64_t change_at(const struct change *c, int year)
{
	int64_t first = clock_unix_from_civil(year, c->month, 1, 0, 0, 0);
	int weekday = clock_civil_from_unix(first).weekday;
	int day = (c->weekday - weekday + 7) % 7 + 7 * (MIN_OF(c->order, 5) - 1);

	while (clock_civil_from_unix(first + (int64_t)day * DAY_S).month != c->month)
		day -= 7;
	return first + (int64_t)day * DAY_S + c->second;
}

static int64_t to_local(const struct zone *z, int64_t t)
{
	int64_t local = t - (int64_t)z->bias_min * 60, from, to;
	int year = clock_civil_from_unix(local).year;
	bool summer;

	if (z->name[0])
		return zone_to_local(z->name, t);
	if (z->standard.month < 1 || z->daylight.month < 1 || z->standard.month > 12 ||
	    z->daylight.month > 12 || z->standard.month == z->daylight.month)
		return local - (int64_t)z->standard.bias_min * 60;
	from = change_at(&z->daylight, year);
	to = change_at(&z->standard, year);
	summer = from < to ? local >= from && local < to : local >= from || local < to;
	return local -
	       (int64_t)(summer ? z->daylight.bias_min : z->standard.bias_min) * 60;
}

/* The instant of a local time; twice is enough to get over a change. */
static int64_t to_unix(const struct zone *z, int64_t local)
{
	int64_t t = local + (int64_t)z->bias_min * 60;

	for (int i = 0; i < 2; i++)
		t -= to_local(z, t) - local;
	return t;
}

static bool read_time(const struct zone *z, const xmlNode *n, int64_t *t_r)
{
	bool local;

	if (!x_time_parse(x_short(n), t_r, &local))
		return false;
	if (local)
		*t_r = to_unix(z, *t_r);
	return true;
}

static void add(struct busy_list *l, struct sim_ref ref, int64_t start, int64_t end)
{
	CLEANUP(strbuf_finish) struct strbuf type = STRBUF(200);
	struct busy b = { start, end, ref, "" };

	item_text(&ref, "LegacyFreeBusyStatus", &type);
	snprintf(b.type, sizeof(b.type), "%s", type.len ? strbuf_cstr(&type) : "Busy");
	l->list = mem_grow(l->list, l->count, &l->capacity, sizeof(*l->list));
	l->list[l->count++] = b;
}

static void busy_list_finish(struct busy_list *l)
{
	free(l->list);
}

static void expand(struct busy_list *l, struct sim_item *item, int64_t from, int64_t to)
{
	const struct sim_cal *cal = item->cal;
	struct recur r;
	int64_t slot;

	if (cal->rec.pattern == SIM_ONCE) {
		if (cal->start < to && cal->end > from)
			add(l, (struct sim_ref){ item, false, 0 }, cal->start, cal->end);
		return;
	}
	recur_init(&r, cal);
	while (recur_next(&r, &slot) && slot < to + 400LL * DAY_S) {
		const struct sim_item *x = recur_exception(cal, slot);
		bool own = x && x->cal->times_set;
		int64_t start = own ? x->cal->start : slot;
		int64_t end = own ? x->cal->end : slot + cal->end - cal->start;

		if (!recur_is_deleted(cal, slot) && start < to && end > from)
			add(l, (struct sim_ref){ item, true, slot }, start, end);
	}
}

static int by_start(const void *a, const void *b)
{
	const struct busy *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

static void collect(struct sim_user *u, int64_t from, int64_t to, struct busy_list *l)
{
	const struct sim_folder *f = sim_folder_special(u, "calendar");

	for (size_t i = 0; i < f->slot_count; i++)
		if (f->slots[i].item && f->slots[i].item->cal)
			expand(l, f->slots[i].item, from, to);
	if (l->count)
		qsort(l->list, l->count, sizeof(*l->list), by_start);
}

static char digit_of(const char *type)
{
	static const char *const types[] = { "Free", "Tentative", "Busy", "OOF" };

	for (int i = 0; i < 4; i++)
		if (strcmp(types[i], type) == 0)
			return (char)('0' + i);
	return strcmp(type, "WorkingElsewhere") == 0 ? '4' : '0';
}

static char worst(const struct busy_list *l, int64_t from, int64_t to)
{
	char d = '0';

	for (size_t i = 0; i < l->count; i++)
		if (l->list[i].start < to && l->list[i].end > from)
			d = MAX_OF(d, digit_of(l->list[i].type));
	return d;
}

struct ask { /* what the request wants */
	struct zone zone;
	int64_t from, to, step_s;
	bool merged, events, details;
};

static void local_time(const struct ask *a, const char *element, int64_t t,
		       struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(100);

	x_time_value(&v, to_local(&a->zone, t));
	x_text(out, element, str_sub(strbuf_str(&v), 0, 19));
}

static void details(const struct busy *b, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf subject = STRBUF(1 << 20);
	CLEANUP(strbuf_finish) struct strbuf place = STRBUF(1 << 20);
	const struct sim_item *item = b->ref.item;

	item_text(&b->ref, "Subject", &subject);
	item_text(&b->ref, "Location", &place);
	strbuf_add(out, STR("<t:CalendarEventDetails><t:ID>"));
	hex_encode(str_make((const char *)item->search_key, sizeof(item->search_key)),
		   out);
	strbuf_add(out, STR("</t:ID>"));
	x_text(out, "t:Subject", strbuf_str(&subject));
	x_text(out, "t:Location", strbuf_str(&place));
	x_bool(out, "t:IsMeeting", sim_field_get(item, "RequiredAttendees") != NULL);
	x_bool(out, "t:IsRecurring", item->cal->rec.pattern != SIM_ONCE);
	x_bool(out, "t:IsException",
	       b->ref.occurrence && recur_exception(item->cal, b->ref.original));
	x_bool(out, "t:IsReminderSet", sim_field_get(item, "ReminderIsSet") != NULL);
	x_bool(out, "t:IsPrivate", false);
	strbuf_add(out, STR("</t:CalendarEventDetails>"));
}

static void working_hours(struct strbuf *out)
{
	strbuf_add(
		out,
		STR("<t:WorkingHours><t:TimeZone><t:Bias>-60</t:Bias><t:StandardTime>"
		    "<t:Bias>0</t:Bias><t:Time>03:00:00</t:Time><t:DayOrder>5</"
		    "t:DayOrder>"
		    "<t:Month>10</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></"
		    "t:StandardTime>"
		    "<t:DaylightTime><t:Bias>-60</t:Bias><t:Time>02:00:00</t:Time>"
		    "<t:DayOrder>5</t:DayOrder><t:Month>3</t:Month>"
		    "<t:DayOfWeek>Sunday</t:DayOfWeek></t:DaylightTime></t:TimeZone>"
		    "<t:WorkingPeriodArray><t:WorkingPeriod>"
		    "<t:DayOfWeek>Monday Tuesday Wednesday Thursday Friday</t:DayOfWeek>"
		    "<t:StartTimeInMinutes>480</t:StartTimeInMinutes>"
		    "<t:EndTimeInMinutes>1020</t:EndTimeInMinutes></t:WorkingPeriod>"
		    "</t:WorkingPeriodArray></t:WorkingHours>"));
}

static void view(const struct ask *a, const struct busy_list *l, bool own,
		 struct strbuf *out)
{
	const char *type = a->events   ? (a->details && own ? "Detailed" : "FreeBusy")
			   : a->merged ? "MergedOnly"
				       : "None";
	bool full = a->events && a->merged;

	strbuf_addf(out, "<m:FreeBusyView><t:FreeBusyViewType>%s%s</t:FreeBusyViewType>",
		    type, full ? "Merged" : "");
	if (a->merged) {
		strbuf_add(out, STR("<t:MergedFreeBusy>"));
		for (int64_t t = a->from; t < a->to; t += a->step_s)
			strbuf_addc(out, worst(l, t, t + a->step_s));
		strbuf_add(out, STR("</t:MergedFreeBusy>"));
	}
	if (a->events) {
		strbuf_add(out, STR("<t:CalendarEventArray>"));
		for (size_t i = 0; i < l->count; i++) {
			strbuf_add(out, STR("<t:CalendarEvent>"));
			local_time(a, "t:StartTime", l->list[i].start, out);
			local_time(a, "t:EndTime", l->list[i].end, out);
			x_text(out, "t:BusyType", str_from(l->list[i].type));
			if (a->details && own)
				details(&l->list[i], out);
			strbuf_add(out, STR("</t:CalendarEvent>"));
		}
		strbuf_add(out, STR("</t:CalendarEventArray>"));
	}
	working_hours(out);
	strbuf_add(out, STR("</m:FreeBusyView>"));
}

static void one_mailbox(struct call *c, const struct ask *a, const xmlNode *data)
{
	struct str address = x_short(x_child(x_child(data, "Email"), "Address"));
	struct sim_user *u = sim_user_find(c->sim, address);
	CLEANUP(busy_list_finish) struct busy_list l = { 0 };

	strbuf_add(&c->out, STR("<m:FreeBusyResponse>"));
	if (u) {
		collect(u, a->from, a->to, &l);
		strbuf_add(&c->out, STR("<m:ResponseMessage ResponseClass=\"Success\">"
					"<m:ResponseCode>NoError</m:ResponseCode>"
					"</m:ResponseMessage>"));
		view(a, &l, u == c->user, &c->out);
	} else {
		strbuf_add(
			&c->out,
			STR("<m:ResponseMessage ResponseClass=\"Error\"><m:MessageText>"
			    "Unable to resolve the address.</m:MessageText>"
			    "<m:ResponseCode>ErrorMailRecipientNotFound"
			    "</m:ResponseCode><m:DescriptiveLinkKey>0"
			    "</m:DescriptiveLinkKey></m:ResponseMessage><m:FreeBusyView>"
			    "<t:FreeBusyViewType>None</t:FreeBusyViewType>"
			    "</m:FreeBusyView>"));
	}
	strbuf_add(&c->out, STR("</m:FreeBusyResponse>"));
}

/* All events of all that are asked for. */
static void collect_all(struct call *c, int64_t from, int64_t to, struct busy_list *l)
{
	for (const xmlNode *n = x_first(x_child(c->request, "MailboxDataArray")); n;
	     n = x_next(n)) {
		struct sim_user *u = sim_user_find(
			c->sim, x_short(x_child(x_child(n, "Email"), "Address")));

		if (u)
			collect(u, from, to, l);
	}
}

static void suggest_day(struct call *c, const struct ask *a, const struct busy_list *l,
			int64_t day, int64_t length_s)
{
	size_t given = 0;

	strbuf_add(&c->out, STR("<t:SuggestionDayResult>"));
	local_time(a, "t:Date", day, &c->out);
	strbuf_add(&c->out, STR("<t:DayQuality>Excellent</t:DayQuality>"
				"<t:SuggestionArray>"));
	for (int64_t t = day + 8LL * 3600;
	     t + length_s <= day + 17LL * 3600 && given < 10; t += 1800) {
		if (worst(l, t, t + length_s) != '0')
			continue;
		given++;
		strbuf_add(&c->out, STR("<t:Suggestion>"));
		local_time(a, "t:MeetingTime", t, &c->out);
		strbuf_add(&c->out,
			   STR("<t:IsWorkTime>true</t:IsWorkTime><t:SuggestionQuality>"
			       "Excellent</t:SuggestionQuality></t:Suggestion>"));
	}
	strbuf_add(&c->out, STR("</t:SuggestionArray></t:SuggestionDayResult>"));
}

static void suggest(struct call *c, const struct ask *a, const xmlNode *options)
{
	const xmlNode *window = x_child(options, "DetailedSuggestionsWindow");
	int64_t minutes = number(options, "MeetingDurationInMinutes"), from, to;
	CLEANUP(busy_list_finish) struct busy_list l = { 0 };

	if (!read_time(&a->zone, x_child(window, "StartTime"), &from) ||
	    !read_time(&a->zone, x_child(window, "EndTime"), &to) ||
	    to - from > MAX_WINDOW_S)
		return;
	collect_all(c, from, to, &l);
	strbuf_add(
		&c->out,
		STR("<m:SuggestionsResponse><m:ResponseMessage "
		    "ResponseClass=\"Success\"><m:ResponseCode>NoError"
		    "</m:ResponseCode></m:ResponseMessage><m:SuggestionDayResultArray>"));
	for (int64_t day = from; day < to; day += DAY_S)
		suggest_day(c, a, &l, day, (minutes ? minutes : 60) * 60);
	strbuf_add(&c->out, STR("</m:SuggestionDayResultArray></m:SuggestionsResponse>"));
}

static bool read_ask(struct call *c, const xmlNode *options, struct ask *a)
{
	const xmlNode *window = x_child(options, "TimeWindow");
	struct str wanted = x_short(x_child(options, "RequestedView"));
	int64_t minutes = number(options, "MergedFreeBusyIntervalInMinutes");

	a->step_s = (minutes ? minutes : 30) * 60;
	a->merged = str_eq(wanted, STR("MergedOnly")) || str_ends(wanted, STR("Merged"));
	a->details = str_starts(wanted, STR("Detailed"));
	a->events = a->details || str_starts(wanted, STR("FreeBusy"));
	if (!options)
		return true;
	if (!read_time(&a->zone, x_child(window, "StartTime"), &a->from) ||
	    !read_time(&a->zone, x_child(window, "EndTime"), &a->to) || a->to <= a->from)
		call_fail(c, "ErrorInvalidTimeInterval", "The time window is no window.");
	else if (a->to - a->from > MAX_WINDOW_S)
		call_fail(c, "ErrorTimeIntervalTooBig", "The time window is too big.");
	else if (a->step_s < 300 || a->step_s > DAY_S)
		call_fail(c, "ErrorInvalidMergedFreeBusyInterval", "5 to 1440 minutes.");
	return !c->fault_code;
}

void op_get_user_availability(struct call *c)
{
	const xmlNode *mailboxes = x_child(c->request, "MailboxDataArray");
	const xmlNode *options = x_child(c->request, "FreeBusyViewOptions");
	const xmlNode *suggestions = x_child(c->request, "SuggestionsViewOptions");
	struct ask a = { .zone = read_zone(x_child(c->request, "TimeZone")) };
	size_t count = 0;

	for (const xmlNode *n = x_first(mailboxes); n; n = x_next(n))
		count++;
	if (!x_child(c->request, "TimeZone"))
		snprintf(a.zone.name, sizeof(a.zone.name), "%.*s",
			 STR_FMT(c->zone.len ? c->zone : STR("UTC")));
	if (count > MAX_MAILBOXES)
		call_fail(c, "ErrorMailboxDataArrayTooBig", "At most 100 mailboxes.");
	if (c->fault_code || !read_ask(c, options, &a))
		return;
	strbuf_add(&c->out, STR("<m:GetUserAvailabilityResponse>"));
	if (options) {
		strbuf_add(&c->out, STR("<m:FreeBusyResponseArray>"));
		for (const xmlNode *n = x_first(mailboxes); n; n = x_next(n))
			one_mailbox(c, &a, n);
		strbuf_add(&c->out, STR("</m:FreeBusyResponseArray>"));
	}
	if (suggestions)
		suggest(c, &a, suggestions);
	strbuf_add(&c->out, STR("</m:GetUserAvailabilityResponse>"));
}
