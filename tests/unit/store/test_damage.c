/* store: damaged files are found at the start and made anew, modes of what is written. */
#include "tests/unit/store/store_test.h"

#include <fcntl.h>
#include <sys/stat.h>

#define PAGE 4096

static void append(struct fixture *f, int64_t box, unsigned n)
{
	char mime[3000];
	struct store_append a = { .flags = MSG_SEEN };
	uint32_t uid;
	int64_t entry;

	memset(mime, 'x', sizeof(mime));
	snprintf(mime, sizeof(mime), "Subject: %u\r\nMessage-ID: <%u@x.test>\r\n\r\n", n,
		 n);
	mime[strlen(mime)] = 'x';
	a.mime = str_make(mime, sizeof(mime));
	ASSERT_OK(store_append(f->s, box, &a, &uid, &entry, &f->err), f->err);
}

static void shell(const char *fmt, const char *dir)
{
	char command[512];

	snprintf(command, sizeof(command), fmt, dir, dir);
	assert_int_equal(system(command), 0);
}

/* @pages from the first one on become garbage. */
static void damage(struct fixture *f, const char *name, off_t first, int pages)
{
	char path[128], garbage[PAGE];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	memset(garbage, 0xa5, sizeof(garbage));
	fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	for (int i = 0; i < pages; i++)
		assert_int_equal(pwrite(fd, garbage, PAGE, (first + i) * PAGE), PAGE);
	close(fd);
}

static off_t pages_of(struct fixture *f, const char *name)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	assert_int_equal(stat(path, &st), 0);
	return st.st_size / PAGE;
}

static size_t pending(struct fixture *f)
{
	struct journal_entries entries;
	int64_t next;
	size_t n;

	ASSERT_OK(journal_ready(f->s, 1000, &entries, &next, &f->err), f->err);
	n = entries.count;
	journal_entries_finish(&entries);
	return n;
}

static void filled(struct fixture *f)
{
	fill(f, f->inbox, 1, 20);
	for (unsigned n = 0; n < 30; n++)
		append(f, f->work, n);
	store_close(f->s);
	f->s = NULL;
	shell("cd '%s' && mkdir kept && cp ledger.db cache.db kept/", f->dir);
}

static void again(struct fixture *f)
{
	store_close(f->s);
	f->s = NULL;
	shell("cd '%s' && rm -f ledger.db* cache.db* && cp kept/* .", f->dir);
}

/* Any page of the cache: the same UIDs after the next listing. */
static void damaged_cache(void **state)
{
	struct fixture *f = *state;
	off_t pages;

	filled(f);
	pages = pages_of(f, "cache.db");
	for (off_t page = 0; page < pages; page += 1 + pages / 12) {
		damage(f, "cache.db", page, 1);
		ASSERT_OK(store_open(f->dir, f->hub, &f->s, &f->err), f->err);
		folders(f);
		assert_int_equal(pending(f), 30);
		fill(f, f->inbox, 20, 1);
		assert_uids(f, f->inbox,
			    "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20");
		again(f);
	}
	ASSERT_OK(store_open(f->dir, f->hub, &f->s, &f->err), f->err);
}

/* Any page of the ledger: it opens, says so, and most of what was to go up still does. */
static void damaged_ledger(void **state)
{
	struct fixture *f = *state;
	size_t kept = 0, told = 0, rounds = 0;
	off_t pages;

	filled(f);
	pages = pages_of(f, "ledger.db");
	for (off_t page = 0; page < pages; page++) {
		struct store_notices notices;

		damage(f, "ledger.db", page, 1);
		ASSERT_OK(store_open(f->dir, f->hub, &f->s, &f->err), f->err);
		folders(f);
		kept += pending(f);
		ASSERT_OK(store_notices_read(f->s, 9, &notices, &f->err), f->err);
		told += notices.count;
		store_notices_finish(&notices);
		append(f, f->work, 99); /* it works */
		rounds++;
		again(f);
	}
	print_message("%zu of %zu entries kept, told %zu of %zu times\n", kept,
		      30 * rounds, told, rounds);
	assert_true(kept > 30 * rounds * 3 / 4);
	assert_true(told > rounds / 2); /* unused pages may be anything */
	ASSERT_OK(store_open(f->dir, f->hub, &f->s, &f->err), f->err);
}

/* Not even a database. */
static void garbage(void **state)
{
	struct fixture *f = *state;

	filled(f);
	damage(f, "ledger.db", 0, 3);
	damage(f, "cache.db", 0, 3);
	ASSERT_OK(store_open(f->dir, f->hub, &f->s, &f->err), f->err);
	folders(f);
	append(f, f->work, 1);
	shell("test $(ls '%s' | grep -c '^ledger.db.damaged-[0-9]*$') = 1", f->dir);
}

/* Nobody else reads our mail. */
static void modes(void **state)
{
	struct fixture *f = *state;
	CLEANUP(strbuf_finish) struct strbuf big = STRBUF(1000000);
	struct store_append a = { .flags = 0 };
	uint32_t uid;
	int64_t entry;

	strbuf_add(&big, STR("Subject: big\r\n\r\n"));
	while (big.len < 400000)
		strbuf_add(&big, STR("0123456789 0123456789\r\n"));
	a.mime = strbuf_str(&big);
	ASSERT_OK(store_append(f->s, f->work, &a, &uid, &entry, &f->err), f->err);
	shell("test -z \"$(find '%s' -type f ! -perm 600; find '%s' -type d ! -perm "
	      "700)\"",
	      f->dir);
}

static void one_daemon(void **state)
{
	struct fixture *f = *state;
	struct store *second;

	assert_false(store_open(f->dir, f->hub, &second, &f->err));
	assert_int_equal(f->err.code, ERR_STATE);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(damaged_cache), ROW(damaged_ledger), ROW(garbage),
		ROW(modes),	    ROW(one_daemon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
