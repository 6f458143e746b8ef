/* The running simulator: listeners, connections, and the SOAP layer. */
#ifndef EWSIM_SERVER_H
#define EWSIM_SERVER_H

#include <netinet/in.h>

#include "base/stream.h"
#include "tests/ewsim/ewsim.h"
#include "tests/ewsim/sim.h"

struct connection {
	struct ewsim *server;
	struct stream stream;
	pthread_t thread;
	bool done, control;
	struct connection *next;
};

struct ewsim {
	struct sim *sim;
	int listen_fd, control_fd, wake[2];
	uint16_t port, control_port;
	pthread_t acceptor;
	bool accepting;
	char *state_file;
	pthread_mutex_t lock; /* connections and quit; never with sim->lock */
	pthread_cond_t quit_changed;
	bool quit;
	struct connection *connections;
};

/* http.c, control.c: serve one connection until it ends. */
void http_serve(struct connection *c);
void control_serve(struct connection *c);
/* control_set() - "name=value" or "name value". Errors: ERR_SYNTAX. */
MUST_CHECK bool control_set(struct sim *sim, struct str name, struct str value,
			    struct err *err);

struct soap_fault_plan {
	bool cut_before, cut_after, stall;
	int http_status; /* 0: none */
	int64_t delay_ms;
};

/*
 * soap_handle() - one request; writes the whole answer, streaming ones too
 * Return: false when the connection is to be closed.
 */
bool soap_handle(struct connection *c, struct sim_user *user, struct str body);
bool http_answer(struct stream *s, int status, const char *extra, struct str body);

/* state.c */
MUST_CHECK bool state_save(struct sim *sim, const char *path, struct err *err);
MUST_CHECK bool state_load(struct sim *sim, const char *path, struct err *err);

#endif
