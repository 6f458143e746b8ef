/*
 * The inside of the simulator: what the operations read and change, under sim->lock.
 */
#ifndef EWSIM_SIM_H
#define EWSIM_SIM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "tests/ewsim/model.h"
#include "tests/ewsim/settings.h"

enum sim_kind {
	SIM_MESSAGE,
	SIM_MEETING_REQUEST,
	SIM_MEETING_RESPONSE,
	SIM_MEETING_CANCELLATION,
	SIM_CALENDAR_ITEM,
	SIM_TASK,
	SIM_CONTACT,
	SIM_POST,
	SIM_ITEM,
	SIM_DISTRIBUTION_LIST,
	SIM_KIND_COUNT
};

/* A typed property that was set: its whole element, as it goes into answers. */
struct sim_field {
	const char *name; /* element name, from the table in fields.c */
	char *xml;
};

struct sim_prop {
	char *key; /* see sim_prop_set() */
	char **values; /* one, or several for ...Array types */
	size_t count;
};

struct sim_attachment {
	uint64_t id;
	char *name, *type, *content_id;
	bool is_inline;
	struct strbuf content;
	struct sim_item *item; /* an ItemAttachment; then there is no content */
};

/* Message octets, shared between the copies of a message. */
struct sim_octets {
	atomic_int users;
	struct strbuf bytes;
};

struct sim_cal {
	int64_t start, end; /* unix seconds */
	char *start_zone, *end_zone;
	bool all_day;
	struct sim_recurrence rec;
	int64_t *deleted; /* original starts */
	size_t deleted_count;
	struct sim_item **exceptions; /* each with its own cal; original is its slot */
	size_t exception_count;
	int64_t original;
	bool cancelled, times_set;
	int sequence;
};

struct sim_item {
	uint64_t id;
	struct sim_folder *folder; /* NULL: an exception, kept by its master */
	enum sim_kind kind;
	uint32_t place, article, change; /* place: in its folder, rising, for good */
	uint64_t created_seq, changed_seq, content_seq; /* content: other than IsRead */
	bool read, draft, from_me, broken_mime;
	bool receipt_done; /* sent, or not wanted any more */
	enum sim_flag flag;
	int last_verb;
	int64_t received, sent, created, modified; /* unix seconds */
	int64_t generated; /* which generated message it is, -1 for others */
	unsigned char search_key[16];
	char *item_class;
	struct sim_octets *octets; /* NULL: made from fields, or generated */
	struct sim_field *fields;
	size_t field_count;
	struct sim_prop *props;
	size_t prop_count;
	struct sim_attachment *attachments; /* those not inside the octets */
	size_t attachment_count;
	struct sim_cal *cal;
};

struct sim_slot {
	uint32_t place;
	struct sim_item *item; /* NULL: gone */
};

enum sim_op {
	SIM_OP_CREATE,
	SIM_OP_UPDATE,
	SIM_OP_READ,
	SIM_OP_DELETE,
	SIM_OP_TRASH, /* moved into Deleted Items */
};

struct sim_change {
	uint64_t seq, id, created_seq;
	enum sim_op op;
};

struct sim_log {
	struct sim_change *list; /* by rising seq */
	size_t count, capacity;
};

enum sim_right { /* in the order of EffectiveRights */
		 SIM_RIGHT_ASSOCIATED = 1,
		 SIM_RIGHT_CREATE = 2,
		 SIM_RIGHT_HIERARCHY = 4,
		 SIM_RIGHT_DELETE = 8,
		 SIM_RIGHT_MODIFY = 16,
		 SIM_RIGHT_READ = 32,
		 SIM_RIGHT_PRIVATE = 64,
		 SIM_RIGHT_COUNT = 7,
};

struct sim_folder {
	uint64_t id;
	struct sim_user *user;
	struct sim_folder *parent;
	char *name, *folder_class;
	const char *special; /* DistinguishedFolderId or NULL */
	bool hidden, gone, is_visible; /* visible: under msgfolderroot */
	unsigned lacks; /* SIM_RIGHT_* that its owner does not have in it */
	uint32_t change;
	uint64_t created_seq, changed_seq;
	uint32_t next_place, next_article;
	struct sim_slot *slots;
	size_t slot_count, slot_capacity, live, unread, deleted_total;
	int64_t commit_time; /* PidTagLocalCommitTimeMax */
	struct sim_log log;
	struct sim_prop *props;
	size_t prop_count;
};

struct sim_event_note {
	uint64_t seq;
	const char *kind; /* "CreatedEvent", ... */
	uint64_t item, folder, old_item, old_folder; /* 0: not there */
	uint64_t parent; /* of the folder itself in folder events */
	int64_t time, due_ms; /* due: monotonic, when subscribers may hear of it */
	bool is_folder;
	size_t unread;
};

struct sim_user {
	struct sim *sim;
	unsigned index;
	char *address, *name, *password;
	struct sim_folder **folders;
	size_t folder_count, folder_capacity;
	uint64_t seq;
	unsigned moves; /* how often the mailbox was moved: part of sync states */
	unsigned in_flight, sync_calls, streams; /* calls that are being served */
	struct sim_log hierarchy;
	struct sim_prop *kept; /* settings of the mailbox: op_mailbox.c */
	size_t kept_count;
	struct sim_event_note *notes; /* ring without an end: trimmed at the front */
	size_t note_count, note_capacity;
};

struct sim_subscription {
	uint64_t id;
	struct sim_user *user;
	bool streaming, all_folders;
	uint64_t *folders;
	size_t folder_count;
	unsigned events; /* bits of the kinds in notify.c */
	uint64_t seq; /* heard up to here */
};

struct sim_sent {
	char *from, *to; /* to: blank-separated */
	char *message_id, *subject;
	bool delivered_foreign;
};

struct sim_fault {
	char operation[40]; /* or "any" */
	char when[32], kind[48], args[160]; /* as ordered */
	long skip, count; /* calls to let pass, then calls to hit; -1: all of them */
	uint64_t every, seen; /* every: 0, or each call of that number */
	unsigned percent; /* 0: certain */
	uint64_t random; /* state of the generator for percent */
};

/* Where Autodiscover sends people on; see autodiscover.h. */
struct sim_redirect {
	char who[256]; /* address asked for, or "http" */
	char target[400]; /* address or URL */
	bool to_url;
};

struct sim_stat {
	char operation[40];
	uint64_t calls, items;
};

struct sim {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* mail arrived, or the end */
	bool stopping;
	struct sim_user **users;
	size_t user_count;
	struct sim_item **items; /* by id; NULL: gone */
	size_t item_count, item_capacity;
	struct sim_folder **folders; /* by id */
	size_t folder_count, folder_capacity;
	uint64_t next_attachment, next_subscription;
	struct sim_subscription *subscriptions;
	size_t subscription_count;
	struct sim_sent *sent;
	size_t sent_count;
	unsigned forwards; /* by rules, of which one leads to the next */
	struct sim_settings settings;
	struct sim_fault faults[64];
	size_t fault_count;
	struct sim_redirect redirects[16];
	size_t redirect_count;
	char external_url[400]; /* of EWS; "": where the request came to */
	struct sim_stat stats[64];
	size_t stat_count;
	uint64_t requests, refused, bytes_in, bytes_out;
};

/* model.c */
/* sim_user_bare() - a user without folders; all texts are copied. */
struct sim_user *sim_user_bare(struct sim *sim, const char *address, const char *name,
			       const char *password);
const char *sim_special_name(const char *id); /* the table's own text, or NULL */
/* sim_now() - the server's clock: unix seconds with the skew of the settings. */
int64_t sim_now(const struct sim *sim);
struct sim_item *sim_item_new(const struct sim *sim,
			      enum sim_kind kind); /* in no folder */
void sim_item_free(struct sim_item *item);
/* sim_item_put() - give a new item its id, article number and place; logs a Create. */
void sim_item_put(struct sim_item *item, struct sim_folder *folder, const char *event);
/* sim_item_drop() - take an item out of its folder and free it; logs a Delete. */
void sim_item_drop(struct sim_item *item, const char *event);
/* sim_item_copy() - a second item in @folder with the same search key. */
struct sim_item *sim_item_copy(const struct sim_item *item, struct sim_folder *folder,
			       const char *event);
/* sim_item_refresh() - the content of another item: properties, times, attachments. */
void sim_item_refresh(struct sim_item *item, const struct sim_item *from);
/* sim_item_move() - the same item, under a new id unless moves keep them. */
void sim_item_move(struct sim_item *item, struct sim_folder *folder);
/* sim_item_touch() - new ChangeKey and an Update (or a ReadFlagChange) in the log. */
/*
 * sim_renew_ids() - what a move of the mailbox does: all items, and with @folders all
 * folders, get new ids. With @keep sync states stay good and tell of it as of deleted and
 * new items; otherwise they are refused from now on. Subscriptions end.
 */
void sim_renew_ids(struct sim_user *user, bool folders, bool keep);
/* sim_restored() - what was loaded is a backup: see the switch "restored" */
void sim_restored(struct sim *sim);
void sim_item_touch(struct sim_item *item, bool only_read);
void sim_item_set_read(struct sim_item *item, bool read); /* touches if it differs */
struct sim_item *sim_item_by_id(struct sim *sim, uint64_t id);
struct sim_folder *sim_folder_by_id(struct sim *sim, uint64_t id);
bool sim_folder_is_below(const struct sim_folder *f, const struct sim_folder *above);
void sim_folder_touch(struct sim_folder *folder, enum sim_op op);
void sim_folder_move(struct sim_folder *folder, struct sim_folder *parent);
/* sim_folder_drop() - with everything below it. */
void sim_folder_drop(struct sim_folder *folder);
struct sim_folder *sim_folder_child(struct sim_folder *parent, struct str name);
size_t sim_folder_children(const struct sim_folder *folder);
const char *sim_kind_name(enum sim_kind kind); /* "Message", "CalendarItem", ... */
enum sim_kind sim_kind_of_class(const char *item_class);
int64_t sim_item_size(const struct sim_item *item);

/* Properties; NULL when absent. */
const char *sim_field_get(const struct sim_item *item, const char *name);
void sim_field_set(struct sim_item *item, const char *name,
		   const char *xml); /* NULL drops */
void sim_field_text(struct sim_item *item, const char *name, const char *text);
const struct sim_prop *sim_prop_get(const struct sim_item *item, const char *key);
void sim_prop_add(struct sim_prop **list, size_t *count, const char *key, char **values,
		  size_t value_count); /* takes @values over; 0 drops */

/* add.c */
void sim_item_octets(struct sim_item *item, struct str mime); /* LF becomes CRLF */
int64_t sim_mime_date(struct str mime); /* of the Date field, else now */

/* octets of a message, made if need be: appended to @out */
void sim_item_mime(struct sim_item *item, struct strbuf *out); /* mime_out.c */
void sim_octets_drop(struct sim_octets *octets);
/* generate.c: message @which; the same without its attachment, as properties need it;
 * @mean_bytes: of attachments, 0: none */
void sim_generate(int64_t which, struct strbuf *out);
int64_t sim_generate_short(int64_t which);
void sim_generate_fill(struct sim_user *user, uint32_t count, uint32_t mean_bytes);

/* notify.c */
void sim_note_item(const struct sim_item *item, const char *kind, uint64_t old_item,
		   uint64_t old_folder);
void sim_expire(struct sim *sim, const struct sim_user *user); /* NULL: of all */
void sim_note_folder(const struct sim_folder *folder, const char *kind,
		     uint64_t old_folder);

#endif
