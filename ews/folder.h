/* Folders: read, list, create, rename, move, delete, and what changed. */
#ifndef EWS_FOLDER_H
#define EWS_FOLDER_H

#include "ews/account.h"
#include "ews/types.h"

/* EffectiveRights as bits; EWS_RIGHTS_KNOWN is set when the server told them. */
enum {
	EWS_RIGHT_READ = 1,
	EWS_RIGHT_CREATE_CONTENTS = 2,
	EWS_RIGHT_CREATE_FOLDERS = 4,
	EWS_RIGHT_MODIFY = 8,
	EWS_RIGHT_DELETE = 16,
	EWS_RIGHT_VIEW_PRIVATE = 32,
	EWS_RIGHTS_KNOWN = 64
};

struct ews_folder {
	struct ews_status status; /* GetFolder: of this folder; elsewhere always OK */
	enum ews_folder_type type;
	struct ews_id id;
	char *parent_id;
	char *name; /* DisplayName; may hold '/' and any other character */
	char *folder_class; /* "IPF.Note...", NULL when the folder has none */
	char *distinguished; /* DistinguishedFolderId, e.g. "sentitems"; often NULL */
	int64_t total, unread, children; /* -1: not told */
	unsigned rights; /* EWS_RIGHT_* */
	bool hidden; /* PidTagAttributeHidden 0x10F4 */
	int64_t changed_unix; /* PidTagLocalCommitTimeMax 0x670A, a cheap change probe */
	int64_t deleted_total; /* PidTagDeletedCountTotal 0x670B, likewise; -1: not told
				*/
};

struct ews_folders {
	struct ews_arena arena;
	struct ews_folder *list;
	size_t count;
	/* ews_folder_find() only: */
	bool last; /* no page after this one */
	uint32_t next_offset;
};
void ews_folders_finish(struct ews_folders *folders);

/*
 * ews_folder_get() - GetFolder: properties of several folders at once
 * @out: list has @count entries in the order of @refs; each has its own status, and those
 *       that the mailbox lacks are not OK (any code: treat as absent)
 * Distinguished names must be of Exchange 2013's list: one unknown name fails the whole
 * request with EWS_CODE_SCHEMA.
 * Blocks: network. Errors of all calls: ERR_AUTH, ERR_OFFLINE, ERR_THROTTLED, ERR_DENIED,
 * ERR_BROKEN; see also ews_conn_last().
 */
MUST_CHECK bool ews_folder_get(struct ews_conn *conn, const struct ews_folder_ref *refs,
			       size_t count, struct ews_folders *out, struct err *err);

/*
 * ews_folder_find() - FindFolder: the folders below @parent, one page
 * @max: rows wanted, 1..1000
 */
MUST_CHECK bool ews_folder_find(struct ews_conn *conn,
				const struct ews_folder_ref *parent, bool deep,
				uint32_t offset, uint32_t max, struct ews_folders *out,
				struct err *err);

enum ews_change { EWS_CREATED, EWS_UPDATED, EWS_DELETED, EWS_READ_FLAG };

struct ews_folder_change {
	enum ews_change change; /* created and updated may come for known or new ones */
	struct ews_folder folder; /* deleted: only its id */
};

struct ews_folder_changes {
	struct ews_arena arena;
	struct ews_folder_change *list; /* apply in order; children may precede parents */
	size_t count;
	char *sync_state; /* opaque, to be given to the next call */
	bool last; /* false: call again with the new state */
};
void ews_folder_changes_finish(struct ews_folder_changes *changes);

/*
 * ews_folder_sync() - SyncFolderHierarchy: what changed below @root since @sync_state
 * @root:       msgfolderroot, always the same one for one state
 * @sync_state: NULL for the first time
 * Errors: ERR_STATE with EWS_CODE_INVALID_SYNC_STATE: begin again with NULL.
 */
MUST_CHECK bool ews_folder_sync(struct ews_conn *conn, const struct ews_folder_ref *root,
				const char *sync_state, struct ews_folder_changes *out,
				struct err *err);

/*
 * ews_folder_create() - CreateFolder
 * @folder_class: "IPF.Note" for mail, "IPF.Appointment" makes a calendar, ...
 * Errors: ERR_EXISTS; ERR_NOT_FOUND parent is gone; ERR_DENIED.
 */
MUST_CHECK bool ews_folder_create(struct ews_conn *conn,
				  const struct ews_folder_ref *parent, const char *name,
				  const char *folder_class, struct ews_id_results *out,
				  struct err *err);
/* ews_folder_rename() - UpdateFolder. Errors: ERR_EXISTS, ERR_NOT_FOUND, ERR_DENIED. */
MUST_CHECK bool ews_folder_rename(struct ews_conn *conn,
				  const struct ews_folder_ref *folder, const char *name,
				  struct err *err);
/* ews_folder_move() - MoveFolder; the id stays. Errors: as rename. */
MUST_CHECK bool ews_folder_move(struct ews_conn *conn,
				const struct ews_folder_ref *folder,
				const struct ews_folder_ref *to, struct err *err);

enum ews_delete { EWS_DELETE_SOFT, EWS_DELETE_HARD, EWS_DELETE_TO_TRASH };

/*
 * ews_folder_delete() - DeleteFolder with everything below it
 * @how: EWS_DELETE_SOFT is not possible for folders
 * Errors: ERR_NOT_FOUND, ERR_DENIED (distinguished folders).
 */
MUST_CHECK bool ews_folder_delete(struct ews_conn *conn,
				  const struct ews_folder_ref *folder,
				  enum ews_delete how, struct err *err);

/*
 * ews_folder_copy() - CopyFolder with everything below it; never repeated
 * @out: one entry with the copy's id
 * Errors: ERR_EXISTS, ERR_NOT_FOUND, ERR_DENIED. See ews_conn_last()->outcome_unknown.
 */
MUST_CHECK bool ews_folder_copy(struct ews_conn *conn,
				const struct ews_folder_ref *folder,
				const struct ews_folder_ref *to,
				struct ews_id_results *out, struct err *err);

/*
 * ews_folder_empty() - EmptyFolder
 * Unread messages may cause read receipts, which its request has no word against: call
 * ews_folder_mark_read() before.
 * @subfolders_too: delete them, else their content stays as well
 * Errors: ERR_DENIED with EWS_CODE_CANNOT_EMPTY: some folders (calendars, search folders,
 * public ones) cannot be, list and delete their items then; ERR_OFFLINE with
 * EWS_CODE_TIMEOUT: large folders take several calls.
 */
MUST_CHECK bool ews_folder_empty(struct ews_conn *conn,
				 const struct ews_folder_ref *folder, enum ews_delete how,
				 bool subfolders_too, struct err *err);

/* ews_folder_mark_read() - MarkAllItemsAsRead, without read receipts; Exchange 2013. */
MUST_CHECK bool ews_folder_mark_read(struct ews_conn *conn,
				     const struct ews_folder_ref *folder, bool is_read,
				     struct err *err);

#endif
