/*
 * LIST: RFC 3501 section 6.3.8, RFC 5258 (LIST-EXTENDED), RFC 5819 (STATUS), RFC 6154
 * (special use), RFC 8440 (MYRIGHTS); RFC 9051 section 6.3.9. Parsing and choosing are
 * pure.
 */
#ifndef IMAPFRONT_IMAP_LIST_H
#define IMAPFRONT_IMAP_LIST_H

#include "bridge/store.h"
#include "imapfront/imap/reader.h"

#define IMAP_LIST_PATTERNS_MAX 100

enum imap_list_option {
	/* Selection options */
	IMAP_LIST_SUBSCRIBED = 1,
	IMAP_LIST_SPECIAL_USE = 2,
	IMAP_LIST_RECURSIVE = 4,
	IMAP_LIST_REMOTE = 8, /* changes nothing here */
	/* Return options; special uses are always shown */
	IMAP_LIST_TELL_SUBSCRIBED = 16,
	IMAP_LIST_TELL_CHILDREN = 32,
	IMAP_LIST_TELL_SPECIAL_USE = 64,
	IMAP_LIST_TELL_STATUS = 128,
	IMAP_LIST_TELL_MYRIGHTS = 256,
};

struct imap_list {
	bool extended; /* options or several patterns */
	unsigned options; /* enum imap_list_option */
	unsigned status_items; /* enum imap_status_item */
	struct str reference; /* on the wire, as the patterns */
	struct str *patterns;
	size_t pattern_count;
};

MUST_CHECK bool imap_list_parse(struct imap_reader *in, struct imap_list *list_r,
				struct err *err);
/* imap_list_lsub_parse() - LSUB: a reference and one pattern */
MUST_CHECK bool imap_list_lsub_parse(struct imap_reader *in, struct imap_list *list_r,
				     struct err *err);

struct imap_list_name { /* one that LIST may show */
	struct str path;
	const struct store_box *box; /* NULL: there is no such mailbox */
	bool subscribed;
	bool has_children;
	bool chosen; /* by pattern and selection options */
	bool childinfo; /* of those below it some are subscribed and not chosen */
};
struct imap_list_names {
	struct imap_list_name *items; /* INBOX first, then by path */
	size_t count, capacity;
};
void imap_list_names_finish(struct imap_list_names *names);

/*
 * imap_list_choose() - what LIST shows
 * @boxes:      all of the account; borrowed by the names
 * @subscribed: paths, a line feed after each, sorted; borrowed
 * @utf8:       names on the wire are UTF-8, else modified UTF-7
 * Errors: ERR_LIMIT pattern too long.
 */
MUST_CHECK bool imap_list_choose(const struct imap_list *list,
				 const struct store_boxes *boxes, struct str subscribed,
				 bool utf8, struct imap_list_names *names_r,
				 struct err *err);

/* imap_list_is_shown() - does IMAP show this folder? */
bool imap_list_is_shown(const struct store_box *box);
/* imap_list_matches() - one of the patterns, put behind the reference */
bool imap_list_matches(const struct imap_list *list, struct str path, bool utf8);
/* imap_list_use() - "\Drafts", or NULL */
const char *imap_list_use(enum box_use use);
/* imap_list_write() - "* LIST (...) "/" name [extended]" with its line end */
void imap_list_write(const struct imap_list *list, const struct imap_list_name *name,
		     bool utf8, struct strbuf *out);

#endif
