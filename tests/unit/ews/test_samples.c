/*
 * Answers of real servers and of Microsoft's documentation, given to every operation:
 * nothing crashes, and the right operation reads its own well-formed ones. Skipped where
 * the samples are not at hand.
 */
#include "tests/unit/test.h"

#include <dirent.h>

#include "base/file.h"
#include "ews/call.h"
#include "tests/unit/ews/every_op.h"

static struct strbuf sample = STRBUF(64 << 20);

static int answer(void *context, struct str request, struct str *answer_r)
{
	*answer_r = strbuf_str(&sample);
	return 200;
}

static void give_to_all(const char *name)
{
	struct ews_account *account = quiet_account();
	struct err err;
	struct ews_conn *conn = ews_conn_new(account, &err);

	ews_conn_replay(conn, (struct ews_replay){ answer, NULL });
	for (size_t i = 0; i < ARRAY_LEN(every_op); i++) {
		char own[80];
		bool ok = every_op[i].run(conn, &err);

		snprintf(own, sizeof(own), "%s-response", every_op[i].name);
		if (!ok && str_find(str_from(name), STR("mismatched")) < 0 &&
		    str_starts(str_from(name), str_from(own)) &&
		    str_find(str_from(err.text), STR("XML")) >= 0)
			fail_msg("%s: %s", name, err.text);
		if (ews_account_backoff_ms(account) > 0) { /* a busy server: start anew */
			ews_conn_free(conn);
			ews_account_free(account);
			account = quiet_account();
			conn = ews_conn_new(account, &err);
			ews_conn_replay(conn, (struct ews_replay){ answer, NULL });
		}
	}
	ews_conn_free(conn);
	ews_account_free(account);
}

static size_t give_folder(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	size_t count = 0;

	while (dir && (entry = readdir(dir))) {
		char file[4096];
		struct err err;

		if (str_find(str_from(entry->d_name), STR("esponse")) < 0 &&
		    str_find(str_from(entry->d_name), STR("ault")) < 0)
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		strbuf_reset(&sample);
		ASSERT_OK(file_read(file, &sample, &err), err);
		give_to_all(entry->d_name);
		count++;
	}
	if (dir)
		closedir(dir);
	return count;
}

static void test_samples(void **state)
{
	char path[2048];
	size_t count;

	snprintf(path, sizeof(path), "%s/ews/samples", shared_folder());
	count = give_folder(path);
	snprintf(path, sizeof(path), "%s/ews/samples/malformed", shared_folder());
	count += give_folder(path);
	strbuf_finish(&sample);
	if (count == 0)
		skip();
	print_message("%zu samples\n", count);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_samples) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
