/*
 * STORE: RFC 3501 section 6.4.6, UNCHANGEDSINCE: RFC 7162 section 3.1.3.
 */
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"
#include "imapfront/imap/flags.h"

/* ["+" / "-"] "FLAGS" [".SILENT"] SP (flag-list / (flag *(SP flag))) */
static bool parse(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	if (!imap_read_sp(in, err) || !imap_read_set(in, &args->set, err) ||
	    !imap_read_sp(in, err))
		return false;
	/* store-modifier: "(" "UNCHANGEDSINCE" SP mod-sequence ")" SP */
	args->condstore = imap_take_word(in, STR("(UNCHANGEDSINCE"));
	if (args->condstore && (!imap_read_sp(in, err) ||
				!imap_read_number64(in, &args->unchanged_since, err) ||
				!imap_read_char(in, ')', err) || !imap_read_sp(in, err)))
		return false;
	args->flag_op = STORE_FLAGS_REPLACE;
	if (imap_take(in, '+'))
		args->flag_op = STORE_FLAGS_ADD;
	else if (imap_take(in, '-'))
		args->flag_op = STORE_FLAGS_REMOVE;
	args->silent = imap_take_word(in, STR("FLAGS.SILENT"));
	if (!args->silent && !imap_take_word(in, STR("FLAGS")))
		return err_set(err, ERR_SYNTAX, "unknown item to store");
	return imap_read_sp(in, err) &&
	       imap_read_flags(in, true, &args->flags, &args->keywords, err) &&
	       imap_read_end(in, err);
}

static void tell_flags(struct imap_client *client, const struct store_msg *msg,
		       const struct imap_args *args)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(4 * IMAP_KEYWORDS_BYTES);

	if (!args->silent)
		imap_client_keywords(client, str_from(msg->keywords));
	strbuf_addf(&text, "* %u FETCH (", imap_view_seq(&client->view, msg->uid));
	if (args->uid)
		strbuf_addf(&text, "UID %u ", msg->uid);
	if (!args->silent) {
		strbuf_add(&text, STR("FLAGS "));
		imap_flags_write(imap_client_flags(client, msg), msg->keywords,
				 client->labels, &text);
	}
	if (client->condstore)
		strbuf_addf(&text, "%sMODSEQ (%llu)", args->silent ? "" : " ",
			    (unsigned long long)msg->modseq);
	strbuf_add(&text, STR(")\r\n"));
	stream_write(client->out, strbuf_str(&text));
}

/* The new flags; RFC 7162 section 3.1.3: MODSEQ is told in spite of .SILENT. */
static bool answer(struct imap_client *client, const struct store_uid_list *uids,
		   const struct imap_args *args, struct err *err)
{
	for (size_t at = 0; at < uids->count; at += IMAP_SLICE) {
		CLEANUP(store_msgs_finish) struct store_msgs msgs = { 0 };

		if (!store_msgs_read(client->store, client->box_id, uids->uids + at,
				     MIN_OF(uids->count - at, (size_t)IMAP_SLICE), 0,
				     &msgs, err))
			return false;
		for (size_t i = 0; i < msgs.count; i++) {
			tell_flags(client, &msgs.items[i], args);
			imap_view_told(&client->view, msgs.items[i].uid,
				       msgs.items[i].modseq);
		}
	}
	return true;
}

/*
 * So that no update tells our own change once more, which with .SILENT nobody wants to
 * hear of: where nothing else happened since the last update, it is simply over, unless
 * searches are followed.
 */
static bool take_in(struct imap_client *client, const struct store_uid_list *uids,
		    const struct store_flags_result *result, struct err *err)
{
	CLEANUP(store_rows_release_ptr) struct store_rows *rows = NULL;
	struct store_rows_walk walk = { 0 };
	struct store_row row;

	if (client->view.modseq == result->modseq_before && !client->contexts) {
		imap_view_caught_up(&client->view, result->modseq);
		return true;
	}
	if (!store_rows_get(client->store, client->box_id, &rows, err))
		return false;
	walk.rows = rows;
	for (size_t i = 0; i < uids->count; i++)
		if (store_rows_seek(&walk, uids->uids[i], &row) &&
		    row.modseq == result->modseq)
			imap_view_told(&client->view, row.uid, row.modseq);
	return true;
}

/* [MODIFIED set]: numbers of the kind that the command used. */
static void tell_modified(struct imap_client *client, struct store_uid_list *failed,
			  bool uid)
{
	if (!failed->count)
		return;
	if (!uid)
		for (size_t i = 0; i < failed->count; i++)
			failed->uids[i] = imap_view_seq(&client->view, failed->uids[i]);
	strbuf_add(&client->done, STR("[MODIFIED "));
	imap_set_write(failed->uids, failed->count, &client->done);
	strbuf_add(&client->done, STR("] some were changed meanwhile"));
}

/* Those that were left alone are not answered: their new state comes as an update. */
static void drop_failed(struct store_uid_list *uids, const struct store_uid_list *failed)
{
	size_t kept = 0, at = 0;

	for (size_t i = 0; i < uids->count; i++) {
		while (at < failed->count && failed->uids[at] < uids->uids[i])
			at++;
		if (at == failed->count || failed->uids[at] != uids->uids[i])
			uids->uids[kept++] = uids->uids[i];
	}
	uids->count = kept;
}

static bool run(struct imap_client *client, struct imap_args *args, struct err *err)
{
	CLEANUP(store_uid_list_finish) struct store_uid_list uids = { 0 };
	CLEANUP(store_flags_result_finish) struct store_flags_result result = { 0 };
	struct store_flags change = { args->flag_op, args->flags, args->keywords,
				      args->unchanged_since };

	if (!imap_client_writable(client, err) ||
	    !imap_client_messages(client, args, &uids, err))
		return false;
	if (!uids.count)
		return true;
	if (!store_flags_change(client->store, client->box_id, uids.uids, uids.count,
				&change, &result, err))
		return false;
	drop_failed(&uids, &result.failed);
	tell_modified(client, &result.failed, args->uid);
	if (!take_in(client, &uids, &result, err))
		return false;
	if (!args->silent || client->condstore)
		return answer(client, &uids, args, err);
	if (args->flag_op != STORE_FLAGS_REMOVE) /* no response names a new one */
		imap_client_keywords(client, args->keywords);
	return true;
}

const struct imap_command imap_cmd_store = {
	"STORE", IMAP_SELECTED, IMAP_UID_FORM | IMAP_KEEP_NUMBERS, parse, run, NULL,
};
