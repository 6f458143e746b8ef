/*
 * Faults on demand: what the control port orders, and how a call carries it out. Which
 * there are, and when each strikes, is told by docs/ewsim.md; the table is in faults.c.
 */
#ifndef EWSIM_FAULTS_H
#define EWSIM_FAULTS_H

#include "tests/ewsim/call.h"
#include "tests/ewsim/server.h"

struct fault_kind;

/*
 * fault_add() - "OPERATION WHEN KIND [ARGS]" from the control port
 * Errors: ERR_SYNTAX what is wrong with it; ERR_LIMIT too many are waiting.
 */
MUST_CHECK bool fault_add(struct sim *sim, struct str words, struct err *err);
/* fault_next() - the first one that strikes this call; used up ones leave the list. */
bool fault_next(struct sim *sim, const char *op, struct sim_fault *fault_r);
/* fault_arrive() - a call of @op has come: counts it. Return: the fault that strikes it,
 * or NULL. Takes the lock. */
const struct fault_kind *fault_arrive(struct connection *c, const char *op,
				      struct sim_fault *fault_r, int64_t *latency_ms_r);
/* fault_list() - those that still wait, a line each, as they were ordered. */
void fault_list(const struct sim *sim, struct stream *out);

/*
 * What one fault does, in the order of a call; each part may be missing. None of them is
 * called with the lock of the simulator, except into().
 */
struct fault_kind {
	const char *name;
	unsigned min_args;
	/* Instead of the work. Return: the request has been answered; *go_on_r: the
	 * connection stays open. */
	bool (*instead)(struct connection *c, const struct sim_fault *f, bool *go_on_r);
	/* Before the work; an answer written into the call stands for the work. */
	void (*into)(struct call *call, const struct sim_fault *f);
	/* After it: the whole envelope is changed. */
	void (*dress)(struct strbuf *envelope, const struct sim_fault *f);
	/* How the answer leaves. */
	void (*send)(struct http_manner *manner, const struct sim_fault *f);
};
const struct fault_kind *fault_kind_of(const struct sim_fault *f);
bool fault_is(const struct sim_fault *f, const char *kind);
uint32_t fault_number(const struct sim_fault *f, unsigned index, uint32_t otherwise);

#endif
