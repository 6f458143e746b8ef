/*
 * The ceiling of the body cache: octets that were not asked for the longest are dropped
 * and fetched again when somebody wants them. What was worked out of them stays (sizes,
 * envelope, structure, header, the folded text), and so does their digest in the ledger.
 * Never dropped: what the server does not have yet, what lives in local folders, and what
 * a client wrote here, because the server would give it back in other words.
 *
 * What fronts read is noted in memory and written now and then: a kill -9 costs a little
 * of the order.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/fail_point.h"
#include "base/mem.h"
#include "bridge/store_internal.h"
#include "bridge/store_row_ids.h"
#include "bridge/store_sync.h"

#define DROP_ITEMS 100 /* in one transaction */
#define REFILL_PERCENT 90 /* of the ceiling: bodies are fetched ahead again below it */
#define USES_FLUSH_MS 60000

/* ---- what was read -------------------------------------------------------------------
 */

void use_note(struct store *s, int64_t content_id)
{
	struct store_uses *uses = &s->uses;

	if (content_id == 0 || !s->limits.bytes)
		return;
	pthread_mutex_lock(&uses->lock);
	if (uses->count == 0 || uses->ids[uses->count - 1] != content_id) {
		if (uses->count == STORE_USES_MAX)
			uses->count = 0; /* so many at once: their order means little */
		uses->ids[uses->count++] = content_id;
	}
	pthread_mutex_unlock(&uses->lock);
}

static size_t uses_take(struct store *s, bool all, int64_t *ids)
{
	struct store_uses *uses = &s->uses;
	int64_t now_ms = clock_mono_ms();
	size_t count = 0;

	pthread_mutex_lock(&uses->lock);
	if (all || now_ms - uses->flushed_ms > USES_FLUSH_MS ||
	    uses->count > STORE_USES_MAX / 2) {
		count = uses->count;
		if (count > 0)
			memcpy(ids, uses->ids, count * sizeof(*ids));
		uses->count = 0;
		uses->flushed_ms = now_ms;
	}
	pthread_mutex_unlock(&uses->lock);
	return count;
}

static bool uses_flush(struct store *s, bool all, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	int64_t ids[STORE_USES_MAX];
	size_t count = uses_take(s, all, ids);

	if (count == 0)
		return true;
	if (!store_tx_begin(s, &tx, STORE_SOON, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!db_do(tx.db,
			   "UPDATE content SET used_s=?2 WHERE id=?1 AND used_s<?2",
			   ARGS(I(ids[i]), I(tx.now_ms / 1000)), err))
			return false;
	return store_tx_commit(&tx, err);
}

static bool parted_before(struct store *s, int64_t box_id, uint32_t uid, int64_t *before,
			  struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };

	return store_read_begin(s, &read, err) &&
	       db_int(read.db,
		      "SELECT c.parted FROM msg m JOIN content c ON c.id=m.content WHERE "
		      "m.box=?1 AND m.uid=?2",
		      ARGS(I(box_id), I(uid)), 1, before, err);
}

bool store_body_parted(struct store *s, int64_t box_id, uint32_t uid, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	int64_t before;

	if (!parted_before(s, box_id, uid, &before, err))
		return false;
	return before ||
	       (store_tx_begin(s, &tx, STORE_SOON, err) &&
		db_do(tx.db,
		      "UPDATE content SET parted=1 WHERE id=(SELECT content FROM msg "
		      "WHERE box=?1 AND uid=?2)",
		      ARGS(I(box_id), I(uid)), err) &&
		store_tx_commit(&tx, err));
}

/* ---- dropping ------------------------------------------------------------------------
 */

bool content_drop(struct store_tx *tx, int64_t id, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf file = STRBUF(256);
	struct err none = { 0 };

	if (!db_bytes(tx->db, "SELECT file FROM content WHERE id=?1", ARGS(I(id)), &file,
		      &none) &&
	    none.code != ERR_NOT_FOUND)
		return err_set(err, none.code, "%s", none.text);
	return db_do(tx->db, "DELETE FROM octets WHERE id=?1", ARGS(I(id)), err) &&
	       db_do(tx->db, "UPDATE content SET here=2,file=NULL WHERE id=?1",
		     ARGS(I(id)), err) &&
	       db_do(tx->db,
		     "UPDATE msg SET has_body=2,need_body=uid IS NOT NULL,body_due_s=0 "
		     "WHERE content=?1 AND has_body=1",
		     ARGS(I(id)), err) &&
	       (file.len == 0 || tx_file_release(tx, strbuf_cstr(&file), err));
}

bool content_lost(struct store *s, int64_t content_id, bool *lost_r, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	int64_t on_server;

	if (!store_tx_begin(s, &tx, STORE_SOON, err) ||
	    !db_int(tx.db,
		    "SELECT EXISTS (SELECT 1 FROM msg m JOIN item i ON i.id=m.id WHERE "
		    "m.content=?1 AND i.item_id IS NOT NULL)",
		    ARGS(I(content_id)), 0, &on_server, err))
		return false;
	*lost_r = on_server != 0;
	if (!on_server)
		return true;
	tx_note(&tx, NOTIFY_BODIES);
	return content_drop(&tx, content_id, err) && store_tx_commit(&tx, err);
}

static bool cache_bytes(struct db *db, uint64_t *bytes_r, struct err *err)
{
	int64_t bytes;

	if (!db_int(db, "SELECT bytes FROM body_cache", NO_ARGS, 0, &bytes, err))
		return false;
	*bytes_r = (uint64_t)MAX_OF(bytes, (int64_t)0);
	return true;
}

/* What the text index has not read yet stays until it has. */
static bool droppable(struct store_tx *tx, int64_t indexed, struct row_ids *ids,
		      struct err *err)
{
	return row_ids_read(
		tx->db,
		db_query(
			tx->db,
			"SELECT c.id FROM content c WHERE c.here=1 AND c.id<=?1 AND NOT "
			"EXISTS (SELECT 1 FROM msg m JOIN item i ON i.id=m.id JOIN box b "
			"ON b.id=m.box WHERE m.content=c.id AND (i.item_id IS NULL OR "
			"i.own=1 OR i.payload IS NOT NULL OR b.local=1)) "
			"ORDER BY c.used_s LIMIT ?2",
			ARGS(I(indexed), I(DROP_ITEMS)), err),
		ids, err);
}

static bool drop_some(struct store *s, int64_t indexed, bool *more_r, struct err *err)
{
	CLEANUP(store_tx_end) struct store_tx tx = { 0 };
	CLEANUP(row_ids_finish) struct row_ids ids = { 0 };
	uint64_t bytes;
	size_t i = 0;

	*more_r = false;
	if (!store_tx_begin(s, &tx, STORE_SOON, err) || !cache_bytes(tx.db, &bytes, err))
		return false;
	if (bytes <= s->limits.bytes)
		return true;
	if (!droppable(&tx, indexed, &ids, err))
		return false;
	for (; i < ids.count && bytes > s->limits.bytes; i++)
		if (!content_drop(&tx, ids.list[i], err) ||
		    !cache_bytes(tx.db, &bytes, err))
			return false;
	tx_note(&tx, NOTIFY_BODIES);
	FAIL_POINT("store.bodies-dropped");
	*more_r = i == DROP_ITEMS;
	return store_tx_commit(&tx, err);
}

static uint64_t refill_below(const struct store *s)
{
	return s->limits.bytes / 100 * REFILL_PERCENT;
}

bool store_bodies_tend(struct store *s, bool *more_r, struct err *err)
{
	uint64_t bytes;
	int64_t indexed;

	{
		CLEANUP(store_read_end) struct store_read read = { 0 };

		if (!store_read_content(s, &read, err) ||
		    !cache_bytes(read.db, &bytes, err))
			return false;
	}
	/* Where room is scarce, what left its folder leaves first. */
	if (!moved_tend(s, s->limits.bytes && bytes >= refill_below(s), more_r, err))
		return false;
	if (*more_r || !s->limits.bytes)
		return true;
	if (!uses_flush(s, bytes > s->limits.bytes, err))
		return false;
	return bytes <= s->limits.bytes ||
	       (text_indexed(s, &indexed, err) && drop_some(s, indexed, more_r, err));
}

/* ---- what to fetch ahead -------------------------------------------------------------
 */

void store_limit(struct store *s, const struct store_limits *limits)
{
	s->limits = *limits;
}

bool fetch_ahead_since(struct store *s, struct db *db, int64_t *since_s_r,
		       struct err *err)
{
	const struct store_limits *limits = &s->limits;
	int64_t since_s = INT64_MIN, oldest_s;
	uint64_t bytes;

	if (limits->ahead == STORE_AHEAD_NONE)
		since_s = INT64_MAX;
	else if (limits->ahead == STORE_AHEAD_DAYS)
		since_s = clock_unix_s() - (int64_t)limits->days * 86400;
	if (limits->bytes) {
		if (!cache_bytes(db, &bytes, err) ||
		    !db_int(db, "SELECT min(used_s) FROM content WHERE here=1", NO_ARGS,
			    INT64_MIN, &oldest_s, err))
			return false;
		/* Full: only what would not be the next to go. */
		if (bytes >= refill_below(s) && oldest_s < INT64_MAX)
			since_s = MAX_OF(since_s, oldest_s + 1);
	}
	*since_s_r = since_s;
	return true;
}
