/*
 * One pass over a finished envelope, which the operations write in one form only: times
 * in UTC with whole seconds, prefixes m and t. Text that people wrote cannot be taken for
 * markup, as its angle brackets are escaped.
 */
#include "tests/ewsim/dress.h"

#include "base/clock.h"
#include "tests/ewsim/fields.h"
#include "tests/ewsim/recur.h"
#include "tests/ewsim/xml.h"

struct dresser {
	const struct sim_settings *set;
	char zone[100]; /* "" is UTC */
	struct strbuf *out;
};

/* ">2026-01-02T03:04:05Z<" at @s. */
static bool is_time(struct str s)
{
	static const char form[] = ">dddd-dd-ddTdd:dd:ddZ<";

	if (s.len < sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == 'd' ? s.p[i] < '0' || s.p[i] > '9' : s.p[i] != form[i])
			return false;
	return true;
}

static void offset(int64_t seconds, struct strbuf *out)
{
	int64_t minutes = (seconds < 0 ? -seconds : seconds) / 60;

	strbuf_addf(out, "%c%02d:%02d", seconds < 0 ? '-' : '+', (int)(minutes / 60),
		    (int)(minutes % 60));
}

static void write_time(const struct dresser *d, struct str text)
{
	int64_t digits = d->set->date_digits, t = 0, shift = 0;
	bool local;

	if (d->zone[0] && x_time_parse(text, &t, &local))
		shift = zone_to_local(d->zone, t) - t;
	if (shift) {
		CLEANUP(strbuf_finish) struct strbuf there = STRBUF(40);

		x_time_value(&there, t + shift);
		strbuf_add(d->out, str_sub(strbuf_str(&there), 0, 19));
	} else {
		strbuf_add(d->out, str_sub(text, 0, 19));
	}
	if (digits)
		strbuf_addf(d->out, ".%.*s", (int)digits, "123456789");
	if (d->set->date_zone == DATE_OFFSET || shift)
		offset(shift, d->out);
	else if (d->set->date_zone == DATE_Z)
		strbuf_addc(d->out, 'Z');
}

static bool swap(struct dresser *d, struct str *rest, struct str from, struct str to)
{
	if (!str_starts(*rest, from))
		return false;
	strbuf_add(d->out, to);
	*rest = str_sub(*rest, from.len, rest->len);
	return true;
}

/* An element's start or end: with other prefixes. */
static bool rename_tag(struct dresser *d, struct str *rest)
{
	return swap(d, rest, STR("<t:"), STR("<types:")) ||
	       swap(d, rest, STR("</t:"), STR("</types:")) ||
	       swap(d, rest, STR("<m:"), STR("<")) ||
	       swap(d, rest, STR("</m:"), STR("</"));
}

/* What a newer server may add, behind the ItemId of each item. */
static void add_unknown(struct dresser *d, struct str *rest)
{
	ptrdiff_t end;

	if (!d->set->unknown_elements || !str_starts(*rest, STR("<t:ItemId ")))
		return;
	end = str_find_char(*rest, '>');
	if (end < 0)
		return;
	strbuf_add(d->out, str_sub(*rest, 0, (size_t)end + 1));
	*rest = str_sub(*rest, (size_t)end + 1, rest->len);
	strbuf_add(d->out,
		   STR("<t:FromTheFuture Unheard=\"of\"><t:Subject>no subject</t:Subject>"
		       "<x:Other xmlns:x=\"urn:example:other\"/></t:FromTheFuture>"));
}

static void tag(struct dresser *d, struct str *rest)
{
	size_t before = rest->len;

	add_unknown(d, rest);
	if (rest->len != before || (d->set->odd_prefixes && rename_tag(d, rest)))
		return;
	strbuf_addc(d->out, '<');
	*rest = str_sub(*rest, 1, rest->len);
}

/* One declaration of the envelope under another name. */
static void redeclare(struct dresser *d, struct str *rest, struct str from, struct str to)
{
	ptrdiff_t at = str_find(str_sub(*rest, 0, 2000), from);

	if (at < 0)
		return;
	strbuf_add(d->out, str_sub(*rest, 0, (size_t)at));
	strbuf_add(d->out, to);
	*rest = str_sub(*rest, (size_t)at + from.len, rest->len);
}

static void go(struct dresser *d, struct str rest)
{
	if (d->set->odd_prefixes) {
		redeclare(d, &rest, STR("xmlns:m="), STR("xmlns="));
		redeclare(d, &rest, STR("xmlns:t="), STR("xmlns:types="));
	}
	while (rest.len) {
		size_t n = 0;

		while (n < rest.len && rest.p[n] != '<' && rest.p[n] != '>')
			n++;
		strbuf_add(d->out, str_sub(rest, 0, n));
		rest = str_sub(rest, n, rest.len);
		if (is_time(rest)) {
			strbuf_addc(d->out, '>');
			write_time(d, str_sub(rest, 1, 20));
			rest = str_sub(rest, 21, rest.len);
		} else if (rest.len && *rest.p == '<') {
			tag(d, &rest);
		} else if (rest.len) {
			strbuf_addc(d->out, *rest.p);
			rest = str_sub(rest, 1, rest.len);
		}
	}
}

/* Property sets by their GUIDs, whatever the request called them. */
static void by_guid(struct strbuf *envelope)
{
	static const char attribute[] = "DistinguishedPropertySetId=\"";
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(envelope->max_bytes);
	struct str rest = strbuf_str(envelope), name;
	ptrdiff_t at;

	while ((at = str_find(rest, str_from(attribute))) >= 0) {
		const char *guid;

		strbuf_add(&out, str_sub(rest, 0, (size_t)at));
		rest = str_sub(rest, (size_t)at + sizeof(attribute) - 1, rest.len);
		if (!str_split(&rest, '"', &name))
			break;
		guid = property_set_guid(name);
		strbuf_addf(&out, "%s%.*s\"", guid ? "PropertySetId=\"" : attribute,
			    STR_FMT(guid ? str_from(guid) : name));
	}
	strbuf_add(&out, rest);
	strbuf_finish(envelope);
	*envelope = out;
	strbuf_init(&out, 0);
}

void dress_envelope(struct strbuf *envelope, const struct sim_settings *set,
		    struct str zone)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(envelope->max_bytes);
	struct dresser d = { .set = set, .out = &out };

	if (set->property_sets)
		by_guid(envelope);
	if (set->date_zone == DATE_Z && zone.len && !str_eq(zone, STR("UTC")))
		snprintf(d.zone, sizeof(d.zone), "%.*s", STR_FMT(zone));
	if (!d.zone[0] && !set->date_digits && set->date_zone == DATE_Z &&
	    !set->odd_prefixes && !set->unknown_elements)
		return;
	go(&d, strbuf_str(envelope));
	strbuf_finish(envelope);
	*envelope = out;
	strbuf_init(&out, 0);
}
