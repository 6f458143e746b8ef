/* The running simulator: listeners, connections, and the SOAP layer. */
#ifndef EWSIM_SERVER_H
#define EWSIM_SERVER_H

#include <netinet/in.h>

#include "base/stream.h"
#include "tests/ewsim/ewsim.h"
#include "tests/ewsim/sim.h"

/* How the next answer leaves; back to nothing after each. */
struct http_manner {
	const char *type; /* Content-Type, NULL is XML */
	bool cut, cut_half; /* the connection ends after cut_at octets, or half of them */
	size_t cut_at;
	size_t piece; /* 0: at once; else so many octets, then a pause */
	int64_t pause_ms;
};

struct connection {
	struct ewsim *server;
	struct stream stream;
	struct http_manner manner;
	bool takes_gzip; /* of this request */
	bool bystander; /* the same: faults and counts are not for it */
	char host[256]; /* of this request: the name that the client used */
	bool head_only; /* of this request: HEAD */
	bool https;
	struct sim_settings settings; /* as they were when the request came */
	pthread_t thread;
	bool done, control;
	struct connection *next;
};

struct ewsim {
	struct sim *sim;
	int listen_fd, https_fd, control_fd, wake[2];
	uint16_t port, https_port, control_port;
	struct tls_server *tls; /* of https */
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

/*
 * soap_handle() - one request; writes the whole answer, streaming ones too
 * Return: false when the connection is to be closed.
 */
bool soap_handle(struct connection *c, struct sim_user *user, struct str body);
/*
 * http_answer() - a whole answer, in the connection's manner
 * @extra: more header lines, each with CRLF
 * Return: false when the connection is to be closed.
 */
bool http_answer(struct connection *c, int status, const char *extra, struct str body);
/* http_login_wanted() - 401, with the methods that the settings name. */
bool http_login_wanted(struct connection *c, const char *extra);
/* http_chunks() - some octets of a chunked body, in pieces as the settings want. */
void http_chunks(struct connection *c, struct str bytes);
/* soap_fault() - the same with a SOAP fault; @values: t:Value elements or NULL. */
bool soap_fault(struct connection *c, const char *code, const char *text,
		const char *values);

/* state.c */
MUST_CHECK bool state_save(struct sim *sim, const char *path, struct err *err);
/* One item as ExportItems gives it out; NULL when it is damaged. */
void state_item_write(const struct sim_item *item, struct strbuf *out);
struct sim_item *state_item_read(struct sim *sim, struct str data);
MUST_CHECK bool state_load(struct sim *sim, const char *path, struct err *err);

#endif
