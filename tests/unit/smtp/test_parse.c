/* SMTP commands and the end of DATA. */
#include "tests/unit/test.h"

#include "base/macros.h"
#include "imapfront/smtp/data.h"
#include "imapfront/smtp/parse.h"
#include "imapfront/smtp/status.h"

static const struct {
	const char *line;
	enum err_code code;
	const char *path, *word;
	uint64_t size;
} LINES[] = {
	{ "MAIL FROM:<a@b>", ERR_OK, "a@b", "", 0 },
	{ "mail from: <a@b> SIZE=10 BODY=8BITMIME AUTH=<>", ERR_OK, "a@b", "", 10 },
	{ "MAIL FROM:<>", ERR_OK, "", "", 0 },
	{ "MAIL FROM:<@x,@y:a@b>", ERR_OK, "a@b", "", 0 },
	{ "MAIL FROM:<\"a> @\\\"b\"@c>", ERR_OK, "\"a> @\\\"b\"@c", "", 0 },
	{ "MAIL FROM:<a@b> SIZE=x", ERR_SYNTAX, "", "", 0 },
	{ "MAIL FROM:<a@b> SMTPUTF8", ERR_DENIED, "", "", 0 },
	{ "MAIL FROM:<a@b>x", ERR_SYNTAX, "", "", 0 },
	{ "MAIL FROM:a@b", ERR_SYNTAX, "", "", 0 },
	{ "MAIL FROM", ERR_SYNTAX, "", "", 0 },
	{ "MAIL", ERR_SYNTAX, "", "", 0 },
	{ "RCPT TO:<a@b>", ERR_OK, "a@b", "", 0 },
	{ "RCPT TO:<>", ERR_SYNTAX, "", "", 0 },
	{ "RCPT TO:<a>", ERR_SYNTAX, "", "", 0 },
	{ "RCPT TO:<@b>", ERR_SYNTAX, "", "", 0 },
	{ "RCPT TO:<a@>", ERR_SYNTAX, "", "", 0 },
	{ "RCPT TO:<a b@c>", ERR_SYNTAX, "", "", 0 },
	{ "RCPT TO:<\xc3\xa9@c>", ERR_SYNTAX, "", "", 0 },
	{ "RCPT TO:<a@b> NOTIFY=NEVER", ERR_DENIED, "", "", 0 },
	{ "EHLO [127.0.0.1]", ERR_OK, "", "[127.0.0.1]", 0 },
	{ "EHLO", ERR_SYNTAX, "", "", 0 },
	{ "AUTH PLAIN =", ERR_OK, "", "PLAIN", 0 },
	{ "AUTH", ERR_SYNTAX, "", "", 0 },
	{ "AUTH PLAIN a b", ERR_SYNTAX, "", "", 0 },
	{ "BDAT 12 LAST", ERR_OK, "", "", 12 },
	{ "BDAT -1", ERR_SYNTAX, "", "", 0 },
	{ "BDAT 1 2", ERR_SYNTAX, "", "", 0 },
	{ "DATA x", ERR_SYNTAX, "", "", 0 },
	{ "NOOP whatever", ERR_OK, "", "", 0 },
	{ "DATAX", ERR_NOT_FOUND, "", "", 0 },
	{ "", ERR_NOT_FOUND, "", "", 0 },
};

static void test_lines(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(LINES); i++) {
		struct str line = str_from(LINES[i].line);
		struct smtp_args args = { 0 };
		struct err err = { 0 };
		enum smtp_verb verb;

		if (smtp_verb_find(line, &verb, &err) &&
		    !smtp_args_parse(verb, line, &args, &err))
			args = (struct smtp_args){ 0 };
		if (err.code != LINES[i].code)
			fail_msg("row %zu: %s", i, err_name(err.code));
		if (err.code)
			continue;
		ASSERT_STR(i, args.path, str_from(LINES[i].path));
		ASSERT_STR(i, args.word, str_from(LINES[i].word));
		assert_int_equal(args.size, LINES[i].size);
	}
}

static const struct {
	const char *sent, *message, *rest; /* rest NULL: not ended */
} DATA[] = {
	{ ".\r\n", "", "" },
	{ "a\r\n.\r\nQUIT\r\n", "a\r\n", "QUIT\r\n" },
	{ "..\r\n..a\r\n.b\r\n.\r\n", ".\r\n.a\r\nb\r\n", "" },
	{ "a\nb\rc\r\r\n.\r\n", "a\r\nb\r\nc\r\n\r\n", "" },
	{ "a\n.\nMAIL\r\n.\r\n", "a\r\n.\r\nMAIL\r\n", "" },
	{ "a\r\n.\nMAIL\r\n.\r\n", "a\r\n.\r\nMAIL\r\n", "" },
	{ "a\n.\r\nMAIL\r\n.\r\n", "a\r\n.\r\nMAIL\r\n", "" },
	{ "a\r\n.\rMAIL\r\n.\r\n", "a\r\n.\r\nMAIL\r\n", "" },
	{ "a\r.\r\nb\r\n.\r\n", "a\r\n.\r\nb\r\n", "" },
	{ "a\r\n.", "a\r\n", NULL },
	{ "a.\r\n", "a.\r\n", NULL },
};

static void test_data(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(DATA); i++) {
		struct str sent = str_from(DATA[i].sent);

		for (size_t piece = 1; piece <= sent.len; piece++) {
			CLEANUP(strbuf_finish) struct strbuf out = STRBUF(1000);
			struct smtp_data d = { .out = &out };
			size_t at = 0;

			while (at < sent.len && d.state != SMTP_DATA_DONE)
				at += smtp_data_feed(&d, str_sub(sent, at, piece));
			assert_int_equal(d.state == SMTP_DATA_DONE, DATA[i].rest != NULL);
			ASSERT_STR(i, strbuf_str(&out), str_from(DATA[i].message));
			if (DATA[i].rest)
				ASSERT_STR(i, str_sub(sent, at, sent.len),
					   str_from(DATA[i].rest));
		}
	}
}

static void test_status(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(1000);
	struct err err = { ERR_DENIED, 0, "not\r\nallowed" };

	smtp_status_write(&err, &out);
	ASSERT_STR(0, strbuf_str(&out), STR("550 5.7.1 not??allowed"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
