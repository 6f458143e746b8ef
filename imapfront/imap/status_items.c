/* The STATUS response: see status_items.h. */
#include "imapfront/imap/status_items.h"

#include "imapfront/imap/client.h"
#include "imapfront/imap/mailbox.h"
#include "imapfront/limits.h"

static void add(struct strbuf *out, const char *name, uint64_t value, const char **blank)
{
	strbuf_addf(out, "%s%s %llu", *blank, name, (unsigned long long)value);
	*blank = " ";
}

struct counts { /* what a folder's row does not hold */
	uint64_t recent;
	struct store_deleted deleted;
};

static bool count(struct imap_client *client, const struct store_box *box, unsigned items,
		  struct counts *counts, struct err *err)
{
	unsigned deleted = IMAP_STATUS_DELETED | IMAP_STATUS_DELETED_STORAGE;

	return (!(items & IMAP_STATUS_RECENT) ||
		store_recent_count(client->store, box->id, &counts->recent, err)) &&
	       (!(items & deleted) ||
		store_deleted_count(client->store, box->id, &counts->deleted, err));
}

static void write_items(const struct store_box *box, const struct counts *counts,
			unsigned items, struct strbuf *out)
{
	const struct {
		enum imap_status_item item;
		const char *name;
		uint64_t value;
	} rows[] = {
		{ IMAP_STATUS_MESSAGES, "MESSAGES", box->messages },
		{ IMAP_STATUS_RECENT, "RECENT", counts->recent },
		{ IMAP_STATUS_UIDNEXT, "UIDNEXT", box->uidnext },
		{ IMAP_STATUS_UIDVALIDITY, "UIDVALIDITY", box->uidvalidity },
		{ IMAP_STATUS_UNSEEN, "UNSEEN", box->unseen },
		{ IMAP_STATUS_HIGHESTMODSEQ, "HIGHESTMODSEQ", box->modseq },
		{ IMAP_STATUS_SIZE, "SIZE", box->size_bytes },
		{ IMAP_STATUS_DELETED, "DELETED", counts->deleted.messages },
		{ IMAP_STATUS_DELETED_STORAGE, "DELETED-STORAGE",
		  (counts->deleted.bytes + 1023) / 1024 },
		{ IMAP_STATUS_APPENDLIMIT, "APPENDLIMIT", FRONT_MESSAGE_BYTES },
	};
	const char *blank = "";

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (items & rows[i].item)
			add(out, rows[i].name, rows[i].value, &blank);
	if (items & IMAP_STATUS_MAILBOXID)
		strbuf_addf(out, "%sMAILBOXID (F%u)", blank, box->uidvalidity);
}

bool imap_status_tell(struct imap_client *client, const struct store_box *box,
		      unsigned items, struct strbuf *out, struct err *err)
{
	struct counts counts = { 0 };

	if (!count(client, box, items, &counts, err))
		return false;
	strbuf_add(out, STR("* STATUS "));
	imap_mailbox_quote(str_from(box->path), client->utf8, out);
	strbuf_add(out, STR(" ("));
	write_items(box, &counts, items, out);
	strbuf_add(out, STR(")\r\n"));
	return true;
}
