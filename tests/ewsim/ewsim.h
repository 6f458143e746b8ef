/*
 * ewsim: a small Exchange of our own, for tests and for `passerelle demo`. It runs in
 * threads of the calling process; any number of them may run at once.
 */
#ifndef EWSIM_EWSIM_H
#define EWSIM_EWSIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct ewsim;

struct ewsim_user {
	const char *name; /* mail address, which is also the login */
	const char *password;
};

struct ewsim_options {
	const char *listen; /* "HOST:PORT", numeric host; port 0 picks a free one */
	const char *https; /* the same with TLS, beside it; NULL: none */
	const char *cert, *key; /* PEM files of https; made when they are not there */
	const char *control; /* the same for the control port; NULL: none */
	const char *mailbox; /* demo, empty, generate:COUNT, or a directory */
	const struct ewsim_user *users; /* none: alice and bob at example.test */
	size_t user_count;
	const char
		*state_file; /* loaded if it is there, written by ewsim_stop(); or NULL */
	const char *const
		*settings; /* "name=value", see docs/ewsim.md; NULL-terminated or NULL */
};

/*
 * ewsim_start() - fill the mailboxes, listen, start the threads
 * @sim_r: end with ewsim_stop()
 * The caller has called xmlInitParser() if it has more threads, and ignores SIGPIPE.
 * Errors: ERR_SYNTAX an option; ERR_BROKEN cannot listen or read.
 */
MUST_CHECK bool ewsim_start(const struct ewsim_options *options, struct ewsim **sim_r,
			    struct err *err);

uint16_t ewsim_port(const struct ewsim *sim); /* of the Exchange, as bound */
uint16_t ewsim_https_port(const struct ewsim *sim); /* 0 when there is none */
uint16_t ewsim_control_port(const struct ewsim *sim); /* 0 when there is none */

/* ewsim_wait() - until "quit" comes over the control port or @timeout_ms passed.
 * Return: true when it is time to stop. */
bool ewsim_wait(struct ewsim *sim, int timeout_ms);

/* ewsim_stop() - close connections, join threads, write the state file; NULL is fine. */
void ewsim_stop(struct ewsim *sim);

#endif
