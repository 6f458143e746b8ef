/* Certificates of listeners: made, shown, refused. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/tls.h"

struct files {
	char dir[64], cert[96], key[96];
};

static struct files files_new(void)
{
	struct files f = { .dir = "/tmp/passerelle-tls-XXXXXX" };

	assert_non_null(mkdtemp(f.dir));
	snprintf(f.cert, sizeof(f.cert), "%s/cert", f.dir);
	snprintf(f.key, sizeof(f.key), "%s/key", f.dir);
	return f;
}

static void files_free(struct files *f)
{
	unlink(f->cert);
	unlink(f->key);
	rmdir(f->dir);
}

static void self_signed(void **state)
{
	struct files f = files_new();
	struct tls_server *server;
	char text[96];
	struct stat st;
	struct err err = { 0 };

	ASSERT_OK(tls_self_signed(f.cert, f.key, "mail.example.test", &err), err);
	assert_int_equal(stat(f.key, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	ASSERT_OK(tls_fingerprint(f.cert, text, sizeof(text), &err), err);
	assert_int_equal(strlen(text), 32 * 3 - 1);
	ASSERT_OK(tls_server_new(f.cert, f.key, &server, &err), err);
	tls_server_free(server);
	/* What is there stays. */
	assert_false(tls_self_signed(f.cert, f.key, NULL, &err));
	assert_int_equal(err.code, ERR_EXISTS);
	files_free(&f);
}

static void refused(void **state)
{
	struct files f = files_new(), other = files_new();
	struct tls_server *server;
	struct err err = { 0 };
	FILE *bad;

	assert_false(tls_server_new(f.cert, f.key, &server, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	ASSERT_OK(tls_self_signed(f.cert, f.key, "10.0.0.1", &err), err);
	ASSERT_OK(tls_self_signed(other.cert, other.key, NULL, &err), err);
	assert_false(tls_server_new(f.cert, other.key, &server, &err));
	assert_int_equal(err.code, ERR_SYNTAX);
	bad = fopen(f.cert, "w");
	assert_non_null(bad);
	fputs("nonsense\n", bad);
	fclose(bad);
	assert_false(tls_server_new(f.cert, f.key, &server, &err));
	assert_int_equal(err.code, ERR_SYNTAX);
	files_free(&f);
	files_free(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(self_signed),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
