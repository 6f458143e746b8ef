/* store: the ceiling of the body cache; bodies that left and came back. */
#include "tests/unit/store/store_test.h"

#include "bridge/store_text.h"

#define PART                                                                             \
	"From: a@example.test\r\nSubject: %s\r\nContent-Type: multipart/mixed; "         \
	"boundary=%s\r\n\r\n--%s\r\n\r\n%s\r\n--%s--\r\n"

static const char *mime(const char *subject, const char *boundary, const char *word)
{
	static char text[4][512];
	static unsigned next;
	char *out = text[next++ % 4];

	snprintf(out, sizeof(text[0]), PART, subject, boundary, boundary, word, boundary);
	return out;
}

static void limit(struct fixture *f, uint64_t bytes)
{
	struct store_limits limits = { .bytes = bytes };

	store_limit(f->s, &limits);
}

/* All chores, as the account's thread does them. */
static void tend(struct fixture *f)
{
	bool more = true, full = true;

	while (more || full) {
		ASSERT_OK(store_text_work(f->s, &more, &f->err), f->err);
		ASSERT_OK(store_bodies_tend(f->s, &full, &f->err), f->err);
	}
}

/* "1 3": whose octets are here. */
static void assert_here(struct fixture *f, const char *want)
{
	CLEANUP(store_rows_release_ptr) struct store_rows *rows = NULL;
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(4096);
	struct store_body body;

	ASSERT_OK(store_rows_get(f->s, f->inbox, &rows, &f->err), f->err);
	for (size_t i = 0; i < rows->count; i++) {
		bool opened = store_body_open(f->s, f->inbox, store_rows_at(rows, i).uid,
					      &body, &f->err);

		assert_int_equal(opened, store_rows_at(rows, i).has_body);
		assert_true(opened || f->err.code == ERR_STATE);
		if (opened)
			strbuf_addf(&text, "%s%u", text.len ? " " : "",
				    store_rows_at(rows, i).uid);
		if (opened)
			store_body_finish(&body);
	}
	ASSERT_STR(0, strbuf_str(&text), str_from(want));
}

static uint64_t cached(struct fixture *f)
{
	struct store_counts counts;

	ASSERT_OK(store_counts(f->s, &counts, &f->err), f->err);
	return counts.cache_bytes;
}

/* "2 1": which bodies would be fetched ahead. */
static void assert_ahead(struct fixture *f, const char *want)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(4096);
	struct store_body_wants wants;

	ASSERT_OK(store_bodies_missing(f->s, 99, &wants, &f->err), f->err);
	for (size_t i = 0; i < wants.count; i++)
		strbuf_addf(&text, "%s%u", i ? " " : "", wants.items[i].uid);
	store_body_wants_finish(&wants);
	ASSERT_STR(0, strbuf_str(&text), str_from(want));
}

static struct store_msgs row(struct fixture *f, uint32_t uid)
{
	struct store_msgs msgs;

	ASSERT_OK(store_msgs_read(f->s, f->inbox, &uid, 1,
				  STORE_WANT_ENVELOPE | STORE_WANT_BODYSTRUCTURE |
					  STORE_WANT_HEADER,
				  &msgs, &f->err),
		  f->err);
	assert_int_equal(msgs.count, 1);
	return msgs;
}

/* The oldest leave first; what was worked out of them stays. */
static void oldest_leave(void **state)
{
	struct fixture *f = *state;
	uint64_t size = strlen(mime("one", "b", "bridge"));
	struct store_msgs msgs;

	fill(f, f->inbox, 1, 4);
	for (uint32_t uid = 1; uid <= 4; uid++)
		put_body(f, f->inbox, uid, mime("one", "b", "bridge"));
	assert_int_equal(cached(f), 4 * size);
	limit(f, 2 * size + 10);
	tend(f);
	assert_here(f, "3 4");
	assert_int_equal(cached(f), 2 * size);
	msgs = row(f, 1);
	assert_false(msgs.items[0].has_body);
	assert_true(msgs.items[0].known);
	assert_int_equal(msgs.items[0].size, size);
	assert_non_null(msgs.items[0].envelope);
	assert_non_null(msgs.items[0].bodystructure);
	assert_true(msgs.items[0].header.len > 0);
	store_msgs_finish(&msgs);
	assert_ahead(f, ""); /* or the two would take turns */
	reopen(f);
	limit(f, 2 * size + 10);
	assert_here(f, "3 4");
	assert_uids(f, f->inbox, "1 2 3 4");
}

/* Reading counts; so does fetching for somebody who waits. */
static void last_read_stays(void **state)
{
	struct fixture *f = *state;
	uint64_t size = strlen(mime("one", "b", "bridge"));

	fill(f, f->inbox, 1, 4);
	for (uint32_t uid = 1; uid <= 4; uid++)
		put_body(f, f->inbox, uid, mime("one", "b", "bridge"));
	limit(f, 2 * size);
	assert_body(f, f->inbox, 1, mime("one", "b", "bridge"));
	tend(f);
	assert_here(f, "1 4");
}

/* The same octets: nothing changes. Another boundary: the same message all the same. */
static void comes_back(void **state)
{
	struct fixture *f = *state;
	struct store_msgs before, after;

	fill(f, f->inbox, 1, 1);
	put_body(f, f->inbox, 1, mime("one", "b", "bridge"));
	before = row(f, 1);
	limit(f, 1);
	tend(f);
	assert_here(f, "");
	put_body(f, f->inbox, 1, mime("one", "b", "bridge"));
	assert_body(f, f->inbox, 1, mime("one", "b", "bridge"));
	after = row(f, 1);
	assert_int_equal(before.items[0].content_id, after.items[0].content_id);
	assert_int_equal(before.items[0].modseq, after.items[0].modseq);
	store_msgs_finish(&before);
	store_msgs_finish(&after);
	tend(f);
	put_body(f, f->inbox, 1, mime("one", "another", "bridge"));
	assert_body(f, f->inbox, 1, mime("one", "another", "bridge"));
	assert_uids(f, f->inbox, "1");
	assert_int_equal(cached(f), strlen(mime("one", "another", "bridge")));
	tend(f);
	put_body(f, f->inbox, 1, mime("one", "b", "tunnel"));
	assert_uids(f, f->inbox, "2"); /* one UID, one content */
	assert_body(f, f->inbox, 2, mime("one", "b", "tunnel"));
}

/* What a client was given a part of never goes on as other octets under its UID. */
static void comes_back_in_part(void **state)
{
	struct fixture *f = *state;

	fill(f, f->inbox, 1, 1);
	put_body(f, f->inbox, 1, mime("one", "b", "bridge"));
	ASSERT_OK(store_body_parted(f->s, f->inbox, 1, &f->err), f->err);
	limit(f, 1);
	tend(f);
	put_body(f, f->inbox, 1, mime("one", "b", "bridge"));
	assert_uids(f, f->inbox, "1");
	tend(f);
	assert_here(f, "");
	put_body(f, f->inbox, 1, mime("one", "another", "bridge"));
	assert_uids(f, f->inbox, "2");
	assert_body(f, f->inbox, 2, mime("one", "another", "bridge"));
	tend(f);
	put_body(f, f->inbox, 2, mime("one", "third", "bridge")); /* read as a whole */
	assert_uids(f, f->inbox, "2");
}

/* Text is found whether the octets are here or not, also by a new index. */
static void text_stays(void **state)
{
	struct fixture *f = *state;
	struct store_text_hits hits;
	struct store_msgs msgs;

	fill(f, f->inbox, 1, 2);
	put_body(f, f->inbox, 1, mime("one", "b", "bridge"));
	put_body(f, f->inbox, 2, mime("two", "b", "tunnel"));
	limit(f, 1);
	tend(f);
	assert_here(f, "");
	for (int again = 0; again < 2; again++) {
		ASSERT_OK(
			store_text_find(f->s, STR("bridge"),
					((struct store_text_where){ .body_only = true }),
					&hits, &f->err),
			f->err);
		msgs = row(f, 1);
		assert_true(store_text_maybe(&hits, msgs.items[0].content_id));
		store_msgs_finish(&msgs);
		msgs = row(f, 2); /* a new index does not know */
		assert_int_equal(store_text_maybe(&hits, msgs.items[0].content_id),
				 again);
		store_msgs_finish(&msgs);
		store_text_hits_finish(&hits);
		reopen_without(f, "text.db");
		tend(f);
	}
}

/* What the server does not have is not dropped, nor what a client wrote. */
static void own_stays(void **state)
{
	struct fixture *f = *state;
	struct store_append append = { .mime = str_from(mime("own", "b", "mine")),
				       .internal_unix_s = 1 };
	uint32_t uid;
	int64_t entry;

	fill(f, f->inbox, 1, 1);
	put_body(f, f->inbox, 1, mime("one", "b", "bridge"));
	ASSERT_OK(store_append(f->s, f->inbox, &append, &uid, &entry, &f->err), f->err);
	limit(f, 1);
	tend(f);
	assert_here(f, "2");
	assert_body(f, f->inbox, 2, mime("own", "b", "mine"));
}

static void policies(void **state)
{
	struct fixture *f = *state;
	struct store_limits none = { .ahead = STORE_AHEAD_NONE };
	struct store_limits days = { .ahead = STORE_AHEAD_DAYS, .days = 2 };
	struct item_text t[3];
	struct store_item items[3];
	uint32_t uid = 1;
	struct store_body_wants wants;

	for (unsigned n = 0; n < 3; n++) {
		items[n] = item(&t[n], n + 1, 0);
		items[n].internal_unix_s = clock_unix_s() - (int64_t)(2 - n) * 86400 * 3;
	}
	page_put(f, f->inbox, items, 3, NULL, true, false);
	assert_ahead(f, "3 2 1");
	store_limit(f->s, &days);
	assert_ahead(f, "3");
	store_limit(f->s, &none);
	assert_ahead(f, "");
	ASSERT_OK(store_bodies_missing_of(f->s, f->inbox, &uid, 1, &wants, &f->err),
		  f->err);
	assert_int_equal(wants.count, 1); /* on demand */
	store_body_wants_finish(&wants);
	/* What was shown and is edited on the server is looked at again. */
	put_body(f, f->inbox, 1, mime("one", "b", "bridge"));
	items[0].change_key = "other";
	items[0].subject = "edited";
	page_put(f, f->inbox, items, 1, NULL, true, false);
	assert_ahead(f, "1");
	put_body(f, f->inbox, 1, mime("edited", "b", "bridge"));
	assert_ahead(f, "");
	assert_uids(f, f->inbox, "2 3 4");
}

/* With room again, the newest that are missing come back; without, they stay away. */
static void refill(void **state)
{
	struct fixture *f = *state;
	uint64_t size = strlen(mime("one", "b", "bridge"));

	fill(f, f->inbox, 1, 5);
	for (uint32_t uid = 1; uid <= 4; uid++)
		put_body(f, f->inbox, uid, mime("one", "b", "bridge"));
	limit(f, 300 * size);
	assert_ahead(f, "5");
	limit(f, 2 * size);
	tend(f);
	assert_ahead(f, "5"); /* newer than what is here */
	page_put(f, f->inbox, NULL, 0, "i4", true, false);
	tend(f);
	assert_ahead(f, "5 2 1");
}

/* A power cut left a file short: its message is fetched again under the same UID. */
static void file_cut_off(void **state)
{
	struct fixture *f = *state;
	CLEANUP(strbuf_finish) struct strbuf big = STRBUF(1 << 20);
	struct store_body body;
	char command[128];

	strbuf_add(&big, STR("Subject: big\r\n\r\n"));
	while (big.len < 300000)
		strbuf_add(&big, STR("A line of text.\r\n"));
	fill(f, f->inbox, 1, 1);
	put_body(f, f->inbox, 1, strbuf_cstr(&big));
	assert_here(f, "1");
	snprintf(command, sizeof(command), "truncate -s 100 '%s'/bodies/*", f->dir);
	assert_int_equal(system(command), 0);
	assert_false(store_body_open(f->s, f->inbox, 1, &body, &f->err));
	assert_int_equal(f->err.code, ERR_STATE);
	assert_here(f, "");
	assert_ahead(f, "1");
	put_body(f, f->inbox, 1, strbuf_cstr(&big));
	assert_body(f, f->inbox, 1, strbuf_cstr(&big));
	assert_uids(f, f->inbox, "1");
	snprintf(command, sizeof(command), "ls '%s'/bodies | wc -l | grep -qx 1", f->dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(oldest_leave, setup, teardown),
		cmocka_unit_test_setup_teardown(last_read_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(comes_back_in_part, setup, teardown),
		cmocka_unit_test_setup_teardown(text_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(own_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(policies, setup, teardown),
		cmocka_unit_test_setup_teardown(refill, setup, teardown),
		cmocka_unit_test_setup_teardown(file_cut_off, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
