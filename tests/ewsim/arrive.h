/* What a mailbox does with mail that comes: inbox rules, replies when out of office. */
#ifndef EWSIM_ARRIVE_H
#define EWSIM_ARRIVE_H

#include "tests/ewsim/call.h"

/*
 * arrive() - put a message that is in no folder yet where the mailbox wants it, the Inbox
 * if it has no rule for it; the news of it, and what it leads to
 * Return: NULL when a rule deleted it for good.
 */
struct sim_item *arrive(struct sim_user *user, struct sim_item *message);

/* oof.c: the reply to a message, once for each sender. */
void oof_reply(struct sim_user *user, struct sim_item *message);
/* oof_forget() - the settings are new: each sender is told again. */
void oof_forget(struct sim_user *user);

/* op_mailbox.c: settings as clients sent them, elements with the prefix t; or NULL. */
const char *mailbox_kept(const struct sim_user *user, const char *key);
void mailbox_keep(struct sim_user *user, const char *key, const char *value);

#endif
