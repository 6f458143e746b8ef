/*
 * Sending, in steps that are durable: a draft with our mark, then SendItem of that draft.
 * A lost answer is settled by SendItem of the same id again; when the draft is gone, its
 * mark in Sent Items or the Outbox says that it left.
 *
 * Exchange knows no envelope: it sends to those whom the header and Bcc name. Recipients
 * that no header names become Bcc; where the header names people whom the envelope leaves
 * out (a redirect, a list), To and Cc are written anew without them, and without groups.
 */
#include "bridge/sync_up.h"

#include <stdlib.h>

#include "base/fail_point.h"
#include "base/log.h"
#include "base/mem.h"
#include "bridge/mime/address.h"
#include "bridge/mime/edit.h"
#include "bridge/mime/header.h"
#include "bridge/mime/words.h"

#define MIME_MAX ((size_t)256 << 20)
#define LIST_MAX ((size_t)4 << 20)
#define CONFLICTS_MAX 3
#define GONE_TRIES 5 /* the copy in Sent Items may come late */

enum { STEP_NEW, STEP_CREATING, STEP_DRAFT, STEP_SENDING, STEP_REFUSED };

/* ---- who gets it
 * ------------------------------------------------------------------------ */

static bool address_of(const struct mime_address *a, struct strbuf *out)
{
	if (a->kind != MIME_ADDRESS_MAILBOX || a->host.len == 0)
		return false;
	strbuf_addf(out, "%.*s@%.*s", STR_FMT(a->mailbox), STR_FMT(a->host));
	return true;
}

/* Addresses of the fields @name, a line feed after each. */
static void named_add(struct str mime, struct str name, struct strbuf *out)
{
	struct str rest = str_sub(mime, 0, mime_header_len(mime));
	struct mime_field field;

	while (mime_field_next(&rest, &field)) {
		struct mime_addresses list;

		if (!str_eq_nocase(field.name, name))
			continue;
		mime_addresses_init(&list, field.value);
		for (size_t i = 0; i < list.count; i++) {
			if (address_of(&list.list[i], out))
				strbuf_addc(out, '\n');
		}
		mime_addresses_finish(&list);
	}
}

static void kept_write(const struct mime_address *a, struct str addr, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf name = STRBUF(LIST_MAX);

	mime_words_decode(a->name, &name);
	if (out->len > 0)
		strbuf_add(out, STR(",\r\n "));
	mime_address_write(strbuf_str(&name), addr, out);
}

/* Of the fields @name those who are among @recipients, as an address list. *all_r: were
 * all? */
static void kept_add(struct str mime, struct str name, struct str recipients, bool *all_r,
		     struct strbuf *out)
{
	struct str rest = str_sub(mime, 0, mime_header_len(mime));
	struct mime_field field;

	while (mime_field_next(&rest, &field)) {
		struct mime_addresses list;

		if (!str_eq_nocase(field.name, name))
			continue;
		mime_addresses_init(&list, field.value);
		for (size_t i = 0; i < list.count; i++) {
			CLEANUP(strbuf_finish) struct strbuf addr = STRBUF(LIST_MAX);

			if (!address_of(&list.list[i], &addr))
				continue;
			if (sync_plan_listed(recipients, strbuf_str(&addr)))
				kept_write(&list.list[i], strbuf_str(&addr), out);
			else
				*all_r = false;
		}
		mime_addresses_finish(&list);
	}
}

/* The message that Exchange is given, and whom it must be told besides. */
static void prepare(const struct journal_entry *e, struct str mime, struct strbuf *out,
		    struct strbuf *bcc)
{
	CLEANUP(strbuf_finish) struct strbuf to = STRBUF(LIST_MAX), cc = STRBUF(LIST_MAX);
	CLEANUP(strbuf_finish) struct strbuf to_kept = STRBUF(LIST_MAX);
	CLEANUP(strbuf_finish) struct strbuf cc_kept = STRBUF(LIST_MAX);
	CLEANUP(strbuf_finish)
	struct strbuf rest = STRBUF(MIME_MAX), more = STRBUF(MIME_MAX);
	const struct str drop[] = { STR("Bcc"), STR("To"), STR("Cc") };
	struct str recipients = str_from(e->recipients);
	bool all = true;

	named_add(mime, STR("To"), &to);
	named_add(mime, STR("Cc"), &cc);
	kept_add(mime, STR("To"), recipients, &all, &to_kept);
	kept_add(mime, STR("Cc"), recipients, &all, &cc_kept);
	strbuf_add(&to, strbuf_str(&cc));
	sync_plan_bcc(recipients, strbuf_str(&to), bcc);
	if (all) {
		mime_edit_strip(mime, drop, 1, out);
		return;
	}
	mime_edit_strip(mime, drop, ARRAY_LEN(drop), &rest);
	if (cc_kept.len > 0)
		mime_edit_insert(strbuf_str(&rest), STR("Cc"), strbuf_str(&cc_kept),
				 &more);
	else
		strbuf_add(&more, strbuf_str(&rest));
	if (to_kept.len > 0)
		mime_edit_insert(strbuf_str(&more), STR("To"), strbuf_str(&to_kept), out);
	else
		strbuf_add(out, strbuf_str(&more));
}

/* ---- the draft
 * -------------------------------------------------------------------------- */

struct draft {
	struct strbuf id, change_key;
	unsigned step;
};

static void draft_finish(struct draft *d)
{
	strbuf_finish(&d->id);
	strbuf_finish(&d->change_key);
}

static void draft_set(struct draft *d, const char *id, const char *change_key)
{
	strbuf_finish(&d->id);
	strbuf_finish(&d->change_key);
	strbuf_init(&d->id, 4096);
	strbuf_init(&d->change_key, 4096);
	strbuf_add_cstr(&d->id, id);
	strbuf_add_cstr(&d->change_key, change_key);
}

static bool draft_known(struct up *up, const struct journal_entry *e, struct draft *d,
			const struct remote_id *id)
{
	draft_set(d, id->id, id->change_key);
	d->step = STEP_DRAFT;
	return sync_up_step(up, e, STEP_DRAFT, id->id, id->change_key);
}

/* @bcc has a line feed after each; cut into texts in place. */
static size_t split(struct strbuf *bcc, const char ***list_r)
{
	size_t count = 0, room = 1;
	char *start = bcc->p;

	for (size_t i = 0; i < bcc->len; i++)
		room += bcc->p[i] == '\n';
	*list_r = mem_array(room, sizeof(**list_r));
	for (size_t i = 0; i < bcc->len; i++) {
		if (bcc->p[i] != '\n')
			continue;
		bcc->p[i] = '\0';
		(*list_r)[count++] = start;
		start = bcc->p + i + 1;
	}
	return count;
}

static bool create(struct up *up, const struct journal_entry *e, struct remote_ids *made,
		   bool *answered_r, struct remote_fail *fail)
{
	CLEANUP(strbuf_finish) struct strbuf mime = STRBUF(MIME_MAX);
	CLEANUP(strbuf_finish) struct strbuf message = STRBUF(MIME_MAX);
	CLEANUP(strbuf_finish) struct strbuf bcc = STRBUF(LIST_MAX);
	const char **list;
	struct err err = { 0 };
	size_t count;
	bool ok;

	if (!journal_mime(up->sync->setup.store, e->id, &mime, &err)) {
		sync_up_unreadable(up, e, &err);
		*answered_r = true;
		return false;
	}
	prepare(e, strbuf_str(&mime), &message, &bcc);
	if (!strbuf_ok(&message, &fail->err) || !strbuf_ok(&bcc, &fail->err) ||
	    !sync_up_step(up, e, STEP_CREATING, NULL, NULL))
		return false;
	count = split(&bcc, &list);
	ok = up->conn->ops->item_create(up->conn,
					&(struct remote_create){
						.use = BOX_USE_DRAFTS,
						.mime = strbuf_str(&message),
						.flags = MSG_SEEN | MSG_DRAFT,
						.mark = e->mark,
						.bcc = list,
						.bcc_count = count,
					},
					made, fail);
	FAIL_POINT("up.draft-created");
	free(list);
	return ok;
}

/* *answered_r: the entry's fate is settled already. */
static bool draft_make(struct up *up, const struct journal_entry *e, struct draft *d,
		       bool *answered_r, struct remote_fail *fail)
{
	CLEANUP(remote_ids_finish) struct remote_ids found = { 0 }, made = { 0 };
	const struct remote_id *id = NULL;

	if (e->step >= STEP_CREATING &&
	    !sync_up_find(up, NULL, BOX_USE_DRAFTS, REMOTE_FIND_MARK, str_from(e->mark),
			  &found, &id, fail))
		return false;
	if (id)
		return draft_known(up, e, d, id);
	if (!create(up, e, &made, answered_r, fail))
		return false;
	if (made.count != 1 || made.list[0].fail.err.code != ERR_OK || !made.list[0].id) {
		*fail = made.count == 1 ? made.list[0].fail : *fail;
		return fail->err.code != ERR_OK
			       ? false
			       : remote_fail_set(fail, ERR_BROKEN, REMOTE_OTHER, true,
						 "the server does not name the draft");
	}
	return draft_known(up, e, d, &made.list[0]);
}

/* Its ChangeKey as of now; the problem ITEM_GONE when it is not there. */
static bool draft_fresh(struct up *up, struct draft *d, struct remote_fail *fail)
{
	CLEANUP(remote_items_finish) struct remote_items items = { 0 };
	CLEANUP(strbuf_finish) struct strbuf id = STRBUF(4096);
	const char *ids[1];

	strbuf_add(&id, strbuf_str(&d->id));
	ids[0] = strbuf_cstr(&id);
	if (!up->conn->ops->items_read(up->conn, ids, 1, &items, fail))
		return false;
	if (items.list[0].fail.err.code != ERR_OK) {
		*fail = items.list[0].fail;
		return false;
	}
	draft_set(d, ids[0], items.list[0].item.change_key);
	return true;
}

/* ---- sending it
 * ------------------------------------------------------------------------- */

static bool marked_in(struct up *up, const struct journal_entry *e, enum box_use use,
		      bool *there_r, struct remote_fail *fail)
{
	CLEANUP(remote_ids_finish) struct remote_ids found = { 0 };
	const struct remote_id *id = NULL;

	if (!sync_up_find(up, NULL, use, REMOTE_FIND_MARK, str_from(e->mark), &found, &id,
			  fail)) {
		if (fail->problem != REMOTE_FOLDER_GONE)
			return false;
		*fail = (struct remote_fail){ 0 };
	}
	*there_r = *there_r || id;
	return true;
}

/* Sending it again might send it twice; saying nothing might lose it. */
static void unsure(struct up *up, const struct journal_entry *e)
{
	static const char why[] = "it left the drafts, but is neither in Sent Items nor "
				  "in the Outbox: ask the recipients before you send "
				  "it again";
	struct err err = { 0 };

	log_warn(up->sync->who, "perhaps a message was not sent: %s", why);
	if (!journal_unsure(up->sync->setup.store, e, why, &err))
		sync_up_broken(up, &err);
}

/* The draft is gone. Was it sent, or did somebody delete it before that? */
static void gone(struct up *up, const struct journal_entry *e, const struct draft *d)
{
	struct remote_fail fail = { 0 };
	bool there = false;

	if (d->step < STEP_SENDING) {
		if (sync_up_step(up, e, STEP_CREATING, NULL, NULL))
			sync_up_later(up, e, "the draft was deleted; it is made again");
		return;
	}
	if (!marked_in(up, e, BOX_USE_SENT, &there, &fail) ||
	    (!there && !marked_in(up, e, BOX_USE_OUTBOX, &there, &fail))) {
		sync_up_failed(up, e, &fail);
		return;
	}
	if (!there && e->tries < GONE_TRIES) {
		sync_up_later(up, e, "sent, but not in Sent Items yet");
		return;
	}
	if (there)
		sync_up_done(up, e, NULL, NULL);
	else
		unsure(up, e);
}

static bool send_once(struct up *up, const struct journal_entry *e, struct draft *d,
		      struct remote_fail *fail)
{
	if (!draft_fresh(up, d, fail))
		return false;
	if (d->step < STEP_SENDING &&
	    !sync_up_step(up, e, STEP_SENDING, strbuf_cstr(&d->id),
			  strbuf_cstr(&d->change_key)))
		return false;
	d->step = STEP_SENDING;
	if (!up->conn->ops->item_send(up->conn, strbuf_cstr(&d->id),
				      strbuf_cstr(&d->change_key), fail))
		return false;
	FAIL_POINT("up.sent");
	return true;
}

/* Refused for good: the draft must not stay behind. The refusal is durable before that;
 * a draft that is missing would be taken for one that was sent. */
static void refused(struct up *up, const struct journal_entry *e, const struct draft *d,
		    const struct err *why)
{
	CLEANUP(remote_ids_finish) struct remote_ids answers = { 0 };
	struct remote_fail fail = { 0 };
	const char *ids[1] = { strbuf_cstr(&d->id) };

	if (d->id.len > 0) {
		if (up->conn->ops->items_delete(up->conn, ids, false, 1, &answers,
						&fail) &&
		    answers.count > 0)
			fail = answers.list[0].fail;
		if (sync_up_is_general(up, &fail)) {
			up->general = fail;
			return;
		}
		if (fail.retry || fail.outcome_unknown) {
			sync_up_later(up, e, fail.err.text);
			return;
		}
		if (fail.err.code != ERR_OK && fail.problem != REMOTE_ITEM_GONE)
			log_warn(up->sync->who, "a draft stays behind: %s",
				 fail.err.text);
	}
	FAIL_POINT("up.draft-removed");
	sync_up_refuse(up, e, why);
}

static void refuse(struct up *up, const struct journal_entry *e, const struct draft *d,
		   const struct err *why)
{
	struct err err = { 0 };

	if (journal_refusal_note(up->sync->setup.store, e->id, STEP_REFUSED, why, &err))
		refused(up, e, d, why);
	else
		sync_up_broken(up, &err);
}

/* The refusal was noted before a crash, or before the server went away. */
static void refused_before(struct up *up, const struct journal_entry *e,
			   const struct draft *d)
{
	struct err why = { 0 };

	err_set(&why, (enum err_code)e->refused_code, "%s", e->why ? e->why : "refused");
	refused(up, e, d, &why);
}

void sync_up_send(struct up *up, const struct journal_entry *entries, size_t count)
{
	const struct journal_entry *e = &entries[0];
	CLEANUP(draft_finish) struct draft d = { .step = e->step };
	struct remote_fail fail = { 0 };
	bool ok = true, answered = false;

	draft_set(&d, e->item_id, e->change_key);
	if (e->step == STEP_REFUSED) {
		refused_before(up, e, &d);
		return;
	}
	if (e->step < STEP_DRAFT || d.id.len == 0)
		ok = draft_make(up, e, &d, &answered, &fail);
	for (int i = 0; ok && i < CONFLICTS_MAX; i++) {
		fail = (struct remote_fail){ 0 };
		ok = send_once(up, e, &d, &fail);
		if (ok) {
			sync_up_done(up, e, NULL, NULL);
			return;
		}
		ok = fail.problem == REMOTE_CONFLICT && i + 1 < CONFLICTS_MAX;
	}
	if (up->store_failed || answered)
		return;
	if (fail.problem == REMOTE_ITEM_GONE && d.step >= STEP_DRAFT) {
		gone(up, e, &d);
		return;
	}
	if (sync_plan_fate(JOURNAL_SEND, e->tries, &fail) == SYNC_FATE_REFUSE &&
	    !sync_up_is_general(up, &fail))
		refuse(up, e, &d, &fail.err);
	else
		sync_up_failed(up, e, &fail);
}
