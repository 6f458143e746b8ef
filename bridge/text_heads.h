/*
 * What the text index knows of a text: its words, each with the few characters that
 * follow it. Where words say little (scripts without blanks, identifiers, Base64), each
 * character is taken for a word, which makes n-grams. Pure.
 *
 * Every character but blanks is in exactly one head. Where one head ends and the next
 * begins depends on the run of letters or of punctuation around it alone, so that the
 * heads inside of a needle, those at its ends aside, are those of the text around it.
 */
#ifndef BRIDGE_TEXT_HEADS_H
#define BRIDGE_TEXT_HEADS_H

#include "base/strbuf.h"

/* In the dictionary, in front of a character that was taken for a word. */
#define TEXT_GRAM_MARK '\x01'

struct text_head {
	struct str word;
	bool gram; /* a character out of a longer run */
	struct str next; /* what follows, a few characters, never a line end */
};

struct text_heads {
	struct str text;
	size_t at;
	size_t run_end; /* of a run that is taken character by character */
};
/* text_heads_init() - @text: folded (see mime_fold()) */
void text_heads_init(struct text_heads *heads, struct str text);
bool text_heads_next(struct text_heads *heads, struct text_head *head_r);

#define TEXT_CONDITIONS_MAX 24

/* Some word that has @pattern, with something behind it that begins with @next. In
 * @pattern a line feed is the beginning or the end of a word. */
struct text_condition {
	struct strbuf pattern;
	struct str next;
	unsigned part;
	bool gram; /* of the second way that the part may be there */
};

/*
 * A needle as conditions: each part is there if all its conditions of one way hold, and
 * the needle may be there if all its parts are.
 */
struct text_question {
	struct text_condition conditions[TEXT_CONDITIONS_MAX];
	unsigned count, parts;
	bool sure[2]; /* with one part: without and with grams: then it is there */
};
/*
 * text_question_init() - @folded: borrowed until text_question_finish()
 * Return: false if it has nothing to look for, or what no text line has: blanks alone,
 * line ends, NUL.
 */
bool text_question_init(struct text_question *q, struct str folded);
void text_question_finish(struct text_question *q);

#endif
