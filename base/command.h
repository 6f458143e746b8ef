/* A command of the user's, run by the shell. */
#ifndef BASE_COMMAND_H
#define BASE_COMMAND_H

#include <stdint.h>

#include "base/strbuf.h"

/*
 * command_output() - append what @command prints to @out
 * @limit_ms: then it is killed
 * Errors: ERR_BROKEN it cannot be run, fails, or is killed; ERR_LIMIT it prints too much.
 * Blocks: until it ends, @limit_ms at most.
 */
MUST_CHECK bool command_output(const char *command, int64_t limit_ms, struct strbuf *out,
			       struct err *err);

#endif
