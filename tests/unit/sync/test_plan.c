/* The decisions of bridge/sync_plan.c, as tables. */
#include "tests/unit/test.h"

#include "base/macros.h"
#include "bridge/sync_plan.h"

static void add(struct strbuf *out, const char *tag, const char *id)
{
	strbuf_addf(out, "%s%s ", tag, id);
}

static void test_page(void **state)
{
	static const struct {
		struct remote_change list[5];
		const char *want;
	} rows[] = {
		{ { { REMOTE_CHANGED, "a", false } }, "+a " },
		{ { { REMOTE_CHANGED, "a", false }, { REMOTE_CHANGED, "a", false } },
		  "+a " },
		{ { { REMOTE_CHANGED, "a", false }, { REMOTE_DELETED, "a", false } },
		  "-a " },
		{ { { REMOTE_DELETED, "a", false }, { REMOTE_CHANGED, "a", false } },
		  "+a " },
		{ { { REMOTE_CHANGED, "a", false }, { REMOTE_READ_FLAG, "a", true } },
		  "+a " },
		{ { { REMOTE_READ_FLAG, "a", true }, { REMOTE_READ_FLAG, "a", false } },
		  "ua " },
		{ { { REMOTE_READ_FLAG, "b", true },
		    { REMOTE_CHANGED, "a", false },
		    { REMOTE_DELETED, "c", false } },
		  "+a -c sb " },
		{ { { REMOTE_CHANGED, "a", false }, { REMOTE_CHANGED, "A", false } },
		  "+a +A " },
	};

	for (size_t row = 0; row < ARRAY_LEN(rows); row++) {
		struct remote_changes changes = {
			.list = (struct remote_change *)rows[row].list
		};
		struct strbuf out = STRBUF(256);
		struct sync_page page;

		while (changes.count < 5 && rows[row].list[changes.count].id)
			changes.count++;
		sync_plan_page(&changes, &page);
		for (size_t i = 0; i < page.read_count; i++)
			add(&out, "+", page.read_ids[i]);
		for (size_t i = 0; i < page.deleted_count; i++)
			add(&out, "-", page.deleted_ids[i]);
		for (size_t i = 0; i < page.seen_count; i++)
			add(&out, page.seen_values[i] ? "s" : "u", page.seen_ids[i]);
		ASSERT_STR(row, strbuf_str(&out), str_from(rows[row].want));
		sync_page_finish(&page);
		strbuf_finish(&out);
	}
}

static void test_next(void **state)
{
	static const struct {
		struct sync_candidate list[3];
		int want;
		int64_t due;
	} rows[] = {
		{ { { .dirty = false } }, -1, INT64_MAX },
		{ { { .dirty = true }, { .dirty = true, .use = BOX_USE_INBOX } },
		  1,
		  INT64_MAX },
		{ { { .dirty = true, .not_before_ms = 500 } }, -1, 500 },
		{ { { .dirty = true, .rest_until_ms = 700, .not_before_ms = 500 } },
		  -1,
		  700 },
		{ { { .dirty = true, .not_before_ms = 500, .use = BOX_USE_INBOX },
		    { .dirty = true } },
		  1,
		  500 },
		{ { { .dirty = true, .kind = BOX_OTHER } }, -1, INT64_MAX },
		{ { { .dirty = true, .news_ms = 1 },
		    { .dirty = true, .news_ms = 2 },
		    { .dirty = true, .news_ms = 1, .complete = true } },
		  2,
		  INT64_MAX },
		{ { { .dirty = true, .news_ms = 1 },
		    { .dirty = true, .news_ms = 2 },
		    { .news_ms = 9, .complete = true } },
		  1,
		  INT64_MAX },
		{ { { .dirty = true },
		    { .dirty = true, .use = BOX_USE_CALENDAR, .kind = BOX_CALENDAR } },
		  1,
		  INT64_MAX },
	};

	for (size_t row = 0; row < ARRAY_LEN(rows); row++) {
		int64_t due;

		assert_int_equal(sync_plan_next(rows[row].list, 3, 100, &due),
				 rows[row].want);
		assert_int_equal(due, rows[row].due);
	}
}

static void test_batch(void **state)
{
	static const struct {
		uint64_t sizes[4];
		size_t count, max_count;
		uint64_t max_bytes;
		size_t want;
	} rows[] = {
		{ { 10, 10, 10, 10 }, 4, 10, 100, 4 },
		{ { 10, 10, 10, 10 }, 4, 2, 100, 2 },
		{ { 10, 10, 10, 10 }, 4, 10, 20, 2 },
		{ { 500, 1 }, 2, 10, 100, 1 },
		{ { 1, 500 }, 2, 10, 100, 1 },
		{ { 0 }, 0, 10, 100, 0 },
		{ { UINT64_MAX, 1 }, 2, 10, 100, 1 },
		{ { 1, UINT64_MAX }, 2, 10, 100, 1 },
	};

	for (size_t row = 0; row < ARRAY_LEN(rows); row++)
		assert_int_equal(sync_plan_batch(rows[row].sizes, rows[row].count,
						 rows[row].max_count,
						 rows[row].max_bytes),
				 rows[row].want);
}

static void test_backoff(void **state)
{
	static const struct {
		unsigned tries, after_s;
		int64_t max_ms, want;
	} rows[] = {
		{ 0, 0, 60000, 1000 },	      { 1, 0, 60000, 2000 },
		{ 5, 0, 60000, 32000 },	      { 6, 0, 60000, 60000 },
		{ 4000000, 0, 60000, 60000 }, { 0, 300, 60000, 300000 },
		{ 5, 1, 60000, 1000 },
	};

	for (size_t row = 0; row < ARRAY_LEN(rows); row++)
		assert_int_equal(sync_plan_backoff_ms(rows[row].tries, rows[row].after_s,
						      rows[row].max_ms),
				 rows[row].want);
}

static void test_jitter(void **state)
{
	assert_int_equal(sync_plan_jitter_ms(1000, 0), 750);
	assert_int_equal(sync_plan_jitter_ms(1000, UINT32_MAX), 1250);
	assert_int_equal(sync_plan_jitter_ms(1000, UINT32_MAX / 2), 1000 - 1);
	assert_int_equal(sync_plan_jitter_ms(0, 12345), 0);
}

static void test_reopen(void **state)
{
	static const struct {
		int64_t lived_ms, want;
	} rows[] = {
		{ 0, 5000 }, { -1, 5000 }, { 4999, 1 }, { 5000, 0 }, { INT64_MAX, 0 },
	};

	for (size_t row = 0; row < ARRAY_LEN(rows); row++)
		assert_int_equal(sync_plan_reopen_ms(rows[row].lived_ms), rows[row].want);
}

static void test_fate(void **state)
{
	static const struct {
		enum journal_kind kind;
		unsigned tries;
		struct remote_fail fail;
		enum sync_fate want;
	} rows[] = {
		{ JOURNAL_FLAGS,
		  0,
		  { .err = { .code = ERR_NOT_FOUND }, .problem = REMOTE_ITEM_GONE },
		  SYNC_FATE_DONE },
		{ JOURNAL_MOVE,
		  0,
		  { .err = { .code = ERR_NOT_FOUND }, .problem = REMOTE_ITEM_GONE },
		  SYNC_FATE_REFUSE },
		{ JOURNAL_BOX_DELETE,
		  0,
		  { .err = { .code = ERR_NOT_FOUND }, .problem = REMOTE_FOLDER_GONE },
		  SYNC_FATE_DONE },
		{ JOURNAL_APPEND,
		  0,
		  { .err = { .code = ERR_OFFLINE }, .outcome_unknown = true },
		  SYNC_FATE_SETTLE },
		{ JOURNAL_APPEND,
		  99,
		  { .err = { .code = ERR_OFFLINE } },
		  SYNC_FATE_RETRY },
		{ JOURNAL_APPEND, 0, { .err = { .code = ERR_LIMIT } }, SYNC_FATE_REFUSE },
		{ JOURNAL_APPEND, 0, { .err = { .code = ERR_BROKEN } }, SYNC_FATE_RETRY },
		{ JOURNAL_APPEND,
		  9,
		  { .err = { .code = ERR_BROKEN } },
		  SYNC_FATE_REFUSE },
		{ JOURNAL_APPEND,
		  9,
		  { .err = { .code = ERR_BROKEN }, .retry = true },
		  SYNC_FATE_RETRY },
		{ JOURNAL_SEND,
		  0,
		  { .err = { .code = ERR_STATE }, .problem = REMOTE_CONFLICT },
		  SYNC_FATE_RETRY },
	};

	for (size_t row = 0; row < ARRAY_LEN(rows); row++)
		assert_int_equal(
			sync_plan_fate(rows[row].kind, rows[row].tries, &rows[row].fail),
			rows[row].want);
}

static struct journal_entry entry(enum journal_kind kind, const char *box,
				  const char *key, unsigned step)
{
	struct journal_entry e = { .kind = kind,
				   .box_remote_id = (char *)box,
				   .item_id = (char *)"id",
				   .step = step };

	strbuf_init(&e.search_key, 100);
	strbuf_add_cstr(&e.search_key, key);
	return e;
}

static void test_group(void **state)
{
	const struct {
		struct journal_entry list[3];
		size_t count, max, want;
	} rows[] = {
		{ { entry(JOURNAL_FLAGS, "b", "1", 0), entry(JOURNAL_FLAGS, "c", "1", 0),
		    entry(JOURNAL_MOVE, "c", "1", 0) },
		  3,
		  9,
		  2 },
		{ { entry(JOURNAL_FLAGS, "b", "1", 0), entry(JOURNAL_FLAGS, "c", "1", 0),
		    entry(JOURNAL_FLAGS, "c", "1", 0) },
		  3,
		  2,
		  2 },
		{ { entry(JOURNAL_MOVE, "b", "1", 0), entry(JOURNAL_MOVE, "b", "2", 0),
		    entry(JOURNAL_MOVE, "c", "3", 0) },
		  3,
		  9,
		  2 },
		{ { entry(JOURNAL_COPY, "b", "1", 0), entry(JOURNAL_COPY, "b", "1", 0),
		    entry(JOURNAL_COPY, "b", "3", 0) },
		  3,
		  9,
		  1 },
		{ { entry(JOURNAL_COPY, "b", "", 0), entry(JOURNAL_COPY, "b", "", 0),
		    entry(JOURNAL_COPY, "b", "3", 0) },
		  3,
		  9,
		  1 },
		{ { entry(JOURNAL_MOVE, "b", "1", 1), entry(JOURNAL_MOVE, "b", "2", 1),
		    entry(JOURNAL_MOVE, "b", "3", 1) },
		  3,
		  9,
		  1 },
		{ { entry(JOURNAL_APPEND, "b", "1", 0),
		    entry(JOURNAL_APPEND, "b", "2", 0),
		    entry(JOURNAL_APPEND, "b", "3", 0) },
		  3,
		  9,
		  1 },
		{ { entry(JOURNAL_APPEND, "b", "1", 0),
		    entry(JOURNAL_APPEND, "b", "2", 0),
		    entry(JOURNAL_APPEND, "b", "3", 0) },
		  0,
		  9,
		  0 },
	};

	for (size_t row = 0; row < ARRAY_LEN(rows); row++) {
		assert_int_equal(
			sync_plan_group(rows[row].list, rows[row].count, rows[row].max),
			rows[row].want);
		for (size_t i = 0; i < 3; i++)
			strbuf_finish((struct strbuf *)&rows[row].list[i].search_key);
	}
}

static void test_bcc(void **state)
{
	static const struct {
		const char *recipients, *named, *want;
	} rows[] = {
		{ "a@x\nb@x\n", "a@x\nb@x\n", "" },
		{ "a@x\nb@x\n", "A@X\n", "b@x\n" },
		{ "b@x\nb@x\n", "", "b@x\n" },
		{ "", "a@x\n", "" },
	};

	for (size_t row = 0; row < ARRAY_LEN(rows); row++) {
		struct strbuf bcc = STRBUF(256);

		sync_plan_bcc(str_from(rows[row].recipients), str_from(rows[row].named),
			      &bcc);
		ASSERT_STR(row, strbuf_str(&bcc), str_from(rows[row].want));
		strbuf_finish(&bcc);
	}
}

/* A wrong password is tried a few times an hour at most. */
static void test_login(void **state)
{
	int64_t at_ms = 0;
	unsigned tries = 0;

	while (at_ms < 3600000)
		at_ms += sync_plan_login_ms(tries++);
	assert_true(tries <= 4);
	assert_true(sync_plan_login_ms(0) <= 60000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_login),	cmocka_unit_test(test_page),
		cmocka_unit_test(test_next),	cmocka_unit_test(test_batch),
		cmocka_unit_test(test_backoff), cmocka_unit_test(test_fate),
		cmocka_unit_test(test_group),	cmocka_unit_test(test_bcc),
		cmocka_unit_test(test_reopen),	cmocka_unit_test(test_jitter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
