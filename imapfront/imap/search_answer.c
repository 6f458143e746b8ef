/* How SEARCH and SORT tell what they found: see search_run.h. */
#include <stdlib.h>

#include "base/mem.h"
#include "imapfront/imap/context.h"

enum { RESULT_BYTES = 64 * 1024 * 1024 };

void imap_numbers_finish(struct imap_numbers *n)
{
	free(n->numbers);
	free(n->modseqs);
}

struct imap_numbers imap_numbers_of(const struct imap_view *view,
				    const struct imap_hits *hits)
{
	struct imap_numbers n = {
		.numbers = mem_array(hits->count + 1, sizeof(*n.numbers)),
		.modseqs = mem_array(hits->count + 1, sizeof(*n.modseqs)),
	};

	for (size_t i = 0; i < hits->count; i++) {
		uint32_t found = hits->items[i].uid;

		n.numbers[i] = view ? imap_view_seq(view, found) : found;
		n.modseqs[i] = hits->items[i].modseq;
	}
	return n;
}

/* "* SEARCH 2 84 882 (MODSEQ 917162500)" */
static void write_plain(const char *name, bool modseq, const struct imap_hits *hits,
			const uint32_t *numbers, struct strbuf *out)
{
	uint64_t highest = 0;

	strbuf_addf(out, "* %s", name);
	for (size_t i = 0; i < hits->count; i++) {
		strbuf_addc(out, ' ');
		strbuf_add_u64(out, numbers[i]);
		highest = MAX_OF(highest, hits->items[i].modseq);
	}
	if (modseq && hits->count)
		strbuf_addf(out, " (MODSEQ %llu)", (unsigned long long)highest);
	strbuf_add(out, STR("\r\n"));
}

static bool tell(struct imap_client *client, const struct imap_args *args,
		 const char *name, const struct imap_hits *hits, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(RESULT_BYTES);
	CLEANUP(imap_numbers_finish)
	struct imap_numbers n = imap_numbers_of(args->uid ? NULL : &client->view, hits);
	struct imap_results results = args->results;

	if (!results.extended && client->rev2)
		results = (struct imap_results){ true, IMAP_RETURN_ALL, { 0 } };
	if (!results.extended)
		write_plain(name, args->search.modseq, hits, n.numbers, &text);
	else if (results.what & IMAP_RETURN_TOLD)
		imap_results_write(
			&results, client->tag, STR(""), args->uid,
			&(struct imap_found_list){ n.numbers,
						   args->search.modseq ? n.modseqs : NULL,
						   hits->count },
			&text);
	stream_write(client->out, strbuf_str(&text));
	return strbuf_ok(&text, err);
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void save(struct imap_client *client, const struct imap_results *results,
		 const struct imap_hits *hits)
{
	struct store_uid_list *saved = &client->saved;

	store_uid_list_finish(saved);
	if (!hits)
		return;
	saved->uids = mem_array(hits->count + 1, sizeof(*saved->uids));
	for (size_t i = 0; i < hits->count; i++)
		if (imap_results_saved(results, i, hits->count))
			saved->uids[saved->count++] = hits->items[i].uid;
	mem_sort(saved->uids, saved->count, sizeof(*saved->uids), by_number);
}

bool imap_search_command(struct imap_client *client, struct imap_args *args,
			 const char *name, imap_hits_order *order, struct err *err)
{
	CLEANUP(imap_hits_finish) struct imap_hits hits = { 0 };
	bool fine = imap_search_run(client, client->box_id, &client->view, &args->search,
				    &hits, err) &&
		    (!order || order(client, args, &hits, err)) &&
		    tell(client, args, name, &hits, err);

	/* RFC 5182 section 2.1: a search that fails leaves nothing in "$". */
	if (args->results.what & IMAP_RETURN_SAVE)
		save(client, &args->results, fine ? &hits : NULL);
	if (fine && (args->results.what & IMAP_RETURN_UPDATE))
		imap_context_add(client, args, &hits);
	return fine;
}
