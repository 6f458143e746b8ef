/* Bodies as they arrive from a server: see store_incoming.c. */
#ifndef BRIDGE_STORE_INCOMING_H
#define BRIDGE_STORE_INCOMING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/macros.h"
#include "base/strbuf.h"

struct store;

struct store_incoming { /* of one thread; private but for size_bytes and err */
	struct store *store;
	uint64_t size_bytes; /* so far */
	struct err err; /* of the disk: nothing more is taken */
	struct strbuf octets; /* of a small one */
	char *file; /* in bodies/, of a big one */
	int fd; /* of the file, -1: none */
	bool taken; /* a row may name the file: leave it */
};
void store_incoming_init(struct store_incoming *in, struct store *s); /* no I/O */
/* Takes away what store_bodies_put() did not take. */
void store_incoming_finish(struct store_incoming *in);
/* Errors: ERR_LIMIT too long; ERR_FULL, ERR_BROKEN disk. */
MUST_CHECK bool store_incoming_add(struct store_incoming *in, struct str bytes,
				   struct err *err);
/* store_incoming_restart() - forget what came: it comes again from its start */
MUST_CHECK bool store_incoming_restart(struct store_incoming *in, struct err *err);

/* For store_body.c: the octets, in memory or mapped, until incoming_close(). */
MUST_CHECK bool incoming_open(struct store_incoming *in, struct str *octets_r,
			      struct err *err);
void incoming_close(struct store_incoming *in, struct str octets);

#endif
