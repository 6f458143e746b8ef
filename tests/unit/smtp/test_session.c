/* Whole SMTP sessions on a loopback socket; account and outbox are stand-ins. */
#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/macros.h"
#include "base/strbuf.h"
#include "bridge/account.h"
#include "bridge/config.h"
#include "bridge/password.h"
#include "imapfront/smtp/smtp.h"

enum { TRANSCRIPT_BYTES = 1 << 20 };

/* ---- stand-ins ----------------------------------------------------------------------
 */

struct account {
	struct strbuf from, recipients, mime; /* of the last message */
	unsigned messages;
	struct err refusal; /* the server's verdict */
};

static struct account *only(const struct account_set *set)
{
	return set->items[0];
}

struct account *account_set_find(const struct account_set *set, struct str login)
{
	return str_eq(login, STR("alice@example.test")) ? only(set) : NULL;
}

bool account_password_check(const struct account_config *config, struct str password)
{
	return str_eq(password, STR("secret"));
}

const struct account_config *account_config(const struct account *account)
{
	return NULL;
}

const char *account_name(const struct account *account)
{
	return "test";
}

const char *account_address(const struct account *account)
{
	return "alice@example.test";
}

struct notify_hub *account_hub(struct account *account)
{
	return NULL;
}

struct store *account_store(struct account *account)
{
	return (struct store *)account;
}

bool account_is_away(struct account *account)
{
	return false;
}

void account_verdict_expect(struct account *account)
{
	(void)account;
}

void account_verdict_forgo(struct account *account)
{
	(void)account;
}

bool account_verdict_wait(struct account *account, int64_t entry, int64_t timeout_ms,
			  account_give_up_fn *give_up, void *context, struct err *err)
{
	if (!account->refusal.code)
		return true;
	return err_set(err, account->refusal.code, "%s", account->refusal.text);
}

bool store_outbox_add(struct store *s, struct str from, struct str recipients,
		      struct str mime, int64_t *entry_r, struct err *err)
{
	struct account *a = (struct account *)s;

	strbuf_reset(&a->from);
	strbuf_reset(&a->recipients);
	strbuf_reset(&a->mime);
	strbuf_add(&a->from, from);
	strbuf_add(&a->recipients, recipients);
	strbuf_add(&a->mime, mime);
	*entry_r = ++a->messages;
	return true;
}

void notify_watch_open(struct notify_hub *hub, int64_t topic, struct notify_watch *watch)
{
}

void notify_watch_topic(struct notify_watch *watch, int64_t topic)
{
}

void notify_watch_clear(struct notify_watch *watch)
{
}

void notify_watch_close(struct notify_watch *watch)
{
}

/* ---- the test -----------------------------------------------------------------------
 */

struct fixture {
	struct account account;
	struct account *accounts[1];
	struct account_set set;
	struct front *front;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char host[] = "127.0.0.1";
	struct listen_config config = { .host = host };
	struct err err = { 0 };

	strbuf_init(&f->account.from, TRANSCRIPT_BYTES);
	strbuf_init(&f->account.recipients, TRANSCRIPT_BYTES);
	strbuf_init(&f->account.mime, TRANSCRIPT_BYTES);
	f->accounts[0] = &f->account;
	f->set = (struct account_set){ f->accounts, 1 };
	ASSERT_OK(front_smtp_start(&config, &(struct front_tls){ 0 }, &f->set, &f->front,
				   &err),
		  err);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	front_stop(f->front);
	strbuf_finish(&f->account.from);
	strbuf_finish(&f->account.recipients);
	strbuf_finish(&f->account.mime);
	free(f);
	return 0;
}

/* Sends @script at once (so all of it is pipelined) and reads up to the end. */
static void converse(struct fixture *f, struct str script, struct strbuf *replies)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(front_port(f->front)),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char piece[4096];
	ssize_t got;

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(send(fd, script.p, script.len, MSG_NOSIGNAL), script.len);
	shutdown(fd, SHUT_WR);
	while ((got = recv(fd, piece, sizeof(piece), 0)) > 0)
		strbuf_add_mem(replies, piece, (size_t)got);
	close(fd);
}

#define LOGIN "AUTH PLAIN AGFsaWNlQGV4YW1wbGUudGVzdABzZWNyZXQ=\r\n"
#define HELLO "220 localhost ESMTP Passerelle\r\n"
#define LOGGED_IN HELLO "235 2.7.0 logged in\r\n"

static const struct {
	const char *script, *replies;
	const char *from, *recipients, *mime; /* NULL: no message */
} SESSIONS[] = {
	{ "NOOP\r\nQUIT\r\nNOOP\r\n", HELLO "250 2.0.0 OK\r\n221 2.0.0 bye\r\n", NULL,
	  NULL, NULL },
	{ "MAIL FROM:<a@b>\r\nDATA\r\nVRFY x\r\nFOO\r\nEHLO\r\nQUIT\r\n",
	  HELLO "530 5.7.0 log in first\r\n530 5.7.0 log in first\r\n"
		"530 5.7.0 log in first\r\n500 5.5.2 unknown command\r\n"
		"501 5.5.4 expected the client's name\r\n221 2.0.0 bye\r\n",
	  NULL, NULL, NULL },
	{ LOGIN "MAIL FROM:<a@b> SIZE=5\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nDATA\r\n"
		"Date: x\r\nMessage-ID: y\r\n\r\n..dot\r\n.\r\nRSET\r\nQUIT\r\n",
	  LOGGED_IN "250 2.1.0 OK\r\n250 2.1.5 OK\r\n250 2.1.5 OK\r\n"
		    "354 go ahead, end with a dot\r\n250 2.0.0 accepted\r\n"
		    "250 2.0.0 OK\r\n221 2.0.0 bye\r\n",
	  "a@b", "c@d\ne@f\n",
	  "From: <alice@example.test>\r\nDate: x\r\nMessage-ID: y\r\n\r\n.dot\r\n" },
	{ LOGIN "MAIL FROM:<>\r\nRCPT TO:<c@d>\r\nBDAT 9\r\nDate: x\r\nBDAT 20 LAST\r\n"
		"Message-ID: y\r\n\r\n.\r\nQUIT\r\n",
	  LOGGED_IN "250 2.1.0 OK\r\n250 2.1.5 OK\r\n250 2.0.0 OK\r\n"
		    "250 2.0.0 accepted\r\n221 2.0.0 bye\r\n",
	  "", "c@d\n",
	  "From: <alice@example.test>\r\nDate: x\r\nMessage-ID: y\r\n\r\n.\r\n" },
	{ LOGIN "MAIL FROM:<a@b>\r\nMAIL FROM:<a@b>\r\nDATA\r\nMAIL FROM:<a@b> X=1\r\n"
		"RSET\r\nRCPT TO:<a@b>\r\nMAIL FROM:<a@b> SIZE=99999999999\r\n"
		"BDAT 3\r\nxx\nQUIT\r\n",
	  LOGGED_IN "250 2.1.0 OK\r\n503 5.5.1 sender is given already\r\n"
		    "554 5.5.1 no valid recipients\r\n555 5.5.4 parameter not offered\r\n"
		    "250 2.0.0 OK\r\n503 5.5.1 MAIL FROM comes first\r\n"
		    "552 5.3.4 message too big\r\n503 5.5.1 MAIL FROM comes first\r\n"
		    "221 2.0.0 bye\r\n",
	  NULL, NULL, NULL },
	/* The connection breaks before the dot: nothing is sent. */
	{ LOGIN "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nhalf\r\n",
	  LOGGED_IN "250 2.1.0 OK\r\n250 2.1.5 OK\r\n354 go ahead, end with a dot\r\n",
	  NULL, NULL, NULL },
};

static void test_sessions(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(SESSIONS); i++) {
		CLEANUP(strbuf_finish) struct strbuf replies = STRBUF(TRANSCRIPT_BYTES);

		f->account.messages = 0;
		converse(f, str_from(SESSIONS[i].script), &replies);
		ASSERT_STR(i, strbuf_str(&replies), str_from(SESSIONS[i].replies));
		assert_int_equal(f->account.messages, SESSIONS[i].mime != NULL);
		if (!SESSIONS[i].mime)
			continue;
		ASSERT_STR(i, strbuf_str(&f->account.from), str_from(SESSIONS[i].from));
		ASSERT_STR(i, strbuf_str(&f->account.recipients),
			   str_from(SESSIONS[i].recipients));
		ASSERT_STR(i, strbuf_str(&f->account.mime), str_from(SESSIONS[i].mime));
	}
}

static const char SHORT[] = LOGIN "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"
				  "hello\r\n.\r\nQUIT\r\n";

static void test_completed(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf replies = STRBUF(TRANSCRIPT_BYTES);
	struct fixture *f = *state;
	struct str mime;

	converse(f, str_from(SHORT), &replies);
	mime = strbuf_str(&f->account.mime);
	assert_true(str_starts(mime, STR("From: <alice@example.test>\r\nDate: ")));
	assert_true(str_find(mime, STR("\r\nMessage-ID: <")) > 0);
	assert_true(str_ends(mime, STR("@example.test>\r\n\r\nhello\r\n")));
}

static void test_refused(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf replies = STRBUF(TRANSCRIPT_BYTES);
	struct fixture *f = *state;

	err_set(&f->account.refusal, ERR_DENIED, "not as this sender");
	converse(f, str_from(SHORT), &replies);
	assert_true(str_find(strbuf_str(&replies),
			     STR("550 5.7.1 not as this sender\r\n221")) > 0);
}

static void test_too_many_errors(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf script = STRBUF(TRANSCRIPT_BYTES);
	CLEANUP(strbuf_finish) struct strbuf replies = STRBUF(TRANSCRIPT_BYTES);

	for (int i = 0; i < 60; i++)
		strbuf_add(&script, i % 2 ? STR("FOO\r\n") : STR("NOOP\r\n"));
	for (int i = 0; i < 60; i++)
		strbuf_add(&script, STR("FOO\r\n"));
	converse(*state, strbuf_str(&script), &replies);
	assert_true(str_ends(strbuf_str(&replies), STR("421 4.7.0 too many errors\r\n")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sessions, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_completed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_many_errors, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
