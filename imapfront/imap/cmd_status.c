/* STATUS: RFC 3501 section 6.3.10, HIGHESTMODSEQ: RFC 7162 section 3.1.7. */
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"
#include "imapfront/imap/mailbox.h"

static const struct {
	struct str name;
	enum imap_status_item item;
} items[] = {
	{ { "MESSAGES", 8 }, IMAP_STATUS_MESSAGES },
	{ { "RECENT", 6 }, IMAP_STATUS_RECENT },
	{ { "UIDNEXT", 7 }, IMAP_STATUS_UIDNEXT },
	{ { "UIDVALIDITY", 11 }, IMAP_STATUS_UIDVALIDITY },
	{ { "UNSEEN", 6 }, IMAP_STATUS_UNSEEN },
	{ { "HIGHESTMODSEQ", 13 }, IMAP_STATUS_HIGHESTMODSEQ },
};

static bool read_item(struct imap_reader *in, unsigned *wanted, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(items); i++)
		if (imap_take_word(in, items[i].name)) {
			*wanted |= items[i].item;
			return true;
		}
	return err_set(err, ERR_SYNTAX, "unknown status item");
}

/* "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")" */
static bool parse(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	if (!imap_read_sp(in, err) || !imap_read_mailbox(in, &args->mailbox, err) ||
	    !imap_read_sp(in, err) || !imap_read_char(in, '(', err))
		return false;
	do {
		if (!read_item(in, &args->status_items, err))
			return false;
	} while (imap_take(in, ' '));
	args->condstore = args->status_items & IMAP_STATUS_HIGHESTMODSEQ;
	return imap_read_char(in, ')', err) && imap_read_end(in, err);
}

static uint64_t value(const struct store_box *box, enum imap_status_item item)
{
	switch (item) {
	case IMAP_STATUS_MESSAGES:
		return box->messages;
	case IMAP_STATUS_RECENT:
		return 0;
	case IMAP_STATUS_UIDNEXT:
		return box->uidnext;
	case IMAP_STATUS_UIDVALIDITY:
		return box->uidvalidity;
	case IMAP_STATUS_UNSEEN:
		return box->unseen;
	case IMAP_STATUS_HIGHESTMODSEQ:
		return box->modseq;
	}
	return 0;
}

static bool run(struct imap_client *client, struct imap_args *args, struct err *err)
{
	CLEANUP(store_box_finish) struct store_box box = { 0 };
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(4 * IMAP_MAILBOX_BYTES);
	const char *blank = "";

	if (!imap_client_box(client, args->mailbox, &box, err))
		return false;
	strbuf_add(&line, STR("* STATUS "));
	imap_mailbox_quote(str_from(box.path), &line);
	strbuf_add(&line, STR(" ("));
	for (size_t i = 0; i < ARRAY_LEN(items); i++)
		if (args->status_items & items[i].item) {
			strbuf_addf(&line, "%s%.*s %llu", blank, STR_FMT(items[i].name),
				    (unsigned long long)value(&box, items[i].item));
			blank = " ";
		}
	strbuf_add(&line, STR(")\r\n"));
	stream_write(client->out, strbuf_str(&line));
	return true;
}

const struct imap_command imap_cmd_status = {
	"STATUS", IMAP_INSIDE, 0, parse, run, NULL,
};
