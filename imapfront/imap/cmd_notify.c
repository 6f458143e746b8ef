/* NOTIFY: RFC 5465 section 3. What is told, and when: notify.c. */
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"
#include "imapfront/imap/notify.h"

/* The words are read again into memory that outlives the command. */
static bool parse(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	struct imap_notify_wish wish;

	if (!imap_read_sp(in, err))
		return false;
	args->program = in->rest;
	if (!imap_notify_parse(in, &wish, err))
		return false;
	args->condstore = wish.fetch.items & IMAP_FETCH_MODSEQ;
	return imap_read_end(in, err);
}

static bool run(struct imap_client *client, struct imap_args *args, struct err *err)
{
	return imap_notify_set(client, args->program, err);
}

const struct imap_command imap_cmd_notify = {
	"NOTIFY", IMAP_INSIDE, IMAP_FOLDERS, parse, run, "NOTIFY",
};
