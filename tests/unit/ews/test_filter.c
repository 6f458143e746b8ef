/* The byte filter in front of the XML parser, in whole and byte by byte. */
#include "tests/unit/test.h"

#include "ews/xml_filter.h"

#define BAD "\xEF\xBF\xBD"

static const struct {
	const char *in, *out;
} rows[] = {
	{ "<a>text</a>", "<a>text</a>" },
	{ "<?xml version=\"1.0\"?>\n<a/>", "<a/>" },
	{ "\xEF\xBB\xBF<a/>", "<a/>" },
	{ "<!DOCTYPE x [<!ENTITY y \"z\">]><a>&y;</a>", "<a>" BAD "</a>" },
	{ "<a>\x01\x1F\x0B</a>", "<a>" BAD BAD BAD "</a>" },
	{ "<a>\t\r\n</a>", "<a>\t\r\n</a>" },
	{ "<a>&#x0;&#1;&#x1F;&#xFFFE;&#xD800;&#x110000;</a>",
	  "<a>" BAD BAD BAD BAD BAD BAD "</a>" },
	{ "<a>&#99999999999999999999999;</a>", "<a>" BAD "</a>" },
	{ "<a>&#x41;&#10;&amp;&lt;&gt;&quot;&apos;</a>",
	  "<a>&#x41;&#10;&amp;&lt;&gt;&quot;&apos;</a>" },
	{ "<a>&nbsp;</a>", "<a>" BAD "</a>" },
	{ "<a>fish & chips</a>", "<a>fish &amp; chips</a>" },
	{ "<a>&&amp;</a>", "<a>&amp;&amp;</a>" },
	{ "<a>a&b</a>", "<a>a&amp;b</a>" },
	{ "<a>&\xC3\xA9;</a>", "<a>&amp;\xC3\xA9;</a>" },
	{ "<a b='&#x2;'/>", "<a b='" BAD "'/>" },
	{ "<a b='x>y/>'>z</a>", "<a b='x>y/>'>z</a>" },
	{ "<a b=\"x<y\"/>", "<a b=\"x&lt;y\"/>" },
	{ "<a>\xC3\xA9\xF0\x9F\x98\x80</a>", "<a>\xC3\xA9\xF0\x9F\x98\x80</a>" },
	{ "<a>\xC3(</a>", "<a>" BAD "(</a>" },
	{ "<a>\xFF\x80</a>", "<a>" BAD BAD "</a>" },
	{ "<a>\xEF\xBF\xBE\xEF\xBF\xBF</a>", "<a>" BAD BAD "</a>" },
	{ "<a>\xED\xA0\x80</a>", "<a>" BAD "</a>" },
	{ "<a><!-- <b> & \x01 --><c/></a>", "<a><c/></a>" },
	{ "<a><![CDATA[<x>&\x02 ]] ]>]]></a>", "<a><![CDATA[<x>&" BAD " ]] ]>]]></a>" },
	{ "<a><?pi <b>?>x</a>", "<a>x</a>" },
	{ "<a/>tail", "<a/>" },
	{ "<a></a><a></a>", "<a></a>" },
	{ "<a>cut", "<a>cut" },
};

static void feed(const char *in, size_t step, struct strbuf *out)
{
	struct xml_filter filter = { 0 };
	struct str rest = str_from(in);

	while (rest.len > 0 && !filter.ended) {
		size_t used = xml_filter_feed(&filter, str_sub(rest, 0, step), out);

		rest = str_sub(rest, used, rest.len);
	}
}

static void test_filter(void **state)
{
	for (size_t step = 1; step <= 64; step = step * 2 + 1) {
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct strbuf out = STRBUF(4096);

			feed(rows[i].in, step, &out);
			ASSERT_STR(i, strbuf_str(&out), str_from(rows[i].out));
			strbuf_finish(&out);
		}
	}
}

static void test_documents(void **state)
{
	struct str rest = STR("<?xml version='1.0'?><a><b/></a>\r\n"
			      "<?xml version='1.0'?><a/><a>x</a>");
	static const char *const want[] = { "<a><b/></a>", "<a/>", "<a>x</a>" };

	for (size_t i = 0; i < 3; i++) {
		struct xml_filter filter = { 0 };
		struct strbuf out = STRBUF(4096);
		size_t used = xml_filter_feed(&filter, rest, &out);

		assert_true(filter.ended);
		rest = str_sub(rest, used, rest.len);
		ASSERT_STR(i, strbuf_str(&out), str_from(want[i]));
		strbuf_finish(&out);
	}
	assert_int_equal(rest.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
