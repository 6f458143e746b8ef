/* store: readers against a writer; run under ThreadSanitizer too. */
#include "tests/unit/store/store_test.h"

#include <pthread.h>
#include <stdatomic.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(readers_and_writer, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
