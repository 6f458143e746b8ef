/*
 * SEARCH: RFC 3501 section 6.4.4. Each message is tried with what the index holds, then
 * with its header, and its octets are opened only if they decide.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"

enum { RESULT_BYTES = 64 * 1024 * 1024 };

static bool parse(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	if (!imap_read_sp(in, err) || !imap_search_parse(in, &args->search, err))
		return false;
	args->condstore = args->search.modseq;
	return imap_read_end(in, err);
}

struct searching {
	struct imap_client *client;
	const struct imap_args *args;
	struct store_uid_list open; /* bodies are not here, and would decide */
	size_t open_capacity;
	struct store_uid_list hits;
	size_t hits_capacity;
	uint64_t highest_modseq; /* of the hits */
};

static void searching_finish(struct searching *s)
{
	store_uid_list_finish(&s->open);
	store_uid_list_finish(&s->hits);
}

static void add(struct store_uid_list *list, size_t *capacity, uint32_t uid)
{
	list->uids = mem_grow(list->uids, list->count, capacity, sizeof(*list->uids));
	list->uids[list->count++] = uid;
}

static bool try_octets(struct searching *s, struct imap_candidate *candidate,
		       enum imap_found *found_r, struct err *err)
{
	CLEANUP(store_body_finish) struct store_body body = { 0 };
	struct imap_client *client = s->client;
	struct mime_tree tree;

	if (!store_body_open(client->store, client->box_id, candidate->msg->uid, &body,
			     err))
		return false;
	mime_tree_init(&tree, body.octets);
	candidate->tree = &tree;
	candidate->header = tree.root->header;
	/* Empty, not absent: a message without a header has no fields. */
	if (!candidate->header.p)
		candidate->header = STR("");
	*found_r = imap_search_try(&s->args->search, candidate);
	mime_tree_finish(&tree);
	return true;
}

/* @last: a message that cannot be decided now is taken as not matching */
static bool try_message(struct searching *s, const struct store_msg *msg, bool last,
			struct err *err)
{
	struct imap_candidate candidate = {
		.seq = imap_view_seq(&s->client->view, msg->uid),
		.msg = msg,
	};
	enum imap_found found;

	if (msg->header.len)
		candidate.header = strbuf_str(&msg->header);
	found = imap_search_try(&s->args->search, &candidate);
	if (found == IMAP_FOUND_UNKNOWN && !try_octets(s, &candidate, &found, err)) {
		if (err->code == ERR_NOT_FOUND)
			return true; /* expunged meanwhile */
		if (err->code != ERR_STATE)
			return false;
		if (!last)
			add(&s->open, &s->open_capacity, msg->uid);
		return true;
	}
	if (found == IMAP_FOUND_YES) {
		add(&s->hits, &s->hits_capacity, msg->uid);
		s->highest_modseq = MAX_OF(s->highest_modseq, msg->modseq);
	}
	return true;
}

static bool search(struct searching *s, const uint32_t *uids, size_t count, bool last,
		   struct err *err)
{
	unsigned want = imap_search_wants_header(&s->args->search) ? STORE_WANT_HEADER
								   : 0;

	for (size_t at = 0; at < count; at += IMAP_SLICE) {
		CLEANUP(store_msgs_finish) struct store_msgs msgs = { 0 };

		if (!store_msgs_read(s->client->store, s->client->box_id, uids + at,
				     MIN_OF(count - at, (size_t)IMAP_SLICE), want, &msgs,
				     err))
			return false;
		for (size_t i = 0; i < msgs.count; i++)
			if (!try_message(s, &msgs.items[i], last, err))
				return false;
	}
	return true;
}

/* Waits for the bodies that decide; with the server away, does without them. */
static bool search_open(struct searching *s, struct err *err)
{
	struct imap_client *client = s->client;
	struct err trouble;

	if (!s->open.count)
		return true;
	account_bodies_need(client->session->account, client->box_id, s->open.uids,
			    s->open.count);
	for (size_t i = 0; i < s->open.count; i++)
		if (!imap_client_body(client, s->open.uids[i], &trouble) &&
		    trouble.code == ERR_OFFLINE)
			break;
	if (client->out->failed)
		return err_set(err, ERR_OFFLINE, "the client is gone");
	return search(s, s->open.uids, s->open.count, true, err);
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool tell(struct searching *s, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(RESULT_BYTES);
	struct imap_client *client = s->client;

	if (s->hits.count)
		qsort(s->hits.uids, s->hits.count, sizeof(*s->hits.uids), by_number);
	strbuf_add(&line, STR("* SEARCH"));
	for (size_t i = 0; i < s->hits.count; i++)
		strbuf_addf(&line, " %u",
			    s->args->uid ? s->hits.uids[i]
					 : imap_view_seq(&client->view, s->hits.uids[i]));
	if (s->args->search.modseq && s->hits.count)
		strbuf_addf(&line, " (MODSEQ %llu)",
			    (unsigned long long)s->highest_modseq);
	strbuf_add(&line, STR("\r\n"));
	stream_write(client->out, strbuf_str(&line));
	return strbuf_ok(&line, err);
}

static bool run(struct imap_client *client, struct imap_args *args, struct err *err)
{
	CLEANUP(searching_finish) struct searching s = { .client = client, .args = args };
	const struct imap_view *view = &client->view;

	if (args->search.bad_charset)
		return imap_client_refuse(client, err,
					  "[BADCHARSET (US-ASCII UTF-8)] not known here");
	imap_search_resolve(&args->search, (uint32_t)view->count,
			    view->count ? view->uids[view->count - 1] : 0);
	return search(&s, view->uids, view->count, false, err) && search_open(&s, err) &&
	       tell(&s, err);
}

const struct imap_command imap_cmd_search = {
	"SEARCH", IMAP_SELECTED, IMAP_UID_FORM | IMAP_KEEP_NUMBERS, parse, run, NULL,
};
