/*
 * Sync of one account: threads that carry changes down and up, fetch bodies and listen
 * for news. Only bridge/account.c and bridge/sync_*.c include this; fronts see
 * bridge/account.h.
 *
 * Locks: struct sync.lock guards what is marked so below. It is the innermost lock: no
 * call into the store, the hub or the remote (other than conn_stop) is made under it.
 */
#ifndef BRIDGE_SYNC_H
#define BRIDGE_SYNC_H

#include <pthread.h>
#include <stdatomic.h>

#include "bridge/config.h"
#include "bridge/journal.h"
#include "bridge/notify.h"
#include "bridge/remote.h"
#include "bridge/store_sync.h"
#include "bridge/sync_plan.h"

#define SYNC_BODY_THREADS_MAX 8
#define SYNC_STORING_THREADS 2 /* beside those that wait for the server */
#define SYNC_THREADS_MAX (SYNC_BODY_THREADS_MAX + SYNC_STORING_THREADS + 3)
#define SYNC_BATCH_ITEMS 50 /* bodies in one request */
#define SYNC_REASON_MAX 240
#define SYNC_STATE_MAX ((size_t)16 << 20) /* bytes of a sync state */

struct sync_setup {
	const char *name; /* of the account, for logs */
	const char *address;
	struct store *store;
	struct notify_hub *hub;
	struct remote *remote; /* stays the caller's */
	unsigned poll_seconds; /* where nothing pushes changes */
	unsigned safety_poll_seconds; /* where something does; 0: 15 minutes */
	unsigned compare_seconds; /* whole lists of ids; 0: a week */
	unsigned body_threads; /* 1..SYNC_BODY_THREADS_MAX */
	bool headers_ahead; /* of all messages: bodies come on demand */
	enum account_expunge expunge;
	int64_t backoff_max_ms; /* 0: 60 s; tests take less */
};

struct sync_folder { /* a folder whose items are kept in step */
	int64_t box_id;
	char *remote_id;
	struct sync_candidate c;
	unsigned tries;
	bool full_listing; /* the round that runs began without a state */
	unsigned counters; /* news of items whose folder event is still to come */
	bool relist; /* compare whole lists: begin without the state that is there */
};

/* A long folder being indexed: see sync_list.c. With the lock. */
#define SYNC_LIST_AGAIN SYNC_BODY_THREADS_MAX
struct sync_list {
	bool on;
	unsigned generation; /* pages of an earlier one are of no interest */
	int64_t box_id;
	char *remote_id;
	size_t named, read, total; /* items so far, and of all; total 0: not known yet */
	int64_t began_ms;
	bool all_named;
	bool unordered; /* not named newest first: pages wait for the end */
	bool broken; /* the server gives no pages */
	bool stalled; /* the connection failed, see fail */
	struct remote_fail fail;
	size_t next; /* offset of the next page */
	unsigned busy; /* pages being read, of earlier ones too */
	uint32_t again[SYNC_LIST_AGAIN]; /* offsets of pages that failed */
	size_t again_count;
};
struct sync_list_page {
	int64_t box_id;
	char *remote_id;
	uint32_t offset;
	unsigned generation;
};

struct sync_want { /* a body that somebody waits for */
	int64_t box_id;
	uint32_t uid;
};
struct sync_wants {
	struct sync_want *list; /* from..count, the next one first */
	size_t from, count, room;
};
struct sync_claim { /* a message that a thread fetches now */
	int64_t msg_id, box_id;
	uint32_t uid;
};
struct sync_queue { /* bodies to fetch, as the store told */
	struct store_body_wants list; /* from at on */
	size_t at;
	bool reading; /* a thread is asking the store */
};
struct sync_ahead { /* a client reads a folder, message by message */
	int64_t box_id;
	uint32_t last_uid; /* that it waited for */
	uint32_t looked_uid; /* up to which the store was asked; 0: not yet */
	unsigned steps; /* in a row, each behind the one before */
	size_t window; /* how many are looked up next */
	size_t to_look; /* how many now; 0: none */
	struct sync_queue queue;
};

struct sync {
	struct sync_setup setup;
	char who[64]; /* "sync[NAME]" */
	pthread_t threads[SYNC_THREADS_MAX];
	size_t thread_count;
	struct notify_watch up_watch; /* of the thread for changes up */
	struct remote_conn *conns[SYNC_THREADS_MAX]; /* NULL: free place; lock */

	pthread_mutex_t lock;
	pthread_cond_t changed; /* monotonic clock; anything below changed */
	bool stopping; /* lock; with all that follows */
	unsigned wakes; /* ends pauses */

	/* Down. */
	bool folders_dirty, folders_known;
	int64_t folders_due_ms; /* monotonic: dirty then; 0: not so */
	int64_t folders_read_ms; /* monotonic: they last came from the server */
	struct sync_folder *folders;
	size_t folder_count;
	unsigned down_tries;
	int64_t down_not_before_ms; /* monotonic */
	int64_t sweep_due_ms; /* monotonic: look at every folder again */
	bool compare_due; /* and at the list of the one that was listed longest ago */
	bool unlisted_due; /* or of one that never was, since there is more to know */

	struct remote_quota quota; /* as the server last said */
	int64_t quota_due_ms; /* monotonic */

	struct sync_list list;
	bool details_wanted, details_busy; /* recipients and headers ahead of bodies */
	bool details_ahead; /* of all messages, because their bodies do not come */
	struct sync_want *heads; /* whose header somebody waits for */
	size_t head_count, head_room;
	unsigned heads_busy; /* requests for some of them under way */
	int64_t details_due_ms;

	/* Bodies. */
	struct sync_wants wants;
	struct sync_ahead ahead;
	struct sync_queue missing; /* background work */
	bool missing_dirty;
	int64_t missing_due_ms; /* look again then, monotonic */
	uint64_t batch_bytes; /* in one request, as the line bears it */
	unsigned body_conns; /* that are open */
	struct remote_conn *free_conns[SYNC_BODY_THREADS_MAX];
	size_t free_count;
	unsigned body_tries; /* failed calls in a row; those of one pause are one */
	int64_t body_again_ms; /* end of that pause, monotonic clock */
	struct sync_claim *claimed;
	size_t claimed_count, claimed_room;

	/* The login works: only the thread for changes down tries until it does, so that
	 * a wrong password does not lock the user's account. */
	bool proven;

	/* Status. */
	bool connected, streaming, pulling, initial_done;
	char reason[SYNC_REASON_MAX];
	enum err_code reason_code; /* with a reason */
	int64_t last_sync_unix_ms;

	/* Threads of fronts that are about to make a change and come for its verdict. */
	struct sync_coming {
		pthread_t thread;
		uint64_t number;
	} * coming;
	size_t coming_count, coming_room;
	uint64_t coming_number; /* the last one given */

	/* Groups of the journal that a front waits for, and the one being refused. */
	int64_t *waited;
	size_t waited_count, waited_room;
	int64_t refusing;
};

struct sync *sync_new(const struct sync_setup *setup); /* no thread yet */
/* sync_start() - start the threads; works without the server. After a failure:
 * sync_stop(). */
MUST_CHECK bool sync_start(struct sync *sync, struct err *err);
/* sync_stop() - end every call that runs, wait for the threads, free. NULL is fine. */
void sync_stop(struct sync *sync);

/* ---- for account.c --------------------------------------------------------------------
 */

void sync_poke(struct sync *sync);
/* sync_compare() - the same, and compare whole lists, whatever states say */
void sync_compare(struct sync *sync);
/* sync_wake() - the machine slept, or the network is another one: new connections, no
 * pauses, a look at everything */
void sync_wake(struct sync *sync);
void sync_look(struct sync *sync, int64_t box_id);
void sync_bodies_need(struct sync *sync, int64_t box_id, const uint32_t *uids,
		      size_t count);
void sync_headers_need(struct sync *sync, int64_t box_id, const uint32_t *uids,
		       size_t count);
/* sync_headers_wait() - behind sync_headers_need(): until the headers of @uids are here,
 * or cannot be had without their bodies. Return: false when it took too long, or the
 * server is away. */
bool sync_headers_wait(struct sync *sync, int64_t box_id, const uint32_t *uids,
		       size_t count, int64_t timeout_ms);
MUST_CHECK bool sync_body_wait(struct sync *sync, int64_t box_id, uint32_t uid,
			       int64_t timeout_ms, struct err *err);
/* See account_verdict_expect(). */
void sync_verdict_expect(struct sync *sync);
void sync_verdict_forgo(struct sync *sync);
/* @give_up: NULL: never; see account_verdict_wait(). */
MUST_CHECK bool sync_verdict_wait(struct sync *sync, int64_t group, int64_t timeout_ms,
				  bool (*give_up)(void *), void *context,
				  struct err *err);

/* ---- shared by the threads (sync.c) ---------------------------------------------------
 */

/* Thread bodies; each takes its struct sync. */
void *sync_down_main(void *arg);
void *sync_up_main(void *arg);
void *sync_bodies_main(void *arg);
void *sync_notify_main(void *arg);

/*
 * The index of a long folder. In the thread for changes down: begin, named() for each
 * page of names that is stored, wait() behind the last (false: try again later), end. In
 * the pool: take (with the lock) and run (false: the connection failed).
 */
void sync_list_begin(struct sync *sync, int64_t box_id, const char *remote_id);
bool sync_list_is(struct sync *sync, int64_t box_id); /* is it this folder's? */
void sync_list_named(struct sync *sync, size_t count);
bool sync_list_wait(struct sync *sync, struct remote_fail *fail);
void sync_list_end(struct sync *sync);
void sync_list_forget(struct sync *sync); /* a new round begins */
bool sync_list_take(struct sync *sync, struct sync_list_page *page);
bool sync_list_run(struct sync *sync, struct remote_conn *conn,
		   struct sync_list_page *page, struct remote_fail *fail);
/*
 * Recipients and headers that the index lacks (sync_details.c). take (with the lock): is
 * there something to ask for? run: false: the connection failed.
 */
#define SYNC_DETAILS 100
struct sync_details {
	int64_t box_id;
	uint32_t uids[SYNC_DETAILS]; /* that somebody waits for */
	size_t count; /* 0: any that lack them */
};
bool sync_details_take(struct sync *sync, bool waited_for, struct sync_details *work);
bool sync_details_run(struct sync *sync, struct remote_conn *conn,
		      const struct sync_details *work, struct remote_fail *fail);

/*
 * Which bodies are next (sync_wants.c); with the lock, except finish and put_back. take:
 * Return: false, there is none of that kind; with true @batch may still be empty: look
 * again at everything, since the lock was let go. first: @uid before all others.
 */
struct sync_batch {
	struct store_body_want items[SYNC_BATCH_ITEMS];
	struct store_body_want *wants[SYNC_BATCH_ITEMS]; /* the items */
	size_t count;
	bool wanted; /* somebody waits for them */
};
bool sync_wanted_take(struct sync *sync, struct sync_batch *batch);
bool sync_ahead_take(struct sync *sync, struct sync_batch *batch);
bool sync_missing_take(struct sync *sync, struct sync_batch *batch);
int64_t sync_missing_due_ms(const struct sync *sync); /* look again then, monotonic */
void sync_batch_put_back(struct sync *sync, const struct sync_batch *batch);
void sync_batch_finish(struct sync *sync, struct sync_batch *batch);
void sync_wants_add(struct sync *sync, int64_t box_id, const uint32_t *uids,
		    size_t count);
void sync_wants_first(struct sync *sync, int64_t box_id, uint32_t uid);
void sync_wants_finish(struct sync *sync);

/* A batch of bodies: run asks the server (false: it failed as a whole), store keeps what
 * came, each does both for one message at a time (false: the connection failed). */
struct sync_fetch {
	struct store_body_want *wants[SYNC_BATCH_ITEMS];
	struct store_incoming in[SYNC_BATCH_ITEMS];
	struct remote_fail fails[SYNC_BATCH_ITEMS];
	size_t count;
	bool asked; /* somebody waits for them */
};
bool sync_fetch_run(struct sync *sync, struct remote_conn *conn,
		    struct store_body_want *const *wants, size_t count,
		    struct sync_fetch *fetch, struct remote_fail *fail);
void sync_fetch_store(struct sync *sync, struct sync_fetch *fetch);
void sync_fetch_finish(struct sync_fetch *fetch);
bool sync_fetch_each(struct sync *sync, struct remote_conn *conn,
		     struct store_body_want *const *wants, size_t count,
		     struct remote_fail *fail);
/* sync_bodies_took() - a request for bodies is over: how long the next may be */
void sync_bodies_took(struct sync *sync, uint64_t bytes, int64_t took_ms);

/* sync_folders_round() - bring the list of folders into the store and sync->folders;
 * sync_folders_refresh() - only the second. In the thread for changes down. */
bool sync_folders_round(struct sync *sync, struct remote_conn *conn,
			struct remote_fail *fail);
bool sync_folders_refresh(struct sync *sync, struct err *err);

/* A connection that sync_stop() can end. NULL: cannot be had, or stopping. */
struct remote_conn *sync_conn_open(struct sync *sync);
void sync_conn_close(struct sync *sync, struct remote_conn *conn);

bool sync_stopping(struct sync *sync);
/* sync_is_away() - stopping, or without connection for a reason that is known */
bool sync_is_away(struct sync *sync);
/* sync_pause() - wait; Return: false when sync stops. */
bool sync_pause(struct sync *sync, int64_t duration_ms);
/* sync_wait_until() - with the lock: wait for a change or until @mono_ms. */
void sync_wait_until(struct sync *sync, int64_t mono_ms);

/* sync_gate() - before talking to the server: wait until the login is proven. Return:
 * false when sync stops. */
bool sync_gate(struct sync *sync);

/* What a call to the server said about the connection; logs when that changes. */
void sync_note_ok(struct sync *sync);
void sync_note_fail(struct sync *sync, const char *what, const struct remote_fail *fail);
/* sync_note_outage() - the same of a call that every server answers: an answer that is
 * not Exchange's means that there is no connection, either */
void sync_note_outage(struct sync *sync, const char *what,
		      const struct remote_fail *fail);
/* Is it the connection that failed, so that every other request would too? */
bool sync_fail_is_general(const struct remote_fail *fail);
int64_t sync_backoff_max_ms(const struct sync *sync);
/* sync_sweep_ms() - with the lock: time between looks at every folder. */
int64_t sync_sweep_ms(const struct sync *sync);

/* Items of one folder; NULL: the list of folders. */
void sync_dirty_folder(struct sync *sync, const char *remote_id);
void sync_dirty_news(struct sync *sync, const struct remote_news *news, size_t count);
void sync_dirty_all(struct sync *sync);
/* New messages may be without body. */
void sync_dirty_bodies(struct sync *sync);

/* Around the refusal of an entry: does a front wait for this group's verdict? Those that
 * may have made it and are on their way are let come first. */
bool sync_refusal_begin(struct sync *sync, int64_t group);
void sync_refusal_end(struct sync *sync);

#endif
