/* Response objects of CreateItem: answers to mail and to meetings. */
#ifndef EWSIM_RESPOND_H
#define EWSIM_RESPOND_H

#include "tests/ewsim/call.h"

/* respond() - if @object is one, carry it out and answer. Return: it was one. */
bool respond(struct call *c, const xmlNode *object);

/* op_create.c: @item into @folder or on its way, as MessageDisposition says; takes it
 * over and answers. */
void create_finish(struct call *c, struct sim_item *item, struct sim_folder *folder);

#endif
