/*
 * VEVENTs in one fixed order of properties: master first, then its exceptions by the day
 * they stand for. Each exception is complete, because overrides inherit nothing. Left
 * out: attachments' content, HTML bodies.
 */
#include "calendar/event_ics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "calendar/event_days.h"
#include "calendar/event_people.h"
#include "calendar/hash.h"
#include "calendar/html_text.h"
#include "calendar/ics_write.h"
#include "calendar/recurrence.h"

#define DESCRIPTION_MAX ((size_t)4 << 20)

/* What one VEVENT is written from. */
struct part {
	const struct event_ics *ics;
	const struct event_ics_item *item;
	const struct event *event; /* the master or one of its exceptions */
	const struct zone *start_zone, *end_zone;
	const struct zone *series_zone; /* of the master's start */
	struct strbuf *out;
};

char *event_uid(const struct event *event)
{
	char hex[HASH_HEX_MAX];
	struct strbuf uid = STRBUF(128);

	if (event->uid && *event->uid)
		return mem_strdup(event->uid);
	hash_hex(event->item_id, event->item_id ? strlen(event->item_id) : 0, hex);
	strbuf_addf(&uid, "%.40s@ews", hex);
	return strbuf_take(&uid);
}

/* ---- zones */

/* The span of instants in which an event needs its zones' offsets. */
static void span(const struct event *event, int64_t *from_r, int64_t *to_r)
{
	int64_t start = event->start_unix_s, end = event->end_unix_s;

	*from_r = start == EVENT_NO_TIME ? 0 : start;
	*to_r = end == EVENT_NO_TIME ? *from_r : MAX_OF(end, *from_r);
	if (event->kind != EVENT_MASTER)
		return;
	if (event->recurrence.range == EVENT_RANGE_END_DAY &&
	    event->recurrence.end_day != EVENT_NO_DAY)
		*to_r = MAX_OF(*to_r, (event->recurrence.end_day + 1LL) * DAY_S);
	else /* an end by count comes somewhere: ten years show the rules */
		*to_r += 3653LL * DAY_S;
}

static const struct zone *zone_of(const struct event_ics *ics, const struct event *event,
				  bool end)
{
	int64_t from, to;

	span(event, &from, &to);
	return zone_set_get(ics->zones, end ? &event->end_zone : &event->start_zone,
			    end ? &event->start_zone : &event->end_zone, from, to);
}

struct zone_use {
	const struct zone *zone;
	int64_t from, to;
};
struct zone_uses {
	struct zone_use *items;
	size_t count;
};

static void use_zone(struct zone_uses *uses, const struct zone *zone, int64_t from,
		     int64_t to)
{
	size_t i = 0;

	while (i < uses->count && uses->items[i].zone != zone)
		i++;
	if (i == uses->count) {
		uses->items = mem_resize(uses->items, uses->count + 1,
					 sizeof *uses->items);
		uses->items[uses->count++] = (struct zone_use){ zone, from, to };
	}
	uses->items[i].from = MIN_OF(uses->items[i].from, from);
	uses->items[i].to = MAX_OF(uses->items[i].to, to);
}

static void use_zones(const struct event_ics *ics, const struct event *event,
		      struct zone_uses *uses)
{
	int64_t from, to;

	span(event, &from, &to);
	if (!event->all_day) {
		use_zone(uses, zone_of(ics, event, false), from, to);
		use_zone(uses, zone_of(ics, event, true), from, to);
	}
	for (size_t i = 0; i < event->exception_count; i++)
		use_zones(ics, &event->exceptions[i], uses);
}

static int compare_uses(const void *a, const void *b)
{
	const struct zone_use *x = a, *y = b;

	return strcmp(x->zone->tzid, y->zone->tzid);
}

static void write_zones(const struct event_ics *ics, const struct event_ics_item *items,
			size_t count, struct strbuf *out)
{
	struct zone_uses uses = { 0 };

	for (size_t i = 0; i < count; i++)
		use_zones(ics, items[i].event, &uses);
	if (uses.count)
		qsort(uses.items, uses.count, sizeof *uses.items, compare_uses);
	for (size_t i = 0; i < uses.count; i++)
		zone_write(uses.items[i].zone, uses.items[i].from, uses.items[i].to, out);
	free(uses.items);
}

/* ---- times */

static void put_day(struct strbuf *out, const char *name, int32_t day)
{
	strbuf_addf(out, "%s;VALUE=DATE:", name);
	ics_add_date(out, day);
	strbuf_add(out, STR("\r\n"));
}

static void put_local(struct strbuf *out, const char *name, const struct zone *zone,
		      int64_t local_s)
{
	struct ics_line line;

	ics_line_begin(&line, name);
	if (!zone->is_utc)
		ics_line_param(&line, "TZID", zone->tzid);
	ics_line_value(&line, "");
	ics_add_time(&line.text, local_s, zone->is_utc);
	ics_line_end(&line, out);
}

static void put_utc(struct strbuf *out, const char *name, int64_t unix_s)
{
	if (unix_s == EVENT_NO_TIME)
		return;
	strbuf_addf(out, "%s:", name);
	ics_add_time(out, unix_s, true);
	strbuf_add(out, STR("\r\n"));
}

static void put_times(const struct part *part)
{
	const struct event *event = part->event;
	int64_t start = event->start_unix_s == EVENT_NO_TIME ? 0 : event->start_unix_s;
	int64_t end = event->end_unix_s == EVENT_NO_TIME ? start : event->end_unix_s;

	if (event->all_day) {
		int32_t day = event_all_day_start(part->start_zone, start);

		put_day(part->out, "DTSTART", day);
		put_day(part->out, "DTEND", day + event_all_day_count(start, end));
		return;
	}
	put_local(part->out, "DTSTART", part->start_zone,
		  zone_to_local(part->start_zone, start));
	end = MAX_OF(end, start);
	put_local(part->out, "DTEND", part->end_zone, zone_to_local(part->end_zone, end));
}

/* ---- series */

/* A day of the series in the type of its DTSTART. */
static void put_series_day(const struct part *part, const char *name, int32_t day)
{
	const struct event *master = part->item->event;

	if (master->all_day)
		put_day(part->out, name, day);
	else
		put_local(part->out, name, part->series_zone,
			  day * (int64_t)DAY_S +
				  event_start_of_day(master, part->series_zone));
}

static bool is_lunar(const struct event_series *series)
{
	return series->known &&
	       (series->pattern_type >= 0xA || series->calendar_type > 1);
}

static void put_rule(const struct part *part)
{
	const struct event *event = part->event;
	CLEANUP(strbuf_finish) struct strbuf until = STRBUF(32), rule = STRBUF(256);
	int32_t *days;
	size_t count;

	if (event->recurrence.end_day != EVENT_NO_DAY && event->all_day)
		ics_add_date(&until, event->recurrence.end_day);
	else if (event->recurrence.end_day != EVENT_NO_DAY)
		ics_add_time(&until, event_until_unix(event, part->series_zone), true);
	if (is_lunar(&event->series) ||
	    !recurrence_rrule(&event->recurrence, strbuf_cstr(&until), &rule)) {
		ics_put(part->out, "X-EWS-RECURRENCE", "UNSUPPORTED");
		return;
	}
	ics_put(part->out, "RRULE", strbuf_cstr(&rule));
	count = event_deleted_days(event, part->series_zone, &days);
	for (size_t i = 0; i < count; i++)
		put_series_day(part, "EXDATE", days[i]);
	free(days);
}

static void put_recurrence_id(const struct part *part)
{
	const struct event *master = part->item->event;

	if (part->event != master)
		put_series_day(
			part, "RECURRENCE-ID",
			event_original_day(master, part->event, part->series_zone));
	else if (part->event->kind == EVENT_EXCEPTION &&
		 part->event->original_start_unix_s != EVENT_NO_TIME)
		/* Invited to this occurrence alone: the series is not here. */
		put_series_day(
			part, "RECURRENCE-ID",
			event_original_day(master, part->event, part->series_zone));
}

/* ---- texts and states */

static void put_status(const struct part *part)
{
	static const char *const busy_names[] = {
		[EVENT_BUSY] = "BUSY",
		[EVENT_FREE] = "FREE",
		[EVENT_TENTATIVE] = "TENTATIVE",
		[EVENT_OOF] = "OOF",
		[EVENT_ELSEWHERE] = "WORKINGELSEWHERE",
		[EVENT_NO_DATA] = NULL,
	};
	const struct event *event = part->event;
	enum event_busy busy = event->is_cancelled ? EVENT_FREE : event->busy;
	bool answered = event->is_meeting &&
			event->my_response != EVENT_RESPONSE_UNKNOWN &&
			event->my_response != EVENT_RESPONSE_ORGANIZER;
	bool tentative = busy == EVENT_TENTATIVE && !answered;

	ics_put(part->out, "STATUS",
		event->is_cancelled ? "CANCELLED"
		: tentative	    ? "TENTATIVE"
				    : "CONFIRMED");
	ics_put(part->out, "TRANSP",
		busy == EVENT_FREE || busy == EVENT_ELSEWHERE ? "TRANSPARENT" : "OPAQUE");
	ics_put(part->out, "X-MICROSOFT-CDO-BUSYSTATUS",
		(unsigned)busy < ARRAY_LEN(busy_names) ? busy_names[busy] : NULL);
}

static void put_class(const struct part *part)
{
	static const char *const names[] = {
		[EVENT_NORMAL] = "PUBLIC",
		[EVENT_PERSONAL] = "PRIVATE",
		[EVENT_PRIVATE] = "PRIVATE",
		[EVENT_CONFIDENTIAL] = "CONFIDENTIAL",
	};

	if (part->event->sensitivity != EVENT_NORMAL)
		ics_put(part->out, "CLASS", names[part->event->sensitivity & 3]);
	if (part->event->sensitivity == EVENT_PERSONAL)
		ics_put(part->out, "X-EWS-SENSITIVITY", "PERSONAL");
	if (part->event->importance != EVENT_IMPORTANCE_NORMAL) {
		bool high = part->event->importance == EVENT_IMPORTANCE_HIGH;

		ics_put(part->out, "PRIORITY", high ? "1" : "9");
		ics_put(part->out, "X-MICROSOFT-CDO-IMPORTANCE", high ? "2" : "0");
	}
}

static bool is_repeated(const struct event_texts *texts, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (str_eq_nocase(str_from(texts->items[i]),
				  str_from(texts->items[index])))
			return true;
	return false;
}

static void put_categories(const struct part *part)
{
	const struct event_texts *texts = &part->event->categories;
	struct ics_line line;
	bool any = false;

	ics_line_begin(&line, "CATEGORIES");
	for (size_t i = 0; i < texts->count; i++) {
		if (!texts->items[i][0] || is_repeated(texts, i))
			continue;
		if (any)
			ics_line_value(&line, ",");
		ics_line_text(&line, texts->items[i]);
		any = true;
	}
	if (any)
		ics_line_end(&line, part->out);
	else
		strbuf_finish(&line.text);
}

static void put_description(const struct part *part)
{
	const struct event *event = part->event;
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(DESCRIPTION_MAX);
	struct str trimmed;

	if (event->body_text)
		strbuf_add_cstr(&text, event->body_text);
	else if (event->body_html)
		html_text(str_from(event->body_html), &text);
	trimmed = str_trim(strbuf_str(&text));
	strbuf_cut(&text, (size_t)(trimmed.p - text.p) + trimmed.len);
	if (trimmed.len)
		ics_put_text(part->out, "DESCRIPTION", trimmed.p);
}

/* The first Teams link of a body: on-premises items carry no other. */
static bool find_link(const char *body, struct strbuf *url)
{
	static const char start[] = "https://teams.microsoft.com/l/meetup-join/";
	const char *at = body ? strstr(body, start) : NULL;
	size_t len = at ? strcspn(at, " \t\r\n\"'<>\\") : 0;

	if (!len || len > 2000)
		return false;
	strbuf_add_mem(url, at, len);
	return true;
}

static void put_links(const struct part *part)
{
	const struct event *event = part->event;
	CLEANUP(strbuf_finish) struct strbuf url = STRBUF(2048);
	struct ics_line line;

	if (event->online_url &&
	    str_starts_nocase(str_from(event->online_url), STR("http")))
		strbuf_add(&url, str_sub(str_from(event->online_url), 0, 2000));
	else if (!find_link(event->body_text, &url) && !find_link(event->body_html, &url))
		return;
	ics_put(part->out, "URL", strbuf_cstr(&url));
	ics_line_begin(&line, "CONFERENCE");
	ics_line_param(&line, "VALUE", "URI");
	ics_line_value(&line, strbuf_cstr(&url));
	ics_line_end(&line, part->out);
}

static void put_summary(const struct part *part)
{
	char *subject = mem_strdup(part->event->subject);

	for (char *p = subject; p && *p; p++)
		if (*p == '\r' || *p == '\n')
			*p = ' ';
	ics_put_text(part->out, "SUMMARY", subject);
	free(subject);
}

static void put_texts(const struct part *part)
{
	const struct event *event = part->event;

	put_class(part);
	ics_put_text(part->out, "LOCATION", event->location);
	if (event->has_geo && fabs(event->latitude) <= 90 &&
	    fabs(event->longitude) <= 180)
		strbuf_addf(part->out, "GEO:%.6f;%.6f\r\n", event->latitude,
			    event->longitude);
	put_categories(part);
	put_description(part);
	put_links(part);
	event_people_write(event, &part->item->event->organizer, part->ics->own_address,
			   part->out);
}

static void put_marks(const struct part *part)
{
	static const int kinds[] = {
		[EVENT_SINGLE] = 0, [EVENT_MASTER] = 1, [EVENT_EXCEPTION] = 3
	};
	const struct event *event = part->event;

	if (event->all_day)
		ics_put(part->out, "X-MICROSOFT-CDO-ALLDAYEVENT", "TRUE");
	ics_put_number(part->out, "X-MICROSOFT-CDO-INSTTYPE",
		       kinds[(unsigned)event->kind % 3]);
	if (event->no_counter)
		ics_put(part->out, "X-MICROSOFT-DISALLOW-COUNTER", "TRUE");
	ics_put(part->out, "X-EWS-ORIGINAL-UID", part->item->original_uid);
}

static void put_alarm(const struct part *part)
{
	const struct event *event = part->event;
	int minutes = MAX_OF(event->reminder_min, 0);
	bool titled = event->subject && event->subject[0];

	if (!event->reminder_set || event->is_cancelled)
		return;
	strbuf_add(part->out, STR("BEGIN:VALARM\r\nACTION:DISPLAY\r\n"));
	ics_put_text(part->out, "DESCRIPTION", titled ? event->subject : "Reminder");
	if (minutes)
		strbuf_addf(part->out, "TRIGGER:-PT%dM\r\n", minutes);
	else
		strbuf_add(part->out, STR("TRIGGER:PT0S\r\n"));
	strbuf_add(part->out, STR("END:VALARM\r\n"));
}

/* DTSTAMP must be there and must not change by itself. */
static int64_t stamp(const struct event *event)
{
	const int64_t stamps[] = { event->stamp_unix_s, event->modified_unix_s,
				   event->created_unix_s, event->start_unix_s };

	for (size_t i = 0; i < ARRAY_LEN(stamps); i++)
		if (stamps[i] != EVENT_NO_TIME)
			return stamps[i];
	return 0;
}

static void put_event(const struct part *part)
{
	const struct event *event = part->event;

	strbuf_add(part->out, STR("BEGIN:VEVENT\r\n"));
	ics_put_text(part->out, "UID", part->item->uid);
	put_recurrence_id(part);
	put_utc(part->out, "DTSTAMP", stamp(event));
	put_utc(part->out, "CREATED", event->created_unix_s);
	put_utc(part->out, "LAST-MODIFIED", event->modified_unix_s);
	ics_put_number(part->out, "SEQUENCE", MAX_OF(event->sequence, 0));
	if (part->ics->busy_only)
		ics_put(part->out, "SUMMARY", "Busy");
	else
		put_summary(part);
	put_times(part);
	if (event->kind == EVENT_MASTER)
		put_rule(part);
	put_status(part);
	if (!part->ics->busy_only) {
		put_texts(part);
		put_marks(part);
		put_alarm(part);
	}
	strbuf_add(part->out, STR("END:VEVENT\r\n"));
}

/* ---- the file */

struct sorted {
	const struct event *event;
	int32_t day;
};

static int compare_sorted(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;

	return (x->day > y->day) - (x->day < y->day);
}

static void put_exceptions(const struct part *master)
{
	const struct event *event = master->event;
	struct sorted *sorted = mem_array(event->exception_count + 1, sizeof *sorted);

	for (size_t i = 0; i < event->exception_count; i++)
		sorted[i] = (struct sorted){ &event->exceptions[i],
					     event_original_day(event,
								&event->exceptions[i],
								master->series_zone) };
	qsort(sorted, event->exception_count, sizeof *sorted, compare_sorted);
	for (size_t i = 0; i < event->exception_count; i++) {
		struct part part = *master;

		/* Two of one day cannot be told apart by clients: the first stands. */
		if (sorted[i].day == EVENT_NO_DAY ||
		    (i && sorted[i].day == sorted[i - 1].day))
			continue;
		part.event = sorted[i].event;
		part.start_zone = zone_of(part.ics, part.event, false);
		part.end_zone = zone_of(part.ics, part.event, true);
		put_event(&part);
	}
	free(sorted);
}

static void put_item(const struct event_ics *ics, const struct event_ics_item *item,
		     struct strbuf *out)
{
	struct part part = { .ics = ics, .item = item, .event = item->event, .out = out };

	part.start_zone = part.series_zone = zone_of(ics, item->event, false);
	part.end_zone = zone_of(ics, item->event, true);
	put_event(&part);
	put_exceptions(&part);
}

bool event_ics_write(const struct event_ics *ics, const struct event_ics_item *items,
		     size_t count, struct strbuf *out, struct err *err)
{
	strbuf_add(out, STR("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
			    "PRODID:-//Passerelle//Calendar//EN\r\n"));
	if (ics->calendar_name) {
		ics_put_text(out, "NAME", ics->calendar_name);
		ics_put_text(out, "X-WR-CALNAME", ics->calendar_name);
		strbuf_add(out, STR("REFRESH-INTERVAL;VALUE=DURATION:PT15M\r\n"
				    "X-PUBLISHED-TTL:PT15M\r\n"));
	}
	write_zones(ics, items, count, out);
	for (size_t i = 0; i < count; i++)
		put_item(ics, &items[i], out);
	strbuf_add(out, STR("END:VCALENDAR\r\n"));
	return strbuf_ok(out, err);
}
