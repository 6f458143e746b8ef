/*
 * The work of Exchange's calendar attendant: a request puts a tentative item into the
 * attendee's calendar, an answer marks the attendee in the organizer's. Attendees who are
 * no users of ours are only remembered among what was sent.
 */
#include "tests/ewsim/meeting.h"

#include "base/base64.h"
#include "base/mem.h"
#include "tests/ewsim/facts.h"
#include "tests/ewsim/ics_out.h"

enum { MAX_MIME = 64 << 20, MAX_TEXT = 1 << 20 };

static const char *const lists[] = { "RequiredAttendees", "OptionalAttendees",
				     "Resources" };

bool meeting_has_attendees(const struct sim_item *item)
{
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		if (sim_field_get(item, lists[i]))
			return true;
	return false;
}

static void uid_of(const struct sim_item *item, struct strbuf *out)
{
	/* both queries only read */
	struct sim_ref ref = { (struct sim_item *)item, false, 0 };

	item_text(&ref, "UID", out);
}

static struct sim_item *find_uid(struct sim_user *u, struct str uid)
{
	for (size_t i = 0; i < u->folder_count; i++) {
		struct sim_folder *f = u->folders[i];

		if (f->gone || !str_starts(str_from(f->folder_class), STR("IPF.App")))
			continue;
		for (size_t k = 0; k < f->slot_count; k++) {
			CLEANUP(strbuf_finish) struct strbuf v = STRBUF(MAX_TEXT);
			struct sim_item *item = f->slots[k].item;

			if (!item || item->kind != SIM_CALENDAR_ITEM)
				continue;
			uid_of(item, &v);
			if (str_eq(strbuf_str(&v), uid))
				return item;
		}
	}
	return NULL;
}

struct sim_item *meeting_find(struct sim_user *user, const struct sim_item *item)
{
	CLEANUP(strbuf_finish) struct strbuf uid = STRBUF(MAX_TEXT);

	if (item->kind == SIM_CALENDAR_ITEM && item->folder && item->folder->user == user)
		return (struct sim_item *)item;
	uid_of(item, &uid);
	return uid.len ? find_uid(user, strbuf_str(&uid)) : NULL;
}

static void set_person(struct sim_item *item, const char *element,
		       const struct sim_user *u)
{
	CLEANUP(strbuf_finish) struct strbuf b = STRBUF(MAX_TEXT);

	strbuf_addf(&b, "<t:%s><t:Mailbox>", element);
	x_text(&b, "t:Name", str_from(u->name));
	x_text(&b, "t:EmailAddress", str_from(u->address));
	strbuf_addf(&b, "<t:RoutingType>SMTP</t:RoutingType></t:Mailbox></t:%s>",
		    element);
	sim_field_set(item, element, strbuf_cstr(&b));
}

/* The MIME of a meeting message: a text, and the calendar. */
static void message_mime(const struct sim_user *from, const char *to, const char *subject,
			 const char *method, struct str ics, struct strbuf *out)
{
	strbuf_addf(out, "From: \"%s\" <%s>\r\nTo: <%s>\r\nSubject: =?utf-8?B?",
		    from->name, from->address, to);
	base64_encode(str_from(subject), out);
	strbuf_addf(out,
		    "?=\r\nMIME-Version: 1.0\r\nContent-Class: "
		    "urn:content-classes:calendarmessage\r\nContent-Type: "
		    "multipart/alternative; boundary=\"_meeting_of_ewsim_\"\r\n\r\n"
		    "--_meeting_of_ewsim_\r\nContent-Type: text/plain; charset=utf-8\r\n"
		    "Content-Transfer-Encoding: base64\r\n\r\n");
	base64_encode(str_from(subject), out);
	strbuf_addf(
		out,
		"\r\n--_meeting_of_ewsim_\r\nContent-Type: text/calendar; "
		"charset=utf-8; method=%s\r\nContent-Transfer-Encoding: base64\r\n\r\n",
		method);
	for (size_t i = 0; i < ics.len; i += 57) {
		base64_encode(str_sub(ics, i, 57), out);
		strbuf_add(out, STR("\r\n"));
	}
	strbuf_add(out, STR("--_meeting_of_ewsim_--\r\n"));
}

struct note { /* a meeting message on its way */
	enum sim_kind kind;
	const char *item_class, *prefix;
	struct ics_form form;
};

/* A message about @ref, to one address; into an Inbox if it is one of ours. */
static struct sim_item *post(struct call *c, const struct sim_ref *ref,
			     const struct note *n, const char *to)
{
	CLEANUP(strbuf_finish) struct strbuf ics = STRBUF(MAX_MIME);
	CLEANUP(strbuf_finish) struct strbuf mime = STRBUF(MAX_MIME);
	CLEANUP(strbuf_finish) struct strbuf subject = STRBUF(MAX_TEXT);
	CLEANUP(strbuf_finish) struct strbuf uid = STRBUF(MAX_TEXT);
	struct sim_user *u = sim_user_find(c->sim, str_from(to));
	struct sim_item *m;

	strbuf_add_cstr(&subject, n->prefix);
	item_text(ref, "Subject", &subject);
	item_text(ref, "UID", &uid);
	ics_write(ref, &n->form, &ics);
	message_mime(c->user, to, strbuf_cstr(&subject), n->form.method, strbuf_str(&ics),
		     &mime);
	deliver_remember(c->sim, c->user, strbuf_str(&mime), str_from(to));
	if (!u)
		return NULL;
	m = sim_item_new(c->sim, n->kind);
	sim_item_refresh(m, ref->item);
	sim_item_octets(m, strbuf_str(&mime));
	m->item_class = mem_strdup(n->item_class);
	sim_field_text(m, "Subject", strbuf_cstr(&subject));
	sim_field_text(m, "UID", strbuf_cstr(&uid));
	set_person(m, "Organizer", c->user);
	sim_field_set(m, "Sender", NULL);
	return deliver_to_inbox(u, m);
}

static void tentative(struct sim_item *item, const struct sim_user *organizer)
{
	set_person(item, "Organizer", organizer);
	sim_field_text(item, "MyResponseType", "NoResponseReceived");
	sim_field_text(item, "LegacyFreeBusyStatus", "Tentative");
	sim_field_set(item, "Categories", NULL);
}

static bool same_times(const struct sim_cal *a, const struct sim_cal *b)
{
	return a->start == b->start && a->end == b->end && a->all_day == b->all_day &&
	       memcmp(&a->rec, &b->rec, sizeof(a->rec)) == 0;
}

/* The attendee's calendar as the organizer's: a new item, or the old one anew. */
static void book(const struct sim_user *organizer, const struct sim_item *meeting,
		 struct sim_user *u)
{
	CLEANUP(strbuf_finish) struct strbuf uid = STRBUF(MAX_TEXT);
	struct sim_item *theirs = meeting_find(u, meeting);
	char *answer = NULL, *busy = NULL;

	uid_of(meeting, &uid);
	if (!theirs) {
		theirs = sim_item_new(u->sim, SIM_CALENDAR_ITEM);
		theirs->read = true;
		sim_item_refresh(theirs, meeting);
		sim_field_text(theirs, "UID", strbuf_cstr(&uid));
		tentative(theirs, organizer);
		sim_item_put(theirs, sim_folder_special(u, "calendar"), "CreatedEvent");
		return;
	}
	if (same_times(theirs->cal, meeting->cal)) {
		answer = mem_strdup(sim_field_get(theirs, "MyResponseType"));
		busy = mem_strdup(sim_field_get(theirs, "LegacyFreeBusyStatus"));
	}
	sim_item_refresh(theirs, meeting);
	sim_field_text(theirs, "UID", strbuf_cstr(&uid));
	tentative(theirs, organizer);
	if (answer)
		sim_field_set(theirs, "MyResponseType", answer);
	if (busy)
		sim_field_set(theirs, "LegacyFreeBusyStatus", busy);
	free(answer);
	free(busy);
	sim_item_touch(theirs, false);
}

static void cancel(struct sim_user *u, const struct sim_ref *ref)
{
	struct sim_item *theirs = meeting_find(u, ref->item);
	struct sim_ref own = { theirs, ref->occurrence, ref->original };

	if (!theirs)
		return;
	if (ref->occurrence) {
		occurrence_delete(&own);
		return;
	}
	theirs->cal->cancelled = true;
	sim_field_text(theirs, "LegacyFreeBusyStatus", "Free");
	sim_item_touch(theirs, false);
}

static void tell(struct call *c, const struct sim_ref *ref, enum meeting_word word,
		 const char *address)
{
	static const struct note notes[] = {
		[MEETING_INVITE] = { SIM_MEETING_REQUEST,
				     "IPM.Schedule.Meeting.Request",
				     "",
				     { .method = "REQUEST" } },
		[MEETING_UPDATE] = { SIM_MEETING_REQUEST,
				     "IPM.Schedule.Meeting.Request",
				     "",
				     { .method = "REQUEST" } },
		[MEETING_CANCEL] = { SIM_MEETING_CANCELLATION,
				     "IPM.Schedule.Meeting.Canceled",
				     "Canceled: ",
				     { .method = "CANCEL" } },
	};
	struct sim_user *u = sim_user_find(c->sim, str_from(address));
	struct sim_item *m;

	if (u == c->user)
		return;
	if (u && word == MEETING_CANCEL)
		cancel(u, ref);
	else if (u)
		book(c->user, ref->item, u);
	m = post(c, ref, &notes[word], address);
	if (m && word != MEETING_CANCEL)
		sim_field_text(m, "MeetingRequestType",
			       word == MEETING_INVITE ? "NewMeetingRequest"
						      : "FullUpdate");
	if (m)
		sim_field_text(m, "ResponseType", "NoResponseReceived");
}

void meeting_send(struct call *c, const struct sim_ref *ref, enum meeting_word word,
		  struct str how)
{
	CLEANUP(strbuf_finish) struct strbuf uid = STRBUF(MAX_TEXT);

	if (!how.len || str_eq(how, STR("SendToNone")) || !ref->item->cal)
		return;
	uid_of(ref->item, &uid);
	sim_field_text(ref->item, "UID", strbuf_cstr(&uid)); /* for good now */
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		/* a copy, as the field may change on the way */
		char *xml = mem_strdup(sim_field_get(ref->item, lists[i]));
		const char *at = xml;
		struct attendee a;

		while (attendee_next(&at, &a))
			tell(c, ref, word, a.address);
		free(xml);
	}
}

void meeting_attendees(const struct sim_item *item, struct strbuf *out)
{
	strbuf_addc(out, '\n');
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const char *at = sim_field_get(item, lists[i]);
		struct attendee a;

		while (attendee_next(&at, &a))
			strbuf_addf(out, "%s\n", a.address);
	}
}

void meeting_dismiss(struct call *c, const struct sim_ref *ref, struct str before,
		     struct str how)
{
	CLEANUP(strbuf_finish) struct strbuf now = STRBUF(MAX_TEXT);
	struct str address;

	if (!how.len || str_eq(how, STR("SendToNone")))
		return;
	meeting_attendees(ref->item, &now);
	while (str_split(&before, '\n', &address)) {
		CLEANUP(strbuf_finish) struct strbuf line = STRBUF(MAX_TEXT);

		strbuf_addf(&line, "\n%.*s\n", STR_FMT(address));
		if (address.len &&
		    str_find_nocase(strbuf_str(&now), strbuf_str(&line)) < 0) {
			strbuf_cut(&line, line.len - 1);
			tell(c, ref, MEETING_CANCEL, strbuf_cstr(&line) + 1);
		}
	}
}

/* The element of one attendee with his answer in it. */
static void answered(struct strbuf *out, struct str block, const char *response,
		     int64_t when)
{
	static const char end[] = "</t:Mailbox>";
	ptrdiff_t at = str_find(block, STR("</t:Mailbox>"));

	strbuf_add(out, str_sub(block, 0, (size_t)at + sizeof(end) - 1));
	x_text(out, "t:ResponseType", str_from(response));
	x_time(out, "t:LastResponseTime", when);
	strbuf_add(out, STR("</t:Attendee>"));
}

static void mark(struct sim_item *item, const struct sim_item *master,
		 const char *address, const char *response)
{
	int64_t now = sim_now(master->folder->user->sim);

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		CLEANUP(strbuf_finish) struct strbuf b = STRBUF(MAX_TEXT);
		const char *xml = sim_field_get(item, lists[i]), *at;
		struct attendee a;

		if (!xml)
			xml = sim_field_get(master, lists[i]);
		at = xml;
		if (!xml)
			continue;
		strbuf_addf(&b, "<t:%s>", lists[i]);
		while (attendee_next(&at, &a)) {
			if (str_eq_nocase(str_from(a.address), str_from(address)))
				answered(&b, a.block, response, now);
			else
				strbuf_add(&b, a.block);
		}
		strbuf_addf(&b, "</t:%s>", lists[i]);
		sim_field_set(item, lists[i], strbuf_cstr(&b));
	}
}

/* The organizer hears of it: in the calendar and by a message. */
static void report(struct call *c, const struct sim_ref *mine, const char *response,
		   const char *organizer)
{
	static const struct {
		const char *response, *item_class, *prefix, *partstat;
	} words[] = {
		{ "Accept", "IPM.Schedule.Meeting.Resp.Pos", "Accepted: ", "ACCEPTED" },
		{ "Tentative", "IPM.Schedule.Meeting.Resp.Tent",
		  "Tentative: ", "TENTATIVE" },
		{ "Decline", "IPM.Schedule.Meeting.Resp.Neg", "Declined: ", "DECLINED" },
	};
	size_t i = 0;
	struct sim_user *u = sim_user_find(c->sim, str_from(organizer));
	struct sim_ref theirs = { u ? meeting_find(u, mine->item) : NULL,
				  mine->occurrence, mine->original };
	struct sim_item *m;

	while (i < 2 && strcmp(words[i].response, response) != 0)
		i++;
	m = post(c, mine,
		 &(struct note){ SIM_MEETING_RESPONSE,
				 words[i].item_class,
				 words[i].prefix,
				 { "REPLY", c->user->address, words[i].partstat } },
		 organizer);
	if (m)
		sim_field_text(m, "ResponseType", response);
	if (!theirs.item)
		return;
	mark(occurrence_item(c->sim, &theirs), theirs.item, c->user->address, response);
	sim_item_touch(theirs.item, false);
}

static void organizer_of(const struct sim_item *item, char *out, size_t size)
{
	const char *xml = sim_field_get(item, "Organizer");
	const char *at = xml ? strstr(xml, "<t:EmailAddress>") : NULL;
	const char *end = at ? strstr(at, "</t:EmailAddress>") : NULL;

	snprintf(out, size, "%.*s", end ? (int)(end - at) - 16 : 0, end ? at + 16 : "");
}

static void keep_answer(struct call *c, const struct sim_ref *mine, const char *response)
{
	struct sim_item *item = occurrence_item(c->sim, mine);
	CLEANUP(strbuf_finish) struct strbuf when = STRBUF(200);

	sim_field_text(item, "MyResponseType", response);
	sim_field_text(item, "LegacyFreeBusyStatus",
		       strcmp(response, "Accept") == 0 ? "Busy" : "Tentative");
	x_time(&when, "t:AppointmentReplyTime", sim_now(c->sim));
	sim_field_set(item, "AppointmentReplyTime", strbuf_cstr(&when));
	sim_item_touch(mine->item, false);
}

const char *meeting_respond(struct call *c, const struct sim_ref *ref,
			    const xmlNode *object, bool send)
{
	const char *response = x_is(object, "AcceptItem")    ? "Accept"
			       : x_is(object, "DeclineItem") ? "Decline"
							     : "Tentative";
	struct sim_item *trash_of = ref->item->kind == SIM_MEETING_REQUEST ? ref->item
									   : NULL;
	struct sim_ref mine = { meeting_find(c->user, ref->item), ref->occurrence,
				ref->original };
	char organizer[256];

	if (!mine.item)
		return "ErrorItemNotFound";
	organizer_of(mine.item, organizer, sizeof(organizer));
	if (!organizer[0] ||
	    str_eq_nocase(str_from(organizer), str_from(c->user->address)))
		return "ErrorCalendarIsOrganizerForAccept";
	if (mine.item->cal->cancelled)
		return "ErrorCalendarIsCancelledForAccept";
	if (send)
		report(c, &mine, response, organizer);
	if (strcmp(response, "Decline") != 0)
		keep_answer(c, &mine, response);
	else if (mine.occurrence)
		occurrence_delete(&mine);
	else
		sim_item_move(mine.item, sim_folder_special(c->user, "deleteditems"));
	if (trash_of)
		sim_item_move(trash_of, sim_folder_special(c->user, "deleteditems"));
	return NULL;
}
