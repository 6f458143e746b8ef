/*
 * Searches that are kept up to date: see context.h. A change is tried with the search's
 * keys alone, so that following a search costs what the changes cost.
 */
#include "imapfront/imap/context.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/mime/imap_render.h"

enum { CONTEXTS_MAX = 20, LINE_BYTES = 1024 * 1024 };

struct imap_context {
	struct pool pool;
	struct str tag, program;
	bool uid;
	struct store_uid_list found; /* as the client knows it; ascending */
	struct imap_context *next;
};

static void context_free(struct imap_context *c)
{
	store_uid_list_finish(&c->found);
	pool_finish(&c->pool);
	free(c);
}

void imap_contexts_free(struct imap_context *first)
{
	while (first) {
		struct imap_context *c = first;

		first = c->next;
		context_free(c);
	}
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool has(const struct store_uid_list *list, uint32_t uid)
{
	return list->count &&
	       bsearch(&uid, list->uids, list->count, sizeof(uid), by_number);
}

void imap_context_add(struct imap_client *client, const struct imap_args *args,
		      const struct imap_hits *hits)
{
	struct imap_context *c, **link = &client->contexts;
	size_t count = 0;

	for (; *link; link = &(*link)->next)
		count++;
	if (count == CONTEXTS_MAX) {
		CLEANUP(strbuf_finish) struct strbuf line = STRBUF(LINE_BYTES);

		strbuf_add(&line, STR("* NO [NOUPDATE "));
		mime_imap_string(client->tag, &line);
		strbuf_add(&line, STR("] too many searches to follow\r\n"));
		stream_write(client->out, strbuf_str(&line));
		return;
	}
	c = mem_alloc(sizeof(*c));
	c->tag = pool_dup(&c->pool, client->tag);
	c->program = pool_dup(&c->pool, args->program);
	c->uid = args->uid;
	c->found.uids = mem_array(hits->count + 1, sizeof(*c->found.uids));
	for (size_t i = 0; i < hits->count; i++)
		c->found.uids[c->found.count++] = hits->items[i].uid;
	*link = c;
}

bool imap_context_cancel(struct imap_client *client, struct str tag)
{
	for (struct imap_context **link = &client->contexts; *link;
	     link = &(*link)->next) {
		struct imap_context *c = *link;

		if (!str_eq(c->tag, tag))
			continue;
		*link = c->next;
		context_free(c);
		return true;
	}
	return false;
}

/* @uids: ascending; as UIDs, or as the numbers that they have now */
static void tell(struct imap_client *client, const struct imap_context *c,
		 const char *what, const struct store_uid_list *uids)
{
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(IMAP_UPDATE_BYTES);
	CLEANUP(mem_free_ptr)
	uint32_t *numbers = mem_array(uids->count + 1, sizeof(*numbers));

	if (!uids->count)
		return;
	for (size_t i = 0; i < uids->count; i++)
		numbers[i] = c->uid ? uids->uids[i]
				    : imap_view_seq(&client->view, uids->uids[i]);
	strbuf_add(&line, STR("* ESEARCH (TAG "));
	mime_imap_string(c->tag, &line);
	/* RFC 5267 section 4.3.1: place 0, because SEARCH has no order. */
	strbuf_addf(&line, ")%s %s (0 ", c->uid ? " UID" : "", what);
	imap_set_write(numbers, uids->count, &line);
	strbuf_add(&line, STR(")\r\n"));
	stream_write(client->out, strbuf_str(&line));
}

static void push(struct store_uid_list *list, uint32_t uid)
{
	list->uids[list->count++] = uid;
}

static struct store_uid_list list_of(size_t capacity)
{
	return (struct store_uid_list){ mem_array(capacity + 1, sizeof(uint32_t)), 0 };
}

static void take_out(struct imap_context *c, const struct store_uid_list *gone)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->found.count; i++)
		if (!has(gone, c->found.uids[i]))
			c->found.uids[kept++] = c->found.uids[i];
	c->found.count = kept;
}

void imap_contexts_expunge(struct imap_client *client,
			   const struct store_changes *changes)
{
	const struct imap_view *view = &client->view;
	CLEANUP(store_uid_list_finish)
	struct store_uid_list gone = list_of(changes->count + view->held_count);

	if (!client->contexts)
		return;
	for (size_t i = 0; i < changes->count; i++)
		if (changes->items[i].expunged)
			push(&gone, changes->items[i].uid);
	for (size_t i = 0; i < view->held_count; i++)
		push(&gone, view->held[i]);
	if (gone.count)
		qsort(gone.uids, gone.count, sizeof(*gone.uids), by_number);
	for (struct imap_context *c = client->contexts; c; c = c->next) {
		CLEANUP(store_uid_list_finish)
		struct store_uid_list removed = list_of(c->found.count);

		for (size_t i = 0; i < c->found.count; i++)
			if (has(&gone, c->found.uids[i]) &&
			    imap_view_seq(view, c->found.uids[i]))
				push(&removed, c->found.uids[i]);
		tell(client, c, "REMOVEFROM", &removed);
		take_out(c, &removed);
	}
}

/* The search's keys, of the messages @changed alone. */
static bool read_keys(const struct imap_client *client, const struct imap_context *c,
		      const struct store_uid_list *changed, struct pool *pool,
		      struct imap_search *search_r, struct err *err)
{
	struct imap_reader in = { c->program, pool, client->labels, client->utf8 };
	struct imap_search_key *only = pool_alloc(pool, sizeof(*only));

	if (!imap_search_parse(&in, search_r, err))
		return false;
	only->kind = IMAP_SEARCH_UIDS;
	only->set.ranges = pool_alloc(pool,
				      (changed->count + 1) * sizeof(*only->set.ranges));
	only->set.count = changed->count;
	for (size_t i = 0; i < changed->count; i++)
		only->set.ranges[i] = (struct imap_range){ changed->uids[i],
							   changed->uids[i] };
	only->next = search_r->root->child;
	search_r->root->child = only;
	return true;
}

/* Both lists ascending. */
static void merge(struct store_uid_list *into, const struct store_uid_list *more)
{
	struct store_uid_list both = list_of(into->count + more->count);

	memcpy(both.uids, into->uids, into->count * sizeof(*both.uids));
	if (more->count)
		memcpy(both.uids + into->count, more->uids,
		       more->count * sizeof(*both.uids));
	both.count = into->count + more->count;
	if (both.count)
		qsort(both.uids, both.count, sizeof(*both.uids), by_number);
	store_uid_list_finish(into);
	*into = both;
}

static bool follow(struct imap_client *client, struct imap_context *c,
		   const struct store_uid_list *changed, struct err *err)
{
	CLEANUP(pool_finish) struct pool pool = { 0 };
	CLEANUP(imap_hits_finish) struct imap_hits hits = { 0 };
	CLEANUP(store_uid_list_finish)
	struct store_uid_list added = list_of(changed->count);
	CLEANUP(store_uid_list_finish)
	struct store_uid_list removed = list_of(changed->count);
	struct imap_search search;
	size_t at = 0;

	if (!read_keys(client, c, changed, &pool, &search, err) ||
	    !imap_search_run(client, client->box_id, &client->view, &search, &hits, err))
		return false;
	for (size_t i = 0; i < changed->count; i++) {
		uint32_t uid = changed->uids[i];
		bool is, was = has(&c->found, uid);

		while (at < hits.count && hits.items[at].uid < uid)
			at++;
		is = at < hits.count && hits.items[at].uid == uid;
		if (was != is)
			push(is ? &added : &removed, uid);
	}
	tell(client, c, "REMOVEFROM", &removed);
	take_out(c, &removed);
	tell(client, c, "ADDTO", &added);
	merge(&c->found, &added);
	return true;
}

bool imap_contexts_follow(struct imap_client *client, const struct store_changes *changes,
			  struct err *err)
{
	CLEANUP(store_uid_list_finish) struct store_uid_list changed = { 0 };

	if (!client->contexts)
		return true;
	changed = list_of(changes->count);
	for (size_t i = 0; i < changes->count; i++)
		if (!changes->items[i].expunged &&
		    imap_view_seq(&client->view, changes->items[i].uid))
			push(&changed, changes->items[i].uid);
	for (struct imap_context *c = client->contexts; c && changed.count; c = c->next)
		if (!follow(client, c, &changed, err))
			return false;
	return true;
}
