/*
 * CAPABILITY from two tables: what each command brings (commands.c), and here what
 * belongs to no single command or depends on the connection.
 */
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"

static bool always(const struct imap_client *client)
{
	return true;
}

static bool offers_tls(const struct imap_client *client)
{
	return client->state == IMAP_STRANGER && session_offers_tls(client->session);
}

static bool may_login(const struct imap_client *client)
{
	return client->state == IMAP_STRANGER && session_may_login(client->session);
}

static bool may_not_login(const struct imap_client *client)
{
	return client->state == IMAP_STRANGER && !session_may_login(client->session);
}

static bool may_compress(const struct imap_client *client)
{
	return !client->out->deflate;
}

static bool has_quota(const struct imap_client *client)
{
	struct account_quota quota;

	return client->state != IMAP_STRANGER &&
	       account_quota(client->session->account, &quota);
}

static const struct {
	const char *names;
	bool (*when)(const struct imap_client *client);
} rows[] = {
	{ "IMAP4rev1 IMAP4rev2 LITERAL+", always },
	{ "STARTTLS", offers_tls },
	{ "LOGINDISABLED", may_not_login },
	{ "SASL-IR AUTH=PLAIN AUTH=LOGIN", may_login },
	{ "COMPRESS=DEFLATE", may_compress },
	{ "QUOTA QUOTA=RES-STORAGE", has_quota },
	{ "OBJECTID PREVIEW SAVEDATE INPROGRESS", always },
};

void imap_client_capabilities(const struct imap_client *client, struct strbuf *out)
{
	const struct imap_command *command;
	const char *blank = "";

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].when(client)) {
			strbuf_addf(out, "%s%s", blank, rows[i].names);
			blank = " ";
		}
	for (size_t i = 0; (command = imap_command_at(i)); i++)
		if (command->capabilities)
			strbuf_addf(out, " %s", command->capabilities);
}
