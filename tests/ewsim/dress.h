/* How an envelope looks: the forms of dates, prefixes and unknown elements. */
#ifndef EWSIM_DRESS_H
#define EWSIM_DRESS_H

#include "base/strbuf.h"
#include "tests/ewsim/settings.h"

/*
 * dress_envelope() - the same answer in the form that the settings want
 * @zone: of the request's TimeZoneContext, a Windows id; empty is UTC
 */
void dress_envelope(struct strbuf *envelope, const struct sim_settings *set,
		    struct str zone);

#endif
