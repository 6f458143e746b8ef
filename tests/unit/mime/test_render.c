/* ENVELOPE, BODYSTRUCTURE and sections of good and broken messages. */
#include "tests/unit/test.h"

#include "base/macros.h"
#include "bridge/mime/imap_render.h"
#include "bridge/mime/section.h"

static const struct {
	const char *header, *envelope;
} ENVELOPES[] = {
	{ "Subject: x\r\n\r\n", "(NIL \"x\" NIL NIL NIL NIL NIL NIL NIL NIL)" },
	{ "", "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)" },
	{ "Subject: a \"b\"\r\n\tc\\\r\nTo: A <a@b.c>, d@e (F), g\r\n",
	  "(NIL \"a \\\"b\\\" c\\\\\" NIL NIL NIL "
	  "((\"A\" NIL \"a\" \"b.c\")(\"F\" NIL \"d\" \"e\")(NIL NIL \"g\" \"\")) "
	  "NIL NIL NIL NIL)" },
	{ "From: \"Q, J\" <@x,@y:j@z>\r\nTo: Us: a@b, c@d;, e@f\r\n",
	  "(NIL NIL ((\"Q, J\" \"@x,@y\" \"j\" \"z\")) ((\"Q, J\" \"@x,@y\" \"j\" \"z\"))"
	  " ((\"Q, J\" \"@x,@y\" \"j\" \"z\")) "
	  "((NIL NIL \"Us\" NIL)(NIL NIL \"a\" \"b\")(NIL NIL \"c\" \"d\")"
	  "(NIL NIL NIL NIL)(NIL NIL \"e\" \"f\")) NIL NIL NIL NIL)" },
	{ "Subject: \xc3\xa9\r\n",
	  "(NIL {2}\r\n\xc3\xa9 NIL NIL NIL NIL NIL NIL NIL NIL)" },
	{ "To: undisclosed-recipients:;\r\nMessage-ID: <a@b>\r\n",
	  "(NIL NIL NIL NIL NIL ((NIL NIL \"undisclosed-recipients\" NIL)"
	  "(NIL NIL NIL NIL)) NIL NIL NIL \"<a@b>\")" },
	/* Words that are no address are a name; a host after two words is anybody's. */
	{ "To: Mary Smith, <two words@host>, =?x?=\"q\"w <a@b>, <a . b@c>\r\n",
	  "(NIL NIL NIL NIL NIL ((\"Mary Smith\" NIL \"\" \"\")"
	  "(NIL NIL \"two\" \"\")(\"=?x?= q w\" NIL \"a\" \"b\")"
	  "(NIL NIL \"a.b\" \"c\")) NIL NIL NIL NIL)" },
	{ "To: <\r\nCc: \"\r\nBcc: (((\r\nFrom: @\r\n",
	  "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)" },
};

static void test_envelope(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(ENVELOPES); i++) {
		CLEANUP(strbuf_finish) struct strbuf out = STRBUF(4096);

		mime_imap_envelope(str_from(ENVELOPES[i].header), &out);
		ASSERT_STR(i, strbuf_str(&out), str_from(ENVELOPES[i].envelope));
	}
}

#define TEXT0 "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0)"

static const struct {
	const char *message, *body;
} BODIES[] = {
	{ "\r\nhi\r\n",
	  "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 4 1)" },
	{ "", TEXT0 },
	{ "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n"
	  "Content-Type: image/png; name*0=\"a\"; name*1=b\r\n\r\nxx\r\n--b--\r\nend",
	  "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 0)"
	  "(\"image\" \"png\" (\"name\" \"ab\") NIL NIL \"7bit\" 2) \"mixed\")" },
	{ "Content-Type: multipart/mixed; boundary=b\r\n\r\nno parts",
	  "(" TEXT0 " \"mixed\")" },
	{ "Content-Type: multipart/mixed\r\n\r\n", "(" TEXT0 " \"mixed\")" },
	{ "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: s\r\n"
	  "\r\nt\r\n--b--\r\n",
	  "((\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 15 (NIL \"s\" NIL NIL NIL NIL "
	  "NIL NIL NIL NIL) (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL "
	  "\"7bit\" 1 0) 2) \"digest\")" },
	{ "Content-Type: text/html; charset=\"x;y\"; =bad; f=1 (c)\r\n\r\n",
	  "(\"text\" \"html\" (\"charset\" \"x;y\" \"f\" \"1\") NIL NIL \"7bit\" 0 0)" },
	/* A type against the grammar is none; a word alone may be text. */
	{ "Content-Type: application/pdf name=x\r\n\r\n",
	  "(\"\" \"\" NIL NIL NIL \"7bit\" 0)" },
	{ "Content-Type: text\r\n\r\n",
	  "(\"text\" \"\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0)" },
	{ "Content-Type: a/b; c=d/e; f==?u?Q?g=20?=\r\n\r\n",
	  "(\"a\" \"b\" (\"c\" \"d\" \"f\" \"=?u?Q?g=20?=\") NIL NIL \"7bit\" 0)" },
	{ "Content-Type: a/b\r\nContent-Transfer-Encoding: base64;\r\n\r\n",
	  "(\"a\" \"b\" NIL NIL NIL \"7bit\" 0)" },
	/* Longest of nested boundaries with one prefix. */
	{ "Content-Type: multipart/a; boundary=b\n\n--b\n"
	  "Content-Type: multipart/c; boundary=bb\n\n--bb\n\nx\n--bb--\n--b--\n",
	  "(((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 1 0)"
	  " \"c\") \"a\")" },
	/* A boundary ends a header that has no blank line. */
	{ "Content-Type: multipart/a; boundary=b\r\n\r\n--b\r\nContent-ID: <i>\r\n--b--",
	  "((\"text\" \"plain\" (\"charset\" \"us-ascii\") \"<i>\" NIL \"7bit\" 0 0)"
	  " \"a\")" },
};

static void test_body(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(BODIES); i++) {
		CLEANUP(strbuf_finish) struct strbuf out = STRBUF(4096);
		CLEANUP(mime_tree_finish) struct mime_tree tree = { 0 };

		mime_tree_init(&tree, str_from(BODIES[i].message));
		mime_imap_body(tree.root, false, &out);
		ASSERT_STR(i, strbuf_str(&out), str_from(BODIES[i].body));
	}
}

static const char NESTED[] =
	"Subject: outer\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\npre\r\n"
	"--b\r\nContent-Type: text/plain\r\n\r\none\r\n"
	"--b\r\nContent-Type: message/rfc822\r\n\r\n"
	"Subject: inner\r\nX: y\r\n\r\ntext\r\n"
	"--b\r\nContent-Type: message/rfc822\r\n\r\n"
	"Content-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\nA\r\n--c\r\n"
	"\r\nB\r\n--c--\r\n\r\n--b--\r\n";

static const struct {
	const char *section, *octets; /* NULL: there is none */
} SECTIONS[] = {
	{ "", NESTED },
	{ "1", "one" },
	{ "1.MIME", "Content-Type: text/plain\r\n\r\n" },
	{ "1.1", "one" },
	{ "1.1.1", NULL },
	{ "1.2", NULL },
	{ "2", "Subject: inner\r\nX: y\r\n\r\ntext" },
	{ "2.1", "text" },
	{ "2.HEADER", "Subject: inner\r\nX: y\r\n\r\n" },
	{ "2.text", "text" },
	{ "2.MIME", "Content-Type: message/rfc822\r\n\r\n" },
	{ "2.HEADER.FIELDS", "Subject: inner\r\n\r\n" },
	{ "2.HEADER.FIELDS.NOT", "X: y\r\n\r\n" },
	{ "3.1", "A" },
	{ "3.2", "B" },
	{ "3.3", NULL },
	{ "4", NULL },
	{ "1.HEADER", NULL },
	{ "HEADER",
	  "Subject: outer\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" },
};

static void test_sections(void **state)
{
	CLEANUP(mime_tree_finish) struct mime_tree tree = { 0 };
	const struct str field = STR("SUBJECT");

	mime_tree_init(&tree, str_from(NESTED));
	for (size_t i = 0; i < ARRAY_LEN(SECTIONS); i++) {
		CLEANUP(strbuf_finish) struct strbuf scratch = STRBUF(4096);
		struct mime_section section;
		struct err err = { 0 };
		struct str octets = STR_NONE;
		bool found;

		ASSERT_OK(
			mime_section_parse(str_from(SECTIONS[i].section), &section, &err),
			err);
		section.fields = &field;
		section.field_count = 1;
		found = mime_section_get(&tree, &section, &scratch, &octets);
		if (found != (SECTIONS[i].octets != NULL))
			fail_msg("row %zu: found %d", i, found);
		ASSERT_STR(i, octets, str_from(SECTIONS[i].octets));
	}
}

static void test_bad_sections(void **state)
{
	static const char *const bad[] = {
		"0",	 "1.",	   ".1",	 "MIME", "1.0",
		"1.FOO", "TEXT.1", "4294967296", "1..2", "-1"
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct mime_section section;
		struct err err = { 0 };

		if (mime_section_parse(str_from(bad[i]), &section, &err))
			fail_msg("row %zu: \"%s\" accepted", i, bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_envelope),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_bad_sections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
