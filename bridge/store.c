/*
 * Opening and closing the store of one account: directory, lock file, schema, the writer
 * and the readers; the repair that brings the cache in line with the ledger; named
 * values.
 */
#include "bridge/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "bridge/store_internal.h"
#include "bridge/store_salvage.h"
#include "bridge/store_sync.h"
#include "bridge/store_text.h"

#define WAL_LONG_PAGES 1000 /* of a write-ahead log: time to copy it back */
#define WAL_LATE_PAGES 20000 /* nobody did: the writer does it */

static char *path_in(const char *dir, const char *name)
{
	struct strbuf path = STRBUF(STORE_PATH_MAX);

	strbuf_addf(&path, "%s/%s", dir, name);
	return strbuf_take(&path);
}

static bool lock_dir(struct store *s, struct err *err)
{
	CLEANUP(mem_free_ptr) char *path = path_in(s->dir, "lock");

	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock_fd < 0)
		return err_errno(err, ERR_BROKEN, errno, "cannot open %s", path);
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	if (errno == EWOULDBLOCK)
		return err_set(err, ERR_STATE, "%s is in use by another passerelle",
			       s->dir);
	return err_errno(err, ERR_BROKEN, errno, "cannot lock %s", path);
}

static bool repair(struct store *s, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };

	return store_tx_begin(s, &tx, STORE_DURABLE, err) && store_repair(&tx, err) &&
	       store_tx_commit(&tx, err);
}

static bool tell_of(struct store *s, const char *file, const char *what,
		    const struct strbuf *damage, enum store_kept kept, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };

	return damage->len == 0 ||
	       (store_tx_begin(s, &tx, STORE_DURABLE, err) &&
		db_do(tx.db,
		      "INSERT INTO notice(at_ms,kind,what,why,kept) VALUES(?1,-1,?2,"
		      "'it was damaged; '||?3||', and the file is kept beside it: '||?4,"
		      "?5)",
		      ARGS(I(tx.now_ms), T(file), T(what), S(strbuf_str(damage)),
			   I(kept)),
		      err) &&
		store_tx_commit(&tx, err));
}

/* Told to the user: of a ledger, some of what was to go up may be lost. */
static bool tell(struct store *s, const struct strbuf *ledger, const struct strbuf *cache,
		 struct err *err)
{
	return tell_of(s, "ledger.db", "what could not be read is lost", ledger,
		       STORE_KEPT_UNREADABLE, err) &&
	       tell_of(s, "cache.db", "it is filled anew from the server", cache,
		       STORE_KEPT_AS_BEFORE, err);
}

/* To both files; damage found later is told. */
static bool open_both(struct store *s, bool writer, struct db **db_r, struct err *err)
{
	if (!db_open(s->ledger_path, s->cache_path, writer, db_r, err))
		return false;
	(*db_r)->watch = &s->watch;
	return true;
}

void store_on_damage(struct store *s, void (*damaged)(void *), void *context)
{
	s->watch = (struct db_watch){ damaged, context };
}

int64_t store_stamp_ms(struct store *s)
{
	int64_t last = atomic_load(&s->stamp_ms), next;

	do
		next = MAX_OF(clock_unix_ms(), last + 1);
	while (!atomic_compare_exchange_weak(&s->stamp_ms, &last, next));
	return next;
}

static bool stamp_read(struct store *s, struct err *err)
{
	int64_t last;

	if (!db_int(s->writer,
		    "SELECT CAST(data AS INTEGER) FROM value WHERE name='stamp'", NO_ARGS,
		    0, &last, err))
		return false;
	atomic_store(&s->stamp_ms, last);
	return true;
}

/* In place of SQLite's own rule, which makes every thousandth page wait for the disk. */
static int note_log(void *argument, sqlite3 *handle, const char *schema, int pages)
{
	struct store *s = argument;

	if (pages >= WAL_LATE_PAGES)
		sqlite3_wal_checkpoint_v2(handle, schema, SQLITE_CHECKPOINT_PASSIVE, NULL,
					  NULL);
	else if (pages >= WAL_LONG_PAGES)
		atomic_store(&s->wal_long, true);
	return SQLITE_OK;
}

bool store_tend(struct store *s, struct err *err)
{
	if (!atomic_exchange(&s->wal_long, false))
		return true;
	if (!s->tender && !open_both(s, true, &s->tender, err))
		return false;
	/* Busy is no trouble: what is left is copied the next time. */
	sqlite3_wal_checkpoint_v2(s->tender->handle, NULL, SQLITE_CHECKPOINT_PASSIVE,
				  NULL, NULL);
	return true;
}

static struct db *reader_take(struct store *s, int slot)
{
	bool is_free;

	pthread_mutex_lock(&s->pool_lock);
	is_free = !s->lent[slot];
	s->lent[slot] = true;
	pthread_mutex_unlock(&s->pool_lock);
	return is_free ? s->readers[slot] : NULL;
}

static void reader_give(struct store *s, int slot)
{
	pthread_mutex_lock(&s->pool_lock);
	s->lent[slot] = false;
	pthread_cond_signal(&s->pool_free);
	pthread_mutex_unlock(&s->pool_lock);
}

void store_rest(struct store *s)
{
	for (int slot = 0; slot < STORE_READERS; slot++) {
		struct db *db = reader_take(s, slot);

		if (!db)
			continue;
		db_rest(db);
		reader_give(s, slot);
	}
	if (pthread_mutex_trylock(&s->write_lock) == 0) {
		db_rest(s->writer);
		pthread_mutex_unlock(&s->write_lock);
	}
	if (s->text)
		db_rest(s->text);
	if (s->tender)
		db_rest(s->tender);
	atomic_store(&s->restless, false);
	mem_rest();
}

static bool start(struct store *s, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf damage = STRBUF(4096);
	CLEANUP(strbuf_finish) struct strbuf cache_damage = STRBUF(4096);

	if (!file_make_dirs(s->dir, 0700, err) ||
	    !file_make_dirs(s->bodies_dir, 0700, err) || !lock_dir(s, err))
		return false;
	if (chmod(s->dir, 0700) != 0)
		return err_errno(err, ERR_BROKEN, errno, "cannot chmod %s", s->dir);
	if (!db_heal(s->ledger_path, store_schema_ledger, true, &damage, err) ||
	    !db_heal(s->cache_path, store_schema_cache, false, &cache_damage, err))
		return false;
	if (!db_migrate(s->ledger_path, store_schema_ledger, err) ||
	    !db_migrate(s->cache_path, store_schema_cache, err) ||
	    !open_both(s, true, &s->writer, err))
		return false;
	rows_watch(&s->rows, s->writer);
	sqlite3_wal_hook(s->writer->handle, note_log, s);
	if (!stamp_read(s, err) || !repair(s, err) ||
	    !tell(s, &damage, &cache_damage, err))
		return false;
	text_open(s);
	for (int i = 0; i < STORE_READERS; i++)
		if (!open_both(s, false, &s->readers[i], err) ||
		    (s->text && !db_attach_text(s->readers[i], s->text_path, err)))
			return false;
	if (damage.len == 0) /* else rows that name them may be lost */
		store_files_sweep(s);
	return true;
}

/* What SQLite has allocated nobody asks; counting it takes a lock each time. */
bool store_process_init(struct err *err)
{
	return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK ||
	       err_set(err, ERR_BROKEN, "SQLite does not take its settings");
}

bool store_open(const char *dir, struct notify_hub *hub, struct store **store_r,
		struct err *err)
{
	struct store *s = mem_alloc(sizeof(*s));

	s->hub = hub;
	s->lock_fd = -1;
	s->writer_full = true; /* as a connection starts */
	s->dir = mem_strdup(dir);
	s->bodies_dir = path_in(dir, "bodies");
	s->ledger_path = path_in(dir, "ledger.db");
	s->cache_path = path_in(dir, "cache.db");
	s->text_path = path_in(dir, "text.db");
	pthread_mutex_init(&s->write_lock, NULL);
	pthread_mutex_init(&s->group_lock, NULL);
	pthread_cond_init(&s->group_done, NULL);
	pthread_mutex_init(&s->pool_lock, NULL);
	pthread_cond_init(&s->pool_free, NULL);
	pthread_mutex_init(&s->uses.lock, NULL);
	rows_init(&s->rows);
	keys_init(&s->keys);
	if (!start(s, err)) {
		store_close(s);
		return false;
	}
	*store_r = s;
	return true;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	for (int i = 0; i < STORE_READERS; i++)
		db_close(s->readers[i]);
	db_close(s->writer);
	text_close(s);
	db_close(s->tender);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	rows_finish(&s->rows);
	keys_finish(&s->keys);
	pthread_mutex_destroy(&s->write_lock);
	pthread_mutex_destroy(&s->group_lock);
	pthread_cond_destroy(&s->group_done);
	pthread_mutex_destroy(&s->pool_lock);
	pthread_mutex_destroy(&s->uses.lock);
	pthread_cond_destroy(&s->pool_free);
	free(s->dir);
	free(s->bodies_dir);
	free(s->ledger_path);
	free(s->cache_path);
	free(s->text_path);
	free(s);
}

/* ---- named values ---------------------------------------------------------------------
 */

bool store_value_get(struct store *s, const char *name, struct strbuf *value,
		     struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };

	return store_read_content(s, &read, err) &&
	       db_bytes(read.db, "SELECT data FROM value WHERE name=?1", ARGS(T(name)),
			value, err);
}

bool store_value_set(struct store *s, const char *name, struct str value, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };

	if (!value.p)
		value = STR("");
	return store_tx_begin(s, &tx, STORE_DURABLE, err) &&
	       db_do(tx.db, "INSERT OR REPLACE INTO value(name,data) VALUES(?1,?2)",
		     ARGS(T(name), B(value)), err) &&
	       store_tx_commit(&tx, err);
}

bool store_state_get(struct store *s, const char *name, struct strbuf *value,
		     struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };

	return store_read_content(s, &read, err) &&
	       db_bytes(read.db, "SELECT data FROM state WHERE name=?1", ARGS(T(name)),
			value, err);
}

/* ---- figures --------------------------------------------------------------------------
 */

static bool count_failing(struct db *db, struct store_counts *c, struct err *err)
{
	sqlite3_stmt *q = db_query(db,
				   "SELECT count(*) OVER (),body_why FROM msg WHERE "
				   "body_tries>0 AND need_body=1 AND uid IS NOT NULL "
				   "ORDER BY body_tried_ms DESC LIMIT 1",
				   NO_ARGS, err);
	struct str why;

	if (!q)
		return false;
	if (db_row(q)) {
		c->failing = (uint64_t)db_col_int(q, 0);
		why = db_col_str(q, 1);
		snprintf(c->failing_why, sizeof(c->failing_why), "%.*s", STR_FMT(why));
	}
	return db_done(db, q, err);
}

bool store_counts(struct store *s, struct store_counts *counts_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	struct store_counts c = { 0 };
	sqlite3_stmt *q;
	int64_t pending, refused, events, cached;

	if (!store_read_shown(s, &read, err))
		return false;
	q = db_query(read.db,
		     "SELECT count(*),coalesce(sum(messages),0),coalesce(sum(bodies),0),"
		     "coalesce(sum(body_bytes),0),coalesce(max(modseq),0) FROM box "
		     "WHERE path IS NOT NULL",
		     NO_ARGS, err);
	if (!q)
		return false;
	if (db_row(q)) {
		c.folders = (uint64_t)db_col_int(q, 0);
		c.messages = (uint64_t)db_col_int(q, 1);
		c.bodies = (uint64_t)db_col_int(q, 2);
		c.body_bytes = (uint64_t)db_col_int(q, 3);
		/* After a lost cache the counters run ahead of the clock. */
		c.last_change_unix_ms = MIN_OF(db_col_int(q, 4), clock_unix_ms());
	}
	if (!db_done(read.db, q, err) ||
	    !db_int(read.db, "SELECT count(*) FROM journal", NO_ARGS, 0, &pending, err) ||
	    !db_int(read.db, "SELECT count(*) FROM notice", NO_ARGS, 0, &refused, err) ||
	    !db_int(read.db, "SELECT count(*) FROM event WHERE removed=0", NO_ARGS, 0,
		    &events, err) ||
	    !db_int(read.db, "SELECT bytes FROM body_cache", NO_ARGS, 0, &cached, err) ||
	    !text_count(s, read.db, &c, err) || !count_failing(read.db, &c, err))
		return false;
	c.pending = (uint64_t)pending;
	c.refused = (uint64_t)refused;
	c.events = (uint64_t)events;
	c.cache_bytes = (uint64_t)cached;
	*counts_r = c;
	return true;
}
