/*
 * Life of an account's sync: its threads start and stop here, and share here what they
 * know: which folders have news, how the connection is, who waits for a verdict.
 */
#include "bridge/sync.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define LOGIN_AGAIN_MS 5000
#define GIVE_UP_MS 500 /* how often who waits for a verdict is asked to go on */
#define COUNTERS_MS 5000 /* so long after news of its items a folder's are counters */
#define NAMES_MS 60000

/* ---- life -----------------------------------------------------------------------------
 */

static bool thread_add(struct sync *sync, void *(*main)(void *), struct err *err)
{
	int rc = pthread_create(&sync->threads[sync->thread_count], NULL, main, sync);

	if (rc != 0)
		return err_errno(err, ERR_BROKEN, rc, "cannot start a thread");
	sync->thread_count++;
	return true;
}

struct sync *sync_new(const struct sync_setup *setup)
{
	struct sync *sync = mem_alloc(sizeof(*sync));
	pthread_condattr_t attr;

	sync->setup = *setup;
	sync->setup.body_threads = MAX_OF(
		1u, MIN_OF(setup->body_threads, (unsigned)SYNC_BODY_THREADS_MAX));
	if (setup->poll_seconds == 0)
		sync->setup.poll_seconds = 60;
	if (setup->safety_poll_seconds == 0)
		sync->setup.safety_poll_seconds = 15 * 60;
	if (setup->compare_seconds == 0)
		sync->setup.compare_seconds = 7 * 24 * 3600;
	snprintf(sync->who, sizeof(sync->who), "sync[%s]", setup->name);
	sync->folders_dirty = true;
	sync->missing_dirty = true;
	sync->details_ahead = setup->headers_ahead;
	sync->batch_bytes = (uint64_t)1 << 20;
	pthread_mutex_init(&sync->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&sync->changed, &attr);
	pthread_condattr_destroy(&attr);
	notify_watch_open(setup->hub, NOTIFY_JOURNAL, &sync->up_watch);
	return sync;
}

bool sync_start(struct sync *sync, struct err *err)
{
	if (!thread_add(sync, sync_down_main, err) ||
	    !thread_add(sync, sync_up_main, err) ||
	    !thread_add(sync, sync_notify_main, err))
		return false;
	for (unsigned i = 0; i < sync->setup.body_threads + SYNC_STORING_THREADS; i++) {
		if (!thread_add(sync, sync_bodies_main, err))
			return false;
	}
	return true;
}

void sync_stop(struct sync *sync)
{
	if (!sync)
		return;
	pthread_mutex_lock(&sync->lock);
	sync->stopping = true;
	for (size_t i = 0; i < SYNC_THREADS_MAX; i++) {
		if (sync->conns[i])
			sync->conns[i]->ops->conn_stop(sync->conns[i]);
	}
	pthread_cond_broadcast(&sync->changed);
	pthread_mutex_unlock(&sync->lock);
	notify_watch_wake(&sync->up_watch);
	for (size_t i = 0; i < sync->thread_count; i++)
		pthread_join(sync->threads[i], NULL);
	for (size_t i = 0; i < sync->free_count; i++)
		sync_conn_close(sync, sync->free_conns[i]);
	notify_watch_close(&sync->up_watch);
	for (size_t i = 0; i < sync->folder_count; i++)
		free(sync->folders[i].remote_id);
	free(sync->folders);
	free(sync->list.remote_id);
	free(sync->heads);
	sync_wants_finish(sync);
	free(sync->waited);
	free(sync->coming);
	pthread_cond_destroy(&sync->changed);
	pthread_mutex_destroy(&sync->lock);
	free(sync);
}

struct remote_conn *sync_conn_open(struct sync *sync)
{
	struct err err = { 0 };
	struct remote_conn *conn = sync->setup.remote->ops->conn_new(sync->setup.remote,
								     &err);

	if (!conn) {
		log_error(sync->who, "%s", err.text);
		return NULL;
	}
	pthread_mutex_lock(&sync->lock);
	for (size_t i = 0; i < SYNC_THREADS_MAX; i++) {
		if (!sync->conns[i]) {
			sync->conns[i] = conn;
			break;
		}
	}
	if (sync->stopping)
		conn->ops->conn_stop(conn);
	pthread_mutex_unlock(&sync->lock);
	return conn;
}

void sync_conn_close(struct sync *sync, struct remote_conn *conn)
{
	pthread_mutex_lock(&sync->lock);
	for (size_t i = 0; i < SYNC_THREADS_MAX; i++) {
		if (sync->conns[i] == conn)
			sync->conns[i] = NULL;
	}
	pthread_mutex_unlock(&sync->lock);
	remote_conn_free(conn);
}

/* ---- waiting --------------------------------------------------------------------------
 */

bool sync_stopping(struct sync *sync)
{
	bool stopping;

	pthread_mutex_lock(&sync->lock);
	stopping = sync->stopping;
	pthread_mutex_unlock(&sync->lock);
	return stopping;
}

bool sync_is_away(struct sync *sync)
{
	bool away;

	pthread_mutex_lock(&sync->lock);
	away = sync->stopping || (!sync->connected && sync->reason[0]);
	pthread_mutex_unlock(&sync->lock);
	return away;
}

void sync_wait_until(struct sync *sync, int64_t mono_ms)
{
	struct timespec until = { .tv_sec = (time_t)(mono_ms / 1000),
				  .tv_nsec = (long)(mono_ms % 1000) * 1000000 };

	if (sync->stopping)
		return;
	if (mono_ms == INT64_MAX)
		pthread_cond_wait(&sync->changed, &sync->lock);
	else
		pthread_cond_timedwait(&sync->changed, &sync->lock, &until);
}

bool sync_pause(struct sync *sync, int64_t duration_ms)
{
	int64_t until = clock_mono_ms() + duration_ms;
	unsigned wakes;
	bool stopping;

	pthread_mutex_lock(&sync->lock);
	wakes = sync->wakes;
	while (!sync->stopping && sync->wakes == wakes && clock_mono_ms() < until)
		sync_wait_until(sync, until);
	stopping = sync->stopping;
	pthread_mutex_unlock(&sync->lock);
	return !stopping;
}

bool sync_gate(struct sync *sync)
{
	bool stopping;

	pthread_mutex_lock(&sync->lock);
	while (!sync->stopping && !sync->proven)
		sync_wait_until(sync, INT64_MAX);
	stopping = sync->stopping;
	pthread_mutex_unlock(&sync->lock);
	return !stopping;
}

int64_t sync_sweep_ms(const struct sync *sync)
{
	return (int64_t)1000 * (sync->streaming || sync->pulling
					? sync->setup.safety_poll_seconds
					: sync->setup.poll_seconds);
}

int64_t sync_backoff_max_ms(const struct sync *sync)
{
	return sync->setup.backoff_max_ms > 0 ? sync->setup.backoff_max_ms : 60000;
}

/* ---- the connection -------------------------------------------------------------------
 */

bool sync_fail_is_general(const struct remote_fail *fail)
{
	return fail->err.code == ERR_OFFLINE || fail->err.code == ERR_AUTH ||
	       fail->err.code == ERR_THROTTLED;
}

void sync_note_ok(struct sync *sync)
{
	bool news;

	pthread_mutex_lock(&sync->lock);
	news = !sync->connected;
	sync->connected = true;
	if (!sync->proven)
		pthread_cond_broadcast(&sync->changed);
	sync->proven = true;
	sync->reason[0] = '\0';
	sync->down_tries = 0;
	sync->last_sync_unix_ms = clock_unix_ms();
	pthread_mutex_unlock(&sync->lock);
	if (news) {
		log_info(sync->who, "connected");
		notify_watch_wake(&sync->up_watch);
	}
}

/* With the lock. Servers under load refuse logins too: the first look comes soon. */
static void login_refused(struct sync *sync)
{
	if (sync->proven) {
		sync->folders_dirty = true;
		sync->down_not_before_ms = MAX_OF(sync->down_not_before_ms,
						  clock_mono_ms() + LOGIN_AGAIN_MS);
		pthread_cond_broadcast(&sync->changed);
	}
	sync->proven = false;
}

/* With the lock: why there is no connection, and what to do about it. */
static void reason_set(struct sync *sync, const struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(1000);
	const char *name = sync->setup.name;

	sync->reason_code = err->code;
	strbuf_add_cstr(&text, err->text);
	if (err->code == ERR_AUTH)
		strbuf_addf(&text,
			    "; correct login or password of [account %s], then: "
			    "passerelle resync (for another login: restart)",
			    name);
	else if (err->code == ERR_NOT_FOUND)
		strbuf_addf(&text, "; correct address or url of [account %s], restart",
			    name);
	snprintf(sync->reason, sizeof(sync->reason), "%s", strbuf_cstr(&text));
}

/* With the lock. Return: is it worth a line in the log? */
static bool general_fail(struct sync *sync, const struct remote_fail *fail)
{
	bool lost = sync->connected && fail->err.code != ERR_THROTTLED;
	bool news = lost || !sync->reason[0];

	if (lost)
		sync->connected = false;
	if (fail->err.code == ERR_AUTH)
		login_refused(sync);
	reason_set(sync, &fail->err);
	return news;
}

static void note_fail(struct sync *sync, const char *what, const struct remote_fail *fail,
		      bool general)
{
	char text[sizeof(sync->reason)];
	bool news = true;

	snprintf(text, sizeof(text), "%s", fail->err.text);
	pthread_mutex_lock(&sync->lock);
	if (sync->stopping) {
		pthread_mutex_unlock(&sync->lock);
		return;
	}
	if (general || !sync->connected) {
		news = general_fail(sync, fail);
		memcpy(text, sync->reason, sizeof(text));
	}
	pthread_mutex_unlock(&sync->lock);
	if (news)
		log_warn(sync->who, "%s: %s", what, text);
	else
		log_debug(sync->who, "%s: %s", what, text);
}

void sync_note_fail(struct sync *sync, const char *what, const struct remote_fail *fail)
{
	note_fail(sync, what, fail, sync_fail_is_general(fail));
}

void sync_note_outage(struct sync *sync, const char *what, const struct remote_fail *fail)
{
	note_fail(sync, what, fail, sync_fail_is_general(fail) || fail->outage);
}

/* ---- news -----------------------------------------------------------------------------
 */

/* With the lock. */
static struct sync_folder *folder_by_id(struct sync *sync, const char *remote_id)
{
	for (size_t i = 0; remote_id && i < sync->folder_count; i++) {
		const char *id = sync->folders[i].remote_id;

		if (id && strcmp(id, remote_id) == 0)
			return &sync->folders[i];
	}
	return NULL;
}

/* A folder's own change is mostly that of its counters: one for each of its items' that
 * were told of just now. Another one is its name or the rights in it. */
static void itself_changed(struct sync *sync, struct sync_folder *f, int64_t now_ms)
{
	if (!f || f->counters == 0 || now_ms - f->c.news_ms > COUNTERS_MS) {
		sync->folders_dirty = true;
		return;
	}
	f->counters--;
	if (sync->folders_due_ms == 0)
		sync->folders_due_ms = now_ms + NAMES_MS;
}

/* Items of a folder. */
static void items_changed(struct sync_folder *f, bool left, int64_t now_ms)
{
	if (now_ms - f->c.news_ms > COUNTERS_MS)
		f->counters = 0;
	f->counters += !left;
	f->c.dirty = true;
	f->c.news_ms = now_ms;
}

/* A new folder; or one that the list leaves out, a search folder, at each message. */
static void unknown_changed(struct sync *sync, const char *remote_id, int64_t now_ms)
{
	bool known_so = remote_id && sync->folders_read_ms > 0 &&
			now_ms - sync->folders_read_ms < NAMES_MS;

	if (!known_so)
		sync->folders_dirty = true;
	else if (sync->folders_due_ms == 0)
		sync->folders_due_ms = now_ms + NAMES_MS;
}

void sync_dirty_folder(struct sync *sync, const char *remote_id)
{
	const struct remote_news news = { .folder_id = remote_id };

	sync_dirty_news(sync, &news, 1);
}

void sync_dirty_news(struct sync *sync, const struct remote_news *news, size_t count)
{
	int64_t now_ms = clock_mono_ms();

	pthread_mutex_lock(&sync->lock);
	for (size_t i = 0; i < count; i++) {
		struct sync_folder *f = folder_by_id(sync, news[i].folder_id);

		if (!f)
			unknown_changed(sync, news[i].folder_id, now_ms);
		else if (!news[i].itself)
			items_changed(f, news[i].left, now_ms);
	}
	for (size_t i = 0; i < count; i++) {
		if (news[i].itself)
			itself_changed(sync, folder_by_id(sync, news[i].folder_id),
				       now_ms);
	}
	pthread_cond_broadcast(&sync->changed);
	pthread_mutex_unlock(&sync->lock);
}

void sync_dirty_all(struct sync *sync)
{
	pthread_mutex_lock(&sync->lock);
	sync->folders_dirty = true;
	for (size_t i = 0; i < sync->folder_count; i++)
		sync->folders[i].c.dirty = true;
	pthread_cond_broadcast(&sync->changed);
	pthread_mutex_unlock(&sync->lock);
}

void sync_dirty_bodies(struct sync *sync)
{
	pthread_mutex_lock(&sync->lock);
	sync->missing_dirty = true;
	pthread_cond_broadcast(&sync->changed);
	pthread_mutex_unlock(&sync->lock);
}

void sync_look(struct sync *sync, int64_t box_id)
{
	pthread_mutex_lock(&sync->lock);
	for (size_t i = 0; i < sync->folder_count; i++) {
		struct sync_folder *f = &sync->folders[i];

		if (f->box_id != box_id || sync->streaming || !sync->connected)
			continue;
		f->c.dirty = true;
		pthread_cond_broadcast(&sync->changed);
	}
	pthread_mutex_unlock(&sync->lock);
}

void sync_poke(struct sync *sync)
{
	pthread_mutex_lock(&sync->lock);
	sync->down_not_before_ms = 0;
	for (size_t i = 0; i < sync->folder_count; i++)
		sync->folders[i].c.not_before_ms = 0;
	pthread_mutex_unlock(&sync->lock);
	sync_dirty_all(sync);
	sync_dirty_bodies(sync);
	notify_watch_wake(&sync->up_watch);
}

void sync_compare(struct sync *sync)
{
	pthread_mutex_lock(&sync->lock);
	for (size_t i = 0; i < sync->folder_count; i++)
		sync->folders[i].relist = true;
	pthread_mutex_unlock(&sync->lock);
	sync_poke(sync);
}

void sync_wake(struct sync *sync)
{
	pthread_mutex_lock(&sync->lock);
	sync->wakes++;
	sync->down_tries = 0;
	for (size_t i = 0; i < SYNC_THREADS_MAX; i++) {
		if (sync->conns[i])
			sync->conns[i]->ops->conn_refresh(sync->conns[i]);
	}
	pthread_mutex_unlock(&sync->lock);
	sync_poke(sync);
}

/* ---- verdicts -------------------------------------------------------------------------
 */

void sync_verdict_expect(struct sync *sync)
{
	pthread_mutex_lock(&sync->lock);
	sync->coming = mem_grow(sync->coming, sync->coming_count, &sync->coming_room,
				sizeof(*sync->coming));
	sync->coming[sync->coming_count++] = (struct sync_coming){
		pthread_self(), ++sync->coming_number
	};
	pthread_mutex_unlock(&sync->lock);
}

/* With the lock. */
static void coming_remove(struct sync *sync)
{
	for (size_t i = 0; i < sync->coming_count; i++) {
		if (!pthread_equal(sync->coming[i].thread, pthread_self()))
			continue;
		sync->coming[i] = sync->coming[--sync->coming_count];
		pthread_cond_broadcast(&sync->changed);
		return;
	}
}

void sync_verdict_forgo(struct sync *sync)
{
	pthread_mutex_lock(&sync->lock);
	coming_remove(sync);
	pthread_mutex_unlock(&sync->lock);
}

static void waited_add(struct sync *sync, int64_t group)
{
	pthread_mutex_lock(&sync->lock);
	coming_remove(sync);
	sync->waited = mem_grow(sync->waited, sync->waited_count, &sync->waited_room,
				sizeof(*sync->waited));
	sync->waited[sync->waited_count++] = group;
	pthread_mutex_unlock(&sync->lock);
}

/* A refusal that has seen us waiting is let come through, so that it is told once. */
static void waited_remove(struct sync *sync, int64_t group)
{
	pthread_mutex_lock(&sync->lock);
	for (size_t i = 0; i < sync->waited_count; i++) {
		if (sync->waited[i] == group) {
			sync->waited[i] = sync->waited[--sync->waited_count];
			break;
		}
	}
	while (sync->refusing == group && group != 0)
		pthread_cond_wait(&sync->changed, &sync->lock);
	pthread_mutex_unlock(&sync->lock);
}

static bool is_waited(const struct sync *sync, int64_t group)
{
	for (size_t i = 0; i < sync->waited_count; i++)
		if (sync->waited[i] == group)
			return true;
	return false;
}

static bool any_coming(const struct sync *sync, uint64_t up_to)
{
	for (size_t i = 0; i < sync->coming_count; i++)
		if (sync->coming[i].number <= up_to)
			return true;
	return false;
}

bool sync_refusal_begin(struct sync *sync, int64_t group)
{
	uint64_t up_to;
	bool waited;

	pthread_mutex_lock(&sync->lock);
	assert(sync->refusing == 0);
	up_to = sync->coming_number;
	while (!(waited = is_waited(sync, group)) && any_coming(sync, up_to) &&
	       !sync->stopping)
		pthread_cond_wait(&sync->changed, &sync->lock);
	if (waited)
		sync->refusing = group;
	pthread_mutex_unlock(&sync->lock);
	return waited;
}

void sync_refusal_end(struct sync *sync)
{
	pthread_mutex_lock(&sync->lock);
	sync->refusing = 0;
	pthread_cond_broadcast(&sync->changed);
	pthread_mutex_unlock(&sync->lock);
}

/* One look; *known_r: there is a verdict. The change is in the journal whatever happens,
 * so a disk that cannot be read now does not make it a refusal. */
static bool verdict_look(struct sync *sync, int64_t group, bool *known_r, struct err *err)
{
	enum journal_verdict verdict;
	struct err why = { 0 }, broken = { 0 };

	*known_r = false;
	if (!journal_verdict(sync->setup.store, group, &verdict, &why, &broken)) {
		log_error(sync->who, "verdict: %s", broken.text);
		return true;
	}
	*known_r = verdict != JOURNAL_PENDING;
	if (verdict != JOURNAL_REFUSED)
		return true;
	if (err)
		*err = why;
	return false;
}

bool sync_verdict_wait(struct sync *sync, int64_t group, int64_t timeout_ms,
		       bool (*give_up)(void *), void *context, struct err *err)
{
	int64_t until = clock_mono_ms() + timeout_ms;
	struct notify_watch watch;
	bool known = false, ok;

	notify_watch_open(sync->setup.hub, NOTIFY_JOURNAL, &watch);
	waited_add(sync, group);
	for (;;) {
		int64_t left = until - clock_mono_ms();

		notify_watch_clear(&watch);
		ok = verdict_look(sync, group, &known, err);
		if (known || left <= 0 || sync_stopping(sync) ||
		    (give_up && give_up(context)))
			break;
		notify_watch_wait(&watch, MIN_OF(left, (int64_t)GIVE_UP_MS));
	}
	waited_remove(sync, group);
	if (!known)
		ok = verdict_look(sync, group, &known, err);
	notify_watch_close(&watch);
	return ok;
}
