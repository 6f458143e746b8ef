/*
 * News between threads: a list of eventfds under one lock. A publish only writes to
 * non-blocking eventfds, so it never waits for a watcher.
 */
#include "bridge/notify.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/macros.h"
#include "base/mem.h"

struct notify_hub {
	pthread_mutex_t lock; /* of the list and of each watch's topic */
	struct notify_watch *first;
};

struct notify_hub *notify_hub_new(void)
{
	struct notify_hub *hub = mem_alloc(sizeof(*hub));

	pthread_mutex_init(&hub->lock, NULL);
	return hub;
}

void notify_hub_free(struct notify_hub *hub)
{
	if (!hub)
		return;
	assert(!hub->first);
	pthread_mutex_destroy(&hub->lock);
	free(hub);
}

static void wake(int fd)
{
	const uint64_t one = 1;
	ssize_t written;

	do
		written = write(fd, &one, sizeof(one));
	while (written < 0 && errno == EINTR);
	/* EAGAIN: the counter is full, so the watch is awake anyway. */
}

void notify_publish(struct notify_hub *hub, int64_t topic)
{
	if (!hub)
		return;
	pthread_mutex_lock(&hub->lock);
	for (struct notify_watch *w = hub->first; w; w = w->next)
		if (w->topic == NOTIFY_ALL || w->topic == topic ||
		    (w->topic == NOTIFY_BOXES && (topic > 0 || topic == NOTIFY_FOLDERS)))
			wake(w->fd);
	pthread_mutex_unlock(&hub->lock);
}

void notify_watch_open(struct notify_hub *hub, int64_t topic, struct notify_watch *watch)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0) { /* out of descriptors: as fatal as out of memory */
		perror("passerelle: eventfd");
		abort();
	}
	*watch = (struct notify_watch){ .hub = hub, .fd = fd, .topic = topic };
	pthread_mutex_lock(&hub->lock);
	watch->next = hub->first;
	hub->first = watch;
	pthread_mutex_unlock(&hub->lock);
}

void notify_watch_topic(struct notify_watch *watch, int64_t topic)
{
	pthread_mutex_lock(&watch->hub->lock);
	watch->topic = topic;
	pthread_mutex_unlock(&watch->hub->lock);
}

void notify_watch_clear(struct notify_watch *watch)
{
	uint64_t count;

	while (read(watch->fd, &count, sizeof(count)) < 0 && errno == EINTR)
		;
}

bool notify_watch_wait(struct notify_watch *watch, int64_t timeout_ms)
{
	struct pollfd poller = { .fd = watch->fd, .events = POLLIN };
	int64_t until_ms = clock_mono_ms() + timeout_ms;

	for (;;) {
		int64_t left_ms = MAX_OF(until_ms - clock_mono_ms(), 0);
		int rc = poll(&poller, 1, (int)MIN_OF(left_ms, INT_MAX));

		if (rc > 0) {
			notify_watch_clear(watch);
			return true;
		}
		if (rc == 0 && left_ms <= INT_MAX)
			return false;
		if (rc < 0 && errno != EINTR)
			return false;
	}
}

void notify_watch_wake(struct notify_watch *watch)
{
	wake(watch->fd);
}

void notify_watch_close(struct notify_watch *watch)
{
	struct notify_watch **link;

	if (!watch->hub || watch->fd < 0)
		return;
	pthread_mutex_lock(&watch->hub->lock);
	for (link = &watch->hub->first; *link; link = &(*link)->next)
		if (*link == watch) {
			*link = watch->next;
			break;
		}
	pthread_mutex_unlock(&watch->hub->lock);
	close(watch->fd);
	watch->fd = -1;
}
