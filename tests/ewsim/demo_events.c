/*
 * Turns the tables of the sample calendars into events around "now". Local times become
 * instants through ICU's zones, so that series keep their hour over a change of clocks.
 */
#include "tests/ewsim/demo_events.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "tests/ewsim/demo.h"
#include "tests/ewsim/demo_data.h"
#include "tests/ewsim/zone.h"

enum { DAY_S = 86400, PEOPLE_MAX = 8, CATEGORIES_MAX = 4 };

/* As the server names the zone, and which one it means. */
static const struct {
	const char *name, *iana;
} zones[] = {
	[ZONE_BERLIN] = { "W. Europe Standard Time", "Europe/Berlin" },
	[ZONE_PACIFIC] = { "Pacific Standard Time", "America/Los_Angeles" },
	[ZONE_TOKYO] = { "Tokyo Standard Time", "Asia/Tokyo" },
	[ZONE_UTC] = { "UTC", "Etc/UTC" },
	[ZONE_CUSTOM] = { "Customized Time Zone", "Europe/Berlin" },
	[ZONE_APPLE] = { "Europe/Copenhagen", "Europe/Copenhagen" },
};

/* @minute may pass midnight. */
static int64_t instant(enum demo_zone zone, int64_t day, int minute)
{
	return zone_instant(zones[zone].iana, day, (int64_t)minute * 60);
}

/* Any @month, carried into the year. */
static int64_t day_of(int year, int month, int day)
{
	int years = (month - 1 + 1200) / 12 - 100;

	return clock_unix_from_civil(year + years, month - years * 12, day, 0, 0, 0) /
	       DAY_S;
}

static int weekday_of(int64_t day)
{
	return clock_civil_from_unix(day * DAY_S).weekday;
}

static int64_t nth_day(int year, int month, int nth, unsigned weekdays)
{
	int64_t day = nth < 0 ? day_of(year, month + 1, 1) - 1 : day_of(year, month, 1);
	int step = nth < 0 ? -1 : 1;

	for (int left = nth < 0 ? 1 : nth;; day += step)
		if (weekdays >> weekday_of(day) & 1 && !--left)
			return day;
}

/* Local day of occurrence @slot. */
static int64_t slot_day(const struct demo_event_row *r, int64_t today, int slot)
{
	int64_t monday = today - (weekday_of(today) + 6) % 7;
	struct civil c = clock_civil_from_unix(today * DAY_S);
	int every = r->interval ? r->interval : 1;

	switch (r->pattern) {
	case SIM_MONTHLY_DAY:
		return day_of(c.year, c.month + r->weeks + slot * every, r->day);
	case SIM_MONTHLY_NTH:
		return nth_day(c.year, c.month + r->weeks + slot * every, r->nth,
			       r->weekdays);
	case SIM_YEARLY_DAY:
		return day_of(c.year + r->weeks + slot, r->month, r->day);
	case SIM_YEARLY_NTH:
		return nth_day(c.year + r->weeks + slot, r->month, r->nth, r->weekdays);
	case SIM_WEEKLY:
		return monday + r->weeks * 7 + r->day + slot * every * 7;
	default:
		return monday + r->weeks * 7 + r->day + slot * every;
	}
}

static void set_times(const struct demo_event_row *r, int64_t day, int later,
		      struct sim_event *e)
{
	if (r->all_day) {
		e->start_unix = instant(r->zone, day + later / 1440, 0);
		e->end_unix = instant(r->zone, day + later / 1440 + r->length, 0);
	} else {
		e->start_unix = instant(r->zone, day, r->minute + later);
		e->end_unix = e->start_unix + (int64_t)r->length * 60;
	}
}

/* Everything that a struct sim_event points to. */
struct event_room {
	char *people;
	char *categories;
	const char *category_list[CATEGORIES_MAX + 1];
	struct sim_attendee attendees[PEOPLE_MAX];
	int64_t deleted[DEMO_CHANGES];
	struct sim_exception exceptions[DEMO_CHANGES];
	struct sim_event changed[DEMO_CHANGES];
	struct strbuf uid;
};

static void room_finish(struct event_room *room)
{
	mem_free_ptr(&room->people);
	mem_free_ptr(&room->categories);
	strbuf_finish(&room->uid);
}

static const char *name_of(const char *address)
{
	for (size_t i = 0; i < DEMO_WHO_COUNT; i++)
		if (str_eq(str_from(demo_people[i].address), str_from(address)))
			return demo_people[i].name;
	return address;
}

/* The first word of @rest as its own string within. */
static char *take(char **rest, char separator)
{
	char *start = *rest, *end = start ? strchr(start, separator) : NULL;

	*rest = end ? end + 1 : NULL;
	if (end)
		*end = '\0';
	return start;
}

static void set_attendee(char *word, struct sim_attendee *a)
{
	char *response = word;

	a->role = word[1] != ':'   ? SIM_REQUIRED
		  : word[0] == 'o' ? SIM_OPTIONAL
				   : SIM_RESOURCE;
	if (a->role != SIM_REQUIRED)
		response += 2;
	a->address = take(&response, '=');
	a->name = name_of(a->address);
	a->response = response;
}

static void set_people(const struct demo_event_row *r, const char *user,
		       struct event_room *room, struct sim_event *e)
{
	char *rest = room->people = mem_strdup(r->people);
	char *word;

	if (!rest)
		return;
	e->organizer_address = take(&rest, ' ');
	e->organizer_name = name_of(e->organizer_address);
	while ((word = take(&rest, ' ')) && e->attendee_count < PEOPLE_MAX) {
		struct sim_attendee *a = &room->attendees[e->attendee_count++];

		set_attendee(word, a);
		if (str_starts(str_from(a->address), str_from(user)))
			e->my_response = a->response;
	}
	if (str_starts(str_from(e->organizer_address), str_from(user)))
		e->my_response = "Organizer";
	e->attendees = room->attendees;
}

static void set_categories(const struct demo_event_row *r, struct event_room *room,
			   struct sim_event *e)
{
	char *rest = room->categories = mem_strdup(r->categories);

	for (size_t i = 0; rest && i < CATEGORIES_MAX; i++)
		room->category_list[i] = take(&rest, ';');
	e->categories = r->categories ? room->category_list : NULL;
}

static void set_recurrence(const struct demo_event_row *r, int64_t today,
			   struct sim_event *e)
{
	struct civil c = clock_civil_from_unix(slot_day(r, today, 0) * DAY_S);

	if (r->pattern == SIM_ONCE)
		return;
	e->recurrence = (struct sim_recurrence){
		.pattern = r->pattern,
		.interval = r->interval ? r->interval : 1,
		.weekdays = r->weekdays,
		.first_weekday = 1,
		.day = r->day,
		.nth = r->nth,
		.month = r->month,
		.start = { c.year, c.month, c.day },
		.count = r->count,
	};
}

static void set_changes(const struct demo_event_row *r, int64_t today,
			struct event_room *room, struct sim_event *e)
{
	for (size_t i = 0; i < DEMO_CHANGES && r->changes[i].kind; i++) {
		const struct demo_change *c = &r->changes[i];
		int64_t day = slot_day(r, today, c->slot);
		struct sim_event *x = &room->changed[e->exception_count];
		struct sim_event original = { 0 };

		set_times(r, day, 0, &original);
		if (c->kind == 'd') {
			room->deleted[e->deleted_count++] = original.start_unix;
			continue;
		}
		set_times(r, day, c->minutes, x);
		x->subject = c->kind == 's' ? c->text : NULL;
		x->location = c->kind == 'l' ? c->text : NULL;
		room->exceptions[e->exception_count++] = (struct sim_exception){
			original.start_unix, x
		};
	}
	e->deleted_unix = room->deleted;
	e->exceptions = room->exceptions;
}

static void make_event(const struct demo_event_row *r, const char *user, int64_t today,
		       struct event_room *room, struct sim_event *e)
{
	*e = (struct sim_event){
		.subject = r->subject,
		.location = r->location,
		.body = r->body,
		.body_is_html = r->body && r->body[0] == '<',
		.start_zone = zones[r->zone].name,
		.end_zone = zones[r->zone].name,
		.all_day = r->all_day,
		.busy = r->busy,
		.sensitivity = r->sensitivity,
		.importance = r->importance,
		.reminder = r->reminder > 0,
		.reminder_minutes = r->reminder,
	};
	set_times(r, slot_day(r, today, 0), 0, e);
	set_categories(r, room, e);
	set_people(r, user, room, e);
	set_recurrence(r, today, e);
	set_changes(r, today, room, e);
}

/* A meeting has the same UID in every calendar: it follows from what is common. */
static void set_uid(const struct demo_event_row *r, const char *user, size_t index,
		    struct event_room *room, struct sim_event *e)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	if (r->people) {
		for (const char *p = r->subject; *p; p++)
			hash = (hash ^ (unsigned char)*p) * 16777619u;
		strbuf_addf(&room->uid, "meeting-%08x@example.test", hash);
	} else {
		strbuf_addf(&room->uid, "event-%zu-%s@example.test", index + 1, user);
	}
	e->uid = strbuf_cstr(&room->uid);
}

bool demo_events(const char *user, int64_t now_unix, const struct demo_sink *sink,
		 struct err *err)
{
	const struct demo_event_table *table = NULL;
	int64_t today = now_unix / DAY_S;

	for (size_t i = 0; i < ARRAY_LEN(demo_event_tables); i++)
		if (str_eq_nocase(str_from(user), str_from(demo_event_tables[i].user)))
			table = &demo_event_tables[i];
	for (size_t i = 0; table && i < table->count; i++) {
		const struct demo_event_row *r = &table->rows[i];
		CLEANUP(room_finish) struct event_room room = { .uid = STRBUF(128) };
		struct sim_event e;

		make_event(r, table->user, today, &room, &e);
		set_uid(r, table->user, i, &room, &e);
		if (!sink->event(sink->arg, r->folder, &e, err))
			return false;
	}
	return true;
}
