/* The names of STATUS items: see status_items.h. */
#include "imapfront/imap/status_items.h"

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
	{ { "SIZE", 4 }, IMAP_STATUS_SIZE },
	{ { "DELETED", 7 }, IMAP_STATUS_DELETED },
	{ { "DELETED-STORAGE", 15 }, IMAP_STATUS_DELETED_STORAGE },
	{ { "MAILBOXID", 9 }, IMAP_STATUS_MAILBOXID },
	{ { "APPENDLIMIT", 11 }, IMAP_STATUS_APPENDLIMIT },
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

bool imap_status_items_read(struct imap_reader *in, unsigned *items_r, struct err *err)
{
	unsigned wanted = 0;

	if (!imap_read_char(in, '(', err))
		return false;
	do {
		if (!read_item(in, &wanted, err))
			return false;
	} while (imap_take(in, ' '));
	*items_r = wanted;
	return imap_read_char(in, ')', err);
}
