/*
 * Sequence numbers: see view.h. An update tells flags first (under the old numbers), then
 * EXPUNGE, then EXISTS, so that no response refers to a number that is not valid yet.
 */
#include "imapfront/imap/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "imapfront/imap/flags.h"

void imap_view_init(struct imap_view *view, const struct store_view *from)
{
	*view = (struct imap_view){
		.modseq = from->modseq,
		.uidvalidity = from->uidvalidity,
		.uidnext = from->uidnext,
		.count = from->count,
		.capacity = from->count,
	};
	view->uids = mem_array(from->count + 1, sizeof(*view->uids));
	if (from->count)
		memcpy(view->uids, from->uids, from->count * sizeof(*view->uids));
}

void imap_view_finish(struct imap_view *view)
{
	free(view->uids);
	free(view->held);
	free(view->told);
	free(view->recent);
	*view = (struct imap_view){ 0 };
}

/* Where @uid is in the ascending @uids, or would be. */
static size_t lower_bound(const uint32_t *uids, size_t count, uint32_t uid)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (uids[middle] < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool has(const uint32_t *uids, size_t count, uint32_t uid)
{
	size_t at = lower_bound(uids, count, uid);

	return at < count && uids[at] == uid;
}

uint32_t imap_view_seq(const struct imap_view *view, uint32_t uid)
{
	/* In a folder that nothing left yet, UIDs have no gaps. */
	size_t at = view->count && uid >= view->uids[0] ? uid - view->uids[0] : 0;

	if (at < view->count && view->uids[at] == uid)
		return (uint32_t)at + 1;
	at = lower_bound(view->uids, view->count, uid);
	return at < view->count && view->uids[at] == uid ? (uint32_t)at + 1 : 0;
}

static void add_range(const struct imap_view *view, size_t from, size_t to,
		      struct store_uid_list *list)
{
	for (size_t i = from; i < to; i++)
		list->uids[list->count++] = view->uids[i];
}

bool imap_view_select(const struct imap_view *view, struct imap_set *set, bool is_uid,
		      struct store_uid_list *uids_r, struct err *err)
{
	uint32_t last = (uint32_t)view->count;
	struct store_uid_list list = { 0 };

	if (is_uid && view->count)
		last = view->uids[view->count - 1];
	imap_set_resolve(set, last);
	if (!is_uid && set->count && set->ranges[set->count - 1].to > view->count)
		return err_set(err, ERR_SYNTAX, "no message %u here",
			       set->ranges[set->count - 1].to);
	list.uids = mem_array(view->count + 1, sizeof(*list.uids));
	for (size_t i = 0; i < set->count; i++) {
		struct imap_range r = set->ranges[i];
		size_t from = r.from - 1, to = r.to;

		if (is_uid) {
			from = lower_bound(view->uids, view->count, r.from);
			to = r.to == UINT32_MAX
				     ? view->count
				     : lower_bound(view->uids, view->count, r.to + 1);
		}
		add_range(view, from, to, &list);
	}
	*uids_r = list;
	return true;
}

void imap_view_told(struct imap_view *view, uint32_t uid, uint64_t modseq)
{
	if (modseq <= view->modseq)
		return; /* no update will bring it again */
	view->told = mem_grow(view->told, view->told_count, &view->told_capacity,
			      sizeof(*view->told));
	view->told[view->told_count++] = (struct imap_told){ uid, modseq };
}

void imap_view_caught_up(struct imap_view *view, uint64_t modseq)
{
	view->modseq = modseq;
	view->told_count = 0;
}

void imap_view_add_recent(struct imap_view *view, struct store_uid_range range)
{
	if (range.from > range.to)
		return;
	if (view->recent_count &&
	    view->recent[view->recent_count - 1].to + 1 == range.from) {
		view->recent[view->recent_count - 1].to = range.to;
		return;
	}
	view->recent = mem_grow(view->recent, view->recent_count, &view->recent_capacity,
				sizeof(*view->recent));
	view->recent[view->recent_count++] = range;
}

bool imap_view_is_recent(const struct imap_view *view, uint32_t uid)
{
	for (size_t i = 0; i < view->recent_count; i++)
		if (uid >= view->recent[i].from && uid <= view->recent[i].to)
			return true;
	return false;
}

size_t imap_view_recent_count(const struct imap_view *view)
{
	size_t count = 0;

	for (size_t i = 0; i < view->recent_count; i++)
		count += lower_bound(view->uids, view->count, view->recent[i].to + 1) -
			 lower_bound(view->uids, view->count, view->recent[i].from);
	return count;
}

static int by_uid(const void *a, const void *b)
{
	const struct imap_told *x = a, *y = b;

	return x->uid != y->uid ? (x->uid > y->uid) - (x->uid < y->uid)
				: (x->modseq > y->modseq) - (x->modseq < y->modseq);
}

/* @told is sorted; *at moves along with the ascending changes. */
static bool was_told(const struct imap_view *view, const struct store_change *change,
		     size_t *at)
{
	while (*at < view->told_count && view->told[*at].uid < change->uid)
		++*at;
	for (; *at < view->told_count && view->told[*at].uid == change->uid; ++*at)
		if (view->told[*at].modseq >= change->modseq)
			return true;
	return false;
}

static void tell_flags(struct imap_view *view, const struct store_change *change,
		       unsigned how, struct strbuf *out)
{
	unsigned recent = imap_view_is_recent(view, change->uid) ? IMAP_FLAG_RECENT : 0;

	strbuf_addf(out, "* %u FETCH (UID %u FLAGS ", imap_view_seq(view, change->uid),
		    change->uid);
	imap_flags_write(change->flags | recent, change->keywords, view->labels, out);
	if (how & IMAP_UPDATE_MODSEQ)
		strbuf_addf(out, " MODSEQ (%llu)", (unsigned long long)change->modseq);
	strbuf_add(out, STR(")\r\n"));
}

static void hold(struct imap_view *view, uint32_t uid)
{
	size_t at = lower_bound(view->held, view->held_count, uid);

	if (at < view->held_count && view->held[at] == uid)
		return;
	view->held = mem_grow(view->held, view->held_count, &view->held_capacity,
			      sizeof(*view->held));
	memmove(view->held + at + 1, view->held + at,
		(view->held_count - at) * sizeof(*view->held));
	view->held[at] = uid;
	view->held_count++;
}

static void tell_expunges(struct imap_view *view, bool vanished, struct strbuf *out)
{
	size_t kept = 0;

	if (vanished) {
		strbuf_add(out, STR("* VANISHED "));
		imap_set_write(view->held, view->held_count, out);
		strbuf_add(out, STR("\r\n"));
	}
	for (size_t i = 0; i < view->count; i++) {
		if (!has(view->held, view->held_count, view->uids[i]))
			view->uids[kept++] = view->uids[i];
		else if (!vanished)
			strbuf_addf(out, "* %zu EXPUNGE\r\n", kept + 1);
	}
	view->count = kept;
	view->held_count = 0;
}

/* UIDs only grow, so that what is new goes to the end. */
static bool add_new(struct imap_view *view, const struct store_change *change)
{
	if (view->count && change->uid <= view->uids[view->count - 1])
		return false;
	view->uids = mem_grow(view->uids, view->count, &view->capacity,
			      sizeof(*view->uids));
	view->uids[view->count++] = change->uid;
	return true;
}

void imap_view_update(struct imap_view *view, const struct store_changes *changes,
		      unsigned how, struct strbuf *out)
{
	uint32_t known = view->count ? view->uids[view->count - 1] : 0;
	size_t at = 0, added = 0;

	if (view->told_count)
		qsort(view->told, view->told_count, sizeof(*view->told), by_uid);
	for (size_t i = 0; i < changes->count; i++) {
		const struct store_change *change = &changes->items[i];

		if (!imap_view_seq(view, change->uid))
			continue;
		if (change->expunged)
			hold(view, change->uid);
		else if (!was_told(view, change, &at) && !(how & IMAP_UPDATE_NO_FLAGS))
			tell_flags(view, change, how, out);
	}
	if ((how & IMAP_UPDATE_EXPUNGE) && view->held_count)
		tell_expunges(view, how & IMAP_UPDATE_VANISHED, out);
	for (size_t i = 0; i < changes->count; i++)
		if (!changes->items[i].expunged && changes->items[i].uid > known)
			added += add_new(view, &changes->items[i]);
	if (added)
		strbuf_addf(out, "* %zu EXISTS\r\n", view->count);
	if (added && (how & IMAP_UPDATE_RECENT))
		strbuf_addf(out, "* %zu RECENT\r\n", imap_view_recent_count(view));
	view->told_count = 0;
	view->modseq = MAX_OF(view->modseq, changes->modseq);
	view->uidnext = MAX_OF(view->uidnext, changes->uidnext);
}
