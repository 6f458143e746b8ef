/* Filling a mailbox from messages and event structs: see model.h. */
#include "tests/ewsim/sim.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "tests/ewsim/msg.h"
#include "tests/ewsim/xml.h"

enum { MAX_MIME = 256 << 20, MAX_XML = 1 << 20 };

static void categories(struct sim_item *item, const char *const *list)
{
	CLEANUP(strbuf_finish) struct strbuf b = STRBUF(MAX_XML);

	if (!list || !*list)
		return;
	strbuf_add(&b, STR("<t:Categories>"));
	for (; *list; list++)
		x_text(&b, "t:String", str_from(*list));
	strbuf_add(&b, STR("</t:Categories>"));
	sim_field_set(item, "Categories", strbuf_cstr(&b));
}

/* Lines end in CRLF, as everything that Exchange gives out. */
static void add_crlf(struct str s, struct strbuf *out)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r'))
			strbuf_addc(out, '\r');
		strbuf_addc(out, s.p[i]);
	}
}

void sim_item_octets(struct sim_item *item, struct str mime)
{
	struct sim_octets *o = mem_alloc(sizeof(*o));

	atomic_init(&o->users, 1);
	strbuf_init(&o->bytes, MAX_MIME);
	add_crlf(mime, &o->bytes);
	sim_octets_drop(item->octets);
	item->octets = o;
}

int64_t sim_mime_date(struct str mime)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(1 << 16);
	struct str headers, body;
	int64_t t = clock_unix_s();

	msg_split(mime, &headers, &body);
	if (msg_header(headers, "Date", &v))
		(void)!msg_date(strbuf_str(&v), &t);
	return t;
}

struct sim_item *sim_mail_new(const struct sim_folder *folder,
			      const struct sim_mail *mail)
{
	struct sim_item *item = sim_item_new(
		folder->user->sim,
		sim_kind_of_class(mail->item_class ? mail->item_class : "IPM.Note"));

	sim_item_octets(item, mail->mime);
	item->item_class = mem_strdup(mail->item_class);
	item->sent = sim_mime_date(mail->mime);
	item->received = mail->received_unix ? mail->received_unix : item->sent;
	item->created = item->received;
	item->read = mail->read;
	item->draft = mail->draft;
	item->from_me = folder->special && strcmp(folder->special, "sentitems") == 0;
	item->flag = mail->flag;
	item->last_verb = mail->last_verb;
	item->broken_mime = mail->broken_mime;
	categories(item, mail->categories);
	return item;
}

struct sim_item *sim_mail_add(struct sim_folder *folder, const struct sim_mail *mail)
{
	struct sim_item *item = sim_mail_new(folder, mail);

	sim_item_put(item, folder, "CreatedEvent");
	return item;
}

static void body(struct sim_item *item, const struct sim_event *e)
{
	CLEANUP(strbuf_finish) struct strbuf b = STRBUF(MAX_XML);

	if (!e->body)
		return;
	strbuf_addf(&b, "<t:Body BodyType=\"%s\">", e->body_is_html ? "HTML" : "Text");
	x_escape(&b, str_from(e->body));
	strbuf_add(&b, STR("</t:Body>"));
	sim_field_set(item, "Body", strbuf_cstr(&b));
}

static void person(struct strbuf *b, const char *name, const char *address)
{
	strbuf_add(b, STR("<t:Mailbox>"));
	x_text(b, "t:Name", str_from(name ? name : address));
	x_text(b, "t:EmailAddress", str_from(address));
	strbuf_add(b, STR("<t:RoutingType>SMTP</t:RoutingType></t:Mailbox>"));
}

static void attendees(struct sim_item *item, const struct sim_event *e,
		      enum sim_role role, const char *element)
{
	CLEANUP(strbuf_finish) struct strbuf b = STRBUF(MAX_XML);

	strbuf_addf(&b, "<t:%s>", element);
	for (size_t i = 0; i < e->attendee_count; i++) {
		const struct sim_attendee *a = &e->attendees[i];

		if (a->role != role)
			continue;
		strbuf_add(&b, STR("<t:Attendee>"));
		person(&b, a->name, a->address);
		x_text(&b, "t:ResponseType",
		       str_from(a->response ? a->response : "Unknown"));
		strbuf_add(&b, STR("</t:Attendee>"));
	}
	strbuf_addf(&b, "</t:%s>", element);
	if (strstr(strbuf_cstr(&b), "<t:Attendee>"))
		sim_field_set(item, element, strbuf_cstr(&b));
}

static void people(struct sim_item *item, const struct sim_event *e)
{
	CLEANUP(strbuf_finish) struct strbuf b = STRBUF(MAX_XML);

	attendees(item, e, SIM_REQUIRED, "RequiredAttendees");
	attendees(item, e, SIM_OPTIONAL, "OptionalAttendees");
	attendees(item, e, SIM_RESOURCE, "Resources");
	sim_field_text(item, "MyResponseType", e->my_response);
	if (!e->organizer_address)
		return;
	strbuf_add(&b, STR("<t:Organizer>"));
	person(&b, e->organizer_name, e->organizer_address);
	strbuf_add(&b, STR("</t:Organizer>"));
	sim_field_set(item, "Organizer", strbuf_cstr(&b));
}

static void texts(struct sim_item *item, const struct sim_event *e)
{
	char minutes[24];

	sim_field_text(item, "Subject", e->subject);
	sim_field_text(item, "Location", e->location);
	sim_field_text(item, "LegacyFreeBusyStatus", e->busy);
	sim_field_text(item, "Sensitivity", e->sensitivity);
	sim_field_text(item, "Importance", e->importance);
	body(item, e);
	categories(item, e->categories);
	if (e->reminder) {
		snprintf(minutes, sizeof(minutes), "%d", e->reminder_minutes);
		sim_field_text(item, "ReminderIsSet", "true");
		sim_field_text(item, "ReminderMinutesBeforeStart", minutes);
	}
	people(item, e);
}

static struct sim_item *event_item(const struct sim *sim, const struct sim_event *e)
{
	struct sim_item *item = sim_item_new(sim, SIM_CALENDAR_ITEM);
	struct sim_cal *c = item->cal = mem_alloc(sizeof(*c));

	item->read = true;
	c->start = e->start_unix;
	c->end = e->end_unix;
	c->start_zone = mem_strdup(e->start_zone ? e->start_zone
						 : "W. Europe Standard Time");
	c->end_zone = mem_strdup(e->end_zone ? e->end_zone : c->start_zone);
	c->all_day = e->all_day;
	c->rec = e->recurrence;
	c->cancelled = e->cancelled;
	c->sequence = e->sequence;
	c->times_set = true;
	sim_field_text(item, "UID", e->uid);
	texts(item, e);
	return item;
}

struct sim_item *sim_event_add(struct sim_folder *folder, const struct sim_event *e)
{
	const struct sim *sim = folder->user->sim;
	struct sim_item *item = event_item(sim, e);
	struct sim_cal *c = item->cal;

	c->deleted = mem_array(e->deleted_count, sizeof(int64_t));
	for (size_t i = 0; i < e->deleted_count; i++)
		c->deleted[c->deleted_count++] = e->deleted_unix[i];
	c->exceptions = mem_array(e->exception_count, sizeof(struct sim_item *));
	for (size_t i = 0; i < e->exception_count; i++) {
		struct sim_item *x = event_item(sim, e->exceptions[i].event);

		x->cal->original = e->exceptions[i].original_start_unix;
		c->exceptions[c->exception_count++] = x;
	}
	sim_item_put(item, folder, "CreatedEvent");
	return item;
}
