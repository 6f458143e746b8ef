/*
 * Octets: small ones in the database, big ones as files in bodies/, written and synced
 * before the transaction that names them. Payloads are octets in the ledger's care:
 * those that exist nowhere else.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "bridge/store_internal.h"

bool store_file_write(struct store *s, struct str octets, char **name_r, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf name = STRBUF(64), path = STRBUF(4096);

	if (octets.len < STORE_FILE_FROM)
		return true;
	random_hex(16, &name);
	strbuf_addf(&path, "%s/%s", s->bodies_dir, strbuf_cstr(&name));
	if (!file_replace(strbuf_cstr(&path), octets, 0600, err))
		return false;
	*name_r = strbuf_take(&name);
	return true;
}

void tx_added(struct store_tx *tx, const char *name)
{
	if (!name)
		return;
	tx->added = mem_grow(tx->added, tx->added_count, &tx->added_capacity,
			     sizeof(*tx->added));
	tx->added[tx->added_count++] = mem_strdup(name);
}

bool tx_file_release(struct store_tx *tx, const char *name, struct err *err)
{
	int64_t users;

	if (!name)
		return true;
	if (!db_int(tx->db,
		    "SELECT (SELECT count(*) FROM content WHERE file=?1)+"
		    "(SELECT count(*) FROM payload WHERE file=?1)",
		    ARGS(T(name)), 0, &users, err))
		return false;
	if (users > 0)
		return true;
	tx->removed = mem_grow(tx->removed, tx->removed_count, &tx->removed_capacity,
			       sizeof(*tx->removed));
	tx->removed[tx->removed_count++] = mem_strdup(name);
	return true;
}

bool payload_put(struct store_tx *tx, struct str octets, const char *file, int64_t *id_r,
		 struct err *err)
{
	if (!db_do(tx->db, "INSERT INTO payload(octets,file) VALUES(?1,?2)",
		   ARGS(B(file ? STR_NONE : octets), T(file)), err))
		return false;
	*id_r = db_last_id(tx->db);
	return true;
}

bool payload_release(struct store_tx *tx, int64_t id, struct err *err)
{
	CLEANUP(mem_free_ptr) char *file = NULL;
	sqlite3_stmt *q;

	if (!id)
		return true;
	q = db_query(tx->db,
		     "SELECT file FROM payload WHERE id=?1 AND NOT EXISTS (SELECT 1 FROM "
		     "item WHERE payload=?1) AND NOT EXISTS (SELECT 1 FROM journal WHERE "
		     "payload=?1)",
		     ARGS(I(id)), err);
	if (!q)
		return false;
	if (!db_row(q))
		return db_done(tx->db, q, err);
	file = db_col_dup(q, 0);
	db_stop(q);
	return db_do(tx->db, "DELETE FROM payload WHERE id=?1", ARGS(I(id)), err) &&
	       tx_file_release(tx, file, err);
}

static bool file_octets(struct store *s, const char *file, struct strbuf *out,
			struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf path = STRBUF(4096);

	strbuf_addf(&path, "%s/%s", s->bodies_dir, file);
	return file_read(strbuf_cstr(&path), out, err);
}

static bool octets_read(struct store *s, struct db *db, sqlite3_stmt *q,
			struct strbuf *out, struct err *err)
{
	CLEANUP(mem_free_ptr) char *file = NULL;
	bool found;

	if (!q)
		return false;
	found = db_row(q);
	if (found) {
		file = db_col_dup(q, 0);
		if (!file)
			strbuf_add(out, db_col_str(q, 1));
	}
	if (!db_done(db, q, err))
		return false;
	if (!found)
		return err_set(err, ERR_NOT_FOUND, "the octets are gone");
	if (file)
		return file_octets(s, file, out, err);
	return strbuf_ok(out, err);
}

bool payload_read(struct store *s, struct db *db, int64_t id, struct strbuf *out,
		  struct err *err)
{
	return octets_read(s, db,
			   db_query(db, "SELECT file,octets FROM payload WHERE id=?1",
				    ARGS(I(id)), err),
			   out, err);
}

bool content_read(struct store *s, struct db *db, int64_t content_id, struct strbuf *out,
		  struct err *err)
{
	return octets_read(s, db,
			   db_query(db,
				    "SELECT c.file,o.data FROM content c LEFT JOIN "
				    "octets o ON o.id=c.id WHERE c.id=?1 AND c.here=1",
				    ARGS(I(content_id)), err),
			   out, err);
}

void store_files_sweep(struct store *s)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	struct err err;
	struct dirent *entry;
	DIR *dir = opendir(s->bodies_dir);

	if (!dir)
		return;
	if (!store_read_content(s, &read, &err)) {
		closedir(dir);
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		CLEANUP(strbuf_finish) struct strbuf path = STRBUF(4096);
		int64_t users = 1;

		if (str_eq(str_from(entry->d_name), STR(".")) ||
		    str_eq(str_from(entry->d_name), STR("..")))
			continue;
		if (!db_int(read.db,
			    "SELECT EXISTS(SELECT 1 FROM content WHERE file=?1)+"
			    "EXISTS(SELECT 1 FROM payload WHERE file=?1)",
			    ARGS(T(entry->d_name)), 0, &users, &err) ||
		    users > 0)
			continue;
		strbuf_addf(&path, "%s/%s", s->bodies_dir, entry->d_name);
		unlink(strbuf_cstr(&path));
	}
	closedir(dir);
}
