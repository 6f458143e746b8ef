/* Items: what changed, read, create, change, delete, move, copy, send. */
#ifndef EWS_ITEM_H
#define EWS_ITEM_H

#include "base/strbuf.h"
#include "ews/account.h"
#include "ews/content.h"
#include "ews/folder.h"
#include "ews/types.h"

/*
 * Batches answer for each id by itself: a function returns true when the request as a
 * whole was answered, and then each entry has its own status. Entries whose status says
 * retry (EWS_CODE_BATCH_STOPPED, EWS_CODE_NO_ANSWER, ...) were not processed: ask again
 * later. A batch may be of any length: it goes out in requests of a size that the server
 * bears, and what it leaves unprocessed is asked for again. When a later one of them
 * fails, a read fails as a whole; a move or copy returns true, and the entries that are
 * not done have EWS_CODE_BATCH_STOPPED, or EWS_CODE_NO_ANSWER when nobody knows.
 */

/* --- SyncFolderItems --------------------------------------------------------------- */

#define EWS_SYNC_MAX 512 /* changes a page, the schema's limit */

struct ews_item_change {
	enum ews_change change;
	enum ews_item_type type; /* of created and updated ones */
	struct ews_id id;
	bool is_read; /* with EWS_READ_FLAG */
};

struct ews_item_changes {
	struct ews_arena arena;
	struct ews_item_change *list; /* apply in order; an id may come twice */
	size_t count;
	char *sync_state; /* opaque, hundreds of kB are possible */
	bool last; /* false: call again with the new state, even after an empty page */
};
void ews_item_changes_finish(struct ews_item_changes *changes);

/*
 * ews_item_sync() - SyncFolderItems, ids only
 * @sync_state: NULL for the first time
 * @max:        changes wanted, 1..EWS_SYNC_MAX
 * Errors: ERR_STATE with EWS_CODE_INVALID_SYNC_STATE: list again and match rows;
 * ERR_NOT_FOUND folder is gone.
 */
MUST_CHECK bool ews_item_sync(struct ews_conn *conn, const struct ews_folder_ref *folder,
			      const char *sync_state, uint32_t max,
			      struct ews_item_changes *out, struct err *err);

/* --- FindItem ---------------------------------------------------------------------- */

enum ews_find_order { EWS_FIND_ANY, EWS_FIND_OLDEST_FIRST, EWS_FIND_NEWEST_FIRST };

enum ews_filter_op {
	EWS_FILTER_AND, /* of list; so is OR */
	EWS_FILTER_OR,
	EWS_FILTER_NOT, /* of list[0] */
	EWS_FILTER_EXISTS,
	EWS_FILTER_EQUAL, /* field or property against value */
	EWS_FILTER_NOT_EQUAL,
	EWS_FILTER_GREATER,
	EWS_FILTER_GREATER_EQUAL,
	EWS_FILTER_LESS,
	EWS_FILTER_LESS_EQUAL,
	EWS_FILTER_CONTAINS, /* value somewhere in the text, whatever the case */
	EWS_FILTER_PREFIX, /* the text begins so, whatever the case */
	EWS_FILTER_NO_BITS /* none of the bits of value, a decimal number */
};

/* A search expression; nested at most EWS_FILTER_DEPTH deep. */
#define EWS_FILTER_DEPTH 8
struct ews_filter {
	enum ews_filter_op op;
	const char *field; /* "item:Subject"; NULL: */
	const struct ews_property *property; /* this one */
	const char *value; /* as on the wire */
	const struct ews_filter *list;
	size_t count;
};

struct ews_find {
	const struct ews_property *property; /* NULL: every item */
	const char *value; /* NULL: the property exists; else it equals this text */
	const struct ews_filter
		*filter; /* NULL: none; instead of @property's condition */
	const char *query; /* AQS, "subject:plan from:bob"; not with the others */
	bool associated; /* the hidden items of the folder instead */
	enum ews_find_order order; /* by DateTimeReceived */
	uint32_t offset;
	uint32_t max; /* 1..1000; with a property servers stop at 250 in all */
};

struct ews_found {
	enum ews_item_type type;
	struct ews_id id;
	char *parent_id; /* ParentFolderId */
	char *search_key; /* PidTagSearchKey 0x300B as base64 */
	char *property; /* value of ews_find.property, as on the wire */
};

struct ews_found_items {
	struct ews_arena arena;
	struct ews_found *list;
	size_t count;
	bool last;
	uint32_t next_offset;
	int64_t total; /* TotalItemsInView, -1: not told */
};
void ews_found_items_finish(struct ews_found_items *found);

/* ews_item_find() - FindItem, one page of one folder. Errors: ERR_NOT_FOUND folder. */
MUST_CHECK bool ews_item_find(struct ews_conn *conn, const struct ews_folder_ref *folder,
			      const struct ews_find *find, struct ews_found_items *out,
			      struct err *err);

/* --- GetItem: the index of a mail folder ------------------------------------------- */

enum ews_importance { EWS_IMPORTANCE_NORMAL, EWS_IMPORTANCE_LOW, EWS_IMPORTANCE_HIGH };
enum ews_flag_status { EWS_FLAG_NONE, EWS_FLAG_FLAGGED, EWS_FLAG_COMPLETE };

/* PidTagMessageFlags 0x0E07, PidTagLastVerbExecuted 0x1081, PidTagIconIndex 0x1080. */
#define EWS_MSGFLAG_READ 0x1
#define EWS_MSGFLAG_UNSENT 0x8
#define EWS_VERB_REPLY 102
#define EWS_VERB_REPLY_ALL 103
#define EWS_VERB_FORWARD 104
#define EWS_ICON_REPLIED 261
#define EWS_ICON_FORWARDED 262

struct ews_item {
	struct ews_status status;
	enum ews_item_type type;
	struct ews_id id;
	char *parent_id;
	char *item_class;
	char *subject;
	char *message_id; /* InternetMessageId, with its angle brackets */
	char *references;
	char *in_reply_to;
	struct ews_mailboxes from, sender, to, cc, bcc,
		reply_to; /* from, sender: 0 or 1 */
	struct ews_texts categories;
	int64_t size_bytes; /* in the store, not the MIME's size; -1: not told */
	int64_t received_unix, sent_unix, created_unix, modified_unix;
	int64_t delivered_unix; /* 0x0E06 */
	int64_t submitted_unix; /* 0x0039 */
	bool is_read, is_draft, has_attachments, hidden;
	enum ews_importance importance;
	enum ews_flag_status flag;
	int64_t message_flags; /* 0x0E07; -1: not told; so with the next three */
	int64_t article_number; /* 0x0E23 */
	int64_t last_verb; /* 0x1081 */
	int64_t icon_index; /* 0x1080 */
	char *search_key; /* 0x300B, base64 */
	char *transport_headers; /* 0x007D, raw header text */
	char *conversation_id; /* opaque; NULL: not told */
	char *mark; /* the caller's property, as on the wire */
};

struct ews_items {
	struct ews_arena arena;
	struct ews_item *list; /* one for each id of the request, in its order */
	size_t count;
};
void ews_items_finish(struct ews_items *items);

/*
 * ews_item_get() - GetItem: what an index of mail needs, without bodies
 * @mark: a property of the caller's to be read too, or NULL
 */
MUST_CHECK bool ews_item_get(struct ews_conn *conn, const struct ews_ref *refs,
			     size_t count, const struct ews_property *mark,
			     struct ews_items *out, struct err *err);

/* --- FindItem: the index of a mail folder, page by page ---------------------------- */

struct ews_item_list {
	struct ews_arena arena;
	struct ews_item *list; /* newest first; without status, recipients, header text */
	size_t count;
	bool last;
	uint32_t next_offset; /* of the page behind this one */
	int64_t total; /* items in the folder, -1: not told */
};
void ews_item_list_finish(struct ews_item_list *list);

/*
 * ews_item_list() - FindItem with what an index needs, newest first
 * @mark:   as ews_item_get()
 * @offset: of the first item; the folder may change between pages
 * @max:    1..1000; servers may give fewer: go on at next_offset until last
 * Errors: ERR_NOT_FOUND folder.
 */
MUST_CHECK bool ews_item_list(struct ews_conn *conn, const struct ews_folder_ref *folder,
			      const struct ews_property *mark, uint32_t offset,
			      uint32_t max, struct ews_item_list *out, struct err *err);

/* --- GetItem: MIME ----------------------------------------------------------------- */

#define EWS_MIME_MAX_BYTES (150u * 1024 * 1024)

struct ews_mime {
	struct ews_status status; /* EWS_CODE_NO_MIME: use ews_item_get_content() */
	struct ews_id id;
	struct strbuf mime; /* decoded octets as the server made them */
};

struct ews_mimes {
	struct ews_arena arena;
	struct ews_mime *list;
	size_t count;
};
void ews_mimes_finish(struct ews_mimes *mimes);

struct ews_fetched_item {
	struct ews_status status; /* EWS_CODE_NO_MIME: use ews_item_get_content() */
	struct ews_id id;
	uint64_t size_bytes; /* octets that went into the sink */
};

struct ews_fetched {
	struct ews_arena arena;
	struct ews_fetched_item *list; /* one for each id of the request, in its order */
	size_t count;
};
void ews_fetched_finish(struct ews_fetched *fetched);

/*
 * ews_item_fetch_mime() - GetItem with MimeContent, decoded into sinks as it arrives
 * @sinks: one for each id; what they hold is whole when the item's status is OK
 * An item over EWS_MIME_MAX_BYTES has status EWS_CODE_TOO_LARGE, one whose sink fails has
 * the sink's error; the others are whole. Success without MimeContent is told as
 * EWS_CODE_NO_MIME. Memory: a few hundred kB, whatever the size.
 */
MUST_CHECK bool ews_item_fetch_mime(struct ews_conn *conn, const struct ews_ref *refs,
				    size_t count, const struct ews_sink *sinks,
				    struct ews_fetched *out, struct err *err);

/*
 * ews_item_get_mime() - the same into memory
 * Ask for items of together some 5 MB at once.
 */
MUST_CHECK bool ews_item_get_mime(struct ews_conn *conn, const struct ews_ref *refs,
				  size_t count, struct ews_mimes *out, struct err *err);

/* --- GetItem: parts of an item that has no MIME --------------------------------------
 */

enum ews_attachment_type {
	EWS_ATTACHMENT_FILE,
	EWS_ATTACHMENT_ITEM,
	EWS_ATTACHMENT_REFERENCE
};

struct ews_attachment {
	enum ews_attachment_type type;
	char *id;
	char *name;
	char *content_type;
	char *content_id;
	int64_t size_bytes; /* -1: not told */
	bool is_inline;
	char *url; /* of references */
};

struct ews_content {
	struct ews_item item; /* as ews_item_get() gives it, with the status */
	char *text; /* TextBody; NULL when there is none */
	char *body; /* in the item's own format */
	bool body_is_html;
	struct ews_attachment *attachments;
	size_t attachment_count;
};

struct ews_contents {
	struct ews_arena arena;
	struct ews_content *list;
	size_t count;
};
void ews_contents_finish(struct ews_contents *contents);

/* ews_item_get_content() - GetItem: headers, bodies and the list of attachments. */
MUST_CHECK bool ews_item_get_content(struct ews_conn *conn, const struct ews_ref *refs,
				     size_t count, struct ews_contents *out,
				     struct err *err);

struct ews_attachment_content {
	struct ews_arena arena;
	struct ews_attachment attachment;
	char *item_subject; /* of item attachments */
	struct strbuf
		content; /* file: its bytes; item: its MIME when the server has it */
};
void ews_attachment_content_finish(struct ews_attachment_content *content);

/*
 * ews_attachment_get() - GetAttachment, one
 * Errors: ERR_NOT_FOUND; ERR_LIMIT over EWS_MIME_MAX_BYTES.
 */
MUST_CHECK bool ews_attachment_get(struct ews_conn *conn, const char *attachment_id,
				   struct ews_attachment_content *out, struct err *err);

/*
 * ews_attachment_fetch() - the same, its content decoded into @sink as it arrives
 * @out: what is known of it; its content stays empty
 */
MUST_CHECK bool ews_attachment_fetch(struct ews_conn *conn, const char *attachment_id,
				     const struct ews_sink *sink,
				     struct ews_attachment_content *out, struct err *err);

struct ews_new_attachment {
	const char *name;
	const char *content_type, *content_id; /* NULL: none */
	bool is_inline, is_contact_photo;
	struct ews_source content;
};

/*
 * ews_attachment_create() - CreateAttachment: files, in one request; never repeated
 * @out: an entry for each: the attachment's id, and as its change_key the ChangeKey that
 *       the item has from then on (the last one counts)
 */
MUST_CHECK bool ews_attachment_create(struct ews_conn *conn, const struct ews_ref *parent,
				      const struct ews_new_attachment *list, size_t count,
				      struct ews_id_results *out, struct err *err);
/* ews_attachment_delete() - DeleteAttachment. @out: id and new ChangeKey of the item. */
MUST_CHECK bool ews_attachment_delete(struct ews_conn *conn, const char *const *ids,
				      size_t count, struct ews_id_results *out,
				      struct err *err);

/* --- ExportItems, UploadItems ------------------------------------------------------ */

/* ews_item_export() - ExportItems: an opaque stream that keeps every property. */
MUST_CHECK bool ews_item_export(struct ews_conn *conn, const struct ews_ref *refs,
				size_t count, const struct ews_sink *sinks,
				struct ews_fetched *out, struct err *err);

struct ews_upload {
	const char *folder_id; /* no distinguished name is possible here */
	struct ews_ref replaces; /* id NULL: a new item */
	bool is_associated;
	struct ews_source data; /* as exported */
};

/* ews_item_upload() - UploadItems; never repeated. @out: the items' ids. */
MUST_CHECK bool ews_item_upload(struct ews_conn *conn, const struct ews_upload *uploads,
				size_t count, struct ews_id_results *out,
				struct err *err);

/* --- CreateItem -------------------------------------------------------------------- */

struct ews_create {
	struct ews_folder_ref folder; /* where it is saved */
	struct str mime; /* whole message */
	const struct ews_source *source; /* or this, streamed; then @mime is ignored */
	bool is_read;
	/*
	 * PidTagMessageFlags 0x0E07: EWS_MSGFLAG_READ and EWS_MSGFLAG_UNSENT (draft), or
	 * -1 to leave it to the server, which makes a draft. Settable only here.
	 */
	int message_flags;
	int64_t delivered_unix; /* 0x0E06, what clients see as received; EWS_TIME_NONE */
	int64_t submitted_unix; /* 0x0039; EWS_TIME_NONE */
	enum ews_flag_status flag;
	enum ews_importance importance; /* NORMAL: left to the MIME */
	const char *const *categories;
	size_t category_count;
	/* Recipients of the envelope that no header of the MIME names. */
	const char *const *bcc;
	size_t bcc_count;
	const struct ews_property_value *properties; /* the caller's mark and the like */
	size_t property_count;
};

/*
 * ews_item_create() - CreateItem with MIME, saved and not sent; never repeated
 * @out: one entry with the new id
 * Errors: ERR_SYNTAX bad MIME; ERR_LIMIT too large or over quota; ERR_NOT_FOUND folder;
 * ERR_DENIED. After a failure look at ews_conn_last()->outcome_unknown.
 */
MUST_CHECK bool ews_item_create(struct ews_conn *conn, const struct ews_create *create,
				struct ews_id_results *out, struct err *err);

/* --- UpdateItem -------------------------------------------------------------------- */

/* Which fields of struct ews_update are meant. */
enum {
	EWS_SET_IS_READ = 1,
	EWS_SET_FLAG = 2,
	EWS_SET_CATEGORIES = 4, /* none: the field is deleted */
	EWS_SET_LAST_VERB = 8, /* 0: the property is deleted */
	EWS_SET_ICON_INDEX = 16, /* 0: the property is deleted */
	EWS_SET_PROPERTY = 32 /* value NULL: the property is deleted */
};

struct ews_update {
	struct ews_ref ref; /* change key not needed: AlwaysOverwrite */
	enum ews_item_type type; /* EWS_ITEM_OTHER: taken as a message */
	unsigned set; /* EWS_SET_*; at least one */
	bool is_read;
	enum ews_flag_status flag;
	const char *const *categories;
	size_t category_count;
	int last_verb;
	int icon_index;
	struct ews_property_value property;
};

/*
 * ews_item_update() - UpdateItem on several items, each with its own changes
 * Never sends a read receipt or an update of a meeting; overwrites.
 */
MUST_CHECK bool ews_item_update(struct ews_conn *conn, const struct ews_update *updates,
				size_t count, struct ews_id_results *out,
				struct err *err);

/* --- DeleteItem, MoveItem, CopyItem, SendItem -------------------------------------- */

/*
 * ews_item_delete() - DeleteItem; no cancellation, no read receipt is sent
 * EWS_CODE_ITEM_NOT_FOUND of an entry mostly means that it is done already.
 */
MUST_CHECK bool ews_item_delete(struct ews_conn *conn, const struct ews_ref *refs,
				size_t count, enum ews_delete how,
				struct ews_id_results *out, struct err *err);

/*
 * ews_item_move(), ews_item_copy() - MoveItem, CopyItem; never repeated
 * @out: new ids (NULL when the server told none, e.g. across mailboxes)
 * After a failure look at ews_conn_last()->outcome_unknown.
 */
MUST_CHECK bool ews_item_move(struct ews_conn *conn, const struct ews_ref *refs,
			      size_t count, const struct ews_folder_ref *to,
			      struct ews_id_results *out, struct err *err);
MUST_CHECK bool ews_item_copy(struct ews_conn *conn, const struct ews_ref *refs,
			      size_t count, const struct ews_folder_ref *to,
			      struct ews_id_results *out, struct err *err);

/*
 * ews_item_mark_junk() - MarkAsJunk: block or unblock the senders; Exchange 2013
 * @move: also move them to Junk E-mail, or back to the Inbox
 * @out:  new ids of those that moved, else NULL
 */
MUST_CHECK bool ews_item_mark_junk(struct ews_conn *conn, const struct ews_ref *refs,
				   size_t count, bool is_junk, bool move,
				   struct ews_id_results *out, struct err *err);

/*
 * ews_item_send() - SendItem: send a draft; never repeated
 * @draft:   with its current ChangeKey (mandatory)
 * @save_to: where the sent copy goes; NULL keeps none
 * Errors: ERR_NOT_FOUND it is no draft any more (perhaps sent); ERR_DENIED may not send
 * so; ERR_STATE stale ChangeKey; ERR_SYNTAX recipients; ERR_LIMIT quota, size. After a
 * failure look at ews_conn_last()->outcome_unknown.
 */
MUST_CHECK bool ews_item_send(struct ews_conn *conn, const struct ews_ref *draft,
			      const struct ews_folder_ref *save_to, struct err *err);

#endif
