/* CANCELUPDATE: RFC 5267 section 4.4. */
#include "imapfront/imap/commands.h"
#include "imapfront/imap/context.h"

enum { TAGS_MAX = 100 };

/* "CANCELUPDATE" 1*(SP quoted) */
static bool parse(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	args->tags = pool_alloc(in->pool, TAGS_MAX * sizeof(*args->tags));
	do {
		if (args->tag_count == TAGS_MAX)
			return err_set(err, ERR_LIMIT, "more than %d tags", TAGS_MAX);
		if (!imap_read_sp(in, err) ||
		    !imap_read_string(in, &args->tags[args->tag_count++], err))
			return false;
	} while (!imap_at_end(in));
	return true;
}

static bool run(struct imap_client *client, struct imap_args *args, struct err *err)
{
	bool all = true;

	for (size_t i = 0; i < args->tag_count; i++)
		all = imap_context_cancel(client, args->tags[i]) && all;
	return all || err_set(err, ERR_SYNTAX, "no search of that tag is followed");
}

const struct imap_command imap_cmd_cancelupdate = {
	"CANCELUPDATE", IMAP_SELECTED, 0, parse, run, "CONTEXT=SEARCH",
};
