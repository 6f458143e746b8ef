/*
 * The journal: changes on their way up, in the ledger. Entries name local rows, because
 * server ids change; they wait for the entries that create their folder or item. Storage
 * is in bridge/store_journal.c, what each kind does to the server in bridge/sync_up*.c.
 *
 * A mark is a random text that goes on an item as a named property, so that a lost answer
 * to CreateItem is settled by looking for it (architecture: Writing).
 */
#ifndef BRIDGE_JOURNAL_H
#define BRIDGE_JOURNAL_H

#include "bridge/store.h"

enum journal_kind {
	JOURNAL_FLAGS, /* msg: flags and keywords as they are now */
	JOURNAL_APPEND, /* msg into box */
	JOURNAL_COPY, /* msg (new row) made from from_item_id into box */
	JOURNAL_MOVE, /* msg (new row) is the old item moved into box */
	JOURNAL_EXPUNGE, /* item_id: soft-delete */
	JOURNAL_BOX_CREATE, /* box */
	JOURNAL_BOX_RENAME, /* box: to its present name and parent */
	JOURNAL_BOX_DELETE, /* box (hidden from fronts already) */
	JOURNAL_SEND, /* outbox message */
};

struct journal_entry {
	int64_t id;
	int64_t group; /* what the front waits for: one command's entries share it */
	enum journal_kind kind;
	int64_t msg_id, box_id, from_box_id;
	/* As of now, from the rows; NULL while the server does not know them. COPY and
	 * MOVE: of the source, in from_box; from journal_step() SEND: of the draft,
	 * BOX_DELETE: the folder's parent before the first try, BOX_CREATE: parent and
	 * name of the first try. */
	char *item_id, *change_key;
	char *box_remote_id, *from_box_remote_id, *parent_remote_id;
	char *name; /* of the box */
	struct strbuf search_key;
	unsigned flags; /* wanted now */
	unsigned flags_changed; /* which of MSG_FLAGS_UP to write */
	bool keywords_changed;
	char *keywords;
	bool newest_verb_is_forward;
	int64_t internal_unix_s;
	char *mark; /* random, made with the entry */
	unsigned tries;
	unsigned step; /* of a change in several steps (SEND: 0 new, 1 draft exists) */
	unsigned refused_code; /* see journal_refusal_note() */
	char *why; /* of the last retry or of that */
	char *from, *recipients; /* SEND: envelope */
	char *message_id;
};
struct journal_entries {
	struct journal_entry *items;
	size_t count;
};
void journal_entries_finish(struct journal_entries *entries);

/*
 * journal_ready() - entries that can go up now, oldest first, at most @limit
 * Left out: not due yet (retry later), waiting for an earlier entry of their message or
 * folder. Flag changes of one message are folded into one entry.
 * @next_due_unix_ms_r: when to look again if nothing is published, INT64_MAX: never
 */
MUST_CHECK bool journal_ready(struct store *s, size_t limit,
			      struct journal_entries *entries_r,
			      int64_t *next_due_unix_ms_r, struct err *err);
/* Octets of an APPEND or SEND entry. */
MUST_CHECK bool journal_mime(struct store *s, int64_t entry_id, struct strbuf *mime,
			     struct err *err);
/* A non-idempotent call is about to begin (or, @step, a part of it is done): durable. */
MUST_CHECK bool journal_step(struct store *s, int64_t entry_id, unsigned step,
			     const char *item_id, const char *change_key,
			     struct err *err);

struct journal_result { /* what the server now calls it; NULL: unchanged */
	const char *item_id, *change_key, *box_remote_id;
	unsigned flags_done; /* FLAGS: as they were sent, to see whether they changed
				since */
	bool flags_unknown; /* APPEND: an earlier try made it, with what was wanted then
			     */
	bool elsewhere; /* APPEND, COPY: made, and moved to another folder by somebody
			 * since
			 */
	int64_t done_unix_ms; /* store_stamp_ms() */
};
/* Done: rows get their ids; the entry goes; verdicts and NOTIFY_JOURNAL are published. */
MUST_CHECK bool journal_done(struct store *s, const struct journal_entry *entry,
			     const struct journal_result *result, struct err *err);
/* Temporary trouble: try again not before @due_unix_ms. */
MUST_CHECK bool journal_retry(struct store *s, int64_t entry_id, int64_t due_unix_ms,
			      const char *why, struct err *err);
/* The server refuses for good, and something is to be done there before
 * journal_refused(): durable; the entry comes again at @step with the code and text. */
MUST_CHECK bool journal_refusal_note(struct store *s, int64_t entry_id, unsigned step,
				     const struct err *why, struct err *err);

struct journal_refusal {
	const struct err *why; /* becomes the verdict, code and text */
	bool told; /* a front still waits and gives the NO to its client, who keeps the
		    * content */
	bool source_gone; /* COPY, MOVE: somebody deleted the original meanwhile */
	struct str report; /* SEND: a message for the Inbox that carries the content;
			    * .p NULL: none */
};
/*
 * Refused for good: the effect is taken back (flags as on the server, the message back to
 * its folder, the folder gone or named as before), a notice tells of it. Content is kept:
 * an APPEND or SEND that nobody is told about goes to the local folder "Recovered", and
 * so does a copy whose original is gone; what was copied or moved on from it goes up by
 * itself. All in one transaction. Where the entry asks for something else by now than
 * @entry did, nothing is done: it is ready, and the server is asked anew.
 */
MUST_CHECK bool journal_refused(struct store *s, const struct journal_entry *entry,
				const struct journal_refusal *refusal, struct err *err);
/* SEND: perhaps it was sent, and perhaps not. It is never sent again; the message is kept
 * in "Recovered", a notice tells @why, and whoever waits hears of success. */
MUST_CHECK bool journal_unsure(struct store *s, const struct journal_entry *entry,
			       const char *why, struct err *err);

/* ---- copies: what a lost answer has made ----------------------------------------------
 * COPY: items with the content of @entry, known by search key, else by Message-ID. */

/* journal_copies_count() - how many there are on the server, as far as the ledger knows;
 * @others_r: another COPY of the same is pending. */
MUST_CHECK bool journal_copies_count(struct store *s, const struct journal_entry *entry,
				     size_t *count_r, bool *others_r, struct err *err);
/* journal_copy_known() - @item_id was there before the entry, or another change of ours,
 * that does not build on it, made it. */
MUST_CHECK bool journal_copy_known(struct store *s, const struct journal_entry *entry,
				   const char *item_id, bool *known_r, struct err *err);

/* ---- verdicts, for account_verdict_wait()
 * ------------------------------------------------- */

enum journal_verdict { JOURNAL_PENDING, JOURNAL_DONE, JOURNAL_REFUSED };
/* Of all entries of a group; @why gets the refusal's code and text. */
MUST_CHECK bool journal_verdict(struct store *s, int64_t group,
				enum journal_verdict *verdict_r, struct err *why,
				struct err *err);

#endif
