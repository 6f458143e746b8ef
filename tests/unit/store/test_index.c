/* store: folders, pages of the index, views, changes, bodies; after reopening too. */
#include "tests/unit/store/store_test.h"

#include <sys/stat.h>

#include "bridge/store_internal.h"

static const char mime_one[] = "From: a@example.test\r\nSubject: one\r\n\r\nhello\r\n";
static const char mime_two[] = "From: a@example.test\r\nSubject: two\r\n\r\nbye\r\n";

static void folder_list(void **state)
{
	struct fixture *f = *state;
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(4096);
	struct store_boxes boxes;

	ASSERT_OK(store_box_list(f->s, &boxes, &f->err), f->err);
	for (size_t i = 0; i < boxes.count; i++)
		strbuf_addf(&text, "%s%s%s ", boxes.items[i].path,
			    boxes.items[i].has_children ? "+" : "",
			    boxes.items[i].subscribed ? "" : "-");
	store_boxes_finish(&boxes);
	ASSERT_STR(0, strbuf_str(&text),
		   STR("INBOX Calendar- Drafts Sent Work+ Work/a%2Fb "));
	assert_int_equal(box_at(f, "iNbox"), f->inbox);
}

static void folder_keeps_uidvalidity(void **state)
{
	struct fixture *f = *state;
	struct store_folder renamed = { .remote_id = "F-work", .name = "Arbeit" };
	const char *gone = "F-work";
	struct store_box before, after;

	ASSERT_OK(store_box_get(f->s, f->work, &before, &f->err), f->err);
	ASSERT_OK(folders_put(f, &renamed, 1, NULL, 0), f->err);
	reopen(f);
	ASSERT_OK(store_box_find(f->s, STR("Arbeit"), &after, &f->err), f->err);
	assert_int_equal(before.uidvalidity, after.uidvalidity);
	assert_int_equal(before.id, after.id);
	store_box_finish(&before);
	store_box_finish(&after);
	assert_int_not_equal(box_at(f, "Arbeit/a%2Fb"), 0);
	ASSERT_OK(folders_put(f, NULL, 0, gone, 0), f->err);
	assert_false(store_box_find(f->s, STR("Arbeit"), &after, &f->err));
	assert_int_equal(f->err.code, ERR_NOT_FOUND);
}

static void publish_order(void **state)
{
	struct fixture *f = *state;
	struct item_text t[3];
	struct store_item items[3];
	struct store_view view;
	struct store_msgs msgs;

	for (unsigned n = 0; n < 3; n++) /* newest first, as servers list */
		items[n] = item(&t[n], 30 - n, 0);
	page_put(f, f->inbox, items, 2, NULL, false, true);
	assert_uids(f, f->inbox, ""); /* not before the last page */
	reopen(f);
	page_put(f, f->inbox, items + 2, 1, NULL, true, true);
	assert_uids(f, f->inbox, "1 2 3");
	ASSERT_OK(store_view_load(f->s, f->inbox, &view, &f->err), f->err);
	ASSERT_OK(
		store_msgs_read(f->s, f->inbox, view.uids, view.count, 0, &msgs, &f->err),
		f->err);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(msgs.items[i].internal_unix_s, 1700000028 + i);
	store_msgs_finish(&msgs);
	store_view_finish(&view);
}

static void changes_come_in_order(void **state)
{
	struct fixture *f = *state;
	struct item_text t;
	struct store_item changed;
	uint64_t since, older;

	fill(f, f->inbox, 1, 3);
	since = assert_changes(f, f->inbox, 0, "+1:0 +2:0 +3:0");
	older = since;
	changed = item(&t, 2, MSG_SEEN);
	page_put(f, f->inbox, &changed, 1, "i1", true, false);
	since = assert_changes(f, f->inbox, since, "-1 2:1");
	assert_changes(f, f->inbox, since, "");
	reopen(f);
	assert_changes(f, f->inbox, since, "");
	fill(f, f->inbox, 9, 8);
	since = assert_changes(f, f->inbox, older, "-1 2:1 +4:0 +5:0");
	assert_uids(f, f->inbox, "2 3 4 5");
}

static void counts(void **state)
{
	struct fixture *f = *state;
	struct store_box box;
	struct store_counts c;
	struct item_text t;
	struct store_item changed;

	fill(f, f->inbox, 1, 5);
	changed = item(&t, 2, MSG_SEEN);
	page_put(f, f->inbox, &changed, 1, "i1", true, false);
	put_body(f, f->inbox, 2, mime_one);
	ASSERT_OK(store_box_get(f->s, f->inbox, &box, &f->err), f->err);
	assert_int_equal(box.messages, 4);
	assert_int_equal(box.unseen, 3);
	assert_int_equal(box.size_bytes, 1003 + 1004 + 1005 + strlen(mime_one));
	assert_true(box.complete);
	store_box_finish(&box);
	ASSERT_OK(store_counts(f->s, &c, &f->err), f->err);
	assert_int_equal(c.messages, 4);
	assert_int_equal(c.bodies, 1);
	assert_int_equal(c.body_bytes, strlen(mime_one));
}

/* cache.db is gone: all comes back under the same UIDs, with higher mod-sequences. */
static void cache_lost(void **state)
{
	struct fixture *f = *state;
	struct item_text t[3];
	struct store_item items[3];
	uint64_t before;
	struct store_box box;
	struct store_counts c;
	CLEANUP(strbuf_finish) struct strbuf bytes = STRBUF(99);
	bool listing;

	fill(f, f->inbox, 1, 4);
	page_put(f, f->inbox, NULL, 0, "i2", true, false);
	put_body(f, f->inbox, 1, mime_one);
	before = assert_changes(f, f->inbox, 0, "+1:0 -2 +3:0 +4:0");
	reopen_without(f, "cache.db");
	assert_false(store_state_get(f->s, "hierarchy", &bytes, &f->err));
	folders(f);
	assert_false(store_box_state(f->s, f->inbox, &bytes, &listing, &f->err));
	assert_int_equal(f->err.code, ERR_NOT_FOUND);
	/* 3 is gone meanwhile, 7 is new, 4 has a new id. */
	items[0] = item(&t[0], 7, 0);
	items[1] = item(&t[1], 4, 0);
	items[1].item_id = "other-id";
	items[2] = item(&t[2], 1, 0);
	page_put(f, f->inbox, items, 2, NULL, false, true);
	reopen(f);
	page_put(f, f->inbox, items + 2, 1, NULL, true, false);
	assert_uids(f, f->inbox, "1 4 5");
	ASSERT_OK(store_box_get(f->s, f->inbox, &box, &f->err), f->err);
	assert_true(box.modseq > before);
	store_box_finish(&box);
	ASSERT_OK(store_counts(f->s, &c, &f->err), f->err);
	assert_true(c.last_change_unix_ms <= clock_unix_ms());
	assert_changes(f, f->inbox, before, "+1:0 -2 -3 +4:0 +5:0");
	/* The same content keeps its UID, another one renews it. */
	put_body(f, f->inbox, 1, mime_one);
	assert_uids(f, f->inbox, "1 4 5");
	put_body(f, f->inbox, 4, mime_one);
	assert_uids(f, f->inbox, "1 4 5");
}

static void ids_renewed(void **state)
{
	struct fixture *f = *state;
	struct item_text t[4];
	struct store_item items[4];

	fill(f, f->inbox, 1, 3);
	put_body(f, f->inbox, 2, mime_two);
	ASSERT_OK(store_box_state_drop(f->s, f->inbox, &f->err), f->err);
	for (unsigned n = 0; n < 3; n++) {
		items[n] = item(&t[n], n + 1, 0);
		snprintf(t[n].id, sizeof(t[n].id), "renewed%u", n);
	}
	items[2].search_key = STR_NONE; /* Message-ID and size */
	items[3] = item(&t[3], 4, 0);
	page_put(f, f->inbox, items, 4, NULL, true, true);
	assert_uids(f, f->inbox, "1 2 3 4");
	assert_body(f, f->inbox, 2, mime_two);
	page_put(f, f->inbox, NULL, 0, "renewed0", true, false);
	assert_uids(f, f->inbox, "2 3 4");
}

static void one_uid_one_content(void **state)
{
	struct fixture *f = *state;
	struct item_text t;
	struct store_item changed;
	struct store_body_wants wants;

	fill(f, f->inbox, 1, 1);
	put_body(f, f->inbox, 1, mime_one);
	changed = item(&t, 1, MSG_FLAGGED);
	changed.change_key = "new";
	page_put(f, f->inbox, &changed, 1, NULL, true, false);
	ASSERT_OK(store_bodies_missing(f->s, 9, &wants, &f->err), f->err);
	assert_int_equal(wants.count, 0); /* a flag is no reason */
	changed.change_key = "newer";
	changed.subject = "another";
	page_put(f, f->inbox, &changed, 1, NULL, true, false);
	put_body(f, f->inbox, 1, mime_one); /* the same after all */
	assert_uids(f, f->inbox, "1");
	changed.change_key = "newest";
	changed.size = 77;
	page_put(f, f->inbox, &changed, 1, NULL, true, false);
	assert_body(f, f->inbox, 1, mime_one); /* until the new one is here */
	put_body(f, f->inbox, 1, mime_two);
	assert_uids(f, f->inbox, "2");
	assert_body(f, f->inbox, 2, mime_two);
}

static void header_before_body(void **state)
{
	struct fixture *f = *state;
	struct item_text t;
	struct store_item with = item(&t, 1, 0);
	struct store_msgs msgs;
	uint32_t uid = 1;

	with.header = STR("From: a@example.test\r\nSubject: one\r\n\r\n");
	page_put(f, f->inbox, &with, 1, NULL, true, true);
	ASSERT_OK(
		store_msgs_read(f->s, f->inbox, &uid, 1,
				STORE_WANT_ENVELOPE | STORE_WANT_HEADER | STORE_WANT_BODY,
				&msgs, &f->err),
		f->err);
	assert_non_null(msgs.items[0].envelope);
	assert_null(msgs.items[0].body);
	assert_int_equal(msgs.items[0].header.len, with.header.len);
	assert_false(msgs.items[0].has_body);
	store_msgs_finish(&msgs);
	put_body(f, f->inbox, 1, mime_one);
	ASSERT_OK(store_msgs_read(f->s, f->inbox, &uid, 1, STORE_WANT_BODYSTRUCTURE,
				  &msgs, &f->err),
		  f->err);
	assert_non_null(msgs.items[0].bodystructure);
	assert_int_equal(msgs.items[0].size, strlen(mime_one));
	store_msgs_finish(&msgs);
}

static int64_t failing(struct fixture *f, const char *why)
{
	struct store_counts c;

	ASSERT_OK(store_counts(f->s, &c, &f->err), f->err);
	if (c.failing)
		assert_string_equal(c.failing_why, why);
	return (int64_t)c.failing;
}

/* A body that the server refuses stays wanted: at its time, or as soon as somebody waits
 * for it, but not again and again. */
static void body_refused(void **state)
{
	struct fixture *f = *state;
	struct store_body_failure refusal = { .why = "no MIME",
					      .retry_unix_s = clock_unix_s() + 3600 };
	struct store_body_wants wants;
	struct store_body_state look;
	uint32_t uid = 1;

	fill(f, f->inbox, 1, 2);
	ASSERT_OK(store_bodies_missing_of(f->s, f->inbox, &uid, 1, &wants, &f->err),
		  f->err);
	assert_int_equal(wants.items[0].tries, 0);
	ASSERT_OK(store_body_failed(f->s, wants.items[0].msg_id, &refusal, &f->err),
		  f->err);
	store_body_wants_finish(&wants);
	assert_int_equal(failing(f, "no MIME"), 1);
	ASSERT_OK(store_body_state(f->s, f->inbox, uid, &look, &f->err), f->err);
	assert_false(look.here);
	assert_string_equal(look.why, "no MIME");
	ASSERT_OK(store_bodies_missing_of(f->s, f->inbox, &uid, 1, &wants, &f->err),
		  f->err);
	assert_int_equal(wants.count, 0);
	reopen(f);
	ASSERT_OK(store_bodies_missing(f->s, 9, &wants, &f->err), f->err);
	assert_int_equal(wants.count, 1); /* the other one */
	store_body_wants_finish(&wants);
	do {
		clock_sleep_ms(20);
		ASSERT_OK(
			store_bodies_missing_of(f->s, f->inbox, &uid, 1, &wants, &f->err),
			f->err);
	} while (wants.count == 0);
	assert_int_equal(wants.items[0].tries, 1);
	refusal.retry_unix_s += 3600; /* before its time: nothing is put off */
	ASSERT_OK(store_body_failed(f->s, wants.items[0].msg_id, &refusal, &f->err),
		  f->err);
	assert_int_equal(failing(f, "no MIME"), 1);
	ASSERT_OK(
		store_body_put(f->s, wants.items[0].msg_id, str_from(mime_one), &f->err),
		f->err);
	store_body_wants_finish(&wants);
	assert_int_equal(failing(f, ""), 0);
	assert_uids(f, f->inbox, "1 2");
}

/* A message that cannot be read stands there under a UID of its own until it can be; one
 * that was read before keeps what is known of it. */
static void unreadable(void **state)
{
	struct fixture *f = *state;
	struct item_text t, u;
	struct store_item known = item(&t, 1, MSG_FLAGGED), other = item(&u, 2, 0), no;
	struct store_body_wants wants;

	page_put(f, f->inbox, &known, 1, NULL, true, true);
	put_body(f, f->inbox, 1, mime_one);
	no = (struct store_item){ .item_id = known.item_id,
				  .header = STR("Subject: stand-in\r\n"),
				  .unreadable = "corrupt" };
	page_put(f, f->inbox, &no, 1, NULL, true, false);
	assert_flags(f, f->inbox, 1, "4:");
	no.item_id = other.item_id;
	page_put(f, f->inbox, &no, 1, NULL, true, false);
	assert_uids(f, f->inbox, "1 2");
	assert_int_equal(failing(f, "corrupt"), 2);
	do {
		clock_sleep_ms(20);
		ASSERT_OK(store_bodies_missing(f->s, 9, &wants, &f->err), f->err);
	} while (wants.count < 2);
	assert_true(wants.items[0].stale && wants.items[1].stale);
	store_body_wants_finish(&wants);
	known.flags = MSG_SEEN;
	known.change_key = "c1b";
	ASSERT_OK(store_item_apply(f->s, f->inbox, &known, clock_unix_ms() + 1, &f->err),
		  f->err);
	assert_flags(f, f->inbox, 1, "1:");
	other.header = STR("Subject: two\r\n");
	ASSERT_OK(store_item_apply(f->s, f->inbox, &other, clock_unix_ms() + 1, &f->err),
		  f->err);
	assert_uids(f, f->inbox, "1 3");
	put_body(f, f->inbox, 1, mime_one);
	put_body(f, f->inbox, 3, mime_two);
	assert_uids(f, f->inbox, "1 3");
	assert_int_equal(failing(f, ""), 0);
	other.item_id = "nowhere";
	assert_false(store_item_apply(f->s, f->inbox, &other, clock_unix_ms(), &f->err));
	assert_int_equal(f->err.code, ERR_NOT_FOUND);
}

static void big_body_is_a_file(void **state)
{
	struct fixture *f = *state;
	CLEANUP(strbuf_finish) struct strbuf big = STRBUF(1 << 20);
	char command[128];

	strbuf_add(&big, STR("Subject: big\r\n\r\n"));
	while (big.len < 300000)
		strbuf_add(&big, STR("0123456789abcdef0123456789abcdef\r\n"));
	fill(f, f->inbox, 1, 1);
	put_body(f, f->inbox, 1, strbuf_cstr(&big));
	reopen(f);
	assert_body(f, f->inbox, 1, strbuf_cstr(&big));
	snprintf(command, sizeof(command), "test $(ls %s/bodies | wc -l) = 1", f->dir);
	assert_int_equal(system(command), 0);
	page_put(f, f->inbox, NULL, 0, "i1", true, false);
	forget_departed(f);
	snprintf(command, sizeof(command), "test $(ls %s/bodies | wc -l) = 0", f->dir);
	assert_int_equal(system(command), 0);
}

static void one_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct store *other;
	struct stat st;
	char path[128];

	assert_false(store_open(f->dir, f->hub, &other, &f->err));
	assert_int_equal(f->err.code, ERR_STATE);
	snprintf(path, sizeof(path), "%s/ledger.db", f->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void subscriptions(void **state)
{
	struct fixture *f = *state;
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(4096);

	ASSERT_OK(store_subscribe(f->s, STR("nowhere"), true, &f->err), f->err);
	ASSERT_OK(store_subscribe(f->s, STR("Sent"), false, &f->err), f->err);
	ASSERT_OK(store_subscribed(f->s, &text, &f->err), f->err);
	ASSERT_STR(0, strbuf_str(&text),
		   STR("Drafts\nINBOX\nWork\nWork/a%2Fb\nnowhere\n"));
}

static void news_wakes(void **state)
{
	struct fixture *f = *state;
	struct notify_watch watch, other;

	notify_watch_open(f->hub, f->inbox, &watch);
	notify_watch_open(f->hub, f->work, &other);
	fill(f, f->inbox, 1, 2);
	assert_true(notify_watch_wait(&watch, 0));
	assert_false(notify_watch_wait(&watch, 0));
	notify_watch_clear(&other); /* completeness of no other folder changed */
	notify_watch_close(&watch);
	notify_watch_close(&other);
}

/* A client that reads on, with the newest first in the background. */
static void bodies_behind_a_message(void **state)
{
	CLEANUP(store_body_wants_finish) struct store_body_wants wants = { 0 };
	struct fixture *f = *state;

	fill(f, f->inbox, 1, 9);
	fill(f, f->work, 11, 15);
	put_body(f, f->inbox, 6, mime_one);
	ASSERT_OK(store_bodies_missing_behind(f->s, f->inbox, 4, 3, &wants, &f->err),
		  f->err);
	assert_int_equal(wants.count, 3);
	assert_int_equal(wants.items[0].uid, 5);
	assert_int_equal(wants.items[1].uid, 7);
	assert_int_equal(wants.items[2].uid, 8);
}

/* Tried an hour from now: before the clock was set back. */
static void tried_in_the_future(void **state)
{
	CLEANUP(store_body_wants_finish) struct store_body_wants wants = { 0 };
	struct fixture *f = *state;
	uint32_t uid = 1;

	fill(f, f->inbox, 1, 1);
	ASSERT_OK(db_do(f->s->writer, "UPDATE msg SET body_tried_ms=?1",
			ARGS(I(clock_unix_ms() + 3600000)), &f->err),
		  f->err);
	ASSERT_OK(store_bodies_missing_of(f->s, f->inbox, &uid, 1, &wants, &f->err),
		  f->err);
	assert_int_equal(wants.count, 1);
}

static size_t missing(struct fixture *f)
{
	CLEANUP(store_body_wants_finish) struct store_body_wants wants = { 0 };

	ASSERT_OK(store_bodies_missing(f->s, 9, &wants, &f->err), f->err);
	return wants.count;
}

/* Whatever is heard of first; another one of the same search key is no copy. */
static void moved_on_the_server(void **state)
{
	struct fixture *f = *state;
	struct item_text t[3];
	struct store_item moved[3];

	fill(f, f->inbox, 1, 3);
	for (uint32_t uid = 1; uid <= 3; uid++)
		put_body(f, f->inbox, uid, mime_one);
	for (unsigned i = 0; i < 3; i++) {
		moved[i] = item(&t[i], i + 1, 0);
		moved[i].item_id = i == 0 ? "new1" : i == 1 ? "new2" : "new3";
	}
	page_put(f, f->inbox, NULL, 0, "i1", true, false);
	assert_uids(f, f->inbox, "2 3");
	page_put(f, f->work, &moved[0], 1, NULL, true, false);
	assert_uids(f, f->work, "1");
	assert_body(f, f->work, 1, mime_one);
	page_put(f, f->work, &moved[1], 1, NULL, true, false);
	page_put(f, f->inbox, NULL, 0, "i2", true, false);
	assert_body(f, f->work, 2, mime_one);
	assert_int_equal(missing(f), 0);
	moved[2].size++;
	page_put(f, f->inbox, NULL, 0, "i3", true, false);
	page_put(f, f->work, &moved[2], 1, NULL, true, false);
	assert_int_equal(missing(f), 1);
	reopen(f);
	assert_body(f, f->work, 1, mime_one);
}

static int64_t contents(struct fixture *f)
{
	int64_t count;

	ASSERT_OK(db_int(f->s->writer, "SELECT count(*) FROM content", NO_ARGS, 0, &count,
			 &f->err),
		  f->err);
	return count;
}

/* What was deleted does not stay for ever. */
static void departed_for_good(void **state)
{
	struct fixture *f = *state;
	bool more;

	fill(f, f->inbox, 1, 1);
	put_body(f, f->inbox, 1, mime_one);
	page_put(f, f->inbox, NULL, 0, "i1", true, false);
	ASSERT_OK(store_bodies_tend(f->s, &more, &f->err), f->err);
	assert_int_equal(contents(f), 1);
	forget_departed(f);
	assert_int_equal(contents(f), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		ROW(folder_list),
		ROW(folder_keeps_uidvalidity),
		ROW(publish_order),
		ROW(changes_come_in_order),
		ROW(counts),
		ROW(cache_lost),
		ROW(ids_renewed),
		ROW(one_uid_one_content),
		ROW(bodies_behind_a_message),
		ROW(tried_in_the_future),
		ROW(moved_on_the_server),
		ROW(departed_for_good),
		ROW(header_before_body),
		ROW(body_refused),
		ROW(unreadable),
		ROW(big_body_is_a_file),
		ROW(one_at_a_time),
		ROW(subscriptions),
		ROW(news_wakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
