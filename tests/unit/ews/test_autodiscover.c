/*
 * Autodiscover's documents: what is read from each, samples of real servers among them
 * where they are at hand, and which hosts belong to a mail domain.
 */
#include "tests/unit/test.h"

#include <stdio.h>

#include "base/file.h"
#include "ews/autodiscover_read.h"
#include "tests/unit/ews/shared.h"

#define POX(inner)                                                                       \
	"<Autodiscover xmlns='http://schemas.microsoft.com/exchange/autodiscover/"       \
	"responseschema/2006'><Response xmlns='http://schemas.microsoft.com/exchange/"   \
	"autodiscover/outlook/responseschema/2006a'>" inner "</Response></Autodiscover>"
#define PROTOCOL(type, urls) "<Protocol><Type>" type "</Type>" urls "</Protocol>"
#define SETTINGS(inner) POX("<Account><Action>settings</Action>" inner "</Account>")

struct row {
	const char *body;
	enum discover_kind kind;
	const char *text, *address;
};

static void check(const struct row *rows, size_t count,
		  void (*read)(struct str body, struct discover_answer *answer_r))
{
	struct discover_answer a;

	for (size_t i = 0; i < count; i++) {
		read(str_from(rows[i].body), &a);
		if (a.kind != rows[i].kind ||
		    (rows[i].text && strcmp(a.text, rows[i].text) != 0) ||
		    strcmp(a.address, rows[i].address ? rows[i].address : "") != 0)
			fail_msg("row %zu: kind %d, '%s', '%s'", i, (int)a.kind, a.text,
				 a.address);
	}
}

static void test_pox(void **state)
{
	static const struct row rows[] = {
		{ SETTINGS(PROTOCOL("EXCH", "<EwsUrl>https://in/</EwsUrl>")
				   PROTOCOL("EXPR", "<EwsUrl>https://out/</EwsUrl>")),
		  DISCOVER_URL, "https://out/", NULL },
		{ SETTINGS(PROTOCOL("EXPR", "<ASUrl>https://as/</ASUrl>")
				   PROTOCOL("EXCH", "<EwsUrl> https://in/ </EwsUrl>")),
		  DISCOVER_URL, "https://in/", NULL },
		{ SETTINGS(PROTOCOL("EXCH", "<ASUrl>https://as/</ASUrl>")
				   PROTOCOL("WEB", "<EwsUrl>https://web/</EwsUrl>")),
		  DISCOVER_URL, "https://as/", NULL },
		{ POX("<User><AutoDiscoverSMTPAddress>a@b.test</AutoDiscoverSMTPAddress>"
		      "</User><Account><Action>settings</Action>" PROTOCOL(
			      "EXHTTP", "<EwsUrl>https://x/</EwsUrl>") "</Account>"),
		  DISCOVER_URL, "https://x/", "a@b.test" },
		{ POX("<Account><Action>redirectAddr</Action><RedirectAddr>new@b.test"
		      "</RedirectAddr></Account>"),
		  DISCOVER_TO_ADDRESS, "new@b.test", NULL },
		{ POX("<Account><Action>redirectAddr</Action><RedirectAddr>no address"
		      "</RedirectAddr></Account>"),
		  DISCOVER_NOTHING, "", NULL },
		{ POX("<Account><Action>redirectUrl</Action><RedirectUrl>https://y/"
		      "</RedirectUrl></Account>"),
		  DISCOVER_TO_URL, "https://y/", NULL },
		{ POX("<Error><ErrorCode>500</ErrorCode><Message>no</Message></Error>"),
		  DISCOVER_NO_MAILBOX, "no", NULL },
		{ POX("<Error><ErrorCode>601</ErrorCode><Message>gone</Message></Error>"),
		  DISCOVER_REFUSED, "gone", NULL },
		{ SETTINGS(PROTOCOL("EXPR", "<EwsUrl/>")), DISCOVER_NOTHING, "", NULL },
		{ "<html><body>Welcome</body></html>", DISCOVER_NOTHING, "", NULL },
		{ "", DISCOVER_NOTHING, "", NULL },
		{ SETTINGS(PROTOCOL("EXPR", "<EwsUrl>https://z/</EwsUrl>")) "<trash",
		  DISCOVER_URL, "https://z/", NULL },
		{ "<Autodiscover><Response><Account><Protocol><Type>EXPR</Type><EwsUrl>"
		  "https://cut/</EwsUrl>",
		  DISCOVER_NOTHING, "", NULL },
	};

	check(rows, ARRAY_LEN(rows), discover_read_pox);
}

static void test_json(void **state)
{
	static const struct row rows[] = {
		{ "{\"Protocol\":\"EWS\",\"Url\":\"https://o/EWS\"}", DISCOVER_URL,
		  "https://o/EWS", NULL },
		{ "{\"Url\":\"https://o/EWS\"}", DISCOVER_URL, "https://o/EWS", NULL },
		{ "{\"Protocol\":\"Rest\",\"Url\":\"https://o/\"}", DISCOVER_NOTHING, "",
		  NULL },
		{ "{\"ErrorCode\":\"UserNotFound\"}", DISCOVER_NO_MAILBOX, "", NULL },
		{ "{\"ErrorCode\":\"InvalidProtocol\"}", DISCOVER_REFUSED,
		  "InvalidProtocol", NULL },
		{ "{\"Url\":7}", DISCOVER_NOTHING, "", NULL },
		{ "[]", DISCOVER_NOTHING, "", NULL },
		{ "<html/>", DISCOVER_NOTHING, "", NULL },
	};

	check(rows, ARRAY_LEN(rows), discover_read_json);
}

static void test_samples(void **state)
{
	static const struct {
		const char *name;
		enum discover_kind kind;
		const char *text;
	} rows[] = {
		{ "own-redirectAddr", DISCOVER_TO_ADDRESS,
		  "user@example.mail.onmicrosoft.com" },
		{ "cpp-error", DISCOVER_NO_MAILBOX, NULL },
		{ "tb", DISCOVER_URL, "https://outlook.office365.com/EWS/Exchange.asmx" },
		{ "cpp-office365", DISCOVER_URL,
		  "https://outlook.office365.com/EWS/Exchange.asmx" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(strbuf_finish) struct strbuf text = STRBUF(1 << 20);
		struct discover_answer a;
		char path[400];

		snprintf(path, sizeof(path),
			 "%s/ews/samples/Autodiscover-POX-response-%s.xml",
			 shared_folder(), rows[i].name);
		if (!file_read(path, &text, NULL))
			skip();
		discover_read_pox(strbuf_str(&text), &a);
		if (a.kind != rows[i].kind ||
		    (rows[i].text && strcmp(a.text, rows[i].text) != 0))
			fail_msg("%s: kind %d, '%s'", rows[i].name, (int)a.kind, a.text);
	}
}

/* One answer: a header, no question, records with the name "a" each. */
static size_t srv(unsigned char *out, const unsigned char records[][3], size_t count)
{
	/* id, flags, QDCOUNT 0, ANCOUNT, NSCOUNT, ARCOUNT */
	unsigned char head[12] = { 0, 1, 0x81, 0x80, 0, 0, 0, (unsigned char)count };
	size_t n = sizeof(head);

	memcpy(out, head, sizeof(head));
	for (size_t i = 0; i < count; i++) {
		/* name, type 33, class, ttl; length, priority, weight, port; target */
		unsigned char r[] = "\1a\0\0\41\0\1\0\0\0\11"
				    "\0\17\0p\0wP\273"
				    "\2mN\4test";

		r[14] = records[i][0];
		r[16] = records[i][1];
		r[17] = records[i][2];
		r[21] = (unsigned char)('0' + i);
		memcpy(out + n, r, sizeof(r));
		n += sizeof(r);
	}
	return n;
}

static void test_srv(void **state)
{
	/* priority, weight, high byte of the port: 1 is 443 */
	static const unsigned char records[][3] = {
		{ 9, 0, 1 }, { 1, 0, 2 }, { 5, 1, 1 }, { 5, 8, 1 }
	};
	unsigned char message[400];
	size_t n = srv(message, records, ARRAY_LEN(records));
	char host[100] = "";

	assert_true(discover_read_srv(message, n, host, sizeof(host)));
	assert_string_equal(host, "m3.test");
	assert_false(discover_read_srv(message, n, host, 4));
	for (size_t cut = 0; cut < n; cut++)
		(void)discover_read_srv(message, cut, host, sizeof(host));
	n = srv(message, records + 1, 1);
	assert_false(discover_read_srv(message, n, host, sizeof(host)));
}

static void test_domain(void **state)
{
	static const struct {
		const char *host, *domain;
		bool in;
	} rows[] = {
		{ "example.test", "example.test", true },
		{ "mail.Example.test", "example.TEST", true },
		{ "badexample.test", "example.test", false },
		{ "example.test.evil.test", "example.test", false },
		{ ".example.test", "example.test", false },
		{ "test", "example.test", false },
		{ "a", "", false },
	};
	static const char *const good[] = { "a@b.test", "o'neil+x@example.test" };
	static const char *const bad[] = { "",	    "a",       "@b.test", "a@",
					   "a@.b",  "a b@c.d", "a@b@c",	  "a@b.test.",
					   "<a@b>", "a@b/c",   "a@b:80",  "a&b@c.d" };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (discover_in_domain(str_from(rows[i].host),
				       str_from(rows[i].domain)) != rows[i].in)
			fail_msg("row %zu", i);
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (!discover_address_ok(str_from(good[i])))
			fail_msg("'%s' is an address", good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (discover_address_ok(str_from(bad[i])))
			fail_msg("'%s' is no address", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pox),	cmocka_unit_test(test_json),
		cmocka_unit_test(test_samples), cmocka_unit_test(test_srv),
		cmocka_unit_test(test_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
