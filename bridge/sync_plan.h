/*
 * Decisions of sync, apart from all I/O: pure functions, tested by tables in
 * tests/unit/sync/test_plan.c.
 */
#ifndef BRIDGE_SYNC_PLAN_H
#define BRIDGE_SYNC_PLAN_H

#include "bridge/journal.h"
#include "bridge/remote.h"

/* ---- a page of changes ----------------------------------------------------------------
 */

/* Each id once, with what its last change says; borrowed from the changes. */
struct sync_page {
	const char **read_ids; /* to be read from the server: created or changed */
	size_t read_count;
	const char **deleted_ids;
	size_t deleted_count;
	const char **seen_ids; /* only the read flag changed */
	bool *seen_values;
	size_t seen_count;
};
/*
 * sync_plan_page() - fold a page: the last change of an id wins, except that a read flag
 * after a change is part of what will be read anyway
 */
void sync_plan_page(const struct remote_changes *changes, struct sync_page *page_r);
void sync_page_finish(struct sync_page *page);

/* ---- which folder next ----------------------------------------------------------------
 */

struct sync_candidate {
	enum box_use use;
	enum box_kind kind;
	bool dirty; /* something happened there, or it was never looked at */
	int64_t not_before_ms; /* after a failure, monotonic clock; 0: any time */
	int64_t rest_until_ms; /* after a round, monotonic clock; 0: any time */
	int64_t news_ms; /* when something happened last, monotonic clock */
	bool complete; /* its index is complete */
};
/*
 * sync_plan_next() - index of the folder to look at now, -1: none
 * Inbox first; then folders already complete (their news are short); then the default
 * calendar; then the others, newest news first.
 * @due_ms_r: when none is ready, when one will be; INT64_MAX: never
 */
ptrdiff_t sync_plan_next(const struct sync_candidate *list, size_t count, int64_t now_ms,
			 int64_t *due_ms_r);

/* ---- bodies ---------------------------------------------------------------------------
 */

/* sync_plan_batch() - how many of @sizes (bytes) to ask for at once: at least one of
 * them, at most @max_count, together at most @max_bytes. */
size_t sync_plan_batch(const uint64_t *sizes, size_t count, size_t max_count,
		       uint64_t max_bytes);

/* ---- failures -------------------------------------------------------------------------
 */

/* sync_plan_reopen_ms() - wait before a stream of news that lived for @lived_ms is opened
 * again, so that one that always ends at once is no storm of requests. */
int64_t sync_plan_reopen_ms(int64_t lived_ms);

/* sync_plan_backoff_ms() - wait before try number @tries + 1: what the server wishes
 * (@retry_after_s); where it has no wish (0), a second, doubling up to @max_ms. */
int64_t sync_plan_backoff_ms(unsigned tries, unsigned retry_after_s, int64_t max_ms);

/* sync_plan_login_ms() - wait before try number @tries + 1 of a refused login: servers
 * lock an account that is tried too often, so few tries an hour, the first of them soon
 * because servers under load refuse too. */
int64_t sync_plan_login_ms(unsigned tries);

/* sync_plan_jitter_ms() - @wait_ms spread over three to five quarters of it, so that many
 * who failed together do not come back together. @chance: a random number. */
int64_t sync_plan_jitter_ms(int64_t wait_ms, uint32_t chance);

enum sync_fate {
	SYNC_FATE_DONE, /* nothing left to do: the goal is reached anyway */
	SYNC_FATE_RETRY, /* later */
	SYNC_FATE_SETTLE, /* later, looking first whether it was done */
	SYNC_FATE_REFUSE, /* never */
};
/* sync_plan_fate() - what becomes of a journal entry whose call failed. */
enum sync_fate sync_plan_fate(enum journal_kind kind, unsigned tries,
			      const struct remote_fail *fail);

/* ---- batches of the journal -----------------------------------------------------------
 */

/* sync_plan_group() - how many entries from the first go up in one request. */
size_t sync_plan_group(const struct journal_entry *entries, size_t count, size_t max);

/* ---- sending --------------------------------------------------------------------------
 */

/* sync_plan_listed() - is @address in @list (a line feed after each)? Without regard to
 * ASCII case. */
bool sync_plan_listed(struct str list, struct str address);

/*
 * sync_plan_bcc() - recipients of the envelope that no header names
 * @recipients: a line feed after each; @named: those of To and Cc, likewise
 * Compares without regard to ASCII case. @bcc: a line feed after each.
 */
void sync_plan_bcc(struct str recipients, struct str named, struct strbuf *bcc);

#endif
