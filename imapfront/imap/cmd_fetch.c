/*
 * FETCH: RFC 3501 section 6.4.5; CHANGEDSINCE, VANISHED: RFC 7162 sections 3.1.4 and
 * 3.2.6; PARTIAL: RFC 9394. Messages are read
 * in slices; no handle of the store is held while the client takes the answer. What is
 * here is answered first; bodies that are not here are asked for all at once and answered
 * as they arrive.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"

static bool read_modifier(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	if (imap_take_word(in, STR("VANISHED"))) {
		args->vanished = true;
		return true;
	}
	if (imap_take_word(in, STR("PARTIAL"))) {
		args->partial_set = true;
		return imap_read_sp(in, err) &&
		       imap_partial_read(in, &args->partial, err);
	}
	if (!imap_take_word(in, STR("CHANGEDSINCE")))
		return err_set(err, ERR_SYNTAX, "unknown modifier of FETCH");
	args->fetch.items |= IMAP_FETCH_MODSEQ;
	return imap_read_sp(in, err) && imap_read_number64(in, &args->changed_since, err);
}

/* "(" fetch-modifier *(SP fetch-modifier) ")" */
static bool read_modifiers(struct imap_reader *in, struct imap_args *args,
			   struct err *err)
{
	if (!imap_read_char(in, '(', err))
		return false;
	do {
		if (!read_modifier(in, args, err))
			return false;
	} while (imap_take(in, ' '));
	return imap_read_char(in, ')', err);
}

static bool parse(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	if (!imap_read_sp(in, err) || !imap_read_set(in, &args->set, err) ||
	    !imap_read_sp(in, err) || !imap_fetch_parse(in, &args->fetch, err))
		return false;
	if (imap_take(in, ' ') && !imap_at_end(in) && !read_modifiers(in, args, err))
		return false;
	if (args->vanished && (!args->changed_since || !args->uid))
		return err_set(err, ERR_SYNTAX,
			       "VANISHED is for UID FETCH with CHANGEDSINCE");
	args->condstore = args->fetch.items & IMAP_FETCH_MODSEQ;
	return imap_read_end(in, err);
}

struct fetching {
	struct imap_client *client;
	const struct imap_fetch *fetch;
	struct store_uid_list wanted, missing;
	struct store_uid_list unseen; /* answered, and to be marked \Seen */
	size_t missing_capacity, unseen_capacity;
	bool gone; /* something was expunged meanwhile */
	bool unknown_encoding; /* of a part that BINARY was asked for */
};

static void fetching_finish(struct fetching *f)
{
	store_uid_list_finish(&f->wanted);
	store_uid_list_finish(&f->missing);
	store_uid_list_finish(&f->unseen);
}

static void add(struct store_uid_list *list, size_t *capacity, uint32_t uid)
{
	list->uids = mem_grow(list->uids, list->count, capacity, sizeof(*list->uids));
	list->uids[list->count++] = uid;
}

/* @false with ERR_STATE: the octets are not here (any more) */
static bool answer(struct fetching *f, const struct imap_fetch *fetch,
		   const struct store_msg *msg, struct err *err)
{
	CLEANUP(store_body_finish) struct store_body body = { 0 };
	struct imap_client *client = f->client;

	if (imap_fetch_needs_body(fetch, msg) &&
	    ((imap_fetch_in_part(fetch, msg) &&
	      !store_body_parted(client->store, client->box_id, msg->uid, err)) ||
	     !store_body_open(client->store, client->box_id, msg->uid, &body, err)))
		return false;
	if (fetch->items & IMAP_FETCH_FLAGS)
		imap_client_keywords(client, str_from(msg->keywords));
	if (!imap_fetch_write(fetch, imap_view_seq(&client->view, msg->uid),
			      imap_client_flags(client, msg), msg, body.octets,
			      client->out))
		f->unknown_encoding = true;
	if (fetch->items & IMAP_FETCH_FLAGS)
		imap_view_told(&client->view, msg->uid, msg->modseq);
	if (fetch->sets_seen && (client->rights & BOX_RIGHT_MODIFY) &&
	    !(msg->flags & MSG_SEEN))
		add(&f->unseen, &f->unseen_capacity, msg->uid);
	return !client->out->failed || err_set(err, ERR_OFFLINE, "the client is gone");
}

static bool answer_or_note(struct fetching *f, const struct store_msg *msg,
			   struct err *err)
{
	if (imap_fetch_ready(f->fetch, msg)) {
		if (answer(f, f->fetch, msg, err))
			return true;
		if (err->code == ERR_NOT_FOUND) {
			f->gone = true;
			return true;
		}
		if (err->code != ERR_STATE)
			return false;
	}
	add(&f->missing, &f->missing_capacity, msg->uid);
	return true;
}

static bool answer_slice(struct fetching *f, const uint32_t *uids, size_t count,
			 struct err *err)
{
	CLEANUP(store_msgs_finish) struct store_msgs msgs = { 0 };
	struct imap_client *client = f->client;

	if (!store_msgs_read(client->store, client->box_id, uids, count,
			     imap_fetch_want(f->fetch), &msgs, err))
		return false;
	f->gone = f->gone || msgs.count < count;
	for (size_t i = 0; i < msgs.count; i++)
		if (!answer_or_note(f, &msgs.items[i], err))
			return false;
	return true;
}

/* The octets cannot be had: then what Exchange's index says is better than nothing. */
static bool answer_roughly(struct fetching *f, const struct store_msg *msg,
			   struct err *err)
{
	struct imap_fetch rough = *f->fetch;

	rough.guess_sizes = rough.any_header = true;
	return imap_fetch_ready(&rough, msg) && answer(f, &rough, msg, err);
}

static bool answer_late(struct fetching *f, uint32_t uid, struct err *err)
{
	CLEANUP(store_msgs_finish) struct store_msgs msgs = { 0 };
	struct imap_client *client = f->client;
	bool here = imap_client_body(client, client->box_id, uid, err);

	if (!here && err->code == ERR_NOT_FOUND) {
		f->gone = true;
		return true;
	}
	struct err why = *err;
	if (!store_msgs_read(client->store, client->box_id, &uid, 1,
			     imap_fetch_want(f->fetch), &msgs, err))
		return false;
	if (!msgs.count) {
		f->gone = true;
		return true;
	}
	if (here)
		return answer(f, f->fetch, &msgs.items[0], err);
	if (answer_roughly(f, &msgs.items[0], err))
		return true;
	*err = why;
	return false;
}

/* The index leaves recipients and headers out at first. What has none even then needs its
 * body. */
static bool answer_headers(struct fetching *f, struct err *err)
{
	struct store_uid_list wanted = f->missing;
	bool fine = true;

	if (!f->missing.count || !imap_fetch_header_suffices(f->fetch))
		return true;
	f->missing = (struct store_uid_list){ 0 };
	f->missing_capacity = 0;
	imap_client_headers(f->client, f->client->box_id, &wanted);
	for (size_t at = 0; fine && at < wanted.count; at += IMAP_SLICE)
		fine = answer_slice(f, wanted.uids + at,
				    MIN_OF(wanted.count - at, (size_t)IMAP_SLICE), err);
	store_uid_list_finish(&wanted);
	return fine;
}

/* After the server turned out to be away, the rest is asked for without waiting. */
static bool answer_missing(struct fetching *f, struct err *err)
{
	struct imap_client *client = f->client;
	struct err first = { 0 }, one = { 0 };

	if (!f->missing.count)
		return true;
	account_bodies_need(client->session->account, client->box_id, f->missing.uids,
			    f->missing.count);
	for (size_t i = 0; i < f->missing.count; i++) {
		if (answer_late(f, f->missing.uids[i], &one))
			continue;
		if (client->out->failed || session_stopping(client->session)) {
			*err = one;
			return false;
		}
		if (first.code == ERR_OK)
			first = one;
	}
	*err = first;
	return first.code == ERR_OK;
}

static bool mark_seen(struct fetching *f, struct err *err)
{
	struct imap_client *client = f->client;

	return !f->unseen.count ||
	       store_flags_change(client->store, client->box_id, f->unseen.uids,
				  f->unseen.count,
				  &(struct store_flags){ .op = STORE_FLAGS_ADD,
							 .flags = MSG_SEEN,
							 .keywords = STR(""),
							 .unchanged_since = UINT64_MAX },
				  NULL, err);
}

/* CHANGEDSINCE: of the wanted ones, those with a higher mod-sequence. */
static bool keep_changed(struct fetching *f, uint64_t since, struct err *err)
{
	CLEANUP(store_changes_finish) struct store_changes changes = { 0 };
	struct imap_client *client = f->client;
	size_t at = 0, kept = 0;

	if (!store_living_since(client->store, client->box_id, since, &changes, err))
		return false;
	for (size_t i = 0; i < f->wanted.count; i++) {
		while (at < changes.count && changes.items[at].uid < f->wanted.uids[i])
			at++;
		if (at < changes.count && changes.items[at].uid == f->wanted.uids[i] &&
		    !changes.items[at].expunged)
			f->wanted.uids[kept++] = f->wanted.uids[i];
	}
	f->wanted.count = kept;
	return true;
}

/* RFC 7162 section 3.2.6. */
static bool tell_vanished(struct imap_client *client, struct imap_args *args,
			  struct err *err)
{
	CLEANUP(store_uid_ranges_finish) struct store_uid_ranges gone = { 0 };
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(IMAP_UPDATE_BYTES);

	if (!client->qresync)
		return err_set(err, ERR_SYNTAX, "ENABLE QRESYNC first");
	if (!store_vanished_since(client->store, client->box_id, args->changed_since,
				  &gone, err))
		return false;
	imap_vanished_write(&gone, &args->set, &line);
	stream_write(client->out, strbuf_str(&line));
	return strbuf_ok(&line, err);
}

/* RFC 9394 section 3.4: a page of what is asked for. */
static void keep_partial(struct fetching *f, const struct imap_partial *partial)
{
	size_t from, len = imap_partial_cut(partial, f->wanted.count, &from);

	if (from && len)
		memmove(f->wanted.uids, f->wanted.uids + from,
			len * sizeof(*f->wanted.uids));
	f->wanted.count = len;
}

static bool run(struct imap_client *client, struct imap_args *args, struct err *err)
{
	CLEANUP(fetching_finish)
	struct fetching f = { .client = client, .fetch = &args->fetch };
	struct err ignored;
	bool fine = true;

	args->fetch.guess_sizes = account_sizes_are_guessed(client->session->account);
	if (args->uid)
		args->fetch.items |= IMAP_FETCH_UID;
	if (!imap_client_messages(client, args, &f.wanted, err))
		return false;
	if (args->partial_set)
		keep_partial(&f, &args->partial);
	if ((args->vanished && !tell_vanished(client, args, err)) ||
	    (args->changed_since && !keep_changed(&f, args->changed_since, err)))
		return false;
	for (size_t at = 0; fine && at < f.wanted.count; at += IMAP_SLICE)
		fine = answer_slice(&f, f.wanted.uids + at,
				    MIN_OF(f.wanted.count - at, (size_t)IMAP_SLICE), err);
	fine = fine && answer_headers(&f, err) && answer_missing(&f, err);
	/* Also when a later message failed: these have been read. */
	fine = mark_seen(&f, fine ? err : &ignored) && fine;
	if (fine && f.unknown_encoding)
		return imap_client_refuse(client, err,
					  "[UNKNOWN-CTE] a part's transfer encoding is "
					  "not known");
	if (fine && f.gone)
		strbuf_add(&client->done,
			   STR("[EXPUNGEISSUED] some messages are gone by now"));
	return fine;
}

bool imap_client_fetch(struct imap_client *client, const struct imap_fetch *fetch,
		       const uint32_t *uids, size_t count, struct err *err)
{
	CLEANUP(fetching_finish) struct fetching f = { .client = client, .fetch = fetch };

	for (size_t at = 0; at < count; at += IMAP_SLICE)
		if (!answer_slice(&f, uids + at, MIN_OF(count - at, (size_t)IMAP_SLICE),
				  err))
			return false;
	return answer_missing(&f, err) ||
	       !(client->out->failed || session_stopping(client->session));
}

const struct imap_command imap_cmd_fetch = {
	"FETCH", IMAP_SELECTED, IMAP_UID_FORM | IMAP_KEEP_NUMBERS, parse, run, "BINARY",
};
