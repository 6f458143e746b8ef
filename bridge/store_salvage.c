/*
 * Damaged database files. One that SQLite finds damaged is put aside under another name
 * and made anew: the cache from nothing, because everything in it comes down again; the
 * ledger with all rows that can still be read, the journal and its octets first.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "bridge/store_salvage.h"

#define CHECK_BYTES_MAX                                                                  \
	((off_t)64 << 20) /* longer files are checked after damage only                  \
			   */
#define SQL_MAX 16384

/* ---- is it damaged? ------------------------------------------------------------------
 */

bool db_is_damage(int rc)
{
	return (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
}

/* *damaged_r: what SQLite says of the file, "" fine. */
static bool look(sqlite3 *db, const char *sql, struct strbuf *damage, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW && sqlite3_column_type(stmt, 0) == SQLITE_TEXT &&
	    strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") != 0)
		strbuf_add_cstr(damage, (const char *)sqlite3_column_text(stmt, 0));
	else if (db_is_damage(rc))
		strbuf_add_cstr(damage, sqlite3_errmsg(db));
	else if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		err_set(err, ERR_BROKEN, "database: %s", sqlite3_errmsg(db));
	sqlite3_finalize(stmt);
	return damage->len > 0 || rc == SQLITE_ROW || rc == SQLITE_DONE;
}

static bool check(const char *path, struct strbuf *damage, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf mark = STRBUF(4096);
	struct stat st;
	sqlite3 *db = NULL;
	bool ok, whole;

	if (stat(path, &st) != 0)
		return errno == ENOENT || err_errno(err, ERR_BROKEN, errno, "%s", path);
	strbuf_addf(&mark, "%s.damaged", path);
	whole = st.st_size <= CHECK_BYTES_MAX || access(strbuf_cstr(&mark), F_OK) == 0;
	ok = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK
		     ? look(db, "SELECT count(*) FROM sqlite_master", damage, err) &&
			       (damage->len > 0 || !whole ||
				look(db, "PRAGMA quick_check(1)", damage, err))
		     : err_set(err, ERR_BROKEN, "cannot open %s", path);
	sqlite3_close(db);
	if (ok)
		unlink(strbuf_cstr(&mark));
	return ok;
}

bool db_damage_noted(const char *path)
{
	CLEANUP(strbuf_finish) struct strbuf mark = STRBUF(4096);

	strbuf_addf(&mark, "%s.damaged", path);
	return access(strbuf_cstr(&mark), F_OK) == 0;
}

void db_damage_note(const char *path)
{
	CLEANUP(strbuf_finish) struct strbuf mark = STRBUF(4096);
	FILE *file;

	strbuf_addf(&mark, "%s.damaged", path);
	file = fopen(strbuf_cstr(&mark), "we");
	if (file)
		fclose(file);
}

/* ---- what can still be read ----------------------------------------------------------
 */

static bool run(sqlite3 *db, const char *sql, struct err *err)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ||
	       err_set(err, ERR_BROKEN, "database: %s", sqlite3_errmsg(db));
}

/* The columns that both have, with commas. */
static void columns_of(sqlite3 *old, sqlite3 *new, const char *table, struct strbuf *out)
{
	sqlite3_stmt *names = NULL;

	if (sqlite3_prepare_v2(new, "SELECT name FROM pragma_table_info(?1)", -1, &names,
			       NULL) != SQLITE_OK ||
	    sqlite3_bind_text(names, 1, table, -1, SQLITE_STATIC) != SQLITE_OK) {
		sqlite3_finalize(names);
		return;
	}
	while (sqlite3_step(names) == SQLITE_ROW) {
		CLEANUP(strbuf_finish) struct strbuf sql = STRBUF(SQL_MAX);
		const char *name = (const char *)sqlite3_column_text(names, 0);
		sqlite3_stmt *try = NULL;

		strbuf_addf(&sql, "SELECT %s FROM %s", name, table);
		if (sqlite3_prepare_v2(old, strbuf_cstr(&sql), -1, &try, NULL) ==
		    SQLITE_OK)
			strbuf_addf(out, "%s%s", out->len ? "," : "", name);
		sqlite3_finalize(try);
	}
	sqlite3_finalize(names);
}

/* Row by row from one end until the damage. Return: rows kept. */
static size_t copy_rows(sqlite3 *old, sqlite3 *new, const char *table,
			const char *columns, const char *order)
{
	CLEANUP(strbuf_finish) struct strbuf read = STRBUF(SQL_MAX);
	CLEANUP(strbuf_finish) struct strbuf write = STRBUF(SQL_MAX);
	sqlite3_stmt *from = NULL, *to = NULL;
	size_t kept = 0;

	strbuf_addf(&read, "SELECT %s FROM %s%s", columns, table, order);
	strbuf_addf(&write, "INSERT OR IGNORE INTO %s(%s) VALUES(?1", table, columns);
	for (int n = 2; *columns; columns++)
		if (*columns == ',')
			strbuf_addf(&write, ",?%d", n++);
	strbuf_addc(&write, ')');
	if (sqlite3_prepare_v2(old, strbuf_cstr(&read), -1, &from, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(new, strbuf_cstr(&write), -1, &to, NULL) == SQLITE_OK)
		while (sqlite3_step(from) == SQLITE_ROW) {
			for (int i = 0; i < sqlite3_column_count(from); i++)
				sqlite3_bind_value(to, i + 1,
						   sqlite3_column_value(from, i));
			if (sqlite3_step(to) == SQLITE_DONE)
				kept += (size_t)sqlite3_changes(new);
			sqlite3_reset(to);
		}
	sqlite3_finalize(from);
	sqlite3_finalize(to);
	return kept;
}

static size_t salvage_table(sqlite3 *old, sqlite3 *new, const char *table, bool has_rowid)
{
	CLEANUP(strbuf_finish) struct strbuf columns = STRBUF(SQL_MAX);
	size_t kept;

	columns_of(old, new, table, &columns);
	if (columns.len == 0)
		return 0;
	kept = copy_rows(old, new, table, strbuf_cstr(&columns),
			 has_rowid ? " NOT INDEXED ORDER BY rowid" : "");
	if (has_rowid)
		kept += copy_rows(old, new, table, strbuf_cstr(&columns),
				  " NOT INDEXED ORDER BY rowid DESC");
	return kept;
}

static const struct {
	const char *name;
	bool has_rowid;
} tables[] = {
	{ "payload", true },	   { "journal", true },	    { "outbox", false },
	{ "folder", true },	   { "item", true },	    { "value", false },
	{ "subscription", false }, { "event_file", false }, { "refusal", true },
	{ "notice", true },	   { "annotation", false }, { "flag_log", true },
};

/* As much as can be read; a schema that cannot be means nothing. Return: rows kept. */
static size_t salvage(const char *path, const char *damaged)
{
	sqlite3 *old = NULL, *new = NULL;
	struct err err = { 0 };
	size_t kept = 0;

	if (sqlite3_open_v2(damaged, &old, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
	    sqlite3_open_v2(path, &new, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
	    run(new, "BEGIN", &err)) {
		for (size_t i = 0; i < ARRAY_LEN(tables); i++)
			kept += salvage_table(old, new, tables[i].name,
					      tables[i].has_rowid);
		if (!run(new, "COMMIT", &err))
			kept = 0;
	}
	if (err.code != ERR_OK)
		log_error("store", "%s: %s", path, err.text);
	sqlite3_close(old);
	sqlite3_close(new);
	return kept;
}

/* Rows whose others are lost; UIDs of lost rows are not given again. */
static bool tidy(const char *path, struct err *err)
{
	sqlite3 *db = NULL;
	bool ok;

	ok = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK
		     ? run(db,
			   "BEGIN;"
			   "DELETE FROM item WHERE folder NOT IN (SELECT id FROM folder);"
			   "UPDATE item SET payload=NULL WHERE payload NOT IN (SELECT id "
			   "FROM payload);"
			   "UPDATE journal SET payload=NULL WHERE payload NOT IN (SELECT "
			   "id FROM payload);"
			   "UPDATE folder SET uidnext=max(uidnext,1000+(SELECT "
			   "coalesce(max(i.uid),0) FROM item i WHERE "
			   "i.folder=folder.id));"
			   "DELETE FROM value WHERE name='pair'; COMMIT",
			   err)
		     : err_set(err, ERR_BROKEN, "cannot open %s", path);
	sqlite3_close(db);
	return ok;
}

/* ---- all -----------------------------------------------------------------------------
 */

static void put_aside(const char *path, struct strbuf *aside)
{
	static const char *const ends[] = { "", "-wal", "-shm" };

	strbuf_addf(aside, "%s.damaged-%lld", path, (long long)clock_unix_s());
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		CLEANUP(strbuf_finish) struct strbuf from = STRBUF(4096);
		CLEANUP(strbuf_finish) struct strbuf to = STRBUF(4096);

		strbuf_addf(&from, "%s%s", path, ends[i]);
		strbuf_addf(&to, "%s%s", strbuf_cstr(aside), ends[i]);
		if (rename(strbuf_cstr(&from), strbuf_cstr(&to)) != 0 && errno != ENOENT)
			log_error("store", "%s: cannot be put aside", strbuf_cstr(&from));
	}
}

bool db_heal(const char *path, const struct store_schema *schema, bool keep_rows,
	     struct strbuf *damage, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf aside = STRBUF(4096);

	if (!check(path, damage, err))
		return false;
	if (damage->len == 0)
		return true;
	put_aside(path, &aside);
	log_error("store", "%s is damaged (%s); it is kept as %s", path,
		  strbuf_cstr(damage), strbuf_cstr(&aside));
	if (!db_migrate(path, schema, err))
		return false;
	if (!keep_rows)
		return true;
	log_error("store", "%zu rows of it could be read",
		  salvage(path, strbuf_cstr(&aside)));
	return tidy(path, err);
}
