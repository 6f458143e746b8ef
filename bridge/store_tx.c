/*
 * Transactions: the one writer under its lock, and readers lent from a small pool. A
 * write transaction collects what to publish and which files to unlink, and does both
 * after its commit.
 */
#include "bridge/store_internal.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail_point.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"

#define FULL_EVERY_MS 1000 /* a flag change syncs when the last sync is older */
#define FLOOR_AHEAD_MS 3600000 /* the ledger's floor is written once in that much */

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

bool store_tx_begin(struct store *s, struct store_tx *tx,
		    enum store_durability durability, struct err *err)
{
	bool full;

	*tx = (struct store_tx){ .store = s,
				 .durable = durability == STORE_DURABLE,
				 .now_ms = clock_unix_ms() };
	pthread_mutex_lock(&s->write_lock);
	full = durability != STORE_SOON || llabs(tx->now_ms - s->full_ms) > FULL_EVERY_MS;
	tx->db = s->writer;
	tx->open = synchronous(s, full, err) &&
		   db_do(tx->db, "BEGIN IMMEDIATE", NO_ARGS, err);
	if (!tx->open) {
		pthread_mutex_unlock(&s->write_lock);
		return false;
	}
	rows_begin(&s->rows);
	if (full)
		s->full_ms = tx->now_ms;
	if (s->writer_suspect && !store_repair(tx, err)) {
		store_tx_end(tx);
		return false;
	}
	tx->repaired = s->writer_suspect;
	return true;
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

/* A random text in the ledger says afterwards whether its part was committed. */
static bool sign(struct store_tx *tx, struct strbuf *text, struct err *err)
{
	if (!tx->durable)
		return true;
	random_hex(8, text);
	return db_do(tx->db, "INSERT OR REPLACE INTO value(name,data) VALUES('tx',?1)",
		     ARGS(B(strbuf_str(text))), err);
}

/* The COMMIT failed. If the ledger has it all the same, it holds: the cache is mended by
 * the next transaction. */
static bool holds(struct store_tx *tx, const struct strbuf *text)
{
	CLEANUP(strbuf_finish) struct strbuf now = STRBUF(64);
	struct err err = { 0 };

	tx->store->writer_suspect = true;
	rows_forget(&tx->store->rows);
	if (!sqlite3_get_autocommit(tx->db->handle) &&
	    !db_do(tx->db, "ROLLBACK", NO_ARGS, &err))
		log_error("store", "%s", err.text);
	if (!tx->durable)
		return false;
	if (db_bytes(tx->db, "SELECT data FROM value WHERE name='tx'", NO_ARGS, &now,
		     &err))
		return str_eq(strbuf_str(&now), strbuf_str(text));
	/* Nobody knows: files that are not needed go with the next start. */
	for (; tx->added_count > 0; tx->added_count--)
		free(tx->added[tx->added_count - 1]);
	return false;
}

/* Return: the ledger has it. */
static bool commit(struct store_tx *tx, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(64);
	struct err why = { 0 };

	if (!sign(tx, &text, err))
		return false;
	rows_read_changed(&tx->store->rows, tx->db);
	FAIL_POINT("store.before-commit");
	if (db_do(tx->db, "COMMIT", NO_ARGS, &why)) {
		rows_apply(&tx->store->rows);
		if (tx->repaired)
			tx->store->writer_suspect = false;
		return true;
	}
	if (!holds(tx, &text))
		return err_set(err, why.code, "%s", why.text);
	log_error("store", "the cache cannot be written: %s", why.text);
	return true;
}

bool store_tx_commit(struct store_tx *tx, struct err *err)
{
	struct store *s = tx->store;

	if (!commit(tx, err)) {
		store_tx_end(tx);
		return false;
	}
	FAIL_POINT("store.after-commit");
	tx->open = false;
	pthread_mutex_unlock(&s->write_lock);
	for (size_t i = 0; i < tx->topic_count; i++)
		notify_publish(s->hub, tx->topics[i]);
	unlink_all(s, tx->removed, tx->removed_count);
	forget(tx);
	return true;
}

void store_tx_end(struct store_tx *tx)
{
	struct err err;

	if (!tx->open) {
		forget(tx);
		return;
	}
	if (!sqlite3_get_autocommit(tx->db->handle) &&
	    !db_do(tx->db, "ROLLBACK", NO_ARGS, &err))
		log_error("store", "%s", err.text);
	unlink_all(tx->store, tx->added, tx->added_count);
	pthread_mutex_unlock(&tx->store->write_lock);
	forget(tx);
}

void tx_note(struct store_tx *tx, int64_t topic)
{
	for (size_t i = 0; i < tx->topic_count; i++)
		if (tx->topics[i] == topic)
			return;
	tx->topics = mem_grow(tx->topics, tx->topic_count, &tx->topic_capacity,
			      sizeof(*tx->topics));
	tx->topics[tx->topic_count++] = topic;
}

static bool raise_floor(struct store_tx *tx, int64_t box_id, int64_t modseq,
			struct err *err)
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
	    !raise_floor(tx, box_id, modseq, err))
		return false;
	if (!modseq)
		return err_set(err, ERR_NOT_FOUND, "no such folder");
	tx->stamps = mem_grow(tx->stamps, tx->stamp_count, &tx->stamp_capacity,
			      sizeof(*tx->stamps));
	tx->stamps[tx->stamp_count++] = (struct tx_stamp){ box_id, (uint64_t)modseq };
	tx_note(tx, box_id);
	*modseq_r = (uint64_t)modseq;
	return true;
}

bool store_read_begin(struct store *s, struct store_read *read, struct err *err)
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
	*read = (struct store_read){ .store = s, .db = s->readers[slot], .slot = slot };
	if (db_do(read->db, "BEGIN", NO_ARGS, err))
		return true;
	store_read_end(read);
	return false;
}

void store_read_end(struct store_read *read)
{
	struct store *s = read->store;
	struct err err;

	if (!s)
		return;
	if (!sqlite3_get_autocommit(read->db->handle) &&
	    !db_do(read->db, "COMMIT", NO_ARGS, &err))
		log_error("store", "%s", err.text);
	pthread_mutex_lock(&s->pool_lock);
	s->lent[read->slot] = false;
	pthread_cond_signal(&s->pool_free);
	pthread_mutex_unlock(&s->pool_lock);
	read->store = NULL;
}
