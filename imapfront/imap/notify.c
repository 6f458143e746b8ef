/*
 * What a client is told without asking: see notify.h. Of other mailboxes it hears by
 * STATUS and LIST; of the selected one by the update that every command has. Nothing of
 * what happened is queued, so that a slow client costs no memory: it hears of what is.
 */
#include "imapfront/imap/notify.h"

#include <stdlib.h>

#include "base/mem.h"
#include "imapfront/imap/client.h"
#include "imapfront/imap/mailbox.h"
#include "imapfront/imap/notify_state.h"
#include "imapfront/imap/status_items.h"

enum {
	BOXES_MAX = 10000, /* more are not watched: NOTIFICATIONOVERFLOW */
	LINES_BYTES = 16 * 1024 * 1024,
	NAMED_BYTES = 1024 * 1024,
};

static void known_finish(struct imap_known *known, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		store_box_finish(&known[i].box);
		store_annotations_finish(&known[i].notes);
	}
	free(known);
}

void imap_notify_free(struct imap_notify *notify)
{
	if (!notify)
		return;
	known_finish(notify->known, notify->count);
	store_annotations_finish(&notify->server_notes);
	strbuf_finish(&notify->named);
	pool_finish(&notify->pool);
	free(notify);
}

unsigned imap_notify_selected(const struct imap_client *client)
{
	return client->notify ? client->notify->wish.selected : IMAP_EVENTS_MESSAGE;
}

const struct imap_fetch *imap_notify_fetch(const struct imap_client *client)
{
	const struct imap_notify *n = client->notify;

	return n && n->wish.fetches ? &n->wish.fetch : NULL;
}

bool imap_notify_is_eager(const struct imap_client *client)
{
	const struct imap_notify *n = client->notify;

	return n && (n->wish.groups || (n->wish.selected && client->box_id));
}

int64_t imap_notify_topic(const struct imap_client *client)
{
	if (client->notify && client->notify->wish.groups)
		return NOTIFY_BOXES;
	return client->box_id;
}

static int by_id(const void *a, const void *b)
{
	int64_t x = ((const struct imap_known *)a)->box.id,
		y = ((const struct imap_known *)b)->box.id;

	return (x > y) - (x < y);
}

struct imap_known *imap_notify_known(const struct imap_notify *n, int64_t box_id)
{
	struct imap_known wanted = { .box.id = box_id };

	return n && n->count
		       ? bsearch(&wanted, n->known, n->count, sizeof(*n->known), by_id)
		       : NULL;
}

void imap_notify_left(struct imap_client *client, int64_t box_id)
{
	struct imap_known *known = imap_notify_known(client->notify, box_id);
	struct store_box box;
	struct err none;

	if (!known || !store_box_get(client->store, box_id, &box, &none))
		return;
	store_box_finish(&known->box);
	known->box = box;
	known->added = 0;
}

void imap_notify_added(struct imap_client *client, int64_t box_id, size_t messages)
{
	struct imap_known *known = imap_notify_known(client->notify, box_id);

	if (known)
		known->added += messages;
}

void imap_notify_named(struct imap_client *client, struct str path)
{
	if (!client->notify || !client->notify->wish.groups)
		return;
	strbuf_add(&client->notify->named, path);
	strbuf_addc(&client->notify->named, '\n');
}

static bool is_at_or_below(struct str path, struct str parent)
{
	return str_starts(path, parent) &&
	       (path.len == parent.len || path.p[parent.len] == '/');
}

/* Also its parents, which CREATE makes, and what is below it, which RENAME moves. */
static bool is_own(const struct imap_notify *n, struct str path)
{
	struct str rest = strbuf_str(&n->named), own;

	while (str_split(&rest, '\n', &own) && own.len)
		if (is_at_or_below(path, own) || is_at_or_below(own, path))
			return true;
	return false;
}

unsigned imap_notify_events(const struct imap_client *client, const struct store_box *box)
{
	const struct imap_notify_group *g = client->notify->wish.groups;
	unsigned events = 0;

	for (; g; g = g->next)
		for (const struct imap_source *s = g->sources; s; s = s->next)
			if (imap_source_names(s, client->box_id, box))
				events |= g->events;
	return events;
}

/* ---- telling ------------------------------------------------------------------------
 */

static void tell_list(const struct imap_client *client, const struct store_box *box,
		      bool exists, const char *old_path, struct strbuf *out)
{
	struct imap_list list = { .extended = true,
				  .options = IMAP_LIST_TELL_SUBSCRIBED };
	struct imap_list_name name = {
		.path = str_from(box->path),
		.box = exists ? box : NULL,
		.subscribed = exists && box->subscribed,
		.has_children = exists && box->has_children,
	};

	imap_list_write(&list, &name, client->utf8, out);
	if (!old_path)
		return;
	strbuf_cut(out, out->len - 2);
	strbuf_add(out, STR(" (\"OLDNAME\" ("));
	imap_mailbox_quote(str_from(old_path), client->utf8, out);
	strbuf_add(out, STR("))\r\n"));
}

/* RFC 5465 sections 5.4 and 5.5: the name, and a parent whose children say so. */
static void tell_name(const struct imap_client *client, const struct store_box *box,
		      const struct store_box *old, struct strbuf *out)
{
	unsigned events = imap_notify_events(client, box) |
			  (old ? imap_notify_events(client, old) : 0);
	bool renamed = old && !str_eq(str_from(old->path), str_from(box->path));
	bool name = !old || renamed || old->has_children != box->has_children;
	bool subscription = old && old->subscribed != box->subscribed;

	if (is_own(client->notify, str_from(box->path)) ||
	    (old && is_own(client->notify, str_from(old->path))))
		return;
	if ((name && (events & IMAP_EVENT_NAME)) ||
	    (subscription && (events & IMAP_EVENT_SUBSCRIPTION)))
		tell_list(client, box, true, renamed ? old->path : NULL, out);
}

static void tell_gone(const struct imap_client *client, const struct store_box *old,
		      struct strbuf *out)
{
	if ((imap_notify_events(client, old) & IMAP_EVENT_NAME) &&
	    !is_own(client->notify, str_from(old->path)))
		tell_list(client, old, false, NULL, out);
}

/* RFC 5465 sections 5.1 to 5.3. */
static unsigned changed_items(const struct imap_client *client,
			      const struct store_box *box, const struct store_box *old)
{
	unsigned events = imap_notify_events(client, box), items = 0;
	bool another = box->uidvalidity != old->uidvalidity;
	bool count = another || box->uidnext != old->uidnext ||
		     box->messages != old->messages;

	if (count && (events & (IMAP_EVENT_NEW | IMAP_EVENT_EXPUNGE)))
		items |= IMAP_STATUS_MESSAGES | IMAP_STATUS_UIDNEXT;
	if ((events & IMAP_EVENT_FLAGS) && box->unseen != old->unseen)
		items |= IMAP_STATUS_UNSEEN;
	if (client->condstore && box->modseq != old->modseq &&
	    (items || (events & IMAP_EVENT_FLAGS)))
		items |= IMAP_STATUS_HIGHESTMODSEQ;
	if (items && (another || !count))
		items |= IMAP_STATUS_UIDVALIDITY;
	return items;
}

/* What the session has put there itself explains it all. */
static bool is_explained(const struct imap_known *known, const struct store_box *box)
{
	return known->added && box->uidvalidity == known->box.uidvalidity &&
	       box->uidnext == known->box.uidnext + known->added &&
	       box->messages == known->box.messages + known->added;
}

static bool tell_messages(struct imap_client *client, const struct store_box *box,
			  const struct imap_known *known, struct strbuf *out,
			  struct err *err)
{
	unsigned items;

	if (box->id == client->box_id || is_explained(known, box))
		return true;
	items = changed_items(client, box, &known->box);
	return !items || imap_status_tell(client, box, items, out, err);
}

/* ---- finding out --------------------------------------------------------------------
 */

/* The shown mailboxes by id; takes them out of @boxes. */
static struct imap_known *take_known(struct store_boxes *boxes, size_t *count_r)
{
	struct imap_known *known = mem_array(boxes->count + 1, sizeof(*known));
	size_t count = 0;

	for (size_t i = 0; i < boxes->count; i++) {
		if (!imap_list_is_shown(&boxes->items[i]))
			continue;
		known[count++] = (struct imap_known){ .box = boxes->items[i] };
		boxes->items[i] = (struct store_box){ 0 };
	}
	if (count)
		qsort(known, count, sizeof(*known), by_id);
	*count_r = count;
	return known;
}

static bool tell_one(struct imap_client *client, struct imap_known *now,
		     struct strbuf *out, struct err *err)
{
	struct imap_known *old = imap_notify_known(client->notify, now->box.id);

	tell_name(client, &now->box, old ? &old->box : NULL, out);
	/* The counts of a mailbox whose index is not complete are no news. */
	if (!old || !now->box.complete)
		return true;
	return tell_messages(client, &now->box, old, out, err);
}

static bool tell_all(struct imap_client *client, struct imap_known *now, size_t count,
		     struct strbuf *out, struct err *err)
{
	const struct imap_notify *n = client->notify;
	size_t at = 0;

	for (size_t i = 0; i < n->count; i++) {
		while (at < count && now[at].box.id < n->known[i].box.id)
			at++;
		if (at == count || now[at].box.id != n->known[i].box.id)
			tell_gone(client, &n->known[i].box, out);
	}
	for (size_t i = 0; i < count; i++)
		if (!tell_one(client, &now[i], out, err))
			return false;
	return strbuf_ok(out, err);
}

static void stop(struct imap_client *client)
{
	client->notify->wish = (struct imap_notify_wish){ 0 };
	imap_client_watch(client);
	stream_write(client->out, STR("* OK [NOTIFICATIONOVERFLOW] too many mailboxes to "
				      "watch: NOTIFY is off\r\n"));
}

bool imap_notify_others(struct imap_client *client, struct err *err)
{
	CLEANUP(store_boxes_finish) struct store_boxes boxes = { 0 };
	CLEANUP(strbuf_finish) struct strbuf lines = STRBUF(LINES_BYTES);
	struct imap_notify *n = client->notify;
	struct imap_known *now;
	size_t count;
	bool fine;

	if (!n || !n->wish.groups)
		return true;
	if (!store_box_list(client->store, &boxes, err))
		return false;
	if (boxes.count > BOXES_MAX) {
		stop(client);
		return true;
	}
	now = take_known(&boxes, &count);
	fine = tell_all(client, now, count, &lines, err) &&
	       imap_notify_notes(client, now, count, &lines, err);
	known_finish(n->known, n->count);
	n->known = now;
	n->count = count;
	strbuf_reset(&n->named);
	if (fine)
		stream_write(client->out, strbuf_str(&lines));
	return fine;
}

bool imap_notify_news(struct imap_client *client, struct err *err)
{
	return (client->state != IMAP_SELECTED || !imap_notify_selected(client) ||
		imap_client_update(client, !client->notify->wish.delayed, err)) &&
	       imap_notify_others(client, err);
}

/* ---- the command --------------------------------------------------------------------
 */

static bool tell_status(struct imap_client *client, const struct imap_notify *n,
			struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf lines = STRBUF(LINES_BYTES);

	for (size_t i = 0; i < n->count; i++) {
		const struct store_box *box = &n->known[i].box;
		unsigned events = imap_notify_events(client, box);
		unsigned items = IMAP_STATUS_MESSAGES | IMAP_STATUS_UIDNEXT |
				 IMAP_STATUS_UIDVALIDITY;

		if (events & IMAP_EVENT_FLAGS)
			items |= IMAP_STATUS_UNSEEN | IMAP_STATUS_HIGHESTMODSEQ;
		if ((events & IMAP_EVENTS_MESSAGE) && box->id != client->box_id &&
		    !imap_status_tell(client, box, items, &lines, err))
			return false;
	}
	stream_write(client->out, strbuf_str(&lines));
	return strbuf_ok(&lines, err);
}

static struct imap_notify *notify_new(const struct imap_client *client, struct str words)
{
	struct imap_notify *n = mem_alloc(sizeof(*n));
	struct imap_reader in = { pool_dup(&n->pool, words), &n->pool, client->labels,
				  client->utf8 };
	struct err none;

	strbuf_init(&n->named, NAMED_BYTES);
	if (!imap_notify_parse(&in, &n->wish, &none))
		n->wish = (struct imap_notify_wish){ 0 }; /* it was read before */
	n->wish.fetch.sets_seen = false;
	return n;
}

bool imap_notify_set(struct imap_client *client, struct str words, struct err *err)
{
	CLEANUP(store_boxes_finish) struct store_boxes boxes = { 0 };
	struct imap_notify *n = notify_new(client, words);
	bool status = n->wish.status;

	if (n->wish.bad_event) {
		imap_notify_free(n);
		return imap_client_refuse(
			client, err,
			"[BADEVENT (MessageNew MessageExpunge FlagChange "
			"MailboxName SubscriptionChange MailboxMetadataChange "
			"ServerMetadataChange)] these are known");
	}
	imap_notify_free(client->notify);
	client->notify = n;
	/* The watch first: what happens after the list is read is news. */
	imap_client_watch(client);
	if (!n->wish.groups)
		return true;
	if (!store_box_list(client->store, &boxes, err))
		return false;
	if (boxes.count > BOXES_MAX) {
		n->wish = (struct imap_notify_wish){ 0 };
		return imap_client_refuse(client, err,
					  "[NOTIFICATIONOVERFLOW] too many mailboxes");
	}
	n->known = take_known(&boxes, &n->count);
	if (!imap_notify_notes_begin(client, err))
		return false;
	return !status || tell_status(client, n, err);
}
