/*
 * Users, folders and items, and the log that lets SyncFolderItems and
 * SyncFolderHierarchy answer in proportion to what changed.
 */
#include "tests/ewsim/sim.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"

static const struct {
	const char *id, *name, *folder_class, *parent;
} standard_folders[] = {
	{ "root", "", "IPF.Note", NULL },
	{ "msgfolderroot", "Top of Information Store", "IPF.Note", "root" },
	{ "inbox", "Inbox", "IPF.Note", "msgfolderroot" },
	{ "drafts", "Drafts", "IPF.Note", "msgfolderroot" },
	{ "sentitems", "Sent Items", "IPF.Note", "msgfolderroot" },
	{ "deleteditems", "Deleted Items", "IPF.Note", "msgfolderroot" },
	{ "junkemail", "Junk Email", "IPF.Note", "msgfolderroot" },
	{ "outbox", "Outbox", "IPF.Note", "msgfolderroot" },
	{ "calendar", "Calendar", "IPF.Appointment", "msgfolderroot" },
	{ "contacts", "Contacts", "IPF.Contact", "msgfolderroot" },
	{ "tasks", "Tasks", "IPF.Task", "msgfolderroot" },
	{ "notes", "Notes", "IPF.StickyNote", "msgfolderroot" },
	{ "journal", "Journal", "IPF.Journal", "msgfolderroot" },
	{ "searchfolders", "Finder", "", "root" },
	{ "recoverableitemsroot", "Recoverable Items", "", "root" },
	{ "recoverableitemsdeletions", "Deletions", "", "recoverableitemsroot" },
	{ "recoverableitemspurges", "Purges", "", "recoverableitemsroot" },
};

static const char *const kind_names[SIM_KIND_COUNT] = {
	"Message",
	"MeetingRequest",
	"MeetingResponse",
	"MeetingCancellation",
	"CalendarItem",
	"Task",
	"Contact",
	"PostItem",
	"Item",
	"DistributionList",
};

const char *sim_kind_name(enum sim_kind kind)
{
	return kind_names[kind];
}

enum sim_kind sim_kind_of_class(const char *item_class)
{
	static const struct {
		const char *prefix;
		enum sim_kind kind;
	} table[] = {
		{ "IPM.Schedule.Meeting.Request", SIM_MEETING_REQUEST },
		{ "IPM.Schedule.Meeting.Resp", SIM_MEETING_RESPONSE },
		{ "IPM.Schedule.Meeting.Canceled", SIM_MEETING_CANCELLATION },
		{ "IPM.Appointment", SIM_CALENDAR_ITEM },
		{ "IPM.Task", SIM_TASK },
		{ "IPM.Contact", SIM_CONTACT },
		{ "IPM.DistList", SIM_DISTRIBUTION_LIST },
		{ "IPM.Post", SIM_POST },
		{ "IPM.Note", SIM_MESSAGE },
		{ "REPORT", SIM_MESSAGE },
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (str_starts_nocase(str_from(item_class), str_from(table[i].prefix)))
			return table[i].kind;
	return SIM_ITEM;
}

struct sim *sim_new(void)
{
	struct sim *sim = mem_alloc(sizeof(*sim));
	pthread_condattr_t attr;

	pthread_mutex_init(&sim->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&sim->changed, &attr);
	pthread_condattr_destroy(&attr);
	settings_init(&sim->settings);
	sim->items = mem_grow(NULL, 0, &sim->item_capacity, sizeof(*sim->items));
	sim->item_count = 1; /* no item has id 0 */
	sim->folders = mem_grow(NULL, 0, &sim->folder_capacity, sizeof(*sim->folders));
	sim->folder_count = 1;
	sim->items[0] = NULL;
	sim->folders[0] = NULL;
	return sim;
}

static void free_props(struct sim_prop *props, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < props[i].count; k++)
			free(props[i].values[k]);
		free(props[i].values);
		free(props[i].key);
	}
	free(props);
}

static void free_cal(struct sim_cal *cal)
{
	if (!cal)
		return;
	for (size_t i = 0; i < cal->exception_count; i++)
		sim_item_free(cal->exceptions[i]);
	free(cal->exceptions);
	free(cal->deleted);
	free(cal->start_zone);
	free(cal->end_zone);
	free(cal);
}

void sim_octets_drop(struct sim_octets *octets)
{
	if (octets && atomic_fetch_sub(&octets->users, 1) == 1) {
		strbuf_finish(&octets->bytes);
		free(octets);
	}
}

void sim_item_free(struct sim_item *item)
{
	if (!item)
		return;
	for (size_t i = 0; i < item->field_count; i++)
		free(item->fields[i].xml);
	for (size_t i = 0; i < item->attachment_count; i++) {
		free(item->attachments[i].name);
		free(item->attachments[i].type);
		free(item->attachments[i].content_id);
		strbuf_finish(&item->attachments[i].content);
		sim_item_free(item->attachments[i].item);
	}
	free(item->attachments);
	free(item->fields);
	free_props(item->props, item->prop_count);
	free_cal(item->cal);
	sim_octets_drop(item->octets);
	free(item->item_class);
	free(item);
}

static void free_folder(struct sim_folder *f)
{
	if (!f)
		return;
	free(f->name);
	free(f->folder_class);
	free(f->slots);
	free(f->log.list);
	free_props(f->props, f->prop_count);
	free(f);
}

void sim_free(struct sim *sim)
{
	if (!sim)
		return;
	for (size_t i = 0; i < sim->item_count; i++)
		sim_item_free(sim->items[i]);
	for (size_t i = 0; i < sim->folder_count; i++)
		free_folder(sim->folders[i]);
	for (size_t i = 0; i < sim->user_count; i++) {
		struct sim_user *u = sim->users[i];

		free(u->address);
		free(u->name);
		free(u->password);
		free(u->folders);
		free(u->hierarchy.list);
		free_props(u->kept, u->kept_count);
		free(u->notes);
		free(u);
	}
	for (size_t i = 0; i < sim->subscription_count; i++)
		free(sim->subscriptions[i].folders);
	for (size_t i = 0; i < sim->sent_count; i++) {
		free(sim->sent[i].from);
		free(sim->sent[i].to);
		free(sim->sent[i].message_id);
		free(sim->sent[i].subject);
	}
	free(sim->sent);
	free(sim->subscriptions);
	free(sim->users);
	free(sim->items);
	free(sim->folders);
	pthread_cond_destroy(&sim->changed);
	pthread_mutex_destroy(&sim->lock);
	free(sim);
}

static void log_add(struct sim_log *log, struct sim_change change)
{
	log->list = mem_grow(log->list, log->count, &log->capacity, sizeof(*log->list));
	log->list[log->count++] = change;
}

struct sim_folder *sim_folder_by_id(struct sim *sim, uint64_t id)
{
	struct sim_folder *f = id < sim->folder_count ? sim->folders[id] : NULL;

	return f && !f->gone ? f : NULL;
}

bool sim_folder_is_below(const struct sim_folder *f, const struct sim_folder *above)
{
	for (; f; f = f->parent)
		if (f == above)
			return true;
	return false;
}

static struct sim_folder *new_folder(struct sim_user *u, struct sim_folder *parent,
				     const char *name, const char *folder_class)
{
	struct sim *sim = u->sim;
	struct sim_folder *f = mem_alloc(sizeof(*f));

	f->user = u;
	f->parent = parent;
	f->name = mem_strdup(name);
	f->folder_class = mem_strdup(folder_class);
	f->next_place = f->next_article = 1;
	f->commit_time = sim_now(sim);
	f->id = sim->folder_count;
	sim->folders = mem_grow(sim->folders, sim->folder_count, &sim->folder_capacity,
				sizeof(struct sim_folder *));
	sim->folders[sim->folder_count++] = f;
	u->folders = mem_grow(u->folders, u->folder_count, &u->folder_capacity,
			      sizeof(struct sim_folder *));
	u->folders[u->folder_count++] = f;
	return f;
}

void sim_folder_touch(struct sim_folder *f, enum sim_op op)
{
	struct sim_user *u = f->user;

	f->change++;
	f->changed_seq = ++u->seq;
	if (op == SIM_OP_CREATE)
		f->created_seq = f->changed_seq;
	log_add(&u->hierarchy,
		(struct sim_change){ f->changed_seq, f->id, f->created_seq, op });
}

/* Distinguished folders that a mailbox may have or not. */
static const char *const more_folders[] = { "archive",	     "conversationhistory",
					    "syncissues",    "conflicts",
					    "localfailures", "serverfailures" };

struct sim_folder *sim_folder_special(struct sim_user *user, const char *id)
{
	for (size_t i = 0; i < user->folder_count; i++) {
		struct sim_folder *f = user->folders[i];

		if (!f->gone && f->special && strcmp(f->special, id) == 0)
			return f;
	}
	return NULL;
}

const char *sim_special_name(const char *id)
{
	for (size_t i = 0; i < ARRAY_LEN(standard_folders); i++)
		if (strcmp(standard_folders[i].id, id) == 0)
			return standard_folders[i].id;
	for (size_t i = 0; i < ARRAY_LEN(more_folders); i++)
		if (strcmp(more_folders[i], id) == 0)
			return more_folders[i];
	return NULL;
}

struct sim_user *sim_user_bare(struct sim *sim, const char *address, const char *name,
			       const char *password)
{
	struct sim_user *u = mem_alloc(sizeof(*u));

	u->sim = sim;
	u->index = (unsigned)sim->user_count;
	u->address = mem_strdup(address);
	u->name = mem_strdup(name);
	u->password = mem_strdup(password);
	sim->users = mem_resize(sim->users, sim->user_count + 1, sizeof(*sim->users));
	sim->users[sim->user_count++] = u;
	return u;
}

struct sim_user *sim_user_add(struct sim *sim, const char *address, const char *name,
			      const char *password)
{
	char local[100];
	struct sim_user *u;

	snprintf(local, sizeof(local), "%.*s", (int)strcspn(address, "@"), address);
	if (local[0] >= 'a' && local[0] <= 'z')
		local[0] = (char)(local[0] - 32);
	u = sim_user_bare(sim, address, name ? name : local, password);
	for (size_t i = 0; i < ARRAY_LEN(standard_folders); i++) {
		const char *parent = standard_folders[i].parent;
		struct sim_folder *f = new_folder(
			u, parent ? sim_folder_special(u, parent) : NULL,
			standard_folders[i].name, standard_folders[i].folder_class);

		f->special = standard_folders[i].id;
		sim_folder_touch(f, SIM_OP_CREATE);
	}
	return u;
}

struct sim_user *sim_user_find(struct sim *sim, struct str login)
{
	ptrdiff_t slash = str_find_char(login, '\\');

	if (slash >= 0)
		login = str_sub(login, (size_t)slash + 1, login.len);
	for (size_t i = 0; i < sim->user_count; i++) {
		struct str address = str_from(sim->users[i]->address);
		ptrdiff_t at = str_find_char(address, '@');
		struct str local = at < 0 ? address : str_sub(address, 0, (size_t)at);

		if (str_eq_nocase(login, address) || str_eq_nocase(login, local))
			return sim->users[i];
	}
	return NULL;
}

size_t sim_user_count(const struct sim *sim)
{
	return sim->user_count;
}

struct sim_user *sim_user_at(struct sim *sim, size_t index)
{
	return sim->users[index];
}

struct sim_folder *sim_folder_add(struct sim_user *user, struct sim_folder *parent,
				  const char *name, const char *folder_class)
{
	struct sim_folder *f;

	if (!parent)
		parent = sim_folder_special(user, "msgfolderroot");
	f = new_folder(user, parent, name, folder_class ? folder_class : "IPF.Note");
	sim_folder_touch(f, SIM_OP_CREATE);
	sim_folder_touch(parent, SIM_OP_UPDATE);
	sim_note_folder(f, "CreatedEvent", 0);
	return f;
}

struct sim_folder *sim_folder_named(struct sim_user *user, struct str name)
{
	struct sim_folder *f = sim_folder_special(user, "msgfolderroot");
	char special[64];
	struct str word;

	snprintf(special, sizeof(special), "%.*s", STR_FMT(name));
	if (sim_folder_special(user, special))
		return sim_folder_special(user, special);
	while (f && str_split(&name, '/', &word))
		f = sim_folder_child(f, word);
	return f;
}

void sim_folder_rename(struct sim_folder *f, const char *name)
{
	free(f->name);
	f->name = mem_strdup(name);
	sim_folder_touch(f, SIM_OP_UPDATE);
	sim_note_folder(f, "ModifiedEvent", 0);
}

void sim_folder_hide(struct sim_folder *f)
{
	f->hidden = true;
	sim_folder_touch(f, SIM_OP_UPDATE);
}

void sim_folder_move(struct sim_folder *f, struct sim_folder *parent)
{
	uint64_t old = f->parent->id;

	f->parent = parent;
	sim_folder_touch(f, SIM_OP_UPDATE);
	sim_note_folder(f, "MovedEvent", old);
}

struct sim_folder *sim_folder_child(struct sim_folder *parent, struct str name)
{
	struct sim_user *u = parent->user;

	for (size_t i = 0; i < u->folder_count; i++) {
		struct sim_folder *f = u->folders[i];

		if (!f->gone && f->parent == parent &&
		    str_eq_nocase(str_from(f->name), name))
			return f;
	}
	return NULL;
}

size_t sim_folder_children(const struct sim_folder *folder)
{
	size_t n = 0;

	for (size_t i = 0; i < folder->user->folder_count; i++)
		n += !folder->user->folders[i]->gone &&
		     folder->user->folders[i]->parent == folder;
	return n;
}

void sim_folder_drop(struct sim_folder *f)
{
	struct sim_user *u = f->user;

	for (size_t i = 0; i < u->folder_count; i++)
		if (!u->folders[i]->gone && u->folders[i]->parent == f)
			sim_folder_drop(u->folders[i]);
	for (size_t i = 0; i < f->slot_count; i++)
		if (f->slots[i].item) {
			u->sim->items[f->slots[i].item->id] = NULL;
			sim_item_free(f->slots[i].item);
		}
	f->slot_count = f->live = f->unread = 0;
	sim_folder_touch(f, SIM_OP_DELETE);
	sim_note_folder(f, "DeletedEvent", 0);
	f->gone = true;
}

int64_t sim_now(const struct sim *sim)
{
	return clock_unix_s() + sim->settings.clock_skew_s;
}

struct sim_item *sim_item_new(const struct sim *sim, enum sim_kind kind)
{
	struct sim_item *item = mem_alloc(sizeof(*item));

	item->kind = kind;
	item->generated = -1;
	item->created = item->modified = item->received = sim_now(sim);
	random_bytes(item->search_key, sizeof(item->search_key));
	return item;
}

struct sim_item *sim_item_by_id(struct sim *sim, uint64_t id)
{
	return id < sim->item_count ? sim->items[id] : NULL;
}

static void folder_changed(struct sim_folder *f)
{
	f->commit_time = sim_now(f->user->sim);
	if (f->user->sim->settings.hierarchy_counters)
		sim_folder_touch(f, SIM_OP_UPDATE);
}

/* A free id, and @item under it. */
static void give_id(struct sim *sim, struct sim_item *item)
{
	item->id = sim->item_count;
	sim->items = mem_grow(sim->items, sim->item_count, &sim->item_capacity,
			      sizeof(struct sim_item *));
	sim->items[sim->item_count++] = item;
}

static void place(struct sim_item *item, struct sim_folder *folder)
{
	struct sim *sim = folder->user->sim;

	item->folder = folder;
	if (item->id && !sim->items[item->id])
		sim->items[item->id] = item; /* moved, and keeps its id */
	else
		give_id(sim, item);
	item->change++;
	item->place = folder->next_place++;
	item->article = folder->next_article++;
	item->created_seq = item->changed_seq = item->content_seq = ++folder->user->seq;
	folder->slots = mem_grow(folder->slots, folder->slot_count,
				 &folder->slot_capacity, sizeof(*folder->slots));
	folder->slots[folder->slot_count++] = (struct sim_slot){ item->place, item };
	folder->live++;
	folder->unread += !item->read;
	log_add(&folder->log, (struct sim_change){ item->created_seq, item->id,
						   item->created_seq, SIM_OP_CREATE });
	folder_changed(folder);
}

void sim_item_put(struct sim_item *item, struct sim_folder *folder, const char *event)
{
	place(item, folder);
	if (event)
		sim_note_item(item, event, 0, 0);
}

/* Half of the slots may be holes before they are closed. */
static void compact(struct sim_folder *f)
{
	size_t kept = 0;

	if (f->slot_count < 64 || f->live * 2 > f->slot_count)
		return;
	for (size_t i = 0; i < f->slot_count; i++)
		if (f->slots[i].item)
			f->slots[kept++] = f->slots[i];
	f->slot_count = kept;
}

static void unplace(struct sim_item *item, enum sim_op op)
{
	struct sim_folder *f = item->folder;
	size_t low = 0, high = f->slot_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (f->slots[mid].place < item->place)
			low = mid + 1;
		else
			high = mid;
	}
	f->slots[low].item = NULL;
	f->live--;
	f->deleted_total++;
	f->unread -= !item->read;
	compact(f);
	f->user->sim->items[item->id] = NULL;
	log_add(&f->log,
		(struct sim_change){ ++f->user->seq, item->id, item->created_seq, op });
	folder_changed(f);
}

void sim_item_drop(struct sim_item *item, const char *event)
{
	if (event)
		sim_note_item(item, event, 0, 0);
	unplace(item, SIM_OP_DELETE);
	sim_item_free(item);
}

void sim_item_move(struct sim_item *item, struct sim_folder *folder)
{
	uint64_t old_id = item->id, old_folder = item->folder->id;
	bool trash = folder->special && strcmp(folder->special, "deleteditems") == 0;

	unplace(item, trash ? SIM_OP_TRASH : SIM_OP_DELETE);
	if (folder->user->sim->settings.move_renews_ids)
		item->id = 0;
	item->modified = sim_now(folder->user->sim);
	place(item, folder);
	sim_note_item(item, "MovedEvent", old_id, old_folder);
}

static void renew_item(struct sim_item *item, bool keep)
{
	struct sim_folder *f = item->folder;
	struct sim_user *u = f->user;

	if (keep)
		log_add(&f->log, (struct sim_change){ ++u->seq, item->id,
						      item->created_seq, SIM_OP_DELETE });
	u->sim->items[item->id] = NULL;
	give_id(u->sim, item);
	item->created_seq = item->changed_seq = item->content_seq = ++u->seq;
	log_add(&f->log, (struct sim_change){ item->created_seq, item->id,
					      item->created_seq, SIM_OP_CREATE });
}

static void renew_folder(struct sim_folder *f)
{
	struct sim *sim = f->user->sim;

	sim->folders[f->id] = NULL;
	f->id = sim->folder_count;
	sim->folders = mem_grow(sim->folders, sim->folder_count, &sim->folder_capacity,
				sizeof(struct sim_folder *));
	sim->folders[sim->folder_count++] = f;
}

void sim_renew_ids(struct sim_user *u, bool folders, bool keep)
{
	if (!keep) {
		u->moves++;
		u->hierarchy.count = 0;
	}
	for (size_t i = 0; i < u->folder_count; i++) {
		struct sim_folder *f = u->folders[i];

		if (f->gone)
			continue;
		if (!keep)
			f->log.count = 0;
		if (folders)
			renew_folder(f);
		if (folders || !keep)
			sim_folder_touch(f, SIM_OP_CREATE);
		for (size_t k = 0; k < f->slot_count; k++)
			if (f->slots[k].item)
				renew_item(f->slots[k].item, keep);
	}
	sim_expire(u->sim, u);
}

void sim_restored(struct sim *sim)
{
	enum { SINCE = 10000 }; /* ids that were given after the backup, and are gone */

	for (size_t i = 0; i < SINCE; i++) {
		sim->items = mem_grow(sim->items, sim->item_count, &sim->item_capacity,
				      sizeof(*sim->items));
		sim->items[sim->item_count++] = NULL;
		sim->folders = mem_grow(sim->folders, sim->folder_count,
					&sim->folder_capacity, sizeof(*sim->folders));
		sim->folders[sim->folder_count++] = NULL;
	}
	sim->next_attachment += SINCE;
	for (size_t i = 0; i < sim->user_count; i++)
		sim->users[i]->moves += sim->settings.restored == RESTORED_REFUSED;
}

static struct sim_item *clone(const struct sim_item *item);

static void copy_props(const struct sim_item *from, struct sim_item *to)
{
	for (size_t i = 0; i < from->field_count; i++)
		sim_field_set(to, from->fields[i].name, from->fields[i].xml);
	for (size_t i = 0; i < from->prop_count; i++) {
		const struct sim_prop *p = &from->props[i];
		char **values = mem_array(p->count, sizeof(*values));

		for (size_t k = 0; k < p->count; k++)
			values[k] = mem_strdup(p->values[k]);
		sim_prop_add(&to->props, &to->prop_count, p->key, values, p->count);
	}
	to->attachments = mem_array(from->attachment_count, sizeof(*to->attachments));
	for (size_t i = 0; i < from->attachment_count; i++) {
		const struct sim_attachment *a = &from->attachments[i];
		struct sim_attachment *b = &to->attachments[to->attachment_count++];

		*b = (struct sim_attachment){ a->id,
					      mem_strdup(a->name),
					      mem_strdup(a->type),
					      mem_strdup(a->content_id),
					      a->is_inline,
					      STRBUF(a->content.max_bytes),
					      a->item ? clone(a->item) : NULL };
		strbuf_add(&b->content, strbuf_str(&a->content));
	}
}

static struct sim_item *clone(const struct sim_item *item)
{
	struct sim_item *c = mem_alloc(sizeof(*c));

	*c = *item;
	c->item_class = mem_strdup(item->item_class);
	c->fields = NULL;
	c->props = NULL;
	c->field_count = c->prop_count = c->attachment_count = 0;
	if (c->octets)
		atomic_fetch_add(&c->octets->users, 1);
	copy_props(item, c);
	if (!item->cal)
		return c;
	c->cal = mem_alloc(sizeof(*c->cal));
	*c->cal = *item->cal;
	c->cal->start_zone = mem_strdup(item->cal->start_zone);
	c->cal->end_zone = mem_strdup(item->cal->end_zone);
	c->cal->deleted = mem_array(item->cal->deleted_count, sizeof(int64_t));
	for (size_t i = 0; i < item->cal->deleted_count; i++)
		c->cal->deleted[i] = item->cal->deleted[i];
	c->cal->exceptions = mem_array(item->cal->exception_count,
				       sizeof(struct sim_item *));
	for (size_t i = 0; i < item->cal->exception_count; i++)
		c->cal->exceptions[i] = clone(item->cal->exceptions[i]);
	return c;
}

#define SWAP(a, b)                                                                       \
	do {                                                                             \
		__typeof__(a) swap_ = (a);                                               \
		(a) = (b);                                                               \
		(b) = swap_;                                                             \
	} while (0)

void sim_item_refresh(struct sim_item *item, const struct sim_item *from)
{
	struct sim_item *c = clone(from);

	SWAP(item->fields, c->fields);
	SWAP(item->field_count, c->field_count);
	SWAP(item->props, c->props);
	SWAP(item->prop_count, c->prop_count);
	SWAP(item->attachments, c->attachments);
	SWAP(item->attachment_count, c->attachment_count);
	SWAP(item->cal, c->cal);
	sim_item_free(c);
}

struct sim_item *sim_item_copy(const struct sim_item *item, struct sim_folder *folder,
			       const char *event)
{
	struct sim_item *c = clone(item);

	c->id = 0;
	place(c, folder);
	if (event)
		sim_note_item(c, event, item->id, item->folder ? item->folder->id : 0);
	return c;
}

void sim_item_touch(struct sim_item *item, bool only_read)
{
	struct sim_folder *f = item->folder;
	const struct sim_settings *set;

	if (!f) {
		item->change++;
		return;
	}
	set = &f->user->sim->settings;
	if (!only_read || set->read_changes_key)
		item->change++;
	if (set->article_numbers == ARTICLES_ANY ||
	    (set->article_numbers == ARTICLES_CONTENT && !only_read))
		item->article = f->next_article++;
	item->modified = sim_now(f->user->sim);
	item->changed_seq = ++f->user->seq;
	if (!only_read)
		item->content_seq = item->changed_seq;
	log_add(&f->log,
		(struct sim_change){ item->changed_seq, item->id, item->created_seq,
				     only_read ? SIM_OP_READ : SIM_OP_UPDATE });
	folder_changed(f);
	sim_note_item(item, "ModifiedEvent", 0, 0);
}

void sim_item_set_read(struct sim_item *item, bool read)
{
	if (item->read == read)
		return;
	item->read = read;
	if (item->folder)
		item->folder->unread += read ? (size_t)-1 : 1;
	sim_item_touch(item, true);
}
