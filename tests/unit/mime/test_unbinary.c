/* Parts with NUL octets become base64, all else stays. */
#include "tests/unit/test.h"

#include "base/macros.h"
#include "bridge/mime/unbinary.h"

#define ROW(text)                                                                        \
	{                                                                                \
		text, sizeof(text) - 1                                                   \
	}

static void messages(void **state)
{
	static const struct {
		struct str message, want;
	} rows[] = {
		{ { "", 0 }, { "", 0 } },
		{ ROW("Subject: x\r\n\r\ntext\r\n"), ROW("Subject: x\r\n\r\ntext\r\n") },
		{ ROW("Content-Transfer-Encoding: binary\r\nSubject: x\r\n\r\na\0b"),
		  ROW("Content-Transfer-Encoding: base64\r\nSubject: x\r\n\r\n"
		      "YQBi\r\n") },
		{ ROW("Content-Type: multipart/mixed; boundary=b\r\n\r\n"
		      "--b\r\n\r\nplain\r\n"
		      "--b\r\nContent-Type: a/b\r\n\r\n\0\r\n--b--\r\n"),
		  ROW("Content-Type: multipart/mixed; boundary=b\r\n\r\n"
		      "--b\r\n\r\nplain\r\n"
		      "--b\r\nContent-Transfer-Encoding: base64\r\n"
		      "Content-Type: a/b\r\n\r\nAA==\r\n\r\n--b--\r\n") },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf out = STRBUF(1000);

		mime_unbinary(rows[i].message, &out);
		ASSERT_STR(i, strbuf_str(&out), rows[i].want);
		strbuf_finish(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(messages) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
