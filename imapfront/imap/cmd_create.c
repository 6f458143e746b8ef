/*
 * CREATE: RFC 3501 section 6.3.3; USE: RFC 6154 section 3. It waits a little for the
 * server's verdict, so that a refusal reaches the client.
 */
#include "imapfront/imap/commands.h"
#include "imapfront/imap/namespace.h"

/* Exchange has one folder for each of the other uses, and always has it. */
static void want_use(struct imap_args *args, struct str attribute)
{
	if (str_eq_nocase(attribute, STR("Archive")))
		args->use = BOX_USE_ARCHIVE;
	else
		args->other_use = true;
}

/* "USE" SP "(" [use-attr *(SP use-attr)] ")" */
static bool read_use(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	struct str attribute;

	if (!imap_take_word(in, STR("USE")))
		return err_set(err, ERR_SYNTAX, "unknown parameter of CREATE");
	if (!imap_read_sp(in, err) || !imap_read_char(in, '(', err))
		return false;
	if (imap_take(in, ')'))
		return true;
	do {
		if (!imap_read_char(in, '\\', err) ||
		    !imap_read_atom(in, &attribute, err))
			return false;
		want_use(args, attribute);
	} while (imap_take(in, ' '));
	return imap_read_char(in, ')', err);
}

/* "CREATE" SP mailbox [SP "(" create-param *(SP create-param) ")"] */
static bool parse(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	if (!imap_read_sp(in, err) || !imap_read_mailbox(in, &args->mailbox, err))
		return false;
	if (!imap_take(in, ' '))
		return imap_read_end(in, err);
	if (!imap_read_char(in, '(', err))
		return false;
	do {
		if (!read_use(in, args, err))
			return false;
	} while (imap_take(in, ' '));
	return imap_read_char(in, ')', err) && imap_read_end(in, err);
}

/* The mailbox and those parents that are made with it; what is there stays as it is. */
static bool unsubscribe_new(struct imap_client *client, struct str path, struct err *err)
{
	for (size_t len = 1; len <= path.len; len++) {
		CLEANUP(store_box_finish) struct store_box box = { 0 };
		struct str part = str_sub(path, 0, len);

		if (len < path.len && path.p[len] != '/')
			continue;
		if (store_box_find(client->store, part, &box, err))
			continue;
		if (err->code != ERR_NOT_FOUND ||
		    !store_subscribe_new(client->store, part, err))
			return false;
	}
	return true;
}

static bool check_use(struct imap_client *client, const struct imap_args *args,
		      struct err *err)
{
	CLEANUP(store_boxes_finish) struct store_boxes boxes = { 0 };

	if (args->other_use)
		return imap_client_refuse(
			client, err,
			"[USEATTR] only \\Archive can be given: Exchange "
			"itself names the folders for other uses");
	if (args->use == BOX_USE_NONE)
		return true;
	if (!store_box_list(client->store, &boxes, err))
		return false;
	for (size_t i = 0; i < boxes.count; i++)
		if (boxes.items[i].use == args->use)
			return imap_client_refuse(client, err,
						  "[USEATTR] there is a folder for this "
						  "use already: LIST (SPECIAL-USE)");
	return true;
}

static bool run(struct imap_client *client, struct imap_args *args, struct err *err)
{
	CLEANUP(store_box_finish) struct store_box box = { 0 };
	struct err gone;
	int64_t entry;

	if (!check_use(client, args, err) ||
	    !imap_name_is_free(client, args->mailbox, err) ||
	    !unsubscribe_new(client, args->mailbox, err) ||
	    !store_box_create(client->store, args->mailbox, args->use, &entry, err) ||
	    !imap_client_verdict(client, entry, err))
		return false;
	imap_notify_named(client, args->mailbox);
	/* RFC 8474 section 4.1 */
	if (store_box_find(client->store, args->mailbox, &box, &gone))
		strbuf_addf(&client->done, "[MAILBOXID (F%u)] created", box.uidvalidity);
	return true;
}

const struct imap_command imap_cmd_create = {
	"CREATE", IMAP_INSIDE, IMAP_FOLDERS, parse, run, "CREATE-SPECIAL-USE",
};
