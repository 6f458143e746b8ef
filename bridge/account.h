/*
 * What sync offers to the fronts, beside the store: "I need these bodies now" and "wait a
 * little for the server's verdict". One struct account per [account NAME] section; it
 * owns the store, the hub and sync's threads.
 */
#ifndef BRIDGE_ACCOUNT_H
#define BRIDGE_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "bridge/notify.h"
#include "bridge/store.h"
#include "bridge/store_sync.h"

struct account;
struct account_config; /* bridge/config.h */

/* account_open() - the store alone: fronts may serve what it has. Errors: as
 * store_open(). */
MUST_CHECK bool account_open(const struct account_config *config, const char *state_dir,
			     struct account **account_r, struct err *err);
/* account_on_damage() - @damaged is called, from any thread, when the disk gives back
 * something else than was written: the account is to be stopped, closed and opened again,
 * which makes anew what can be. Before account_start(). */
void account_on_damage(struct account *account, void (*damaged)(void *), void *context);
/* account_start() - begin with sync; works without the server. After a failure:
 * account_stop(). */
MUST_CHECK bool account_start(struct account *account, struct err *err);
/* Stops sync at once (also a hanging stream), waits for its threads, closes the store. */
void account_stop(struct account *account);

const char *account_name(const struct account *account);
const char *account_address(const struct account *account);
struct store *account_store(struct account *account);
struct notify_hub *account_hub(struct account *account);
const struct account_config *account_config(const struct account *account);

/*
 * account_bodies_need() - fetch the bodies of @uids ahead of background work; returns at
 * once. They arrive one by one (NOTIFY_BODIES).
 */
void account_bodies_need(struct account *account, int64_t box_id, const uint32_t *uids,
			 size_t count);
/* account_headers_need() - the same of headers alone: few requests for many messages. */
void account_headers_need(struct account *account, int64_t box_id, const uint32_t *uids,
			  size_t count);
/*
 * account_headers_wait() - block until the headers of @uids are here, or cannot be had
 * without their bodies
 * Return: false when it took longer than @timeout_ms, or the server is away. No lock
 * held.
 */
bool account_headers_wait(struct account *account, int64_t box_id, const uint32_t *uids,
			  size_t count, int64_t timeout_ms);
/*
 * account_body_wait() - block until the body of @uid is in the store
 * Errors: ERR_OFFLINE server not reachable or @timeout_ms over; ERR_NOT_FOUND expunged
 * meanwhile; ERR_BROKEN given up. Blocks: up to @timeout_ms, no lock held.
 */
MUST_CHECK bool account_body_wait(struct account *account, int64_t box_id, uint32_t uid,
				  int64_t timeout_ms, struct err *err);

/*
 * account_verdict_expect() - the calling thread is about to make a change, and comes for
 * its verdict: a server that refuses quicker than that is still heard by it, and the
 * content is not kept a second time
 * Before the change; ends with account_verdict_wait() or account_verdict_forgo(), which
 * may follow it, too. Between them nothing is waited for but the disk.
 */
void account_verdict_expect(struct account *account);
void account_verdict_forgo(struct account *account);

typedef bool account_give_up_fn(void *context);
/*
 * account_verdict_wait() - wait for the server's word on a journal group (entry_r of
 * store.h) Return: true when the server agreed or did not answer in time (the journal
 * goes on; the client is told OK); false with the refusal in @err. Blocks: up to
 * @timeout_ms. @give_up: asked twice a second whether to go on waiting; NULL: never.
 */
MUST_CHECK bool account_verdict_wait(struct account *account, int64_t entry,
				     int64_t timeout_ms, account_give_up_fn *give_up,
				     void *context, struct err *err);

struct account_quota {
	uint64_t limit_bytes, used_bytes; /* as the server last said, some minutes ago */
};
/* account_quota() - Return: has the server said that there is a limit? */
bool account_quota(struct account *account, struct account_quota *quota_r);

/* Is a verdict far off: no connection, or a pause that the server asked for? */
bool account_is_away(struct account *account);

/* A client asks for news of @box_id: looks there soon, unless the server pushes its news
 * or cannot be reached. For NOOP and CHECK, which may come often. */
void account_look(struct account *account, int64_t box_id);
/* account_sizes_are_guessed() - bodies are not fetched ahead, so that RFC822.SIZE is
 * Exchange's guess until a message's body has been here */
bool account_sizes_are_guessed(const struct account *account);
/* "Look at everything again now", also where a pause was due. */
void account_poke(struct account *account);
/* That, and compare the whole list of each folder with the server's: `passerelle resync`.
 */
void account_compare(struct account *account);
/* The machine slept, or its network is another one: that, and new connections. */
void account_wake(struct account *account);
/*
 * account_renew() - look at the server again now, with the password that the
 * configuration names now: a new one needs no new start Errors: as
 * config_password_again(); the old one stays in use. Blocks: as that.
 */
MUST_CHECK bool account_renew(struct account *account, struct err *err);

/* How far the first listing of a mailbox is. */
struct account_index {
	bool folders_known; /* the list of folders is here */
	bool away; /* the server cannot be reached, or lets us not in */
	char reason[240]; /* then */
	uint64_t done,
		total; /* of the long folder being read; total 0: none, or unknown */
};
void account_index(struct account *account, struct account_index *index_r);

struct account_status {
	bool connected;
	char reason[240]; /* why not, and what to do; "" when connected */
	/* "connected"; "connecting" at first; "sign-in" the login is refused, and tried
	 * again rarely; "paused" the server asked for peace; "offline" */
	const char *state;
	bool streaming; /* news arrive by stream */
	bool pulling; /* or are asked for in one request; else each folder is looked at */
	bool initial_done; /* every folder's index is complete */
	int64_t last_sync_unix_ms; /* 0: never */
	struct store_counts counts;
	struct store_limits limits;
	struct account_index index;
	uint64_t folders_indexed, folders_to_index; /* mail folders and calendars */
};
MUST_CHECK bool account_status(struct account *account, struct account_status *status_r,
			       struct err *err);

/* ---- all accounts
 * --------------------------------------------------------------------------- */

struct account_set {
	struct account **items;
	size_t count;
};
/* By address, ASCII case aside; NULL: none. */
struct account *account_set_find(const struct account_set *set, struct str login);

#endif
