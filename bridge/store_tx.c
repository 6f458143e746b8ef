/*
 * Transactions: the one writer under its lock, and readers lent from a small pool. A
 * write transaction collects what to publish and which files to unlink, and does both
 * after its commit (store_commit.c).
 */
#include "bridge/store_internal.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail_point.h"
#include "base/log.h"
#include "base/mem.h"

#define UNSETTLED_MS 1000
#define FLOOR_AHEAD_MS 3600000 /* the ledger's floor is written once in that much */

bool store_tx_begin(struct store *s, struct store_tx *tx,
		    enum store_durability durability, struct err *err)
{
	*tx = (struct store_tx){ .store = s, .db = s->writer };
	tx->open = tx_enter(tx, durability, err);
	if (!tx->open)
		return false;
	if (tx_mend(tx, err) && (durability == STORE_FLAGS || flag_log_fold(tx, err)))
		return true;
	store_tx_end(tx);
	return false;
}

static void unlink_all(struct store *s, char **names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		CLEANUP(strbuf_finish) struct strbuf path = STRBUF(STORE_PATH_MAX);

		strbuf_addf(&path, "%s/%s", s->bodies_dir, names[i]);
		unlink(strbuf_cstr(&path));
	}
}

static void forget(struct store_tx *tx)
{
	for (size_t i = 0; i < tx->added_count; i++)
		free(tx->added[i]);
	for (size_t i = 0; i < tx->removed_count; i++)
		free(tx->removed[i]);
	free(tx->added);
	free(tx->removed);
	free(tx->stamps);
	free(tx->topics);
	*tx = (struct store_tx){ 0 };
}

bool store_tx_commit(struct store_tx *tx, struct err *err)
{
	struct store *s = tx->store;
	bool unsure, ok;

	tx->open = false;
	ok = tx_leave(tx, &unsure, err);
	if (!ok) {
		if (!unsure)
			unlink_all(s, tx->added, tx->added_count);
		forget(tx);
		return false;
	}
	FAIL_POINT("store.after-commit");
	for (size_t i = 0; i < tx->topic_count; i++)
		notify_publish(s->hub, tx->topics[i]);
	unlink_all(s, tx->removed, tx->removed_count);
	forget(tx);
	return true;
}

void store_tx_end(struct store_tx *tx)
{
	if (tx->open) {
		unlink_all(tx->store, tx->added, tx->added_count);
		tx_abandon(tx);
	}
	forget(tx);
}

void tx_note(struct store_tx *tx, int64_t topic)
{
	for (size_t i = 0; i < tx->topic_count; i++)
		if (tx->topics[i] == topic)
			return;
	if (topic == NOTIFY_FOLDERS) /* they may be gone */
		rows_stamp(&tx->store->rows, 0, 0);
	tx->topics = mem_grow(tx->topics, tx->topic_count, &tx->topic_capacity,
			      sizeof(*tx->topics));
	tx->topics[tx->topic_count++] = topic;
}

bool tx_floor(struct store_tx *tx, int64_t box_id, uint64_t modseq, struct err *err)
{
	return db_do(tx->db,
		     "UPDATE folder SET modseq_floor=?2 WHERE id=?1 AND modseq_floor<=?3",
		     ARGS(I(box_id), I(modseq + FLOOR_AHEAD_MS), I(modseq)), err);
}

bool tx_stamp(struct store_tx *tx, int64_t box_id, uint64_t *modseq_r, struct err *err)
{
	int64_t modseq;

	for (size_t i = 0; i < tx->stamp_count; i++)
		if (tx->stamps[i].box_id == box_id) {
			*modseq_r = tx->stamps[i].modseq;
			return true;
		}
	if (!db_int(tx->db,
		    "UPDATE box SET modseq=max(modseq+1,?2) WHERE id=?1 RETURNING modseq",
		    ARGS(I(box_id), I(tx->now_ms)), 0, &modseq, err) ||
	    !tx_floor(tx, box_id, (uint64_t)modseq, err))
		return false;
	if (!modseq)
		return err_set(err, ERR_NOT_FOUND, "no such folder");
	tx->stamps = mem_grow(tx->stamps, tx->stamp_count, &tx->stamp_capacity,
			      sizeof(*tx->stamps));
	rows_stamp(&tx->store->rows, box_id, 0);
	tx->stamps[tx->stamp_count++] = (struct tx_stamp){ box_id, (uint64_t)modseq };
	tx_note(tx, box_id);
	*modseq_r = (uint64_t)modseq;
	return true;
}

bool store_read_content(struct store *s, struct store_read *read, struct err *err)
{
	int slot;

	*read = (struct store_read){ 0 };
	pthread_mutex_lock(&s->pool_lock);
	for (;;) {
		for (slot = 0; slot < STORE_READERS && s->lent[slot]; slot++)
			;
		if (slot < STORE_READERS)
			break;
		pthread_cond_wait(&s->pool_free, &s->pool_lock);
	}
	s->lent[slot] = true;
	pthread_mutex_unlock(&s->pool_lock);
	*read = (struct store_read){ .store = s,
				     .db = s->readers[slot],
				     .commits = rows_commits(&s->rows),
				     .slot = slot };
	if (db_do(read->db, "BEGIN", NO_ARGS, err))
		return true;
	store_read_end(read);
	return false;
}

bool store_read_trial(struct store *s, struct store_read *read, struct err *err)
{
	struct store_tx *tx = mem_alloc(sizeof(*tx));

	*read = (struct store_read){ 0 };
	if (!store_tx_begin(s, tx, STORE_SOON, err)) {
		mem_free_ptr(&tx);
		return false;
	}
	*read = (struct store_read){ .store = s,
				     .db = s->writer,
				     .commits = rows_commits(&s->rows),
				     .trial = tx };
	return true;
}

/* Return: no change of flags is left in the log. */
static bool read_settled(struct store *s, struct store_read *read, bool *settled_r,
			 struct err *err)
{
	bool any;

	if (!store_read_content(s, read, err))
		return false;
	if (!flag_log_any(read->db, &any, err)) {
		store_read_end(read);
		return false;
	}
	if (any)
		store_read_end(read);
	*settled_r = !any;
	return true;
}

bool store_read_begin(struct store *s, struct store_read *read, struct err *err)
{
	bool settled = false;

	while (!settled)
		if (!read_settled(s, read, &settled, err) ||
		    (!settled && !flag_log_settle(s, err)))
			return false;
	return true;
}

/* Not again and again on a disk that is full: each commit that fails costs memory the
 * rows that it has. */
static bool settle(struct store *s)
{
	int64_t failed_ms = atomic_load(&s->unsettled_ms), now_ms = clock_mono_ms();
	struct err err;
	bool ok;

	if (failed_ms && now_ms - failed_ms < UNSETTLED_MS)
		return false;
	ok = flag_log_settle(s, &err);
	if (!ok)
		log_error("store", "changed flags: %s", err.text);
	atomic_store(&s->unsettled_ms, ok ? 0 : now_ms);
	return ok;
}

bool store_read_shown(struct store *s, struct store_read *read, struct err *err)
{
	bool settled = false;

	while (!settled) {
		if (!read_settled(s, read, &settled, err))
			return false;
		if (!settled && !settle(s))
			return store_read_trial(s, read, err);
	}
	return true;
}

void store_read_end(struct store_read *read)
{
	struct store *s = read->store;
	struct err err;
	bool much;

	if (!s)
		return;
	read->store = NULL;
	if (read->trial) {
		store_tx_end(read->trial);
		mem_free_ptr(&read->trial);
		return;
	}
	if (!sqlite3_get_autocommit(read->db->handle) &&
	    !db_do(read->db, "COMMIT", NO_ARGS, &err))
		log_error("store", "%s", err.text);
	much = db_ease(read->db);
	pthread_mutex_lock(&s->pool_lock);
	s->lent[read->slot] = false;
	pthread_cond_signal(&s->pool_free);
	pthread_mutex_unlock(&s->pool_lock);
	if (much && !atomic_exchange(&s->restless, true))
		notify_publish(s->hub, NOTIFY_MEMORY);
}
