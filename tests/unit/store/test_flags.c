/* store: changes of flags by clients, in the log and carried out. */
#include "tests/unit/store/store_test.h"

#include "base/num.h"
#include "bridge/store_internal.h"

enum { TWINS = 40, TWIN = 100 };

/* What the server has, so that drafts, answered ones and categories are among them. */
static void fill_twins(struct fixture *f, int64_t box, unsigned first)
{
	struct item_text texts[TWINS];
	struct store_item items[TWINS];

	for (unsigned i = 0; i < TWINS; i++) {
		items[i] = item(&texts[i], first + i, i % 3 ? MSG_SEEN : 0);
		if (i % 5 == 4)
			items[i].flags |= MSG_ANSWERED;
		items[i].is_draft = i % 7 == 6;
		items[i].keywords = i % 4 == 3 ? "Red\n" : NULL;
	}
	page_put(f, box, items, TWINS, NULL, true, false);
}

static unsigned number_of(const char *item_id)
{
	uint64_t number = 0;

	assert_true(num_u64(str_from(item_id + 1), &number));
	return (unsigned)number;
}

/* What is shown, and what is to go up. */
static void twins_text(struct fixture *f, int64_t box, struct strbuf *text)
{
	CLEANUP(journal_entries_finish) struct journal_entries entries = { 0 };
	CLEANUP(store_rows_release_ptr) struct store_rows *rows = NULL;
	int64_t due;

	ASSERT_OK(store_rows_get(f->s, box, &rows, &f->err), f->err);
	for (size_t i = 0; i < rows->count; i++) {
		struct store_row row = store_rows_at(rows, i);

		strbuf_addf(text, "%u %x %s;", row.uid, row.flags, row.keywords);
	}
	ASSERT_OK(journal_ready(f->s, 1000, &entries, &due, &f->err), f->err);
	for (size_t i = 0; i < entries.count; i++) {
		const struct journal_entry *e = &entries.items[i];

		assert_int_equal(e->group, e->id);
		if (e->box_id == box)
			strbuf_addf(text, "%u: %x of %x, %d %s, %d\n",
				    number_of(e->item_id) % TWIN, e->flags,
				    e->flags_changed, e->keywords_changed, e->keywords,
				    e->newest_verb_is_forward);
	}
}

static bool in_log(struct fixture *f)
{
	bool any = false;

	ASSERT_OK(flag_log_any(f->s->writer, &any, &f->err), f->err);
	return any;
}

struct command {
	struct store_flags change;
	uint32_t uids[TWINS];
	size_t count;
};

/* Every second time without drafts, which memory does not know; at last, with more. */
static void make_command(unsigned step, unsigned *seed, struct command *c)
{
	static const char *const keywords[] = { "", "Red\n", "$Work\nBlue\n", "Junk\n" };
	unsigned random = next_random(seed);

	*c = (struct command){
		.change = { random % 3, (random >> 2) & MSG_FLAGS_ALL,
			    str_from(keywords[next_random(seed) % ARRAY_LEN(keywords)]),
			    UINT64_MAX }
	};
	if (step < 40)
		c->change.flags &= ~(unsigned)MSG_DRAFT;
	for (uint32_t uid = 1; uid <= TWINS; uid++)
		if ((step % 2 == 0 || uid % 7) &&
		    (step % 4 == 0 || next_random(seed) % 4))
			c->uids[c->count++] = uid;
}

static void change(struct fixture *f, int64_t box, const uint32_t *uids, size_t count,
		   const struct command *c)
{
	ASSERT_OK(store_flags_change(f->s, box, uids, count, &c->change, NULL, &f->err),
		  f->err);
}

/* Commands about many come to the same as one message after the other, however many of
 * them are carried out at once. */
static void many_as_one_by_one(void **state)
{
	struct fixture *f = *state;
	unsigned seed = 3, logged = 0;

	fill_twins(f, f->inbox, TWIN);
	fill_twins(f, f->work, 2 * TWIN);
	for (unsigned step = 0; step < 60; step++) {
		CLEANUP(strbuf_finish) struct strbuf many = STRBUF(1 << 20);
		CLEANUP(strbuf_finish) struct strbuf single = STRBUF(1 << 20);
		struct command commands[5];
		size_t count = 1 + next_random(&seed) % ARRAY_LEN(commands);

		for (size_t i = 0; i < count; i++) {
			make_command(step, &seed, &commands[i]);
			change(f, f->inbox, commands[i].uids, commands[i].count,
			       &commands[i]);
		}
		logged += in_log(f);
		for (size_t i = 0; i < count; i++)
			for (size_t k = 0; k < commands[i].count; k++) {
				change(f, f->work, &commands[i].uids[k], 1, &commands[i]);
				ASSERT_OK(flag_log_settle(f->s, &f->err), f->err);
			}
		if (step % 5 == 4)
			store_rows_forget(f->s);
		twins_text(f, f->inbox, &many);
		twins_text(f, f->work, &single);
		ASSERT_STR(step, strbuf_str(&many), strbuf_str(&single));
	}
	assert_true(logged > 15);
}

static void add(struct fixture *f, uint32_t from, uint32_t to, unsigned flags,
		const char *keywords)
{
	struct store_flags change = { STORE_FLAGS_ADD, flags, str_from(keywords),
				      UINT64_MAX };
	uint32_t uids[TWINS];
	size_t count = 0;

	while (from + count <= to) {
		uids[count] = from + (uint32_t)count;
		count++;
	}
	ASSERT_OK(store_flags_change(f->s, f->inbox, uids, count, &change, NULL, &f->err),
		  f->err);
}

/* 30 messages in the Inbox, in memory. */
static void fill_inbox(struct fixture *f)
{
	CLEANUP(store_rows_release_ptr) struct store_rows *rows = NULL;

	fill(f, f->inbox, 1, 30);
	ASSERT_OK(store_rows_get(f->s, f->inbox, &rows, &f->err), f->err);
}

struct counters {
	uint32_t unseen;
	uint64_t modseq;
};

static struct counters counters(struct fixture *f)
{
	struct store_box box;
	struct counters c;

	ASSERT_OK(store_box_get(f->s, f->inbox, &box, &f->err), f->err);
	c = (struct counters){ box.unseen, box.modseq };
	store_box_finish(&box);
	return c;
}

/* SELECT and STATUS need not wait until the rows have it. */
static void counted_in_the_log(void **state)
{
	CLEANUP(store_view_finish) struct store_view view = { 0 };
	struct fixture *f = *state;
	struct counters before, logged, settled;

	fill_inbox(f);
	before = counters(f);
	add(f, 1, 20, MSG_SEEN, "");
	add(f, 11, 30, MSG_SEEN | MSG_FLAGGED, "Red\n");
	logged = counters(f);
	ASSERT_OK(store_view_load(f->s, f->inbox, &view, &f->err), f->err);
	assert_true(in_log(f));
	assert_true(before.unseen > 0);
	assert_int_equal(logged.unseen, 0);
	assert_true(logged.modseq > before.modseq);
	assert_int_equal(view.modseq, logged.modseq);
	ASSERT_OK(flag_log_settle(f->s, &f->err), f->err);
	settled = counters(f);
	assert_false(in_log(f));
	assert_int_equal(settled.unseen, 0);
	assert_int_equal(settled.modseq, logged.modseq);
}

static void goes_up(struct fixture *f, size_t count)
{
	CLEANUP(journal_entries_finish) struct journal_entries entries = { 0 };
	int64_t due;

	ASSERT_OK(journal_ready(f->s, 100, &entries, &due, &f->err), f->err);
	assert_int_equal(entries.count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(entries.items[i].flags_changed, MSG_FLAGGED);
		assert_true(entries.items[i].flags & MSG_FLAGGED);
		assert_string_equal(entries.items[i].keywords, "Red\n");
	}
}

/* After a kill, and with a cache that is lost as well, it goes up all the same. */
static void kept_in_the_ledger(void **state)
{
	CLEANUP(store_rows_release_ptr) struct store_rows *rows = NULL;
	struct fixture *f = *state;

	fill_inbox(f);
	add(f, 3, 4, MSG_FLAGGED, "Red\n");
	assert_true(in_log(f));
	reopen(f);
	goes_up(f, 2);
	ASSERT_OK(store_rows_get(f->s, f->inbox, &rows, &f->err), f->err);
	add(f, 5, 6, MSG_FLAGGED, "Red\n");
	assert_true(in_log(f));
	reopen_without(f, "cache.db");
	goes_up(f, 4);
}

static size_t changes(struct fixture *f, uint64_t since)
{
	struct store_changes list;
	size_t count;

	ASSERT_OK(store_changes_since(f->s, f->inbox, since, &list, &f->err), f->err);
	count = list.count;
	store_changes_finish(&list);
	return count;
}

/* Who knows of its own change looks nowhere; others are told. */
static void nothing_new(void **state)
{
	struct fixture *f = *state;
	struct item_text text;
	struct store_item one = item(&text, 5, MSG_ANSWERED);
	uint64_t start, own;

	fill_inbox(f);
	start = counters(f).modseq;
	assert_int_equal(changes(f, start), 0);
	add(f, 1, 3, MSG_FLAGGED, "");
	own = counters(f).modseq;
	assert_int_equal(changes(f, own), 0);
	assert_true(in_log(f));
	assert_int_equal(changes(f, start), 3);
	assert_false(in_log(f));
	assert_int_equal(changes(f, own), 0);
	page_put(f, f->inbox, &one, 1, "i9", true, false);
	assert_int_equal(changes(f, own), 2);
	assert_int_equal(changes(f, counters(f).modseq), 0);
}

/* A folder that is gone is not taken for one where nothing is new. */
static void folder_gone(void **state)
{
	CLEANUP(store_view_finish) struct store_view view = { 0 };
	struct fixture *f = *state;
	struct store_changes list;
	int64_t entry;

	f->inbox = box_at(f, "Work/a%2Fb");
	fill_inbox(f);
	ASSERT_OK(store_view_load(f->s, f->inbox, &view, &f->err), f->err);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(changes(f, view.modseq), 0);
	ASSERT_OK(store_box_delete(f->s, STR("Work/a%2Fb"), &entry, &f->err), f->err);
	assert_false(store_changes_since(f->s, f->inbox, view.modseq, &list, &f->err));
	assert_int_equal(f->err.code, ERR_NOT_FOUND);
}

/* Categories that are too many to be shown are not taken away by who changes those that
 * are; marks that stay here can be set all the same. */
static void too_many_categories(void **state)
{
	static const enum store_flag_op ops[] = { STORE_FLAGS_ADD, STORE_FLAGS_REPLACE,
						  STORE_FLAGS_REMOVE };
	CLEANUP(journal_entries_finish) struct journal_entries entries = { 0 };
	CLEANUP(store_rows_release_ptr) struct store_rows *rows = NULL;
	struct fixture *f = *state;
	struct item_text text;
	struct store_item one = item(&text, 1, 0);
	struct store_row row;
	uint32_t uid = 1;
	int64_t due;

	one.keywords = MESSAGE_CATEGORIES_MANY "\n";
	page_put(f, f->inbox, &one, 1, NULL, true, false);
	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		ASSERT_OK(store_flags_change(
				  f->s, f->inbox, &uid, 1,
				  &(struct store_flags){
					  ops[i], 0,
					  i == 2 ? STR(MESSAGE_CATEGORIES_MANY "\n")
						 : STR("$Work\nRed\n"),
					  UINT64_MAX },
				  NULL, &f->err),
			  f->err);
	ASSERT_OK(store_rows_get(f->s, f->inbox, &rows, &f->err), f->err);
	assert_true(store_rows_find(rows, uid, &row));
	assert_string_equal(row.keywords, "$Work\n" MESSAGE_CATEGORIES_MANY "\n");
	ASSERT_OK(journal_ready(f->s, 10, &entries, &due, &f->err), f->err);
	assert_int_equal(entries.count, 0);
}

/* However many commands there are, the log stays short. */
static void short_log(void **state)
{
	struct fixture *f = *state;
	int64_t rows;

	fill_inbox(f);
	for (unsigned i = 0; i < 700; i++) {
		uint32_t uid = i % 30 + 1;

		ASSERT_OK(store_flags_change(f->s, f->inbox, &uid, 1,
					     &(struct store_flags){
						     i / 30 % 2 ? STORE_FLAGS_REMOVE
								: STORE_FLAGS_ADD,
						     MSG_FLAGGED, STR(""), UINT64_MAX },
					     NULL, &f->err),
			  f->err);
	}
	ASSERT_OK(db_int(f->s->writer, "SELECT count(*) FROM flag_log", NO_ARGS, 0, &rows,
			 &f->err),
		  f->err);
	assert_true(rows > 0 && rows <= 256);
}

static int no_commit(void *data)
{
	(void)data;
	return 1;
}

/* What was changed is shown while the disk takes nothing more; only what would go up to
 * the server waits for it. */
static void read_on_a_full_disk(void **state)
{
	struct fixture *f = *state;
	CLEANUP(store_rows_release_ptr) struct store_rows *rows = NULL;
	CLEANUP(store_changes_finish) struct store_changes changes = { 0 };
	CLEANUP(journal_entries_finish) struct journal_entries entries = { 0 };
	struct store_deleted deleted;
	int64_t due;

	fill_twins(f, f->inbox, TWIN);
	ASSERT_OK(store_rows_get(f->s, f->inbox, &rows, &f->err), f->err);
	store_rows_release_ptr(&rows);
	add(f, 1, 5, MSG_DELETED, "");
	assert_true(in_log(f));
	sqlite3_commit_hook(f->s->writer->handle, no_commit, NULL);
	for (unsigned i = 0; i < 3; i++) {
		store_rows_forget(f->s);
		ASSERT_OK(store_rows_get(f->s, f->inbox, &rows, &f->err), f->err);
		assert_true(store_rows_at(rows, 4).flags & MSG_DELETED);
		assert_false(store_rows_at(rows, 5).flags & MSG_DELETED);
		store_rows_release_ptr(&rows);
	}
	ASSERT_OK(store_deleted_count(f->s, f->inbox, &deleted, &f->err), f->err);
	assert_int_equal(deleted.messages, 5);
	ASSERT_OK(store_changes_since(f->s, f->inbox, 0, &changes, &f->err), f->err);
	assert_int_equal(changes.count, TWINS);
	assert_false(journal_ready(f->s, 100, &entries, &due, &f->err));
	assert_true(in_log(f));
	sqlite3_commit_hook(f->s->writer->handle, NULL, NULL);
	ASSERT_OK(journal_ready(f->s, 100, &entries, &due, &f->err), f->err);
	assert_false(in_log(f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(many_as_one_by_one, setup, teardown),
		cmocka_unit_test_setup_teardown(counted_in_the_log, setup, teardown),
		cmocka_unit_test_setup_teardown(kept_in_the_ledger, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_new, setup, teardown),
		cmocka_unit_test_setup_teardown(folder_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(too_many_categories, setup, teardown),
		cmocka_unit_test_setup_teardown(short_log, setup, teardown),
		cmocka_unit_test_setup_teardown(read_on_a_full_disk, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
