/*
 * MYRIGHTS, GETACL, LISTRIGHTS, SETACL, DELETEACL: RFC 4314. What is shown is the
 * account's own rights; to give rights to others is for Exchange's own tools.
 */
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"
#include "imapfront/imap/mailbox.h"
#include "imapfront/imap/rights.h"
#include "bridge/mime/imap_render.h"

enum { LINE_BYTES = 4 * IMAP_MAILBOX_BYTES + 4096 };

static bool parse_mailbox(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	return imap_read_sp(in, err) && imap_read_mailbox(in, &args->mailbox, err) &&
	       imap_read_end(in, err);
}

static bool run_myrights(struct imap_client *client, struct imap_args *args,
			 struct err *err)
{
	CLEANUP(store_box_finish) struct store_box box = { 0 };
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(LINE_BYTES);

	if (!imap_client_box(client, args->mailbox, &box, err))
		return false;
	imap_rights_tell(&box, client->utf8, &line);
	stream_write(client->out, strbuf_str(&line));
	return true;
}

const struct imap_command imap_cmd_myrights = {
	"MYRIGHTS",    IMAP_INSIDE,  IMAP_FOLDERS,
	parse_mailbox, run_myrights, "ACL RIGHTS=kxte",
};

static bool run_getacl(struct imap_client *client, struct imap_args *args,
		       struct err *err)
{
	CLEANUP(store_box_finish) struct store_box box = { 0 };
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(LINE_BYTES);

	if (!imap_client_box(client, args->mailbox, &box, err))
		return false;
	strbuf_add(&line, STR("* ACL "));
	imap_mailbox_quote(str_from(box.path), client->utf8, &line);
	strbuf_addc(&line, ' ');
	mime_imap_string(str_from(account_address(client->session->account)), &line);
	strbuf_addc(&line, ' ');
	imap_rights_write(&box, &line);
	strbuf_add(&line, STR("\r\n"));
	stream_write(client->out, strbuf_str(&line));
	return true;
}

const struct imap_command imap_cmd_getacl = {
	"GETACL", IMAP_INSIDE, IMAP_FOLDERS, parse_mailbox, run_getacl, NULL,
};

static bool parse_identifier(struct imap_reader *in, struct imap_args *args,
			     struct err *err)
{
	return imap_read_sp(in, err) && imap_read_mailbox(in, &args->mailbox, err) &&
	       imap_read_sp(in, err) && imap_read_astring(in, &args->login, err) &&
	       imap_read_end(in, err);
}

/* One group: these rights always, no others ever. */
static bool run_listrights(struct imap_client *client, struct imap_args *args,
			   struct err *err)
{
	CLEANUP(store_box_finish) struct store_box box = { 0 };
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(LINE_BYTES);

	if (!imap_client_box(client, args->mailbox, &box, err))
		return false;
	strbuf_add(&line, STR("* LISTRIGHTS "));
	imap_mailbox_quote(str_from(box.path), client->utf8, &line);
	strbuf_addc(&line, ' ');
	mime_imap_string(args->login, &line);
	strbuf_add(&line, STR(" "));
	if (str_eq_nocase(args->login,
			  str_from(account_address(client->session->account))))
		imap_rights_write(&box, &line);
	else
		strbuf_add(&line, STR("\"\""));
	strbuf_add(&line, STR("\r\n"));
	stream_write(client->out, strbuf_str(&line));
	return strbuf_ok(&line, err);
}

const struct imap_command imap_cmd_listrights = {
	"LISTRIGHTS", IMAP_INSIDE, IMAP_FOLDERS, parse_identifier, run_listrights, NULL,
};

static bool parse_setacl(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	struct str rights;

	return imap_read_sp(in, err) && imap_read_mailbox(in, &args->mailbox, err) &&
	       imap_read_sp(in, err) && imap_read_astring(in, &args->login, err) &&
	       imap_read_sp(in, err) && imap_read_astring(in, &rights, err) &&
	       imap_read_end(in, err);
}

static bool run_setacl(struct imap_client *client, struct imap_args *args,
		       struct err *err)
{
	CLEANUP(store_box_finish) struct store_box box = { 0 };

	return imap_client_box(client, args->mailbox, &box, err) &&
	       imap_client_refuse(client, err,
				  "[NOPERM] rights are given with Outlook or "
				  "PowerShell");
}

const struct imap_command imap_cmd_setacl = {
	"SETACL", IMAP_INSIDE, IMAP_FOLDERS, parse_setacl, run_setacl, NULL,
};
const struct imap_command imap_cmd_deleteacl = {
	"DELETEACL", IMAP_INSIDE, IMAP_FOLDERS, parse_identifier, run_setacl, NULL,
};
