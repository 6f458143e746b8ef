/*
 * Finding the messages that match, for SEARCH, SORT, THREAD and ESEARCH. Each message is
 * tried with what the index holds, then with its header, and its octets are opened only
 * if they decide: see search_run.h.
 */
#include "imapfront/imap/search_run.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

struct searching {
	struct imap_client *client;
	int64_t box_id;
	const struct imap_view *view;
	struct imap_search *search;
	bool wants_text;
	struct store_uid_list left; /* what the index of messages does not decide */
	int64_t now_unix_s;
	struct store_uid_list open; /* bodies are not here, and would decide */
	size_t open_capacity;
	struct imap_hits hits;
	size_t hits_capacity;
};

void imap_hits_finish(struct imap_hits *hits)
{
	free(hits->items);
	*hits = (struct imap_hits){ 0 };
}

static void searching_finish(struct searching *s)
{
	imap_search_forget_index(s->search);
	store_uid_list_finish(&s->left);
	store_uid_list_finish(&s->open);
	imap_hits_finish(&s->hits);
}

static void add_open(struct searching *s, uint32_t uid)
{
	s->open.uids = mem_grow(s->open.uids, s->open.count, &s->open_capacity,
				sizeof(*s->open.uids));
	s->open.uids[s->open.count++] = uid;
}

static void add_hit(struct searching *s, const struct store_msg *msg)
{
	s->hits.items = mem_grow(s->hits.items, s->hits.count, &s->hits_capacity,
				 sizeof(*s->hits.items));
	s->hits.items[s->hits.count++] = (struct imap_hit){ msg->uid, msg->modseq };
}

static bool try_octets(struct searching *s, struct imap_candidate *candidate,
		       enum imap_found *found_r, struct err *err)
{
	CLEANUP(store_body_finish) struct store_body body = { 0 };
	struct mime_tree tree;

	if (!store_body_open(s->client->store, s->box_id, candidate->msg->uid, &body,
			     err))
		return false;
	mime_tree_init(&tree, body.octets);
	candidate->tree = &tree;
	candidate->header = tree.root->header;
	/* Empty, not absent: a message without a header has no fields. */
	if (!candidate->header.p)
		candidate->header = STR("");
	*found_r = imap_search_try(s->search, candidate);
	mime_tree_finish(&tree);
	return true;
}

static struct imap_candidate candidate_of(const struct searching *s,
					  const struct store_msg *msg, uint32_t seq)
{
	return (struct imap_candidate){
		.seq = seq,
		.recent = imap_view_is_recent(s->view, msg->uid),
		.msg = msg,
		.saved = &s->client->saved,
		.now_unix_s = s->now_unix_s,
	};
}

/* With the header, then with the text that the index keeps. */
static bool try_parts(struct searching *s, struct imap_candidate *candidate,
		      enum imap_found *found_r, struct err *err)
{
	CLEANUP(store_text_finish) struct store_text text = { 0 };
	const struct store_msg *msg = candidate->msg;

	candidate->columns = true;
	if (msg->header.len)
		candidate->header = strbuf_str(&msg->header);
	*found_r = imap_search_try(s->search, candidate);
	if (*found_r != IMAP_FOUND_UNKNOWN || !s->wants_text || !msg->known)
		return true;
	if (!store_text_read(s->client->store, msg->content_id, &text, err))
		return false;
	if (!text.memory)
		return true;
	candidate->text = &text;
	*found_r = imap_search_try(s->search, candidate);
	candidate->text = NULL;
	return true;
}

static bool try_message(struct searching *s, const struct store_msg *msg, struct err *err)
{
	struct imap_candidate candidate = candidate_of(s, msg,
						       imap_view_seq(s->view, msg->uid));
	enum imap_found found;

	if (!try_parts(s, &candidate, &found, err))
		return false;
	if (found == IMAP_FOUND_UNKNOWN && !try_octets(s, &candidate, &found, err)) {
		if (err->code == ERR_NOT_FOUND)
			return true; /* expunged meanwhile */
		if (err->code != ERR_STATE)
			return false;
		add_open(s, msg->uid);
		return true;
	}
	if (found == IMAP_FOUND_YES)
		add_hit(s, msg);
	return true;
}

static bool search(struct searching *s, const uint32_t *uids, size_t count,
		   struct err *err)
{
	unsigned want = imap_search_want(s->search);

	for (size_t at = 0; at < count; at += IMAP_SLICE) {
		CLEANUP(store_msgs_finish) struct store_msgs msgs = { 0 };

		if (!store_msgs_read(s->client->store, s->box_id, uids + at,
				     MIN_OF(count - at, (size_t)IMAP_SLICE), want, &msgs,
				     err))
			return false;
		for (size_t i = 0; i < msgs.count; i++)
			if (!try_message(s, &msgs.items[i], err))
				return false;
	}
	return true;
}

static void try_row(struct searching *s, const struct store_row *row, uint32_t seq)
{
	struct store_msg msg = {
		.uid = row->uid,
		.content_id = row->content_id,
		.flags = row->flags,
		.keywords = (char *)row->keywords,
		.modseq = row->modseq,
		.internal_unix_s = row->internal_unix_s,
		.size = row->size,
		.thread = row->thread,
		.saved_unix_s = row->saved_unix_s,
		.has_body = row->has_body,
		.known = row->known,
	};
	struct imap_candidate candidate = candidate_of(s, &msg, seq);

	switch (imap_search_try(s->search, &candidate)) {
	case IMAP_FOUND_YES:
		add_hit(s, &msg);
		break;
	case IMAP_FOUND_UNKNOWN:
		s->left.uids[s->left.count++] = row->uid;
		break;
	case IMAP_FOUND_NO:
		break;
	}
}

/* All messages with what is in memory of them; both lists are in the order of UIDs. */
static bool search_rows(struct searching *s, struct err *err)
{
	CLEANUP(store_rows_release_ptr) struct store_rows *rows = NULL;
	const struct imap_view *view = s->view;
	struct store_rows_walk walk = { 0 };
	struct store_row row;

	if (!store_rows_get(s->client->store, s->box_id, &rows, err))
		return false;
	s->left.uids = mem_array(view->count + 1, sizeof(*s->left.uids));
	walk.rows = rows;
	for (size_t i = 0; i < view->count; i++)
		if (store_rows_seek(&walk, view->uids[i], &row))
			try_row(s, &row, (uint32_t)i + 1);
	return true;
}

static struct store_uid_list take_open(struct searching *s)
{
	struct store_uid_list open = s->open;

	s->open = (struct store_uid_list){ 0 };
	s->open_capacity = 0;
	return open;
}

/* Where headers decide, they are quicker to get than bodies. */
static bool search_headers(struct searching *s, struct err *err)
{
	CLEANUP(store_uid_list_finish) struct store_uid_list wanted = { 0 };

	if (s->wants_text || !s->open.count)
		return true;
	wanted = take_open(s);
	imap_client_headers(s->client, s->box_id, &wanted);
	return search(s, wanted.uids, wanted.count, err);
}

/* How many messages are still without octets that would decide. */
static size_t undecided(struct searching *s, struct err *err)
{
	CLEANUP(store_uid_list_finish) struct store_uid_list open = take_open(s);

	return search(s, open.uids, open.count, err) ? s->open.count : SIZE_MAX;
}

/* Waits for the bodies that decide; with the server away, does without them and says so.
 */
static bool search_open(struct searching *s, struct err *err)
{
	struct imap_client *client = s->client;
	struct err trouble;
	size_t left;

	if (!s->open.count)
		return true;
	account_bodies_need(client->session->account, s->box_id, s->open.uids,
			    s->open.count);
	for (size_t i = 0; i < s->open.count; i++)
		if (!imap_client_body(client, s->box_id, s->open.uids[i], &trouble) &&
		    trouble.code == ERR_OFFLINE)
			break;
	if (client->out->failed)
		return err_set(err, ERR_OFFLINE, "the client is gone");
	left = undecided(s, err);
	if (left == SIZE_MAX)
		return false;
	if (left > 0)
		stream_writef(client->out,
			      "* NO %zu messages are not here and cannot be had from the "
			      "server now: they were not searched\r\n",
			      left);
	return true;
}

static int by_uid(const void *a, const void *b)
{
	const struct imap_hit *x = a, *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

bool imap_search_run(struct imap_client *client, int64_t box_id,
		     const struct imap_view *view, struct imap_search *search_for,
		     struct imap_hits *hits_r, struct err *err)
{
	CLEANUP(searching_finish)
	struct searching s = {
		.client = client,
		.box_id = box_id,
		.view = view,
		.search = search_for,
		.now_unix_s = clock_unix_s(),
	};

	if (search_for->bad_charset)
		return imap_client_refuse(client, err,
					  "[BADCHARSET (US-ASCII UTF-8)] not known here");
	imap_search_resolve(search_for, (uint32_t)view->count,
			    view->count ? view->uids[view->count - 1] : 0);
	s.wants_text = imap_search_wants_text(search_for);
	imap_search_ask_index(search_for, client->store);
	if (!search_rows(&s, err) || !search(&s, s.left.uids, s.left.count, err) ||
	    !search_headers(&s, err) || !search_open(&s, err))
		return false;
	/* They came by what decided them. */
	mem_sort(s.hits.items, s.hits.count, sizeof(*s.hits.items), by_uid);
	*hits_r = s.hits;
	s.hits = (struct imap_hits){ 0 };
	return true;
}
