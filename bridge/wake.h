/*
 * Waking up: the machine slept, or its network is another one. Connections that look open
 * are dead then, and pauses were made for a world that is gone. Nothing here wakes the
 * processor while nothing happens.
 */
#ifndef BRIDGE_WAKE_H
#define BRIDGE_WAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/macros.h"

#define WAKE_SOURCES_MAX 2

struct wake_source {
	int fd; /* readable when something may have happened */
	/* Takes the news off @fd. Return: the reason, static; NULL: nothing of interest
	 */
	const char *(*look)(struct wake_source *source);
	unsigned long long seen; /* of look()'s own */
};

/* wake_system() - sleep (timerfd) and network (netlink) of this machine. What cannot be
 * had is left out. Return: how many; each fd is the caller's, or wake_start()'s. */
size_t wake_system(struct wake_source sources[WAKE_SOURCES_MAX]);

typedef void wake_fn(void *context, const char *reason);
struct wake;
/*
 * wake_start() - a thread that calls @fn after what @sources tell; what comes in a burst
 * counts once
 * @sources: copied; their descriptors are closed by wake_stop(), and after a failure
 */
MUST_CHECK bool wake_start(const struct wake_source *sources, size_t count, wake_fn *fn,
			   void *context, struct wake **wake_r, struct err *err);
void wake_stop(struct wake *wake); /* NULL is fine */

#endif
