/* What the text index would say of one text, by the meaning of bridge/text_heads.h. */
#ifndef TESTS_UNIT_STORE_HEADS_ANSWER_H
#define TESTS_UNIT_STORE_HEADS_ANSWER_H

#include <assert.h>

#include "bridge/mime/search.h"
#include "bridge/text_heads.h"

static inline bool heads_have(struct str text, const struct text_condition *c)
{
	struct text_heads heads;
	struct text_head head;

	text_heads_init(&heads, text);
	while (text_heads_next(&heads, &head)) {
		CLEANUP(strbuf_finish) struct strbuf word = STRBUF(300);

		strbuf_addc(&word, '\n');
		if (head.gram)
			strbuf_addc(&word, TEXT_GRAM_MARK);
		strbuf_add(&word, head.word);
		strbuf_addc(&word, '\n');
		assert(head.word.len > 0 && head.word.len < 200);
		assert(head.next.len < 16);
		assert(str_find_char(head.word, '\n') < 0);
		if (str_starts(head.next, c->next) &&
		    mime_folded_contains(strbuf_str(&word), strbuf_str(&c->pattern)))
			return true;
	}
	return false;
}

static inline void heads_answer(const struct text_question *q, struct str text,
				bool *maybe_r, bool *sure_r)
{
	*maybe_r = true;
	*sure_r = false;
	for (unsigned part = 0; part < q->parts; part++) {
		bool way[2] = { true, true }, there[2] = { false, false };

		for (unsigned i = 0; i < q->count; i++) {
			const struct text_condition *c = &q->conditions[i];

			if (c->part != part)
				continue;
			there[c->gram] = true;
			way[c->gram] = way[c->gram] && heads_have(text, c);
		}
		for (unsigned i = 0; i < 2; i++) {
			way[i] = way[i] && there[i];
			*sure_r = *sure_r || (q->sure[i] && way[i]);
		}
		*maybe_r = *maybe_r && (way[0] || way[1]);
	}
}

#endif
