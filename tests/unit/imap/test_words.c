/* Sets, keywords, flags, mailbox names, the status table. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "imapfront/imap/flags.h"
#include "imapfront/imap/keyword.h"
#include "imapfront/imap/mailbox.h"
#include "imapfront/imap/set.h"
#include "imapfront/imap/status.h"

static void sets(void **state)
{
	static const struct {
		const char *text;
		uint32_t last;
		const char *want; /* resolved; NULL: refused */
	} rows[] = {
		{ "1", 10, "1-1" },
		{ "5:2", 10, "2-5" },
		{ "1:3,2:6", 10, "1-6" },
		{ "1,2,3", 10, "1-3" },
		{ "4,2,9:*", 20, "2-2,4-4,9-20" },
		{ "30:*", 20, "20-30" },
		{ "*", 20, "20-20" },
		{ "*", 0, "" },
		{ "1,5:*", 0, "1-1" },
		{ "4294967295", 9, "4294967295-4294967295" },
		{ "1:4294967295,7", 9, "1-4294967295" },
		{ "0", 9, NULL },
		{ "", 9, NULL },
		{ "1,", 9, NULL },
		{ ",1", 9, NULL },
		{ "1:", 9, NULL },
		{ ":1", 9, NULL },
		{ "1:2:3", 9, NULL },
		{ "4294967296", 9, NULL },
		{ "a", 9, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pool pool = { 0 };
		struct imap_set set;
		struct strbuf got = STRBUF(1000);
		struct err err;
		bool fine = imap_set_parse(str_from(rows[i].text), &pool, &set, &err);

		if (fine != (rows[i].want != NULL))
			fail_msg("row %zu: %s", i, fine ? "taken" : err.text);
		if (fine) {
			imap_set_resolve(&set, rows[i].last);
			for (size_t r = 0; r < set.count; r++)
				strbuf_addf(&got, "%s%u-%u", r ? "," : "",
					    set.ranges[r].from, set.ranges[r].to);
			ASSERT_STR(i, strbuf_str(&got), str_from(rows[i].want));
			for (uint32_t n = 1; n < 40; n++) {
				bool in = false;

				for (size_t r = 0; r < set.count; r++)
					in |= n >= set.ranges[r].from &&
					      n <= set.ranges[r].to;
				assert_int_equal(imap_set_has(&set, n), in);
			}
		}
		strbuf_finish(&got);
		pool_finish(&pool);
	}
}

static void set_write(void **state)
{
	static const uint32_t numbers[] = { 1, 2, 3, 7, 9, 10, 5 };
	struct strbuf got = STRBUF(100);

	imap_set_write(numbers, ARRAY_LEN(numbers), &got);
	ASSERT_STR(0, strbuf_str(&got), STR("1:3,7,9:10,5"));
	strbuf_finish(&got);
}

static void keywords(void **state)
{
	static const struct {
		const char *name, *atom;
	} rows[] = {
		{ "Wichtig", "Wichtig" },
		{ "Projekt X", "Projekt=20X" },
		{ "B\xc3\xbcro", "B=C3=BCro" },
		{ "$MDNSent", "$MDNSent" },
		{ "a=b", "a=b" },
		{ "=20", "=3D20" },
		{ "==20", "==3D20" },
		{ "= ", "==20" },
		{ "=3D20", "=3D3D20" },
		{ "\\Seen", "=5CSeen" },
		{ "a(b)c]", "a=28b=29c=5D" },
		{ "=2\xc3\xa9", "=2=C3=A9" },
		{ "=ff", "=ff" },
		/* categories that are named like clients' marks */
		{ "\1$Budget", "=24Budget" },
		{ "\1Junk", "=4Aunk" },
		{ "\1$ x", "=24=20x" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf atom = STRBUF(100), back = STRBUF(100);

		imap_keyword_encode(str_from(rows[i].name), NULL, &atom);
		ASSERT_STR(i, strbuf_str(&atom), str_from(rows[i].atom));
		imap_keyword_decode(strbuf_str(&atom), NULL, &back);
		ASSERT_STR(i, strbuf_str(&back), str_from(rows[i].name));
		strbuf_finish(&atom);
		strbuf_finish(&back);
	}
}

/* Every pair of octets (no line feed, no NUL) comes back and makes an atom. */
static void keywords_all(void **state)
{
	for (unsigned a = 1; a < 256; a++)
		for (unsigned b = 1; b < 256; b++) {
			char name[5] = { '=', (char)a, (char)b, '0', 'A' };
			struct strbuf atom = STRBUF(100), back = STRBUF(100);

			if (a == '\n' || b == '\n')
				continue;
			imap_keyword_encode(str_make(name, 5), NULL, &atom);
			imap_keyword_decode(strbuf_str(&atom), NULL, &back);
			ASSERT_STR(a * 256 + b, strbuf_str(&back), str_make(name, 5));
			for (size_t i = 0; i < atom.len; i++)
				assert_null(strchr("(){ %*\"\\]\r\n", atom.p[i]));
			strbuf_finish(&atom);
			strbuf_finish(&back);
		}
}

static void flags(void **state)
{
	static const struct {
		const char *in; /* blanks between */
		const char *want; /* as written; NULL: refused */
	} rows[] = {
		{ "\\Seen", "(\\Seen)" },
		{ "\\SEEN \\deleted", "(\\Deleted \\Seen)" },
		{ "$forwarded", "($Forwarded)" },
		{ "b a b c", "(a b c)" },
		{ "Projekt=20X \\Flagged", "(\\Flagged Projekt=20X)" },
		{ "\\Recent", NULL },
		{ "\\Foo", NULL },
		{ "\\", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf list = STRBUF(IMAP_KEYWORDS_BYTES), got = STRBUF(1000);
		struct str rest = str_from(rows[i].in), word;
		unsigned set = 0;
		struct err err;
		bool fine = true;

		while (fine && str_split(&rest, ' ', &word))
			fine = imap_flag_add(word, NULL, &set, &list, &err);
		if (fine != (rows[i].want != NULL))
			fail_msg("row %zu", i);
		imap_flags_write(set, strbuf_cstr(&list), NULL, &got);
		if (fine)
			ASSERT_STR(i, strbuf_str(&got), str_from(rows[i].want));
		strbuf_finish(&list);
		strbuf_finish(&got);
	}
	assert_true(imap_keywords_have("a\nProjekt X\n", STR("projekt x")));
	assert_false(imap_keywords_have("a\nProjekt X\n", STR("projekt")));
	assert_false(imap_keywords_have(NULL, STR("a")));
}

static void labels(void **state)
{
	const struct message_labels table = { { "Wichtig", NULL, "To Do", NULL, NULL } };
	static const struct {
		const char *in, *stored, *want;
	} rows[] = {
		{ "$Label1", "Wichtig\n", "($label1)" },
		{ "wichtig", "$label1-by-name\nwichtig\n", "(wichtig)" },
		{ "$label3 $label2 a", "$label2\nTo Do\na\n", "($label2 $label3 a)" },
		{ "To=20Do", "$label3-by-name\nTo Do\n", "(To=20Do)" },
		{ "$label3 Wichtig", "$label1-by-name\nTo Do\nWichtig\n",
		  "($label3 Wichtig)" },
		{ "$label6 $label $label11", "$label\n$label11\n$label6\n",
		  "($label $label11 $label6)" },
	};
	struct strbuf got = STRBUF(1000);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf list = STRBUF(IMAP_KEYWORDS_BYTES);
		struct str rest = str_from(rows[i].in), word;
		unsigned set = 0;
		struct err err;

		while (str_split(&rest, ' ', &word))
			ASSERT_OK(imap_flag_add(word, &table, &set, &list, &err), err);
		ASSERT_STR(i, strbuf_str(&list), str_from(rows[i].stored));
		strbuf_reset(&got);
		imap_flags_write(set, strbuf_cstr(&list), &table, &got);
		ASSERT_STR(i, strbuf_str(&got), str_from(rows[i].want));
		strbuf_finish(&list);
	}
	/* Set while it stood for no category: it does not come back as that one. */
	strbuf_reset(&got);
	imap_flags_write(0, "$label1\nb\n", &table, &got);
	ASSERT_STR(0, strbuf_str(&got), STR("(b)"));
	strbuf_finish(&got);
}

static void mailboxes(void **state)
{
	static const struct {
		const char *wire, *path; /* NULL: refused */
		const char *back; /* NULL: the same as wire */
	} rows[] = {
		{ "Sent Items", "Sent Items", NULL },
		{ "inbox", "INBOX", "INBOX" },
		{ "InBox/Sub", "INBOX/Sub", "INBOX/Sub" },
		{ "Inboxes", "Inboxes", NULL },
		{ "Entw&APw-rfe", "Entw\xc3\xbcrfe", NULL },
		{ "a&-b", "a&b", NULL },
		{ "50%", "50%25", NULL },
		{ "50%25", "50%25", "50%" },
		{ "a%2Fb", "a%2Fb", NULL },
		{ "a%2fb", "a%2Fb", "a%2Fb" },
		{ "a%252Fb", "a%252Fb", NULL },
		{ "a/b/", "a/b", "a/b" },
		{ "", NULL, NULL },
		{ "/", NULL, NULL },
		{ "/a", NULL, NULL },
		{ "a//b", NULL, NULL },
		{ "a&b", NULL, NULL },
		{ "a\xc3\xbc", NULL, NULL },
		{ "a\tb", NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf path = STRBUF(1000), wire = STRBUF(1000);
		struct err err;
		bool fine = imap_mailbox_path(str_from(rows[i].wire), false, &path, &err);

		if (fine != (rows[i].path != NULL))
			fail_msg("row %zu: %s", i, fine ? "taken" : err.text);
		if (fine) {
			ASSERT_STR(i, strbuf_str(&path), str_from(rows[i].path));
			imap_mailbox_wire(strbuf_str(&path), false, &wire);
			ASSERT_STR(i, strbuf_str(&wire),
				   str_from(rows[i].back ? rows[i].back : rows[i].wire));
		}
		strbuf_finish(&path);
		strbuf_finish(&wire);
	}
}

static void patterns(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool want;
	} rows[] = {
		{ "*", "a/b/c", true },
		{ "%", "a", true },
		{ "%", "a/b", false },
		{ "%/%", "a/b", true },
		{ "%/%", "a/b/c", false },
		{ "a/*", "a", false },
		{ "a/*", "a/", true },
		{ "a*", "a", true },
		{ "*b", "a/b/ab", true },
		{ "%b%", "aba", true },
		{ "%b%", "a/b", false },
		{ "*/%b", "x/y/ab", true },
		{ "*a%c", "aXa/c", false },
		{ "*a%c", "a/abc", true },
		{ "inbox", "INBOX", true },
		{ "InBox/%", "INBOX/a", true },
		{ "in*", "INBOX", true },
		{ "i%x", "INBOX", false }, /* the part behind a wildcard has case */
		{ "i%X", "INBOX", true },
		{ "INBOX", "inboxes", false },
		{ "A", "a", false },
		{ "", "a", false },
		{ "**%*", "a/b", true },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (imap_mailbox_match(str_from(rows[i].pattern),
				       str_from(rows[i].name)) != rows[i].want)
			fail_msg("row %zu: %s on %s", i, rows[i].pattern, rows[i].name);
}

static void status(void **state)
{
	static const struct {
		struct err err;
		const char *want;
	} rows[] = {
		{ { ERR_SYNTAX, 0, "expected a space" }, "BAD expected a space" },
		{ { ERR_NOT_FOUND, 0, "no 'x'" }, "NO [NONEXISTENT] no 'x'" },
		{ { ERR_EXISTS, 0, "x" }, "NO [ALREADYEXISTS] x" },
		{ { ERR_OFFLINE, 0, "a\r\nb" }, "NO [UNAVAILABLE] a??b" },
		{ { ERR_SYNTAX, 0, "[x" }, "BAD error: [x" },
		{ { ERR_BROKEN, 0, "" }, "NO [SERVERBUG] failed" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf got = STRBUF(300);

		imap_status_write(&rows[i].err, &got);
		ASSERT_STR(i, strbuf_str(&got), str_from(rows[i].want));
		strbuf_finish(&got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets),	     cmocka_unit_test(set_write),
		cmocka_unit_test(keywords),  cmocka_unit_test(keywords_all),
		cmocka_unit_test(flags),     cmocka_unit_test(labels),
		cmocka_unit_test(mailboxes), cmocka_unit_test(patterns),
		cmocka_unit_test(status),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
