/*
 * Changes on their way down: the list of folders and the items of each, round by round
 * with saved states, a page at a time. After every page the choice of folder is made
 * anew (sync_plan_next), so that a large archive never keeps the Inbox waiting. A page's
 * rows and its state are stored in one transaction: killed anywhere, sync goes on there.
 */
#include "bridge/sync_down.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define REST_MS 1000 /* between rounds of one folder: changes come in bursts */

static void initial_check(struct sync *sync)
{
	bool done = sync->folder_count > 0;

	for (size_t i = 0; done && i < sync->folder_count; i++)
		done = sync->folders[i].c.complete;
	sync->initial_done = sync->initial_done || done;
}

static ptrdiff_t choose(struct sync *sync, int64_t now_ms, int64_t *due_ms_r)
{
	struct sync_candidate *list = mem_array(sync->folder_count + 1, sizeof(*list));
	ptrdiff_t at;

	for (size_t i = 0; i < sync->folder_count; i++)
		list[i] = sync->folders[i].c;
	at = sync_plan_next(list, sync->folder_count, now_ms, due_ms_r);
	free(list);
	return at;
}

static void sweep(struct sync *sync, int64_t now_ms)
{
	if (now_ms < sync->sweep_due_ms)
		return;
	sync->folders_dirty = true;
	for (size_t i = 0; i < sync->folder_count; i++)
		sync->folders[i].c.dirty = true;
	sync->compare_due = true;
	sync->sweep_due_ms = now_ms + sync_sweep_ms(sync);
}

/* The folder that was listed longest ago is listed again, one at a time: states have been
 * seen to lose items. */
static void compare(struct sync *sync)
{
	int64_t before_unix_s = 1, box_id;
	struct err err = { 0 };
	bool due;

	pthread_mutex_lock(&sync->lock);
	due = sync->compare_due || sync->unlisted_due;
	if (sync->compare_due)
		before_unix_s = clock_unix_s() - (int64_t)sync->setup.compare_seconds;
	sync->compare_due = sync->unlisted_due = false;
	pthread_mutex_unlock(&sync->lock);
	if (!due)
		return;
	if (!store_box_listed(sync->setup.store, before_unix_s, &box_id, &err)) {
		log_error(sync->who, "%s", err.text);
		return;
	}
	pthread_mutex_lock(&sync->lock);
	for (size_t i = 0; i < sync->folder_count; i++) {
		if (sync->folders[i].box_id == box_id)
			sync->folders[i].c.dirty = sync->folders[i].relist = true;
	}
	pthread_mutex_unlock(&sync->lock);
}

/* With the lock: is there something to do now? Else *due_ms_r is when to look again. */
static bool job_take(struct sync *sync, struct sync_job *job, int64_t *due_ms_r)
{
	int64_t now_ms = clock_mono_ms();
	ptrdiff_t at;

	*due_ms_r = sync->down_not_before_ms;
	if (sync->down_not_before_ms > now_ms)
		return false;
	sweep(sync, now_ms);
	if (sync->folders_due_ms > 0 && sync->folders_due_ms <= now_ms)
		sync->folders_dirty = true;
	if (sync->folders_dirty) {
		sync->folders_dirty = false;
		sync->folders_due_ms = 0;
		job->folders = true;
		return true;
	}
	at = choose(sync, now_ms, due_ms_r);
	*due_ms_r = MIN_OF(*due_ms_r, sync->sweep_due_ms);
	if (sync->folders_due_ms > 0)
		*due_ms_r = MIN_OF(*due_ms_r, sync->folders_due_ms);
	if (at < 0)
		return false;
	sync->folders[at].c.dirty = false;
	sync->folders[at].c.rest_until_ms = now_ms + REST_MS;
	job->box_id = sync->folders[at].box_id;
	job->remote_id = mem_strdup(sync->folders[at].remote_id);
	job->kind = sync->folders[at].c.kind;
	job->full_listing = sync->folders[at].full_listing;
	job->relist = sync->folders[at].relist;
	return true;
}

/* Blocks until there is work. Return: false when sync stops. */
static bool job_wait(struct sync *sync, struct sync_job *job)
{
	int64_t due_ms;
	bool stopping;

	*job = (struct sync_job){ 0 };
	pthread_mutex_lock(&sync->lock);
	while (!sync->stopping && !job_take(sync, job, &due_ms))
		sync_wait_until(sync, due_ms);
	stopping = sync->stopping;
	pthread_mutex_unlock(&sync->lock);
	if (stopping)
		free(job->remote_id);
	return !stopping;
}

static struct sync_folder *folder_of(struct sync *sync, const struct sync_job *job)
{
	for (size_t i = 0; !job->folders && i < sync->folder_count; i++) {
		if (sync->folders[i].box_id == job->box_id)
			return &sync->folders[i];
	}
	return NULL;
}

static void job_worked(struct sync *sync, const struct sync_job *job, bool last)
{
	struct sync_folder *f;

	sync_note_ok(sync);
	pthread_mutex_lock(&sync->lock);
	f = folder_of(sync, job);
	if (f) {
		f->tries = 0;
		f->c.not_before_ms = 0;
		f->c.dirty = f->c.dirty || !last;
		if (!last)
			f->c.rest_until_ms = 0;
		f->c.complete = f->c.complete || last;
		f->full_listing = job->full_listing && !last;
		f->relist = f->relist && !job->relist;
	}
	initial_check(sync);
	sync->missing_dirty = sync->missing_dirty || last;
	sync->unlisted_due = sync->unlisted_due || (job->full_listing && last);
	sync->details_ahead = sync->details_ahead || (last && sync->setup.headers_ahead);
	pthread_cond_broadcast(&sync->changed);
	pthread_mutex_unlock(&sync->lock);
}

static int64_t general_wait_ms(struct sync *sync, const struct remote_fail *fail)
{
	unsigned tries = sync->down_tries++;

	if (fail->err.code == ERR_AUTH)
		return sync_plan_login_ms(tries);
	return sync_plan_backoff_ms(tries, fail->err.retry_after_s,
				    sync_backoff_max_ms(sync));
}

/* With the lock. A folder is listed anew at once when its state is refused first. */
static int64_t folder_wait_ms(struct sync *sync, struct sync_folder *f,
			      const struct remote_fail *fail)
{
	unsigned tries = f->tries++;

	if (fail->problem == REMOTE_STATE_REFUSED && tries-- == 0)
		return 0;
	return sync_plan_backoff_ms(tries, fail->err.retry_after_s,
				    10 * sync_backoff_max_ms(sync));
}

static void job_failed(struct sync *sync, const struct sync_job *job,
		       const struct remote_fail *fail)
{
	int64_t now_ms = clock_mono_ms();
	struct sync_folder *f;

	pthread_mutex_lock(&sync->lock);
	f = folder_of(sync, job);
	if (job->folders)
		sync->folders_dirty = true;
	else if (f)
		f->c.dirty = fail->problem != REMOTE_FOLDER_GONE;
	if (sync_fail_is_general(fail) || job->folders)
		sync->down_not_before_ms = now_ms + general_wait_ms(sync, fail);
	else if (f)
		f->c.not_before_ms = now_ms + folder_wait_ms(sync, f, fail);
	if (f && fail->problem == REMOTE_STATE_REFUSED)
		f->full_listing = true;
	/* One folder's, or everybody's? The list of folders tells. */
	if (fail->problem == REMOTE_FOLDER_GONE || fail->outage)
		sync->folders_dirty = true;
	pthread_mutex_unlock(&sync->lock);
}

static void job_run(struct sync *sync, struct remote_conn *conn, struct sync_job *job)
{
	struct remote_fail fail = { 0 };
	struct err err = { 0 };
	bool last = true, ok;

	ok = job->folders ? sync_folders_round(sync, conn, &fail)
			  : sync_down_page(sync, conn, job, &last, &fail);
	if (ok) {
		job_worked(sync, job, last);
		return;
	}
	if (fail.problem == REMOTE_STATE_REFUSED && !job->folders) {
		if (!store_box_state_drop(sync->setup.store, job->box_id, &err))
			log_error(sync->who, "%s", err.text);
		sync_list_forget(sync);
	}
	if (job->folders)
		sync_note_outage(sync, "list of folders", &fail);
	else
		sync_note_fail(sync, "folder", &fail);
	job_failed(sync, job, &fail);
}

void *sync_down_main(void *arg)
{
	struct sync *sync = arg;
	struct remote_conn *conn = sync_conn_open(sync);
	struct err err = { 0 };
	struct sync_job job;

	if (!conn)
		return NULL;
	if (!sync_folders_refresh(sync, &err))
		log_error(sync->who, "%s", err.text);
	while (compare(sync), job_wait(sync, &job)) {
		job_run(sync, conn, &job);
		free(job.remote_id);
	}
	sync_conn_close(sync, conn);
	return NULL;
}
