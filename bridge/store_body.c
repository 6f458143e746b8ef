/*
 * Bodies coming down: which are missing, keeping one, noting a failed try. One UID, one
 * content: what was shown under a UID stays; a body of another content (by its digest)
 * appears under a new UID.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/fail_point.h"
#include "base/mem.h"
#include "bridge/mime/digest.h"
#include "bridge/store_row_ids.h"
#include "bridge/store_sync.h"

#define TOGETHER_BYTES ((uint64_t)1 << 20) /* of bodies in one transaction */

void store_body_want_finish(struct store_body_want *want)
{
	free(want->item_id);
	free(want->change_key);
}

void store_body_wants_finish(struct store_body_wants *wants)
{
	for (size_t i = 0; i < wants->count; i++)
		store_body_want_finish(&wants->items[i]);
	free(wants->items);
	*wants = (struct store_body_wants){ 0 };
}

#define WANT_OF(msg)                                                                     \
	"SELECT m.id,m.box,m.uid,i.item_id,m.change_key,m.server_size,m.is_draft,"       \
	"m.stale,m.body_tries FROM " msg                                                 \
	" JOIN item i ON i.id=m.id WHERE m.need_body=1 AND m.uid IS NOT NULL AND "       \
	"i.item_id IS NOT NULL "
#define WANT_COLUMNS WANT_OF("msg m")

static bool read_wants(struct db *db, sqlite3_stmt *q, struct store_body_wants *wants,
		       size_t *capacity, struct err *err)
{
	if (!q)
		return false;
	while (db_row(q)) {
		wants->items = mem_grow(wants->items, wants->count, capacity,
					sizeof(*wants->items));
		wants->items[wants->count++] = (struct store_body_want){
			.msg_id = db_col_int(q, 0),
			.box_id = db_col_int(q, 1),
			.uid = (uint32_t)db_col_int(q, 2),
			.item_id = db_col_dup(q, 3),
			.change_key = db_col_dup(q, 4),
			.size = (uint64_t)db_col_int(q, 5),
			.is_draft = db_col_int(q, 6) != 0,
			.stale = db_col_int(q, 7) != 0,
			.tries = (unsigned)db_col_int(q, 8),
		};
	}
	return db_done(db, q, err);
}

#define IS_DUE "AND (m.body_due_s<=?1 OR m.body_due_s>?4) "

/* What was edited on the server comes first, whatever the policy. */
static bool read_due(struct store *s, struct db *db, size_t limit,
		     struct store_body_wants *wants, size_t *capacity, struct err *err)
{
	int64_t now_s = clock_unix_s(), far_s = now_s + STORE_DUE_FAR_S, since_s;

	return fetch_ahead_since(s, db, &since_s, err) &&
	       read_wants(db,
			  db_query(db,
				   WANT_COLUMNS IS_DUE "AND m.look_again=1 AND "
						       "m.internal_s<?2 LIMIT ?3",
				   ARGS(I(now_s), I(since_s), I(limit), I(far_s)), err),
			  wants, capacity, err) &&
	       read_wants(db,
			  db_query(db,
				   WANT_COLUMNS IS_DUE "AND m.internal_s>=?2 ORDER BY "
						       "m.internal_s DESC LIMIT ?3",
				   ARGS(I(now_s), I(since_s), I(limit - wants->count),
					I(far_s)),
				   err),
			  wants, capacity, err);
}

bool store_bodies_missing(struct store *s, size_t limit, struct store_body_wants *wants_r,
			  struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	CLEANUP(store_body_wants_finish) struct store_body_wants wants = { 0 };
	size_t capacity = 0;

	if (!store_read_content(s, &read, err) ||
	    !read_due(s, read.db, limit, &wants, &capacity, err))
		return false;
	*wants_r = wants;
	wants = (struct store_body_wants){ 0 };
	return true;
}

bool store_bodies_due(struct store *s, int64_t *unix_s_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };

	return store_read_content(s, &read, err) &&
	       db_int(read.db,
		      "SELECT min(body_due_s) FROM msg WHERE body_tries>0 AND "
		      "need_body=1 AND uid IS NOT NULL AND body_due_s>?1",
		      ARGS(I(clock_unix_s())), 0, unix_s_r, err);
}

bool store_bodies_missing_behind(struct store *s, int64_t box_id, uint32_t uid,
				 size_t limit, struct store_body_wants *wants_r,
				 struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	CLEANUP(store_body_wants_finish) struct store_body_wants wants = { 0 };
	int64_t now_s = clock_unix_s();
	size_t capacity = 0;

	if (!store_read_begin(s, &read, err) ||
	    !read_wants(read.db,
			db_query(read.db,
				 WANT_OF("msg m INDEXED BY msg_by_uid") IS_DUE
				 "AND m.box=?2 AND m.uid>?3 ORDER BY m.uid LIMIT ?5",
				 ARGS(I(now_s), I(box_id), I(uid),
				      I(now_s + STORE_DUE_FAR_S), I(limit)),
				 err),
			&wants, &capacity, err))
		return false;
	*wants_r = wants;
	wants = (struct store_body_wants){ 0 };
	return true;
}

/* What was tried after now was tried before the clock was set back. */
bool store_bodies_missing_of(struct store *s, int64_t box_id, const uint32_t *uids,
			     size_t count, struct store_body_wants *wants_r,
			     struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	CLEANUP(store_body_wants_finish) struct store_body_wants wants = { 0 };
	int64_t now_ms = clock_unix_ms();
	size_t capacity = 0;

	if (!store_read_content(s, &read, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!read_wants(read.db,
				db_query(read.db,
					 WANT_COLUMNS
					 "AND abs(m.body_tried_ms-?1)>=?4 AND "
					 "m.box=?2 AND m.uid=?3",
					 ARGS(I(now_ms), I(box_id), I(uids[i]),
					      I(STORE_BODY_SPACING_MS)),
					 err),
				&wants, &capacity, err))
			return false;
	*wants_r = wants;
	wants = (struct store_body_wants){ 0 };
	return true;
}

struct shown { /* of the message so far */
	bool here, known; /* octets are; or were, and what was worked out of them is */
	bool has_digest, same_digest;
	bool parted; /* a client was given a part of it */
	int64_t content;
	char *envelope; /* given out before the body was here: kept */
};

static bool shown_read(struct db *db, int64_t id, const unsigned char *digest,
		       struct shown *shown, struct err *err)
{
	bool found;
	sqlite3_stmt *q = db_query(
		db,
		"SELECT m.has_body,i.digest,m.content,c.envelope,c.parted FROM msg m "
		"JOIN item i ON i.id=m.id LEFT JOIN content c ON "
		"c.id=m.content WHERE m.id=?1",
		ARGS(I(id)), err);

	if (!q)
		return false;
	found = db_row(q);
	if (found) {
		struct str old = db_col_str(q, 1);

		*shown = (struct shown){
			.here = db_col_int(q, 0) == BODY_HERE,
			.known = db_col_int(q, 0) != BODY_UNKNOWN,
			.has_digest = old.len > 0,
			.same_digest = str_eq(
				old, str_make((const char *)digest, MIME_DIGEST_BYTES)),
			.content = db_col_int(q, 2),
			.envelope = db_col_dup(q, 3),
			.parted = db_col_int(q, 4) != 0,
		};
	}
	return db_done(db, q, err) &&
	       (found || err_set(err, ERR_NOT_FOUND, "no such message"));
}

/* Copies made before the body was here share it. */
static bool attach_all(struct store_tx *tx, int64_t id, int64_t before, int64_t content,
		       struct str digest, struct err *err)
{
	CLEANUP(row_ids_finish) struct row_ids ids = { 0 };

	if (!row_ids_read(
		    tx->db,
		    db_query(tx->db,
			     "SELECT ?1 UNION SELECT id FROM msg WHERE content=?2 AND "
			     "has_body<>1",
			     ARGS(I(id), I(before)), err),
		    &ids, err))
		return false;
	for (size_t i = 0; i < ids.count; i++)
		if (!content_attach(tx, ids.list[i], content, err) ||
		    !db_do(tx->db, "UPDATE item SET digest=?2,own=0 WHERE id=?1",
			   ARGS(I(ids.list[i]), B(digest)), err))
			return false;
	return true;
}

/* A body that is ready to be stored. */
struct ready {
	struct store_body_put *put;
	struct content_render render;
};

static bool keep(struct store_tx *tx, const struct ready *ready,
		 const struct shown *shown, struct err *err)
{
	const struct store_incoming *in = ready->put->in;
	struct str digest = str_make((const char *)ready->render.digest,
				     MIME_DIGEST_BYTES);
	/* In other words it says the same; parts of both do not fit together. */
	bool other = shown->has_digest && (!shown->same_digest || shown->parted);
	struct str octets = in->file ? str_make(NULL, (size_t)in->size_bytes)
				     : strbuf_str(&in->octets);
	int64_t id = ready->put->msg_id, content;

	if (!content_put(tx, octets, in->file, &ready->render, &content, err))
		return false;
	if (!other && !shown->known && shown->envelope &&
	    !db_do(tx->db, "UPDATE content SET envelope=?2 WHERE id=?1",
		   ARGS(I(content), T(shown->envelope)), err))
		return false;
	if (other)
		return content_attach(tx, id, content, err) &&
		       db_do(tx->db, "UPDATE item SET digest=?2,own=0 WHERE id=?1",
			     ARGS(I(id), B(digest)), err) &&
		       row_renew(tx, id, err);
	return attach_all(tx, id, shown->content, content, digest, err);
}

static void shown_finish(struct shown *shown)
{
	free(shown->envelope);
}

static bool render(struct ready *ready, struct err *err)
{
	struct store_incoming *in = ready->put->in;
	struct str octets;

	if (!incoming_open(in, &octets, err))
		return false;
	content_render_init(&ready->render, octets);
	incoming_close(in, octets);
	return true;
}

/* Octets that were dropped came back as they were: with the same size and structure. */
static bool restore(struct store_tx *tx, const struct ready *ready, int64_t content,
		    bool *restored_r, struct err *err)
{
	const struct store_incoming *in = ready->put->in;
	int64_t same;

	if (!db_int(tx->db,
		    "SELECT here=2 AND size=?2 AND structure IS ?3 AND header IS ?4 FROM "
		    "content WHERE id=?1",
		    ARGS(I(content), I(in->size_bytes),
			 S(content_fitting(&ready->render.structure)),
			 B(content_fitting(&ready->render.header))),
		    0, &same, err))
		return false;
	*restored_r = same != 0;
	return !same ||
	       (db_do(tx->db, "UPDATE content SET here=1,file=?2 WHERE id=?1",
		      ARGS(I(content), T(in->file)), err) &&
		(in->file || db_do(tx->db, "INSERT INTO octets(id,data) VALUES(?1,?2)",
				   ARGS(I(content), B(strbuf_str(&in->octets))), err)) &&
		db_do(tx->db,
		      "UPDATE msg SET has_body=1,need_body=0,look_again=0,body_why=NULL,"
		      "body_tries=0 WHERE content=?1",
		      ARGS(I(content)), err));
}

/* For the order in which octets leave the cache: a body that was fetched ahead is as old
 * as its message. */
static bool used(struct store_tx *tx, const struct store_body_put *put, struct err *err)
{
	return db_do(tx->db,
		     "UPDATE content SET used_s=iif(?2,?3,(SELECT internal_s FROM msg "
		     "WHERE id=?1)) WHERE id=(SELECT content FROM msg WHERE id=?1)",
		     ARGS(I(put->msg_id), I(put->asked), I(tx->now_ms / 1000)), err);
}

static bool put_one(struct store_tx *tx, struct ready *ready, struct err *err)
{
	CLEANUP(shown_finish) struct shown shown = { 0 };
	struct store_incoming *in = ready->put->in;
	int64_t id = ready->put->msg_id;
	bool restored = false;

	tx_added(tx, in->file);
	in->taken = in->file != NULL;
	if (!shown_read(tx->db, id, ready->render.digest, &shown, err)) {
		ready->put->err = *err;
		return err->code == ERR_NOT_FOUND && tx_file_release(tx, in->file, err);
	}
	if (shown.here && shown.same_digest) /* looked at again: nothing new */
		return db_do(tx->db,
			     "UPDATE msg SET need_body=0,look_again=0,body_tries=0 WHERE "
			     "id=?1",
			     ARGS(I(id)), err) &&
		       tx_file_release(tx, in->file, err);
	if (shown.known && shown.same_digest &&
	    !restore(tx, ready, shown.content, &restored, err))
		return false;
	return (restored || keep(tx, ready, &shown, err)) && used(tx, ready->put, err);
}

static bool put_in_tx(struct store *s, struct ready *list, size_t count, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };

	if (!store_tx_begin(s, &tx, STORE_SOON, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (list[i].put->err.code == ERR_OK && !put_one(&tx, &list[i], err))
			return false;
	tx_note(&tx, NOTIFY_BODIES);
	return store_tx_commit(&tx, err);
}

/* How many of @list go into one transaction: a client's change waits for it. */
static size_t together(const struct ready *list, size_t count)
{
	uint64_t bytes = 0;
	size_t n = 0;

	while (n < count && (n == 0 || bytes < TOGETHER_BYTES)) {
		if (!list[n].put->in->file)
			bytes += list[n].put->in->size_bytes;
		n++;
	}
	return n;
}

static void put_all(struct store *s, struct ready *list, size_t count)
{
	for (size_t at = 0, n; at < count; at += n) {
		struct err err = { 0 };

		n = together(list + at, count - at);
		if (put_in_tx(s, list + at, n, &err))
			continue;
		for (size_t i = at; i < at + n; i++)
			if (list[i].put->err.code == ERR_OK)
				list[i].put->err = err;
	}
}

void store_bodies_put(struct store *s, struct store_body_put *puts, size_t count)
{
	struct ready *list = mem_array(count + 1, sizeof(*list));
	for (size_t i = 0; i < count; i++) {
		list[i] = (struct ready){ .put = &puts[i] };
		puts[i].err = (struct err){ 0 };
		if (!render(&list[i], &puts[i].err))
			assert(puts[i].err.code != ERR_OK);
	}
	FAIL_POINT("store.bodies-written");
	put_all(s, list, count);
	for (size_t i = 0; i < count; i++)
		content_render_finish(&list[i].render);
	free(list);
}

bool store_body_put(struct store *s, int64_t msg_id, struct str mime, struct err *err)
{
	CLEANUP(store_incoming_finish) struct store_incoming in;
	struct store_body_put put = { .msg_id = msg_id, .in = &in };

	store_incoming_init(&in, s);
	if (!store_incoming_add(&in, mime, err))
		return false;
	store_bodies_put(s, &put, 1);
	if (put.err.code != ERR_OK && err)
		*err = put.err;
	return put.err.code == ERR_OK;
}

bool store_body_failed(struct store *s, int64_t msg_id,
		       const struct store_body_failure *failure, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };

	if (!store_tx_begin(s, &tx, STORE_SOON, err))
		return false;
	tx_note(&tx, NOTIFY_BODIES);
	return db_do(tx.db,
		     "UPDATE msg SET body_why=?2,body_soft=?3,body_tried_ms=?5,"
		     "body_tries=body_tries+(body_due_s<=?6),"
		     "body_due_s=iif(body_due_s<=?6,?4,body_due_s) WHERE id=?1",
		     ARGS(I(msg_id), T(failure->why), I(failure->soft),
			  I(failure->retry_unix_s), I(clock_unix_ms()),
			  I(clock_unix_s())),
		     err) &&
	       store_tx_commit(&tx, err);
}

bool store_body_state(struct store *s, int64_t box_id, uint32_t uid,
		      struct store_body_state *state_r, struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	bool found;
	struct str why;
	sqlite3_stmt *q;

	if (!store_read_content(s, &read, err))
		return false;
	q = db_query(read.db,
		     "SELECT has_body,body_soft,iif(body_tries>0,body_tried_ms,0),"
		     "body_why FROM msg WHERE box=?1 AND uid=?2",
		     ARGS(I(box_id), I(uid)), err);
	if (!q)
		return false;
	found = db_row(q);
	if (found) {
		*state_r = (struct store_body_state){
			.here = db_col_int(q, 0) == BODY_HERE,
			.soft = db_col_int(q, 1) != 0,
			.tried_unix_ms = db_col_int(q, 2),
		};
		why = db_col_str(q, 3);
		snprintf(state_r->why, sizeof(state_r->why), "%.*s", STR_FMT(why));
	}
	return db_done(read.db, q, err) &&
	       (found || err_set(err, ERR_NOT_FOUND, "message %u is gone", uid));
}
