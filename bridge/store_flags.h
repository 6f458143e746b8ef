/*
 * A change of flags by a client, in steps: what it means for a message (pure, so that
 * many can share the answer), worked out from the rows in memory and noted in the log, or
 * carried out in the rows of the database. Only bridge/store_flags*.c includes this.
 */
#ifndef BRIDGE_STORE_FLAGS_H
#define BRIDGE_STORE_FLAGS_H

#include "bridge/store_internal.h"

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
	bool keywords_up; /* what the server gets of the keywords is another list */
	bool is_plain; /* what is shown then is what was asked for */
	const struct flag_word *words;
};
/* flag_step_of() - Return: false if nothing changes */
bool flag_step_of(const struct store_flags *asked, const struct flag_state *state,
		  struct flag_step *step_r);
bool flag_step_same(const struct flag_step *a, const struct flag_step *b);

struct flag_range {
	int64_t first, last; /* ids of rows */
};

/* flag_range_put() - the rows of these ids, which all exist, and their journal entries */
MUST_CHECK bool flag_range_put(struct store_tx *tx, struct flag_range range,
			       const struct flag_step *step, uint64_t modseq,
			       struct err *err);

/*
 * flag_log_add() - note what all of @ranges have in common, in the place of
 * flag_range_put(); the log is never long
 */
MUST_CHECK bool flag_log_add(struct store_tx *tx, int64_t box_id, uint64_t modseq,
			     const struct flag_step *step,
			     const struct flag_range *ranges, size_t count,
			     struct err *err);
/* flag_log_stamp() - as tx_stamp(), for a change that goes into the log. */
MUST_CHECK bool flag_log_stamp(struct store_tx *tx, int64_t box_id, uint64_t *before_r,
			       uint64_t *modseq_r, struct err *err);

/* flags_by_rows() - the change from what is in memory, into the log. *done_r: false:
 * memory does not say enough, and nothing was done. */
struct flag_change {
	struct store_tx *tx;
	const struct store_flags *asked;
	int64_t box_id;
	bool local; /* the folder never goes up */
	const uint32_t *uids;
	size_t count;
};
MUST_CHECK bool flags_by_rows(const struct flag_change *change,
			      struct store_flags_result *result, bool *done_r,
			      struct err *err);

#endif
