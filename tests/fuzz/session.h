/* Whole sessions of a mail front for fuzzing: bytes over a socket, a store behind it. */
#ifndef TESTS_FUZZ_SESSION_H
#define TESTS_FUZZ_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "bridge/config.h"
#include "imapfront/listen.h"

typedef bool session_start_fn(const struct listen_config *config,
			      const struct front_tls *tls,
			      const struct account_set *accounts, struct front **front_r,
			      struct err *err);
/*
 * fuzz_session() - one connection: @before, then the bytes, then the end of the stream;
 * returns when the server has closed. Login name "a", password "x". The store is made
 * anew now and then, always with the same messages.
 */
void fuzz_session(session_start_fn *start, struct str before, const uint8_t *data,
		  size_t size);

#endif
