/*
 * An account: its store, its hub and its sync, started and stopped together. What fronts
 * see of sync passes through here.
 * The thread that keeps the text index is here too.
 */
#include "bridge/account.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "bridge/config.h"
#include "bridge/store_text.h"
#include "bridge/sync.h"

#define VERDICT_FAR_MS 1000
#define INDEX_LATER_MS 60000 /* after trouble */
#define REST_AFTER_MS 2000
#define REST_MS ((int64_t)24 * 3600 * 1000)
#define INDEX_NICE 10
#define INDEX_GATHER_MS 300 /* messages that come together go into one transaction */

struct account {
	const struct account_config *config;
	struct notify_hub *hub;
	struct store *store;
	struct remote *remote;
	struct sync *sync;
	pthread_t indexer;
	bool indexing; /* the thread is there */
	atomic_bool stopping;
	struct notify_watch index_news;
};

static void wait_ms(struct account *account, int64_t ms)
{
	int64_t until_ms = clock_mono_ms() + ms, now_ms;

	while (!atomic_load(&account->stopping) && (now_ms = clock_mono_ms()) < until_ms)
		notify_watch_wait(&account->index_news, until_ms - now_ms);
}

/* After a little while without news there may be none for hours. */
static void news_wait(struct account *account)
{
	if (notify_watch_wait(&account->index_news, REST_AFTER_MS) ||
	    atomic_load(&account->stopping))
		return;
	store_rest(account->store);
	notify_watch_wait(&account->index_news, REST_MS);
}

static void *index_main(void *data)
{
	struct account *account = data;
	struct err err;

	/* On Linux of this thread alone: what comes from the server goes first. */
	(void)setpriority(PRIO_PROCESS, 0, INDEX_NICE);
	while (!atomic_load(&account->stopping)) {
		bool more = false, full = false;

		if (!store_tend(account->store, &err) ||
		    !store_text_work(account->store, &more, &err) ||
		    !store_bodies_tend(account->store, &full, &err)) {
			log_warn("store", "chores of %s: %s", account->config->name,
				 err.text);
			wait_ms(account, INDEX_LATER_MS);
		} else if (!more && !full) {
			news_wait(account);
			wait_ms(account, INDEX_GATHER_MS);
		}
	}
	return NULL;
}

static bool start_indexer(struct account *account, struct err *err)
{
	int rc;

	notify_watch_open(account->hub, NOTIFY_ALL, &account->index_news);
	rc = pthread_create(&account->indexer, NULL, index_main, account);
	account->indexing = rc == 0;
	if (rc == 0)
		return true;
	notify_watch_close(&account->index_news);
	return err_errno(err, ERR_BROKEN, rc, "cannot start a thread");
}

static void stop_indexer(struct account *account)
{
	if (!account->indexing)
		return;
	atomic_store(&account->stopping, true);
	notify_watch_wake(&account->index_news);
	pthread_join(account->indexer, NULL);
	notify_watch_close(&account->index_news);
}

static bool make_sync(struct account *account, struct strbuf *dir, struct err *err)
{
	const struct account_config *config = account->config;
	struct sync_setup setup = {
		.name = config->name,
		.address = config->address,
		.store = account->store,
		.hub = account->hub,
		.poll_seconds = config->poll_seconds,
		.safety_poll_seconds = config->safety_poll_seconds,
		.compare_seconds = config->compare_seconds,
		.body_threads = config->body_threads,
		.headers_ahead = config->limits.ahead != STORE_AHEAD_ALL,
		.expunge = config->expunge,
	};

	strbuf_add(dir, STR("/server"));
	if (!strbuf_ok(dir, err))
		return false;
	account->remote = remote_ews_new(config, strbuf_cstr(dir), err);
	if (!account->remote)
		return false;
	setup.remote = account->remote;
	account->sync = sync_new(&setup);
	return true;
}

bool account_open(const struct account_config *config, const char *state_dir,
		  struct account **account_r, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf dir = STRBUF(4096);
	struct account *account = mem_alloc(sizeof(*account));

	account->config = config;
	account->hub = notify_hub_new();
	strbuf_addf(&dir, "%s/%s", state_dir, config->name);
	if (!strbuf_ok(&dir, err) ||
	    !store_open(strbuf_cstr(&dir), account->hub, &account->store, err) ||
	    !make_sync(account, &dir, err)) {
		account_stop(account);
		return false;
	}
	store_limit(account->store, &config->limits);
	*account_r = account;
	return true;
}

void account_on_damage(struct account *account, void (*damaged)(void *), void *context)
{
	store_on_damage(account->store, damaged, context);
}

bool account_start(struct account *account, struct err *err)
{
	return start_indexer(account, err) && sync_start(account->sync, err);
}

void account_stop(struct account *account)
{
	if (!account)
		return;
	sync_stop(account->sync);
	stop_indexer(account);
	remote_free(account->remote);
	if (account->store)
		store_close(account->store);
	notify_hub_free(account->hub);
	free(account);
}

const char *account_name(const struct account *account)
{
	return account->config->name;
}

const char *account_address(const struct account *account)
{
	return account->config->address;
}

struct store *account_store(struct account *account)
{
	return account->store;
}

struct notify_hub *account_hub(struct account *account)
{
	return account->hub;
}

const struct account_config *account_config(const struct account *account)
{
	return account->config;
}

void account_bodies_need(struct account *account, int64_t box_id, const uint32_t *uids,
			 size_t count)
{
	sync_bodies_need(account->sync, box_id, uids, count);
}

void account_headers_need(struct account *account, int64_t box_id, const uint32_t *uids,
			  size_t count)
{
	sync_headers_need(account->sync, box_id, uids, count);
}

bool account_headers_wait(struct account *account, int64_t box_id, const uint32_t *uids,
			  size_t count, int64_t timeout_ms)
{
	return sync_headers_wait(account->sync, box_id, uids, count, timeout_ms);
}

bool account_body_wait(struct account *account, int64_t box_id, uint32_t uid,
		       int64_t timeout_ms, struct err *err)
{
	return sync_body_wait(account->sync, box_id, uid, timeout_ms, err);
}

void account_verdict_expect(struct account *account)
{
	sync_verdict_expect(account->sync);
}

void account_verdict_forgo(struct account *account)
{
	sync_verdict_forgo(account->sync);
}

bool account_verdict_wait(struct account *account, int64_t entry, int64_t timeout_ms,
			  account_give_up_fn *give_up, void *context, struct err *err)
{
	return sync_verdict_wait(account->sync, entry, timeout_ms, give_up, context, err);
}

bool account_quota(struct account *account, struct account_quota *quota_r)
{
	struct sync *sync = account->sync;

	pthread_mutex_lock(&sync->lock);
	*quota_r = (struct account_quota){ sync->quota.limit_bytes,
					   sync->quota.used_bytes };
	pthread_mutex_unlock(&sync->lock);
	return quota_r->limit_bytes > 0;
}

bool account_is_away(struct account *account)
{
	struct sync *sync = account->sync;
	bool connected;

	pthread_mutex_lock(&sync->lock);
	connected = sync->connected;
	pthread_mutex_unlock(&sync->lock);
	return !connected ||
	       account->remote->ops->backoff_ms(account->remote) > VERDICT_FAR_MS;
}

void account_look(struct account *account, int64_t box_id)
{
	sync_look(account->sync, box_id);
}

bool account_sizes_are_guessed(const struct account *account)
{
	return account->config->limits.ahead != STORE_AHEAD_ALL;
}

void account_wake(struct account *account)
{
	sync_wake(account->sync);
}

void account_poke(struct account *account)
{
	sync_poke(account->sync);
}

void account_compare(struct account *account)
{
	sync_compare(account->sync);
}

bool account_renew(struct account *account, struct err *err)
{
	char *password;

	if (!config_password_again(account->config, &password, err)) {
		account_poke(account);
		return false;
	}
	account->remote->ops->password_set(account->remote, password);
	config_password_free(password);
	account_poke(account);
	return true;
}

/* With sync's lock. */
static void index_of(const struct sync *sync, struct account_index *index)
{
	*index = (struct account_index){
		.folders_known = sync->folders_known,
		.away = !sync->connected && sync->reason[0],
		.done = sync->list.on ? MIN_OF(sync->list.read, sync->list.total) : 0,
		.total = sync->list.on ? sync->list.total : 0,
	};
	if (index->away)
		snprintf(index->reason, sizeof(index->reason), "%s", sync->reason);
}

void account_index(struct account *account, struct account_index *index_r)
{
	pthread_mutex_lock(&account->sync->lock);
	index_of(account->sync, index_r);
	pthread_mutex_unlock(&account->sync->lock);
}

/* With sync's lock. */
static const char *state_of(const struct sync *sync)
{
	if (!sync->reason[0])
		return sync->connected ? "connected" : "connecting";
	if (sync->reason_code == ERR_AUTH)
		return "sign-in";
	if (sync->reason_code == ERR_THROTTLED)
		return "paused";
	return sync->connected ? "connected" : "offline";
}

bool account_status(struct account *account, struct account_status *status_r,
		    struct err *err)
{
	struct account_status status = { .limits = account->config->limits };
	struct sync *sync = account->sync;

	if (!store_counts(account->store, &status.counts, err))
		return false;
	pthread_mutex_lock(&sync->lock);
	status.connected = sync->connected;
	status.state = state_of(sync);
	status.streaming = sync->streaming;
	status.pulling = sync->pulling;
	status.initial_done = sync->initial_done;
	status.last_sync_unix_ms = sync->last_sync_unix_ms;
	if (!sync->connected)
		snprintf(status.reason, sizeof(status.reason), "%s",
			 sync->reason[0] ? sync->reason : "connecting");
	index_of(sync, &status.index);
	status.folders_to_index = sync->folder_count;
	for (size_t i = 0; i < sync->folder_count; i++)
		status.folders_indexed += sync->folders[i].c.complete;
	pthread_mutex_unlock(&sync->lock);
	*status_r = status;
	return true;
}

struct account *account_set_find(const struct account_set *set, struct str login)
{
	for (size_t i = 0; i < set->count; i++) {
		if (str_eq_nocase(str_from(account_address(set->items[i])), login))
			return set->items[i];
	}
	return NULL;
}
