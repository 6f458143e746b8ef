/*
 * SELECT, EXAMINE, CLOSE (RFC 3501 sections 6.3.1, 6.3.2, 6.4.2) and UNSELECT (RFC 3691).
 * UNSEEN, the number of the first unseen message, is left out: it would cost a walk
 * through the folder, and RFC 9051 has dropped it.
 */
#include "imapfront/imap/box_wait.h"
#include "imapfront/imap/commands.h"

/* "SELECT" SP mailbox [SP "(" "CONDSTORE" ")"] */
static bool parse(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	if (!imap_read_sp(in, err) || !imap_read_mailbox(in, &args->mailbox, err))
		return false;
	if (imap_take(in, ' ') && !imap_at_end(in)) {
		args->condstore = imap_take_word(in, STR("(CONDSTORE)"));
		if (!args->condstore)
			return err_set(err, ERR_SYNTAX, "unknown parameter");
	}
	return imap_read_end(in, err);
}

static const char *permanent_flags(unsigned rights)
{
	if (rights & BOX_RIGHT_MODIFY)
		return "\\Answered \\Flagged \\Deleted \\Seen $Forwarded \\*";
	return rights & BOX_RIGHT_DELETE ? "\\Deleted" : "";
}

static void describe(struct imap_client *client, const char *permanent)
{
	const struct imap_view *view = &client->view;

	stream_write(client->out,
		     STR("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft "
			 "$Forwarded $MDNSent Junk NonJunk)\r\n"));
	stream_writef(client->out, "* OK [PERMANENTFLAGS (%s)] kept\r\n", permanent);
	stream_writef(client->out, "* %zu EXISTS\r\n* 0 RECENT\r\n", view->count);
	stream_writef(client->out, "* OK [UIDVALIDITY %u] UIDs are valid\r\n",
		      view->uidvalidity);
	stream_writef(client->out, "* OK [UIDNEXT %u] next UID\r\n", view->uidnext);
	stream_writef(client->out, "* OK [HIGHESTMODSEQ %llu] mod-sequences are kept\r\n",
		      (unsigned long long)view->modseq);
}

static bool open_box(struct imap_client *client, struct str path, bool read_only,
		     struct err *err)
{
	CLEANUP(store_box_finish) struct store_box box = { 0 };
	CLEANUP(store_view_finish) struct store_view view = { 0 };

	imap_client_deselect(client);
	if (!imap_box_wait(client, path, &box, err))
		return false;
	/* The watch first: what happens after the view is loaded is news. */
	session_watch(client->session, box.id);
	if (!store_view_load(client->store, box.id, &view, err)) {
		session_unwatch(client->session);
		return false;
	}
	imap_view_init(&client->view, &view);
	client->box_id = box.id;
	client->rights = read_only ? BOX_RIGHT_READ : box.rights;
	client->read_only = !(client->rights & BOX_RIGHTS_WRITE);
	client->state = IMAP_SELECTED;
	describe(client, permanent_flags(client->rights));
	strbuf_add_cstr(&client->done, client->read_only ? "[READ-ONLY] mailbox opened"
							 : "[READ-WRITE] mailbox opened");
	return true;
}

static bool run_select(struct imap_client *client, struct imap_args *args,
		       struct err *err)
{
	return open_box(client, args->mailbox, false, err);
}

static bool run_examine(struct imap_client *client, struct imap_args *args,
			struct err *err)
{
	return open_box(client, args->mailbox, true, err);
}

const struct imap_command imap_cmd_select = {
	"SELECT", IMAP_INSIDE, IMAP_NO_UPDATE, parse, run_select, NULL,
};
const struct imap_command imap_cmd_examine = {
	"EXAMINE", IMAP_INSIDE, IMAP_NO_UPDATE, parse, run_examine, NULL,
};

static bool run_close(struct imap_client *client, struct imap_args *args, struct err *err)
{
	CLEANUP(store_uid_list_finish) struct store_uid_list gone = { 0 };
	int64_t entry;
	bool fine = client->read_only ||
		    store_expunge(client->store, client->box_id, client->view.uids,
				  client->view.count, &gone, &entry, err);

	imap_client_deselect(client);
	return fine;
}

const struct imap_command imap_cmd_close = {
	"CLOSE", IMAP_SELECTED, IMAP_NO_UPDATE, NULL, run_close, NULL,
};

static bool run_unselect(struct imap_client *client, struct imap_args *args,
			 struct err *err)
{
	imap_client_deselect(client);
	return true;
}

const struct imap_command imap_cmd_unselect = {
	"UNSELECT", IMAP_SELECTED, IMAP_NO_UPDATE, NULL, run_unselect, "UNSELECT",
};
