/* One request and its answer over HTTP. Used by op_*.c; callers of the library use those.
 */
#ifndef EWS_CALL_H
#define EWS_CALL_H

#include "ews/account.h"
#include "ews/soap_read.h"
#include "ews/soap_write.h"

enum ews_op {
	EWS_OP_CONVERT_ID,
	EWS_OP_COPY_FOLDER,
	EWS_OP_COPY_ITEM,
	EWS_OP_CREATE_ATTACHMENT,
	EWS_OP_CREATE_FOLDER,
	EWS_OP_CREATE_ITEM,
	EWS_OP_DELETE_ATTACHMENT,
	EWS_OP_DELETE_FOLDER,
	EWS_OP_DELETE_ITEM,
	EWS_OP_DELETE_QUIETLY, /* DeleteItem that says "no receipts" */
	EWS_OP_EMPTY_FOLDER,
	EWS_OP_EXPAND_DL,
	EWS_OP_EXPORT_ITEMS,
	EWS_OP_FIND_FOLDER,
	EWS_OP_FIND_ITEM,
	EWS_OP_FIND_PEOPLE,
	EWS_OP_GET_ATTACHMENT,
	EWS_OP_GET_DELEGATE,
	EWS_OP_GET_EVENTS,
	EWS_OP_GET_FOLDER,
	EWS_OP_GET_INBOX_RULES,
	EWS_OP_GET_ITEM,
	EWS_OP_GET_PERSONA,
	EWS_OP_GET_ROOM_LISTS,
	EWS_OP_GET_ROOMS,
	EWS_OP_GET_SERVER_TIME_ZONES,
	EWS_OP_GET_STREAMING_EVENTS,
	EWS_OP_GET_USER_AVAILABILITY,
	EWS_OP_GET_USER_CONFIGURATION,
	EWS_OP_GET_USER_OOF_SETTINGS,
	EWS_OP_GET_USER_PHOTO,
	EWS_OP_MARK_ALL_ITEMS_AS_READ,
	EWS_OP_MARK_AS_JUNK,
	EWS_OP_MOVE_FOLDER,
	EWS_OP_MOVE_ITEM,
	EWS_OP_RESOLVE_NAMES,
	EWS_OP_SEND_ITEM,
	EWS_OP_SET_USER_OOF_SETTINGS,
	EWS_OP_SUBSCRIBE,
	EWS_OP_SYNC_FOLDER_HIERARCHY,
	EWS_OP_SYNC_FOLDER_ITEMS,
	EWS_OP_UNSUBSCRIBE,
	EWS_OP_UPDATE_FOLDER,
	EWS_OP_UPDATE_INBOX_RULES,
	EWS_OP_UPDATE_ITEM,
	EWS_OP_UPDATE_MEETING, /* UpdateItem that tells attendees */
	EWS_OP_UPDATE_QUIETLY, /* UpdateItem that says "no receipts" */
	EWS_OP_UPLOAD_ITEMS,
	EWS_OP_COUNT
};

struct ews_op_row {
	const char *name; /* the request's element, "m:GetItem" */
	bool idempotent; /* may be sent again when the answer was lost */
	bool affinity; /* about subscriptions: wants the same back end */
	bool stream; /* the answer is many documents, and stays open */
	bool sync; /* counts as a call of sync */
	enum soap_version oldest; /* servers that know it take this version or a newer */
};
const struct ews_op_row *ews_op_row(enum ews_op op); /* the table, in ops.c */

struct ews_call {
	enum ews_op op;
	/* Writes attributes and children of the operation's element, which is open. */
	void (*write)(struct soap_writer *w, const void *context);
	/*
	 * Reads below <Op>Response; starts from an empty result, because a call may be
	 * repeated. Streams: once for each document, false ends the stream with @err,
	 * or without failure when @err stays ERR_OK.
	 */
	bool (*read)(struct soap_reader *r, void *context, struct err *err);
	const void *request;
	void *result;
};

/*
 * ews_call_run() - send, receive, retry where the operation allows it
 * Errors: see ews_folder_get() in folder.h. Blocks: network.
 */
MUST_CHECK bool ews_call_run(struct ews_conn *conn, const struct ews_call *call,
			     struct err *err);

/*
 * ews_conn_replay() - answer requests from memory instead of the network; for tests and
 * fuzzers
 * answer(): @request is the SOAP text; sets @answer_r, which must last until the next
 * request; returns the HTTP status.
 */
struct ews_replay {
	int (*answer)(void *context, struct str request, struct str *answer_r);
	void *context;
};
void ews_conn_replay(struct ews_conn *conn, struct ews_replay replay);

struct ews_account *ews_conn_account(struct ews_conn *conn);
/* ews_conn_plain() - are answers from now on to come without compression? */
void ews_conn_plain(struct ews_conn *conn, bool plain);

/* ews_conn_note() - remember why a call with one message failed, for ews_conn_last().
 * Returns whether @status is OK, and copies its error. */
bool ews_conn_note(struct ews_conn *conn, const struct ews_status *status,
		   struct err *err);

#endif
