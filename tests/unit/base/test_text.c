/* base: strings, buffers, numbers, base64, UTF-8, the calendar, whole files. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/pack.h"
#include "base/utf8.h"

static void numbers(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		uint32_t value;
	} rows[] = {
		{ "0", true, 0 },	    { "4294967295", true, 4294967295u },
		{ "4294967296", false, 0 }, { "", false, 0 },
		{ "-1", false, 0 },	    { " 1", false, 0 },
		{ "1x", false, 0 },	    { "0012", true, 12 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint32_t value = 77;
		bool ok = num_u32(str_from(rows[i].text), &value);

		if (ok != rows[i].ok || value != (ok ? rows[i].value : 77))
			fail_msg("row %zu: %d %u", i, ok, value);
	}
}

static void number_limits(void **state)
{
	uint64_t u;
	int64_t v;
	double d;

	assert_true(num_u64(STR("18446744073709551615"), &u) && u == UINT64_MAX);
	assert_false(num_u64(STR("18446744073709551616"), &u));
	assert_true(num_i64(STR("-42"), &v) && v == -42);
	assert_false(num_i64(STR("9223372036854775808"), &v));
	assert_true(num_hex_u64(STR("0E23"), &u) && u == 0x0e23);
	assert_true(num_double(STR("-12.5"), &d) && d == -12.5);
	assert_false(num_double(STR("1e3"), &d));
}

static void error_texts(void **state)
{
	static const struct {
		const char *quoted, *text;
	} rows[] = {
		{ "Entw\xc3\xbcrfe", "no folder Entw\xc3\xbcrfe" },
		{ "a\r\nb\tc\x7f", "no folder a  b c " },
		{ "\xff\xc3z", "no folder ??z" },
		{ "end\xc3", "no folder end?" },
	};
	char longest[400];
	struct err err = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_false(
			err_set(&err, ERR_NOT_FOUND, "no folder %s", rows[i].quoted));
		if (strcmp(err.text, rows[i].text) != 0)
			fail_msg("row %zu: %s", i, err.text);
	}
	for (size_t shift = 0; shift < 3; shift++) {
		size_t n = shift;

		memset(longest, 'x', shift);
		for (; n + 3 < sizeof(longest); n += 3)
			memcpy(longest + n, "\xe2\x82\xac", 3);
		longest[n] = '\0';
		err_set(&err, ERR_BROKEN, "%s", longest);
		assert_true(utf8_valid(str_from(err.text)));
		assert_true(strlen(err.text) > sizeof(err.text) - 4);
		err_prefix(&err, "%s", "a");
		assert_true(utf8_valid(str_from(err.text)));
		assert_null(strchr(err.text, '?'));
	}
}

static void buffer_ceiling(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf b = STRBUF(5);
	struct err err;

	strbuf_add(&b, STR("abc"));
	strbuf_addf(&b, "%d", 12345);
	strbuf_addc(&b, 'x');
	assert_false(strbuf_ok(&b, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	ASSERT_STR(0, strbuf_str(&b), STR("abc"));
	strbuf_reset(&b);
	strbuf_addf(&b, "%d", 12345);
	assert_true(strbuf_ok(&b, &err));
	strbuf_drop(&b, 2);
	ASSERT_STR(1, strbuf_str(&b), STR("345"));
}

static void base64_blocks(void **state)
{
	struct strbuf bytes = STRBUF(20000), text = STRBUF(40000), back = STRBUF(20000);

	for (int i = 0; i < 9001; i++)
		strbuf_addc(&bytes, (char)(i * 7 + i / 256));
	base64_encode(strbuf_str(&bytes), &text);
	assert_int_equal(text.len, (9001 + 2) / 3 * 4);
	for (size_t piece = 1; piece < 7000; piece = piece * 3 + 1) {
		struct base64_decoder decoder = { 0 };

		strbuf_reset(&back);
		for (size_t at = 0; at < text.len; at += piece)
			assert_true(base64_feed(&decoder,
						str_sub(strbuf_str(&text), at, piece),
						&back, NULL));
		ASSERT_STR(piece, strbuf_str(&back), strbuf_str(&bytes));
	}
	strbuf_finish(&bytes);
	strbuf_finish(&text);
	strbuf_finish(&back);
}

static void base64_both_ways(void **state)
{
	static const char *const rows[][2] = {
		{ "", "" },	   { "f", "Zg==" },	     { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foobar", "Zm9vYmFy" }, { "\xff\xfe", "//4=" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(strbuf_finish) struct strbuf text = STRBUF(99), raw = STRBUF(99);

		base64_encode(str_from(rows[i][0]), &text);
		ASSERT_STR(i, strbuf_str(&text), str_from(rows[i][1]));
		assert_true(base64_decode(strbuf_str(&text), &raw, NULL));
		ASSERT_STR(i, strbuf_str(&raw), str_from(rows[i][0]));
	}
	{
		CLEANUP(strbuf_finish) struct strbuf raw = STRBUF(99);

		assert_true(base64_decode(STR("Zm\r\n9v "), &raw, NULL));
		ASSERT_STR(9, strbuf_str(&raw), STR("foo"));
		assert_false(base64_decode(STR("Zm*v"), &raw, NULL));
		assert_false(base64_decode(STR("Zg==Zg"), &raw, NULL));
	}
}

static void utf8(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf b = STRBUF(99);

	assert_true(utf8_valid(STR("Gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80")));
	assert_false(utf8_valid(STR("\xc0\x80")));
	assert_false(utf8_valid(STR("\xed\xa0\x80")));
	assert_false(utf8_valid(STR("\xf4\x90\x80\x80")));
	assert_false(utf8_valid(STR("\xc3")));
	utf8_repair(STR("a\xff"
			"b"),
		    &b);
	ASSERT_STR(0, strbuf_str(&b),
		   STR("a\xef\xbf\xbd"
		       "b"));
	strbuf_reset(&b);
	utf8_add(&b, 0x1F600);
	ASSERT_STR(1, strbuf_str(&b), STR("\xf0\x9f\x98\x80"));
}

static void calendar(void **state)
{
	static const struct {
		int64_t unix_s;
		struct civil c;
	} rows[] = {
		{ 0, { 1970, 1, 1, 0, 0, 0, 4 } },
		{ 951782400, { 2000, 2, 29, 0, 0, 0, 2 } },
		{ -1, { 1969, 12, 31, 23, 59, 59, 3 } },
		{ 1782982800, { 2026, 7, 2, 9, 0, 0, 4 } },
		{ -11644473600, { 1601, 1, 1, 0, 0, 0, 1 } },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct civil c = clock_civil_from_unix(rows[i].unix_s);

		if (memcmp(&c, &rows[i].c, sizeof(c)) != 0)
			fail_msg("row %zu: %d-%d-%d %d", i, c.year, c.month, c.day,
				 c.weekday);
		assert_int_equal(clock_unix_from_civil(c.year, c.month, c.day, c.hour,
						       c.minute, c.second),
				 rows[i].unix_s);
	}
}

static void str_helpers(void **state)
{
	struct str rest = STR("a,,b"), field;
	CLEANUP(strbuf_finish) struct strbuf got = STRBUF(16);

	while (str_split(&rest, ',', &field))
		strbuf_addf(&got, "%.*s|", STR_FMT(field));
	ASSERT_STR(0, strbuf_str(&got), STR("a||b|"));
	assert_int_equal(str_find_nocase(STR("Hello World"), STR("WORLD")), 6);
	assert_int_equal(str_find(STR("aab"), STR("ab")), 1);
	assert_true(str_eq_nocase(STR("INBOX"), STR("inbox")));
	assert_false(str_eq_nocase(STR("INBOX"), STR("inboxes")));
	ASSERT_STR(0, str_trim(STR(" \tx \r\n")), STR("x"));
	assert_true(str_ends(STR("file.ics"), STR(".ics")));
}

static void decimal(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf b = STRBUF(99), small = STRBUF(2);

	strbuf_add_u64(&b, 0);
	strbuf_addc(&b, ' ');
	strbuf_add_u64(&b, 1234567890);
	strbuf_addc(&b, ' ');
	strbuf_add_u64(&b, UINT64_MAX);
	ASSERT_STR(0, strbuf_str(&b), STR("0 1234567890 18446744073709551615"));
	strbuf_add_u64(&small, 123);
	assert_true(small.overflow);
}

static int by_char(const void *a, const void *b)
{
	return *(const char *)a - *(const char *)b;
}

static void sorting(void **state)
{
	static const char *const lists[] = { "", "a", "abc", "acb", "cba", "bab" };

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		char list[4];

		snprintf(list, sizeof(list), "%s", lists[i]);
		mem_sort(list, strlen(list), 1, by_char);
		for (size_t k = 1; k < strlen(list); k++)
			assert_true(list[k - 1] <= list[k]);
	}
}

static void files(void **state)
{
	char dir[] = "/tmp/passerelle-test-XXXXXX", path[80];
	CLEANUP(strbuf_finish) struct strbuf b = STRBUF(99), small = STRBUF(2);
	struct err err;
	struct stat st;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a/b", dir);
	ASSERT_OK(file_make_dirs(path, 0700, &err), err);
	snprintf(path, sizeof(path), "%s/a/b/f", dir);
	assert_false(file_read(path, &b, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	ASSERT_OK(file_replace(path, STR("one"), 0600, &err), err);
	ASSERT_OK(file_replace(path, STR("two"), 0640, &err), err);
	ASSERT_OK(file_read(path, &b, &err), err);
	ASSERT_STR(0, strbuf_str(&b), STR("two"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_false(file_read(path, &small, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	unlink(path);
	snprintf(path, sizeof(path), "%s/a/b", dir);
	rmdir(path);
	snprintf(path, sizeof(path), "%s/a", dir);
	rmdir(path);
	rmdir(dir);
}

static void compressed(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(1 << 20);
	CLEANUP(strbuf_finish) struct strbuf packed = STRBUF(1 << 20);
	CLEANUP(strbuf_finish) struct strbuf back = STRBUF(1 << 20);
	CLEANUP(strbuf_finish) struct strbuf small = STRBUF(16);
	struct packer *packer = packer_new();

	for (unsigned i = 0; i < 5000; i++)
		strbuf_addf(&text, "line %u of it\n", i);
	assert_true(pack(packer, strbuf_str(&text), &packed));
	assert_true(packed.len < text.len / 3);
	assert_true(unpack(packer, strbuf_str(&packed), text.len, &back));
	ASSERT_STR(0, strbuf_str(&back), strbuf_str(&text));
	assert_false(unpack(packer, strbuf_str(&packed), text.len - 1, &back));
	assert_false(unpack(packer, strbuf_str(&packed), text.len + 1, &back));
	assert_false(unpack(packer, str_sub(strbuf_str(&packed), 0, packed.len / 2),
			    text.len, &back));
	assert_false(unpack(packer, STR("no zstd at all"), 14, &back));
	assert_int_equal(back.len, text.len);
	assert_false(pack(packer, strbuf_str(&text), &small));
	assert_int_equal(small.len, 0);
	strbuf_reset(&back);
	strbuf_reset(&packed);
	assert_true(pack(packer, STR(""), &packed));
	assert_true(unpack(packer, strbuf_str(&packed), 0, &back));
	packer_free(packer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(number_limits),
		cmocka_unit_test(error_texts),
		cmocka_unit_test(buffer_ceiling),
		cmocka_unit_test(base64_both_ways),
		cmocka_unit_test(base64_blocks),
		cmocka_unit_test(utf8),
		cmocka_unit_test(calendar),
		cmocka_unit_test(str_helpers),
		cmocka_unit_test(decimal),
		cmocka_unit_test(sorting),
		cmocka_unit_test(files),
		cmocka_unit_test(compressed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
