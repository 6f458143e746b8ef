/* See bench.h. */
#include "tests/unit/sync/bench.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libxml/parser.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "base/stream.h"
#include "ews/ews.h"

void bench_process_init(void)
{
	struct err err = { 0 };

	signal(SIGPIPE, SIG_IGN);
	if (getenv("BENCH_DEBUG"))
		log_set_level(LOG_LEVEL_DEBUG);
	else if (!getenv("BENCH_LOG"))
		log_set_level(LOG_LEVEL_ERROR);
	ASSERT_OK(ews_process_init(&err), err);
	xmlInitParser();
}

void bench_start(struct bench *b, const char *mailbox, const char *const *settings)
{
	bench_start_with(b, mailbox, settings, NULL);
}

void bench_start_with(struct bench *b, const char *mailbox, const char *const *settings,
		      const char *const *faults)
{
	static const struct ewsim_user users[] = { { "alice@example.test", "secret" },
						   { "bob@example.test", "secret" } };
	struct ewsim_options options = {
		.listen = "127.0.0.1:0",
		.control = "127.0.0.1:0",
		.mailbox = mailbox,
		.users = users,
		.user_count = 2,
		.settings = settings,
	};
	struct err err = { 0 };

	*b = (struct bench){ 0 };
	ASSERT_OK(ewsim_start(&options, &b->sim, &err), err);
	snprintf(b->dir, sizeof(b->dir), "/tmp/passerelle-sync-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	snprintf(b->url, sizeof(b->url), "http://127.0.0.1:%u/EWS/Exchange.asmx",
		 ewsim_port(b->sim));
	b->config = (struct account_config){ .name = (char *)"work",
					     .address = (char *)"alice@example.test",
					     .url = b->url,
					     .login = (char *)"alice@example.test",
					     .password = (char *)"secret",
					     .poll_seconds = 1,
					     .body_threads = 3 };
	for (; faults && *faults; faults++)
		bench_control(b, *faults, STR(""), NULL);
	bench_account_start(b);
}

void bench_account_start(struct bench *b)
{
	struct err err = { 0 };

	ASSERT_OK(account_open(&b->config, b->dir, &b->account, &err), err);
	ASSERT_OK(account_start(b->account, &err), err);
}

void bench_account_stop(struct bench *b)
{
	account_stop(b->account);
	b->account = NULL;
}

void bench_finish(struct bench *b)
{
	char command[200];

	bench_account_stop(b);
	ewsim_stop(b->sim);
	snprintf(command, sizeof(command), "rm -rf '%s'", b->dir);
	assert_int_equal(system(command), 0);
}

static int connect_control(struct bench *b)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(ewsim_control_port(b->sim)),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

void bench_control(struct bench *b, const char *line, struct str payload,
		   struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf got = STRBUF(1000);
	struct err err = { 0 };
	struct stream s;

	stream_init(&s, connect_control(b), 10000, 10000);
	stream_writef(&s, "%s\n", line);
	stream_write(&s, payload);
	ASSERT_OK(stream_flush(&s, &err), err);
	for (;;) {
		strbuf_reset(&got);
		ASSERT_OK(stream_read_line(&s, 1000, &got, &err), err);
		if (str_eq(strbuf_str(&got), STR("ok")))
			break;
		if (!out || str_starts(strbuf_str(&got), STR("error")))
			fail_msg("%s: %s", line, strbuf_cstr(&got));
		strbuf_addf(out, "%s\n", strbuf_cstr(&got));
	}
	stream_finish(&s);
}

uint64_t bench_calls(struct bench *b, const char *operation)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(100000);
	struct str rest, line;
	uint64_t n = 0;

	bench_control(b, "stats", STR(""), &out);
	rest = strbuf_str(&out);
	while (str_split(&rest, '\n', &line)) {
		struct str name;

		if (str_split(&line, ' ', &name) && str_eq(name, str_from(operation)))
			assert_true(num_u64(line, &n));
	}
	return n;
}

void bench_deliver(struct bench *b, const char *folder, const char *subject)
{
	CLEANUP(strbuf_finish) struct strbuf mime = STRBUF(4096);
	char line[128];

	strbuf_addf(&mime,
		    "From: bob@example.test\r\nTo: alice@example.test\r\n"
		    "Subject: %s\r\nMessage-ID: <%s@example.test>\r\n"
		    "Date: Mon, 02 Nov 2026 09:00:00 +0000\r\n\r\nHello.\r\n",
		    subject, subject);
	snprintf(line, sizeof(line), "deliver alice@example.test %s %zu", folder,
		 mime.len);
	bench_control(b, line, strbuf_str(&mime), NULL);
}

void bench_wait(struct bench *b, const char *what, bench_done_fn *done, void *context)
{
	int64_t until = clock_mono_ms() + BENCH_WAIT_MS;

	while (!done(b, context)) {
		struct account_status status = { 0 };
		struct err err = { 0 };

		if (clock_mono_ms() < until) {
			clock_sleep_ms(10);
			continue;
		}
		ASSERT_OK(account_status(b->account, &status, &err), err);
		fail_msg("waited in vain: %s (%s; %llu of %llu bodies, %llu pending)",
			 what, status.reason, (unsigned long long)status.counts.bodies,
			 (unsigned long long)status.counts.messages,
			 (unsigned long long)status.counts.pending);
	}
}

bool bench_is_initial(struct bench *b, void *context)
{
	struct account_status status = { 0 };
	struct err err = { 0 };

	ASSERT_OK(account_status(b->account, &status, &err), err);
	return status.initial_done && status.streaming;
}

bool bench_is_settled(struct bench *b, void *context)
{
	struct account_status status = { 0 };
	struct err err = { 0 };

	ASSERT_OK(account_status(b->account, &status, &err), err);
	return status.initial_done && status.counts.bodies >= status.counts.messages &&
	       status.counts.pending == 0;
}

struct store_box bench_box(struct bench *b, const char *path)
{
	struct store_box box = { 0 };
	struct err err = { 0 };

	if (!store_box_find(account_store(b->account), str_from(path), &box, &err))
		return (struct store_box){ 0 };
	return box;
}

uint32_t bench_messages(struct bench *b, const char *path)
{
	struct store_box box = bench_box(b, path);
	uint32_t n = box.messages;

	store_box_finish(&box);
	return n;
}
