/*
 * Sessions for fuzzing: see session.h. The account is a stand-in whose server is away;
 * the front, its threads and the store are the real ones. Delays against guessing are
 * left out, as they would be all that happens.
 */
#include "tests/fuzz/session.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "bridge/account.h"
#include "bridge/password.h"
#include "bridge/store_sync.h"
#include "bridge/store_text.h"
#include "imapfront/guess.h"

enum { RENEW_EVERY = 400, CROWDED = 200 };

struct account {
	struct account_config config;
	struct notify_hub *hub;
	struct store *store;
};

/* ---- what the front wants of an account and does not get from one -------------------
 */

const char *account_name(const struct account *account)
{
	return account->config.name;
}
const char *account_address(const struct account *account)
{
	return account->config.address;
}
struct store *account_store(struct account *account)
{
	return account->store;
}
struct notify_hub *account_hub(struct account *account)
{
	return account->hub;
}
const struct account_config *account_config(const struct account *account)
{
	return &account->config;
}
void account_bodies_need(struct account *account, int64_t box_id, const uint32_t *uids,
			 size_t count)
{
}
bool account_body_wait(struct account *account, int64_t box_id, uint32_t uid,
		       int64_t timeout_ms, struct err *err)
{
	return err_set(err, ERR_OFFLINE, "the server is away");
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
	return true;
}
bool account_quota(struct account *account, struct account_quota *quota_r)
{
	*quota_r = (struct account_quota){ .limit_bytes = 1 << 20 };
	return true;
}

bool account_is_away(struct account *account)
{
	return true;
}
void account_poke(struct account *account)
{
}
void account_headers_need(struct account *account, int64_t box_id, const uint32_t *uids,
			  size_t count)
{
}
bool account_headers_wait(struct account *account, int64_t box_id, const uint32_t *uids,
			  size_t count, int64_t timeout_ms)
{
	return false;
}
bool account_sizes_are_guessed(const struct account *account)
{
	return false;
}
void account_look(struct account *account, int64_t box_id)
{
}
void account_index(struct account *account, struct account_index *index_r)
{
	*index_r = (struct account_index){ .folders_known = true, .away = true };
}
struct account *account_set_find(const struct account_set *set, struct str login)
{
	return str_eq(login, STR("a")) ? set->items[0] : NULL;
}
bool account_password_check(const struct account_config *config, struct str password)
{
	return str_eq(password, STR("x"));
}
struct guess_table *guess_table_new(void)
{
	return NULL;
}
void guess_table_free(struct guess_table *table)
{
}
int64_t guess_reserve(struct guess_table *table, struct str login, int64_t now_ms)
{
	return 0;
}
void guess_result(struct guess_table *table, struct str login, bool right, int64_t now_ms)
{
}

/* ---- the mailbox ---------------------------------------------------------------------
 */

static const char *const BODIES[] = {
	"From: Ann <ann@example.test>\r\nSubject: one\r\n"
	"Date: Mon, 2 Mar 2026 09:00:00 +0100\r\nMessage-ID: "
	"<1@example.test>\r\n\r\ntext\r\n",
	"Subject: two\r\nIn-Reply-To: <1@example.test>\r\nMIME-Version: 1.0\r\n"
	"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ninner\r\n--b\r\n"
	"Content-Type: message/rfc822\r\n\r\nSubject: three\r\n\r\nthird\r\n--b--\r\n",
};

static void must(bool fine, const struct err *err)
{
	if (fine)
		return;
	fprintf(stderr, "%s\n", err->text);
	abort();
}

/* A folder whose index is complete: nobody waits for it. */
static int64_t list(struct store *s, const char *path, const struct store_item *items,
		    size_t count)
{
	struct store_page page = { .items = items,
				   .item_count = count,
				   .state = STR("s"),
				   .last = true,
				   .asked_unix_ms = clock_unix_ms() + 1 };
	struct store_box box;
	struct err err;
	int64_t id;

	must(store_box_find(s, str_from(path), &box, &err), &err);
	id = box.id;
	store_box_finish(&box);
	must(store_page_apply(s, id, &page, false, &err), &err);
	return id;
}

static void fill(struct account *account)
{
	static const struct store_folder folders[] = {
		{ .remote_id = "in", .name = "Inbox", .use = BOX_USE_INBOX },
		{ .remote_id = "work", .name = "Work" },
		{ .remote_id = "drafts", .name = "Drafts", .use = BOX_USE_DRAFTS },
	};
	struct store *s = account->store;
	struct store_item items[3] = { 0 };
	static const char *const ids[] = { "i1", "i2", "i3" };
	struct err err;
	bool stale;
	int64_t inbox;

	must(store_folders_apply(
		     s,
		     &(struct store_folder_page){ .folders = folders,
						  .count = ARRAY_LEN(folders),
						  .listed_unix_ms = clock_unix_ms(),
						  .state = STR("h") },
		     &stale, &err),
	     &err);
	for (size_t i = 0; i < ARRAY_LEN(items); i++)
		items[i] = (struct store_item){ .item_id = ids[i],
						.change_key = "c",
						.search_key = str_from(ids[i]),
						.article = i + 1,
						.subject = "s",
						.internal_unix_s = 1770000000 };
	inbox = list(s, "INBOX", items, ARRAY_LEN(items));
	list(s, "Work", NULL, 0);
	list(s, "Drafts", NULL, 0);
	for (uint32_t uid = 1; uid <= ARRAY_LEN(BODIES); uid++) {
		struct store_body_wants wants;

		must(store_bodies_missing_of(s, inbox, &uid, 1, &wants, &err), &err);
		must(wants.count == 1 && store_body_put(s, wants.items[0].msg_id,
							str_from(BODIES[uid - 1]), &err),
		     &err);
		store_body_wants_finish(&wants);
	}
	for (bool more = true; more;)
		must(store_text_work(s, &more, &err), &err);
}

static struct account mailbox = { .config = { .name = "a",
					      .address = "a@example.test" } };
static struct front *front;
static char dir[64];
static unsigned uses;

static void drop(void)
{
	char command[128];

	if (!mailbox.store)
		return;
	front_stop(front);
	store_close(mailbox.store);
	notify_hub_free(mailbox.hub);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	if (system(command) != 0)
		abort();
	mailbox.store = NULL;
}

static void renew(session_start_fn *start)
{
	static struct account *accounts[] = { &mailbox };
	static const struct account_set set = { accounts, 1 };
	struct listen_config config = { .host = "127.0.0.1" };
	struct err err;

	if (uses == 1)
		atexit(drop);
	drop();
	log_set_level(LOG_LEVEL_ERROR);
	signal(SIGPIPE, SIG_IGN);
	snprintf(dir, sizeof(dir), "/tmp/passerelle-fuzz-XXXXXX");
	if (!mkdtemp(dir))
		abort();
	mailbox.hub = notify_hub_new();
	must(store_open(dir, mailbox.hub, &mailbox.store, &err), &err);
	fill(&mailbox);
	must(start(&config, &(struct front_tls){ 0 }, &set, &front, &err), &err);
}

/* ---- one connection ------------------------------------------------------------------
 */

static int connect_to(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		abort();
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

/* Return: false when the server has closed. */
static bool take(int fd)
{
	char answer[65536];
	ssize_t got = recv(fd, answer, sizeof(answer), 0);

	return got > 0 || (got < 0 && errno == EAGAIN);
}

static void converse(int fd, struct str bytes)
{
	bool open = true;

	while (open) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t sent;

		if (bytes.len)
			p.events |= POLLOUT;
		poll(&p, 1, -1);
		if (p.revents & (POLLIN | POLLHUP | POLLERR))
			open = take(fd);
		if (!open || !(p.revents & POLLOUT))
			continue;
		sent = send(fd, bytes.p, bytes.len, MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN)
			return;
		bytes = str_sub(bytes, sent > 0 ? (size_t)sent : 0, bytes.len);
		if (!bytes.len)
			shutdown(fd, SHUT_WR);
	}
}

/* COPY 1:* of a folder into itself doubles it. */
static bool crowded(void)
{
	struct store_counts counts;
	struct err err;

	must(store_counts(mailbox.store, &counts, &err), &err);
	return counts.messages > CROWDED;
}

void fuzz_session(session_start_fn *start, struct str before, const uint8_t *data,
		  size_t size)
{
	CLEANUP(strbuf_finish) struct strbuf bytes = STRBUF(1 << 24);
	int fd;

	if (uses++ % RENEW_EVERY == 0 || crowded())
		renew(start);
	strbuf_add(&bytes, before);
	strbuf_add_mem(&bytes, data, size);
	if (!bytes.len)
		return;
	fd = connect_to(front_port(front));
	converse(fd, strbuf_str(&bytes));
	close(fd);
}
