/* Encoded words, transfer encodings, search, digests, built messages. */
#include "tests/unit/test.h"

#include "base/macros.h"
#include "bridge/mime/build.h"
#include "bridge/mime/content.h"
#include "bridge/mime/decode.h"
#include "bridge/mime/digest.h"
#include "bridge/mime/edit.h"
#include "bridge/mime/header.h"
#include "bridge/mime/search.h"
#include "bridge/mime/words.h"

static const struct {
	const char *value, *utf8;
} WORDS[] = {
	{ "plain  text", "plain  text" },
	{ "=?iso-8859-1?Q?caf=E9_au?= lait", "caf\xc3\xa9 au lait" },
	{ "=?utf-8?B?w6k=?= =?utf-8?B?w6k=?=", "\xc3\xa9\xc3\xa9" },
	{ "=?utf-8?B?ww==?=\r\n =?UTF-8?B?qQ==?= x", "\xc3\xa9 x" }, /* split character */
	{ "=?utf-8?X?abc?=", "=?utf-8?X?abc?=" },
	{ "=?utf-8?Q?open", "=?utf-8?Q?open" },
	{ "=?utf-8*en?Q?a?=", "a" },
	{ "caf\xe9", "caf\xc3\xa9" },
	{ "=?no-such-set?Q?a=C3=A9?=", "a\xc3\xa9" },
	{ "=?", "=?" },
};

static void test_words(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(WORDS); i++) {
		CLEANUP(strbuf_finish) struct strbuf out = STRBUF(1000);

		mime_words_decode(str_from(WORDS[i].value), &out);
		ASSERT_STR(i, strbuf_str(&out), str_from(WORDS[i].utf8));
	}
}

static void test_words_round_trip(void **state)
{
	static const char *const texts[] = {
		"",
		"a",
		"\xc3\xa9",
		"=?x?=",
		"Gr\xc3\xbc\xc3\x9f"
		"e aus einem Betreff, der l\xc3\xa4nger ist als eine Zeile, und noch "
		"mehr davon",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		CLEANUP(strbuf_finish)
		struct strbuf out = STRBUF(1000), back = STRBUF(1000);

		mime_words_encode(str_from(texts[i]), 9, &out);
		mime_words_decode(strbuf_str(&out), &back);
		ASSERT_STR(i, strbuf_str(&back), str_from(texts[i]));
	}
}

static const struct {
	enum mime_encoding encoding;
	const char *body, *decoded;
	bool good;
} BODIES[] = {
	{ MIME_ENCODING_QP, "a=3Db=\r\nc  \r\nd", "a=bc\r\nd", true },
	{ MIME_ENCODING_QP, "a=XYb=", "a=XYb", false },
	{ MIME_ENCODING_BASE64, "YWJj\r\nZA==", "abcd", true },
	{ MIME_ENCODING_BASE64, "YQ==YQ==", "aa", true },
	{ MIME_ENCODING_BASE64, "YW!Jj", "abc", false },
	{ MIME_ENCODING_UUENCODE, "begin 644 f\r\n#86)C\r\n \r\nend\r\n", "abc", true },
	{ MIME_ENCODING_NONE, "=3D", "=3D", true },
	{ MIME_ENCODING_UNKNOWN, "x", "", false },
};

static void test_decode(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(BODIES); i++) {
		CLEANUP(strbuf_finish) struct strbuf out = STRBUF(1000);

		assert_int_equal(
			mime_decode(BODIES[i].encoding, str_from(BODIES[i].body), &out),
			BODIES[i].good);
		ASSERT_STR(i, strbuf_str(&out), str_from(BODIES[i].decoded));
	}
}

static const char ENCODED[] =
	"Subject: =?utf-8?Q?Stra=C3=9Fe?=\r\nTo: \"A\" <a@b>\r\n"
	"Content-Type: multipart/mixed; boundary=x\r\n\r\nprose\r\n--x\r\n"
	"Content-Type: text/plain; charset=iso-8859-1\r\n"
	"Content-Transfer-Encoding: quoted-printable\r\n\r\nCaf=E9 noir=\r\ne\r\n"
	"--x\r\nContent-Type: image/png; name=pic\r\n\r\nsecret\r\n--x--\r\n";

static bool search(struct mime_tree *tree, const char *key, bool text)
{
	CLEANUP(strbuf_finish) struct strbuf folded = STRBUF(1000);

	mime_fold(str_from(key), &folded);
	return text ? mime_search_text(tree, strbuf_str(&folded))
		    : mime_search_body(tree, strbuf_str(&folded));
}

static void test_search(void **state)
{
	CLEANUP(mime_tree_finish) struct mime_tree tree = { 0 };
	CLEANUP(strbuf_finish) struct strbuf key = STRBUF(100);

	mime_tree_init(&tree, str_from(ENCODED));
	assert_true(search(&tree, "CAF\xc3\x89", false));
	assert_true(search(&tree, "noire", false));
	assert_true(search(&tree, "", false));
	assert_false(search(&tree, "image/PNG", false));
	assert_true(search(&tree, "image/PNG", true));
	assert_false(search(&tree, "secret", false));
	assert_false(search(&tree, "strasse", false));
	assert_true(search(&tree, "STRASSE", true));
	mime_fold(STR("stra\xc3\x9f"), &key);
	assert_true(
		mime_search_header(tree.root->header, STR("subject"), strbuf_str(&key)));
	assert_true(mime_search_header(tree.root->header, STR("to"), STR("")));
	assert_false(mime_search_header(tree.root->header, STR("cc"), STR("")));
}

static void digest_of(const char *message, unsigned char digest[MIME_DIGEST_BYTES])
{
	CLEANUP(mime_tree_finish) struct mime_tree tree = { 0 };

	mime_tree_init(&tree, str_from(message));
	mime_digest(&tree, digest);
}

/* Long bodies are decoded piece by piece: the same whatever the encoding. */
static void test_digest_long(void **state)
{
	static const char *const encodings[] = { "7bit", "quoted-printable", "base64" };
	unsigned char digests[3][MIME_DIGEST_BYTES];
	CLEANUP(strbuf_finish) struct strbuf body = STRBUF(1 << 20);

	/* Empty lines where pieces of 64 KiB meet, and at the end. */
	while (body.len < 65500)
		strbuf_add(&body, STR("A line = of text.\r\n"));
	for (int i = 0; i < 100; i++)
		strbuf_add(&body, STR("\r\n"));
	while (body.len < 300000)
		strbuf_add(&body, STR("Another line\xc3\xa9.\r\n"));
	for (size_t i = 0; i < 3; i++) {
		CLEANUP(strbuf_finish) struct strbuf message = STRBUF(4 << 20);

		strbuf_addf(&message,
			    "Subject: long\r\nContent-Transfer-Encoding: %s\r\n\r\n",
			    encodings[i]);
		if (i == 0)
			strbuf_add(&message, strbuf_str(&body));
		else if (i == 1)
			mime_encode_qp(strbuf_str(&body), &message);
		else
			mime_encode_base64(strbuf_str(&body), &message);
		strbuf_add(&message, STR("\r\n\r\n"));
		digest_of(strbuf_cstr(&message), digests[i]);
	}
	assert_memory_equal(digests[0], digests[1], MIME_DIGEST_BYTES);
	assert_memory_equal(digests[0], digests[2], MIME_DIGEST_BYTES);
	/* What stands in ledgers stays true. */
	assert_int_equal(digests[0][0], 0xae);
	assert_int_equal(digests[0][31], 0xec);
}

static void test_digest(void **state)
{
	static const char again[] =
		"Subject:\r\n =?iso-8859-1?Q?Stra=DFe?=\r\nTo:\r\n \"A\" <a@b>\r\n"
		"Content-Type: multipart/mixed;\r\n boundary=other\r\n\r\n--other\r\n"
		"Content-Type: text/plain;\r\n charset=iso-8859-1\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\nQ2Fm6SBub2lyZQ==\r\n"
		"--other\r\nContent-Type: image/png; "
		"name=pic\r\n\r\nsecret\r\n\r\n--other--";
	unsigned char one[MIME_DIGEST_BYTES], two[MIME_DIGEST_BYTES];

	digest_of(ENCODED, one);
	digest_of(again, two);
	assert_memory_equal(one, two, sizeof(one));
	digest_of("Subject: x\r\n\r\na", two);
	digest_of("Subject: x\r\n\r\nb", one);
	assert_memory_not_equal(one, two, sizeof(one));
}

static void test_build(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(100000), name = STRBUF(100);
	CLEANUP(mime_tree_finish) struct mime_tree tree = { 0 };
	struct mime_mailbox to = { STR("J\xc3\xbcrgen"), STR("j@example.test") };
	struct mime_attachment file = { .type = STR("application/pdf"),
					.filename = STR("\xc3\xbc.pdf"),
					.octets = STR("PDF") };
	struct mime_build build = {
		.from = { STR("Doe, Jane"), STR("jane@example.test") },
		.to = { &to, 1 },
		.subject = STR("evil\r\nBcc: x@y"),
		.text = STR("From here\n-- \nto \xe2\x82\xac"),
		.html = STR("<p>x</p>"),
		.attachments = &file,
		.attachment_count = 1,
	};
	struct err err = { 0 };
	struct str value;

	ASSERT_OK(mime_build(&build, &out, &err), err);
	mime_tree_init(&tree, strbuf_str(&out));
	assert_false(mime_field_find(tree.root->header, STR("Bcc"), &value));
	assert_true(mime_field_find(tree.root->header, STR("From"), &value));
	ASSERT_STR(0, str_trim(value), STR("\"Doe, Jane\" <jane@example.test>"));
	assert_true(mime_part_type(tree.root, STR("multipart"), STR("mixed")));
	assert_int_equal(tree.root->child_count, 2);
	assert_true(
		mime_part_type(tree.root->child, STR("multipart"), STR("alternative")));
	assert_int_equal(tree.root->child->child_count, 2);
	assert_true(mime_part_filename(tree.root->child->next, &name));
	ASSERT_STR(0, strbuf_str(&name), file.filename);
	strbuf_reset(&name);
	mime_part_text(tree.root->child->child, &name);
	ASSERT_STR(0, strbuf_str(&name), STR("From here\r\n-- \r\nto \xe2\x82\xac"));
}

static void test_bounce(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(100000);
	CLEANUP(mime_tree_finish) struct mime_tree tree = { 0 };
	const struct str failed = STR("nobody@example.test");
	struct mime_bounce bounce = {
		.reporting_host = STR("localhost"),
		.from = { STR("Mail bridge"), STR("postmaster@localhost") },
		.to = STR("alice@example.test"),
		.failed = &failed,
		.failed_count = 1,
		.status = STR("5.7.1"),
		.diagnostic = STR("not allowed"),
		.message_id = STR("<1@localhost>"),
		.original = STR(
			"Subject: hi\r\nTo: nobody@example.test\r\n\r\nsecret\r\n"),
	};
	struct err err = { 0 };

	ASSERT_OK(mime_build_bounce(&bounce, &out, &err), err);
	mime_tree_init(&tree, strbuf_str(&out));
	assert_true(mime_part_type(tree.root, STR("multipart"), STR("report")));
	assert_int_equal(tree.root->child_count, 3);
	assert_true(str_find(strbuf_str(&out), STR("Status: 5.7.1")) > 0);
	assert_true(str_find(strbuf_str(&out), STR("secret")) < 0);
}

static void test_edit(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(1000);
	const struct str bcc = STR("bcc");

	mime_edit_strip(STR("A: 1\r\nBcc: x,\r\n y\r\nB: 2\r\n\r\nBcc: kept\r\n"), &bcc,
			1, &out);
	ASSERT_STR(0, strbuf_str(&out), STR("A: 1\r\nB: 2\r\n\r\nBcc: kept\r\n"));
	strbuf_reset(&out);
	mime_edit_insert(STR("A: 1\r\n\r\n"), STR("X"), STR("a\r\nb"), &out);
	ASSERT_STR(1, strbuf_str(&out), STR("X: a  b\r\nA: 1\r\n\r\n"));
	strbuf_reset(&out);
	mime_edit_insert(STR("\r\n"), STR("To"), STR("a@b,\r\n c@d"), &out);
	ASSERT_STR(2, strbuf_str(&out), STR("To: a@b,\r\n c@d\r\n\r\n"));
	strbuf_reset(&out);
	mime_crlf(STR("a\nb\r\nc\rd"), &out);
	ASSERT_STR(3, strbuf_str(&out), STR("a\r\nb\r\nc\r\nd"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),  cmocka_unit_test(test_words_round_trip),
		cmocka_unit_test(test_decode), cmocka_unit_test(test_search),
		cmocka_unit_test(test_digest), cmocka_unit_test(test_digest_long),
		cmocka_unit_test(test_build),  cmocka_unit_test(test_bounce),
		cmocka_unit_test(test_edit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
