/* store: what the server refuses is taken back, and content is kept. */
#include "tests/unit/store/journal_test.h"

static void refusals(void **state)
{
	struct fixture *f = *state;
	int64_t entry, recovered;

	fill(f, f->inbox, 1, 2);
	put_body(f, f->inbox, 1, mime_one);
	set_flags(f, f->inbox, 1, STORE_FLAGS_ADD, MSG_SEEN, "Red\n");
	refuse_first(f, false);
	assert_flags(f, f->inbox, 1, "0:");
	transfer(f, true, f->inbox, 1, f->work, &entry);
	refuse_first(f, false);
	assert_int_equal(verdict(f, entry), JOURNAL_REFUSED);
	assert_uids(f, f->work, "");
	assert_uids(f, f->inbox, "2 3"); /* back under a new UID */
	assert_body(f, f->inbox, 3, mime_one);
	expunge(f, f->inbox, 3);
	refuse_first(f, false);
	assert_uids(f, f->inbox, "2 4");
	assert_flags(f, f->inbox, 4, "0:");
	transfer(f, false, f->inbox, 4, f->work, &entry);
	expunge(f, f->inbox, 4);
	refuse_first(f, false); /* the copy, and with it the removal */
	assert_uids(f, f->inbox, "2 5");
	assert_ready(f, "");
	append(f, f->work, 0, &entry);
	refuse_first(f, true);
	assert_uids(f, f->work, "");
	append(f, f->work, MSG_SEEN, &entry);
	refuse_first(f, false);
	recovered = box_at(f, "Recovered");
	assert_uids(f, f->work, "");
	assert_uids(f, recovered, "1");
	reopen_without(f, "cache.db");
	assert_body(f, recovered, 1, mime_one);
	assert_flags(f, recovered, 1, "1:");
	folders(f);
	transfer(f, true, recovered, 1, f->work, &entry);
	assert_uids(f, recovered, "");
	assert_ready(f, "append:-");
	finish_first(f, "up");
	assert_body(f, f->work, 5, mime_one);
}

static void refusal_with_report(void **state)
{
	const struct err why = { .code = ERR_DENIED, .text = "not as this sender" };
	struct fixture *f = *state;
	int64_t entry = send(f, "hello");
	struct journal_entries e;

	/* Noted, a crash, and only then all of it at once. */
	take(f, &e);
	ASSERT_OK(journal_refusal_note(f->s, e.items[0].id, 4, &why, &f->err), f->err);
	journal_entries_finish(&e);
	reopen(f);
	take(f, &e);
	assert_int_equal(e.items[0].step, 4);
	assert_int_equal(e.items[0].refused_code, ERR_DENIED);
	ASSERT_STR(0, str_from(e.items[0].why), str_from(why.text));
	ASSERT_OK(journal_refused(f->s, &e.items[0],
				  &(struct journal_refusal){
					  .why = &why,
					  .report = STR("Subject: Report\r\n\r\nx\r\n") },
				  &f->err),
		  f->err);
	journal_entries_finish(&e);
	assert_uids(f, f->inbox, "1");
	assert_ready(f, "append:-"); /* the report goes up, the message does not */
	assert_notice(f, 0, "Out", STORE_KEPT_REPORTED);
	/* Who looks now was told by the report. */
	assert_int_equal(verdict(f, entry), JOURNAL_DONE);
}

/* Somebody deleted the original while the copy was on its way up. */
static void copy_without_original(void **state)
{
	static const bool moves[] = { false, true };

	for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
		const struct err why = { .code = ERR_NOT_FOUND, .text = "gone" };
		struct journal_entries e;
		struct fixture *f = NULL;
		int64_t entry;

		assert_int_equal(setup((void **)&f), 0);
		fill(f, f->inbox, 1, 2);
		put_body(f, f->inbox, 1, mime_one);
		transfer(f, moves[i], f->inbox, 1, f->work, &entry);
		take(f, &e);
		ASSERT_OK(journal_refused(f->s, &e.items[0],
					  &(struct journal_refusal){
						  .why = &why, .source_gone = true },
					  &f->err),
			  f->err);
		journal_entries_finish(&e);
		page_put(f, f->inbox, NULL, 0, "i1", true, false);
		assert_uids(f, f->work, "");
		assert_uids(f, f->inbox, "2");
		assert_body(f, box_at(f, "Recovered"), 1, mime_one);
		assert_ready(f, "");
		assert_notice(f, 0, "subject", STORE_KEPT_RECOVERED);
		reopen_without(f, "cache.db");
		assert_body(f, box_at(f, "Recovered"), 1, mime_one);
		teardown((void **)&f);
	}
	(void)state;
}

/* A page has taken another item with the same search key for the copy: that one stays
 * known. Where the original is gone, it is what was wanted. */
static void copy_refused_that_a_page_joined(void **state)
{
	static const bool gone[] = { false, true };

	for (size_t i = 0; i < ARRAY_LEN(gone); i++) {
		const struct err why = { .code = ERR_NOT_FOUND, .text = "gone" };
		struct fixture *f = NULL;
		struct journal_entries e;
		struct item_text t;
		struct store_item there = item(&t, 1, 0);
		CLEANUP(strbuf_finish) struct strbuf state_of = STRBUF(100);
		int64_t entry;
		bool listing;

		assert_int_equal(setup((void **)&f), 0);
		fill(f, f->inbox, 1, 1);
		put_body(f, f->inbox, 1, mime_one);
		fill(f, f->work, 20, 20);
		transfer(f, false, f->inbox, 1, f->work, &entry);
		there.item_id = "moved";
		page_put(f, f->work, &there, 1, NULL, true, false);
		assert_uids(f, f->work, "1 2");
		take(f, &e);
		ASSERT_OK(journal_refused(f->s, &e.items[0],
					  &(struct journal_refusal){
						  .why = &why, .source_gone = gone[i] },
					  &f->err),
			  f->err);
		journal_entries_finish(&e);
		assert_ready(f, "");
		assert_uids(f, f->work, gone[i] ? "1 2" : "1");
		assert_int_equal(verdict(f, entry),
				 gone[i] ? JOURNAL_DONE : JOURNAL_REFUSED);
		if (!gone[i]) /* the folder is listed again */
			assert_false(store_box_state(f->s, f->work, &state_of, &listing,
						     &f->err));
		teardown((void **)&f);
	}
	(void)state;
}

/* A copy of a copy whose own original is gone does not wait for ever; it is the only one
 * that is left, perhaps. */
static void copy_of_refused_copy(void **state)
{
	for (size_t i = 0; i < 4; i++) {
		const struct err why = { .code = ERR_NOT_FOUND, .text = "gone" };
		struct journal_entries e;
		struct fixture *f = NULL;
		int64_t entry;
		uint32_t uid;

		assert_int_equal(setup((void **)&f), 0);
		fill(f, f->inbox, 1, 1);
		put_body(f, f->inbox, 1, mime_one);
		uid = transfer(f, i >= 2, f->inbox, 1, f->work, &entry);
		transfer(f, false, f->work, uid, f->inbox, &entry);
		take(f, &e);
		ASSERT_OK(
			journal_refused(f->s, &e.items[0],
					&(struct journal_refusal){
						.why = &why, .source_gone = i % 2 != 0 },
					&f->err),
			f->err);
		journal_entries_finish(&e);
		assert_ready(f, i % 2 ? "append:-" : "");
		assert_int_equal(verdict(f, entry),
				 i % 2 ? JOURNAL_PENDING : JOURNAL_REFUSED);
		assert_uids(f, f->work, "");
		teardown((void **)&f);
	}
	(void)state;
}

/* Moved and then removed here, while somebody deletes the original: nothing is left, and
 * no entry waits for ever. */
static void moved_and_removed_without_original(void **state)
{
	const struct err why = { .code = ERR_NOT_FOUND, .text = "gone" };
	struct fixture *f = *state;
	struct journal_entries e;
	struct store_counts counts;
	int64_t entry;

	fill(f, f->inbox, 1, 2);
	put_body(f, f->inbox, 1, mime_one);
	transfer(f, true, f->inbox, 1, f->work, &entry);
	expunge(f, f->work, 1);
	take(f, &e);
	ASSERT_OK(journal_refused(
			  f->s, &e.items[0],
			  &(struct journal_refusal){ .why = &why, .source_gone = true },
			  &f->err),
		  f->err);
	journal_entries_finish(&e);
	page_put(f, f->inbox, NULL, 0, "i1", true, false);
	assert_uids(f, f->work, "");
	assert_uids(f, f->inbox, "2");
	ASSERT_OK(store_counts(f->s, &counts, &f->err), f->err);
	assert_int_equal(counts.pending, 0);
}

/* Between the server's answer and what follows from it, clients and rounds went on. */
static void refuse(struct fixture *f, struct journal_entries *e, bool source_gone)
{
	const struct err why = { .code = ERR_QUOTA, .text = "full" };

	ASSERT_OK(journal_refused(f->s, &e->items[0],
				  &(struct journal_refusal){ .why = &why,
							     .source_gone = source_gone },
				  &f->err),
		  f->err);
	journal_entries_finish(e);
}

/* Moved, or copied and removed, while the server refuses it where it was put first. */
static void append_refused_where_it_was(void **state)
{
	static const bool moves[] = { false, true };

	for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
		struct fixture *f = NULL;
		struct journal_entries e;
		int64_t first, entry;
		uint32_t uid;

		assert_int_equal(setup((void **)&f), 0);
		uid = append(f, f->work, MSG_FLAGGED, &first);
		take(f, &e);
		transfer(f, moves[i], f->work, uid, f->inbox, &entry);
		if (!moves[i])
			expunge(f, f->work, uid);
		refuse(f, &e, false);
		assert_int_equal(verdict(f, first), JOURNAL_REFUSED);
		assert_uids(f, f->work, "");
		assert_uids(f, f->inbox, "1");
		assert_ready(f, "append:-"); /* where it is now */
		assert_int_equal(verdict(f, entry), JOURNAL_PENDING);
		reopen_without(f, "cache.db");
		folders(f);
		assert_flags(f, f->inbox, 1, "4:");
		refuse_first(f, false);
		assert_body(f, box_at(f, "Recovered"), 1, mime_one);
		teardown((void **)&f);
	}
	(void)state;
}

/* What the server refused is not what is wanted now. */
static void refused_and_changed(void **state)
{
	static const char *const ready[] = { "flags:i1", "copy:i1b", "move:i1b",
					     "expunge:i1b", "create:-" };

	for (size_t i = 0; i < ARRAY_LEN(ready); i++) {
		struct fixture *f = NULL;
		struct journal_entries e;
		struct item_text t;
		struct store_item renewed = item(&t, 1, 0);
		struct store_folder made = { .remote_id = "F-new", .name = "New" };
		int64_t entry;

		assert_int_equal(setup((void **)&f), 0);
		fill(f, f->inbox, 1, 1);
		put_body(f, f->inbox, 1, mime_one);
		if (i == 0)
			set_flags(f, f->inbox, 1, STORE_FLAGS_ADD, MSG_SEEN, "");
		else if (i == 3)
			expunge(f, f->inbox, 1);
		else if (i == 4)
			ASSERT_OK(store_box_create(f->s, STR("New"), BOX_USE_NONE, &entry,
						   &f->err),
				  f->err);
		else
			transfer(f, i == 2, f->inbox, 1, f->work, &entry);
		take(f, &e);
		renewed.item_id = "i1b";
		if (i == 0)
			set_flags(f, f->inbox, 1, STORE_FLAGS_ADD, MSG_FLAGGED, "");
		else if (i == 4)
			ASSERT_OK(folders_put(f, &made, 1, NULL, 0), f->err);
		else
			page_put(f, f->inbox, &renewed, 1, NULL, true, true);
		refuse(f, &e, i == 1 || i == 2);
		assert_ready(f, ready[i]);
		if (i == 0)
			assert_flags(f, f->inbox, 1, "5:");
		teardown((void **)&f);
	}
	(void)state;
}

static void refused_folder_keeps_mail(void **state)
{
	struct fixture *f = *state;
	int64_t entry, box;

	fill(f, f->inbox, 1, 1);
	ASSERT_OK(store_box_create(f->s, STR("New"), BOX_USE_NONE, &entry, &f->err),
		  f->err);
	box = box_at(f, "New");
	append(f, box, 0, &entry);
	transfer(f, true, f->inbox, 1, box, &entry);
	assert_ready(f, "create:-");
	refuse_first(f, false);
	assert_ready(f, "");
	assert_uids(f, f->inbox, "2");
	assert_uids(f, box_at(f, "Recovered"), "1");
}

static void sending_refused(void **state)
{
	struct fixture *f = *state;
	int64_t none;

	outbox(f);
	append(f, f->sent, MSG_SEEN, &none);
	refuse_first(f, true);
	assert_ready(f, "append:-"); /* the client's copy goes up by itself */
	outbox(f);
	finish_first(f, "x");
	refuse_first(f, false);
	assert_body(f, box_at(f, "Recovered"), 1, mime_one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		ROW(refusals),
		ROW(refusal_with_report),
		ROW(copy_without_original),
		ROW(copy_of_refused_copy),
		ROW(copy_refused_that_a_page_joined),
		ROW(moved_and_removed_without_original),
		ROW(append_refused_where_it_was),
		ROW(refused_and_changed),
		ROW(refused_folder_keeps_mail),
		ROW(sending_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
