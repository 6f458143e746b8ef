/*
 * STATUS: RFC 3501 section 6.3.10, RFC 9051 section 6.3.11; HIGHESTMODSEQ: RFC 7162,
 * SIZE: RFC 8438, APPENDLIMIT: RFC 7889, MAILBOXID: RFC 8474, DELETED-STORAGE: RFC 9208.
 */
#include "imapfront/imap/box_wait.h"
#include "imapfront/imap/commands.h"
#include "imapfront/imap/mailbox.h"
#include "imapfront/imap/status_items.h"

/* "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")" */
static bool parse(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	if (!imap_read_sp(in, err) || !imap_read_mailbox(in, &args->mailbox, err) ||
	    !imap_read_sp(in, err) ||
	    !imap_status_items_read(in, &args->status_items, err))
		return false;
	args->condstore = args->status_items & IMAP_STATUS_HIGHESTMODSEQ;
	return imap_read_end(in, err);
}

static bool run(struct imap_client *client, struct imap_args *args, struct err *err)
{
	CLEANUP(store_box_finish) struct store_box box = { 0 };
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(4 * IMAP_MAILBOX_BYTES);

	if (!imap_box_wait(client, args->mailbox, &box, err) ||
	    !imap_status_tell(client, &box, args->status_items, &line, err))
		return false;
	stream_write(client->out, strbuf_str(&line));
	return true;
}

const struct imap_command imap_cmd_status = {
	"STATUS", IMAP_INSIDE, 0, parse, run, "STATUS=SIZE",
};
