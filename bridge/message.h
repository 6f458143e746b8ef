/* Words that store, sync and fronts share about a message. */
#ifndef BRIDGE_MESSAGE_H
#define BRIDGE_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "base/strbuf.h"

/* Flags. Seen, Flagged, Answered and Forwarded go up to Exchange; the rest stays here. */
enum msg_flag {
	MSG_SEEN = 1 << 0,
	MSG_ANSWERED = 1 << 1,
	MSG_FLAGGED = 1 << 2,
	MSG_DELETED = 1 << 3, /* local */
	MSG_DRAFT = 1 << 4, /* goes up at APPEND only */
	MSG_FORWARDED = 1 << 5, /* $Forwarded */
	MSG_FLAGS_UP = MSG_SEEN | MSG_ANSWERED | MSG_FLAGGED | MSG_FORWARDED,
	MSG_FLAGS_ALL = (1 << 6) - 1,
};

/*
 * Keywords are kept as one text: raw names, each followed by a line feed, sorted
 * bytewise, e.g. "Project X\nWichtig\n". Two kinds share the list: Outlook categories,
 * and marks that clients set for themselves, which stay local
 * (message_keyword_is_local()).
 */
bool message_keyword_is_local(
	struct str name); /* $MDNSent, Junk, NonJunk, anything in $ */
/*
 * A category of Outlook that is named like such a mark ("$Budget", "Junk") is kept with
 * this octet before its name, which no name of Exchange's can have: message_category_in()
 * appends the raw name, message_category_name() gives the category's back.
 */
#define MESSAGE_CATEGORY_MARK '\1'
void message_category_in(struct str category, struct strbuf *keywords);
struct str message_category_name(struct str name);
/*
 * An item whose categories are longer than MESSAGE_CATEGORIES_BYTES together is shown
 * with this one in their place, and no change of them goes up: it would take those that
 * are not shown away.
 */
#define MESSAGE_CATEGORIES_BYTES ((size_t)32 << 10)
#define MESSAGE_CATEGORIES_MANY "TooManyCategories"

/*
 * Thunderbird's five tags are keywords $label1 to $label5; each stands for a category
 * (README: labels). NULL: none, the tag stays local.
 */
enum { MESSAGE_LABELS = 5 };
struct message_labels {
	char *categories[MESSAGE_LABELS];
};

/* Lists as above. Names are compared without regard to ASCII case, as IMAP does. */
bool message_keywords_have(struct str keywords, struct str name);
/* message_keywords_merge() - append the sorted union of @a and @b less @without. */
void message_keywords_merge(struct str a, struct str b, struct str without,
			    struct strbuf *out);
/* message_keywords_split() - append each name to the list of its kind. */
void message_keywords_split(struct str keywords, struct strbuf *categories,
			    struct strbuf *local);

enum box_use { /* special use (RFC 6154), from Exchange's distinguished folders */
	       BOX_USE_NONE,
	       BOX_USE_INBOX,
	       BOX_USE_DRAFTS,
	       BOX_USE_SENT,
	       BOX_USE_TRASH,
	       BOX_USE_JUNK,
	       BOX_USE_ARCHIVE,
	       BOX_USE_OUTBOX,
	       BOX_USE_CALENDAR, /* the default calendar */
};

/* What the account may do in a folder (Exchange's effective rights). */
enum box_right {
	BOX_RIGHT_READ = 1,
	BOX_RIGHT_INSERT = 2, /* put messages into it */
	BOX_RIGHT_FOLDERS = 4, /* make folders in it */
	BOX_RIGHT_MODIFY = 8, /* flags and categories */
	BOX_RIGHT_DELETE = 16,
	BOX_RIGHTS_WRITE = BOX_RIGHT_INSERT | BOX_RIGHT_MODIFY | BOX_RIGHT_DELETE,
	BOX_RIGHTS_ALL = 31,
};

enum box_kind { BOX_MAIL, BOX_CALENDAR, BOX_OTHER }; /* contacts, tasks, notes: OTHER */

#endif
