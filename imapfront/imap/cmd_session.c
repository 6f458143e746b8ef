/*
 * Commands that work in every state: CAPABILITY, NOOP, LOGOUT (RFC 3501 section 6.1) and
 * ID (RFC 2971).
 */
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"

static bool run_capability(struct imap_client *client, struct imap_args *args,
			   struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(2048);

	strbuf_add(&text, STR("* CAPABILITY "));
	imap_client_capabilities(client, &text);
	strbuf_add(&text, STR("\r\n"));
	stream_write(client->out, strbuf_str(&text));
	return true;
}

const struct imap_command imap_cmd_capability = {
	"CAPABILITY", IMAP_ANY, 0, NULL, run_capability, NULL,
};

static bool run_noop(struct imap_client *client, struct imap_args *args, struct err *err)
{
	if (client->state == IMAP_SELECTED)
		account_look(client->session->account, client->box_id);
	return true;
}

const struct imap_command imap_cmd_noop = { "NOOP", IMAP_ANY, 0, NULL, run_noop, NULL };
const struct imap_command imap_cmd_check = {
	"CHECK", IMAP_SELECTED, 0, NULL, run_noop, NULL,
};

static bool run_logout(struct imap_client *client, struct imap_args *args,
		       struct err *err)
{
	imap_client_bye(client, "good-bye");
	return true;
}

const struct imap_command imap_cmd_logout = {
	"LOGOUT", IMAP_ANY, IMAP_NO_UPDATE, NULL, run_logout, NULL,
};

/* id_params_list = "(" *(string SP nstring) ")" / nil; what the client says is not kept
 */
static bool parse_id(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	struct str ignored;

	if (!imap_read_sp(in, err))
		return false;
	if (imap_take_word(in, STR("NIL")))
		return imap_read_end(in, err);
	if (!imap_read_char(in, '(', err))
		return false;
	while (!imap_take(in, ')')) {
		if (!imap_read_string(in, &ignored, err) || !imap_read_sp(in, err) ||
		    !imap_read_nstring(in, &ignored, err))
			return false;
		if (!imap_peek(in, ')') && !imap_read_sp(in, err))
			return false;
	}
	return imap_read_end(in, err);
}

static bool run_id(struct imap_client *client, struct imap_args *args, struct err *err)
{
	stream_write(client->out, STR("* ID (\"name\" \"Passerelle\" \"version\" "
				      "\"" PASSERELLE_VERSION "\")\r\n"));
	return true;
}

const struct imap_command imap_cmd_id = { "ID", IMAP_ANY, 0, parse_id, run_id, "ID" };
