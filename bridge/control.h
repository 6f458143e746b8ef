/*
 * The control socket: how `passerelle status` and the like reach the running daemon. A
 * Unix socket "control" in the state directory, mode 0600: who can open it is the user. A
 * request is one line, the answer is JSON until the connection closes. status every
 * account resync [NAME]   look at the server again now
 */
#ifndef BRIDGE_CONTROL_H
#define BRIDGE_CONTROL_H

#include "base/strbuf.h"
#include "bridge/account.h"

struct control;

/* Errors: ERR_STATE a daemon is serving this directory already; ERR_BROKEN. */
MUST_CHECK bool control_start(const char *state_dir, const struct account_set *accounts,
			      struct control **control_r, struct err *err);
void control_stop(struct control *control);

/* The client's side. Errors: ERR_OFFLINE no daemon answers. Blocks: up to 10 s. */
MUST_CHECK bool control_ask(const char *state_dir, const char *request,
			    struct strbuf *answer, struct err *err);

#endif
