/*
 * SQLite with prepared statements kept per connection. The statement's literal is its
 * key, so finding it again costs a few compares and no parsing. The ledger is "main" and
 * the cache is attached: a COMMIT in WAL mode then writes the ledger first, which the
 * repair at open relies on (it is not atomic over both files).
 */
#include "bridge/store_db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fail_point.h"
#include "base/log.h"
#include "base/mem.h"
#include "bridge/store_salvage.h"

#define BUSY_TIMEOUT_MS 10000
#define TOUCHED_MAX_BYTES ((size_t)64 << 20) /* of the map, for each reader */
#define TOUCHED_FEW_BYTES ((size_t)2 << 20)
#define QUERY_BYTES ((size_t)4 << 10) /* touched by one, at a guess */
#define MAP_CACHE "PRAGMA cache.mmap_size=1073741824"
#define MAP_TEXT "PRAGMA text.mmap_size=1073741824"

static bool is_full(sqlite3 *handle)
{
	int rc = sqlite3_errcode(handle), system = sqlite3_system_errno(handle);

	return rc == SQLITE_FULL ||
	       (rc == SQLITE_IOERR && (system == ENOSPC || system == EDQUOT));
}

/* Which of them it is nobody says; all are looked at when the store is opened again. */
static void note_damage(struct db *db)
{
	static const char *const names[] = { "main", "cache", "text" };

	log_error("store",
		  "a database is damaged, and is made anew at the next start: %s",
		  sqlite3_errmsg(db->handle));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *path = sqlite3_db_filename(db->handle, names[i]);

		if (path)
			db_damage_note(path);
	}
	if (db->watch && db->watch->damaged)
		db->watch->damaged(db->watch->context);
}

bool db_err(struct db *db, struct err *err, const char *what)
{
	if (db_is_damage(sqlite3_errcode(db->handle)))
		note_damage(db);
	if (is_full(db->handle))
		err_set(&db->last, ERR_FULL, "the disk is full: %s", what);
	else
		err_set(&db->last, ERR_BROKEN, "database: %s: %s", what,
			sqlite3_errmsg(db->handle));
	return err_set(err, db->last.code, "%s", db->last.text);
}

static bool exec(sqlite3 *handle, const char *sql, struct err *err)
{
	if (sqlite3_exec(handle, sql, NULL, NULL, NULL) != SQLITE_OK)
		return err_set(err, ERR_BROKEN, "database: %s", sqlite3_errmsg(handle));
	return true;
}

static bool schema_version(sqlite3 *handle, int *version_r, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	bool ok = sqlite3_prepare_v2(handle, "PRAGMA user_version", -1, &stmt, NULL) ==
			  SQLITE_OK &&
		  sqlite3_step(stmt) == SQLITE_ROW;

	if (ok)
		*version_r = sqlite3_column_int(stmt, 0);
	else
		err_set(err, ERR_BROKEN, "database: %s", sqlite3_errmsg(handle));
	sqlite3_finalize(stmt);
	return ok;
}

static bool migrate(sqlite3 *handle, const struct store_schema *schema, struct err *err)
{
	int version;

	if (!exec(handle, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", err) ||
	    !schema_version(handle, &version, err))
		return false;
	for (; schema->version; schema++) {
		char set[64];

		if (schema->version <= version)
			continue;
		snprintf(set, sizeof(set), "PRAGMA user_version=%d; COMMIT",
			 schema->version);
		if (!exec(handle, "BEGIN IMMEDIATE", err) ||
		    !exec(handle, schema->sql, err) || !exec(handle, set, err))
			return false;
		version = schema->version;
		FAIL_POINT("store.schema-step");
	}
	if (version > (schema - 1)->version)
		return err_set(err, ERR_STATE,
			       "database has schema %d: made by a newer passerelle",
			       version);
	return true;
}

bool db_migrate(const char *path, const struct store_schema *schema, struct err *err)
{
	sqlite3 *handle = NULL;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	bool ok;

	if (fd < 0)
		return err_errno(err, ERR_BROKEN, errno, "cannot open %s", path);
	close(fd);
	ok = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			     NULL) == SQLITE_OK;
	if (!ok)
		err_set(err, ERR_BROKEN, "cannot open %s", path);
	ok = ok && migrate(handle, schema, err);
	sqlite3_close(handle);
	return ok || err_prefix(err, "%s", path);
}

static bool attach(sqlite3 *handle, const char *path, const char *name, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	bool ok = sqlite3_prepare_v2(handle, "ATTACH ?1 AS ?2", -1, &stmt, NULL) ==
			  SQLITE_OK &&
		  sqlite3_bind_text(stmt, 1, path, -1, SQLITE_STATIC) == SQLITE_OK &&
		  sqlite3_bind_text(stmt, 2, name, -1, SQLITE_STATIC) == SQLITE_OK &&
		  sqlite3_step(stmt) == SQLITE_DONE;

	sqlite3_finalize(stmt);
	return ok || err_set(err, ERR_BROKEN, "cannot open %s: %s", path,
			     sqlite3_errmsg(handle));
}

bool db_open_alone(const char *path, struct db **db_r, struct err *err)
{
	struct db *db = mem_alloc(sizeof(*db));

	if (sqlite3_open_v2(path, &db->handle,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK ||
	    !exec(db->handle,
		  "PRAGMA synchronous=NORMAL; PRAGMA journal_size_limit=8388608", err)) {
		err_set(err, ERR_BROKEN, "cannot open %s", path);
		db_close(db);
		return false;
	}
	sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
	*db_r = db;
	return true;
}

bool db_attach_text(struct db *db, const char *path, struct err *err)
{
	return attach(db->handle, path, "text", err) && exec(db->handle, MAP_TEXT, err);
}

bool db_open(const char *ledger, const char *cache, bool writer, struct db **db_r,
	     struct err *err)
{
	struct db *db = mem_alloc(sizeof(*db));
	int rc = sqlite3_open_v2(ledger, &db->handle,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
	if (rc != SQLITE_OK)
		err_set(err, ERR_BROKEN, "cannot open %s", ledger);
	if (rc != SQLITE_OK || !attach(db->handle, cache, "cache", err) ||
	    !exec(db->handle,
		  writer ? "PRAGMA foreign_keys=ON; PRAGMA "
			   "main.journal_size_limit=8388608;"
			   /* What the cache loses is fetched again. */
			   "PRAGMA cache.synchronous=NORMAL;"
			   "PRAGMA cache.journal_size_limit=33554432"
			 : "PRAGMA query_only=ON; PRAGMA main.cache_size=-256;"
			   /* Read through the map, so that pages need no copies. */
			   "PRAGMA cache.cache_size=-256;" MAP_CACHE,
		  err)) {
		db_close(db);
		return false;
	}
	db->mapped = !writer;
	*db_r = db;
	return true;
}

/* Mapping anew gives back what was touched. */
static void map_anew(struct db *db)
{
	sqlite3_exec(db->handle, "PRAGMA cache.mmap_size=0;" MAP_CACHE, NULL, NULL, NULL);
	sqlite3_exec(db->handle, "PRAGMA text.mmap_size=0;" MAP_TEXT, NULL, NULL, NULL);
	db->touched_bytes = 0;
}

struct packer *db_packer(struct db *db)
{
	if (!db->packer)
		db->packer = packer_new();
	return db->packer;
}

static void free_packer(struct db *db)
{
	packer_free(db->packer);
	db->packer = NULL;
}

void db_rest(struct db *db)
{
	free_packer(db);
	sqlite3_db_release_memory(db->handle);
	if (db->mapped)
		map_anew(db);
}

void db_unmap(struct db *db)
{
	sqlite3_exec(db->handle, "PRAGMA cache.mmap_size=0", NULL, NULL, NULL);
	db->touched_bytes = TOUCHED_MAX_BYTES + 1;
}

void db_touched(struct db *db, size_t bytes)
{
	db->touched_bytes += bytes;
}

bool db_ease(struct db *db)
{
	if (db->mapped && db->touched_bytes > TOUCHED_MAX_BYTES)
		map_anew(db);
	return db->mapped && db->touched_bytes > TOUCHED_FEW_BYTES;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < DB_STATEMENTS_MAX; i++)
		sqlite3_finalize(db->cached[i].stmt);
	sqlite3_close(db->handle);
	free_packer(db);
	mem_free_ptr(&db);
}

static sqlite3_stmt *prepared(struct db *db, const char *sql, struct err *err)
{
	size_t at = ((uintptr_t)sql >> 3) % DB_STATEMENTS_MAX;

	for (size_t tried = 0; tried < DB_STATEMENTS_MAX; tried++) {
		struct db_cached *slot = &db->cached[at];

		if (slot->sql == sql)
			return slot->stmt;
		if (!slot->sql) {
			if (sqlite3_prepare_v3(db->handle, sql, -1,
					       SQLITE_PREPARE_PERSISTENT, &slot->stmt,
					       NULL) != SQLITE_OK) {
				db_err(db, err, sql);
				return NULL;
			}
			slot->sql = sql;
			return slot->stmt;
		}
		at = (at + 1) % DB_STATEMENTS_MAX;
	}
	err_set(err, ERR_BROKEN, "database: too many statements");
	return NULL;
}

static bool bind(sqlite3_stmt *stmt, int at, const struct db_arg *arg)
{
	static const char nothing[] = "";
	const char *p = arg->s.len ? arg->s.p : nothing;

	switch (arg->kind) {
	case DB_INT:
		return sqlite3_bind_int64(stmt, at, arg->i) == SQLITE_OK;
	case DB_TEXT:
		return sqlite3_bind_text64(stmt, at, p, arg->s.len, SQLITE_STATIC,
					   SQLITE_UTF8) == SQLITE_OK;
	case DB_BLOB:
		return sqlite3_bind_blob64(stmt, at, p, arg->s.len, SQLITE_STATIC) ==
		       SQLITE_OK;
	case DB_NULL:
		break;
	}
	return sqlite3_bind_null(stmt, at) == SQLITE_OK;
}

sqlite3_stmt *db_query(struct db *db, const char *sql, struct db_args args,
		       struct err *err)
{
	sqlite3_stmt *stmt = prepared(db, sql, err);

	if (!stmt)
		return NULL;
	db_touched(db, QUERY_BYTES);
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	for (int i = 0; i < args.count; i++)
		if (!bind(stmt, i + 1, &args.list[i])) {
			db_err(db, err, sql);
			return NULL;
		}
	return stmt;
}

bool db_row(sqlite3_stmt *stmt)
{
	return sqlite3_step(stmt) == SQLITE_ROW;
}

bool db_done(struct db *db, sqlite3_stmt *stmt, struct err *err)
{
	/* sqlite3_reset() tells the error of the last step again. */
	if (sqlite3_reset(stmt) != SQLITE_OK)
		return db_err(db, err, sqlite3_sql(stmt));
	sqlite3_clear_bindings(stmt);
	return true;
}

void db_stop(sqlite3_stmt *stmt)
{
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
}

bool db_do(struct db *db, const char *sql, struct db_args args, struct err *err)
{
	sqlite3_stmt *stmt = db_query(db, sql, args, err);

	if (!stmt)
		return false;
	while (db_row(stmt))
		;
	return db_done(db, stmt, err);
}

bool db_int(struct db *db, const char *sql, struct db_args args, int64_t none,
	    int64_t *value_r, struct err *err)
{
	sqlite3_stmt *stmt = db_query(db, sql, args, err);
	int64_t value = none;

	if (!stmt)
		return false;
	if (db_row(stmt) && sqlite3_column_type(stmt, 0) != SQLITE_NULL)
		value = sqlite3_column_int64(stmt, 0);
	if (!db_done(db, stmt, err))
		return false;
	*value_r = value;
	return true;
}

bool db_bytes(struct db *db, const char *sql, struct db_args args, struct strbuf *out,
	      struct err *err)
{
	sqlite3_stmt *stmt = db_query(db, sql, args, err);
	bool found = false;

	if (!stmt)
		return false;
	if (db_row(stmt) && sqlite3_column_type(stmt, 0) != SQLITE_NULL) {
		strbuf_add(out, db_col_str(stmt, 0));
		found = true;
	}
	if (!db_done(db, stmt, err))
		return false;
	if (!found)
		return err_set(err, ERR_NOT_FOUND, "no such value");
	return strbuf_ok(out, err);
}

int64_t db_last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

int64_t db_changes(struct db *db)
{
	return sqlite3_changes64(db->handle);
}

int64_t db_col_int(sqlite3_stmt *stmt, int column)
{
	return sqlite3_column_int64(stmt, column);
}

struct str db_col_str(sqlite3_stmt *stmt, int column)
{
	const void *p;
	int type = sqlite3_column_type(stmt, column);

	if (type == SQLITE_NULL)
		return STR_NONE;
	p = type == SQLITE_BLOB ? sqlite3_column_blob(stmt, column)
				: (const void *)sqlite3_column_text(stmt, column);
	return str_make(p ? p : "", (size_t)sqlite3_column_bytes(stmt, column));
}

char *db_col_dup(sqlite3_stmt *stmt, int column)
{
	struct str text = db_col_str(stmt, column);

	return text.p ? mem_strndup(text.p, text.len) : NULL;
}
