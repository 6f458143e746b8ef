/* One IMAP session between commands, and what the commands have in common. */
#ifndef IMAPFRONT_IMAP_CLIENT_H
#define IMAPFRONT_IMAP_CLIENT_H

#include "imapfront/imap/command.h"
#include "imapfront/imap/notify.h"
#include "imapfront/imap/view.h"
#include "imapfront/session.h"

enum {
	IMAP_SLICE = 256, /* messages read from the store at once */
	IMAP_COMMAND_BYTES = 1024 * 1024, /* of one command with its literals */
	IMAP_HEADERS_WAIT_MS = 600 * 1000, /* for the headers of a whole folder */
	IMAP_BODY_WAIT_MS = 30 * 1000, /* for one body that is not here */
	IMAP_PATIENCE_MS = 15 * 1000, /* between "* OK still waiting" */
	IMAP_VERDICT_WAIT_MS = 5 * 1000,
	IMAP_INDEX_WAIT_MS = 20 * 1000, /* SELECT of a folder not read yet, server away */
	IMAP_WAIT_SLICE_MS = 500, /* how late a wait notices shutdown */
	IMAP_UPDATE_BYTES = 256 * 1024 *
			    1024, /* untagged news at once: any real folder */
	IMAP_DONE_BYTES = 1024 * 1024, /* of a response code */
};

enum imap_then { /* what becomes of the connection after the tagged OK */
		 IMAP_THEN_NOTHING,
		 IMAP_THEN_TLS,
		 IMAP_THEN_DEFLATE,
};

struct imap_client {
	struct session *session;
	struct stream *out;
	struct store *store; /* NULL before the login */
	const struct message_labels *labels; /* of the account; NULL before the login */
	enum imap_state state;
	int64_t box_id; /* selected: with its view */
	bool read_only; /* EXAMINE, or no right to write of any kind */
	unsigned rights; /* BOX_RIGHT_* in the selected mailbox; EXAMINE: to read */
	struct imap_view view;
	struct strbuf input; /* the command; what args borrow */
	struct strbuf done; /* text of the tagged OK; empty: "NAME done" */
	struct strbuf refusal; /* text of the tagged NO in place of the error's */
	struct store_uid_list saved; /* "$" (RFC 5182), ascending */
	struct str tag; /* of the command that runs */
	struct strbuf keywords; /* told by FLAGS in this mailbox; as in message.h */
	bool condstore; /* the client knows mod-sequences: tell them (RFC 7162) */
	bool qresync; /* ENABLE QRESYNC: VANISHED in place of EXPUNGE */
	bool rev2; /* ENABLE IMAP4rev2 (RFC 9051) */
	bool utf8; /* mailbox names go as UTF-8: IMAP4rev2 or UTF8=ACCEPT */
	struct imap_notify *notify; /* NULL: never asked for */
	struct imap_context *contexts; /* searches to be kept up to date */
	uint32_t own_uid; /* of what the client has just put into the selected mailbox */
	bool changes; /* the command that runs has IMAP_CHANGES */
	enum imap_then then;
	bool bye; /* the connection ends after this command */
};

/* imap_client_capabilities() - "IMAP4rev1 ...", computed from tables (capability.c) */
void imap_client_capabilities(const struct imap_client *client, struct strbuf *out);
/* Writes "* BYE text" and ends the session. */
void imap_client_bye(struct imap_client *client, const char *text);
/* After a login: from now on the account's store. */
void imap_client_enter(struct imap_client *client);
/* imap_client_watch() - the session hears of what the client is to be told */
void imap_client_watch(struct imap_client *client);
/* Forgets the selected mailbox. */
void imap_client_deselect(struct imap_client *client);
/* For `return imap_client_refuse(client, err, "[TRYCREATE] ...")`: false. */
bool imap_client_refuse(struct imap_client *client, struct err *err, const char *text);
/*
 * imap_client_update() - tell what changed in the selected mailbox
 * A mailbox that is gone or another one by now ends the session with BYE.
 */
MUST_CHECK bool imap_client_update(struct imap_client *client, bool may_expunge,
				   struct err *err);
/*
 * imap_client_keywords() - tell by FLAGS of keywords that are new to the client
 * Goes before the response that shows them. @keywords: as in message.h, NULL: none
 */
void imap_client_keywords(struct imap_client *client, struct str keywords);
/* imap_client_flags_begin() - FLAGS of a mailbox just opened, with keywords in use */
MUST_CHECK bool imap_client_flags_begin(struct imap_client *client, struct err *err);
/* imap_client_condstore() - from now on the client is told mod-sequences; the first one
 * at once if a mailbox is open (RFC 7162 section 3.1) */
void imap_client_condstore(struct imap_client *client);
/* imap_client_claim_recent() - \Recent of what is new; sessions that only look, or that
 * do not know \Recent, leave it to others */
MUST_CHECK bool imap_client_claim_recent(struct imap_client *client, struct err *err);
/* Flags as FETCH shows them. */
unsigned imap_client_flags(const struct imap_client *client, const struct store_msg *msg);
/* The folder at @path if IMAP shows it. Errors: ERR_NOT_FOUND. */
MUST_CHECK bool imap_client_box(struct imap_client *client, struct str path,
				struct store_box *box_r, struct err *err);
/* As above for COPY, MOVE, APPEND: NO [TRYCREATE]. */
MUST_CHECK bool imap_client_target(struct imap_client *client, struct str path,
				   struct store_box *box_r, struct err *err);
/* Errors: ERR_DENIED "read-only". */
MUST_CHECK bool imap_client_writable(struct imap_client *client, struct err *err);
/* account_verdict_wait() with patience that ends at shutdown. */
MUST_CHECK bool imap_client_verdict(struct imap_client *client, int64_t entry,
				    struct err *err);
/* imap_client_patience() - "* OK [INPROGRESS ...] text" of the command that runs (RFC
 * 9585); @total 0: how far it is cannot be told */
void imap_client_patience(struct imap_client *client, uint64_t done, uint64_t total,
			  const char *text);
/*
 * imap_client_fetch() - FETCH responses of messages that the client did not ask for now
 * As the command answers, but what is not here in time is left out.
 */
MUST_CHECK bool imap_client_fetch(struct imap_client *client,
				  const struct imap_fetch *fetch, const uint32_t *uids,
				  size_t count, struct err *err);
/* account_body_wait() likewise, telling the client that we are still there. */
/* imap_client_headers() - wait for the headers of @uids, flushing what is answered; those
 * that cannot be had without their bodies, or in time, stay away */
void imap_client_headers(struct imap_client *client, int64_t box_id,
			 const struct store_uid_list *uids);
MUST_CHECK bool imap_client_body(struct imap_client *client, int64_t box_id, uint32_t uid,
				 struct err *err);
/* imap_client_messages() - the UIDs that a command's set names; "$" too. Errors: as
 * imap_view_select(). */
MUST_CHECK bool imap_client_messages(const struct imap_client *client,
				     struct imap_args *args,
				     struct store_uid_list *uids_r, struct err *err);
/* "[COPYUID 1 4:5 7:8] done" into @out */
void imap_client_copyuid(uint32_t uidvalidity, const struct store_uid_list *from,
			 const struct store_uid_list *to, struct strbuf *out);

#endif
