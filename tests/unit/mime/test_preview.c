/* The first words of messages. */
#include "tests/unit/test.h"

#include "base/macros.h"
#include "bridge/mime/preview.h"

static void previews(void **state)
{
	static const struct {
		const char *message, *want;
	} rows[] = {
		{ "", "" },
		{ "Subject: x\r\n\r\nhello\r\n  world \r\n\r\n", "hello world" },
		{ "Subject: x\r\n\r\n> quoted\r\nnew\r\n", "new" },
		{ "Subject: x\r\n\r\n> quoted\r\n", "> quoted" },
		{ "Content-Type: text/html\r\n\r\n<html><head><title>t</title></head>"
		  "<style>p { color: red }</style><p>A &amp; B&nbsp;&#8364;&#x41;</p>"
		  "<!-- no --> &bogus; <b>c",
		  "A & B \xe2\x82\xac"
		  "A &bogus; c" },
		{ "Content-Type: image/png\r\n\r\nabc", "" },
		{ "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
		  "--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment\r\n"
		  "\r\nno\r\n"
		  "--b\r\nContent-Type: text/html\r\n\r\n<p>html\r\n"
		  "--b\r\nContent-Type: text/plain\r\n\r\nplain\r\n--b--\r\n",
		  "plain" },
		{ "Content-Type: text/html\r\n\r\n<script>x", "" },
		{ "Content-Type: text/html\r\n\r\n&#55296;&#0;<", "&#55296;&#0;" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf out = STRBUF(MIME_PREVIEW_BYTES);
		struct mime_tree tree;

		mime_tree_init(&tree, str_from(rows[i].message));
		mime_preview(&tree, &out);
		ASSERT_STR(i, strbuf_str(&out), str_from(rows[i].want));
		mime_tree_finish(&tree);
		strbuf_finish(&out);
	}
}

static void length(void **state)
{
	struct strbuf text = STRBUF(100000), out = STRBUF(MIME_PREVIEW_BYTES);
	struct mime_tree tree;

	strbuf_add(&text, STR("Content-Type: text/plain; charset=utf-8\r\n\r\n"));
	for (int i = 0; i < 1000; i++)
		strbuf_add(&text, STR("\xf0\x9f\x93\xa7 "));
	mime_tree_init(&tree, strbuf_str(&text));
	mime_preview(&tree, &out);
	assert_false(out.overflow);
	assert_int_equal(out.len, 100 * 4 + 99);
	mime_tree_finish(&tree);
	strbuf_finish(&text);
	strbuf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(previews),
		cmocka_unit_test(length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
