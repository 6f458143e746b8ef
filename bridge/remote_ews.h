/* What the files of the EWS remote share; nobody else includes this. */
#ifndef BRIDGE_REMOTE_EWS_H
#define BRIDGE_REMOTE_EWS_H

#include <pthread.h>

#include "bridge/remote.h"
#include "ews/ews.h"

#define REMOTE_EWS_TEXT_MAX ((size_t)16 << 20) /* of one text made from properties */

struct remote_ews {
	struct remote base;
	struct ews_account *account;
	char *address, *place_file; /* see remote_ews_place.c */
	bool show_all; /* folders of other things count as mail, read-only */
};

struct remote_ews_special { /* a distinguished folder */
	char *id;
	enum box_use use;
	bool aside; /* Exchange keeps records of its own there */
};

struct remote_ews_conn {
	struct remote_conn base;
	const struct remote_ews *remote;
	struct ews_conn *ews;
	/* Known after the first look at the folders: */
	char *root_id; /* msgfolderroot */
	struct remote_ews_special *special;
	size_t special_count;
};

static inline struct remote_ews_conn *remote_ews_conn(struct remote_conn *conn)
{
	return (struct remote_ews_conn *)conn;
}

extern const struct ews_property remote_ews_mark;

/* remote_ews_failed() - put what the last call said besides @fail->err into @fail.
 * Return: always false. */
bool remote_ews_failed(struct remote_ews_conn *c, struct remote_fail *fail);
/* remote_ews_status() - of one item. Return: was it processed? */
bool remote_ews_status(const struct ews_status *status, struct remote_fail *fail);
/* remote_ews_refs() - ids as references; free() the array. */
struct ews_ref *remote_ews_refs(const char *const *ids, size_t count);
/* remote_ews_specials_forget() - ask for the ids of distinguished folders again. */
void remote_ews_specials_forget(struct remote_ews_conn *c);
struct ews_folder_ref remote_ews_folder(const char *id, enum box_use use);
/* remote_ews_recipients() - header, "To", "Cc", ... from properties (no body). */
void remote_ews_header(const struct ews_item *item, struct strbuf *out);

struct mime_build;
/* What mime_build() needs of an item's properties; arrays are in @arena. */
void remote_ews_build(const struct ews_item *item, struct ews_arena *arena,
		      struct mime_build *build_r);
struct mime_date;

/* remote_ews_place.c: the URL that was found for @address, for the caller to free, or
 * NULL; and keeping it. */
char *remote_ews_place_read(const char *path, const char *address);
void remote_ews_place_write(const char *path, const char *address, const char *url);

/* remote_ews_folder.c */
bool remote_ews_folders_sync(struct remote_conn *conn, const char *state,
			     struct remote_folders *out, struct remote_fail *fail);
bool remote_ews_folder_create(struct remote_conn *conn, const char *parent_id,
			      const char *name, struct strbuf *id,
			      struct remote_fail *fail);
bool remote_ews_folder_find(struct remote_conn *conn, const char *parent_id,
			    const char *name, struct strbuf *id,
			    struct remote_fail *fail);
bool remote_ews_folder_rename(struct remote_conn *conn, const char *id,
			      const char *parent_id, const char *name,
			      struct remote_fail *fail);
bool remote_ews_folder_delete(struct remote_conn *conn, const char *id, bool again,
			      struct remote_fail *fail);

/* remote_ews_quota.c */
bool remote_ews_quota_read(struct remote_conn *conn, struct remote_quota *out,
			   struct remote_fail *fail);

/* remote_ews_item.c */
bool remote_ews_items_sync(struct remote_conn *conn, const char *folder_id,
			   const char *state, size_t max, struct remote_changes *out,
			   struct remote_fail *fail);
bool remote_ews_items_list(struct remote_conn *conn, const char *folder_id,
			   uint32_t offset, uint32_t max, struct remote_list *out,
			   struct remote_fail *fail);
bool remote_ews_items_read(struct remote_conn *conn, const char *const *ids, size_t count,
			   struct remote_items *out, struct remote_fail *fail);
bool remote_ews_events_read(struct remote_conn *conn, const char *const *ids,
			    size_t count, struct remote_events *out,
			    struct remote_fail *fail);

/* remote_ews_body.c */
bool remote_ews_bodies_read(struct remote_conn *conn, const char *const *ids,
			    size_t count, const struct ews_sink *sinks,
			    struct remote_fail *fails, struct remote_fail *fail);

/* remote_ews_write.c */
bool remote_ews_item_create(struct remote_conn *conn, const struct remote_create *create,
			    struct remote_ids *out, struct remote_fail *fail);
bool remote_ews_items_flag(struct remote_conn *conn, const struct remote_flags *flags,
			   size_t count, struct remote_ids *out,
			   struct remote_fail *fail);
bool remote_ews_items_copy(struct remote_conn *conn, const char *const *ids, size_t count,
			   const char *to_folder_id, struct remote_ids *out,
			   struct remote_fail *fail);
bool remote_ews_items_move(struct remote_conn *conn, const char *const *ids, size_t count,
			   const char *to_folder_id, struct remote_ids *out,
			   struct remote_fail *fail);
bool remote_ews_items_delete(struct remote_conn *conn, const char *const *ids, bool hard,
			     size_t count, struct remote_ids *out,
			     struct remote_fail *fail);
bool remote_ews_item_send(struct remote_conn *conn, const char *id,
			  const char *change_key, struct remote_fail *fail);
bool remote_ews_items_find(struct remote_conn *conn, const char *folder_id,
			   enum box_use use, enum remote_find what, struct str value,
			   struct remote_ids *out, struct remote_fail *fail);

#endif
