/* base/stream: lines, limits, literals and deadlines over a socket pair. */
#include "tests/unit/test.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/stream.h"

struct pair {
	struct stream s;
	int peer;
};

static void pair_init(struct pair *p)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	stream_init(&p->s, fds[0], 100, 100);
	p->peer = fds[1];
}

static void pair_finish(struct pair *p)
{
	stream_finish(&p->s);
	if (p->peer >= 0)
		close(p->peer);
}

static void send_peer(struct pair *p, const char *text)
{
	assert_int_equal(write(p->peer, text, strlen(text)), (ssize_t)strlen(text));
}

static void lines_and_literals(void **state)
{
	CLEANUP(pair_finish) struct pair p = { 0 };
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(99);
	char literal[4] = "";
	struct err err;

	pair_init(&p);
	send_peer(&p, "one\r\n\ntwo{3}\r\nxyz\r\n");
	ASSERT_OK(stream_read_line(&p.s, 80, &line, &err), err);
	ASSERT_STR(0, strbuf_str(&line), STR("one"));
	assert_true(stream_pending(&p.s));
	strbuf_reset(&line);
	ASSERT_OK(stream_read_line(&p.s, 80, &line, &err), err);
	ASSERT_STR(1, strbuf_str(&line), STR(""));
	ASSERT_OK(stream_read_line(&p.s, 80, &line, &err), err);
	ASSERT_STR(2, strbuf_str(&line), STR("two{3}"));
	ASSERT_OK(stream_read_exact(&p.s, literal, 3, &err), err);
	assert_string_equal(literal, "xyz");
}

/* Half a line keeps nobody from waiting for something else. */
static void half_a_line_is_not_ready(void **state)
{
	CLEANUP(pair_finish) struct pair p = { 0 };
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(99);
	struct err err;

	pair_init(&p);
	assert_false(stream_line_ready(&p.s));
	send_peer(&p, "DO");
	assert_false(stream_line_ready(&p.s));
	assert_false(stream_pending(&p.s));
	send_peer(&p, "NE\r\nnext");
	assert_true(stream_line_ready(&p.s));
	assert_true(stream_pending(&p.s));
	ASSERT_OK(stream_read_line(&p.s, 80, &line, &err), err);
	ASSERT_STR(0, strbuf_str(&line), STR("DONE"));
	assert_false(stream_line_ready(&p.s));
	close(p.peer);
	p.peer = -1;
	assert_true(stream_line_ready(&p.s));
	strbuf_reset(&line);
	assert_false(stream_read_line(&p.s, 80, &line, &err));
}

/* A line without an end is somebody's business to refuse. */
static void endless_line_is_ready(void **state)
{
	CLEANUP(pair_finish) struct pair p = { 0 };
	char text[20001];

	pair_init(&p);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	send_peer(&p, text);
	assert_true(stream_line_ready(&p.s));
	assert_true(stream_pending(&p.s));
}

static void too_long_line_is_skipped(void **state)
{
	CLEANUP(pair_finish) struct pair p = { 0 };
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(99);
	struct err err;

	pair_init(&p);
	send_peer(&p, "0123456789\r\nnext\r\n");
	assert_false(stream_read_line(&p.s, 8, &line, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	strbuf_reset(&line);
	ASSERT_OK(stream_read_line(&p.s, 8, &line, &err), err);
	ASSERT_STR(0, strbuf_str(&line), STR("next"));
}

static void timeout(void **state)
{
	CLEANUP(pair_finish) struct pair p = { 0 };
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(99);
	struct err err;

	pair_init(&p);
	send_peer(&p, "no end of line");
	assert_false(stream_read_line(&p.s, 80, &line, &err));
	assert_int_equal(err.code, ERR_OFFLINE);
	assert_string_equal(err.text, "timed out");
	/* What comes too late belongs to the line that was given up. */
	send_peer(&p, " after all\r\nnext\r\n");
	assert_false(stream_read_line(&p.s, 80, &line, &err));
	assert_int_equal(err.code, ERR_OFFLINE);
	assert_true(p.s.lost);
}

static void closed(void **state)
{
	CLEANUP(pair_finish) struct pair p = { 0 };
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(99);
	struct err err;

	pair_init(&p);
	close(p.peer);
	p.peer = -1;
	assert_false(stream_read_line(&p.s, 80, &line, &err));
	assert_string_equal(err.text, "connection closed by peer");
}

static void write_failure_is_sticky(void **state)
{
	CLEANUP(pair_finish) struct pair p = { 0 };
	struct err err;
	static char block[400000];

	pair_init(&p);
	for (int i = 0; i < 40; i++) /* nobody reads: the kernel's buffer fills up */
		stream_write(&p.s, str_make(block, sizeof(block)));
	assert_false(stream_flush(&p.s, &err));
	assert_int_equal(err.code, ERR_OFFLINE);
	stream_writef(&p.s, "more %d", 1);
	assert_false(stream_flush(&p.s, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_and_literals),
		cmocka_unit_test(half_a_line_is_not_ready),
		cmocka_unit_test(endless_line_is_ready),
		cmocka_unit_test(too_long_line_is_skipped),
		cmocka_unit_test(timeout),
		cmocka_unit_test(closed),
		cmocka_unit_test(write_failure_is_sticky),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
