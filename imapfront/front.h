/* What the files of the fronts' common part know of one another. */
#ifndef IMAPFRONT_FRONT_H
#define IMAPFRONT_FRONT_H

#include <pthread.h>
#include <stdatomic.h>

#include "imapfront/guess.h"
#include "imapfront/listen.h"

struct front {
	const struct front_protocol *protocol;
	const struct account_set *accounts;
	struct front_tls tls;
	int listen_fd;
	uint16_t port;
	int stop_fd; /* eventfd, readable for ever once the front stops */
	int reap_fd; /* eventfd, a session's thread has ended */
	atomic_bool stopping;
	pthread_t thread;
	struct guess_table *guesses;

	/* Lock order: a leaf, nothing is called while it is held but free(). */
	pthread_mutex_t lock;
	struct session *sessions;
	size_t session_count;
	uint64_t next_number;
};

#endif
