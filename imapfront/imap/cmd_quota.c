/*
 * GETQUOTA, GETQUOTAROOT, SETQUOTA: RFC 9208. One root, "", for the whole mailbox, where
 * Exchange tells a limit; it is the administrators' to set.
 */
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"
#include "imapfront/imap/mailbox.h"

enum { KIB = 1024 };

static bool parse_root(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	return imap_read_sp(in, err) && imap_read_astring(in, &args->mailbox, err) &&
	       imap_read_end(in, err);
}

static bool tell(struct imap_client *client)
{
	struct account_quota quota;

	if (!account_quota(client->session->account, &quota))
		return false;
	stream_writef(client->out, "* QUOTA \"\" (STORAGE %llu %llu)\r\n",
		      (unsigned long long)((quota.used_bytes + KIB - 1) / KIB),
		      (unsigned long long)(quota.limit_bytes / KIB));
	return true;
}

static bool run_get(struct imap_client *client, struct imap_args *args, struct err *err)
{
	return (!args->mailbox.len && tell(client)) ||
	       err_set(err, ERR_NOT_FOUND, "no such quota root");
}

const struct imap_command imap_cmd_getquota = {
	"GETQUOTA", IMAP_INSIDE, 0, parse_root, run_get, NULL,
};

static bool parse_box(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	return imap_read_sp(in, err) && imap_read_mailbox(in, &args->mailbox, err) &&
	       imap_read_end(in, err);
}

/* Also of a mailbox that is still to be made. */
static bool run_root(struct imap_client *client, struct imap_args *args, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(4 * IMAP_MAILBOX_BYTES);
	struct account_quota quota;

	strbuf_add(&line, STR("* QUOTAROOT "));
	imap_mailbox_quote(args->mailbox, client->utf8, &line);
	if (account_quota(client->session->account, &quota))
		strbuf_add(&line, STR(" \"\""));
	strbuf_add(&line, STR("\r\n"));
	if (!strbuf_ok(&line, err))
		return false;
	stream_write(client->out, strbuf_str(&line));
	(void)tell(client);
	return true;
}

const struct imap_command imap_cmd_getquotaroot = {
	"GETQUOTAROOT", IMAP_INSIDE, 0, parse_box, run_root, NULL,
};

/* "SETQUOTA" SP quota-root-name SP "(" [name SP number *(...)] ")" */
static bool parse_set(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	struct str name;
	uint64_t limit;

	if (!imap_read_sp(in, err) || !imap_read_astring(in, &args->mailbox, err) ||
	    !imap_read_sp(in, err) || !imap_read_char(in, '(', err))
		return false;
	if (imap_take(in, ')'))
		return imap_read_end(in, err);
	do {
		if (!imap_read_atom(in, &name, err) || !imap_read_sp(in, err) ||
		    !imap_read_number64(in, &limit, err))
			return false;
	} while (imap_take(in, ' '));
	return imap_read_char(in, ')', err) && imap_read_end(in, err);
}

static bool run_set(struct imap_client *client, struct imap_args *args, struct err *err)
{
	return err_set(err, ERR_DENIED, "limits are set by the server's administrators");
}

const struct imap_command imap_cmd_setquota = {
	"SETQUOTA", IMAP_INSIDE, 0, parse_set, run_set, NULL,
};
