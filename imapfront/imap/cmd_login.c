/* LOGIN and AUTHENTICATE: RFC 3501 section 6.2, SASL-IR: RFC 4959. */
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"
#include "imapfront/sasl.h"

static bool enter(struct imap_client *client, struct str login, struct str password,
		  struct err *err)
{
	if (!session_may_login(client->session))
		return imap_client_refuse(client, err,
					  "[PRIVACYREQUIRED] start TLS first");
	if (!session_login(client->session, login, password, err))
		return false;
	imap_client_enter(client);
	/* Many clients ask for capabilities once more; this spares them the round trip.
	 */
	strbuf_add(&client->done, STR("[CAPABILITY "));
	imap_client_capabilities(client, &client->done);
	strbuf_add(&client->done, STR("] logged in"));
	return true;
}

static bool parse_login(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	return imap_read_sp(in, err) && imap_read_astring(in, &args->login, err) &&
	       imap_read_sp(in, err) && imap_read_astring(in, &args->password, err) &&
	       imap_read_end(in, err);
}

static bool run_login(struct imap_client *client, struct imap_args *args, struct err *err)
{
	return enter(client, args->login, args->password, err);
}

const struct imap_command imap_cmd_login = {
	"LOGIN", IMAP_STRANGER, 0, parse_login, run_login, NULL,
};

/* "AUTHENTICATE" SP auth-type [SP (base64 / "=")] */
static bool parse_authenticate(struct imap_reader *in, struct imap_args *args,
			       struct err *err)
{
	if (!imap_read_sp(in, err) || !imap_read_atom(in, &args->mechanism, err))
		return false;
	args->initial = STR_NONE;
	if (imap_take(in, ' ') && !imap_read_atom(in, &args->initial, err))
		return false;
	return imap_read_end(in, err);
}

static bool run_authenticate(struct imap_client *client, struct imap_args *args,
			     struct err *err)
{
	struct sasl_credentials c;
	bool fine;

	if (!session_may_login(client->session))
		return imap_client_refuse(client, err,
					  "[PRIVACYREQUIRED] start TLS first");
	sasl_credentials_init(&c);
	fine = sasl_run(client->session, args->mechanism, "+ ", args->initial, &c, err);
	if (!fine && err->code == ERR_NOT_FOUND)
		imap_client_refuse(client, err, "unknown mechanism");
	else if (!fine && err->code == ERR_STATE)
		err->code = ERR_SYNTAX; /* cancelled: tagged BAD */
	fine = fine && enter(client, strbuf_str(&c.login), strbuf_str(&c.password), err);
	sasl_credentials_finish(&c);
	return fine;
}

const struct imap_command imap_cmd_authenticate = {
	"AUTHENTICATE", IMAP_STRANGER, 0, parse_authenticate, run_authenticate, NULL,
};
