/*
 * STARTTLS: RFC 3501 section 6.2.1; COMPRESS: RFC 4978. The connection changes when the
 * tagged OK is with the client.
 */
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"

static bool run_starttls(struct imap_client *client, struct imap_args *args,
			 struct err *err)
{
	if (client->session->secure)
		return err_set(err, ERR_SYNTAX, "TLS is on");
	if (!session_offers_tls(client->session))
		return err_set(err, ERR_SYNTAX, "TLS is not offered");
	client->then = IMAP_THEN_TLS;
	return true;
}

const struct imap_command imap_cmd_starttls = {
	"STARTTLS", IMAP_STRANGER, IMAP_NO_UPDATE, NULL, run_starttls, NULL,
};

static bool parse_compress(struct imap_reader *in, struct imap_args *args,
			   struct err *err)
{
	if (!imap_read_sp(in, err))
		return false;
	if (!imap_take_word(in, STR("DEFLATE")))
		return err_set(err, ERR_SYNTAX, "DEFLATE is what is known here");
	return imap_read_end(in, err);
}

static bool run_compress(struct imap_client *client, struct imap_args *args,
			 struct err *err)
{
	if (client->out->deflate)
		return imap_client_refuse(client, err,
					  "[COMPRESSIONACTIVE] it is on already");
	client->then = IMAP_THEN_DEFLATE;
	return true;
}

const struct imap_command imap_cmd_compress = {
	"COMPRESS", IMAP_INSIDE, 0, parse_compress, run_compress, NULL,
};
