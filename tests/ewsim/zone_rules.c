/* The zones of GetServerTimeZones, as EWS and as iCalendar define them. */
#include "tests/ewsim/call.h"
#include "tests/ewsim/facts.h"

struct zone_row {
	const char *id, *name;
	int bias_min; /* reversed: UTC+1 is -60 */
	int dst_month, dst_nth, std_month, std_nth; /* month 0: none; Sundays */
	const char *dst_at, *std_at;
};

static const struct zone_row zones[] = {
	{ "UTC", "(UTC) Coordinated Universal Time", 0, 0, 0, 0, 0, "", "" },
	{ "GMT Standard Time", "(UTC+00:00) Dublin, Edinburgh, Lisbon, London", 0, 3, -1,
	  10, -1, "PT1H", "PT2H" },
	{ "W. Europe Standard Time", "(UTC+01:00) Amsterdam, Berlin, Bern, Rome", -60, 3,
	  -1, 10, -1, "PT2H", "PT3H" },
	{ "Romance Standard Time", "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris", -60,
	  3, -1, 10, -1, "PT2H", "PT3H" },
	{ "Central Europe Standard Time", "(UTC+01:00) Belgrade, Budapest, Prague", -60,
	  3, -1, 10, -1, "PT2H", "PT3H" },
	{ "Eastern Standard Time", "(UTC-05:00) Eastern Time (US & Canada)", 300, 3, 2,
	  11, 1, "PT2H", "PT2H" },
	{ "Central Standard Time", "(UTC-06:00) Central Time (US & Canada)", 360, 3, 2,
	  11, 1, "PT2H", "PT2H" },
	{ "Pacific Standard Time", "(UTC-08:00) Pacific Time (US & Canada)", 480, 3, 2,
	  11, 1, "PT2H", "PT2H" },
	{ "India Standard Time", "(UTC+05:30) Chennai, Kolkata, Mumbai", -330, 0, 0, 0, 0,
	  "", "" },
	{ "Tokyo Standard Time", "(UTC+09:00) Osaka, Sapporo, Tokyo", -540, 0, 0, 0, 0,
	  "", "" },
};

static void period(struct strbuf *out, int bias_min, const char *name)
{
	int b = bias_min < 0 ? -bias_min : bias_min;

	strbuf_addf(out, "<t:Period Bias=\"%sPT%dH%dM\" Name=\"%s\" Id=\"%s\"/>",
		    bias_min < 0 ? "-" : "", b / 60, b % 60, name, name);
}

static void transition(struct strbuf *out, const char *to, const char *at, int month,
		       int nth)
{
	strbuf_addf(out,
		    "<t:RecurringDayTransition><t:To Kind=\"Period\">%s</t:To>"
		    "<t:TimeOffset>%s</t:TimeOffset><t:Month>%d</t:Month>"
		    "<t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>%d</t:Occurrence>"
		    "</t:RecurringDayTransition>",
		    to, at, month, nth);
}

static void rules(struct strbuf *out, const struct zone_row *z)
{
	strbuf_add(out, STR("<t:Periods>"));
	period(out, z->bias_min, "Standard");
	if (z->dst_month)
		period(out, z->bias_min - 60, "Daylight");
	strbuf_add(out,
		   STR("</t:Periods><t:TransitionsGroups><t:TransitionsGroup Id=\"0\">"));
	if (z->dst_month) {
		transition(out, "Daylight", z->dst_at, z->dst_month, z->dst_nth);
		transition(out, "Standard", z->std_at, z->std_month, z->std_nth);
	} else {
		strbuf_add(out, STR("<t:Transition><t:To Kind=\"Period\">Standard</t:To>"
				    "</t:Transition>"));
	}
	strbuf_add(out, STR("</t:TransitionsGroup></t:TransitionsGroups><t:Transitions>"
			    "<t:Transition><t:To Kind=\"Group\">0</t:To></t:Transition>"
			    "</t:Transitions>"));
}

void zone_rules(const char *id, struct strbuf *out)
{
	const struct zone_row *z =
		&zones[0]; /* what is not in the table looks like UTC */

	for (size_t i = 0; i < ARRAY_LEN(zones); i++)
		if (strcmp(zones[i].id, id) == 0)
			z = &zones[i];
	rules(out, z);
}

static void definition(struct strbuf *out, const struct zone_row *z, bool full)
{
	strbuf_addf(out, "<t:TimeZoneDefinition Id=\"%s\" Name=\"", z->id);
	x_escape(out, str_from(z->name));
	strbuf_add(out, STR("\">"));
	if (full)
		rules(out, z);
	strbuf_add(out, STR("</t:TimeZoneDefinition>"));
}

static bool zone_wanted(const struct call *c, const struct zone_row *z)
{
	const xmlNode *ids = x_child(c->request, "Ids");

	for (const xmlNode *n = x_first(ids); n; n = x_next(n))
		if (str_eq(x_short(n), str_from(z->id)))
			return true;
	return !ids;
}

static void ics_period(struct strbuf *out, const char *kind, int from_min, int to_min,
		       int month, int nth, const char *at)
{
	int hour = at[0] ? at[2] - '0' : 0;
	const char *ordinal = nth < 0 ? "-1" : nth == 2 ? "2" : "1";

	strbuf_addf(out, "BEGIN:%s\r\nDTSTART:16010101T%02d0000\r\n", kind, hour);
	strbuf_addf(out, "TZOFFSETFROM:%c%02d%02d\r\nTZOFFSETTO:%c%02d%02d\r\n",
		    from_min > 0 ? '-' : '+', abs(from_min) / 60, abs(from_min) % 60,
		    to_min > 0 ? '-' : '+', abs(to_min) / 60, abs(to_min) % 60);
	if (month)
		strbuf_addf(out, "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=%sSU;BYMONTH=%d\r\n",
			    ordinal, month);
	strbuf_addf(out, "END:%s\r\n", kind);
}

bool zone_ics(const char *id, struct strbuf *out)
{
	const struct zone_row *z = NULL;

	for (size_t i = 0; i < ARRAY_LEN(zones); i++)
		if (strcmp(zones[i].id, id) == 0)
			z = &zones[i];
	if (!z)
		return false;
	strbuf_addf(out, "BEGIN:VTIMEZONE\r\nTZID:%s\r\n", id);
	if (z->dst_month)
		ics_period(out, "DAYLIGHT", z->bias_min, z->bias_min - 60, z->dst_month,
			   z->dst_nth, z->dst_at);
	ics_period(out, "STANDARD", z->dst_month ? z->bias_min - 60 : z->bias_min,
		   z->bias_min, z->std_month, z->std_nth, z->std_at);
	strbuf_add(out, STR("END:VTIMEZONE\r\n"));
	return true;
}

void op_get_time_zones(struct call *c)
{
	bool full = !str_eq(x_attr(c->request, "ReturnFullTimeZoneData"), STR("false"));

	call_begin(c);
	call_ok(c);
	strbuf_add(&c->out, STR("<m:TimeZoneDefinitions>"));
	for (size_t i = 0; i < ARRAY_LEN(zones); i++)
		if (zone_wanted(c, &zones[i]))
			definition(&c->out, &zones[i], full);
	strbuf_add(&c->out, STR("</m:TimeZoneDefinitions>"));
	call_done(c);
	call_end(c);
}
