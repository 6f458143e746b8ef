/* SASL for the mail fronts: PLAIN (RFC 4616) and LOGIN (draft-murchison-sasl-login). */
#ifndef IMAPFRONT_SASL_H
#define IMAPFRONT_SASL_H

#include "base/err.h"
#include "base/strbuf.h"

struct session;

struct sasl_credentials {
	struct strbuf login, password;
};
void sasl_credentials_init(struct sasl_credentials *c);
void sasl_credentials_finish(struct sasl_credentials *c); /* wipes the password */

/*
 * sasl_plain_parse() - [authzid] NUL authcid NUL password, decoded
 * An authzid must be the authcid itself. Errors: ERR_SYNTAX, ERR_AUTH.
 */
MUST_CHECK bool sasl_plain_parse(struct str message, struct sasl_credentials *c,
				 struct err *err);

/* sasl_known() - do we offer @mechanism (any case)? "PLAIN", "LOGIN". */
bool sasl_known(struct str mechanism);

/*
 * sasl_run() - the whole exchange with the client, up to its credentials
 * @prompt:  what comes before each challenge: "+ " in IMAP, "334 " in SMTP
 * @initial: the client's initial response as sent (base64, "=" for empty), .p NULL: none
 * Errors: ERR_NOT_FOUND unknown mechanism; ERR_SYNTAX bad base64 or message; ERR_STATE
 * cancelled by the client ("*"); ERR_AUTH; ERR_OFFLINE. Blocks: on the client.
 */
MUST_CHECK bool sasl_run(struct session *session, struct str mechanism,
			 const char *prompt, struct str initial,
			 struct sasl_credentials *c, struct err *err);

#endif
