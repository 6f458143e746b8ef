/*
 * SELECT, EXAMINE, CLOSE (RFC 3501 sections 6.3.1, 6.3.2, 6.4.2) and UNSELECT (RFC 3691).
 */
#include "imapfront/imap/box_wait.h"
#include "imapfront/imap/commands.h"
#include "imapfront/imap/flags.h"
#include "imapfront/imap/mailbox.h"

enum { NAME_BYTES = 4 * IMAP_MAILBOX_BYTES };

static bool read_parameter(struct imap_reader *in, struct imap_args *args,
			   struct err *err)
{
	args->condstore = true;
	if (imap_take_word(in, STR("CONDSTORE")))
		return true;
	if (!imap_take_word(in, STR("QRESYNC")))
		return err_set(err, ERR_SYNTAX, "unknown parameter");
	return imap_read_sp(in, err) && imap_qresync_read(in, &args->qresync, err);
}

/* "SELECT" SP mailbox [SP "(" select-param *(SP select-param) ")"] */
static bool parse(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	if (!imap_read_sp(in, err) || !imap_read_mailbox(in, &args->mailbox, err))
		return false;
	if (imap_take(in, ' ') && !imap_at_end(in)) {
		if (!imap_read_char(in, '(', err))
			return false;
		do {
			if (!read_parameter(in, args, err))
				return false;
		} while (imap_take(in, ' '));
		if (!imap_read_char(in, ')', err))
			return false;
	}
	return imap_read_end(in, err);
}

static const char *permanent_flags(unsigned rights)
{
	if (rights & BOX_RIGHT_MODIFY)
		return "\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded \\*";
	return rights & BOX_RIGHT_DELETE ? "\\Deleted" : "";
}

/* RFC 9051 section 6.3.2: the mailbox's name as the server has it. */
static bool tell_name(struct imap_client *client, const struct store_box *box,
		      struct err *err)
{
	CLEANUP(store_boxes_finish) struct store_boxes boxes = { 0 };
	CLEANUP(imap_list_names_finish) struct imap_list_names names = { 0 };
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(NAME_BYTES);
	struct imap_list list = { .extended = true };

	if (!store_box_list(client->store, &boxes, err) ||
	    !imap_list_choose(&list, &boxes, STR(""), true, &names, err))
		return false;
	for (size_t i = 0; i < names.count; i++)
		if (names.items[i].box && names.items[i].box->id == box->id)
			imap_list_write(&list, &names.items[i], true, &line);
	stream_write(client->out, strbuf_str(&line));
	return true;
}

/* What RFC 9051 has dropped. */
static bool describe_old(struct imap_client *client, struct err *err)
{
	uint32_t uid, seq;

	stream_writef(client->out, "* %zu RECENT\r\n",
		      imap_view_recent_count(&client->view));
	if (!store_first_unseen(client->store, client->box_id, &uid, err))
		return false;
	seq = uid ? imap_view_seq(&client->view, uid) : 0;
	if (seq)
		stream_writef(client->out, "* OK [UNSEEN %u] first unseen\r\n", seq);
	return true;
}

static bool describe(struct imap_client *client, const struct store_box *box,
		     struct err *err)
{
	const struct imap_view *view = &client->view;

	if (!imap_client_claim_recent(client, err) ||
	    !imap_client_flags_begin(client, err))
		return false;
	stream_writef(client->out, "* OK [PERMANENTFLAGS (%s)] kept\r\n",
		      permanent_flags(client->rights));
	stream_writef(client->out, "* %zu EXISTS\r\n", view->count);
	if (!client->rev2 && !describe_old(client, err))
		return false;
	stream_writef(client->out, "* OK [UIDVALIDITY %u] UIDs are valid\r\n",
		      view->uidvalidity);
	stream_writef(client->out, "* OK [MAILBOXID (F%u)] its id\r\n",
		      view->uidvalidity);
	stream_writef(client->out, "* OK [UIDNEXT %u] next UID\r\n", view->uidnext);
	stream_writef(client->out, "* OK [HIGHESTMODSEQ %llu] mod-sequences are kept\r\n",
		      (unsigned long long)view->modseq);
	return !client->rev2 || tell_name(client, box, err);
}

/* Flags that changed while the client was away. */
static void tell_changes(struct imap_client *client, const struct imap_qresync *q,
			 const struct store_changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		CLEANUP(strbuf_finish) struct strbuf line = STRBUF(IMAP_UPDATE_BYTES);
		const struct store_change *c = &changes->items[i];
		uint32_t seq = imap_view_seq(&client->view, c->uid);
		bool recent = imap_view_is_recent(&client->view, c->uid);

		if (c->expunged || !seq ||
		    (q->known.count && !imap_set_has(&q->known, c->uid)))
			continue;
		strbuf_addf(&line, "* %u FETCH (UID %u FLAGS ", seq, c->uid);
		imap_flags_write(c->flags | (recent ? IMAP_FLAG_RECENT : 0), c->keywords,
				 client->labels, &line);
		strbuf_addf(&line, " MODSEQ (%llu))\r\n", (unsigned long long)c->modseq);
		stream_write(client->out, strbuf_str(&line));
	}
}

/* RFC 7162 section 3.2.5: what happened since the client last looked. */
static bool resync(struct imap_client *client, struct imap_qresync *q, struct err *err)
{
	CLEANUP(store_uid_ranges_finish) struct store_uid_ranges gone = { 0 };
	CLEANUP(store_changes_finish) struct store_changes changes = { 0 };
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(IMAP_UPDATE_BYTES);

	if (!q->asked || q->uidvalidity != client->view.uidvalidity)
		return true;
	imap_set_resolve(&q->known, client->view.uidnext - 1);
	if (!store_vanished_since(client->store, client->box_id, q->modseq, &gone, err) ||
	    !store_living_since(client->store, client->box_id, q->modseq, &changes, err))
		return false;
	imap_vanished_write(&gone, q->known.count ? &q->known : NULL, &line);
	stream_write(client->out, strbuf_str(&line));
	tell_changes(client, q, &changes);
	return strbuf_ok(&line, err);
}

static bool enter(struct imap_client *client, const struct store_box *box, bool read_only,
		  struct imap_args *args, struct err *err)
{
	CLEANUP(store_view_finish) struct store_view view = { 0 };

	/* The watch first: what happens after the view is loaded is news. */
	client->box_id = box->id;
	imap_client_watch(client);
	if (!store_view_load(client->store, box->id, &view, err)) {
		client->box_id = 0;
		imap_client_watch(client);
		return false;
	}
	imap_view_init(&client->view, &view);
	client->view.labels = client->labels;
	client->rights = read_only ? BOX_RIGHT_READ : box->rights;
	client->read_only = !(client->rights & BOX_RIGHTS_WRITE);
	client->state = IMAP_SELECTED;
	if (describe(client, box, err) && resync(client, &args->qresync, err))
		return true;
	imap_client_deselect(client);
	return false;
}

static bool open_box(struct imap_client *client, struct imap_args *args, bool read_only,
		     struct err *err)
{
	CLEANUP(store_box_finish) struct store_box box = { 0 };

	if (args->qresync.asked && !client->qresync)
		return err_set(err, ERR_SYNTAX, "ENABLE QRESYNC first");
	if (client->state == IMAP_SELECTED)
		stream_write(client->out,
			     STR("* OK [CLOSED] the other one is closed\r\n"));
	imap_client_deselect(client);
	if (!imap_box_wait(client, args->mailbox, &box, err) ||
	    !enter(client, &box, read_only, args, err))
		return false;
	strbuf_add_cstr(&client->done, client->read_only ? "[READ-ONLY] mailbox opened"
							 : "[READ-WRITE] mailbox opened");
	return true;
}

static bool run_select(struct imap_client *client, struct imap_args *args,
		       struct err *err)
{
	return open_box(client, args, false, err);
}

static bool run_examine(struct imap_client *client, struct imap_args *args,
			struct err *err)
{
	return open_box(client, args, true, err);
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
