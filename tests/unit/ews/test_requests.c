/* Every request is well-formed and, where Microsoft's schema is at hand, valid. */
#include "tests/unit/test.h"

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include "ews/call.h"
#include "tests/unit/ews/every_op.h"

static struct strbuf seen = STRBUF(1 << 20);
static size_t requests;
static bool suppressed;

static int record(void *context, struct str request, struct str *answer_r)
{
	strbuf_reset(&seen);
	strbuf_add(&seen, request);
	requests++;
	*answer_r = STR("no answer");
	if (str_find(request, STR("<t:SuppressReadReceipt><t:ReferenceItemId "
				  "Id=\"" ID "\"")) < 0)
		return 404;
	suppressed = true;
	*answer_r = STR(
		"<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">"
		"<s:Body><R><ResponseMessages><M ResponseClass=\"Error\">"
		"<ResponseCode>ErrorReadReceiptNotPending</ResponseCode></M>"
		"</ResponseMessages></R></s:Body></s:Envelope>");
	return 200;
}

static xmlSchemaPtr load_schema(void)
{
	char path[4096];
	xmlSchemaParserCtxtPtr parser;
	xmlSchemaPtr schema;

	snprintf(path, sizeof(path), "%s/ews/schema/exchange-se-15.2.2562.17/ews-all.xsd",
		 shared_folder());
	parser = xmlSchemaNewParserCtxt(path);
	schema = xmlSchemaParse(parser);
	xmlSchemaFreeParserCtxt(parser);
	return schema;
}

static void ignore(void *context, const char *fmt, ...)
{
}

static void complain(void *context, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
}

static void test_requests_valid(void **state)
{
	struct ews_account *account = quiet_account();
	struct err err;
	struct ews_conn *conn = ews_conn_new(account, &err);
	xmlSchemaPtr schema;
	size_t bad = 0;

	xmlSetGenericErrorFunc(NULL, ignore);
	schema = load_schema();
	ews_conn_replay(conn, (struct ews_replay){ record, NULL });
	for (size_t i = 0; i < ARRAY_LEN(every_op); i++) {
		xmlDocPtr doc;

		strbuf_reset(&seen);
		assert_false(every_op[i].run(conn, &err));
		doc = xmlReadMemory(seen.p, (int)seen.len, "request", NULL,
				    XML_PARSE_NONET);
		if (!doc)
			fail_msg("%s: not well-formed: %s", every_op[i].name,
				 strbuf_cstr(&seen));
		if (schema) {
			xmlSchemaValidCtxtPtr valid = xmlSchemaNewValidCtxt(schema);

			xmlSchemaSetValidErrors(valid, complain, complain, NULL);
			if (xmlSchemaValidateDoc(valid, doc) != 0) {
				fprintf(stderr, "%s: %s\n", every_op[i].name,
					strbuf_cstr(&seen));
				bad++;
			}
			xmlSchemaFreeValidCtxt(valid);
		}
		xmlFreeDoc(doc);
	}
	if (!schema)
		print_message("schema not found: checked for well-formedness only\n");
	assert_int_equal(bad, 0);
	xmlSchemaFree(schema);
	strbuf_finish(&seen);
	ews_conn_free(conn);
	ews_account_free(account);
}

/* A server of 2010 knows no Flag, no read receipts to suppress, and fewer fields. */
static void test_say_less(void **state)
{
	static const char *const unwanted[] = { "item:Flag",
						"FlagStatus",
						"item:TextBody",
						"item:ReminderNextTime",
						"folder:DistinguishedFolderId",
						"SuppressReadReceipts",
						"StartTimeZoneId",
						"EnhancedLocation",
						"ProposedStart" };
	const struct ews_config config = { .url = "http://127.0.0.1:9/",
					   .version = "Exchange2010_SP2" };
	struct err err;
	struct ews_account *account = ews_account_new(&config, &err);
	struct ews_conn *conn = ews_conn_new(account, &err);

	ews_conn_replay(conn, (struct ews_replay){ record, NULL });
	for (size_t i = 0; i < ARRAY_LEN(every_op); i++) {
		strbuf_reset(&seen);
		assert_false(every_op[i].run(conn, &err));
		for (size_t k = 0; k < ARRAY_LEN(unwanted); k++) {
			if (str_find(strbuf_str(&seen), str_from(unwanted[k])) >= 0)
				fail_msg("%s says %s", every_op[i].name, unwanted[k]);
		}
		if (seen.len > 0)
			assert_true(str_find(strbuf_str(&seen),
					     STR("\"Exchange2010_SP2\"")) > 0);
		else
			assert_int_equal(err.code, ERR_STATE); /* not known there */
	}
	requests = 0;
	suppressed = false;
	assert_false(try_item_update(conn, &err));
	assert_true(suppressed); /* no receipt goes out */
	assert_int_equal(requests, 2);
	assert_true(str_find(strbuf_str(&seen),
			     STR("PropertyTag=\"0x1090\" PropertyType=\"Integer\"/>"
				 "<t:Message><t:ExtendedProperty>")) > 0);
	assert_false(try_item_get(conn, &err));
	assert_true(str_find(strbuf_str(&seen), STR("PropertyTag=\"0x1090\"")) > 0);
	strbuf_finish(&seen);
	ews_conn_free(conn);
	ews_account_free(account);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_requests_valid),
					    cmocka_unit_test(test_say_less) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
