/*
 * Fail points: the places where the process can die between two durable effects. A test
 * kills the program at each of them and looks at what the next start makes of it. They
 * are in every build, because what is tested must be what runs; one that is not asked for
 * costs a load and a branch.
 *
 * Environment, read once at the first use:
 *   PASSERELLE_FAIL=NAME[:N]     SIGKILL to ourselves at the Nth pass of NAME (1)
 *   PASSERELLE_FAIL_LOG=FILE     a line NAME for each pass
 *
 * FAIL_POINT("module.what") registers itself by standing in the code: all of them lie in
 * one section, which fail_point_list() walks.
 */
#ifndef BASE_FAIL_POINT_H
#define BASE_FAIL_POINT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

#define FAIL_POINT(name)                                                                 \
	do {                                                                             \
		static const char *const fail_point_here IN_SECTION(fail_points) = name; \
		if (__atomic_load_n(&fail_points_state, __ATOMIC_RELAXED) != 0)          \
			fail_point_pass(fail_point_here);                                \
	} while (0)

/* Private to the macro. -1: the environment was not read yet, 0: nothing is asked for. */
extern int fail_points_state;
void fail_point_pass(const char *name);

/* fail_point_list() - the name of each registered place; @at from 0; NULL: no more. A
 * name may come several times. */
const char *fail_point_list(size_t at);

#endif
