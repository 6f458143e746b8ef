/*
 * A listener: one thread accepts, each connection gets a thread of its own with a small
 * stack, and front_stop() wakes and joins them all.
 */
#ifndef IMAPFRONT_LISTEN_H
#define IMAPFRONT_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct account_set;
struct front;
struct listen_config;
struct session;
struct tls_server;

struct front_protocol {
	const char *name; /* for logs and names of threads: "imap" */
	const char *busy; /* the line for one connection too many, with CRLF */
	/* From greeting to good-bye, in the session's thread. The socket is closed and
	 * the session freed by the caller. */
	void (*serve)(struct session *session);
};

struct front_tls {
	struct tls_server *server; /* borrowed until front_stop(); NULL: none */
	bool implicit; /* from the first octet, else by STARTTLS */
	bool required; /* no login without it */
};

/*
 * front_start() - bind, listen, and serve in threads
 * @config:   host (an address) and port; port 0 takes a free one
 * @accounts: borrowed until front_stop(); stop the front before the accounts
 * @tls: copied; off loopback it must have a server, and no login goes without it
 * Errors: ERR_SYNTAX @host is no address, or is not loopback without TLS; ERR_STATE the
 * port is taken; ERR_BROKEN. Blocks: no.
 */
MUST_CHECK bool front_start(const struct front_protocol *protocol,
			    const struct listen_config *config,
			    const struct front_tls *tls,
			    const struct account_set *accounts, struct front **front_r,
			    struct err *err);
/* Stops listening, wakes all sessions, waits for their threads. NULL is fine. */
void front_stop(struct front *front);
uint16_t front_port(const struct front *front); /* the one really bound */

#endif
