/* The text index's words: what a text has, its heads say that it may have; what they are
 * sure of, it has. */
#include "tests/unit/test.h"

#include "bridge/mime/search.h"
#include "tests/unit/store/heads_answer.h"

enum { ROUNDS = 60000, TEXT_CHARACTERS = 80, NEEDLE_CHARACTERS = 14 };

static unsigned next_random(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16;
}

/* Few of each kind, so that needles are found and nearly found often. */
static const char *const CHARACTERS[] = {
	"a",
	"b",
	"a",
	"b",
	"1",
	" ",
	" ",
	"-",
	".",
	"\t",
	"\n",
	"\x01",
	"\xc3\xa9", /* e acute */
	"\xcc\x81", /* an accent alone */
	"\xe6\xbc\xa2", /* Han */
	"\xe3\x81\x8b", /* kana */
	"\xe0\xb8\xaa", /* Thai */
	"\xe2\x80\x9c", /* a quotation mark */
	"\xf0\x9f\x8c\x89", /* a bridge */
	"\xf0\xa0\x80\x80", /* Han beyond the BMP */
};

/* Mostly of one kind for a while: that makes long runs. */
static void make_text(unsigned *seed, size_t count, struct strbuf *out)
{
	unsigned from = 0, of = ARRAY_LEN(CHARACTERS);

	for (size_t i = 0; i < count; i++) {
		if (next_random(seed) % 12 == 0) {
			bool all = next_random(seed) % 3 == 0;

			from = all ? 0 : next_random(seed) % ARRAY_LEN(CHARACTERS);
			of = all ? ARRAY_LEN(CHARACTERS) : next_random(seed) % 3 + 1;
		}
		strbuf_add_cstr(out, CHARACTERS[(from + next_random(seed) % of) %
						ARRAY_LEN(CHARACTERS)]);
	}
}

/* Some characters from the middle of @text. */
static void cut_needle(unsigned *seed, struct str text, struct strbuf *out)
{
	size_t from = next_random(seed) % (text.len + 1), to;

	while (from < text.len && ((unsigned char)text.p[from] & 0xC0) == 0x80)
		from++;
	to = MIN_OF(text.len, from + next_random(seed) % (2 * NEEDLE_CHARACTERS) + 1);
	while (to < text.len && ((unsigned char)text.p[to] & 0xC0) == 0x80)
		to++;
	strbuf_add(out, str_sub(text, from, to - from));
}

static void compare(struct str text, struct str needle, unsigned *found, unsigned *sure)
{
	CLEANUP(text_question_finish) struct text_question q = { 0 };
	bool there = mime_folded_contains(text, needle), may_be, is_sure;

	if (!text_question_init(&q, needle))
		return;
	heads_answer(&q, text, &may_be, &is_sure);
	if ((there && !may_be) || (is_sure && !there))
		fail_msg("\"%.*s\" in \"%.*s\": %d, maybe %d, sure %d", STR_FMT(needle),
			 STR_FMT(text), there, may_be, is_sure);
	*found += there;
	*sure += is_sure;
}

static void no_miss_no_invention(void **state)
{
	unsigned seed = 3, found = 0, sure = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		CLEANUP(strbuf_finish) struct strbuf text = STRBUF(4096);
		CLEANUP(strbuf_finish) struct strbuf needle = STRBUF(4096);

		make_text(&seed, next_random(&seed) % TEXT_CHARACTERS, &text);
		if (i % 2)
			cut_needle(&seed, strbuf_str(&text), &needle);
		else
			make_text(&seed, next_random(&seed) % 6 + 1, &needle);
		compare(strbuf_str(&text), strbuf_str(&needle), &found, &sure);
	}
	assert_true(found > ROUNDS / 10 && sure > found / 4);
}

static void long_needle(char c, size_t count, const char *between)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(65536);
	size_t step = strlen(between) + 1;
	unsigned found = 0, sure = 0;

	for (size_t i = 0; i < count; i++) {
		strbuf_addc(&text, (char)(c + (char)(i % 20)));
		strbuf_add_cstr(&text, between);
	}
	compare(strbuf_str(&text), strbuf_str(&text), &found, &sure);
	compare(strbuf_str(&text),
		str_sub(strbuf_str(&text), 3 * step, text.len - 9 * step), &found, &sure);
	assert_int_equal(found, 2);
}

/* More parts, or more characters of one, than conditions are asked. */
static void long_needles(void **state)
{
	long_needle('a', 500, "");
	long_needle('a', 500, " ");
	long_needle('a', 500, "1-");
	long_needle('!', 100, "\xe6\xbc\xa2");
}

struct sure_row {
	const char *needle;
	bool asked, sure;
};

/* What people type is decided without a look at texts. */
static const struct sure_row SURE[] = {
	{ "bridge", true, true },
	{ "ab", true, true },
	{ "a", true, true },
	{ "p17@", true, true },
	{ "---", true, true },
	{ "over a", true, true },
	{ "\xe6\xbc\xa2\xe5\xad\x97", true, true },
	{ "over a bridge", true, false },
	{ " bridge", true, false },
	{ "bridge ", true, true },
	{ "", false, false },
	{ "  ", false, false },
	{ "a\nb", false, false },
	{ "a\rb", false, false },
};

static void sure_ones(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(SURE); i++) {
		CLEANUP(text_question_finish) struct text_question q = { 0 };
		bool asked = text_question_init(&q, str_from(SURE[i].needle));

		if (asked != SURE[i].asked || (q.sure[0] || q.sure[1]) != SURE[i].sure)
			fail_msg("row %zu: asked %d sure %d", i, asked, q.sure[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_miss_no_invention),
		cmocka_unit_test(long_needles),
		cmocka_unit_test(sure_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
