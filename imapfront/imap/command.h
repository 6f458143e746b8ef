/*
 * One command: one file cmd_NAME.c, one const struct, one line in commands.c. parse is
 * pure: words in, struct imap_args out; run does no parsing.
 */
#ifndef IMAPFRONT_IMAP_COMMAND_H
#define IMAPFRONT_IMAP_COMMAND_H

#include "bridge/store.h"
#include "imapfront/imap/fetch.h"
#include "imapfront/imap/list.h"
#include "imapfront/imap/metadata.h"
#include "imapfront/imap/pool.h"
#include "imapfront/imap/reader.h"
#include "imapfront/imap/result.h"
#include "imapfront/imap/search.h"
#include "imapfront/imap/set.h"
#include "imapfront/imap/sort.h"
#include "imapfront/imap/source.h"
#include "imapfront/imap/vanished.h"

struct imap_client;

enum imap_state { /* where a command is allowed; a set */
		  IMAP_STRANGER = 1,
		  IMAP_LOGGED_IN = 2,
		  IMAP_SELECTED = 4,
		  IMAP_ANY = IMAP_STRANGER | IMAP_LOGGED_IN | IMAP_SELECTED,
		  IMAP_INSIDE = IMAP_LOGGED_IN | IMAP_SELECTED,
};

enum imap_command_flag {
	IMAP_UID_FORM = 1, /* UID COMMAND exists */
	IMAP_UID_ONLY = 2, /* a second entry, for the UID form alone */
	IMAP_KEEP_NUMBERS = 4, /* no EXPUNGE while it runs, unless in its UID form */
	IMAP_BODY_LITERAL = 8, /* parse ends before a last literal, which run streams */
	IMAP_NO_UPDATE = 16, /* no untagged news before its tagged response */
	IMAP_FOLDERS = 32, /* waits until the list of folders is here */
	IMAP_CHANGES = 64, /* its effect is told whatever NOTIFY says */
};

struct imap_args { /* what the commands' parsers fill in; each uses some */
	struct pool pool;
	bool uid; /* UID form */
	struct str mailbox, target; /* paths */
	enum box_use use; /* CREATE: wanted for the mailbox */
	bool other_use; /* CREATE: one that cannot be had was wanted */
	struct imap_list list; /* LIST, LSUB */
	struct imap_metadata metadata;
	struct imap_source *sources; /* ESEARCH; NULL: the selected mailbox */
	struct str program; /* SEARCH, ESEARCH, NOTIFY: words to be read again */
	struct str *tags; /* CANCELUPDATE */
	size_t tag_count;
	struct imap_set set;
	struct imap_fetch fetch;
	struct imap_search search;
	struct imap_results results; /* SEARCH, SORT */
	struct imap_sort sort;
	const struct imap_thread_algorithm *algorithm; /* of cmd_thread.c */
	unsigned status_items; /* enum imap_status_item */
	struct str login, password; /* LOGIN */
	struct str mechanism, initial; /* AUTHENTICATE; initial.p NULL: none */
	/* CONDSTORE (RFC 7162 section 3.1) */
	bool condstore; /* what makes a client aware of it was asked for */
	bool partial_set; /* FETCH: a page of the messages */
	struct imap_partial partial;
	bool vanished; /* FETCH: tell what is gone, too */
	struct imap_qresync qresync; /* SELECT */
	unsigned enable; /* enum imap_enable of cmd_enable.c */
	uint64_t changed_since; /* FETCH; 0: all */
	uint64_t unchanged_since; /* STORE; UINT64_MAX: whatever happened */
	/* STORE, APPEND */
	enum store_flag_op flag_op;
	bool silent;
	unsigned flags;
	struct str keywords;
	int64_t internal_unix_s; /* APPEND; INT64_MIN: now */
	uint64_t literal_bytes;
	bool literal_plus;
	bool literal_binary; /* literal8: may hold NUL octets */
	bool literal_utf8; /* within "UTF8 (...)" */
};
void imap_args_finish(struct imap_args *args);

struct imap_command {
	const char *name;
	unsigned states; /* enum imap_state */
	unsigned flags; /* enum imap_command_flag */
	/* Errors: ERR_SYNTAX, ERR_LIMIT. NULL: takes no arguments. */
	bool (*parse)(struct imap_reader *in, struct imap_args *args, struct err *err);
	/* false: the tagged response says @err (status.h). */
	bool (*run)(struct imap_client *client, struct imap_args *args, struct err *err);
	const char
		*capabilities; /* announced because of it, blanks between; NULL: none */
};

/* imap_command_find() - by name, any case; NULL: none. */
const struct imap_command *imap_command_find(struct str name, bool uid);
/* imap_command_at() - the table's rows in turn; NULL: the end */
const struct imap_command *imap_command_at(size_t index);

struct imap_line { /* the start of a command */
	struct str tag;
	struct str name;
	bool uid;
	const struct imap_command *command; /* NULL: unknown */
};
/* imap_line_parse() - tag, UID, name; @in then stands behind the name. */
MUST_CHECK bool imap_line_parse(struct imap_reader *in, struct imap_line *line_r,
				struct err *err);
/* imap_args_parse() - the rest of a command by its own parser */
MUST_CHECK bool imap_args_parse(const struct imap_line *line, struct imap_reader *in,
				struct imap_args *args, struct err *err);

#endif
