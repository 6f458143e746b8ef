/* Read receipts: see receipt.c. */
#ifndef EWSIM_RECEIPT_H
#define EWSIM_RECEIPT_H

#include "tests/ewsim/call.h"

/* receipt_send() - if one is wanted: @item was read, or deleted unread. */
void receipt_send(struct call *c, struct sim_item *item, bool read);
/* receipt_forget() - none is sent any more. Return: was one wanted? */
bool receipt_forget(struct sim_item *item);

#endif
