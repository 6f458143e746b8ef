/*
 * UNAUTHENTICATE: RFC 8437. Back to before the login; TLS stays, and compression too.
 */
#include "base/clock.h"
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"
#include "imapfront/limits.h"

static bool run(struct imap_client *client, struct imap_args *args, struct err *err)
{
	struct session *session = client->session;

	imap_client_deselect(client);
	imap_notify_free(client->notify);
	client->notify = NULL;
	/* The watch is one of the account's. */
	session_unwatch(session);
	session->account = NULL;
	session->login_by_ms = clock_mono_ms() + FRONT_UNAUTHENTICATED_MS;
	client->store = NULL;
	client->labels = NULL;
	client->state = IMAP_STRANGER;
	client->condstore = client->qresync = client->rev2 = client->utf8 = false;
	return true;
}

const struct imap_command imap_cmd_unauthenticate = {
	"UNAUTHENTICATE", IMAP_INSIDE, IMAP_NO_UPDATE, NULL, run, "UNAUTHENTICATE",
};
