/* Changes on their way up: what the files bridge/sync_up*.c share; nobody else. */
#ifndef BRIDGE_SYNC_UP_H
#define BRIDGE_SYNC_UP_H

#include "bridge/sync.h"

struct up { /* of the thread that carries changes up */
	struct sync *sync;
	struct remote_conn *conn;
	struct remote_fail general; /* the connection failed: stop and wait */
	int64_t group; /* first entry of those that run */
	struct { /* an outage that only one group knows: something on the way dislikes it
		  */
		int64_t group;
		unsigned tries;
		int64_t sync_ms; /* last time that something else went well */
	} odd;
	bool store_failed; /* so did the disk */
	struct strbuf begun; /* see sync_up_copy.c */
	bool begun_read;
};

/* Each kind; @count entries of one kind that sync_plan_group() put together. */
void sync_up_flags(struct up *up, const struct journal_entry *entries, size_t count);
void sync_up_expunge(struct up *up, const struct journal_entry *entries, size_t count);
void sync_up_copy(struct up *up, const struct journal_entry *entries, size_t count);
void sync_up_move(struct up *up, const struct journal_entry *entries, size_t count);
void sync_up_append(struct up *up, const struct journal_entry *entries, size_t count);
void sync_up_box(struct up *up, const struct journal_entry *entries, size_t count);
void sync_up_send(struct up *up, const struct journal_entry *entries, size_t count);

/* ---- what becomes of an entry (sync_up.c) ---------------------------------------------
 */

void sync_up_done(struct up *up, const struct journal_entry *entry, const char *item_id,
		  const char *change_key);
/* APPEND: an earlier try has made it. */
void sync_up_found(struct up *up, const struct journal_entry *entry, const char *item_id,
		   const char *change_key);
/* sync_up_elsewhere() - APPEND, COPY: so it has, but somebody has moved it to another
 * folder since. */
void sync_up_elsewhere(struct up *up, const struct journal_entry *entry,
		       const char *item_id, const char *change_key);
void sync_up_box_done(struct up *up, const struct journal_entry *entry,
		      const char *remote_id);
/* Retried, refused or done after all: sync_plan_fate(). */
/* sync_up_is_general() - does @fail say nothing of the entry, so that all have to wait?
 */
bool sync_up_is_general(const struct up *up, const struct remote_fail *fail);
void sync_up_failed(struct up *up, const struct journal_entry *entry,
		    const struct remote_fail *fail);
void sync_up_failed_all(struct up *up, const struct journal_entry *entries, size_t count,
			const struct remote_fail *fail);
void sync_up_later(struct up *up, const struct journal_entry *entry, const char *why);
void sync_up_refuse(struct up *up, const struct journal_entry *entry,
		    const struct err *why);
/* Its octets cannot be read: tried again, then refused, so that it holds up no other. */
void sync_up_unreadable(struct up *up, const struct journal_entry *entry,
			const struct err *why);
/* The disk failed: logs, and the thread pauses. Return: always false. */
bool sync_up_broken(struct up *up, const struct err *err);
/* Durable. Return: false when the disk failed. */
bool sync_up_step(struct up *up, const struct journal_entry *entry, unsigned step,
		  const char *item_id, const char *change_key);
/* The first item of a folder that fits; *id NULL: none. Texts are in @found. */
bool sync_up_find(struct up *up, const char *folder_id, enum box_use use,
		  enum remote_find what, struct str value, struct remote_ids *found,
		  const struct remote_id **id_r, struct remote_fail *fail);
/* sync_up_find_elsewhere() - the same in every mail folder but the entry's own, all of
 * them added to @found, until there are @enough. */
bool sync_up_find_elsewhere(struct up *up, const struct journal_entry *entry,
			    enum remote_find what, struct str value, size_t enough,
			    struct remote_ids *found, struct remote_fail *fail);

/* sync_up_bounce() - what tells the sender in the Inbox (sync_up_bounce.c). Return: false
 * when it cannot be made. */
bool sync_up_bounce(struct up *up, const struct journal_entry *entry,
		    const struct err *why, struct strbuf *report);

#endif
