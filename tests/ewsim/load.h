/* Filling mailboxes of ewsim from somewhere. Before the server starts, or with the lock
 * of the model held. */
#ifndef EWSIM_LOAD_H
#define EWSIM_LOAD_H

#include "base/err.h"
#include "tests/ewsim/model.h"

/*
 * load_demo() - the sample mailbox of @user, special folders renamed
 * @name:     "alice", "bob"; another name leaves the mailbox with its usual folders
 * @now_unix: what dates are relative to
 */
MUST_CHECK bool load_demo(struct sim_user *user, const char *name, int64_t now_unix,
			  struct err *err);

#endif
