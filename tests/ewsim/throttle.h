/* What one account may do at a time. */
#ifndef EWSIM_THROTTLE_H
#define EWSIM_THROTTLE_H

#include "tests/ewsim/call.h"

/*
 * throttle_enter() - count a call in; throttle_leave() counts it out, whatever this said
 * @values: the t:Values of MessageXml, or for ErrorServerBusy the whole of it
 * Return: NULL, or the code with which it is refused: ErrorServerBusy belongs into the
 * response message, others into a SOAP fault.
 */
const char *throttle_enter(struct call *c, char *values, size_t size);
void throttle_leave(struct call *c);

#endif
