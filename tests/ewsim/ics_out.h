/* Calendar items as iCalendar, as Exchange writes it. */
#ifndef EWSIM_ICS_OUT_H
#define EWSIM_ICS_OUT_H

#include "tests/ewsim/fields.h"

struct ics_form {
	const char *method; /* PUBLISH, REQUEST, REPLY, CANCEL */
	/* REPLY: the one attendee, and what he says (ACCEPTED, TENTATIVE, DECLINED) */
	const char *attendee, *partstat;
};

/* ics_write() - a single item; a series with its exceptions; or one occurrence. */
void ics_write(const struct sim_ref *ref, const struct ics_form *form,
	       struct strbuf *out);

/* attendee_next() - walk over the attendees of a stored element ("RequiredAttendees").
 * @at: where to go on, first the element; NULL when nothing is left */
struct attendee {
	char address[256], name[256], response[40];
	struct str block; /* the whole t:Attendee element */
};
bool attendee_next(const char **at, struct attendee *a);

#endif
