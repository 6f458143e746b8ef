/*
 * What a change of flags means for one message: pure, so that many messages can share the
 * answer. Only bridge/store_flags*.c includes this.
 */
#ifndef BRIDGE_STORE_FLAGS_H
#define BRIDGE_STORE_FLAGS_H

#include "bridge/store.h"

struct flag_word { /* keywords that messages have, and what becomes of them */
	struct strbuf before, after;
	struct strbuf up, local; /* of after: what the server gets, what stays here */
	bool change, goes_up;
};

struct flag_words { /* each list of keywords that was met, once */
	struct flag_word **items;
	size_t count, capacity;
};
const struct flag_word *flag_words_of(struct flag_words *words,
				      const struct store_flags *asked,
				      struct str keywords);
void flag_words_finish(struct flag_words *words);

struct flag_state { /* of one message: as shown, and what that is made of */
	unsigned flags, server, want, want_mask, local;
	const struct flag_word *words;
};

struct flag_step { /* the same for all messages that are changed alike */
	unsigned clear, set; /* of the flags shown */
	unsigned want_mask, want; /* added to what is wanted of the server */
	unsigned local; /* kept here from now on */
	unsigned new_verbs; /* \Answered, $Forwarded that were not there */
	bool flags_change, goes_up;
	bool is_plain; /* what is shown then is what was asked for */
	const struct flag_word *words;
};
/* flag_step_of() - Return: false if nothing changes */
bool flag_step_of(const struct store_flags *asked, const struct flag_state *state,
		  struct flag_step *step_r);
bool flag_step_same(const struct flag_step *a, const struct flag_step *b);

#endif
