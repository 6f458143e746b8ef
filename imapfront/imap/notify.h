/*
 * NOTIFY (RFC 5465): what a client wants to be told without asking. The store's hub wakes
 * the session; what changed is found by comparing each mailbox with what was known of it.
 */
#ifndef IMAPFRONT_IMAP_NOTIFY_H
#define IMAPFRONT_IMAP_NOTIFY_H

#include "bridge/store.h"
#include "imapfront/imap/fetch.h"
#include "imapfront/imap/source.h"

struct imap_client;

enum imap_event {
	IMAP_EVENT_NEW = 1,
	IMAP_EVENT_EXPUNGE = 2,
	IMAP_EVENT_FLAGS = 4,
	IMAP_EVENT_NAME = 8,
	IMAP_EVENT_SUBSCRIPTION = 16,
	IMAP_EVENT_METADATA = 32, /* annotations of a mailbox */
	IMAP_EVENT_SERVER_METADATA = 64,
	IMAP_EVENTS_MESSAGE = IMAP_EVENT_NEW | IMAP_EVENT_EXPUNGE | IMAP_EVENT_FLAGS,
};

struct imap_notify_group {
	struct imap_source *sources;
	unsigned events; /* enum imap_event */
	struct imap_notify_group *next;
};
struct imap_notify_wish { /* the command's words */
	bool status; /* STATUS responses to begin with */
	bool bad_event; /* an event that is not known was asked for */
	bool has_selected, delayed; /* SELECTED, SELECTED-DELAYED */
	unsigned selected; /* events of the selected mailbox */
	bool fetches; /* of new messages in it, tell this: */
	struct imap_fetch fetch;
	struct imap_notify_group *groups; /* of other mailboxes; NULL with NONE */
};
/* "NONE" / "SET" [SP "STATUS"] 1*(SP event-group); pure */
MUST_CHECK bool imap_notify_parse(struct imap_reader *in, struct imap_notify_wish *wish_r,
				  struct err *err);

struct imap_notify; /* what a session has asked for; NULL: it has not */
void imap_notify_free(struct imap_notify *notify);

/* imap_notify_set() - from now on. Errors: ERR_STATE refused. Blocks: disk. */
MUST_CHECK bool imap_notify_set(struct imap_client *client, struct str words,
				struct err *err);

/* Events of the selected mailbox that the client wants to hear of. */
unsigned imap_notify_selected(const struct imap_client *client);
/* imap_notify_fetch() - what is to be told of new messages there; NULL: nothing */
const struct imap_fetch *imap_notify_fetch(const struct imap_client *client);
/* imap_notify_is_eager() - are there news to be told between commands? */
bool imap_notify_is_eager(const struct imap_client *client);
/* imap_notify_topic() - what to watch: of the hub's topics; 0: nothing */
int64_t imap_notify_topic(const struct imap_client *client);
/* imap_notify_news() - tell all that is new, between commands. Blocks: disk, client. */
MUST_CHECK bool imap_notify_news(struct imap_client *client, struct err *err);
/* imap_notify_others() - tell what is new in other mailboxes. Blocks: disk. */
MUST_CHECK bool imap_notify_others(struct imap_client *client, struct err *err);

/* What the session does itself is not told to it: */
void imap_notify_left(struct imap_client *client,
		      int64_t box_id); /* no longer selected */
void imap_notify_added(struct imap_client *client, int64_t box_id, size_t messages);
void imap_notify_named(struct imap_client *client, struct str path); /* it, or below */
void imap_notify_annotated(struct imap_client *client,
			   int64_t box_id); /* 0: the server */

#endif
