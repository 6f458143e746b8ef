/*
 * Advanced Query Syntax, as much of it as Microsoft's "Perform an AQS search by using
 * EWS" and the page of QueryString name.
 */
#ifndef EWSIM_AQS_H
#define EWSIM_AQS_H

#include "tests/ewsim/call.h"

struct aqs;

/* aqs_new() - @now: for "today" and its kin; the text is copied. NULL: too long. */
struct aqs *aqs_new(struct str text, int64_t now);
void aqs_free(struct aqs *query); /* NULL is fine */
/* aqs_match() - NULL matches all. */
bool aqs_match(const struct aqs *query, const struct sim_ref *ref);

#endif
