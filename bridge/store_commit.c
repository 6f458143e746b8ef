/*
 * COMMIT, of one transaction or of several together. Sessions that want something durable
 * at the same time share one transaction of SQLite, a savepoint each, and so one sync of
 * the disk: whoever is done gives the writer on to the next who waits for it, the last
 * one commits for all. All of them hold or none does, and each is answered after that.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/fail_point.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "bridge/store_internal.h"

#define FULL_EVERY_MS 1000 /* a flag change syncs when the last sync is older */
#define TOGETHER_MAX 64 /* transactions of one COMMIT: the first one waits for all */

struct tx_group {
	bool ours; /* done when the ledger has it, else both files must */
	bool open; /* to others, while they wait for the writer */
	bool repaired; /* the cache was mended in it */
	unsigned joined; /* how many want it committed; with write_lock */
	/* With group_lock: */
	unsigned refs;
	bool done, holds;
	bool unsure; /* nobody knows: files that are not needed go with the next start */
	struct err why;
};

/* ---- COMMIT ---------------------------------------------------------------------------
 */

/* A random text in the ledger says afterwards whether its part was committed. */
static bool sign(struct store *s, struct strbuf *text, struct err *err)
{
	random_hex(8, text);
	return db_do(s->writer, "INSERT OR REPLACE INTO value(name,data) VALUES('tx',?1)",
		     ARGS(B(strbuf_str(text))), err);
}

static void roll_back(struct store *s)
{
	struct err err;

	if (!sqlite3_get_autocommit(s->writer->handle) &&
	    !db_do(s->writer, "ROLLBACK", NO_ARGS, &err))
		log_error("store", "%s", err.text);
}

/* The COMMIT failed. If the ledger has it all the same, it holds: the cache is mended by
 * the next transaction. */
static bool holds(struct store *s, struct tx_group *group, const struct strbuf *text)
{
	CLEANUP(strbuf_finish) struct strbuf now = STRBUF(64);
	struct err err = { 0 };

	s->writer_suspect = true;
	rows_forget(&s->rows);
	roll_back(s);
	if (!group->ours)
		return false;
	if (db_bytes(s->writer, "SELECT data FROM value WHERE name='tx'", NO_ARGS, &now,
		     &err))
		return str_eq(strbuf_str(&now), strbuf_str(text));
	group->unsure = true;
	return false;
}

/* Return: the ledger has it. */
static bool commit(struct store *s, struct tx_group *group, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(64);
	struct err why = { 0 };

	/* SQLite rolls all back by itself, where the disk is full. */
	if (sqlite3_get_autocommit(s->writer->handle))
		return err_set(err, s->writer->last.code, "%s", s->writer->last.text);
	if (group->ours && !sign(s, &text, err)) {
		roll_back(s);
		return false;
	}
	rows_read_changed(&s->rows, s->writer);
	FAIL_POINT("store.before-commit");
	if (db_do(s->writer, "COMMIT", NO_ARGS, &why)) {
		rows_apply(&s->rows);
		if (group->repaired)
			s->writer_suspect = false;
		return true;
	}
	if (!holds(s, group, &text))
		return err_set(err, why.code, "%s", why.text);
	log_error("store", "the cache cannot be written: %s", why.text);
	return true;
}

/* ---- together -------------------------------------------------------------------------
 */

static void unref(struct store *s, struct tx_group *group)
{
	bool last;

	pthread_mutex_lock(&s->group_lock);
	last = --group->refs == 0;
	pthread_mutex_unlock(&s->group_lock);
	if (last)
		free(group);
}

/* With write_lock. */
static void group_end(struct store *s)
{
	struct tx_group *group = s->group;
	struct err why = { 0 };
	bool ok = false;

	s->group = NULL;
	if (group->joined > 0)
		ok = commit(s, group, &why);
	else
		roll_back(s);
	pthread_mutex_lock(&s->group_lock);
	group->done = true;
	group->holds = ok;
	group->why = why;
	pthread_cond_broadcast(&s->group_done);
	pthread_mutex_unlock(&s->group_lock);
	unref(s, group);
}

/* Gives the writer back; who waits for it may do more in the same transaction. */
static void give_back(struct store *s)
{
	struct tx_group *group = s->group;

	/* After a ROLLBACK of SQLite's own there is nothing to join any more. */
	if (!group->open || sqlite3_get_autocommit(s->writer->handle) ||
	    group->joined == 0 || group->joined >= TOGETHER_MAX ||
	    atomic_load(&s->group_waiting) == 0)
		group_end(s);
	pthread_mutex_unlock(&s->write_lock);
}

void tx_lock_alone(struct store *s)
{
	pthread_mutex_lock(&s->write_lock);
	if (s->group)
		group_end(s);
}

static bool synchronous(struct store *s, bool full, struct err *err)
{
	const char *sql = full ? "PRAGMA main.synchronous=FULL"
			       : "PRAGMA main.synchronous=NORMAL";

	if (s->writer_full == full)
		return true;
	if (sqlite3_exec(s->writer->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_err(s->writer, err, "synchronous");
	s->writer_full = full;
	return true;
}

static bool group_begin(struct store *s, enum store_durability durability, int64_t now_ms,
			struct err *err)
{
	bool soon = durability == STORE_SOON || durability == STORE_FLAGS;
	bool full = !soon || llabs(now_ms - s->full_ms) > FULL_EVERY_MS;

	if (!synchronous(s, full, err) ||
	    !db_do(s->writer, "BEGIN IMMEDIATE", NO_ARGS, err))
		return false;
	if (full)
		s->full_ms = now_ms;
	rows_begin(&s->rows);
	s->group = mem_alloc(sizeof(*s->group));
	*s->group = (struct tx_group){
		.ours = durability == STORE_DURABLE || durability == STORE_FLAGS,
		.open = durability == STORE_DURABLE,
		.refs = 1,
	};
	return true;
}

bool tx_enter(struct store_tx *tx, enum store_durability durability, struct err *err)
{
	struct store *s = tx->store;
	bool together = durability == STORE_DURABLE;

	atomic_fetch_add(&s->group_waiting, together);
	pthread_mutex_lock(&s->write_lock);
	atomic_fetch_sub(&s->group_waiting, together);
	/* Both files must have those: they cannot hold because the ledger alone does. */
	if (s->group && (durability == STORE_WHOLE || durability == STORE_SOON))
		group_end(s);
	tx->now_ms = clock_unix_ms();
	if (s->group) {
		tx->joined = db_do(s->writer, "SAVEPOINT joined", NO_ARGS, err);
		if (!tx->joined)
			give_back(s);
		return tx->joined;
	}
	if (group_begin(s, durability, tx->now_ms, err))
		return true;
	pthread_mutex_unlock(&s->write_lock);
	return false;
}

bool tx_mend(struct store_tx *tx, struct err *err)
{
	struct store *s = tx->store;

	if (!s->writer_suspect || s->group->repaired)
		return true;
	s->group->repaired = true;
	return store_repair(tx, err);
}

bool tx_leave(struct store_tx *tx, bool *unsure_r, struct err *err)
{
	struct store *s = tx->store;
	struct tx_group *group = s->group;
	bool ok;

	group->joined++;
	pthread_mutex_lock(&s->group_lock);
	group->refs++;
	pthread_mutex_unlock(&s->group_lock);
	give_back(s);
	pthread_mutex_lock(&s->group_lock);
	while (!group->done)
		pthread_cond_wait(&s->group_done, &s->group_lock);
	ok = group->holds;
	*unsure_r = group->unsure;
	if (!ok)
		*err = group->why;
	pthread_mutex_unlock(&s->group_lock);
	unref(s, group);
	return ok;
}

void tx_abandon(struct store_tx *tx)
{
	struct store *s = tx->store;
	struct err err;

	if (tx->joined && !sqlite3_get_autocommit(s->writer->handle) &&
	    (!db_do(s->writer, "ROLLBACK TO joined", NO_ARGS, &err) ||
	     !db_do(s->writer, "RELEASE joined", NO_ARGS, &err)))
		roll_back(s);
	give_back(s);
}
