/* Messages and their octets as fronts read them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "bridge/store_internal.h"

void store_msgs_finish(struct store_msgs *msgs)
{
	for (size_t i = 0; i < msgs->count; i++) {
		struct store_msg *m = &msgs->items[i];

		free(m->keywords);
		free(m->envelope);
		free(m->body);
		free(m->bodystructure);
		strbuf_finish(&m->header);
		strbuf_finish(&m->sort);
	}
	free(msgs->items);
	*msgs = (struct store_msgs){ 0 };
}

static void read_msg(sqlite3_stmt *q, struct store_msg *m)
{
	struct str header = db_col_str(q, 10), sort = db_col_str(q, 11);

	*m = (struct store_msg){
		.uid = (uint32_t)db_col_int(q, 0),
		.flags = (unsigned)db_col_int(q, 1),
		.keywords = db_col_dup(q, 2),
		.modseq = (uint64_t)db_col_int(q, 3),
		.internal_unix_s = db_col_int(q, 4),
		.size = (uint64_t)db_col_int(q, 5),
		.has_body = db_col_int(q, 6) != 0,
		.envelope = db_col_dup(q, 7),
		.body = db_col_dup(q, 8),
		.bodystructure = db_col_dup(q, 9),
	};
	strbuf_init(&m->header, STORE_RENDER_MAX);
	if (header.len > 0)
		strbuf_add(&m->header, header);
	strbuf_init(&m->sort, STORE_RENDER_MAX);
	if (sort.len > 0)
		strbuf_add(&m->sort, sort);
}

static bool read_uid(struct db *db, int64_t box_id, uint32_t uid, unsigned want,
		     struct store_msgs *msgs, struct err *err)
{
	sqlite3_stmt *q = db_query(
		db,
		"SELECT m.uid,m.flags,m.keywords,m.modseq,m.internal_s,m.size,m.has_body,"
		"iif(?3&1,c.envelope,NULL),iif(?3&2,c.body,NULL),"
		"iif(?3&4,c.structure,NULL),iif(?3&8 OR (?3&16 AND c.sort IS NULL),"
		"c.header,NULL),iif(?3&16,c.sort,NULL) FROM msg m "
		"LEFT JOIN content c ON c.id=m.content AND ?3<>0 "
		"WHERE m.box=?1 AND m.uid=?2",
		ARGS(I(box_id), I(uid), I(want)), err);

	if (!q)
		return false;
	if (db_row(q))
		read_msg(q, &msgs->items[msgs->count++]);
	return db_done(db, q, err);
}

static int by_uid(const void *a, const void *b)
{
	uint32_t x = ((const struct store_msg *)a)->uid;
	uint32_t y = ((const struct store_msg *)b)->uid;

	return (x > y) - (x < y);
}

bool store_msgs_read(struct store *s, int64_t box_id, const uint32_t *uids, size_t count,
		     unsigned want, struct store_msgs *msgs_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	CLEANUP(store_msgs_finish) struct store_msgs msgs = { 0 };

	if (!store_read_begin(s, &read, err))
		return false;
	msgs.items = mem_array(count, sizeof(*msgs.items));
	for (size_t i = 0; i < count; i++)
		if (!read_uid(read.db, box_id, uids[i], want, &msgs, err))
			return false;
	if (msgs.count > 1)
		qsort(msgs.items, msgs.count, sizeof(*msgs.items), by_uid);
	*msgs_r = msgs;
	msgs = (struct store_msgs){ 0 };
	return true;
}

void store_body_finish(struct store_body *body)
{
	if (body->mapped_bytes)
		munmap(body->memory, body->mapped_bytes);
	else
		free(body->memory);
	*body = (struct store_body){ 0 };
}

/* The mapping outlives an unlink of the file. */
static bool map_file(struct store *s, const char *file, struct store_body *body_r,
		     struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf path = STRBUF(STORE_PATH_MAX);
	struct stat st;
	void *memory = MAP_FAILED;
	int fd;

	strbuf_addf(&path, "%s/%s", s->bodies_dir, file);
	fd = open(strbuf_cstr(&path), O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
		memory = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (memory == MAP_FAILED)
		err_errno(err, ERR_BROKEN, errno, "cannot read body %s", file);
	if (fd >= 0)
		close(fd);
	if (memory == MAP_FAILED)
		return false;
	*body_r = (struct store_body){
		.octets = str_make(memory, (size_t)st.st_size),
		.memory = memory,
		.mapped_bytes = (size_t)st.st_size,
	};
	return true;
}

bool store_body_open(struct store *s, int64_t box_id, uint32_t uid,
		     struct store_body *body_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	CLEANUP(mem_free_ptr) char *file = NULL;
	struct store_body body = { 0 };
	bool found, here = false;
	sqlite3_stmt *q;

	if (!store_read_begin(s, &read, err))
		return false;
	q = db_query(read.db,
		     "SELECT m.has_body,c.file,o.data FROM msg m LEFT JOIN content c ON "
		     "c.id=m.content LEFT JOIN octets o ON o.id=c.id "
		     "WHERE m.box=?1 AND m.uid=?2",
		     ARGS(I(box_id), I(uid)), err);
	if (!q)
		return false;
	found = db_row(q);
	if (found) {
		struct str data = db_col_str(q, 2);

		here = db_col_int(q, 0) != 0;
		file = db_col_dup(q, 1);
		if (here && !file) {
			body.memory = mem_strndup(data.p, data.len);
			body.octets = str_make(body.memory, data.len);
		}
	}
	if (!db_done(read.db, q, err)) {
		store_body_finish(&body);
		return false;
	}
	if (!found)
		return err_set(err, ERR_NOT_FOUND, "no such message");
	if (!here)
		return err_set(err, ERR_STATE, "the body is not here yet");
	if (file)
		return map_file(s, file, body_r, err);
	*body_r = body;
	return true;
}
