/* Meetings between the users: invitations, updates, cancellations, and answers. */
#ifndef EWSIM_MEETING_H
#define EWSIM_MEETING_H

#include "tests/ewsim/call.h"

enum meeting_word { MEETING_INVITE, MEETING_UPDATE, MEETING_CANCEL };

/* meeting_find() - the calendar item of @user with the UID of @item, or NULL. */
struct sim_item *meeting_find(struct sim_user *user, const struct sim_item *item);
bool meeting_has_attendees(const struct sim_item *item);
/*
 * meeting_send() - tell the attendees of @ref, whose organizer is the caller
 * @how: SendMeetingInvitations and the like: "SendToNone" does nothing
 */
void meeting_send(struct call *c, const struct sim_ref *ref, enum meeting_word word,
		  struct str how);
/* meeting_attendees() - their addresses, a line feed in front of each and at the end. */
void meeting_attendees(const struct sim_item *item, struct strbuf *out);
/* meeting_dismiss() - cancel it for those of @before, as meeting_attendees() gave them,
 * who are invited no more. */
void meeting_dismiss(struct call *c, const struct sim_ref *ref, struct str before,
		     struct str how);
/*
 * meeting_respond() - AcceptItem, TentativelyAcceptItem, DeclineItem
 * @ref: a meeting request, or the calendar item
 * Return: NULL or an error code.
 */
const char *meeting_respond(struct call *c, const struct sim_ref *ref,
			    const xmlNode *object, bool send);

/* op_update.c: the item that takes the changes of @ref, an exception for an occurrence.
 */
struct sim_item *occurrence_item(const struct sim *sim, const struct sim_ref *ref);
void occurrence_delete(const struct sim_ref *ref);
/* deliver.c: a message from outside or another user, as arrive() has it. */
struct sim_item *deliver_to_inbox(struct sim_user *user, struct sim_item *message);
/* deliver_report() - the same from octets; @item_class: NULL for mail. */
void deliver_report(struct sim_user *user, struct str mime, const char *item_class);
bool deliver_same_domain(struct str a, struct str b); /* of two addresses */
void deliver_remember(struct sim *sim, const struct sim_user *from, struct str headers,
		      struct str to);

#endif
