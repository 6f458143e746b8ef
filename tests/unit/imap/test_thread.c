/* THREAD on made-up forests: RFC 5256's steps, loops, depth. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "imapfront/imap/thread.h"

struct message {
	const char *id, *references, *subject;
	bool is_reply;
	int sent;
};

static void check(size_t row, const struct message *messages, size_t count,
		  bool by_references, const char *want)
{
	struct imap_sort_item items[16] = { 0 };
	struct str texts[16][MIME_SORT_TEXTS] = { 0 };
	uint32_t numbers[16];
	struct thread_forest forest;
	struct strbuf got = STRBUF(1000);

	for (size_t i = 0; i < count; i++) {
		items[i].uid = numbers[i] = (uint32_t)i + 1;
		items[i].sent_unix_s = messages[i].sent;
		items[i].is_reply = messages[i].is_reply;
		items[i].texts = texts[i];
		items[i].texts[MIME_SORT_MESSAGE_ID] = str_from(messages[i].id);
		items[i].texts[MIME_SORT_REFERENCES] = str_from(messages[i].references);
		items[i].texts[MIME_SORT_SUBJECT] = str_from(messages[i].subject);
	}
	if (by_references)
		thread_by_references(items, count, &forest);
	else
		thread_by_subject(items, count, &forest);
	thread_write(&forest, numbers, &got);
	ASSERT_STR(row, strbuf_str(&got), str_from(want));
	strbuf_finish(&got);
	thread_forest_finish(&forest);
}

static void references(void **state)
{
	static const struct {
		struct message messages[6];
		size_t count;
		const char *want;
	} rows[] = {
		{ { { 0 } }, 0, "" },
		{ { { "a", "", "s", false, 1 } }, 1, "(1)" },
		{ { { "a", "", "s", false, 1 }, { "b", "a ", "t", false, 2 } },
		  2,
		  "(1 2)" },
		/* the child is here first, and is older */
		{ { { "b", "a ", "t", false, 1 }, { "a", "", "s", false, 2 } },
		  2,
		  "(2 1)" },
		/* one child of a message that is not here takes its place */
		{ { { "b", "x a ", "t", false, 1 } }, 1, "(1)" },
		{ { { "b", "x ", "t", true, 2 }, { "c", "x ", "u", true, 1 } },
		  2,
		  "((2)(1))" },
		/* they refer to one another */
		{ { { "a", "b ", "s", false, 1 }, { "b", "a ", "t", false, 2 } },
		  2,
		  "(2 1)" },
		{ { { "a", "a ", "s", false, 1 } }, 1, "(1)" },
		/* the same id twice */
		{ { { "a", "", "s", false, 1 },
		    { "a", "", "t", false, 2 },
		    { "c", "a ", "u", false, 3 } },
		  3,
		  "(1 3)(2)" },
		/* no ids at all: by subject */
		{ { { "", "", "s", true, 2 }, { "", "", "s", false, 1 } }, 2, "(2 1)" },
		{ { { "", "", "s", false, 2 }, { "", "", "s", false, 1 } },
		  2,
		  "((2)(1))" },
		{ { { "", "", "s", true, 1 },
		    { "", "", "s", true, 2 },
		    { "", "", "s", false, 3 } },
		  3,
		  "(3 (1)(2))" },
		{ { { "", "", "s", false, 1 },
		    { "", "", "s", false, 2 },
		    { "", "", "s", false, 3 } },
		  3,
		  "((1)(2)(3))" },
		{ { { "", "", "", false, 1 }, { "", "", "", false, 2 } }, 2, "(1)(2)" },
		/* two lost parents with one subject become one */
		{ { { "a", "x ", "s", true, 1 },
		    { "b", "x ", "s", true, 2 },
		    { "c", "y ", "s", true, 3 },
		    { "d", "y ", "s", true, 4 } },
		  4,
		  "((1)(2)(3)(4))" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(i, rows[i].messages, rows[i].count, true, rows[i].want);
}

static void subjects(void **state)
{
	static const struct message messages[] = {
		{ "", "", "b", false, 3 }, { "", "", "a", false, 4 },
		{ "", "", "b", true, 5 },  { "", "", "a", true, 1 },
		{ "", "", "a", true, 6 },
	};

	check(0, messages, ARRAY_LEN(messages), false, "(4 (2)(5))(1 3)");
}

/* As deep as there are messages, and in the order that is worst for recursion. */
static void deep(void **state)
{
	enum { COUNT = 20000 };
	struct imap_sort_item *items = calloc(COUNT, sizeof(*items));
	struct str(*keys)[MIME_SORT_TEXTS] = calloc(COUNT, sizeof(*keys));
	uint32_t *numbers = calloc(COUNT, sizeof(*numbers));
	char(*texts)[2][16] = calloc(COUNT, sizeof(*texts));
	struct strbuf got = STRBUF(1 << 20);
	struct thread_forest forest;

	for (uint32_t i = 0; i < COUNT; i++) {
		snprintf(texts[i][0], sizeof(texts[i][0]), "m%u", i);
		snprintf(texts[i][1], sizeof(texts[i][1]), "m%u ", i + 1);
		items[i].uid = numbers[i] = i + 1;
		items[i].texts = keys[i];
		items[i].texts[MIME_SORT_MESSAGE_ID] = str_from(texts[i][0]);
		items[i].texts[MIME_SORT_REFERENCES] = str_from(texts[i][1]);
		items[i].texts[MIME_SORT_SUBJECT] = STR("");
	}
	thread_by_references(items, COUNT, &forest);
	thread_write(&forest, numbers, &got);
	assert_true(str_starts(strbuf_str(&got), STR("(20000 19999 ")));
	assert_true(str_ends(strbuf_str(&got), STR(" 2 1)")));
	thread_forest_finish(&forest);
	strbuf_finish(&got);
	free(items);
	free(numbers);
	free(texts);
	free(keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references),
		cmocka_unit_test(subjects),
		cmocka_unit_test(deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
