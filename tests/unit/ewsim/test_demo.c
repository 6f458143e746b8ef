/* The sample mailbox: well-formed, the same every time, and about now. */
#include "tests/unit/test.h"

#include <string.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "tests/ewsim/demo.h"

#define NOW INT64_C(1789000000) /* a Thursday in September 2026 */

struct seen {
	size_t folders, messages, events, series, changed;
	const char *keys[64];
	uint64_t hash;
	int64_t newest_unix;
};

static bool has_key(const struct seen *s, const char *key)
{
	for (size_t i = 0; i < s->folders; i++)
		if (strcmp(s->keys[i], key) == 0)
			return true;
	return false;
}

static bool on_folder(void *arg, const struct demo_folder *f, struct err *err)
{
	struct seen *s = arg;

	assert_true(!f->parent || has_key(s, f->parent));
	assert_false(has_key(s, f->key));
	s->keys[s->folders++] = f->key;
	return true;
}

/* Every line ends in CRLF, every boundary that is opened is closed. */
static void check_mime(size_t row, struct str mime)
{
	struct str rest = mime, line;
	ptrdiff_t at;

	for (size_t i = 0; i < mime.len; i++)
		if ((mime.p[i] == '\n') != (i > 0 && mime.p[i - 1] == '\r'))
			fail_msg("message %zu: bare CR or LF at %zu", row, i);
	assert_true(str_find(mime, STR("\r\n\r\n")) > 0);
	while ((at = str_find(rest, STR("boundary=\""))) >= 0) {
		CLEANUP(strbuf_finish) struct strbuf end = STRBUF(256);

		rest = str_sub(rest, (size_t)at + 10, rest.len);
		line = str_sub(rest, 0, (size_t)str_find_char(rest, '"'));
		strbuf_addf(&end, "--%.*s--\r\n", STR_FMT(line));
		if (str_find(rest, strbuf_str(&end)) < 0)
			fail_msg("message %zu: %.*s isn't closed", row, STR_FMT(line));
	}
}

static bool on_message(void *arg, const struct demo_message *m, struct err *err)
{
	struct seen *s = arg;

	assert_true(has_key(s, m->folder));
	check_mime(s->messages, m->mime);
	for (size_t i = 0; i < m->mime.len; i++)
		s->hash = (s->hash ^ (unsigned char)m->mime.p[i]) * 1099511628211u;
	s->messages++;
	assert_true(m->received_unix >= s->newest_unix && m->received_unix <= NOW);
	s->newest_unix = m->received_unix;
	return true;
}

static bool on_event(void *arg, const char *folder, const struct sim_event *e,
		     struct err *err)
{
	struct seen *s = arg;

	assert_true(has_key(s, folder));
	assert_true(e->end_unix >= e->start_unix);
	s->events++;
	s->series += e->recurrence.pattern != SIM_ONCE;
	s->changed += e->exception_count + e->deleted_count;
	return true;
}

static const struct row {
	const char *user;
	size_t folders, messages, events; /* at least */
} rows[] = {
	{ "alice", 25, 280, 38 },
	{ "bob", 12, 38, 6 },
	{ "nobody", 10, 0, 0 },
};

static void generate_is_stable(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct seen first = { 0 }, second = { 0 };
		struct demo_sink sink = { &first, on_folder, on_message, on_event };
		struct err err = { 0 };

		ASSERT_OK(demo_generate(rows[i].user, NOW, &sink, &err), err);
		sink.arg = &second;
		ASSERT_OK(demo_generate(rows[i].user, NOW, &sink, &err), err);
		assert_true(first.hash == second.hash);
		if (first.folders < rows[i].folders ||
		    first.messages < rows[i].messages || first.events < rows[i].events)
			fail_msg("%s: %zu folders, %zu messages, %zu events",
				 rows[i].user, first.folders, first.messages,
				 first.events);
	}
}

/* A weekly series keeps its local hour, and its first day is of the pattern. */
static bool on_series(void *arg, const char *folder, const struct sim_event *e,
		      struct err *err)
{
	if (e->recurrence.pattern == SIM_WEEKLY) {
		const struct sim_date *d = &e->recurrence.start;
		struct civil c = clock_civil_from_unix(
			clock_unix_from_civil(d->year, d->month, d->day, 0, 0, 0));

		assert_true(e->recurrence.weekdays >> c.weekday & 1);
	}
	return true;
}

static bool ignore_folder(void *arg, const struct demo_folder *f, struct err *err)
{
	return true;
}

static void series_start_on_pattern(void **state)
{
	struct demo_sink sink = { NULL, ignore_folder, NULL, on_series };
	struct err err = { 0 };

	for (int64_t day = 0; day < 400; day += 13)
		ASSERT_OK(demo_events("alice", NOW + day * 86400, &sink, &err), err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generate_is_stable),
		cmocka_unit_test(series_start_on_pattern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
