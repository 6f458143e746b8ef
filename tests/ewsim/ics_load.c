/*
 * A small iCalendar reader (RFC 5545) of the double's own: the VEVENTs of a text become
 * items of a calendar, overrides the exceptions of their series. Zones are taken by
 * name, VTIMEZONE is not read. What Exchange couldn't keep (several rules, RDATE,
 * hourly rules) is left out with the whole event.
 */
#include "tests/ewsim/load.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/strbuf.h"
#include "tests/ewsim/zone.h"

enum {
	DAY_S = 86400,
	LINE_MAX_BYTES = 1 << 20,
	EVENTS_MAX = 100000,
	LIST_MAX = 500, /* attendees, categories, deleted dates of one event */
};

struct stamp {
	int64_t unix_s; /* midnight of the zone for a date */
	int64_t day; /* local */
	bool is_date, is_set;
	char zone[ZONE_NAME_MAX]; /* as the server would name it */
};

/* One VEVENT; every text is its own. */
struct vevent {
	char *uid, *subject, *location, *body, *html, *organizer, *organizer_name;
	const char *busy, *sensitivity, *importance;
	char **categories; /* NULL-terminated */
	size_t category_count;
	struct sim_attendee *attendees;
	size_t attendee_count, attendee_capacity;
	int64_t *deleted;
	size_t deleted_count, deleted_capacity;
	struct stamp start, end, original;
	int64_t duration_s;
	bool reminder, cancelled, refused, taken;
	int reminder_minutes, sequence;
	struct sim_recurrence rule;
	struct stamp until;
};

struct vevents {
	struct vevent *items;
	size_t count, capacity;
};

/* A content line: name, parameters, value. */
struct line {
	struct str name, params, value;
};

static void event_finish(struct vevent *e)
{
	char **texts[] = { &e->uid,  &e->subject,   &e->location,      &e->body,
			   &e->html, &e->organizer, &e->organizer_name };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		mem_free_ptr(texts[i]);
	for (size_t i = 0; i < e->category_count; i++)
		mem_free_ptr(&e->categories[i]);
	for (size_t i = 0; i < e->attendee_count; i++) {
		mem_free_ptr(&e->attendees[i].name);
		mem_free_ptr(&e->attendees[i].address);
	}
	mem_free_ptr(&e->categories);
	mem_free_ptr(&e->attendees);
	mem_free_ptr(&e->deleted);
}

static void vevents_finish(struct vevents *all)
{
	for (size_t i = 0; i < all->count; i++)
		event_finish(&all->items[i]);
	mem_free_ptr(&all->items);
}

/* The next unfolded line (RFC 5545 section 3.1). */
static bool next_line(struct str *rest, struct strbuf *out)
{
	struct str piece;

	strbuf_reset(out);
	if (!str_split(rest, '\n', &piece))
		return false;
	strbuf_add(out,
		   str_ends(piece, STR("\r")) ? str_sub(piece, 0, piece.len - 1) : piece);
	while (rest->len && (rest->p[0] == ' ' || rest->p[0] == '\t') &&
	       str_split(rest, '\n', &piece)) {
		piece = str_sub(piece, 1, piece.len);
		strbuf_add(out, str_ends(piece, STR("\r"))
					? str_sub(piece, 0, piece.len - 1)
					: piece);
	}
	return true;
}

static bool split_line(struct str text, struct line *l)
{
	bool quoted = false;
	size_t name_len = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] == '"')
			quoted = !quoted;
		if (quoted || (text.p[i] != ';' && text.p[i] != ':'))
			continue;
		if (!name_len)
			name_len = i;
		if (text.p[i] == ':') {
			l->name = str_sub(text, 0, name_len);
			l->params = str_sub(text, name_len, i - name_len);
			l->value = str_sub(text, i + 1, text.len);
			return name_len > 0;
		}
	}
	return false;
}

/* Value of parameter @name without its quotes; STR_NONE if it isn't there. */
static struct str param(const struct line *l, struct str name)
{
	struct str rest = l->params;

	while (rest.len) {
		size_t len = 1;
		struct str one;

		for (bool quoted = false; len < rest.len; len++) {
			quoted ^= rest.p[len] == '"';
			if (rest.p[len] == ';' && !quoted)
				break;
		}
		one = str_sub(rest, 1, len - 1);
		rest = str_sub(rest, len, rest.len);
		if (!str_starts_nocase(one, name) || one.len <= name.len ||
		    one.p[name.len] != '=')
			continue;
		one = str_sub(one, name.len + 1, one.len);
		if (one.len >= 2 && one.p[0] == '"')
			one = str_sub(one, 1, one.len - 2);
		return one;
	}
	return STR_NONE;
}

static bool named(const struct line *l, struct str name)
{
	return str_eq_nocase(l->name, name);
}

/* TEXT (RFC 5545 section 3.3.11) */
static char *unescape(struct str s)
{
	struct strbuf out = STRBUF(LINE_MAX_BYTES);

	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (c == '\0')
			continue;
		if (c == '\\' && i + 1 < s.len) {
			c = s.p[++i];
			if (c == 'n' || c == 'N')
				c = '\n';
		}
		strbuf_addc(&out, c);
	}
	return strbuf_take(&out);
}

static void set_text(char **text, char *value)
{
	mem_free_ptr(text);
	*text = value;
}

static bool digits(struct str s, size_t from, size_t len, int *value_r)
{
	uint32_t v;

	if (from + len > s.len || !num_u32(str_sub(s, from, len), &v))
		return false;
	*value_r = (int)v;
	return true;
}

/* DATE or DATE-TIME as written; @utc_r says Z. */
static bool read_civil(struct str v, int64_t *day_r, int *second_r, bool *date_r,
		       bool *utc_r)
{
	int y, m, d, h = 0, min = 0, s = 0;

	if (!digits(v, 0, 4, &y) || !digits(v, 4, 2, &m) || !digits(v, 6, 2, &d) ||
	    m < 1 || m > 12 || d < 1 || d > 31 || y < 1601)
		return false;
	*date_r = v.len == 8;
	if (!*date_r && (v.len < 15 || v.p[8] != 'T' || !digits(v, 9, 2, &h) ||
			 !digits(v, 11, 2, &min) || !digits(v, 13, 2, &s)))
		return false;
	*utc_r = v.len == 16 && v.p[15] == 'Z';
	*day_r = clock_unix_from_civil(y, m, d, 0, 0, 0) / DAY_S;
	*second_r = h * 3600 + min * 60 + s;
	return true;
}

static bool read_stamp(const struct line *l, struct str value, struct stamp *out)
{
	CLEANUP(mem_free_ptr) char *tzid = NULL;
	char iana[ZONE_NAME_MAX] = "Europe/Berlin";
	char windows[ZONE_NAME_MAX] = "W. Europe Standard Time";
	struct str zone = param(l, STR("TZID"));
	int second;
	bool utc;

	if (!read_civil(value, &out->day, &second, &out->is_date, &utc))
		return false;
	tzid = mem_strndup(utc ? "UTC" : zone.p ? zone.p : "", utc ? 3 : zone.len);
	if (tzid[0] && !zone_find(tzid, iana, windows) && strlen(tzid) < ZONE_NAME_MAX)
		memcpy(windows, tzid, strlen(tzid) + 1); /* the offset is a guess */
	memcpy(out->zone, windows, sizeof(windows));
	out->unix_s = utc ? out->day * DAY_S + second
			  : zone_instant(iana, out->day, second);
	out->is_set = true;
	return true;
}

/* DURATION (RFC 5545 section 3.3.6), in seconds. */
static bool read_duration(struct str v, int64_t *seconds_r)
{
	int64_t sum = 0, number = 0;
	bool minus = v.len && v.p[0] == '-';

	for (size_t i = minus || (v.len && v.p[0] == '+') ? 1 : 0; i < v.len; i++) {
		static const char units[] = "WDHMS";
		static const int64_t lengths[] = { 604800, 86400, 3600, 60, 1 };
		const char *unit = memchr(units, v.p[i], 5);

		if (v.p[i] >= '0' && v.p[i] <= '9' && number < 100000000) {
			number = number * 10 + v.p[i] - '0';
		} else if (unit) {
			sum += number * lengths[unit - units];
			number = 0;
		} else if (v.p[i] != 'P' && v.p[i] != 'T') {
			return false;
		}
	}
	*seconds_r = minus ? -sum : sum;
	return v.len > 1;
}

/* "MO,2TU,-1FR": weekdays, and one ordinal for all of them. */
static bool read_weekdays(struct str list, struct sim_recurrence *r)
{
	static const char names[] = "SUMOTUWETHFRSA";
	struct str one;

	while (str_split(&list, ',', &one)) {
		int64_t nth = 0;
		int day = -1;

		if (one.len < 2)
			return false;
		for (int i = 0; i < 7; i++)
			if (memcmp(names + 2 * i, one.p + one.len - 2, 2) == 0)
				day = i;
		if (one.len > 2 && one.p[0] == '+')
			one = str_sub(one, 1, one.len);
		if (day < 0 ||
		    (one.len > 2 && !num_i64(str_sub(one, 0, one.len - 2), &nth)))
			return false;
		if (nth < -1 || nth > 4 || (r->weekdays && nth != r->nth))
			return false;
		r->nth = (int)nth;
		r->weekdays |= 1u << day;
	}
	return true;
}

static bool read_rule_part(struct vevent *e, struct str key, struct str value)
{
	struct sim_recurrence *r = &e->rule;
	struct line plain = { .params = STR_NONE };
	int64_t n;

	if (str_eq(key, STR("FREQ"))) {
		r->pattern = str_eq(value, STR("DAILY"))     ? SIM_DAILY
			     : str_eq(value, STR("WEEKLY"))  ? SIM_WEEKLY
			     : str_eq(value, STR("MONTHLY")) ? SIM_MONTHLY_DAY
			     : str_eq(value, STR("YEARLY"))  ? SIM_YEARLY_DAY
							     : SIM_ONCE;
		return r->pattern != SIM_ONCE;
	}
	if (str_eq(key, STR("UNTIL")))
		return read_stamp(&plain, value, &e->until);
	if (str_eq(key, STR("BYDAY")))
		return read_weekdays(value, r);
	if (str_eq(key, STR("WKST"))) {
		r->first_weekday = str_eq(value, STR("SU")) ? 0 : 1;
		return true;
	}
	if (!num_i64(value, &n) || n < -1 || n > 999)
		return false;
	if (str_eq(key, STR("INTERVAL")) && n > 0)
		r->interval = (int)n;
	else if (str_eq(key, STR("COUNT")) && n > 0)
		r->count = (int)n;
	else if (str_eq(key, STR("BYMONTHDAY")) && n > 0 && n <= 31)
		r->day = (int)n;
	else if (str_eq(key, STR("BYMONTH")) && n > 0 && n <= 12)
		r->month = (int)n;
	else if (str_eq(key, STR("BYSETPOS")) && n && n <= 4 && !r->nth)
		r->nth = (int)n;
	else
		return false;
	return true;
}

static void read_rule(struct vevent *e, struct str value)
{
	struct str part, key;

	e->refused |= e->rule.pattern != SIM_ONCE;
	e->rule = (struct sim_recurrence){ .interval = 1, .first_weekday = 1 };
	while (str_split(&value, ';', &part))
		if (!str_split(&part, '=', &key) || !read_rule_part(e, key, part))
			e->refused = true;
}

/* What the rule leaves to DTSTART. */
static void complete_rule(struct vevent *e)
{
	struct sim_recurrence *r = &e->rule;
	struct civil c = clock_civil_from_unix(e->start.day * DAY_S);
	struct civil until = clock_civil_from_unix(e->until.day * DAY_S);

	if (r->pattern == SIM_ONCE)
		return;
	r->start = (struct sim_date){ c.year, c.month, c.day };
	if (e->until.is_set)
		r->until = (struct sim_date){ until.year, until.month, until.day };
	if (!r->month)
		r->month = c.month;
	if (!r->day)
		r->day = c.day;
	if (r->weekdays && r->pattern == SIM_MONTHLY_DAY)
		r->pattern = SIM_MONTHLY_NTH;
	if (r->weekdays && r->pattern == SIM_YEARLY_DAY)
		r->pattern = SIM_YEARLY_NTH;
	if (r->weekdays && r->pattern == SIM_DAILY)
		r->pattern = SIM_WEEKLY;
	if (r->pattern == SIM_WEEKLY && !r->weekdays)
		r->weekdays = 1u << c.weekday;
	/* A yearly rule has no interval there, an ordinal is a must. */
	if (r->pattern >= SIM_YEARLY_DAY && r->interval > 1)
		e->refused = true;
	if ((r->pattern == SIM_MONTHLY_NTH || r->pattern == SIM_YEARLY_NTH) && !r->nth)
		e->refused = true;
}

static char *mail_address(struct str value)
{
	if (str_starts_nocase(value, STR("mailto:")))
		value = str_sub(value, 7, value.len);
	return mem_strndup(value.p, value.len);
}

static char *param_text(const struct line *l, struct str name)
{
	struct str v = param(l, name);

	return v.p ? mem_strndup(v.p, v.len) : NULL;
}

static void read_attendee(struct vevent *e, const struct line *l)
{
	struct str role = param(l, STR("ROLE")), kind = param(l, STR("CUTYPE"));
	struct str answer = param(l, STR("PARTSTAT"));
	struct sim_attendee *a;

	if (e->attendee_count == LIST_MAX)
		return;
	e->attendees = mem_grow(e->attendees, e->attendee_count, &e->attendee_capacity,
				sizeof(*a));
	a = &e->attendees[e->attendee_count++];
	*a = (struct sim_attendee){ .name = param_text(l, STR("CN")),
				    .address = mail_address(l->value) };
	if (str_eq_nocase(kind, STR("RESOURCE")) || str_eq_nocase(kind, STR("ROOM")))
		a->role = SIM_RESOURCE;
	else if (str_eq_nocase(role, STR("OPT-PARTICIPANT")))
		a->role = SIM_OPTIONAL;
	a->response = str_eq_nocase(answer, STR("ACCEPTED"))	? "Accept"
		      : str_eq_nocase(answer, STR("DECLINED"))	? "Decline"
		      : str_eq_nocase(answer, STR("TENTATIVE")) ? "Tentative"
								: "NoResponseReceived";
}

static void add_categories(struct vevent *e, struct str value)
{
	size_t from = 0;

	for (size_t i = 0; i <= value.len && e->category_count < LIST_MAX; i++) {
		if (i < value.len && value.p[i] == '\\' && i + 1 < value.len) {
			i++;
			continue;
		}
		if (i < value.len && value.p[i] != ',')
			continue;
		e->categories = mem_resize(e->categories, e->category_count + 2,
					   sizeof(*e->categories));
		e->categories[e->category_count++] = unescape(
			str_trim(str_sub(value, from, i - from)));
		e->categories[e->category_count] = NULL;
		from = i + 1;
	}
}

static void add_deleted(struct vevent *e, const struct line *l)
{
	struct str rest = l->value, one;

	while (str_split(&rest, ',', &one) && e->deleted_count < LIST_MAX) {
		struct stamp at = { 0 };

		if (!read_stamp(l, one, &at))
			continue;
		e->deleted = mem_grow(e->deleted, e->deleted_count, &e->deleted_capacity,
				      sizeof(*e->deleted));
		e->deleted[e->deleted_count++] = at.unix_s;
	}
}

static bool read_texts(struct vevent *e, const struct line *l)
{
	const struct {
		struct str name;
		char **text;
	} texts[] = {
		{ STR("UID"), &e->uid },	   { STR("SUMMARY"), &e->subject },
		{ STR("LOCATION"), &e->location }, { STR("DESCRIPTION"), &e->body },
		{ STR("X-ALT-DESC"), &e->html },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (named(l, texts[i].name)) {
			set_text(texts[i].text, unescape(l->value));
			return true;
		}
	}
	return false;
}

static bool read_marks(struct vevent *e, const struct line *l)
{
	struct str v = l->value;
	uint32_t n = 0;

	if (named(l, STR("CLASS")))
		e->sensitivity = str_eq_nocase(v, STR("PRIVATE"))	 ? "Private"
				 : str_eq_nocase(v, STR("CONFIDENTIAL")) ? "Confidential"
									 : "Normal";
	else if (named(l, STR("PRIORITY")) && num_u32(v, &n))
		e->importance = n >= 1 && n <= 4 ? "High" : n >= 6 ? "Low" : "Normal";
	else if (named(l, STR("TRANSP")) && !e->busy)
		e->busy = str_eq_nocase(v, STR("TRANSPARENT")) ? "Free" : NULL;
	else if (named(l, STR("X-MICROSOFT-CDO-BUSYSTATUS")))
		e->busy = str_eq_nocase(v, STR("FREE"))		      ? "Free"
			  : str_eq_nocase(v, STR("TENTATIVE"))	      ? "Tentative"
			  : str_eq_nocase(v, STR("OOF"))	      ? "OOF"
			  : str_eq_nocase(v, STR("WORKINGELSEWHERE")) ? "WorkingElsewhere"
								      : "Busy";
	else if (named(l, STR("STATUS")))
		e->cancelled = str_eq_nocase(v, STR("CANCELLED"));
	else if (named(l, STR("SEQUENCE")) && num_u32(v, &n) && n < 1000000)
		e->sequence = (int)n;
	else
		return false;
	return true;
}

static void read_property(struct vevent *e, const struct line *l)
{
	if (read_texts(e, l) || read_marks(e, l))
		return;
	if (named(l, STR("DTSTART")))
		e->refused |= !read_stamp(l, l->value, &e->start);
	else if (named(l, STR("DTEND")))
		e->refused |= !read_stamp(l, l->value, &e->end);
	else if (named(l, STR("DURATION")))
		e->refused |= !read_duration(l->value, &e->duration_s);
	else if (named(l, STR("RECURRENCE-ID")))
		e->refused |= !read_stamp(l, l->value, &e->original);
	else if (named(l, STR("RRULE")))
		read_rule(e, l->value);
	else if (named(l, STR("RDATE")))
		e->refused = true;
	else if (named(l, STR("EXDATE")))
		add_deleted(e, l);
	else if (named(l, STR("CATEGORIES")))
		add_categories(e, l->value);
	else if (named(l, STR("ATTENDEE")))
		read_attendee(e, l);
	else if (named(l, STR("ORGANIZER"))) {
		set_text(&e->organizer, mail_address(l->value));
		set_text(&e->organizer_name, param_text(l, STR("CN")));
	}
}

static void read_alarm(struct vevent *e, const struct line *l)
{
	int64_t seconds;

	if (named(l, STR("TRIGGER")) && read_duration(l->value, &seconds) &&
	    seconds <= 0 && seconds > -INT64_C(60000000)) {
		e->reminder = true;
		e->reminder_minutes = (int)(-seconds / 60);
	}
}

static bool read_events(struct str text, struct vevents *all, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf buffer = STRBUF(LINE_MAX_BYTES);
	struct vevent *e = NULL;
	bool calendar = false, alarm = false;
	struct line l;

	while (next_line(&text, &buffer)) {
		if (!split_line(strbuf_str(&buffer), &l))
			continue;
		if (named(&l, STR("BEGIN"))) {
			calendar |= str_eq_nocase(l.value, STR("VCALENDAR"));
			alarm = str_eq_nocase(l.value, STR("VALARM"));
			if (!str_eq_nocase(l.value, STR("VEVENT")) || !calendar)
				continue;
			if (all->count == EVENTS_MAX)
				return err_set(err, ERR_LIMIT, "too many events");
			all->items = mem_grow(all->items, all->count, &all->capacity,
					      sizeof(*e));
			e = &all->items[all->count++];
			*e = (struct vevent){ 0 };
		} else if (named(&l, STR("END"))) {
			alarm = false;
			if (str_eq_nocase(l.value, STR("VEVENT")))
				e = NULL;
		} else if (e) {
			alarm ? read_alarm(e, &l) : read_property(e, &l);
		}
	}
	return calendar || err_set(err, ERR_SYNTAX, "no VCALENDAR");
}

/* Fields in which an override equals its series by being absent stay NULL. */
static void fill_event(const struct vevent *v, struct sim_event *e)
{
	int64_t length = v->end.is_set ? v->end.unix_s - v->start.unix_s : v->duration_s;

	*e = (struct sim_event){
		.uid = v->uid,
		.subject = v->subject,
		.location = v->location,
		.body = v->html ? v->html : v->body,
		.body_is_html = v->html != NULL,
		.start_unix = v->start.unix_s,
		.start_zone = v->start.zone,
		.end_zone = v->end.is_set && !v->end.is_date ? v->end.zone
							     : v->start.zone,
		.all_day = v->start.is_date,
		.busy = v->busy,
		.sensitivity = v->sensitivity,
		.importance = v->importance,
		.reminder = v->reminder,
		.reminder_minutes = v->reminder_minutes,
		.categories = (const char *const *)v->categories,
		.organizer_address = v->attendee_count ? v->organizer : NULL,
		.organizer_name = v->attendee_count ? v->organizer_name : NULL,
		.attendees = v->attendees,
		.attendee_count = v->attendee_count,
		.cancelled = v->cancelled,
		.sequence = v->sequence,
		.recurrence = v->rule,
		.deleted_unix = v->deleted,
		.deleted_count = v->deleted_count,
	};
	if (v->start.is_date && length <= 0)
		length = DAY_S;
	e->end_unix = e->start_unix + MAX_OF(length, 0);
}

static bool usable(const struct vevent *e)
{
	return e->start.is_set && !e->refused && !e->taken;
}

static bool same_uid(const struct vevent *a, const struct vevent *b)
{
	return a->uid && b->uid && str_eq(str_from(a->uid), str_from(b->uid));
}

/* The series at @index with the overrides that follow or precede it. */
static void put_event(struct sim_folder *calendar, struct vevents *all, size_t index)
{
	struct vevent *v = &all->items[index];
	CLEANUP(mem_free_ptr) struct sim_exception *list = NULL;
	CLEANUP(mem_free_ptr) struct sim_event *changed = NULL;
	struct sim_event e;

	fill_event(v, &e);
	v->taken = true;
	if (v->rule.pattern != SIM_ONCE) {
		list = mem_array(all->count, sizeof(*list));
		changed = mem_array(all->count, sizeof(*changed));
	}
	for (size_t i = 0; list && i < all->count; i++) {
		struct vevent *x = &all->items[i];

		if (!usable(x) || !x->original.is_set || !same_uid(x, v))
			continue;
		x->taken = true;
		fill_event(x, &changed[e.exception_count]);
		list[e.exception_count].original_start_unix = x->original.unix_s;
		list[e.exception_count].event = &changed[e.exception_count];
		e.exception_count++;
	}
	e.exceptions = list;
	sim_event_add(calendar, &e);
}

bool load_ics(struct sim_folder *calendar, struct str text, size_t *count_r,
	      struct err *err)
{
	CLEANUP(vevents_finish) struct vevents all = { 0 };
	size_t count = 0;

	if (!read_events(text, &all, err))
		return false;
	for (size_t i = 0; i < all.count; i++)
		complete_rule(&all.items[i]);
	for (int overrides = 0; overrides <= 1; overrides++) {
		/* Overrides that found no series become single items. */
		for (size_t i = 0; i < all.count; i++) {
			if (!usable(&all.items[i]) ||
			    all.items[i].original.is_set != overrides)
				continue;
			put_event(calendar, &all, i);
			count++;
		}
	}
	if (count < all.count)
		log_debug("ewsim", "%zu of %zu events made items", count, all.count);
	*count_r = count;
	return true;
}
