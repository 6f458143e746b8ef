/*
 * ESEARCH: RFC 7377 (MULTISEARCH), a search in several mailboxes; which ones: the
 * mailbox filters of RFC 5465 section 6.
 */
#include "imapfront/imap/commands.h"
#include "imapfront/imap/mailbox.h"
#include "imapfront/imap/search_run.h"
#include "imapfront/imap/source.h"

enum { RESULT_BYTES = 16 * 1024 * 1024 };

/* "IN" SP "(" source *(SP source) ")" SP */
static bool read_sources(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	struct imap_source **tail = &args->sources;

	if (!imap_take_word(in, STR("IN")))
		return true;
	if (!imap_read_sp(in, err) || !imap_read_char(in, '(', err))
		return false;
	do {
		if (!imap_source_read(in, &tail, err))
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
	if (args->results.what & (IMAP_RETURN_SAVE | IMAP_RETURN_FOLLOWED))
		return err_set(err, ERR_SYNTAX, "SAVE, UPDATE, CONTEXT are for SEARCH");
	if (!args->search.bad_charset && has_numbers(args->search.root))
		return err_set(err, ERR_SYNTAX, "sequence numbers are for SEARCH");
	if (!args->results.extended)
		args->results = (struct imap_results){ true, IMAP_RETURN_ALL, { 0 } };
	args->condstore = args->search.modseq;
	return imap_read_end(in, err);
}

static bool is_wanted(const struct imap_client *client, const struct imap_args *args,
		      const struct store_box *box)
{
	static const struct imap_source selected = { .kind = IMAP_SOURCE_SELECTED };

	if (!imap_list_is_shown(box) || !box->complete)
		return false;
	if (!args->sources)
		return imap_source_names(&selected, client->box_id, box);
	for (const struct imap_source *s = args->sources; s; s = s->next)
		if (imap_source_names(s, client->box_id, box))
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
