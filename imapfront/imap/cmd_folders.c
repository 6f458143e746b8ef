/*
 * DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE: RFC 3501 sections 6.3.4 to 6.3.7. Each
 * waits a little for the server's verdict, so that a refusal reaches the client.
 */
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"
#include "imapfront/imap/mailbox.h"
#include "imapfront/imap/namespace.h"

static bool parse_one(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	return imap_read_sp(in, err) && imap_read_mailbox(in, &args->mailbox, err) &&
	       imap_read_end(in, err);
}

static bool run_delete(struct imap_client *client, struct imap_args *args,
		       struct err *err)
{
	CLEANUP(store_box_finish) struct store_box box = { 0 };
	int64_t entry;

	if (!imap_client_box(client, args->mailbox, &box, err) ||
	    !store_box_delete(client->store, args->mailbox, &entry, err))
		return false;
	imap_notify_named(client, args->mailbox);
	if (box.id == client->box_id)
		imap_client_deselect(client);
	return imap_client_verdict(client, entry, err);
}

const struct imap_command imap_cmd_delete = {
	"DELETE", IMAP_INSIDE, IMAP_FOLDERS, parse_one, run_delete, NULL,
};

static bool parse_two(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	return imap_read_sp(in, err) && imap_read_mailbox(in, &args->mailbox, err) &&
	       imap_read_sp(in, err) && imap_read_mailbox(in, &args->target, err) &&
	       imap_read_end(in, err);
}

/* RFC 9051 section 6.3.6: the new name, and what it was. */
static void tell_renamed(struct imap_client *client, const struct imap_args *args,
			 const struct store_box *box)
{
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(8 * IMAP_MAILBOX_BYTES);

	strbuf_addf(&line, "* LIST (%s) \"/\" ",
		    box->has_children ? "\\HasChildren" : "\\HasNoChildren");
	imap_mailbox_quote(args->target, true, &line);
	strbuf_add(&line, STR(" (\"OLDNAME\" ("));
	imap_mailbox_quote(args->mailbox, true, &line);
	strbuf_add(&line, STR("))\r\n"));
	stream_write(client->out, strbuf_str(&line));
}

static bool run_rename(struct imap_client *client, struct imap_args *args,
		       struct err *err)
{
	CLEANUP(store_box_finish) struct store_box box = { 0 };
	int64_t entry;

	if (!imap_name_is_free(client, args->target, err) ||
	    !imap_client_box(client, args->mailbox, &box, err) ||
	    !store_box_rename(client->store, args->mailbox, args->target, &entry, err) ||
	    !imap_client_verdict(client, entry, err))
		return false;
	imap_notify_named(client, args->mailbox);
	imap_notify_named(client, args->target);
	if (client->rev2)
		tell_renamed(client, args, &box);
	return true;
}

const struct imap_command imap_cmd_rename = {
	"RENAME", IMAP_INSIDE, IMAP_FOLDERS, parse_two, run_rename, NULL,
};

static bool run_subscribe(struct imap_client *client, struct imap_args *args,
			  struct err *err)
{
	imap_notify_named(client, args->mailbox);
	return store_subscribe(client->store, args->mailbox, true, err);
}

const struct imap_command imap_cmd_subscribe = {
	"SUBSCRIBE", IMAP_INSIDE, IMAP_FOLDERS, parse_one, run_subscribe, NULL,
};

static bool run_unsubscribe(struct imap_client *client, struct imap_args *args,
			    struct err *err)
{
	imap_notify_named(client, args->mailbox);
	return store_subscribe(client->store, args->mailbox, false, err);
}

const struct imap_command imap_cmd_unsubscribe = {
	"UNSUBSCRIBE", IMAP_INSIDE, IMAP_FOLDERS, parse_one, run_unsubscribe, NULL,
};
