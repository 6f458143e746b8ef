/*
 * SEARCH: RFC 3501 section 6.4.4. The keys are a tree, and a message is tried with as
 * little as decides it: first what the index holds, then its header, then its octets.
 * Pure; the command reads the store.
 */
#ifndef IMAPFRONT_IMAP_SEARCH_H
#define IMAPFRONT_IMAP_SEARCH_H

#include "bridge/mime/structure.h"
#include "bridge/store_text.h"
#include "imapfront/imap/reader.h"

#define IMAP_SEARCH_KEYS_MAX 1000
#define IMAP_SEARCH_DEPTH_MAX 50

enum imap_search_kind {
	IMAP_SEARCH_AND, /* of the children: none is ALL */
	IMAP_SEARCH_OR,
	IMAP_SEARCH_NOT,
	IMAP_SEARCH_RECENT,
	IMAP_SEARCH_NEW, /* \Recent and not \Seen */
	IMAP_SEARCH_SEQS,
	IMAP_SEARCH_UIDS,
	IMAP_SEARCH_SAVED, /* "$" */
	IMAP_SEARCH_FLAG,
	IMAP_SEARCH_KEYWORD,
	IMAP_SEARCH_LARGER,
	IMAP_SEARCH_SMALLER,
	IMAP_SEARCH_MODSEQ, /* RFC 7162 section 3.1.5 */
	IMAP_SEARCH_BEFORE,
	IMAP_SEARCH_ON,
	IMAP_SEARCH_SINCE,
	IMAP_SEARCH_SAVED_BEFORE, /* RFC 8514 */
	IMAP_SEARCH_SAVED_ON,
	IMAP_SEARCH_SAVED_SINCE,
	IMAP_SEARCH_EMAIL_ID, /* RFC 8474 */
	IMAP_SEARCH_THREAD_ID,
	IMAP_SEARCH_OLDER, /* RFC 5032 */
	IMAP_SEARCH_YOUNGER,
	IMAP_SEARCH_SENT_BEFORE,
	IMAP_SEARCH_SENT_ON,
	IMAP_SEARCH_SENT_SINCE,
	IMAP_SEARCH_HEADER,
	IMAP_SEARCH_BODY,
	IMAP_SEARCH_TEXT,
};

struct imap_search_key {
	enum imap_search_kind kind;
	struct imap_search_key *child, *next;
	struct imap_set set;
	unsigned flag;
	uint64_t number; /* size, mod-sequence, thread */
	int64_t day; /* since 1970 */
	struct str field; /* name of a header field */
	struct str text; /* folded by mime_fold(); a keyword's raw name */
	struct store_text_hits *hits; /* what may hold it; NULL: was not asked */
};

struct imap_search {
	struct imap_search_key *root;
	bool modseq; /* there is a MODSEQ key: answer with the highest one */
	bool bad_charset; /* answer NO [BADCHARSET], the keys were not read */
};

/* ["CHARSET" SP astring SP] search-key *(SP search-key) */
MUST_CHECK bool imap_search_parse(struct imap_reader *in, struct imap_search *search_r,
				  struct err *err);

/* imap_search_parse_in() - charset SP search-key *(SP search-key): SORT, THREAD */
MUST_CHECK bool imap_search_parse_in(struct imap_reader *in, struct imap_search *search_r,
				     struct err *err);

/* imap_search_resolve() - put numbers in place of "*" in all sets, once */
void imap_search_resolve(struct imap_search *search, uint32_t last_seq,
			 uint32_t last_uid);

enum imap_found { IMAP_FOUND_NO, IMAP_FOUND_YES, IMAP_FOUND_UNKNOWN };

struct imap_candidate {
	uint32_t seq;
	bool recent;
	const struct store_msg *msg;
	bool columns; /* what imap_search_want() says is in msg */
	struct str header; /* .p NULL: not read */
	const struct store_text *text; /* from the index; NULL: not read */
	const struct mime_tree *tree; /* NULL: not read */
	const struct store_uid_list *saved; /* "$", ascending */
	int64_t now_unix_s;
};
/* imap_search_try() - UNKNOWN: needs the header, or if that is here, text or tree. */
enum imap_found imap_search_try(const struct imap_search *search,
				const struct imap_candidate *candidate);
/* imap_search_want() - columns that the keys look at (enum store_want) */
unsigned imap_search_want(const struct imap_search *search);
/* imap_search_ask_index() - fill in the hits of keys, as many as a few. */
void imap_search_ask_index(struct imap_search *search, struct store *store);
void imap_search_forget_index(struct imap_search *search);
/* imap_search_wants_text() - is there a BODY or TEXT key? */
bool imap_search_wants_text(const struct imap_search *search);

#endif
