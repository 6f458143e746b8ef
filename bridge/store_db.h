/*
 * One SQLite connection with its statements kept prepared. Only bridge/store*.c includes
 * this. A connection belongs to one thread at a time (struct store lends it).
 */
#ifndef BRIDGE_STORE_DB_H
#define BRIDGE_STORE_DB_H

#include <stdbool.h>
#include <stdint.h>
#include <sqlite3.h>

#include "base/err.h"
#include "base/pack.h"
#include "base/strbuf.h"
#include "bridge/store_schema.h"

#define DB_STATEMENTS_MAX 509 /* different statements of the store; prime */

struct db_watch { /* told of damage, from any thread and under any lock */
	void (*damaged)(void *context); /* NULL: nobody */
	void *context;
};

struct db {
	sqlite3 *handle;
	const struct db_watch *watch; /* NULL: none */
	struct err last; /* why a statement failed */
	struct db_cached {
		const char *sql; /* a literal: its address is the key */
		sqlite3_stmt *stmt;
	} cached[DB_STATEMENTS_MAX];
	bool mapped; /* the cache, for reading */
	size_t touched_bytes; /* of the map, since it was made; a guess */
	struct packer *packer; /* NULL until somebody needs it */
};

/* db_migrate() - bring one file to the newest schema; creates it with mode 0600. */
MUST_CHECK bool db_migrate(const char *path, const struct store_schema *schema,
			   struct err *err);
/* db_open() - both files; @writer: else nothing can be changed through it. */
MUST_CHECK bool db_open(const char *ledger, const char *cache, bool writer,
			struct db **db_r, struct err *err);
/* db_open_alone() - one file that can be made again: a power cut may undo commits. */
MUST_CHECK bool db_open_alone(const char *path, struct db **db_r, struct err *err);
/* db_attach_text() - the text index as "text" */
MUST_CHECK bool db_attach_text(struct db *db, const char *path, struct err *err);
/* db_packer() - lives as long as db_rest() and db_close() let it. */
struct packer *db_packer(struct db *db);
/* db_rest() - give back memory that only makes the next query quicker. */
void db_rest(struct db *db);
/* db_unmap() - before a query that reads most of the cache, and before any other of its
 * transaction: each page mapped would stay. db_rest() maps again. */
void db_unmap(struct db *db);
void db_touched(struct db *db, size_t bytes); /* so much of the cache was read */
/* db_ease() - give the map's pages back if they are many. Outside of a transaction.
 * Return: there are some that db_rest() would give back. */
bool db_ease(struct db *db);
void db_close(struct db *db);

enum db_kind { DB_NULL, DB_INT, DB_TEXT, DB_BLOB };
struct db_arg {
	enum db_kind kind;
	int64_t i;
	struct str s;
};
#define I(v) ((struct db_arg){ .kind = DB_INT, .i = (int64_t)(v) })
#define T(v) db_text(str_from(v)) /* C string, NULL: NULL */
#define S(v) db_text(v) /* struct str; .p NULL: NULL */
#define B(v) db_blob(v)
static inline struct db_arg db_text(struct str s)
{
	return (struct db_arg){ .kind = s.p ? DB_TEXT : DB_NULL, .s = s };
}
static inline struct db_arg db_blob(struct str s)
{
	return (struct db_arg){ .kind = s.p ? DB_BLOB : DB_NULL, .s = s };
}
struct db_args {
	const struct db_arg *list;
	int count;
};
#define ARGS(...)                                                                        \
	((struct db_args){ (const struct db_arg[]){ __VA_ARGS__ },                       \
			   sizeof((const struct db_arg[]){ __VA_ARGS__ }) /              \
				   sizeof(struct db_arg) })
#define NO_ARGS ((struct db_args){ NULL, 0 })

/*
 * db_query() - a statement ready for db_row(); @sql must be a literal (one place, one
 * statement in use at a time). Arguments are ?1, ?2, ... and must live until the end of
 * the query. Return: NULL with @err.
 */
MUST_CHECK sqlite3_stmt *db_query(struct db *db, const char *sql, struct db_args args,
				  struct err *err);
/* db_row() - true: a row is there; false: the end or an error, then see db_done(). */
MUST_CHECK bool db_row(sqlite3_stmt *stmt);
/* db_done() - after the last db_row(): releases the statement. Errors: ERR_BROKEN. */
MUST_CHECK bool db_done(struct db *db, sqlite3_stmt *stmt, struct err *err);
/* db_stop() - leave a query early. */
void db_stop(sqlite3_stmt *stmt);

/* db_do() - run to the end. */
MUST_CHECK bool db_do(struct db *db, const char *sql, struct db_args args,
		      struct err *err);
/* db_int() - first column of the first row; @none where there is no row or it is NULL. */
MUST_CHECK bool db_int(struct db *db, const char *sql, struct db_args args, int64_t none,
		       int64_t *value_r, struct err *err);
/* db_bytes() - as db_int(), appended to @out. Errors: ERR_NOT_FOUND no row, or NULL. */
MUST_CHECK bool db_bytes(struct db *db, const char *sql, struct db_args args,
			 struct strbuf *out, struct err *err);
int64_t db_last_id(struct db *db);
int64_t db_changes(struct db *db);

/* Columns of the current row; borrowed until the next step. */
int64_t db_col_int(sqlite3_stmt *stmt, int column);
struct str db_col_str(sqlite3_stmt *stmt, int column); /* .p NULL for NULL */
char *db_col_dup(sqlite3_stmt *stmt, int column); /* NULL for NULL; to be freed */

bool db_err(struct db *db, struct err *err, const char *what); /* returns false */

#endif
