/* EXPUNGE: RFC 3501 section 6.4.3, UID EXPUNGE: RFC 4315 section 2.1. */
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"

/* RFC 7162 section 3.2.7: with the mod-sequence of the expunges. The update comes first,
 * so that everything up to it has been told. */
static bool tell_modseq(struct imap_client *client, size_t gone, struct err *err)
{
	if (!client->condstore || !gone)
		return true;
	if (!imap_client_update(client, true, err))
		return false;
	strbuf_addf(&client->done, "[HIGHESTMODSEQ %llu] expunged",
		    (unsigned long long)client->view.modseq);
	return true;
}

/* The EXPUNGE responses are the update that follows. */
static bool expunge(struct imap_client *client, const uint32_t *uids, size_t count,
		    struct err *err)
{
	CLEANUP(store_uid_list_finish) struct store_uid_list gone = { 0 };
	int64_t entry;

	return imap_client_writable(client, err) &&
	       store_expunge(client->store, client->box_id, uids, count, &gone, &entry,
			     err) &&
	       tell_modseq(client, gone.count, err);
}

static bool run(struct imap_client *client, struct imap_args *args, struct err *err)
{
	return expunge(client, client->view.uids, client->view.count, err);
}

const struct imap_command imap_cmd_expunge = {
	"EXPUNGE", IMAP_SELECTED, IMAP_CHANGES, NULL, run, NULL,
};

static bool parse_uid(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	return imap_read_sp(in, err) && imap_read_set(in, &args->set, err) &&
	       imap_read_end(in, err);
}

static bool run_uid(struct imap_client *client, struct imap_args *args, struct err *err)
{
	CLEANUP(store_uid_list_finish) struct store_uid_list uids = { 0 };

	return imap_client_messages(client, args, &uids, err) &&
	       expunge(client, uids.uids, uids.count, err);
}

const struct imap_command imap_cmd_uid_expunge = {
	"EXPUNGE", IMAP_SELECTED, IMAP_UID_ONLY | IMAP_CHANGES,
	parse_uid, run_uid,	  "UIDPLUS",
};
