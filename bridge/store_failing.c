/* Messages that the server would not give, for `passerelle status`. */
#include <stdlib.h>

#include "base/mem.h"
#include "bridge/store_internal.h"

void store_failings_finish(struct store_failings *failings)
{
	for (size_t i = 0; i < failings->count; i++) {
		free(failings->items[i].path);
		free(failings->items[i].subject);
		free(failings->items[i].why);
	}
	free(failings->items);
	*failings = (struct store_failings){ 0 };
}

static void read_row(sqlite3_stmt *q, struct store_failing *f)
{
	*f = (struct store_failing){
		.path = db_col_dup(q, 0),
		.uid = (uint32_t)db_col_int(q, 1),
		.subject = db_col_dup(q, 2),
		.why = db_col_dup(q, 3),
		.tries = (unsigned)db_col_int(q, 4),
		.tried_unix_s = db_col_int(q, 5) / 1000,
		.next_unix_s = db_col_int(q, 6),
	};
}

bool store_failing(struct store *s, size_t limit, struct store_failings *failings_r,
		   struct err *err)
{
	CLEANUP(store_read_end) struct store_read read = { 0 };
	CLEANUP(store_failings_finish) struct store_failings failings = { 0 };
	size_t room = 0;
	sqlite3_stmt *q;

	if (!store_read_content(s, &read, err))
		return false;
	q = db_query(read.db,
		     "SELECT coalesce(b.path,''),m.uid,coalesce(m.subject,''),"
		     "coalesce(m.body_why,''),m.body_tries,m.body_tried_ms,m.body_due_s "
		     "FROM msg m JOIN box b ON b.id=m.box WHERE m.body_tries>0 AND "
		     "m.need_body=1 AND m.uid IS NOT NULL ORDER BY m.body_tried_ms DESC "
		     "LIMIT ?1",
		     ARGS(I(limit)), err);
	if (!q)
		return false;
	while (db_row(q)) {
		failings.items = mem_grow(failings.items, failings.count, &room,
					  sizeof(*failings.items));
		read_row(q, &failings.items[failings.count++]);
	}
	if (!db_done(read.db, q, err))
		return false;
	*failings_r = failings;
	failings = (struct store_failings){ 0 };
	return true;
}
