/* SORT: RFC 5256 section 3; RETURN: RFC 5267 section 3. */
#include "base/mem.h"
#include "imapfront/imap/commands.h"
#include "imapfront/imap/sort_load.h"

/* "SORT" [SP "RETURN" SP options] SP sort-criteria SP charset SP search-keys */
static bool parse(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	if (!imap_read_sp(in, err) || !imap_results_read(in, &args->results, err) ||
	    !imap_sort_read(in, &args->sort, err) || !imap_read_sp(in, err) ||
	    !imap_search_parse_in(in, &args->search, err))
		return false;
	args->condstore = args->search.modseq;
	if (args->results.what & IMAP_RETURN_FOLLOWED)
		return err_set(err, ERR_SYNTAX, "UPDATE and CONTEXT are for SEARCH");
	return imap_read_end(in, err);
}

static bool order(struct imap_client *client, const struct imap_args *args,
		  struct imap_hits *hits, struct err *err)
{
	CLEANUP(imap_sort_items_finish) struct imap_sort_items items = { 0 };
	CLEANUP(mem_free_ptr) struct imap_sort_item **sorted = NULL;
	unsigned wants = 0;

	for (size_t i = 0; i < args->sort.count; i++)
		if (args->sort.keys[i].by == IMAP_SORT_TEXT)
			wants |= 1u << args->sort.keys[i].text;
	if (!imap_sort_load(client, hits, wants, &items, err))
		return false;
	sorted = mem_array(items.count + 1, sizeof(*sorted));
	for (size_t i = 0; i < items.count; i++)
		sorted[i] = &items.items[i];
	imap_sort_run(&args->sort, sorted, items.count);
	for (size_t i = 0; i < items.count; i++)
		hits->items[i] = (struct imap_hit){ sorted[i]->uid, sorted[i]->modseq };
	hits->count = items.count;
	return true;
}

static bool run(struct imap_client *client, struct imap_args *args, struct err *err)
{
	return imap_search_command(client, args, "SORT", order, err);
}

const struct imap_command imap_cmd_sort = {
	"SORT", IMAP_SELECTED, IMAP_UID_FORM | IMAP_KEEP_NUMBERS,
	parse,	run,	       "SORT SORT=DISPLAY ESORT",
};
