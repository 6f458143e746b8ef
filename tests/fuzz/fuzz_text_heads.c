/* A needle up to the first NUL, then a text: the words of the text index say what a look
 * at the text says. */
#include <assert.h>

#include "tests/unit/store/heads_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 600 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(text_question_finish) struct text_question q = { 0 };
	CLEANUP(strbuf_finish) struct strbuf needle = STRBUF(1 << 20);
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(1 << 20);
	struct str all = str_make((const char *)data, size), first;
	bool there, may_be, is_sure;

	if (size > TEXT_MAX || !str_split(&all, '\0', &first))
		return 0;
	mime_fold(first, &needle);
	mime_fold(all, &text);
	if (!text_question_init(&q, strbuf_str(&needle)))
		return 0;
	heads_answer(&q, strbuf_str(&text), &may_be, &is_sure);
	there = mime_folded_contains(strbuf_str(&text), strbuf_str(&needle));
	assert(may_be || !there);
	assert(there || !is_sure);
	return 0;
}
