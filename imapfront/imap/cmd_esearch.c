/*
 * ESEARCH: RFC 7377 (MULTISEARCH), a search in several mailboxes; which ones: the
 * mailbox filters of RFC 5465 section 6.
 */
#include "imapfront/imap/commands.h"
#include "imapfront/imap/mailbox.h"
#include "imapfront/imap/search_run.h"

enum { RESULT_BYTES = 16 * 1024 * 1024, SUBSCRIBED_BYTES = 16 * 1024 * 1024 };

static const struct {
	struct str name;
	enum imap_source_kind kind;
	bool mailboxes; /* followed by names */
} sources[] = {
	{ { "SELECTED", 8 }, IMAP_SOURCE_SELECTED, false },
	{ { "SELECTED-DELAYED", 16 }, IMAP_SOURCE_SELECTED, false },
	{ { "INBOXES", 7 }, IMAP_SOURCE_INBOXES, false },
	{ { "PERSONAL", 8 }, IMAP_SOURCE_PERSONAL, false },
	{ { "SUBSCRIBED", 10 }, IMAP_SOURCE_SUBSCRIBED, false },
	{ { "SUBTREE", 7 }, IMAP_SOURCE_SUBTREE, true },
	{ { "SUBTREE-ONE", 11 }, IMAP_SOURCE_SUBTREE_ONE, true },
	{ { "MAILBOXES", 9 }, IMAP_SOURCE_MAILBOXES, true },
};

/* one-or-more-mailbox = mailbox / "(" mailbox *(SP mailbox) ")" */
static bool read_names(struct imap_reader *in, enum imap_source_kind kind,
		       struct imap_source ***tail, struct err *err)
{
	bool list = imap_take(in, '(');

	do {
		struct imap_source *source = pool_alloc(in->pool, sizeof(*source));

		source->kind = kind;
		if (!imap_read_mailbox(in, &source->mailbox, err))
			return false;
		**tail = source;
		*tail = &source->next;
	} while (list && imap_take(in, ' '));
	return !list || imap_read_char(in, ')', err);
}

static bool read_source(struct imap_reader *in, struct imap_source ***tail,
			struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		struct imap_source *source;

		if (!imap_take_word(in, sources[i].name))
			continue;
		if (sources[i].mailboxes)
			return imap_read_sp(in, err) &&
			       read_names(in, sources[i].kind, tail, err);
		source = pool_alloc(in->pool, sizeof(*source));
		source->kind = sources[i].kind;
		**tail = source;
		*tail = &source->next;
		return true;
	}
	return err_set(err, ERR_SYNTAX, "unknown kind of mailboxes");
}

/* "IN" SP "(" source *(SP source) ")" SP */
static bool read_sources(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	struct imap_source **tail = &args->sources;

	if (!imap_take_word(in, STR("IN")))
		return true;
	if (!imap_read_sp(in, err) || !imap_read_char(in, '(', err))
		return false;
	do {
		if (!read_source(in, &tail, err))
			return false;
	} while (imap_take(in, ' '));
	return imap_read_char(in, ')', err) && imap_read_sp(in, err);
}

/* Numbers and "$" mean something in the selected mailbox alone. */
static bool has_numbers(const struct imap_search_key *key)
{
	for (; key; key = key->next)
		if (key->kind == IMAP_SEARCH_SEQS || key->kind == IMAP_SEARCH_SAVED ||
		    has_numbers(key->child))
			return true;
	return false;
}

/* "ESEARCH" [SP sources] [SP "RETURN" SP options] SP search-program */
static bool parse(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	if (!imap_read_sp(in, err) || !read_sources(in, args, err) ||
	    !imap_results_read(in, &args->results, err))
		return false;
	args->program = in->rest;
	if (!imap_search_parse(in, &args->search, err))
		return false;
	if (args->results.what & IMAP_RETURN_SAVE)
		return err_set(err, ERR_SYNTAX, "SAVE is for SEARCH");
	if (!args->search.bad_charset && has_numbers(args->search.root))
		return err_set(err, ERR_SYNTAX, "sequence numbers are for SEARCH");
	if (!args->results.extended)
		args->results = (struct imap_results){ true, IMAP_RETURN_ALL, { 0 } };
	args->condstore = args->search.modseq;
	return imap_read_end(in, err);
}

static bool is_below(struct str path, struct str parent, bool directly)
{
	struct str rest;

	if (!str_starts(path, parent) || path.len <= parent.len ||
	    path.p[parent.len] != '/')
		return false;
	rest = str_sub(path, parent.len + 1, path.len);
	return !directly || str_find_char(rest, '/') < 0;
}

static bool names(const struct imap_client *client, const struct imap_source *source,
		  const struct store_box *box)
{
	struct str path = str_from(box->path);

	switch (source->kind) {
	case IMAP_SOURCE_SELECTED:
		return client->state == IMAP_SELECTED && box->id == client->box_id;
	case IMAP_SOURCE_INBOXES:
		return box->use == BOX_USE_INBOX;
	case IMAP_SOURCE_PERSONAL:
		return true;
	case IMAP_SOURCE_SUBSCRIBED:
		return box->subscribed;
	case IMAP_SOURCE_SUBTREE:
	case IMAP_SOURCE_SUBTREE_ONE:
		return str_eq(path, source->mailbox) ||
		       is_below(path, source->mailbox,
				source->kind == IMAP_SOURCE_SUBTREE_ONE);
	case IMAP_SOURCE_MAILBOXES:
		return str_eq(path, source->mailbox);
	}
	return false;
}

static bool is_wanted(const struct imap_client *client, const struct imap_args *args,
		      const struct store_box *box)
{
	static const struct imap_source selected = { .kind = IMAP_SOURCE_SELECTED };

	if (!imap_list_is_shown(box) || !box->complete)
		return false;
	if (!args->sources)
		return names(client, &selected, box);
	for (const struct imap_source *s = args->sources; s; s = s->next)
		if (names(client, s, box))
			return true;
	return false;
}

static void tell(struct imap_client *client, const struct imap_args *args,
		 const struct store_box *box, const struct imap_hits *hits,
		 struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf place = STRBUF(4 * IMAP_MAILBOX_BYTES);
	CLEANUP(imap_numbers_finish)
	struct imap_numbers n = imap_numbers_of(NULL, hits);
	struct imap_found_list found = { n.numbers,
					 args->search.modseq ? n.modseqs : NULL,
					 hits->count };

	strbuf_add(&place, STR(" MAILBOX "));
	imap_mailbox_quote(str_from(box->path), client->utf8, &place);
	strbuf_addf(&place, " UIDVALIDITY %u", box->uidvalidity);
	imap_results_write(&args->results, client->tag, strbuf_str(&place), true, &found,
			   out);
}

/* The keys are read anew for each mailbox, as "*" is another number in each. */
static bool search_box(struct imap_client *client, const struct imap_args *args,
		       const struct store_box *box, struct pool *pool, struct err *err)
{
	CLEANUP(store_view_finish) struct store_view from = { 0 };
	CLEANUP(imap_view_finish) struct imap_view view = { 0 };
	CLEANUP(imap_hits_finish) struct imap_hits hits = { 0 };
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(RESULT_BYTES);
	struct imap_reader in = { args->program, pool, client->labels, client->utf8 };
	struct imap_search search;

	if (!imap_search_parse(&in, &search, err) ||
	    !store_view_load(client->store, box->id, &from, err))
		return false;
	imap_view_init(&view, &from);
	if (!imap_search_run(client, box->id, &view, &search, &hits, err))
		return false;
	if (hits.count)
		tell(client, args, box, &hits, &text);
	stream_write(client->out, strbuf_str(&text));
	return strbuf_ok(&text, err);
}

static bool run(struct imap_client *client, struct imap_args *args, struct err *err)
{
	CLEANUP(store_boxes_finish) struct store_boxes boxes = { 0 };

	if (!args->sources && client->state != IMAP_SELECTED)
		return err_set(err, ERR_SYNTAX, "no mailbox is selected: say IN (...)");
	if (!store_box_list(client->store, &boxes, err))
		return false;
	for (size_t i = 0; i < boxes.count; i++) {
		CLEANUP(pool_finish) struct pool pool = { 0 };

		if (is_wanted(client, args, &boxes.items[i]) &&
		    !search_box(client, args, &boxes.items[i], &pool, err))
			return false;
	}
	return true;
}

const struct imap_command imap_cmd_esearch = {
	"ESEARCH", IMAP_INSIDE, IMAP_KEEP_NUMBERS, parse, run, "MULTISEARCH",
};
