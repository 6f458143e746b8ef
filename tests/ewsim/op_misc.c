/* ResolveNames, GetServerTimeZones, ConvertId, GetUserConfiguration. */
#include "tests/ewsim/call.h"
#include "tests/ewsim/facts.h"

static bool resolves(const struct sim_user *u, struct str entry)
{
	if (str_starts_nocase(entry, STR("smtp:")))
		entry = str_sub(entry, 5, entry.len);
	return str_starts_nocase(str_from(u->address), entry) ||
	       str_starts_nocase(str_from(u->name), entry);
}

void op_resolve_names(struct call *c)
{
	CLEANUP(strbuf_finish)
	struct strbuf rows = STRBUF(1 << 20), entry = STRBUF(1 << 16);
	size_t n = 0;

	x_content(x_child(c->request, "UnresolvedEntry"), &entry);
	for (size_t i = 0; i < c->sim->user_count && n < 100; i++) {
		const struct sim_user *u = c->sim->users[i];

		if (!entry.len || !resolves(u, strbuf_str(&entry)))
			continue;
		n++;
		strbuf_add(&rows, STR("<t:Resolution><t:Mailbox>"));
		x_text(&rows, "t:Name", str_from(u->name));
		x_text(&rows, "t:EmailAddress", str_from(u->address));
		strbuf_add(&rows,
			   STR("<t:RoutingType>SMTP</t:RoutingType><t:MailboxType>Mailbox"
			       "</t:MailboxType></t:Mailbox></t:Resolution>"));
	}
	call_begin(c);
	if (!n) {
		call_error(c, "ErrorNameResolutionNoResults", "No results were found.");
		call_end(c);
		return;
	}
	strbuf_addf(&c->out, "<m:ResolveNamesResponseMessage ResponseClass=\"%s\">",
		    n == 1 ? "Success" : "Warning");
	if (n > 1)
		x_text(&c->out, "m:MessageText", STR("Multiple results were found."));
	x_text(&c->out, "m:ResponseCode",
	       n == 1 ? STR("NoError") : STR("ErrorNameResolutionMultipleResults"));
	if (n > 1)
		x_text(&c->out, "m:DescriptiveLinkKey", STR("0"));
	strbuf_addf(&c->out,
		    "<m:ResolutionSet TotalItemsInView=\"%zu\" "
		    "IncludesLastItemInRange=\"true\">"
		    "%s</m:ResolutionSet>",
		    n, strbuf_cstr(&rows));
	call_done(c);
	call_end(c);
}

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

void op_convert_id(struct call *c)
{
	struct str format = x_attr(c->request, "DestinationFormat");

	call_begin(c);
	for (const xmlNode *n = x_first(x_child(c->request, "SourceIds")); n;
	     n = x_next(n)) {
		struct id id;

		if (!id_read(x_attr(n, "Id"), &id)) {
			call_error(c, "ErrorInvalidIdMalformed", "The id is malformed.");
			continue;
		}
		call_ok(c);
		strbuf_addf(&c->out,
			    "<m:AlternateId "
			    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
			    " xsi:type=\"t:AlternateIdType\" Format=\"%.*s\" Id=\"",
			    STR_FMT(format));
		x_escape(&c->out, x_attr(n, "Id"));
		strbuf_add(&c->out, STR("\" Mailbox=\""));
		x_escape(&c->out, str_from(c->user->address));
		strbuf_add(&c->out, STR("\"/>"));
		call_done(c);
	}
	call_end(c);
}

void op_get_user_configuration(struct call *c)
{
	call_begin(c);
	call_error(c, "ErrorItemNotFound",
		   "The specified object was not found in the store.");
	call_end(c);
}
