/* Messages and their octets as fronts read them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "bridge/mime/sort_keys.h"
#include "bridge/store_internal.h"

static void msg_finish(struct store_msg *m)
{
	free(m->keywords);
	free(m->envelope);
	free(m->body);
	free(m->bodystructure);
	free(m->email_id);
	free(m->preview);
	strbuf_finish(&m->header);
	strbuf_finish(&m->sort);
}

void store_msgs_finish(struct store_msgs *msgs)
{
	for (size_t i = 0; i < msgs->count; i++)
		msg_finish(&msgs->items[i]);
	free(msgs->items);
	*msgs = (struct store_msgs){ 0 };
}

static struct store_msg from_row(const struct store_row *row)
{
	struct store_msg m = {
		.uid = row->uid,
		.content_id = row->content_id,
		.flags = row->flags,
		.keywords = mem_strdup(row->keywords),
		.modseq = row->modseq,
		.internal_unix_s = row->internal_unix_s,
		.size = row->size,
		.thread = row->thread,
		.saved_unix_s = row->saved_unix_s,
		.has_body = row->has_body,
		.known = row->known,
	};

	strbuf_init(&m.header, STORE_RENDER_MAX);
	strbuf_init(&m.sort, STORE_RENDER_MAX);
	return m;
}

static void read_columns(sqlite3_stmt *q, int at, unsigned want, struct store_msg *m)
{
	struct str header = db_col_str(q, at + 3), sort = db_col_str(q, at + 4);

	m->envelope = db_col_dup(q, at);
	m->body = db_col_dup(q, at + 1);
	m->bodystructure = db_col_dup(q, at + 2);
	m->email_id = db_col_dup(q, at + 5);
	m->preview = db_col_dup(q, at + 6);
	if (header.len > 0 && (want & STORE_WANT_HEADER))
		strbuf_add(&m->header, header);
	if (sort.len > 0)
		strbuf_add(&m->sort, sort);
	else if (header.len > 0 && (want & STORE_WANT_SORT))
		mime_sort_keys_pack(header, &m->sort);
}

/* Copies share a content, and with it the digest of what is in it; where none was kept,
 * the content's own number tells one from the other. */
#define COLUMNS                                                                          \
	"iif(?2&1,c.envelope,NULL),iif(?2&2,c.body,NULL),iif(?2&4,c.structure,NULL),"    \
	"iif(?2&8 OR (?2&16 AND c.sort IS NULL),c.header,NULL),iif(?2&16,c.sort,NULL),"  \
	"iif(?2&32,coalesce((SELECT lower(hex(substr(i.digest,1,15))) FROM msg mm JOIN " \
	"item i ON i.id=mm.id WHERE mm.content=c.id AND i.digest IS NOT NULL LIMIT 1),"  \
	"iif(c.here,'c'||c.id,NULL)),NULL),iif(?2&64,c.preview,NULL)"

/* What most commands ask for is one of them: less to work out for each message. */
static bool read_single(struct db *db, int64_t content_id, const char *sql, char **text_r,
			bool *found_r, struct err *err)
{
	sqlite3_stmt *q = db_query(db, sql, ARGS(I(content_id)), err);

	if (!q)
		return false;
	*found_r = db_row(q);
	if (*found_r)
		*text_r = db_col_dup(q, 0);
	return db_done(db, q, err);
}

static bool read_content(struct db *db, int64_t content_id, unsigned want,
			 struct store_msg *m, bool *found_r, struct err *err)
{
	sqlite3_stmt *q;

	if (want == STORE_WANT_ENVELOPE)
		return read_single(db, content_id,
				   "SELECT envelope FROM content WHERE id=?1",
				   &m->envelope, found_r, err);
	if (want == STORE_WANT_BODYSTRUCTURE)
		return read_single(db, content_id,
				   "SELECT structure FROM content WHERE id=?1",
				   &m->bodystructure, found_r, err);
	q = db_query(db, "SELECT " COLUMNS " FROM content c WHERE c.id=?1",
		     ARGS(I(content_id), I(want)), err);

	if (!q)
		return false;
	*found_r = db_row(q);
	if (*found_r)
		read_columns(q, 0, want, m);
	return db_done(db, q, err);
}

/* The row in memory named a content that is gone: read both together. */
static bool read_again(struct db *db, int64_t box_id, unsigned want, struct store_msg *m,
		       bool *found_r, struct err *err)
{
	sqlite3_stmt *q = db_query(
		db,
		"SELECT " COLUMNS
		",m.size,m.has_body,m.content FROM msg m LEFT JOIN content c ON "
		"c.id=m.content WHERE m.box=?1 AND m.uid=?3",
		ARGS(I(box_id), I(want), I(m->uid)), err);

	if (!q)
		return false;
	*found_r = db_row(q);
	if (*found_r) {
		read_columns(q, 0, want, m);
		m->size = (uint64_t)db_col_int(q, 7);
		m->has_body = db_col_int(q, 8) == BODY_HERE;
		m->known = db_col_int(q, 8) != 0;
	}
	return db_done(db, q, err);
}

/* What of @uids is there, without the columns that cost something. */
static bool read_rows(struct store *s, int64_t box_id, const uint32_t *uids, size_t count,
		      struct store_msgs *msgs, struct err *err)
{
	CLEANUP(store_rows_release_ptr) struct store_rows *rows = NULL;
	struct store_rows_walk walk = { 0 };
	struct store_row row;

	if (!store_rows_get(s, box_id, &rows, err))
		return false;
	walk.rows = rows;
	msgs->items = mem_array(count + 1, sizeof(*msgs->items));
	for (size_t i = 0; i < count; i++)
		if (store_rows_seek(&walk, uids[i], &row))
			msgs->items[msgs->count++] = from_row(&row);
	return true;
}

static int by_uid(const void *a, const void *b)
{
	uint32_t x = ((const struct store_msg *)a)->uid;
	uint32_t y = ((const struct store_msg *)b)->uid;

	return (x > y) - (x < y);
}

/* @read: begun when the first message needs it */
static bool read_message(struct store *s, struct store_read *read, int64_t box_id,
			 unsigned want, struct store_msg *m, bool *found_r,
			 struct err *err)
{
	unsigned left = want;

	*found_r = true;
	if (!m->content_id)
		return true;
	if ((want & STORE_WANT_SORT) && keys_get(&s->keys, m->content_id, &m->sort))
		left &= ~(unsigned)STORE_WANT_SORT;
	if (!left)
		return true;
	if ((!read->store && !store_read_content(s, read, err)) ||
	    !read_content(read->db, m->content_id, left, m, found_r, err))
		return false;
	if (!*found_r)
		return read_again(read->db, box_id, left, m, found_r, err);
	if ((left & STORE_WANT_SORT) && m->sort.len && !m->sort.overflow)
		keys_put(&s->keys, m->content_id, strbuf_str(&m->sort));
	return true;
}

static bool read_all_columns(struct store *s, int64_t box_id, unsigned want,
			     struct store_msgs *msgs, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	size_t kept = 0;

	for (size_t i = 0; i < msgs->count; i++) {
		struct store_msg *m = &msgs->items[i];
		bool found;

		if (!read_message(s, &read, box_id, want, m, &found, err))
			return false;
		if (found)
			msgs->items[kept++] = *m;
		else
			msg_finish(m);
	}
	msgs->count = kept;
	return true;
}

bool store_msgs_read(struct store *s, int64_t box_id, const uint32_t *uids, size_t count,
		     unsigned want, struct store_msgs *msgs_r, struct err *err)
{
	CLEANUP(store_msgs_finish) struct store_msgs msgs = { 0 };

	if (!read_rows(s, box_id, uids, count, &msgs, err) ||
	    (want && !read_all_columns(s, box_id, want, &msgs, err)))
		return false;
	mem_sort(msgs.items, msgs.count, sizeof(*msgs.items), by_uid);
	*msgs_r = msgs;
	msgs = (struct store_msgs){ 0 };
	return true;
}

bool store_sort_keys_known(struct store *s, int64_t content_id, struct strbuf *sort)
{
	return content_id && keys_get(&s->keys, content_id, sort);
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
static bool map_file(struct store *s, const char *file, uint64_t size,
		     struct store_body *body_r, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf path = STRBUF(STORE_PATH_MAX);
	struct stat st = { 0 };
	void *memory = MAP_FAILED;
	int fd;

	strbuf_addf(&path, "%s/%s", s->bodies_dir, file);
	fd = open(strbuf_cstr(&path), O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && (uint64_t)st.st_size == size && size > 0)
		memory = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (memory == MAP_FAILED)
		err_set(err, ERR_BROKEN, "cannot read body %s: %s", file,
			fd < 0 ? strerror(errno) : "it is cut off");
	if (fd >= 0)
		close(fd);
	if (memory == MAP_FAILED)
		return false;
	*body_r = (struct store_body){
		.octets = str_make(memory, (size_t)size),
		.memory = memory,
		.mapped_bytes = (size_t)size,
	};
	return true;
}

bool content_open(struct store *s, struct db *db, int64_t content_id,
		  struct store_body *body_r, struct err *err)
{
	CLEANUP(mem_free_ptr) char *file = NULL;
	CLEANUP(store_body_finish) struct store_body body = { 0 };
	int64_t here = BODY_UNKNOWN;
	uint64_t size = 0;
	sqlite3_stmt *q = db_query(db,
				   "SELECT c.here,c.size,c.file,o.data FROM content c "
				   "LEFT JOIN octets o ON o.id=c.id WHERE c.id=?1",
				   ARGS(I(content_id)), err);

	if (!q)
		return false;
	if (db_row(q)) {
		struct str data = db_col_str(q, 3);

		here = db_col_int(q, 0);
		size = (uint64_t)db_col_int(q, 1);
		file = db_col_dup(q, 2);
		if (here == BODY_HERE && !file) {
			db_touched(db, data.len);
			body.memory = mem_strndup(data.p, data.len);
			body.octets = str_make(body.memory, data.len);
		}
	}
	if (!db_done(db, q, err))
		return false;
	if (here != BODY_HERE)
		return err_set(err, ERR_STATE, "the body is not here");
	if (file)
		return map_file(s, file, size, body_r, err);
	*body_r = body;
	body = (struct store_body){ 0 };
	return true;
}

static bool body_find(struct store *s, int64_t box_id, uint32_t uid, int64_t *content_r,
		      struct store_body *body_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	bool found, here = false;
	sqlite3_stmt *q;

	if (!store_read_content(s, &read, err))
		return false;
	q = db_query(read.db, "SELECT has_body,content FROM msg WHERE box=?1 AND uid=?2",
		     ARGS(I(box_id), I(uid)), err);
	if (!q)
		return false;
	found = db_row(q);
	if (found) {
		here = db_col_int(q, 0) == BODY_HERE;
		*content_r = db_col_int(q, 1);
	}
	if (!db_done(read.db, q, err))
		return false;
	if (!found)
		return err_set(err, ERR_NOT_FOUND, "no such message");
	if (!here)
		return err_set(err, ERR_STATE, "the body is not here yet");
	return content_open(s, read.db, *content_r, body_r, err);
}

bool store_body_open(struct store *s, int64_t box_id, uint32_t uid,
		     struct store_body *body_r, struct err *err)
{
	int64_t content = 0;
	bool lost = false;

	if (body_find(s, box_id, uid, &content, body_r, err)) {
		use_note(s, content);
		return true;
	}
	if (content == 0 || err->code != ERR_BROKEN)
		return false;
	log_error("store", "%s", err->text);
	return content_lost(s, content, &lost, err) &&
	       err_set(err, lost ? ERR_STATE : ERR_BROKEN, "the body is not here");
}
