/* store: what clients change, the journal, joins with what comes down, refusals. */
#include "tests/unit/store/store_test.h"

static const char mime_one[] =
	"From: a@example.test\r\nMessage-ID: <one@example.test>\r\n"
	"Subject: one\r\n\r\nhello\r\n";

/* "kind:msg item" of what is ready. */
static void assert_ready(struct fixture *f, const char *want)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(4096);
	static const char *const kinds[] = { "flags",  "append",  "copy",
					     "move",   "expunge", "create",
					     "rename", "delete",  "send" };
	struct journal_entries e;
	int64_t next;

	ASSERT_OK(journal_ready(f->s, 99, &e, &next, &f->err), f->err);
	for (size_t i = 0; i < e.count; i++)
		strbuf_addf(&text, "%s%s:%s", i ? " " : "", kinds[e.items[i].kind],
			    e.items[i].item_id ? e.items[i].item_id : "-");
	journal_entries_finish(&e);
	ASSERT_STR(0, strbuf_str(&text), str_from(want));
}

static void take(struct fixture *f, struct journal_entries *e)
{
	int64_t next;

	ASSERT_OK(journal_ready(f->s, 99, e, &next, &f->err), f->err);
	assert_true(e->count > 0);
}

/* Answers the first entry that is ready. */
static void finish_first(struct fixture *f, const char *item_id)
{
	struct journal_entries e;

	take(f, &e);
	ASSERT_OK(
		journal_done(f->s, &e.items[0],
			     &(struct journal_result){ .item_id = item_id,
						       .flags_done = e.items[0].flags,
						       .done_unix_ms = clock_unix_ms() },
			     &f->err),
		f->err);
	journal_entries_finish(&e);
}

static void refuse_first(struct fixture *f, bool told)
{
	const struct err why = { .code = ERR_DENIED, .text = "no" };
	struct journal_entries e;

	take(f, &e);
	ASSERT_OK(journal_refused(f->s, &e.items[0],
				  &(struct journal_refusal){ .why = &why, .told = told },
				  &f->err),
		  f->err);
	journal_entries_finish(&e);
}

static void set_flags(struct fixture *f, int64_t box, uint32_t uid, enum store_flag_op op,
		      unsigned flags, const char *keywords)
{
	ASSERT_OK(store_flags_change(f->s, box, &uid, 1,
				     &(struct store_flags){ op, flags, str_from(keywords),
							    UINT64_MAX },
				     NULL, &f->err),
		  f->err);
}

static uint32_t append(struct fixture *f, int64_t box, unsigned flags, int64_t *entry_r)
{
	struct store_append a = { .mime = str_from(mime_one),
				  .flags = flags,
				  .internal_unix_s = 1700000500 };
	uint32_t uid;

	ASSERT_OK(store_append(f->s, box, &a, &uid, entry_r, &f->err), f->err);
	return uid;
}

static uint32_t transfer(struct fixture *f, bool move, int64_t from, uint32_t uid,
			 int64_t to, int64_t *entry_r)
{
	struct store_uid_list old, new;
	uint32_t result;

	ASSERT_OK((move ? store_move : store_copy)(f->s, from, &uid, 1, to, &old, &new,
						   entry_r, &f->err),
		  f->err);
	assert_int_equal(new.count, 1);
	result = new.uids[0];
	store_uid_list_finish(&old);
	store_uid_list_finish(&new);
	return result;
}

static void expunge(struct fixture *f, int64_t box, uint32_t uid)
{
	struct store_uid_list gone;
	int64_t entry;

	set_flags(f, box, uid, STORE_FLAGS_ADD, MSG_DELETED, "");
	ASSERT_OK(store_expunge(f->s, box, &uid, 1, &gone, &entry, &f->err), f->err);
	assert_int_equal(gone.count, 1);
	store_uid_list_finish(&gone);
}

static enum journal_verdict verdict(struct fixture *f, int64_t entry)
{
	enum journal_verdict v;
	struct err why;

	ASSERT_OK(journal_verdict(f->s, entry, &v, &why, &f->err), f->err);
	return v;
}

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

static void assert_notice(struct fixture *f, size_t at, const char *what,
			  enum store_kept kept)
{
	struct store_notices notices;

	ASSERT_OK(store_notices_read(f->s, 100, &notices, &f->err), f->err);
	assert_true(notices.count > at);
	ASSERT_STR(at, str_from(notices.items[at].what), str_from(what));
	assert_int_equal(notices.items[at].kept, kept);
	store_notices_finish(&notices);
}

#define OUT "From: a@x.test\r\nSubject: Out\r\nMessage-ID: <out@x.test>\r\n\r\n%s\r\n"

static int64_t send(struct fixture *f, const char *text)
{
	char mime[512];
	int64_t entry;

	snprintf(mime, sizeof(mime), OUT, text);
	ASSERT_OK(store_outbox_add(f->s, STR("a@x.test"), STR("b@x.test\n"),
				   str_from(mime), &entry, &f->err),
		  f->err);
	return entry;
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

static void unsure_whether_sent(void **state)
{
	struct fixture *f = *state;
	int64_t entry = send(f, "hello");
	struct journal_entries e;

	take(f, &e);
	ASSERT_OK(journal_unsure(f->s, &e.items[0], "nobody knows", &f->err), f->err);
	journal_entries_finish(&e);
	assert_ready(f, ""); /* never again */
	assert_int_equal(verdict(f, entry), JOURNAL_DONE);
	assert_uids(f, box_at(f, "Recovered"), "1");
	assert_notice(f, 0, "Out", STORE_KEPT_RECOVERED);
}

/* A client's own copy of what it sent is Exchange's; another text under the same
 * Message-ID is a message of its own. */
static void sent_copies(void **state)
{
	static const struct {
		const char *text;
		bool own;
	} rows[] = { { "hello", false }, { "hello, without the attachment", true } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fixture *f = NULL;
		struct store_append a = { .flags = MSG_SEEN };
		char mime[512];
		int64_t entry;
		uint32_t uid;

		assert_int_equal(setup((void **)&f), 0);
		send(f, "hello");
		finish_first(f, NULL);
		snprintf(mime, sizeof(mime), OUT, rows[i].text);
		a.mime = str_from(mime);
		ASSERT_OK(store_append(f->s, f->sent, &a, &uid, &entry, &f->err), f->err);
		assert_ready(f, rows[i].own ? "append:-" : "");
		assert_body(f, f->sent, uid, mime);
		teardown((void **)&f);
	}
	(void)state;
}

/* Exchange's copy has come with the first page of a round, and is not shown yet. */
static void sent_copy_not_shown_yet(void **state)
{
	struct fixture *f = *state;
	struct store_append a = { .flags = MSG_SEEN };
	struct item_text t;
	struct store_item it = item(&t, 5, MSG_SEEN);
	char mime[512];
	int64_t entry;
	uint32_t uid;

	send(f, "hello");
	finish_first(f, NULL);
	it.message_id = "<out@x.test>";
	page_put(f, f->sent, &it, 1, NULL, false, false);
	snprintf(mime, sizeof(mime), OUT, "hello");
	a.mime = str_from(mime);
	ASSERT_OK(store_append(f->s, f->sent, &a, &uid, &entry, &f->err), f->err);
	page_put(f, f->sent, NULL, 0, NULL, true, false);
	assert_ready(f, "");
	assert_uids(f, f->sent, "1");
	assert_int_equal(uid, 1);
	assert_body(f, f->sent, uid, mime);
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

/* A copy of a copy whose own original is gone does not wait for ever. */
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
		assert_ready(f, "");
		assert_int_equal(verdict(f, entry), JOURNAL_REFUSED);
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

static void folder_changes(void **state)
{
	struct fixture *f = *state;
	struct store_folder made = { .remote_id = "F-new", .name = "New" };
	int64_t entry, box, append_entry;
	struct store_box b;

	ASSERT_OK(store_box_create(f->s, STR("New/Sub"), BOX_USE_NONE, &entry, &f->err),
		  f->err);
	assert_false(store_box_create(f->s, STR("new"), BOX_USE_NONE, &entry, &f->err));
	assert_int_equal(f->err.code, ERR_EXISTS);
	box = box_at(f, "New");
	append(f, box, 0, &append_entry);
	reopen_without(f, "cache.db");
	folders(f);
	assert_int_equal(box_at(f, "New"), box);
	assert_ready(f, "create:-");
	/* It shows up by itself before the answer. */
	ASSERT_OK(folders_put(f, &made, 1, NULL, 0), f->err);
	assert_int_equal(box_at(f, "New"), box);
	struct journal_entries e;
	take(f, &e);
	ASSERT_OK(journal_done(f->s, &e.items[0],
			       &(struct journal_result){ .box_remote_id = "F-new" },
			       &f->err),
		  f->err);
	journal_entries_finish(&e);
	assert_ready(f, "create:- append:-");
	take(f, &e);
	ASSERT_STR(0, str_from(e.items[0].parent_remote_id), STR("F-new"));
	ASSERT_STR(0, str_from(e.items[0].name), STR("Sub"));
	ASSERT_OK(journal_done(f->s, &e.items[0],
			       &(struct journal_result){ .box_remote_id = "F-newsub" },
			       &f->err),
		  f->err);
	journal_entries_finish(&e);
	ASSERT_OK(store_box_rename(f->s, STR("New/Sub"), STR("Work/x%2Fy"), &entry,
				   &f->err),
		  f->err);
	assert_false(store_box_find(f->s, STR("New/Sub"), &b, &f->err));
	box_at(f, "Work/x%2Fy");
	finish_first(f, "up"); /* the message */
	take(f, &e);
	ASSERT_STR(0, str_from(e.items[0].name), STR("x/y"));
	ASSERT_STR(0, str_from(e.items[0].parent_remote_id), STR("F-work"));
	journal_entries_finish(&e);
	refuse_first(f, false);
	box_at(f, "New/Sub");
	assert_false(store_box_delete(f->s, STR("New"), &entry, &f->err));
	assert_int_equal(f->err.code, ERR_STATE);
	assert_false(store_box_delete(f->s, STR("inbox"), &entry, &f->err));
	assert_int_equal(f->err.code, ERR_DENIED);
	ASSERT_OK(store_box_delete(f->s, STR("New/Sub"), &entry, &f->err), f->err);
	assert_false(store_box_find(f->s, STR("New/Sub"), &b, &f->err));
	reopen(f);
	finish_first(f, NULL);
	assert_false(store_box_find(f->s, STR("New/Sub"), &b, &f->err));
	assert_ready(f, "");
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

/* A list of folders that was asked for before the server made one does not name it. */
static void folder_older_list(void **state)
{
	static const struct store_folder inbox[] = {
		{ .remote_id = "F-in", .name = "Posteingang", .use = BOX_USE_INBOX },
	};
	struct fixture *f = *state;
	int64_t entry, box, asked_unix_ms = clock_unix_ms();
	struct journal_entries e;
	struct store_box found;

	ASSERT_OK(store_box_create(f->s, STR("New"), BOX_USE_NONE, &entry, &f->err),
		  f->err);
	box = box_at(f, "New");
	take(f, &e);
	ASSERT_OK(journal_done(
			  f->s, &e.items[0],
			  &(struct journal_result){ .box_remote_id = "F-new",
						    .done_unix_ms = asked_unix_ms + 1 },
			  &f->err),
		  f->err);
	journal_entries_finish(&e);
	ASSERT_OK(folders_put(f, inbox, 1, NULL, asked_unix_ms), f->err);
	assert_int_equal(box_at(f, "New"), box);
	assert_false(store_box_find(f->s, STR("Work"), &found, &f->err));
	ASSERT_OK(folders_put(f, inbox, 1, NULL, asked_unix_ms + 2), f->err);
	assert_false(store_box_find(f->s, STR("New"), &found, &f->err));
	/* Nor is an empty one the truth. */
	assert_false(folders_put(f, NULL, 0, NULL, asked_unix_ms + 2));
	assert_int_equal(f->err.code, ERR_BROKEN);
	assert_int_equal(box_at(f, "INBOX"), f->inbox);
}

/* News of a folder that is being deleted here: that the server made it may come late;
 * only one that it has moved, to its trash, is there afterwards. */
static void folder_news_while_deleted(void **state)
{
	static const struct {
		const char *parent, *path; /* path: where it is in the end */
	} rows[] = { { NULL, NULL }, { "F-work", "Work/Old" } };
	struct fixture *f = *state;

	for (size_t row = 0; row < ARRAY_LEN(rows); row++) {
		struct store_folder told = { .remote_id = "F-old",
					     .parent_remote_id = rows[row].parent,
					     .name = "Old" };
		struct journal_entries e;
		struct store_box found;
		int64_t entry;

		ASSERT_OK(
			store_box_create(f->s, STR("Old"), BOX_USE_NONE, &entry, &f->err),
			f->err);
		take(f, &e);
		ASSERT_OK(
			journal_done(f->s, &e.items[0],
				     &(struct journal_result){ .box_remote_id = "F-old" },
				     &f->err),
			f->err);
		journal_entries_finish(&e);
		ASSERT_OK(store_box_delete(f->s, STR("Old"), &entry, &f->err), f->err);
		ASSERT_OK(folders_put(f, &told, 1, NULL, 0), f->err);
		finish_first(f, NULL);
		assert_false(store_box_find(f->s, STR("Old"), &found, &f->err));
		if (rows[row].path)
			box_at(f, rows[row].path);
	}
}

/* An answer that was asked for before the server agreed to a change tells of the time
 * before: the folder would be back until the next round. */
static void folder_stale_page(void **state)
{
	struct fixture *f = *state;
	struct store_folder told = { .remote_id = "F-work", .name = "Work" };
	struct store_folder_page page = {
		.folders = &told,
		.count = 1,
		.state = STR("stale"),
		.changes_before = store_folder_changes(f->s),
	};
	CLEANUP(strbuf_finish) struct strbuf kept = STRBUF(100);
	struct store_box found;
	int64_t entry;
	bool stale;

	ASSERT_OK(store_box_delete(f->s, STR("Work/a%2Fb"), &entry, &f->err), f->err);
	finish_first(f, NULL);
	ASSERT_OK(store_box_delete(f->s, STR("Work"), &entry, &f->err), f->err);
	finish_first(f, NULL);
	ASSERT_OK(store_folders_apply(f->s, &page, &stale, &f->err), f->err);
	assert_true(stale);
	assert_false(store_box_find(f->s, STR("Work"), &found, &f->err));
	ASSERT_OK(store_state_get(f->s, "hierarchy", &kept, &f->err), f->err);
	ASSERT_STR(0, strbuf_str(&kept), STR("h"));
	page.changes_before = store_folder_changes(f->s);
	ASSERT_OK(store_folders_apply(f->s, &page, &stale, &f->err), f->err);
	assert_false(stale);
	box_at(f, "Work"); /* somebody made it again */
	page.changes_before--;
	page.even_stale = true;
	ASSERT_OK(store_folders_apply(f->s, &page, &stale, &f->err), f->err);
	assert_false(stale);
}

static int64_t outbox(struct fixture *f)
{
	int64_t entry;

	ASSERT_OK(store_outbox_add(f->s, STR("a@example.test"), STR("b@example.test\n"),
				   str_from(mime_one), &entry, &f->err),
		  f->err);
	return entry;
}

static void sending(void **state)
{
	struct fixture *f = *state;
	struct journal_entries e;
	struct item_text t;
	struct store_item draft = item(&t, 60, 0);
	CLEANUP(strbuf_finish) struct strbuf mime = STRBUF(4096);
	int64_t entry = outbox(f), none;

	reopen(f);
	take(f, &e);
	ASSERT_STR(0, str_from(e.items[0].recipients), STR("b@example.test\n"));
	ASSERT_STR(0, str_from(e.items[0].message_id), STR("<one@example.test>"));
	ASSERT_OK(journal_mime(f->s, e.items[0].id, &mime, &f->err), f->err);
	ASSERT_STR(0, strbuf_str(&mime), str_from(mime_one));
	ASSERT_OK(journal_step(f->s, e.items[0].id, 1, "draft", "dk", &f->err), f->err);
	draft.mark = e.items[0].mark;
	page_put(f, box_at(f, "Drafts"), &draft, 1, NULL, true, false);
	assert_uids(f, box_at(f, "Drafts"), ""); /* nobody's business */
	/* The client keeps its copy: Exchange's will be the same. */
	assert_int_equal(append(f, f->sent, MSG_SEEN, &none), 1);
	assert_int_equal(none, 0);
	assert_int_equal(append(f, f->sent, MSG_SEEN, &none), 1);
	assert_ready(f, "send:draft");
	ASSERT_OK(journal_done(f->s, &e.items[0], &(struct journal_result){ 0 }, &f->err),
		  f->err);
	assert_int_equal(verdict(f, entry), JOURNAL_DONE);
	draft.item_id = "sent-id";
	draft.message_id = "<one@example.test>";
	draft.flags = MSG_SEEN;
	page_put(f, f->sent, &draft, 1, NULL, true, true);
	assert_uids(f, f->sent, "1");
	assert_body(f, f->sent, 1, mime_one);
	draft.flags = MSG_FLAGGED; /* the server's flags count from now on */
	page_put(f, f->sent, &draft, 1, NULL, true, false);
	journal_entries_finish(&e); /* @draft borrows the mark */
	assert_flags(f, f->sent, 1, "4:");
	/* Late: Exchange's copy is here already. */
	assert_int_equal(append(f, f->sent, MSG_SEEN, &none), 1);
	page_put(f, f->sent, NULL, 0, "sent-id", true, false);
	assert_uids(f, f->sent, "");
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

static void events(void **state)
{
	struct fixture *f = *state;
	int64_t box = box_at(f, "Calendar");
	struct store_event list[2] = { { .item_id = (char *)"e1",
					 .change_key = (char *)"1" },
				       { .item_id = (char *)"e2" } };
	struct store_event_page page = {
		.events = list, .event_count = 2, .state = STR("s"), .last = true
	};
	struct store_events got;
	struct store_event_file file = { .item_id = (char *)"e1",
					 .uid = (char *)"u",
					 .name = (char *)"n.ics",
					 .hash = (char *)"h" };
	struct store_event_files files;
	uint64_t stamp;

	strbuf_init(&list[0].data, 99);
	strbuf_add(&list[0].data, STR("one"));
	ASSERT_OK(store_events_apply(f->s, box, &page, true, &f->err), f->err);
	ASSERT_OK(store_events_since(f->s, box, 0, &got, &f->err), f->err);
	assert_int_equal(got.count, 2);
	ASSERT_STR(0, strbuf_str(&got.items[0].data), STR("one"));
	stamp = got.stamp;
	store_events_finish(&got);
	ASSERT_OK(store_box_state_drop(f->s, box, &f->err), f->err);
	page.event_count = 1;
	ASSERT_OK(store_events_apply(f->s, box, &page, true, &f->err), f->err);
	ASSERT_OK(store_events_since(f->s, box, stamp, &got, &f->err), f->err);
	assert_int_equal(got.count, 1);
	assert_true(got.items[0].removed);
	ASSERT_STR(0, str_from(got.items[0].item_id), STR("e2"));
	store_events_finish(&got);
	ASSERT_OK(store_event_file_set(f->s, box, &file, STR("text"), &f->err), f->err);
	reopen_without(f, "cache.db");
	folders(f);
	ASSERT_OK(store_event_files_list(f->s, box, &files, &f->err), f->err);
	assert_int_equal(files.count, 1);
	ASSERT_STR(0, str_from(files.items[0].name), STR("n.ics"));
	store_event_files_finish(&files);
	strbuf_finish(&list[0].data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		ROW(flags_fold),
		ROW(flags_survive_cache_loss),
		ROW(acknowledged_beats_older_page),
		ROW(clock_set_back),
		ROW(both_verbs_stay),
		ROW(unchangedsince),
		ROW(append_page_first),
		ROW(append_done_first),
		ROW(append_page_without_mark),
		ROW(append_survives_cache_loss),
		ROW(move_both_ways),
		ROW(copy_of_pending_append),
		ROW(copies_cross),
		ROW(copies_cross_with_flags),
		ROW(expunge_stays_gone),
		ROW(refusals),
		ROW(refusal_with_report),
		ROW(unsure_whether_sent),
		ROW(sent_copies),
		ROW(sent_copy_not_shown_yet),
		ROW(copy_without_original),
		ROW(moved_and_removed_without_original),
		ROW(copy_after_crash),
		ROW(append_without_cache),
		ROW(copy_of_refused_copy),
		ROW(folder_changes),
		ROW(folder_older_list),
		ROW(folder_news_while_deleted),
		ROW(folder_stale_page),
		ROW(refused_folder_keeps_mail),
		ROW(sending),
		ROW(sending_refused),
		ROW(retry_waits),
		ROW(events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
