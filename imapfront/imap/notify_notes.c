/*
 * Annotations and NOTIFY: RFC 5465 sections 5.6 and 5.7. The METADATA response names the
 * entries that changed, without their values (RFC 5464 section 4.4.2).
 */
#include "imapfront/imap/mailbox.h"
#include "imapfront/imap/notify_state.h"

static unsigned wanted(const struct imap_notify *n)
{
	unsigned events = 0;

	for (const struct imap_notify_group *g = n->wish.groups; g; g = g->next)
		events |= g->events;
	return events & (IMAP_EVENT_METADATA | IMAP_EVENT_SERVER_METADATA);
}

static const struct store_annotation *find(const struct store_annotations *list,
					   const char *entry)
{
	for (size_t i = 0; i < list->count; i++)
		if (str_eq_nocase(str_from(list->items[i].entry), str_from(entry)))
			return &list->items[i];
	return NULL;
}

static void name(const char *entry, struct strbuf *entries)
{
	strbuf_addf(entries, " %s", entry);
}

static void compare(const struct store_annotations *old,
		    const struct store_annotations *new, struct strbuf *entries)
{
	for (size_t i = 0; i < new->count; i++) {
		const struct store_annotation *is = &new->items[i];
		const struct store_annotation *was = find(old, is->entry);

		if (!was || !str_eq(strbuf_str(&was->value), strbuf_str(&is->value)))
			name(is->entry, entries);
	}
	for (size_t i = 0; i < old->count; i++)
		if (!find(new, old->items[i].entry))
			name(old->items[i].entry, entries);
}

/* Reads them anew in place of @notes. @out: NULL: nothing is told. */
static bool renew(struct imap_client *client, int64_t box_id, const char *path,
		  struct store_annotations *notes, struct strbuf *out, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf entries = STRBUF(IMAP_UPDATE_BYTES);
	struct store_annotations fresh = { 0 };

	if (!store_annotations_read(client->store, box_id, &fresh, err))
		return false;
	compare(notes, &fresh, &entries);
	store_annotations_finish(notes);
	*notes = fresh;
	if (!out || !entries.len)
		return true;
	strbuf_add(out, STR("* METADATA "));
	imap_mailbox_quote(str_from(path), client->utf8, out);
	strbuf_add(out, strbuf_str(&entries));
	strbuf_add(out, STR("\r\n"));
	return strbuf_ok(out, err);
}

static bool renew_all(struct imap_client *client, struct imap_known *known, size_t count,
		      struct strbuf *out, struct err *err)
{
	struct imap_notify *n = client->notify;
	unsigned events = wanted(n);
	uint64_t changes = store_annotation_changes(client->store);

	if (!events || (out && changes == n->annotation_changes))
		return true;
	/* What changes while they are read is counted above this. */
	n->annotation_changes = changes;
	if ((events & IMAP_EVENT_SERVER_METADATA) &&
	    !renew(client, 0, "", &n->server_notes, out, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if ((imap_notify_events(client, &known[i].box) & IMAP_EVENT_METADATA) &&
		    !renew(client, known[i].box.id, known[i].box.path, &known[i].notes,
			   out, err))
			return false;
	return true;
}

bool imap_notify_notes_begin(struct imap_client *client, struct err *err)
{
	return renew_all(client, client->notify->known, client->notify->count, NULL, err);
}

bool imap_notify_notes(struct imap_client *client, struct imap_known *now, size_t count,
		       struct strbuf *out, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		struct imap_known *old = imap_notify_known(client->notify, now[i].box.id);

		if (!old)
			continue;
		now[i].notes = old->notes;
		old->notes = (struct store_annotations){ 0 };
	}
	return renew_all(client, now, count, out, err);
}

void imap_notify_annotated(struct imap_client *client, int64_t box_id)
{
	struct imap_notify *n = client->notify;
	struct imap_known *known = imap_notify_known(n, box_id);
	struct err none;

	if (!n || !wanted(n) || (box_id && !known))
		return;
	/* That it cannot be read now, the next look will find. */
	(void)!renew(client, box_id, "", box_id ? &known->notes : &n->server_notes, NULL,
		     &none);
}
