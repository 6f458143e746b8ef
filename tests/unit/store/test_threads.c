/* store: readers against a writer; run under ThreadSanitizer too. */
#include "tests/unit/store/store_test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "bridge/store_internal.h"

struct shared {
	struct fixture *f;
	atomic_bool stop;
	atomic_uint reads;
};

static void *reader(void *data)
{
	struct shared *shared = data;
	struct fixture *f = shared->f;
	uint64_t since = 0;
	struct err err;

	while (!atomic_load(&shared->stop)) {
		struct store_view view;
		struct store_changes changes;
		struct store_boxes boxes;
		struct store_msgs msgs;

		if (!store_view_load(f->s, f->inbox, &view, &err) ||
		    !store_msgs_read(f->s, f->inbox, view.uids, view.count,
				     STORE_WANT_ENVELOPE, &msgs, &err) ||
		    !store_changes_since(f->s, f->inbox, since, &changes, &err) ||
		    !store_box_list(f->s, &boxes, &err))
			return mem_strdup(err.text);
		if (changes.modseq < since || changes.modseq < view.modseq)
			return mem_strdup("mod-sequence went back");
		since = changes.modseq;
		store_view_finish(&view);
		store_msgs_finish(&msgs);
		store_changes_finish(&changes);
		store_boxes_finish(&boxes);
		atomic_fetch_add(&shared->reads, 1);
	}
	return NULL;
}

static void readers_and_writer(void **state)
{
	struct shared shared = { .f = *state };
	struct fixture *f = *state;
	pthread_t threads[6];

	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, reader, &shared), 0);
	for (unsigned round = 0; round < 40 || atomic_load(&shared.reads) < 20; round++) {
		uint32_t uid = round + 1;

		fill(f, f->inbox, round + 1, round + 1);
		ASSERT_OK(store_flags_change(
				  f->s, f->inbox, &uid, 1,
				  &(struct store_flags){ STORE_FLAGS_ADD, MSG_SEEN,
							 STR("Red\n"), UINT64_MAX },
				  NULL, &f->err),
			  f->err);
	}
	atomic_store(&shared.stop, true);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		void *trouble;

		assert_int_equal(pthread_join(threads[i], &trouble), 0);
		if (trouble)
			fail_msg("%s", (char *)trouble);
	}
}

/* ---- sessions that commit together ---------------------------------------------------
 */

struct writer {
	struct fixture *f;
	int64_t box_id; /* 0: one that is not there */
	unsigned number, done;
	struct err err;
};

static bool append_one(struct writer *w, struct err *err)
{
	char mime[100];
	struct store_append msg = { .internal_unix_s = 1700000000 };
	uint32_t uid;
	int64_t entry;

	snprintf(mime, sizeof(mime), "Message-ID: <%u.%u@x.test>\r\n\r\nText\r\n",
		 w->number, w->done);
	msg.mime = str_from(mime);
	return store_append(w->f->s, w->box_id, &msg, &uid, &entry, err);
}

static void *append_main(void *data)
{
	struct writer *w = data;

	for (; w->done < 25 && append_one(w, &w->err); w->done++)
		;
	return NULL;
}

static void wait_for_waiting(struct fixture *f, unsigned count)
{
	while (atomic_load(&f->s->group_waiting) < count)
		usleep(1000);
}

/* Each works in a savepoint: what one has to take back is nothing to the others. */
static void committed_together(void **state)
{
	struct fixture *f = *state;
	struct writer writers[9] = { { 0 } };
	pthread_t threads[ARRAY_LEN(writers)];
	struct store_tx first = { 0 };
	struct store_view view;

	/* They all wait for the writer when it is given back. */
	ASSERT_OK(store_tx_begin(f->s, &first, STORE_DURABLE, &f->err), f->err);
	for (unsigned i = 0; i < ARRAY_LEN(writers); i++) {
		writers[i] = (struct writer){ .f = f,
					      .number = i,
					      .box_id = i % 3 ? f->inbox : 0 };
		assert_int_equal(
			pthread_create(&threads[i], NULL, append_main, &writers[i]), 0);
	}
	wait_for_waiting(f, ARRAY_LEN(writers));
	ASSERT_OK(store_tx_commit(&first, &f->err), f->err);
	for (unsigned i = 0; i < ARRAY_LEN(writers); i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(writers[i].done, i % 3 ? 25 : 0);
		assert_int_equal(writers[i].err.code, i % 3 ? ERR_OK : ERR_NOT_FOUND);
	}
	reopen(f);
	ASSERT_OK(store_view_load(f->s, f->inbox, &view, &f->err), f->err);
	assert_int_equal(view.count, 6 * 25);
	for (size_t i = 0; i < view.count; i++)
		assert_int_equal(view.uids[i], i + 1);
	store_view_finish(&view);
}

/* The second finds the first one's work before anybody's is committed, and what is in
 * memory follows both. */
static void one_after_the_other_in_one_commit(void **state)
{
	struct fixture *f = *state;
	struct writer writer = { .f = f, .box_id = f->inbox, .done = 24 };
	struct store_tx first = { 0 };
	struct store_rows *rows;
	pthread_t thread;

	fill(f, f->inbox, 1, 3);
	ASSERT_OK(store_rows_get(f->s, f->inbox, &rows, &f->err), f->err);
	store_rows_release(rows);
	ASSERT_OK(store_tx_begin(f->s, &first, STORE_DURABLE, &f->err), f->err);
	assert_int_equal(pthread_create(&thread, NULL, append_main, &writer), 0);
	wait_for_waiting(f, 1);
	ASSERT_OK(db_do(f->s->writer, "UPDATE msg SET flags=1 WHERE uid=2", NO_ARGS,
			&f->err),
		  f->err);
	ASSERT_OK(store_tx_commit(&first, &f->err), f->err);
	assert_int_equal(pthread_join(thread, NULL), 0);
	ASSERT_OK(store_rows_get(f->s, f->inbox, &rows, &f->err), f->err);
	assert_int_equal(rows->count, 4);
	assert_int_equal(store_rows_at(rows, 1).flags, 1);
	store_rows_release(rows);
}

static void *begin_a_group(void *data)
{
	struct writer *w = data;
	struct store_tx tx = { 0 };

	if (!store_tx_begin(w->f->s, &tx, STORE_DURABLE, &w->err))
		return NULL;
	wait_for_waiting(w->f, 1);
	w->done = store_tx_commit(&tx, &w->err);
	return NULL;
}

/* As SQLite does by itself on a full disk: the first one's work is gone as well, and the
 * one behind must not commit in its name. */
static void rolled_back_together(void **state)
{
	struct fixture *f = *state;
	struct writer first = { .f = f },
		      last = { .f = f, .box_id = f->inbox, .done = 24 };
	struct store_tx tx = { 0 };
	pthread_t threads[2];
	struct err err;

	assert_int_equal(pthread_create(&threads[0], NULL, begin_a_group, &first), 0);
	while (!tx.joined) {
		store_tx_end(&tx);
		ASSERT_OK(store_tx_begin(f->s, &tx, STORE_DURABLE, &f->err), f->err);
	}
	assert_int_equal(pthread_create(&threads[1], NULL, append_main, &last), 0);
	wait_for_waiting(f, 1);
	assert_true(db_do(f->s->writer, "ROLLBACK", NO_ARGS, &err));
	store_tx_end(&tx);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_false(first.done);
	assert_int_equal(last.done, 25);
	assert_int_equal(last.err.code, ERR_OK);
	assert_uids(f, f->inbox, "1");
}

/* It fails unless both files have it, and those who went together are content with one.
 */
static void a_page_goes_alone(void **state)
{
	struct fixture *f = *state;
	struct writer first = { .f = f };
	struct store_tx tx = { 0 };
	pthread_t thread;
	bool joined;

	/* As if one more waited, who would commit for all. */
	atomic_fetch_add(&f->s->group_waiting, 1);
	assert_int_equal(pthread_create(&thread, NULL, begin_a_group, &first), 0);
	for (bool open = false; !open; usleep(1000)) {
		pthread_mutex_lock(&f->s->write_lock);
		open = f->s->group;
		pthread_mutex_unlock(&f->s->write_lock);
	}
	ASSERT_OK(store_tx_begin(f->s, &tx, STORE_SOON, &f->err), f->err);
	joined = tx.joined;
	atomic_fetch_sub(&f->s->group_waiting, 1);
	store_tx_end(&tx);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(first.done);
	assert_false(joined);
}

static void *view_main(void *data)
{
	struct writer *w = data;
	struct store_view view;

	if (store_view_load(w->f->s, w->box_id, &view, &w->err)) {
		w->done = (unsigned)view.count;
		store_view_finish(&view);
	}
	return NULL;
}

/* A COMMIT can be seen in the database a moment before it is in memory: a view must not
 * have the mod-sequence of one and the messages of the other. */
static void a_view_between_commit_and_memory(void **state)
{
	struct fixture *f = *state;
	struct writer w = { .f = f, .box_id = f->inbox };
	struct store_tx tx = { 0 };
	struct store_rows *rows;
	pthread_t thread;

	fill(f, f->inbox, 1, 3);
	ASSERT_OK(store_rows_get(f->s, f->inbox, &rows, &f->err), f->err);
	store_rows_release(rows);
	ASSERT_OK(store_tx_begin(f->s, &tx, STORE_SOON, &f->err), f->err);
	ASSERT_OK(db_do(f->s->writer, "DELETE FROM msg WHERE uid=2", NO_ARGS, &f->err) &&
			  db_do(f->s->writer, "UPDATE box SET modseq=modseq+1", NO_ARGS,
				&f->err),
		  f->err);
	rows_read_changed(&f->s->rows, f->s->writer);
	ASSERT_OK(db_do(f->s->writer, "COMMIT", NO_ARGS, &f->err), f->err);
	assert_int_equal(pthread_create(&thread, NULL, view_main, &w), 0);
	usleep(50000);
	rows_apply(&f->s->rows);
	assert_int_equal(pthread_join(thread, NULL), 0);
	store_tx_end(&tx);
	assert_int_equal(w.err.code, ERR_OK);
	assert_int_equal(w.done, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(readers_and_writer, setup, teardown),
		cmocka_unit_test_setup_teardown(committed_together, setup, teardown),
		cmocka_unit_test_setup_teardown(rolled_back_together, setup, teardown),
		cmocka_unit_test_setup_teardown(one_after_the_other_in_one_commit, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_page_goes_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(a_view_between_commit_and_memory, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
