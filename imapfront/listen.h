/*
 * A listener: one thread accepts, each connection gets a thread of its own with a small
 * stack, and front_stop() wakes and joins them all.
 */
#ifndef IMAPFRONT_LISTEN_H
#define IMAPFRONT_LISTEN_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct account_set;
struct front;
struct listen_config;
struct session;

struct front_protocol {
	const char *name; /* for logs and names of threads: "imap" */
	const char *busy; /* the line for one connection too many, with CRLF */
	/* From greeting to good-bye, in the session's thread. The socket is closed and
	 * the session freed by the caller. */
	void (*serve)(struct session *session);
};

/*
 * front_start() - bind, listen, and serve in threads
 * @config:   host (an address) and port; port 0 takes a free one
 * @accounts: borrowed until front_stop(); stop the front before the accounts
 * Errors: ERR_SYNTAX @host is no address or is not loopback; ERR_STATE the port is taken;
 * ERR_BROKEN. Blocks: no.
 */
MUST_CHECK bool front_start(const struct front_protocol *protocol,
			    const struct listen_config *config,
			    const struct account_set *accounts, struct front **front_r,
			    struct err *err);
/* Stops listening, wakes all sessions, waits for their threads. NULL is fine. */
void front_stop(struct front *front);
uint16_t front_port(const struct front *front); /* the one really bound */

#endif
