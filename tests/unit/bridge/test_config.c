/* bridge/config: each mistake names file and line and says what to do. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/strbuf.h"
#include "bridge/config.h"
#include "bridge/password.h"

struct dir {
	char path[64];
};

static int setup(void **state)
{
	struct dir *d = calloc(1, sizeof(*d));
	char path[96];
	struct err err;

	snprintf(d->path, sizeof(d->path), "/tmp/passerelle-test-XXXXXX");
	assert_non_null(mkdtemp(d->path));
	snprintf(path, sizeof(path), "%s/secret", d->path);
	ASSERT_OK(file_replace(path, STR("geheim\n"), 0600, &err), err);
	snprintf(path, sizeof(path), "%s/open", d->path);
	ASSERT_OK(file_replace(path, STR("geheim\n"), 0644, &err), err);
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = { "secret", "open", "conf" };
	struct dir *d = *state;
	char path[96];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", d->path, names[i]);
		unlink(path);
	}
	rmdir(d->path);
	free(d);
	return 0;
}

/* @text: '@' stands for the directory. */
static bool load(struct dir *d, const char *text, struct config *config, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf full = STRBUF(8192);
	char path[96];

	for (; *text; text++) {
		if (*text == '@')
			strbuf_add_cstr(&full, d->path);
		else
			strbuf_addc(&full, *text == '~' ? '@' : *text);
	}
	snprintf(path, sizeof(path), "%s/conf", d->path);
	assert_true(file_replace(path, strbuf_str(&full), 0600, err));
	return config_load(path, config, err);
}

#define BRIDGE "[bridge]\nstate = @/s ; comment\nimap = 127.0.0.1:1143\n"
#define ACCOUNT                                                                          \
	"[account work]\naddress = a~b.test\nurl = https://x/EWS\npassword-file = "      \
	"@/secret\nbridge-password-file = @/secret\n"

static void whole(void **state)
{
	CLEANUP(config_finish) struct config c = { 0 };
	struct err err;

	ASSERT_OK(
		load(*state, BRIDGE ACCOUNT "password-command = echo other\n", &c, &err),
		err);
	assert_string_equal(c.imap.host, "127.0.0.1");
	assert_int_equal(c.imap.port, 1143);
	assert_null(c.smtp.host);
	assert_int_equal(c.account_count, 1);
	assert_string_equal(c.accounts[0].name, "work");
	assert_string_equal(c.accounts[0].login, "a@b.test");
	assert_string_equal(c.accounts[0].password, "other");
	assert_true(account_password_check(&c.accounts[0], STR("geheim")));
	assert_true(account_password_check(&c.accounts[0], STR("geheim")));
	assert_false(account_password_check(&c.accounts[0], STR("geheim2")));
	assert_false(account_password_check(&c.accounts[0], STR("")));
}

static void mistakes(void **state)
{
	static const struct {
		const char *text, *want; /* a part of the message */
	} rows[] = {
		{ "[bridge]\nstatte = x\n", "conf:2: unknown key in [bridge]" },
		{ "x = 1\n", "conf:1: a key before the first [section]" },
		{ "[nonsense]\na = b\n", "conf:2: unknown section" },
		{ BRIDGE ACCOUNT "colour = red\n", "conf:9: unknown key in [account" },
		{ BRIDGE ACCOUNT "auth = ntlm\n",
		  "conf:9: this version can only log in" },
		{ BRIDGE ACCOUNT "auth = magic\n", "conf:9: unknown auth" },
		{ BRIDGE ACCOUNT "bodies = some\n",
		  "conf:9: want all, on-demand, or a number of days" },
		{ BRIDGE ACCOUNT "bodies = 0\n", "conf:9: want all" },
		{ BRIDGE ACCOUNT "cache-mb = -1\n", "conf:9: not a sensible number" },
		{ BRIDGE ACCOUNT "delete = maybe\n", "conf:9: unknown delete" },
		{ "[bridge]\nimap = 1143\n", "conf:2: want HOST:PORT" },
		{ "[bridge]\nimap = h:99999\n", "conf:2: want HOST:PORT" },
		{ "[bridge]\npop3 = 127.0.0.1:1\n", "does not serve it yet" },
		{ BRIDGE, "no [account NAME] section" },
		{ BRIDGE "[account a]\naddress = x\n", "needs a key: password-file" },
		{ BRIDGE "[account a]\naddress = x\npassword-file = @/secret\n"
			 "bridge-password-file = @/secret\n",
		  "conf:5: url is missing, and without it" },
		{ BRIDGE "[account ../x]\naddress = x\n", "an account's name may have" },
		{ BRIDGE "[account a]\npassword-file = @/open\n", "chmod 600" },
		{ BRIDGE "[account a]\npassword-file = @/none\n",
		  "conf:5: cannot read the password from '" },
		{ BRIDGE ACCOUNT "url = https://y/EWS\n",
		  "conf:9: this key is there twice" },
		{ "[bridge]\nstate = a\nstate = b\n", "conf:3: this key is there twice" },
		{ BRIDGE "[account a]\npassword-command = false\n",
		  "conf:5: password-command failed" },
		{ BRIDGE ACCOUNT
		  "[account two]\naddress = A~B.test\nurl = https://x/EWS\n"
		  "password-file = @/secret\nbridge-password-file = @/secret\n",
		  "could not tell two accounts apart" },
		{ "[bridge\n", "conf:1: not a [section]" },
		{ ACCOUNT, "needs the key state" },
		{ "", "conf: [bridge] needs the key state" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(config_finish) struct config c = { 0 };
		struct err err = { 0 };

		if (load(*state, rows[i].text, &c, &err))
			fail_msg("row %zu was accepted", i);
		if (!strstr(err.text, rows[i].want))
			fail_msg("row %zu: %s", i, err.text);
	}
}

static void long_line(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(4096);
	CLEANUP(config_finish) struct config c = { 0 };
	struct err err = { 0 };

	strbuf_add(&text, STR("[bridge]\nstate = /"));
	for (int i = 0; i < 1000; i++)
		strbuf_addc(&text, 'x');
	strbuf_add(&text, STR("\n"));
	assert_false(load(*state, strbuf_cstr(&text), &c, &err));
	assert_non_null(strstr(err.text, "conf:2: line too long"));
}

static void missing_file(void **state)
{
	CLEANUP(config_finish) struct config c = { 0 };
	struct err err = { 0 };

	assert_false(config_load("/nonexistent/conf", &c, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void hashed(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(256);
	struct account_config a = { .memory = password_memory_new() };
	struct err err;

	ASSERT_OK(password_hash(STR("gr\xc3\xbc\xc3\x9f"), &line, &err), err);
	assert_true(password_is_hash(strbuf_str(&line)));
	a.bridge_password = line.p;
	assert_false(account_password_check(&a, STR("gruss")));
	assert_true(account_password_check(&a, STR("gr\xc3\xbc\xc3\x9f")));
	assert_true(account_password_check(&a, STR("gr\xc3\xbc\xc3\x9f")));
	assert_false(account_password_check(&a, strbuf_str(&line)));
	password_memory_free(a.memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),     cmocka_unit_test(mistakes),
		cmocka_unit_test(long_line), cmocka_unit_test(missing_file),
		cmocka_unit_test(hashed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
