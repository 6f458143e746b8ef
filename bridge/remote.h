/*
 * What sync needs from a groupware server: a table of functions in the terms of folders,
 * changes, items, bodies, sending and news. bridge/remote_ews*.c fills it for Exchange
 * Web Services; another protocol is another table. Sync sees nothing else of a server.
 *
 * A remote is the account on the server, shared by threads. A connection belongs to one
 * thread; only conn_stop() may be called on it from others. Every call blocks on the
 * network: callers hold no lock and no transaction. Ids and states are opaque texts.
 */
#ifndef BRIDGE_REMOTE_H
#define BRIDGE_REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "bridge/store_sync.h"
#include "ews/arena.h"
#include "ews/content.h"

/* Troubles that sync tells apart; for all others the error's code is enough. */
enum remote_problem {
	REMOTE_FINE,
	REMOTE_OTHER,
	REMOTE_STATE_REFUSED, /* list again from the beginning */
	REMOTE_ITEM_GONE,
	REMOTE_FOLDER_GONE,
	REMOTE_EXISTS, /* a folder of that name */
	REMOTE_CONFLICT, /* stale change key */
	REMOTE_HEAVY, /* too much in one request: ask for less */
	REMOTE_WATCH_LOST, /* open a new watch, then look at every folder */
	REMOTE_RECIPIENTS, /* an address that the server does not take */
};

struct remote_fail {
	struct err err; /* code ERR_OK: it worked */
	enum remote_problem problem;
	bool retry; /* the same request may succeed later */
	bool outcome_unknown; /* the server may have done it: look before trying again */
	bool outage; /* in Exchange's place a proxy answered, or it has no such mailbox */
};

/* ---- results: texts and arrays live in the arena; see remote_*_finish() --------------
 */

struct remote_folders {
	struct ews_arena arena;
	struct store_folder *list; /* created or changed */
	size_t count;
	const char **deleted;
	size_t deleted_count;
	const char *state;
	bool last;
};
void remote_folders_finish(struct remote_folders *folders);

enum remote_change_kind { REMOTE_CHANGED, REMOTE_DELETED, REMOTE_READ_FLAG };
struct remote_change {
	enum remote_change_kind kind;
	const char *id;
	bool is_read; /* READ_FLAG */
};
struct remote_changes {
	struct ews_arena arena;
	struct remote_change *list; /* in order; an id may come several times */
	size_t count;
	const char *state;
	bool last; /* false: ask again with the new state */
};
void remote_changes_finish(struct remote_changes *changes);

struct remote_item {
	struct remote_fail fail; /* of this item */
	struct store_item item;
};
struct remote_items {
	struct ews_arena arena;
	struct remote_item *list; /* one for each id asked for, in that order */
	size_t count;
};
void remote_items_finish(struct remote_items *items);

struct remote_list { /* a page of a folder, newest first */
	struct ews_arena arena;
	struct store_item *items; /* partial: see struct store_item */
	size_t count;
	bool last;
	uint32_t next_offset; /* of the page behind */
	int64_t total; /* items in the folder, -1: not told */
};
void remote_list_finish(struct remote_list *list);

struct remote_event {
	struct remote_fail fail;
	struct store_event event; /* heap: ids and packed data */
};
struct remote_events {
	struct remote_event *list; /* one for each id asked for, in that order */
	size_t count;
};
void remote_events_finish(struct remote_events *events);

struct remote_id {
	struct remote_fail fail;
	const char *id, *change_key; /* id NULL: not told */
	struct str search_key; /* of remote_find only */
};
struct remote_ids {
	struct ews_arena arena;
	struct remote_id *list;
	size_t count;
};
void remote_ids_finish(struct remote_ids *ids);

/* ---- requests
 * -------------------------------------------------------------------------- */

struct remote_create { /* a message to be saved, not sent */
	const char *folder_id; /* NULL: by @use */
	enum box_use use;
	struct str mime;
	unsigned flags; /* MSG_* */
	bool newest_verb_is_forward;
	const char *keywords; /* as in message.h, local marks left out; may be NULL */
	int64_t internal_unix_s;
	const char *mark; /* put on the item as a property of ours */
	/* Recipients of the envelope that no header names; may be NULL. */
	const char *const *bcc;
	size_t bcc_count;
};

struct remote_flags { /* new flags of one item */
	const char *id;
	unsigned flags; /* MSG_*, wanted */
	unsigned changed; /* which of MSG_FLAGS_UP to write */
	bool newest_verb_is_forward;
	bool keywords_changed;
	const char *keywords;
};

enum remote_find {
	REMOTE_FIND_ALL, /* @value NULL: every item, with its search key */
	REMOTE_FIND_MARK, /* our mark */
	REMOTE_FIND_SEARCH_KEY, /* raw bytes */
	REMOTE_FIND_MESSAGE_ID,
};

struct remote_news {
	const char *folder_id; /* NULL: folders came, went or moved */
	bool itself; /* the folder's own properties changed: its name, or just its
			counters */
	bool left; /* an item moved out of it */
};
typedef bool remote_news_fn(void *context, const struct remote_news *news, size_t count);

struct remote_quota {
	uint64_t limit_bytes; /* 0: the server does not tell, or has none */
	uint64_t used_bytes; /* with a limit */
};

struct remote;
struct remote_conn;

struct remote_ops {
	/* Account and connections. conn_new does no I/O; NULL on failure. */
	void (*free)(struct remote *remote);
	struct remote_conn *(*conn_new)(struct remote *remote, struct err *err);
	void (*conn_free)(struct remote_conn *conn);
	/* From any thread: the running call and all later ones fail with ERR_OFFLINE. */
	void (*conn_stop)(struct remote_conn *conn);
	/* From any thread: the network below it is another one; the call that runs fails
	 * as on a broken connection. */
	void (*conn_refresh)(struct remote_conn *conn);
	/* How long the server wants no request, 0: none of that. */
	int64_t (*backoff_ms)(struct remote *remote);
	/* Another password, for what begins from now on. From any thread. */
	void (*password_set)(struct remote *remote, const char *password);

	/* Down. @state NULL: from the beginning. */
	bool (*folders_sync)(struct remote_conn *conn, const char *state,
			     struct remote_folders *out, struct remote_fail *fail);
	bool (*items_sync)(struct remote_conn *conn, const char *folder_id,
			   const char *state, size_t max, struct remote_changes *out,
			   struct remote_fail *fail);
	/* The index of a folder without what only items_read tells. */
	bool (*items_list)(struct remote_conn *conn, const char *folder_id,
			   uint32_t offset, uint32_t max, struct remote_list *out,
			   struct remote_fail *fail);
	bool (*items_read)(struct remote_conn *conn, const char *const *ids, size_t count,
			   struct remote_items *out, struct remote_fail *fail);
	bool (*events_read)(struct remote_conn *conn, const char *const *ids,
			    size_t count, struct remote_events *out,
			    struct remote_fail *fail);
	/* @sinks, @fails: one for each id; a sink can restart, and has the whole body
	 * where its item did not fail. A sink's own failure is the item's. */
	bool (*bodies_read)(struct remote_conn *conn, const char *const *ids,
			    size_t count, const struct ews_sink *sinks,
			    struct remote_fail *fails, struct remote_fail *fail);

	/* Up: items. @out has one entry for each of the request's. */
	bool (*item_create)(struct remote_conn *conn, const struct remote_create *create,
			    struct remote_ids *out, struct remote_fail *fail);
	bool (*items_flag)(struct remote_conn *conn, const struct remote_flags *flags,
			   size_t count, struct remote_ids *out,
			   struct remote_fail *fail);
	bool (*items_copy)(struct remote_conn *conn, const char *const *ids, size_t count,
			   const char *to_folder_id, struct remote_ids *out,
			   struct remote_fail *fail);
	bool (*items_move)(struct remote_conn *conn, const char *const *ids, size_t count,
			   const char *to_folder_id, struct remote_ids *out,
			   struct remote_fail *fail);
	/* Recoverable by the user. */
	bool (*items_delete)(struct remote_conn *conn, const char *const *ids, bool hard,
			     size_t count, struct remote_ids *out,
			     struct remote_fail *fail);
	/* The draft leaves; its copy goes to Sent Items. */
	bool (*item_send)(struct remote_conn *conn, const char *id,
			  const char *change_key, struct remote_fail *fail);
	/* In one folder: by id, or by @use when @folder_id is NULL. */
	bool (*items_find)(struct remote_conn *conn, const char *folder_id,
			   enum box_use use, enum remote_find what, struct str value,
			   struct remote_ids *out, struct remote_fail *fail);

	/* Up: folders. @parent_id NULL: at the top. create: REMOTE_EXISTS is told;
	 * rename: name and place, done already is a success; delete: to the trash,
	 * @again: an earlier try may have been done, and one in the trash already
	 * stays. */
	bool (*folder_create)(struct remote_conn *conn, const char *parent_id,
			      const char *name, struct strbuf *id,
			      struct remote_fail *fail);
	bool (*folder_find)(struct remote_conn *conn, const char *parent_id,
			    const char *name, struct strbuf *id,
			    struct remote_fail *fail);
	bool (*folder_rename)(struct remote_conn *conn, const char *id,
			      const char *parent_id, const char *name,
			      struct remote_fail *fail);
	bool (*folder_delete)(struct remote_conn *conn, const char *id, bool again,
			      struct remote_fail *fail);

	bool (*quota_read)(struct remote_conn *conn, struct remote_quota *out,
			   struct remote_fail *fail);

	/*
	 * News. watch_run calls @fn for each batch of news, with count 0 for a sign of
	 * life (the first one: the stream is open), until the server ends it in time
	 * (true: run again), @fn returns false (true), or it fails.
	 */
	bool (*watch_open)(struct remote_conn *conn, struct strbuf *watch_id,
			   struct remote_fail *fail);
	bool (*watch_run)(struct remote_conn *conn, const char *watch_id,
			  remote_news_fn *fn, void *context, struct remote_fail *fail);
	void (*watch_close)(struct remote_conn *conn, const char *watch_id);
	/* Where nothing can stream: what happened since @mark (of pull_open, or of the
	 * last pull_run, which renews it). Lives for a day without pull_run. */
	bool (*pull_open)(struct remote_conn *conn, struct strbuf *watch_id,
			  struct strbuf *mark, struct remote_fail *fail);
	bool (*pull_run)(struct remote_conn *conn, const char *watch_id,
			 struct strbuf *mark, remote_news_fn *fn, void *context,
			 struct remote_fail *fail);
};

/* What each implementation's own structs begin with. */
struct remote {
	const struct remote_ops *ops;
};
struct remote_conn {
	const struct remote_ops *ops;
};

void remote_free(struct remote *remote); /* after the last connection; NULL is fine */
void remote_conn_free(struct remote_conn *conn); /* NULL is fine */

/* remote_fail_set() - for implementations; Return: always false. */
bool remote_fail_set(struct remote_fail *fail, enum err_code code,
		     enum remote_problem problem, bool retry, const char *text);

struct account_config;
/*
 * remote_ews_new() - Exchange Web Services
 * @place_file: where the server's URL is kept when it is found by Autodiscover
 * NULL on failure (ERR_STATE: scheme). Blocks: disk.
 */
struct remote *remote_ews_new(const struct account_config *config, const char *place_file,
			      struct err *err);

#endif
