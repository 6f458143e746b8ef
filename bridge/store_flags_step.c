/* What a change of flags means for one message: see store_flags.h. */
#include "bridge/store_flags.h"

#include <stdlib.h>

#include "base/mem.h"
#include "bridge/store_change.h"

enum { RECENT_WORDS = 16 }; /* looked at; more lists than that are rare */

static void keywords_after(const struct store_flags *asked, struct str keywords,
			   struct strbuf *out)
{
	switch (asked->op) {
	case STORE_FLAGS_ADD:
		message_keywords_merge(keywords, asked->keywords, STR_NONE, out);
		break;
	case STORE_FLAGS_REMOVE:
		message_keywords_merge(keywords, STR_NONE, asked->keywords, out);
		break;
	case STORE_FLAGS_REPLACE:
		message_keywords_merge(asked->keywords, STR_NONE, STR_NONE, out);
		break;
	}
}

/* What is not shown cannot be meant: the categories stay. */
static void leave_up(struct flag_word *word, struct str was)
{
	strbuf_reset(&word->up);
	strbuf_add(&word->up, was);
	strbuf_reset(&word->after);
	message_keywords_merge(was, strbuf_str(&word->local), STR_NONE, &word->after);
}

static struct flag_word *word_new(const struct store_flags *asked, struct str keywords)
{
	CLEANUP(strbuf_finish) struct strbuf was = STRBUF(STORE_KEYWORDS_MAX);
	CLEANUP(strbuf_finish) struct strbuf was_local = STRBUF(STORE_KEYWORDS_MAX);
	struct flag_word *word = mem_alloc(sizeof(*word));

	strbuf_init(&word->before, STORE_KEYWORDS_MAX);
	strbuf_init(&word->after, STORE_KEYWORDS_MAX);
	strbuf_init(&word->up, STORE_KEYWORDS_MAX);
	strbuf_init(&word->local, STORE_KEYWORDS_MAX);
	strbuf_add(&word->before, keywords);
	keywords_after(asked, keywords, &word->after);
	message_keywords_split(keywords, &was, &was_local);
	message_keywords_split(strbuf_str(&word->after), &word->up, &word->local);
	if (message_keywords_have(keywords, STR(MESSAGE_CATEGORIES_MANY)))
		leave_up(word, strbuf_str(&was));
	word->change = word->after.overflow ||
		       !str_eq(strbuf_str(&word->after), keywords);
	word->goes_up = !str_eq(strbuf_str(&was), strbuf_str(&word->up));
	return word;
}

const struct flag_word *flag_words_of(struct flag_words *words,
				      const struct store_flags *asked,
				      struct str keywords)
{
	size_t oldest = words->count > RECENT_WORDS ? words->count - RECENT_WORDS : 0;

	for (size_t i = words->count; i > oldest; i--)
		if (str_eq(strbuf_str(&words->items[i - 1]->before), keywords))
			return words->items[i - 1];
	words->items = mem_grow(words->items, words->count, &words->capacity,
				sizeof(struct flag_word *));
	return words->items[words->count++] = word_new(asked, keywords);
}

void flag_words_finish(struct flag_words *words)
{
	for (size_t i = 0; i < words->count; i++) {
		strbuf_finish(&words->items[i]->before);
		strbuf_finish(&words->items[i]->after);
		strbuf_finish(&words->items[i]->up);
		strbuf_finish(&words->items[i]->local);
		free(words->items[i]);
	}
	free(words->items);
	*words = (struct flag_words){ 0 };
}

/* \Draft is the server's word where it says so, else a mark of ours. */
static void bits_of(const struct store_flags *asked, bool is_draft,
		    struct flag_step *step)
{
	unsigned settable = is_draft ? MSG_FLAGS_ALL & ~(unsigned)MSG_DRAFT
				     : MSG_FLAGS_ALL;
	unsigned given = asked->flags & settable;

	switch (asked->op) {
	case STORE_FLAGS_ADD:
		step->set = given;
		break;
	case STORE_FLAGS_REMOVE:
		step->clear = given;
		break;
	case STORE_FLAGS_REPLACE:
		step->clear = settable;
		step->set = given;
		break;
	}
}

static unsigned local_after(const struct flag_state *state, bool is_draft, unsigned after)
{
	return (after & (MSG_DELETED | MSG_VERBS)) |
	       ((is_draft ? state->local : after) & MSG_DRAFT);
}

bool flag_step_of(const struct store_flags *asked, const struct flag_state *state,
		  struct flag_step *step_r)
{
	struct flag_step step = { .words = state->words };
	bool is_draft = (state->server & MSG_DRAFT) != 0;
	unsigned after, changed;

	bits_of(asked, is_draft, &step);
	after = (state->flags & ~step.clear) | step.set;
	changed = state->flags ^ after;
	if (!changed && !step.words->change)
		return false;
	step.flags_change = changed != 0;
	step.want_mask = changed & MSG_FLAGS_UP;
	step.want = after & step.want_mask;
	step.local = local_after(state, is_draft, after);
	step.new_verbs = changed & after & MSG_VERBS;
	step.keywords_up = step.words->goes_up;
	step.goes_up = step.keywords_up || step.want_mask;
	step.is_plain = row_shown_flags(state->server,
					(state->want & ~step.want_mask) | step.want,
					state->want_mask | step.want_mask,
					step.local) == after;
	*step_r = step;
	return true;
}

bool flag_step_same(const struct flag_step *a, const struct flag_step *b)
{
	return a->is_plain && b->is_plain && a->words == b->words &&
	       a->clear == b->clear && a->set == b->set && a->want_mask == b->want_mask &&
	       a->want == b->want && a->local == b->local &&
	       a->new_verbs == b->new_verbs && a->flags_change == b->flags_change &&
	       a->goes_up == b->goes_up && a->keywords_up == b->keywords_up;
}
