/*
 * News between threads of one account: facts (topic, stamp), never pointers. Publish
 * after the commit that made the fact true. A watch is an eventfd, so that a session can
 * wait for its client's socket and for news at once.
 */
#ifndef BRIDGE_NOTIFY_H
#define BRIDGE_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* Topics below zero; those above are local folder ids (struct store_box.id). */
enum {
	NOTIFY_ALL = 0, /* a watch on everything */
	NOTIFY_FOLDERS = -1, /* the list of folders changed */
	NOTIFY_JOURNAL = -2, /* an entry was added, done, refused or became due */
	NOTIFY_BODIES = -3, /* a body arrived or was given up */
	NOTIFY_CALENDAR = -4, /* an event was stored or removed */
	NOTIFY_BOXES = -5, /* a watch on every folder and on the list of them */
	NOTIFY_MEMORY = -6, /* much of the store was read and is mapped */
};

struct notify_hub;
struct notify_hub *notify_hub_new(void);
void notify_hub_free(struct notify_hub *hub); /* no watch may be open */

/* notify_publish() - wake every watch on @topic. Never blocks on a watcher. */
void notify_publish(struct notify_hub *hub, int64_t topic);

struct notify_watch {
	struct notify_hub *hub;
	int fd; /* eventfd, readable when there is news; -1 when closed */
	int64_t topic;
	struct notify_watch *next;
};

/* notify_watch_open() - @watch must stay where it is until it is closed. */
void notify_watch_open(struct notify_hub *hub, int64_t topic, struct notify_watch *watch);
void notify_watch_topic(struct notify_watch *watch, int64_t topic);
/* notify_watch_clear() - consume the news; call before looking, so that none is missed.
 */
void notify_watch_clear(struct notify_watch *watch);
/* notify_watch_wait() - block until news or @timeout_ms; Return: was there news? Clears
 * it. */
bool notify_watch_wait(struct notify_watch *watch, int64_t timeout_ms);
void notify_watch_wake(
	struct notify_watch *watch); /* from another thread, e.g. to stop */
void notify_watch_close(struct notify_watch *watch);

#endif
