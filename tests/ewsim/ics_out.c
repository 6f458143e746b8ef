/* iCalendar out: see ics_out.h. Zones by their Windows ids, texts folded and escaped. */
#include "tests/ewsim/ics_out.h"

#include <stdarg.h>

#include "base/clock.h"
#include "tests/ewsim/facts.h"
#include "tests/ewsim/recur.h"
#include "tests/ewsim/xml.h"

enum { LINE_BYTES = 75, MAX_TEXT = 1 << 20 };

/* Text between two tags of a stored element, entities resolved. */
static void between(struct str xml, const char *open, const char *close, char *out,
		    size_t size)
{
	CLEANUP(strbuf_finish) struct strbuf raw = STRBUF(MAX_TEXT), v = STRBUF(MAX_TEXT);
	ptrdiff_t at = str_find(xml, str_from(open)), end;
	struct str rest;

	out[0] = 0;
	if (at < 0)
		return;
	rest = str_sub(xml, (size_t)at + strlen(open), xml.len);
	end = str_find(rest, str_from(close));
	if (end < 0)
		return;
	strbuf_add(&raw, str_sub(rest, 0, (size_t)end));
	x_plain(&v, strbuf_cstr(&raw));
	snprintf(out, size, "%s", strbuf_cstr(&v));
}

bool attendee_next(const char **at, struct attendee *a)
{
	static const char open[] = "<t:Attendee>", close[] = "</t:Attendee>";
	const char *from = *at ? strstr(*at, open) : NULL, *to;

	if (!from)
		return false;
	to = strstr(from, close);
	if (!to)
		return false;
	to += sizeof(close) - 1;
	a->block = str_make(from, (size_t)(to - from));
	between(a->block, "<t:EmailAddress>", "</t:EmailAddress>", a->address,
		sizeof(a->address));
	between(a->block, "<t:Name>", "</t:Name>", a->name, sizeof(a->name));
	between(a->block, "<t:ResponseType>", "</t:ResponseType>", a->response,
		sizeof(a->response));
	*at = to;
	return true;
}

static void fold(struct strbuf *out, struct str line)
{
	while (line.len > LINE_BYTES) {
		size_t n = LINE_BYTES;

		while (n > 1 && (line.p[n] & 0xC0) == 0x80)
			n--;
		strbuf_add(out, str_sub(line, 0, n));
		strbuf_add(out, STR("\r\n "));
		line = str_sub(line, n, line.len);
	}
	strbuf_add(out, line);
	strbuf_add(out, STR("\r\n"));
}

static void line(struct strbuf *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void line(struct strbuf *out, const char *fmt, ...)
{
	char text[4000];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fold(out, str_from(text));
}

static void text(struct strbuf *out, const char *name, struct str value)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(MAX_TEXT);

	strbuf_addf(&v, "%s:", name);
	for (size_t i = 0; i < value.len; i++) {
		if (value.p[i] == '\n') {
			strbuf_add(&v, STR("\\n"));
		} else if (value.p[i] != '\r') {
			if (strchr(",;\\", value.p[i]))
				strbuf_addc(&v, '\\');
			strbuf_addc(&v, value.p[i]);
		}
	}
	fold(out, strbuf_str(&v));
}

/* One property of the item as a line, if it has it. */
static void property(struct strbuf *out, const char *name, const struct sim_ref *ref,
		     const char *element)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(MAX_TEXT);

	item_text(ref, element, &v);
	if (v.len)
		text(out, name, strbuf_str(&v));
}

static void time_line(struct strbuf *out, const char *name, const struct sim_cal *cal,
		      int64_t t, bool zoned)
{
	struct civil c = clock_civil_from_unix(
		cal->all_day || zoned ? zone_to_local(cal->start_zone, t) : t);

	if (cal->all_day)
		line(out, "%s;VALUE=DATE:%04d%02d%02d", name, c.year, c.month, c.day);
	else if (zoned)
		line(out, "%s;TZID=%s:%04d%02d%02dT%02d%02d%02d", name, cal->start_zone,
		     c.year, c.month, c.day, c.hour, c.minute, c.second);
	else
		line(out, "%s:%04d%02d%02dT%02d%02d%02dZ", name, c.year, c.month, c.day,
		     c.hour, c.minute, c.second);
}

static void byday(struct strbuf *out, const struct sim_recurrence *r)
{
	static const char *const names[] = { "SU", "MO", "TU", "WE", "TH", "FR", "SA" };
	bool any = false;

	strbuf_add(out, STR(";BYDAY="));
	for (int i = 0; i < 7; i++)
		if (r->weekdays & 1u << i) {
			strbuf_addf(out, "%s%s", any ? "," : "", names[i]);
			any = true;
		}
}

static void rrule(struct strbuf *out, const struct sim_cal *cal)
{
	static const char *const freq[] = { "",	       "DAILY",	 "WEEKLY", "MONTHLY",
					    "MONTHLY", "YEARLY", "YEARLY" };
	static const char *const days[] = { "SU", "MO", "TU", "WE", "TH", "FR", "SA" };
	const struct sim_recurrence *r = &cal->rec;
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(1000);

	strbuf_addf(&v, "RRULE:FREQ=%s", freq[r->pattern]);
	if (r->count)
		strbuf_addf(&v, ";COUNT=%d", r->count);
	else if (r->until.year)
		strbuf_addf(&v, ";UNTIL=%04d%02d%02d%s", r->until.year, r->until.month,
			    r->until.day, cal->all_day ? "" : "T235959Z");
	strbuf_addf(&v, ";INTERVAL=%d", r->interval > 0 ? r->interval : 1);
	if (r->pattern == SIM_WEEKLY || r->pattern == SIM_MONTHLY_NTH ||
	    r->pattern == SIM_YEARLY_NTH)
		byday(&v, r);
	if (r->pattern == SIM_MONTHLY_NTH || r->pattern == SIM_YEARLY_NTH)
		strbuf_addf(&v, ";BYSETPOS=%d", r->nth);
	if (r->pattern == SIM_MONTHLY_DAY || r->pattern == SIM_YEARLY_DAY)
		strbuf_addf(&v, ";BYMONTHDAY=%d", r->day);
	if (r->pattern >= SIM_YEARLY_DAY)
		strbuf_addf(&v, ";BYMONTH=%d", r->month);
	if (r->pattern == SIM_WEEKLY)
		strbuf_addf(&v, ";WKST=%s", days[r->first_weekday % 7]);
	fold(out, strbuf_str(&v));
}

static const char *partstat(const char *response)
{
	if (strcmp(response, "Accept") == 0 || strcmp(response, "Organizer") == 0)
		return "ACCEPTED";
	if (strcmp(response, "Tentative") == 0)
		return "TENTATIVE";
	return strcmp(response, "Decline") == 0 ? "DECLINED" : "NEEDS-ACTION";
}

static void attendees(struct strbuf *out, struct facts *f, const struct ics_form *form)
{
	static const char *const elements[] = { "RequiredAttendees", "OptionalAttendees",
						"Resources" };
	static const char *const roles[] = { "REQ-PARTICIPANT", "OPT-PARTICIPANT",
					     "NON-PARTICIPANT;CUTYPE=RESOURCE" };
	struct attendee a;

	if (form->attendee) {
		line(out, "ATTENDEE;PARTSTAT=%s:mailto:%s", form->partstat,
		     form->attendee);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(elements); i++)
		for (const char *at = facts_stored(f, elements[i]);
		     attendee_next(&at, &a);)
			line(out,
			     "ATTENDEE;ROLE=%s;PARTSTAT=%s;RSVP=TRUE;CN=\"%s\":mailto:%s",
			     roles[i], partstat(a.response), a.name, a.address);
}

static void organizer(struct strbuf *out, struct facts *f)
{
	const struct sim_user *u = f->item->folder->user;
	const char *xml = facts_stored(f, "Organizer");
	char address[256] = "", name[256] = "";

	if (xml) {
		between(str_from(xml), "<t:EmailAddress>", "</t:EmailAddress>", address,
			sizeof(address));
		between(str_from(xml), "<t:Name>", "</t:Name>", name, sizeof(name));
	}
	line(out, "ORGANIZER;CN=\"%s\":mailto:%s", xml ? name : u->name,
	     xml ? address : u->address);
}

static bool is_meeting(struct facts *f)
{
	return facts_stored(f, "RequiredAttendees") ||
	       facts_stored(f, "OptionalAttendees") || facts_stored(f, "Organizer");
}

static void alarm(struct strbuf *out, const struct sim_ref *ref)
{
	CLEANUP(strbuf_finish) struct strbuf set = STRBUF(1000), m = STRBUF(1000);

	item_text(ref, "ReminderIsSet", &set);
	item_text(ref, "ReminderMinutesBeforeStart", &m);
	if (!str_eq(strbuf_str(&set), STR("true")))
		return;
	strbuf_addf(out,
		    "BEGIN:VALARM\r\nDESCRIPTION:REMINDER\r\n"
		    "TRIGGER;RELATED=START:-PT%.10sM\r\nACTION:DISPLAY\r\nEND:VALARM\r\n",
		    m.len ? strbuf_cstr(&m) : "15");
}

static bool has_definition(const char *zone)
{
	CLEANUP(strbuf_finish) struct strbuf unused = STRBUF(4000);

	return zone_ics(zone, &unused);
}

static void times(struct strbuf *out, const struct facts *f)
{
	const struct sim_cal *cal = f->item->cal;
	const struct sim_cal *own = f->exception && f->exception->cal->times_set
					    ? f->exception->cal
					    : NULL;
	int64_t start = own		     ? own->start
			: f->ref->occurrence ? f->ref->original
					     : cal->start;
	bool zoned = has_definition(cal->start_zone);

	if (f->ref->occurrence)
		time_line(out, "RECURRENCE-ID", cal, f->ref->original, zoned);
	time_line(out, "DTSTART", cal, start, zoned);
	time_line(out, "DTEND", cal, own ? own->end : start + cal->end - cal->start,
		  zoned);
	if (f->ref->occurrence || cal->rec.pattern == SIM_ONCE)
		return;
	rrule(out, cal);
	for (size_t i = 0; i < cal->deleted_count; i++)
		time_line(out, "EXDATE", cal, cal->deleted[i], zoned);
}

static void event(struct strbuf *out, const struct sim_ref *ref,
		  const struct ics_form *form)
{
	CLEANUP(facts_finish) struct facts f;
	CLEANUP(strbuf_finish) struct strbuf busy = STRBUF(1000);
	struct civil now = clock_civil_from_unix(ref->item->modified);
	bool cancelled;

	facts_init(&f, ref, NULL);
	strbuf_add(out, STR("BEGIN:VEVENT\r\n"));
	if (is_meeting(&f)) {
		organizer(out, &f);
		attendees(out, &f, form);
	}
	property(out, "DESCRIPTION", ref, "TextBody");
	property(out, "UID", ref, "UID");
	property(out, "SUMMARY", ref, "Subject");
	times(out, &f);
	property(out, "LOCATION", ref, "Location");
	line(out, "DTSTAMP:%04d%02d%02dT%02d%02d%02dZ", now.year, now.month, now.day,
	     now.hour, now.minute, now.second);
	cancelled = strcmp(form->method, "CANCEL") == 0 || f.item->cal->cancelled;
	line(out, "SEQUENCE:%d", f.item->cal->sequence);
	line(out, "STATUS:%s", cancelled ? "CANCELLED" : "CONFIRMED");
	item_text(ref, "LegacyFreeBusyStatus", &busy);
	line(out, "TRANSP:%s",
	     str_eq(strbuf_str(&busy), STR("Free")) ? "TRANSPARENT" : "OPAQUE");
	line(out, "X-MICROSOFT-CDO-BUSYSTATUS:%s",
	     busy.len ? strbuf_cstr(&busy) : "BUSY");
	alarm(out, ref);
	strbuf_add(out, STR("END:VEVENT\r\n"));
}

void ics_write(const struct sim_ref *ref, const struct ics_form *form, struct strbuf *out)
{
	const struct sim_cal *cal = ref->item->cal;

	strbuf_addf(out, "BEGIN:VCALENDAR\r\nMETHOD:%s\r\n", form->method);
	strbuf_add(out, STR("PRODID:ewsim\r\nVERSION:2.0\r\n"));
	if (!cal->all_day)
		(void)!zone_ics(cal->start_zone, out);
	event(out, ref, form);
	for (size_t i = 0; !ref->occurrence && i < cal->exception_count; i++) {
		struct sim_ref x = { ref->item, true, cal->exceptions[i]->cal->original };

		event(out, &x, form);
	}
	strbuf_add(out, STR("END:VCALENDAR\r\n"));
}
