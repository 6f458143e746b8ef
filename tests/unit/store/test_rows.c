/* store: the rows in memory say what the database says, after every kind of change. */
#include "tests/unit/store/store_test.h"

#include <pthread.h>
#include <unistd.h>

#include "bridge/store_internal.h"

static void rows_text(const struct store_rows *rows, struct strbuf *text)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct store_row row = store_rows_at(rows, i), *r = &row;

		strbuf_addf(text, "%lld %u %u %s %lld %lld %lld %d %lld;",
			    (long long)r->id, r->uid, r->flags, r->keywords,
			    (long long)r->modseq, (long long)r->internal_unix_s,
			    (long long)r->size, r->has_body, (long long)r->content_id);
	}
}

static void box_text(struct fixture *f, int64_t box, struct strbuf *text)
{
	CLEANUP(store_rows_release_ptr) struct store_rows *rows = NULL;

	ASSERT_OK(store_rows_get(f->s, box, &rows, &f->err), f->err);
	rows_text(rows, text);
}

/* What several changes have left in memory, and what is read afresh. */
static void compare(struct fixture *f, unsigned step)
{
	int64_t boxes[] = { f->inbox, f->sent, f->work };
	struct strbuf memory[3] = { STRBUF(1 << 20), STRBUF(1 << 20), STRBUF(1 << 20) };

	for (size_t i = 0; i < ARRAY_LEN(boxes); i++)
		box_text(f, boxes[i], &memory[i]);
	if (step % 5 == 0)
		store_rows_forget(f->s);
	for (size_t i = 0; i < ARRAY_LEN(boxes); i++) {
		CLEANUP(strbuf_finish) struct strbuf text = STRBUF(1 << 20);

		box_text(f, boxes[i], &text);
		ASSERT_STR(step, strbuf_str(&memory[i]), strbuf_str(&text));
		strbuf_finish(&memory[i]);
	}
}

static void change_flags(struct fixture *f, unsigned random)
{
	uint32_t uids[30], from = random % 30 + 1;
	size_t count = random / 30 % (31 - from) + 1;

	for (size_t i = 0; i < count; i++)
		uids[i] = from + (uint32_t)i;
	ASSERT_OK(store_flags_change(f->s, f->inbox, uids, count,
				     &(struct store_flags){
					     random % 3, (random >> 3) & MSG_FLAGS_ALL,
					     random & 64 ? STR("Blue\nRed\n") : STR(""),
					     UINT64_MAX },
				     NULL, &f->err),
		  f->err);
}

static void copy_or_move(struct fixture *f, unsigned random)
{
	CLEANUP(store_uid_list_finish) struct store_uid_list old = { 0 };
	CLEANUP(store_uid_list_finish) struct store_uid_list new = { 0 };
	uint32_t uid = random % 30 + 1;
	int64_t entry;

	ASSERT_OK((random & 1024 ? store_copy : store_move)(
			  f->s, f->inbox, &uid, 1, f->work, &old, &new, &entry, &f->err),
		  f->err);
}

static void expunge(struct fixture *f, unsigned random)
{
	CLEANUP(store_uid_list_finish) struct store_uid_list gone = { 0 };
	uint32_t uids[30];
	int64_t entry;

	for (uint32_t i = 0; i < 30; i++)
		uids[i] = i + 1;
	ASSERT_OK(store_expunge(f->s, random & 1 ? f->inbox : f->work, uids, 30, &gone,
				&entry, &f->err),
		  f->err);
}

static void append(struct fixture *f, unsigned random)
{
	struct store_append msg = { .mime = STR("Subject: a\r\n\r\nbody\r\n"),
				    .flags = random & MSG_FLAGS_ALL,
				    .keywords = STR("") };
	uint32_t uid;
	int64_t entry;

	ASSERT_OK(store_append(f->s, f->sent, &msg, &uid, &entry, &f->err), f->err);
}

static void body(struct fixture *f, unsigned random)
{
	struct store_body_wants wants;
	char mime[64];

	snprintf(mime, sizeof(mime), "Subject: b\r\n\r\nbody %u\r\n", random % 5);
	ASSERT_OK(store_bodies_missing(f->s, 1, &wants, &f->err), f->err);
	if (wants.count)
		ASSERT_OK(store_body_put(f->s, wants.items[0].msg_id, str_from(mime),
					 &f->err),
			  f->err);
	store_body_wants_finish(&wants);
}

static void from_server(struct fixture *f, unsigned random)
{
	unsigned n = random % 40 + 1;
	struct item_text text;
	struct store_item one = item(&text, n, (random >> 6) & MSG_SEEN);
	char deleted[32];

	snprintf(deleted, sizeof(deleted), "i%u", random / 40 % 40 + 1);
	page_put(f, random & 4096 ? f->inbox : f->work, &one, 1,
		 random % 5 == 0 ? deleted : NULL, true, false);
}

static void random_changes(void **state)
{
	static void (*const kinds[])(struct fixture *, unsigned) = {
		change_flags, copy_or_move, expunge,	 append,
		body,	      from_server,  from_server, change_flags,
	};
	struct fixture *f = *state;
	unsigned seed = 7;

	fill(f, f->inbox, 1, 30);
	for (unsigned step = 0; step < 400; step++) {
		unsigned random = next_random(&seed);

		kinds[random % ARRAY_LEN(kinds)](f, next_random(&seed));
		compare(f, step);
		if (step % 100 == 99) {
			reopen(f);
			compare(f, step);
		}
	}
}

/* A snapshot that is held stays as it was. */
static void snapshot_stays(void **state)
{
	struct fixture *f = *state;
	CLEANUP(store_rows_release_ptr) struct store_rows *before = NULL;
	CLEANUP(store_rows_release_ptr) struct store_rows *after = NULL;
	struct store_row row;
	uint32_t uid = 2;

	fill(f, f->inbox, 1, 3);
	ASSERT_OK(store_rows_get(f->s, f->inbox, &before, &f->err), f->err);
	ASSERT_OK(store_flags_change(f->s, f->inbox, &uid, 1,
				     &(struct store_flags){ STORE_FLAGS_ADD, MSG_FLAGGED,
							    STR("Red\n"), UINT64_MAX },
				     NULL, &f->err),
		  f->err);
	ASSERT_OK(store_rows_get(f->s, f->inbox, &after, &f->err), f->err);
	assert_int_equal(store_rows_at(before, 1).flags, 0);
	assert_int_equal(store_rows_at(after, 1).flags, MSG_FLAGGED);
	assert_string_equal(store_rows_at(after, 1).keywords, "Red\n");
	assert_false(store_rows_find(after, 4, &row));
}

struct getting {
	struct fixture *f;
	struct store_rows *rows;
	bool ok;
};

static void *get_main(void *data)
{
	struct getting *g = data;
	struct err err;

	g->ok = store_rows_get(g->f->s, g->f->inbox, &g->rows, &err);
	return NULL;
}

/* Rows that are asked for while a commit is under way are of the time after it. */
static void asked_for_while_committing(void **state)
{
	struct fixture *f = *state;
	struct getting meanwhile = { .f = f };
	CLEANUP(store_rows_release_ptr) struct store_rows *after = NULL;
	struct store_tx tx;
	pthread_t thread;

	fill(f, f->inbox, 1, 3);
	store_rows_forget(f->s); /* no folder is in memory */
	ASSERT_OK(store_tx_begin(f->s, &tx, STORE_SOON, &f->err), f->err);
	ASSERT_OK(db_do(tx.db, "DELETE FROM msg WHERE box=?1 AND uid=2",
			ARGS(I(f->inbox)), &f->err),
		  f->err);
	rows_read_changed(&f->s->rows, tx.db);
	assert_int_equal(pthread_create(&thread, NULL, get_main, &meanwhile), 0);
	usleep(50000);
	ASSERT_OK(db_do(tx.db, "COMMIT", NO_ARGS, &f->err), f->err);
	rows_apply(&f->s->rows);
	store_tx_end(&tx);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(meanwhile.ok);
	assert_int_equal(meanwhile.rows->count, 2);
	store_rows_release(meanwhile.rows);
	ASSERT_OK(store_rows_get(f->s, f->inbox, &after, &f->err), f->err);
	assert_int_equal(after->count, 2);
}

/* Two messages whose digests are lost are still two. */
static void email_ids_without_digests(void **state)
{
	CLEANUP(store_msgs_finish) struct store_msgs msgs = { 0 };
	struct fixture *f = *state;
	struct store_append msg = { .mime = STR("Subject: a\r\n\r\n"),
				    .keywords = STR("") };
	uint32_t uids[2];
	int64_t entry;

	for (size_t i = 0; i < 2; i++)
		ASSERT_OK(store_append(f->s, f->work, &msg, &uids[i], &entry, &f->err),
			  f->err);
	ASSERT_OK(db_do(f->s->writer, "UPDATE item SET digest=NULL", NO_ARGS, &f->err),
		  f->err);
	ASSERT_OK(store_msgs_read(f->s, f->work, uids, 2, STORE_WANT_EMAIL_ID, &msgs,
				  &f->err),
		  f->err);
	assert_int_equal(msgs.count, 2);
	assert_non_null(msgs.items[0].email_id);
	assert_non_null(msgs.items[1].email_id);
	assert_string_not_equal(msgs.items[0].email_id, msgs.items[1].email_id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(random_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(snapshot_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(asked_for_while_committing, setup,
						teardown),
		cmocka_unit_test_setup_teardown(email_ids_without_digests, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
