/* FETCH and SEARCH: what is read, and which messages match. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <unistd.h>

#include <sys/socket.h>

#include "imapfront/imap/fetch.h"
#include "imapfront/imap/search.h"

static void fetch_items(void **state)
{
	enum {
		FAST = IMAP_FETCH_FLAGS | IMAP_FETCH_INTERNALDATE | IMAP_FETCH_SIZE,
	};
	static const struct {
		const char *text;
		int items; /* -1: refused */
		const char *labels; /* blanks between */
		bool seen;
	} rows[] = {
		{ "FAST", FAST, "", false },
		{ "all", FAST | IMAP_FETCH_ENVELOPE, "", false },
		{ "(UID FLAGS)", IMAP_FETCH_UID | IMAP_FETCH_FLAGS, "", false },
		{ "BODY", IMAP_FETCH_BODY, "", false },
		{ "BODY[]", 0, "BODY[]", true },
		{ "BODY.PEEK[]", 0, "BODY[]", false },
		{ "BODY.PEEK[]<0.2048>", 0, "BODY[]<0>", false },
		{ "body[1.2.mime]", 0, "BODY[1.2.MIME]", true },
		{ "BODY.PEEK[HEADER.FIELDS (Subject \"From\" {2}\r\nTo)]", 0,
		  "BODY[HEADER.FIELDS (Subject From To)]", false },
		{ "BODY.PEEK[HEADER.FIELDS.NOT (X)]", 0, "BODY[HEADER.FIELDS.NOT (X)]",
		  false },
		{ "(RFC822 RFC822.HEADER RFC822.TEXT RFC822.SIZE)", IMAP_FETCH_SIZE,
		  "RFC822 RFC822.HEADER RFC822.TEXT", true },
		{ "RFC822.HEADER", 0, "RFC822.HEADER", false },
		{ "(FLAGS BODY[TEXT] BODY[HEADER])", IMAP_FETCH_FLAGS,
		  "BODY[TEXT] BODY[HEADER]", true },
		{ "", -1, "", false },
		{ "()", -1, "", false },
		{ "(FAST)", -1, "", false },
		{ "BODY.PEEK", -1, "", false },
		{ "BODY[", -1, "", false },
		{ "BODY[0]", -1, "", false },
		{ "BODY[1.]", -1, "", false },
		{ "BODY[MIME]", -1, "", false },
		{ "BODY[HEADER.FIELDS]", -1, "", false },
		{ "BODY[HEADER.FIELDS ()]", -1, "", false },
		{ "BODY[]<0.0>", -1, "", false },
		{ "BODY[]<5>", -1, "", false },
		{ "BODY[]<4294967296.1>", -1, "", false },
		{ "(FLAGS", -1, "", false },
		{ "(FLAGS  UID)", -1, "", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pool pool = { 0 };
		struct imap_reader in = { .rest = str_from(rows[i].text), .pool = &pool };
		struct strbuf labels = STRBUF(1000);
		struct imap_fetch fetch;
		struct err err;
		bool fine = imap_fetch_parse(&in, &fetch, &err) && imap_at_end(&in);

		if (fine != (rows[i].items >= 0))
			fail_msg("row %zu: %s", i, fine ? "taken" : err.text);
		if (fine) {
			for (struct imap_fetch_section *s = fetch.sections; s;
			     s = s->next) {
				strbuf_add_cstr(&labels, labels.len ? " " : "");
				strbuf_add(&labels, s->label);
			}
			assert_int_equal(fetch.items, rows[i].items);
			assert_int_equal(fetch.sets_seen, rows[i].seen);
			ASSERT_STR(i, strbuf_str(&labels), str_from(rows[i].labels));
		}
		strbuf_finish(&labels);
		pool_finish(&pool);
	}
}

static const char octets[] = "Subject: J=?utf-8?q?=C3=BC?=\r\n"
			     "From: A <a@x>\r\n"
			     "Date: Mon, 2 Jan 2006 23:30:00 -0500\r\n"
			     "\r\n"
			     "hello World\r\n";

static void fetch_answers(void **state)
{
	static const struct {
		const char *items, *want;
	} rows[] = {
		{ "(UID FLAGS)", "* 3 FETCH (UID 7 FLAGS (\\Seen Tag))\r\n" },
		{ "INTERNALDATE",
		  "* 3 FETCH (INTERNALDATE \" 3-Jan-2006 04:30:00 +0000\")\r\n" },
		{ "BODY.PEEK[TEXT]",
		  "* 3 FETCH (BODY[TEXT] {13}\r\nhello World\r\n)\r\n" },
		{ "BODY[TEXT]<6.100>", "* 3 FETCH (BODY[TEXT]<6> {7}\r\nWorld\r\n)\r\n" },
		{ "BODY[TEXT]<99.1>", "* 3 FETCH (BODY[TEXT]<99> {0}\r\n)\r\n" },
		{ "BODY[2]", "* 3 FETCH (BODY[2] NIL)\r\n" },
		{ "BODY[1]<0.5>", "* 3 FETCH (BODY[1]<0> {5}\r\nhello)\r\n" },
		{ "BODY[HEADER.FIELDS (from x)]",
		  "* 3 FETCH (BODY[HEADER.FIELDS (from x)] {17}\r\nFrom: A "
		  "<a@x>\r\n\r\n)\r\n" },
		{ "(ENVELOPE BODYSTRUCTURE)",
		  "* 3 FETCH (ENVELOPE (e) BODYSTRUCTURE NIL)\r\n" },
	};
	struct store_msg msg = {
		.uid = 7,
		.flags = MSG_SEEN,
		.keywords = "Tag\n",
		.internal_unix_s = 1136262600,
		.has_body = true,
		.envelope = "(e)",
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pool pool = { 0 };
		struct imap_reader in = { .rest = str_from(rows[i].items),
					  .pool = &pool };
		struct imap_fetch fetch;
		struct stream out;
		struct err err;
		char got[1000];
		ssize_t len;
		int pair[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		stream_init(&out, pair[0], 1000, 1000);
		ASSERT_OK(imap_fetch_parse(&in, &fetch, &err), err);
		imap_fetch_write(&fetch, 3, msg.flags, &msg, str_from(octets), &out);
		ASSERT_OK(stream_flush(&out, &err), err);
		len = read(pair[1], got, sizeof(got));
		assert_true(len > 0);
		ASSERT_STR(i, str_make(got, (size_t)len), str_from(rows[i].want));
		stream_finish(&out);
		close(pair[1]);
		pool_finish(&pool);
	}
}

static void searches(void **state)
{
	static const struct {
		const char *text;
		char index, header, body; /* y, n, ? with that much; '-' refused, 'c'
					     charset */
	} rows[] = {
		{ "ALL", 'y', 'y', 'y' },
		{ "SEEN", 'y', 'y', 'y' },
		{ "UNSEEN", 'n', 'n', 'n' },
		{ "SEEN UNSEEN", 'n', 'n', 'n' },
		{ "OR SEEN UNSEEN", 'y', 'y', 'y' },
		{ "NOT SEEN", 'n', 'n', 'n' },
		{ "NEW", 'n', 'n', 'n' },
		{ "OLD", 'y', 'y', 'y' },
		{ "RECENT", 'n', 'n', 'n' },
		{ "KEYWORD tag", 'y', 'y', 'y' },
		{ "UNKEYWORD Tag", 'n', 'n', 'n' },
		{ "KEYWORD $Forwarded", 'n', 'n', 'n' },
		{ "3", 'y', 'y', 'y' },
		{ "1:2,4:9", 'n', 'n', 'n' },
		{ "UID 7", 'y', 'y', 'y' },
		{ "UID 99:*", 'y', 'y', 'y' },
		{ "LARGER 99", 'y', 'y', 'y' },
		{ "LARGER 100", 'n', 'n', 'n' },
		{ "SMALLER 101", 'y', 'y', 'y' },
		{ "ON 3-Jan-2006", 'y', 'y', 'y' },
		{ "BEFORE \"3-Jan-2006\"", 'n', 'n', 'n' },
		{ "SINCE 3-Jan-2006", 'y', 'y', 'y' },
		{ "SENTON 2-Jan-2006", '?', 'y', 'y' },
		{ "SENTSINCE 3-Jan-2006", '?', 'n', 'n' },
		{ "SENTBEFORE 3-Jan-2006", '?', 'y', 'y' },
		{ "SUBJECT j", '?', 'y', 'y' },
		{ "SUBJECT \"J\xc3\x9c\"", '?', 'y', 'y' },
		{ "CHARSET iso-8859-1 SUBJECT {2}\r\nJ\xfc", '?', 'y', 'y' },
		{ "FROM b@x", '?', 'n', 'n' },
		{ "HEADER Date \"\"", '?', 'y', 'y' },
		{ "HEADER X-No \"\"", '?', 'n', 'n' },
		{ "BODY \"hello w\"", '?', '?', 'y' },
		{ "BODY subject", '?', '?', 'n' },
		{ "TEXT WORLD", '?', '?', 'y' },
		{ "TEXT \"\"", 'y', 'y', 'y' },
		{ "UNSEEN BODY x", 'n', 'n', 'n' }, /* the index decides */
		{ "BODY x UNSEEN", 'n', 'n', 'n' },
		{ "OR SEEN BODY x", 'y', 'y', 'y' },
		{ "NOT BODY x", '?', '?', 'y' },
		{ "(SEEN (NOT (DELETED)))", 'y', 'y', 'y' },
		{ "OR (SEEN DELETED) (UID 7 3)", 'y', 'y', 'y' },
		{ "CHARSET X-NO SUBJECT x", 'c', 'c', 'c' },
		{ "", '-', 0, 0 },
		{ "()", '-', 0, 0 },
		{ "(SEEN", '-', 0, 0 },
		{ "OR SEEN", '-', 0, 0 },
		{ "NOT", '-', 0, 0 },
		{ "SINCE 31-Foo-2006", '-', 0, 0 },
		{ "LARGER x", '-', 0, 0 },
		{ "FOO", '-', 0, 0 },
		{ "SUBJECT", '-', 0, 0 },
		{ "0", '-', 0, 0 },
		{ "CHARSET UTF-8", '-', 0, 0 },
	};
	struct store_msg msg = {
		.uid = 7,
		.flags = MSG_SEEN,
		.keywords = "Tag\n",
		.size = 100,
		.internal_unix_s = 1136262600,
	};
	struct mime_tree tree;

	mime_tree_init(&tree, str_from(octets));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pool pool = { 0 };
		struct imap_reader in = { .rest = str_from(rows[i].text), .pool = &pool };
		struct imap_candidate c = { .seq = 3, .msg = &msg };
		struct imap_search search;
		struct err err;
		char got[4] = "-",
		     want[4] = { rows[i].index, rows[i].header, rows[i].body };

		if (imap_search_parse(&in, &search, &err) && imap_at_end(&in)) {
			for (int level = 0; level < 3; level++) {
				if (search.bad_charset) {
					got[level] = 'c';
					continue;
				}
				if (level == 0)
					imap_search_resolve(&search, 3, 7);
				if (level == 1)
					c.header = tree.root->header;
				if (level == 2)
					c.tree = &tree;
				got[level] = "ny?"[imap_search_try(&search, &c)];
			}
		}
		ASSERT_STR(i, str_from(got), str_from(want));
		pool_finish(&pool);
	}
	mime_tree_finish(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fetch_items),
		cmocka_unit_test(fetch_answers),
		cmocka_unit_test(searches),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
