/* store: ledger and cache of different moments, as a crash between two commits leaves. */
#include "tests/unit/store/store_test.h"

static void shell(const char *fmt, const char *dir)
{
	char command[512];

	snprintf(command, sizeof(command), fmt, dir);
	assert_int_equal(system(command), 0);
}

static void keep(struct fixture *f)
{
	store_close(f->s);
	shell("cd '%s' && rm -rf kept && mkdir kept && cp ledger.db cache.db kept/",
	      f->dir);
	ASSERT_OK(store_open(f->dir, f->hub, &f->s, &f->err), f->err);
}

static void restore(struct fixture *f, const char *file)
{
	char command[256];

	store_close(f->s);
	f->s = NULL;
	snprintf(command, sizeof(command),
		 "cd '%s' && rm -f %s-wal %s-shm && cp kept/%s .", f->dir, file, file,
		 file);
	assert_int_equal(system(command), 0);
	ASSERT_OK(store_open(f->dir, f->hub, &f->s, &f->err), f->err);
}

static uint32_t append(struct fixture *f, int64_t box)
{
	struct store_append a = { .mime = STR("Subject: x\r\n\r\ntext\r\n") };
	uint32_t uid;
	int64_t entry;

	ASSERT_OK(store_append(f->s, box, &a, &uid, &entry, &f->err), f->err);
	return uid;
}

/* The cache did not hear of the last changes. */
static void cache_behind(void **state)
{
	struct fixture *f = *state;
	struct store_uid_list old, new, gone;
	uint32_t uids[] = { 1, 2, 3 };
	int64_t entry;
	CLEANUP(strbuf_finish) struct strbuf bytes = STRBUF(99);
	bool listing;

	fill(f, f->inbox, 1, 4);
	keep(f);
	ASSERT_OK(store_move(f->s, f->inbox, &uids[0], 1, f->work, &old, &new, &entry,
			     &f->err),
		  f->err);
	store_uid_list_finish(&old);
	store_uid_list_finish(&new);
	ASSERT_OK(store_flags_change(f->s, f->inbox, &uids[1], 2,
				     &(struct store_flags){ STORE_FLAGS_ADD,
							    MSG_DELETED | MSG_SEEN,
							    STR(""), UINT64_MAX },
				     NULL, &f->err),
		  f->err);
	ASSERT_OK(store_expunge(f->s, f->inbox, &uids[1], 1, &gone, &entry, &f->err),
		  f->err);
	store_uid_list_finish(&gone);
	append(f, f->inbox);
	page_put(f, f->inbox, NULL, 0, "i4", true, false);
	fill(f, f->inbox, 8, 9);
	assert_uids(f, f->inbox, "3 5 6 7");
	restore(f, "cache.db");
	/* What only a listing can tell comes with it. */
	assert_false(store_box_state(f->s, f->inbox, &bytes, &listing, &f->err));
	assert_body(f, f->inbox, 5, "Subject: x\r\n\r\ntext\r\n");
	assert_flags(f, f->inbox, 3, "9:");
	fill(f, f->inbox, 1, 3);
	assert_uids(f, f->inbox, "3 5");
	assert_uids(f, f->work, "1");
}

/* The ledger lost what the cache shows: no UID is given a second time. */
static void ledger_behind(void **state)
{
	struct fixture *f = *state;

	fill(f, f->inbox, 1, 2);
	keep(f);
	fill(f, f->inbox, 3, 4);
	assert_uids(f, f->inbox, "1 2 3 4");
	restore(f, "ledger.db");
	assert_uids(f, f->inbox, "1 2");
	fill(f, f->inbox, 1, 4);
	assert_uids(f, f->inbox, "1 2 5 6");
}

/* Another ledger: the UID map is lost, so nothing of the cache counts. */
static void ledger_lost(void **state)
{
	struct fixture *f = *state;
	struct store_box before, after;

	fill(f, f->inbox, 1, 2);
	ASSERT_OK(store_box_get(f->s, f->inbox, &before, &f->err), f->err);
	clock_sleep_ms(1100); /* UIDVALIDITY counts seconds */
	reopen_without(f, "ledger.db");
	assert_false(store_box_find(f->s, STR("INBOX"), &after, &f->err));
	folders(f);
	ASSERT_OK(store_box_get(f->s, f->inbox, &after, &f->err), f->err);
	assert_true(after.uidvalidity != before.uidvalidity);
	store_box_finish(&before);
	store_box_finish(&after);
	fill(f, f->inbox, 1, 2);
	assert_uids(f, f->inbox, "1 2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		ROW(cache_behind),
		ROW(ledger_behind),
		ROW(ledger_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
