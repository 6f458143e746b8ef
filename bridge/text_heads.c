/* Words and what follows them: see text_heads.h. */
#include "bridge/text_heads.h"

#include "base/macros.h"
#include "base/utf8.h"

enum {
	LETTERS_MAX = 20, /* longer runs are hardly words */
	MIXED_MAX = 10, /* the same, with letters and digits */
	MARKS_MAX = 6,
	WORD_NEXT = 3, /* characters kept of what follows */
	GRAM_NEXT = 2,
};

enum kind { END, BLANK, LETTER, DIGIT, MARK, ALONE };

/* Scripts that are written without blanks between words, after NFKD. */
static bool stands_alone(uint32_t c)
{
	static const uint32_t ranges[][2] = {
		{ 0x0E00, 0x0EFF }, /* Thai, Lao */
		{ 0x0F00, 0x109F }, /* Tibetan, Myanmar */
		{ 0x1780, 0x17FF }, /* Khmer */
		{ 0x2E80, 0x312F }, /* radicals, kana */
		{ 0x31A0, 0x9FFF }, /* Han */
		{ 0xF900, 0xFAFF }, { 0x20000, 0x3FFFF },
	};

	for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
		if (c >= ranges[i][0] && c <= ranges[i][1])
			return true;
	return false;
}

static enum kind ascii_kind(uint32_t c)
{
	if (c == '\n' || c == '\r' || c == 0)
		return END;
	if (c <= ' ' || c == 0x7F)
		return BLANK;
	if (c >= '0' && c <= '9')
		return DIGIT;
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? LETTER : MARK;
}

/* The kind of the character at @at, which is moved behind it; END at the end. */
static enum kind take(struct str text, size_t *at)
{
	struct str rest = str_sub(text, *at, text.len);
	uint32_t c;

	if (!rest.len)
		return END;
	c = utf8_next(&rest);
	*at = text.len - rest.len;
	if (c < 0x80)
		return ascii_kind(c);
	if (c >= 0x2010 && c <= 0x2BFF)
		return MARK;
	return stands_alone(c) ? ALONE : LETTER;
}

struct run {
	struct str text;
	bool odd; /* too long or too mixed for a word; whatever is added, it stays so */
	bool alone;
};

static bool same_run(enum kind first, enum kind next)
{
	return next == first || (first == LETTER && next == DIGIT) ||
	       (first == DIGIT && next == LETTER);
}

static struct run take_run(struct str text, size_t start)
{
	size_t end = start, behind = start, counts[ALONE + 1] = { 0 };
	enum kind first = take(text, &behind), kind = first;

	do {
		end = behind;
		counts[kind]++;
		kind = take(text, &behind);
	} while (first != ALONE && behind > end && same_run(first, kind));
	return (struct run){
		.text = str_sub(text, start, end - start),
		.alone = first == ALONE,
		.odd = counts[MARK] > MARKS_MAX ||
		       counts[LETTER] + counts[DIGIT] > LETTERS_MAX ||
		       (counts[LETTER] && counts[DIGIT] &&
			counts[LETTER] + counts[DIGIT] > MIXED_MAX),
	};
}

/* Up to @count characters from @from, of one line. */
static struct str following(struct str text, size_t from, unsigned count)
{
	size_t end = from;

	while (count-- > 0) {
		size_t behind = end;

		if (take(text, &behind) == END)
			break;
		end = behind;
	}
	return str_sub(text, from, end - from);
}

void text_heads_init(struct text_heads *heads, struct str text)
{
	*heads = (struct text_heads){ .text = text };
}

static size_t skip_blanks(struct str text, size_t at)
{
	size_t behind = at;

	while (at < text.len && take(text, &behind) <= BLANK)
		at = behind;
	return at;
}

static struct text_head head(struct str text, struct str word, bool gram, unsigned next)
{
	size_t end = (size_t)(word.p - text.p) + word.len;

	return (struct text_head){ word, gram, following(text, end, next) };
}

static struct text_head take_gram(struct text_heads *heads)
{
	struct str text = heads->text;
	struct str word = following(text, heads->at, 1);

	heads->at += word.len;
	return head(text, word, true, GRAM_NEXT);
}

bool text_heads_next(struct text_heads *heads, struct text_head *head_r)
{
	struct run run;

	if (heads->at >= heads->run_end)
		heads->at = skip_blanks(heads->text, heads->at);
	if (heads->at >= heads->text.len)
		return false;
	if (heads->at >= heads->run_end) {
		run = take_run(heads->text, heads->at);
		heads->run_end = heads->at + run.text.len;
		if (!run.odd) {
			heads->at = heads->run_end;
			*head_r = head(heads->text, run.text, false,
				       run.alone ? GRAM_NEXT : WORD_NEXT);
			return true;
		}
	}
	*head_r = take_gram(heads);
	return true;
}

/* ---- needles -------------------------------------------------------------------------
 */

enum { PATTERN_MAX_BYTES = 8 + 4 * LETTERS_MAX };

static bool ask(struct text_question *q, struct text_head head, bool open_start,
		bool open_end)
{
	struct text_condition *c = &q->conditions[q->count];

	if (q->count == TEXT_CONDITIONS_MAX)
		return false;
	q->count++;
	*c = (struct text_condition){ .next = head.next,
				      .part = q->parts,
				      .gram = head.gram };
	strbuf_init(&c->pattern, PATTERN_MAX_BYTES);
	if (!open_start)
		strbuf_addc(&c->pattern, '\n');
	if (head.gram)
		strbuf_addc(&c->pattern, TEXT_GRAM_MARK);
	strbuf_add(&c->pattern, head.word);
	if (!open_end)
		strbuf_addc(&c->pattern, '\n');
	return true;
}

/* Is all that would be kept of what follows in the needle? */
static bool is_full(struct str next)
{
	size_t at = 0;

	return take(next, &at) != END && take(next, &at) != END;
}

/* @run as characters, each with what follows; those near the end of the needle, of which
 * less would be known, are in the ones before. Return: is that all there is to know? */
static bool ask_grams(struct text_question *q, struct str needle, struct run run)
{
	size_t start = (size_t)(run.text.p - needle.p), end = start + run.text.len;
	struct text_heads heads = { .text = needle, .at = start, .run_end = end };
	struct text_head gram = { 0 };
	unsigned asked = 0;

	for (; heads.at < end; asked++) {
		gram = take_gram(&heads);
		if (asked > 0 && !is_full(gram.next))
			break;
		if (!ask(q, gram, false, false))
			return false;
	}
	return asked == 1 && gram.next.p + gram.next.len == needle.p + needle.len;
}

/* Return: how far the needle is known then. */
static size_t ask_run(struct text_question *q, struct str needle, struct run run)
{
	size_t start = (size_t)(run.text.p - needle.p), end = start + run.text.len;
	bool open_start = start == 0 && !run.alone;
	bool open_end = end == needle.len && !run.alone;
	struct text_head word = head(needle, run.text, false,
				     run.alone ? GRAM_NEXT : WORD_NEXT);
	size_t known = end + word.next.len;

	if (q->count + 2 > TEXT_CONDITIONS_MAX) /* one of each way at least */
		return needle.len;
	q->sure[0] = !run.odd && known == needle.len;
	q->sure[1] = false;
	if (!run.odd)
		(void)ask(q, word, open_start, open_end);
	if (run.odd || open_start || open_end)
		q->sure[1] = ask_grams(q, needle, run);
	q->parts++;
	return known;
}

static bool is_line(struct str folded)
{
	return str_find_char(folded, '\n') < 0 && str_find_char(folded, '\r') < 0 &&
	       str_find_char(folded, '\0') < 0;
}

bool text_question_init(struct text_question *q, struct str folded)
{
	size_t first = skip_blanks(folded, 0), at = first, known = 0;

	*q = (struct text_question){ 0 };
	if (first == folded.len || !is_line(folded))
		return false;
	while (at < folded.len && known < folded.len) {
		struct run run = take_run(folded, at);

		known = ask_run(q, folded, run);
		at = skip_blanks(folded, at + run.text.len);
	}
	if (q->parts > 1 || first > 0)
		q->sure[0] = q->sure[1] = false;
	return true;
}

void text_question_finish(struct text_question *q)
{
	for (unsigned i = 0; i < q->count; i++)
		strbuf_finish(&q->conditions[i].pattern);
}
