/*
 * ORGANIZER and ATTENDEE. An appointment without other people gets neither, or clients
 * show a meeting and offer to send mail. An attendee's own answer stands in the item, not
 * in the list of attendees: it is laid over the own line, which is added when the
 * mailbox was invited by another address.
 */
#include "calendar/event_people.h"

#include <stdio.h>
#include <string.h>

#include "calendar/ics_write.h"

static const char *part_status(enum event_response response)
{
	switch (response) {
	case EVENT_RESPONSE_ORGANIZER:
	case EVENT_RESPONSE_ACCEPTED:
		return "ACCEPTED";
	case EVENT_RESPONSE_TENTATIVE:
		return "TENTATIVE";
	case EVENT_RESPONSE_DECLINED:
		return "DECLINED";
	case EVENT_RESPONSE_UNKNOWN:
	case EVENT_RESPONSE_NONE:
		break;
	}
	return "NEEDS-ACTION";
}

static bool same_address(const char *a, const char *b)
{
	return a && b && str_eq_nocase(str_from(a), str_from(b));
}

/* mailto: with what a URI cannot hold percent-encoded. */
static void put_address(struct ics_line *line, const char *address)
{
	ics_line_value(line, "mailto:");
	for (const char *p = address; *p; p++) {
		char one[4] = { *p, '\0' };

		if ((unsigned char)*p <= ' ' || *p == '%' || *p == '?' || *p == '"')
			snprintf(one, sizeof one, "%%%02X", (unsigned char)*p);
		strbuf_add_cstr(&line->text, one);
	}
}

static void put_person(struct strbuf *out, const struct event_person *person,
		       enum event_response response, bool chair, bool rsvp)
{
	static const char *const roles[] = { [EVENT_REQUIRED] = "REQ-PARTICIPANT",
					     [EVENT_OPTIONAL] = "OPT-PARTICIPANT",
					     [EVENT_RESOURCE] = "NON-PARTICIPANT" };
	const char *status = part_status(response);
	enum event_role role = (unsigned)person->role < 3 ? person->role : EVENT_REQUIRED;
	struct ics_line line;

	ics_line_begin(&line, "ATTENDEE");
	if (person->name && *person->name)
		ics_line_param(&line, "CN", person->name);
	ics_line_param(&line, "CUTYPE",
		       role == EVENT_RESOURCE ? "RESOURCE"
		       : person->is_group     ? "GROUP"
					      : "INDIVIDUAL");
	ics_line_param(&line, "ROLE", chair ? "CHAIR" : roles[role]);
	ics_line_param(&line, "PARTSTAT", status);
	if (rsvp && strcmp(status, "NEEDS-ACTION") == 0)
		ics_line_param(&line, "RSVP", "TRUE");
	put_address(&line, person->address);
	ics_line_end(&line, out);
}

static void put_organizer(struct strbuf *out, const struct event_person *organizer)
{
	struct ics_line line;

	if (!organizer->address)
		return;
	ics_line_begin(&line, "ORGANIZER");
	if (organizer->name && *organizer->name)
		ics_line_param(&line, "CN", organizer->name);
	put_address(&line, organizer->address);
	ics_line_end(&line, out);
}

void event_people_write(const struct event *event, const struct event_person *organizer,
			const char *own_address, struct strbuf *out)
{
	bool own_listed = false,
	     own_meeting = same_address(own_address, organizer->address);

	if (!event->attendee_count && !event->is_meeting)
		return;
	if (!event->attendee_count && own_meeting)
		return;
	put_organizer(out, organizer);
	for (size_t i = 0; i < event->attendee_count; i++) {
		const struct event_person *person = &event->attendees[i];
		enum event_response response = person->response;
		bool own = same_address(person->address, own_address);

		if (!person->address)
			continue;
		own_listed = own_listed || own;
		if (own && event->my_response != EVENT_RESPONSE_UNKNOWN)
			response = event->my_response;
		put_person(out, person, response,
			   same_address(person->address, organizer->address),
			   event->is_response_requested);
	}
	if (!own_listed && !own_meeting && own_address && organizer->address &&
	    event->my_response != EVENT_RESPONSE_ORGANIZER) {
		struct event_person own = { .address = (char *)own_address };

		put_person(out, &own, event->my_response, false,
			   event->is_response_requested);
	}
}
