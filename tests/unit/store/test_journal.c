/* store: what clients change, the journal, joins with what comes down. */
#include "tests/unit/store/journal_test.h"

static void flags_fold(void **state)
{
	struct fixture *f = *state;
	struct journal_entries e;
	struct item_text t;
	struct store_item old;

	fill(f, f->inbox, 1, 1);
	set_flags(f, f->inbox, 1, STORE_FLAGS_ADD, MSG_SEEN, "");
	set_flags(f, f->inbox, 1, STORE_FLAGS_ADD, MSG_FLAGGED | MSG_DELETED,
		  "Red\n$MDNSent\n");
	set_flags(f, f->inbox, 1, STORE_FLAGS_REMOVE, MSG_SEEN, "");
	reopen(f);
	assert_flags(f, f->inbox, 1, "c:$MDNSent,Red,");
	take(f, &e);
	assert_int_equal(e.count, 1);
	assert_int_equal(e.items[0].flags_changed, MSG_SEEN | MSG_FLAGGED);
	assert_true(e.items[0].keywords_changed);
	ASSERT_STR(0, str_from(e.items[0].keywords), STR("Red\n"));
	/* Changed again while it goes up; a page tells the old flags meanwhile. */
	set_flags(f, f->inbox, 1, STORE_FLAGS_ADD, MSG_SEEN, "");
	old = item(&t, 1, 0);
	page_put(f, f->inbox, &old, 1, NULL, true, false);
	assert_flags(f, f->inbox, 1, "d:$MDNSent,Red,");
	ASSERT_OK(journal_done(f->s, &e.items[0],
			       &(struct journal_result){ .flags_done = e.items[0].flags },
			       &f->err),
		  f->err);
	journal_entries_finish(&e);
	assert_flags(f, f->inbox, 1, "d:$MDNSent,Red,");
	assert_ready(f, "flags:i1");
	finish_first(f, NULL);
	assert_ready(f, "");
	reopen(f);
	assert_flags(f, f->inbox, 1, "d:$MDNSent,Red,");
}

static void flags_survive_cache_loss(void **state)
{
	struct fixture *f = *state;

	fill(f, f->inbox, 1, 1);
	set_flags(f, f->inbox, 1, STORE_FLAGS_ADD,
		  MSG_SEEN | MSG_ANSWERED | MSG_FORWARDED, "$MDNSent\n");
	reopen_without(f, "cache.db");
	folders(f);
	fill(f, f->inbox, 1, 1);
	assert_flags(f, f->inbox, 1, "23:$MDNSent,");
	assert_ready(f, "flags:i1");
}

static void acknowledged_beats_older_page(void **state)
{
	struct fixture *f = *state;
	struct item_text t;
	struct store_item old = item(&t, 1, 0);
	struct store_page page = { .items = &old,
				   .item_count = 1,
				   .state = STR("s"),
				   .last = true,
				   .asked_unix_ms = clock_unix_ms() - 5000 };

	fill(f, f->inbox, 1, 1);
	set_flags(f, f->inbox, 1, STORE_FLAGS_ADD, MSG_SEEN, "");
	finish_first(f, NULL);
	ASSERT_OK(store_page_apply(f->s, f->inbox, &page, false, &f->err), f->err);
	assert_flags(f, f->inbox, 1, "1:");
}

/* The clock was a day ahead while the server agreed, and was set right: the order of
 * requests and answers is kept, and nothing waits for a day. */
static void clock_set_back(void **state)
{
	struct fixture *f = *state;
	int64_t day_ms = 86400000, ahead_ms = clock_unix_ms() + day_ms, asked_ms;
	struct journal_entries e;
	struct item_text t;
	struct store_item it = item(&t, 1, MSG_FLAGGED);

	fill(f, f->inbox, 1, 1);
	set_flags(f, f->inbox, 1, STORE_FLAGS_ADD, MSG_SEEN, "");
	take(f, &e);
	ASSERT_OK(journal_retry(f->s, e.items[0].id, ahead_ms, "later", &f->err), f->err);
	assert_ready(f, "flags:i1");
	ASSERT_OK(journal_done(f->s, &e.items[0],
			       &(struct journal_result){ .flags_done = MSG_SEEN,
							 .done_unix_ms = ahead_ms },
			       &f->err),
		  f->err);
	journal_entries_finish(&e);
	reopen(f);
	asked_ms = store_stamp_ms(f->s);
	assert_true(asked_ms > ahead_ms);
	assert_true(store_stamp_ms(f->s) > asked_ms);
	ASSERT_OK(store_item_apply(f->s, f->inbox, &it, asked_ms, &f->err), f->err);
	assert_flags(f, f->inbox, 1, "4:");
}

static bool unsure(struct fixture *f, int64_t asked_ms)
{
	bool is;

	ASSERT_OK(store_unsure(f->s, f->inbox, asked_ms, &is, &f->err), f->err);
	return is;
}

/* An answer that was asked for before the server agreed to our change tells of somebody
 * else's as well: it will not be told again, so the item is read once more. */
static void change_beside_ours(void **state)
{
	static const struct {
		unsigned flags;
		const char *keywords;
		bool unsure;
	} rows[] = {
		{ MSG_SEEN, "", false }, /* ours alone */
		{ MSG_SEEN | MSG_FLAGGED, "", true },
		{ MSG_SEEN, "Green\n", true },
		{ 0, "", true }, /* a ReadFlagChange */
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fixture *f = NULL;
		struct journal_entries e;
		struct item_text t;
		struct store_item it = item(&t, 1, rows[i].flags);
		struct store_page page = {
			.items = &it, .item_count = 1, .state = STR("st"), .last = true
		};
		const char *id = t.id;
		const bool read = false;
		struct store_ids again;
		int64_t asked_ms, done_ms;

		assert_int_equal(setup((void **)&f), 0);
		it.keywords = rows[i].keywords;
		fill(f, f->inbox, 1, 1);
		set_flags(f, f->inbox, 1, STORE_FLAGS_ADD, MSG_SEEN, "");
		take(f, &e);
		page.asked_unix_ms = asked_ms = store_stamp_ms(f->s);
		done_ms = store_stamp_ms(f->s);
		ASSERT_OK(
			journal_done(f->s, &e.items[0],
				     &(struct journal_result){ .flags_done = MSG_SEEN,
							       .done_unix_ms = done_ms },
				     &f->err),
			f->err);
		journal_entries_finish(&e);
		if (!rows[i].flags) {
			page.item_count = 0;
			page.read_ids = &id;
			page.read_values = &read;
			page.read_count = 1;
		}
		ASSERT_OK(store_page_apply(f->s, f->inbox, &page, false, &f->err),
			  f->err);
		assert_flags(f, f->inbox, 1, "1:");
		assert_int_equal(unsure(f, asked_ms), rows[i].unsure);
		page.asked_unix_ms = asked_ms = store_stamp_ms(f->s);
		ASSERT_OK(store_unconfirmed(f->s, f->inbox, asked_ms, &again, &f->err),
			  f->err);
		assert_int_equal(again.count, rows[i].unsure);
		store_ids_finish(&again);
		page.item_count = 1;
		page.read_count = 0;
		ASSERT_OK(store_page_apply(f->s, f->inbox, &page, false, &f->err),
			  f->err);
		assert_flags(f, f->inbox, 1,
			     i == 0   ? "1:"
			     : i == 1 ? "5:"
			     : i == 2 ? "1:Green,"
				      : "0:");
		ASSERT_OK(store_unconfirmed(f->s, f->inbox, asked_ms, &again, &f->err),
			  f->err);
		assert_int_equal(again.count, 0);
		store_ids_finish(&again);
		teardown((void **)&f);
	}
	(void)state;
}

static void both_verbs_stay(void **state)
{
	struct fixture *f = *state;
	struct item_text t;
	struct store_item it;

	fill(f, f->inbox, 1, 1);
	it = item(&t, 1, MSG_ANSWERED);
	page_put(f, f->inbox, &it, 1, NULL, true, false);
	it.flags = MSG_FORWARDED;
	page_put(f, f->inbox, &it, 1, NULL, true, false);
	assert_flags(f, f->inbox, 1, "22:");
	it.flags = 0;
	page_put(f, f->inbox, &it, 1, NULL, true, false);
	assert_flags(f, f->inbox, 1, "0:");
}

static void unchangedsince(void **state)
{
	struct fixture *f = *state;
	struct store_flags_result result;
	uint32_t uids[] = { 3, 1 };
	uint64_t before;

	fill(f, f->inbox, 1, 3);
	before = assert_changes(f, f->inbox, 0, "+1:0 +2:0 +3:0");
	set_flags(f, f->inbox, 3, STORE_FLAGS_ADD, MSG_SEEN, "");
	ASSERT_OK(store_flags_change(f->s, f->inbox, uids, 2,
				     &(struct store_flags){ STORE_FLAGS_ADD, MSG_FLAGGED,
							    STR(""), before },
				     &result, &f->err),
		  f->err);
	assert_int_equal(result.failed.count, 1);
	assert_int_equal(result.failed.uids[0], 3);
	store_flags_result_finish(&result);
	assert_changes(f, f->inbox, before, "1:4 3:1");
}

/* The page with our item may come before or after the answer to CreateItem. */
static void append_join(void **state, bool page_first, bool with_mark)
{
	struct fixture *f = *state;
	struct journal_entries e;
	struct item_text t;
	struct store_item it = item(&t, 50, MSG_SEEN);
	CLEANUP(strbuf_finish) struct strbuf mime = STRBUF(4096);
	int64_t entry;

	fill(f, f->inbox, 1, 2);
	assert_int_equal(append(f, f->inbox, MSG_SEEN, &entry), 3);
	assert_int_equal(verdict(f, entry), JOURNAL_PENDING);
	assert_body(f, f->inbox, 3, mime_one);
	set_flags(f, f->inbox, 3, STORE_FLAGS_ADD, MSG_FLAGGED, "");
	reopen(f);
	take(f, &e);
	assert_int_equal(e.count, 1); /* the flags wait */
	ASSERT_OK(journal_mime(f->s, e.items[0].id, &mime, &f->err), f->err);
	ASSERT_STR(0, strbuf_str(&mime), str_from(mime_one));
	e.items[0].flags = MSG_SEEN; /* as they were when it was read */
	it.mark = with_mark ? e.items[0].mark : NULL;
	if (page_first)
		page_put(f, f->inbox, &it, 1, NULL, true, false);
	ASSERT_OK(journal_done(f->s, &e.items[0],
			       &(struct journal_result){ .item_id = "i50" }, &f->err),
		  f->err);
	if (!page_first)
		page_put(f, f->inbox, &it, 1, NULL, true, false);
	journal_entries_finish(&e); /* holds the mark that @it borrows */
	assert_int_equal(verdict(f, entry), JOURNAL_DONE);
	assert_uids(f, f->inbox, "1 2 3");
	assert_body(f, f->inbox, 3, mime_one);
	assert_flags(f, f->inbox, 3, "5:");
	assert_ready(f, "flags:i50");
	page_put(f, f->inbox, NULL, 0, "i50", true, false);
	assert_uids(f, f->inbox, "1 2");
	assert_ready(f, "");
}

static void append_page_first(void **state)
{
	append_join(state, true, true);
}

static void append_done_first(void **state)
{
	append_join(state, false, true);
}

static void append_page_without_mark(void **state)
{
	append_join(state, true, false);
}

/* The first page that has an appended message was asked for before the server agreed to
 * what became of its flags since. */
static void append_page_is_old(void **state)
{
	struct fixture *f = *state;
	struct journal_entries e;
	struct item_text t;
	struct store_item it = item(&t, 50, 0);
	struct store_page page = {
		.items = &it, .item_count = 1, .state = STR("st"), .last = true
	};
	struct journal_result result = { .item_id = "i50" };
	int64_t entry;

	fill(f, f->inbox, 1, 1);
	append(f, f->inbox, 0, &entry);
	take(f, &e);
	ASSERT_OK(journal_done(f->s, &e.items[0], &result, &f->err), f->err);
	journal_entries_finish(&e);
	set_flags(f, f->inbox, 2, STORE_FLAGS_ADD, MSG_SEEN, "");
	page.asked_unix_ms = store_stamp_ms(f->s);
	take(f, &e);
	result = (struct journal_result){ .flags_done = MSG_SEEN,
					  .done_unix_ms = store_stamp_ms(f->s) };
	ASSERT_OK(journal_done(f->s, &e.items[0], &result, &f->err), f->err);
	journal_entries_finish(&e);
	assert_flags(f, f->inbox, 2, "1:");
	ASSERT_OK(store_page_apply(f->s, f->inbox, &page, false, &f->err), f->err);
	assert_flags(f, f->inbox, 2, "1:");
	assert_true(unsure(f, page.asked_unix_ms));
	page.asked_unix_ms = store_stamp_ms(f->s);
	it.flags = MSG_SEEN | MSG_FLAGGED;
	ASSERT_OK(store_page_apply(f->s, f->inbox, &page, false, &f->err), f->err);
	assert_flags(f, f->inbox, 2, "5:");
}

static void append_survives_cache_loss(void **state)
{
	struct fixture *f = *state;
	int64_t entry;

	append(f, f->inbox, MSG_SEEN, &entry);
	reopen_without(f, "cache.db");
	folders(f);
	fill(f, f->inbox, 1, 1);
	assert_uids(f, f->inbox, "1 2");
	assert_body(f, f->inbox, 1, mime_one);
	assert_flags(f, f->inbox, 1, "1:");
	assert_ready(f, "append:-");
}

static void move_both_ways(void **state)
{
	struct fixture *f = *state;

	for (int page_first = 0; page_first < 2; page_first++) {
		struct item_text t;
		unsigned n = 10 + (unsigned)page_first;
		struct store_item it = item(&t, n, 0), moved;
		char new_id[32], old_id[32];
		int64_t entry;
		uint32_t uid, new_uid = (uint32_t)page_first + 1;
		CLEANUP(strbuf_finish) struct strbuf want = STRBUF(99);

		uid = new_uid;
		page_put(f, f->inbox, &it, 1, NULL, true, false);
		put_body(f, f->inbox, uid, mime_one);
		set_flags(f, f->inbox, uid, STORE_FLAGS_ADD, MSG_FLAGGED, "");
		assert_int_equal(transfer(f, true, f->inbox, uid, f->work, &entry),
				 new_uid);
		assert_uids(f, f->inbox, "");
		assert_body(f, f->work, new_uid, mime_one);
		assert_flags(f, f->work, new_uid, "4:");
		reopen(f);
		/* A page that still tells of it brings nothing back. */
		page_put(f, f->inbox, &it, 1, NULL, true, false);
		assert_uids(f, f->inbox, "");
		snprintf(new_id, sizeof(new_id), "new%u", n);
		snprintf(old_id, sizeof(old_id), "i%u", n);
		strbuf_addf(&want, "move:i%u", n);
		assert_ready(f, strbuf_cstr(&want));
		moved = it;
		moved.item_id = new_id;
		if (page_first) {
			page_put(f, f->work, &moved, 1, NULL, true, false);
			page_put(f, f->inbox, NULL, 0, old_id, true, false);
			finish_first(f, NULL);
		}
		while (verdict(f, entry) == JOURNAL_PENDING)
			finish_first(f, new_id);
		if (!page_first) {
			page_put(f, f->work, &moved, 1, NULL, true, false);
			page_put(f, f->inbox, NULL, 0, old_id, true, false);
		}
		if (!page_first)
			finish_first(f, NULL); /* its flags */
		assert_ready(f, "");
		assert_uids(f, f->inbox, "");
		assert_flags(f, f->work, new_uid, "4:");
	}
	assert_uids(f, f->work, "1 2");
}

static void copy_of_pending_append(void **state)
{
	struct fixture *f = *state;
	int64_t entry, copy;

	append(f, f->inbox, 0, &entry);
	assert_int_equal(transfer(f, false, f->inbox, 1, f->work, &copy), 1);
	expunge(f, f->inbox, 1);
	assert_body(f, f->work, 1, mime_one);
	assert_ready(f, "append:-");
	finish_first(f, "a");
	assert_ready(f, "copy:a");
	finish_first(f, "b");
	assert_ready(f, "flags:b expunge:a");
	finish_first(f, NULL);
	finish_first(f, NULL);
	assert_ready(f, "");
	page_put(f, f->inbox, NULL, 0, "a", true, false);
	assert_uids(f, f->work, "1");
}

/* Two copies of one message into one folder: pages and answers may cross. */
static void copies_cross(void **state)
{
	struct fixture *f = *state;
	struct item_text t;
	struct store_item it;
	int64_t first, second;

	fill(f, f->inbox, 7, 7);
	transfer(f, false, f->inbox, 1, f->work, &first);
	transfer(f, false, f->inbox, 1, f->work, &second);
	it = item(&t, 7, 0);
	it.item_id = "X";
	page_put(f, f->work, &it, 1, NULL, true, false); /* joins the first by guess */
	finish_first(f, "Y");
	finish_first(f, "X");
	it.item_id = "Y";
	page_put(f, f->work, &it, 1, NULL, true, false);
	assert_uids(f, f->work, "1 2");
	page_put(f, f->work, NULL, 0, "X", true, false);
	assert_uids(f, f->work, "1");
}

/* As above, and the two differ by what somebody did to one of them on the server. */
static void copies_cross_with_flags(void **state)
{
	struct fixture *f = *state;
	struct item_text texts[2];
	struct store_item items[2];
	struct store_ids ids;
	int64_t entry;

	fill(f, f->inbox, 7, 7);
	transfer(f, false, f->inbox, 1, f->work, &entry);
	transfer(f, false, f->inbox, 1, f->work, &entry);
	items[0] = item(&texts[0], 7, MSG_FLAGGED);
	items[0].item_id = "X";
	items[1] = item(&texts[1], 7, 0);
	items[1].item_id = "Y";
	page_put(f, f->work, items, 2, NULL, true, false);
	finish_first(f, "Y");
	finish_first(f, "X");
	ASSERT_OK(store_unconfirmed(f->s, f->work, clock_unix_ms() + 10, &ids, &f->err),
		  f->err);
	assert_int_equal(ids.count, 2);
	store_ids_finish(&ids);
	page_put(f, f->work, items, 2, NULL, true, false);
	assert_flags(f, f->work, 1, "0:");
	assert_flags(f, f->work, 2, "4:");
}

static void expunge_stays_gone(void **state)
{
	struct fixture *f = *state;
	struct item_text t;
	struct store_item it = item(&t, 2, 0);

	fill(f, f->inbox, 1, 3);
	expunge(f, f->inbox, 2);
	reopen(f);
	page_put(f, f->inbox, &it, 1, NULL, true, false);
	assert_uids(f, f->inbox, "1 3");
	ASSERT_OK(store_box_state_drop(f->s, f->inbox, &f->err), f->err);
	fill(f, f->inbox, 1, 3); /* a full listing tells of it as well */
	assert_uids(f, f->inbox, "1 3");
	finish_first(f, NULL);
	page_put(f, f->inbox, NULL, 0, "i2", true, false);
	assert_uids(f, f->inbox, "1 3");
}

/* A page brought the item as a row of its own, whose body has come already: the row that
 * clients have seen gets it as well. */
static void absorbed_with_body(void **state)
{
	struct fixture *f = *state;
	struct store_body_wants wants;
	int64_t entry;
	uint32_t uid;

	fill(f, f->inbox, 1, 1);
	uid = transfer(f, true, f->inbox, 1, f->work, &entry);
	fill(f, f->work, 50, 50);
	put_body(f, f->work, uid + 1, mime_one);
	finish_first(f, "i50");
	assert_uids(f, f->work, "1");
	ASSERT_OK(store_bodies_missing(f->s, 10, &wants, &f->err), f->err);
	assert_int_equal(wants.count, 1);
	store_body_wants_finish(&wants);
}

/* The cache is lost while an APPEND waits: it goes up with its flags nevertheless. */
static void append_without_cache(void **state)
{
	struct fixture *f = *state;
	struct journal_entries e;
	int64_t entry;

	append(f, f->work, MSG_SEEN | MSG_FLAGGED, &entry);
	reopen_without(f, "cache.db");
	take(f, &e);
	assert_int_equal(e.items[0].flags, MSG_SEEN | MSG_FLAGGED);
	journal_entries_finish(&e);
	folders(f);
	/* An earlier try made it, nobody knows with which flags: they are written. */
	take(f, &e);
	ASSERT_OK(journal_done(f->s, &e.items[0],
			       &(struct journal_result){ .item_id = "up",
							 .flags_unknown = true },
			       &f->err),
		  f->err);
	journal_entries_finish(&e);
	assert_ready(f, "flags:up");
}

/* The ledger got the copy, a crash kept it from the cache. */
static void copy_after_crash(void **state)
{
	struct fixture *f = *state;
	struct store_msgs msgs;
	int64_t entry;
	uint32_t uid;
	char command[256];

	fill(f, f->inbox, 1, 1);
	put_body(f, f->inbox, 1, mime_one);
	snprintf(command, sizeof(command),
		 "mkdir '%s/kept' && cp '%s'/cache.db* '%s/kept'", f->dir, f->dir,
		 f->dir);
	assert_int_equal(system(command), 0);
	uid = transfer(f, false, f->inbox, 1, f->work, &entry);
	store_close(f->s);
	snprintf(command, sizeof(command), "cd '%s' && rm -f cache.db* && mv kept/* .",
		 f->dir);
	assert_int_equal(system(command), 0);
	ASSERT_OK(store_open(f->dir, f->hub, &f->s, &f->err), f->err);
	ASSERT_OK(store_msgs_read(f->s, f->work, &uid, 1, STORE_WANT_HEADER, &msgs,
				  &f->err),
		  f->err);
	assert_int_equal(msgs.count, 1);
	assert_true(msgs.items[0].header.len > 0);
	store_msgs_finish(&msgs);
	assert_body(f, f->work, uid, mime_one);
}

static void retry_waits(void **state)
{
	struct fixture *f = *state;
	struct journal_entries e;
	int64_t next;

	outbox(f);
	take(f, &e);
	ASSERT_OK(journal_retry(f->s, e.items[0].id, clock_unix_ms() + 60000, "later",
				&f->err),
		  f->err);
	journal_entries_finish(&e);
	ASSERT_OK(journal_ready(f->s, 9, &e, &next, &f->err), f->err);
	assert_int_equal(e.count, 0);
	assert_true(next > clock_unix_ms() && next != INT64_MAX);
	journal_entries_finish(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		ROW(flags_fold),
		ROW(flags_survive_cache_loss),
		ROW(acknowledged_beats_older_page),
		ROW(clock_set_back),
		ROW(change_beside_ours),
		ROW(both_verbs_stay),
		ROW(unchangedsince),
		ROW(append_page_first),
		ROW(append_done_first),
		ROW(append_page_is_old),
		ROW(append_page_without_mark),
		ROW(append_survives_cache_loss),
		ROW(move_both_ways),
		ROW(copy_of_pending_append),
		ROW(copies_cross),
		ROW(copies_cross_with_flags),
		ROW(expunge_stays_gone),
		ROW(absorbed_with_body),
		ROW(append_without_cache),
		ROW(copy_after_crash),
		ROW(retry_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
