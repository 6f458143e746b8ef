/* store: messages to send, and the copies that clients keep of them. */
#include "tests/unit/store/journal_test.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		ROW(unsure_whether_sent),
		ROW(sent_copies),
		ROW(sent_copy_not_shown_yet),
		ROW(sending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
