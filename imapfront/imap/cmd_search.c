/*
 * SEARCH: RFC 3501 section 6.4.4; RETURN: RFC 4731, RFC 5182, RFC 9394. The answer is
 * ESEARCH where RETURN or IMAP4rev2 asks for it.
 */
#include "imapfront/imap/commands.h"
#include "imapfront/imap/search_run.h"

/* "SEARCH" [SP "RETURN" SP "(" options ")"] SP search-program */
static bool parse(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	if (!imap_read_sp(in, err) || !imap_results_read(in, &args->results, err))
		return false;
	args->program = in->rest;
	if (!imap_search_parse(in, &args->search, err))
		return false;
	args->condstore = args->search.modseq;
	return imap_read_end(in, err);
}

static bool run(struct imap_client *client, struct imap_args *args, struct err *err)
{
	return imap_search_command(client, args, "SEARCH", NULL, err);
}

const struct imap_command imap_cmd_search = {
	"SEARCH", IMAP_SELECTED, IMAP_UID_FORM | IMAP_KEEP_NUMBERS,
	parse,	  run,		 "ESEARCH SEARCHRES WITHIN PARTIAL",
};
