/*
 * SASL PLAIN and LOGIN. LOGIN asks twice; its initial response, which some clients send,
 * is the login name. Nothing here decides whether the password is right.
 */
#include "imapfront/sasl.h"

#include <string.h>

#include "base/base64.h"
#include "imapfront/limits.h"
#include "imapfront/session.h"

enum {
	MESSAGE_BYTES = 3 * FRONT_LOGIN_BYTES + 2,
	BASE64_BYTES = MESSAGE_BYTES * 4 / 3 + 8
};

void sasl_credentials_init(struct sasl_credentials *c)
{
	strbuf_init(&c->login, FRONT_LOGIN_BYTES);
	strbuf_init(&c->password, FRONT_LOGIN_BYTES);
}

static void wipe(struct strbuf *b)
{
	if (b->p)
		explicit_bzero(b->p, b->capacity);
	strbuf_finish(b);
}

void sasl_credentials_finish(struct sasl_credentials *c)
{
	strbuf_finish(&c->login);
	wipe(&c->password);
}

bool sasl_plain_parse(struct str message, struct sasl_credentials *c, struct err *err)
{
	ptrdiff_t first = str_find_char(message, '\0'), second;
	struct str authzid, authcid, rest;

	if (first < 0)
		return err_set(err, ERR_SYNTAX, "PLAIN without NUL");
	authzid = str_sub(message, 0, (size_t)first);
	rest = str_sub(message, (size_t)first + 1, message.len);
	second = str_find_char(rest, '\0');
	if (second <= 0)
		return err_set(err, ERR_SYNTAX, "PLAIN without a login name");
	authcid = str_sub(rest, 0, (size_t)second);
	rest = str_sub(rest, (size_t)second + 1, rest.len);
	if (str_find_char(rest, '\0') >= 0)
		return err_set(err, ERR_SYNTAX, "PLAIN with NUL in the password");
	if (authzid.len && !str_eq_nocase(authzid, authcid))
		return err_set(err, ERR_AUTH, "acting for another user is not offered");
	strbuf_add(&c->login, authcid);
	strbuf_add(&c->password, rest);
	return strbuf_ok(&c->login, err) && strbuf_ok(&c->password, err);
}

/* One challenge and its answer, decoded. */
static bool ask(struct session *session, const char *prompt, const char *challenge,
		struct strbuf *answer, struct err *err)
{
	struct strbuf line = STRBUF(BASE64_BYTES);
	bool fine;

	stream_write(&session->stream, str_from(prompt));
	stream_write(&session->stream, str_from(challenge));
	stream_write(&session->stream, STR("\r\n"));
	fine = stream_flush(&session->stream, err) &&
	       stream_read_line(&session->stream, BASE64_BYTES, &line, err);
	if (fine && str_eq(strbuf_str(&line), STR("*")))
		fine = err_set(err, ERR_STATE, "cancelled");
	fine = fine && base64_decode(strbuf_str(&line), answer, err) &&
	       strbuf_ok(answer, err);
	wipe(&line);
	return fine;
}

static bool run_plain(struct session *session, const char *prompt, struct strbuf *first,
		      bool have_first, struct sasl_credentials *c, struct err *err)
{
	if (!have_first && !ask(session, prompt, "", first, err))
		return false;
	return sasl_plain_parse(strbuf_str(first), c, err);
}

static bool run_login(struct session *session, const char *prompt, struct strbuf *first,
		      bool have_first, struct sasl_credentials *c, struct err *err)
{
	if (have_first)
		strbuf_add(&c->login, strbuf_str(first));
	else if (!ask(session, prompt, "VXNlcm5hbWU6", &c->login, err))
		return false;
	return ask(session, prompt, "UGFzc3dvcmQ6", &c->password, err) &&
	       strbuf_ok(&c->login, err);
}

bool sasl_known(struct str mechanism)
{
	return str_eq_nocase(mechanism, STR("PLAIN")) ||
	       str_eq_nocase(mechanism, STR("LOGIN"));
}

bool sasl_run(struct session *session, struct str mechanism, const char *prompt,
	      struct str initial, struct sasl_credentials *c, struct err *err)
{
	struct strbuf first = STRBUF(MESSAGE_BYTES);
	bool fine = true;

	if (!sasl_known(mechanism))
		return err_set(err, ERR_NOT_FOUND, "unknown mechanism");
	if (initial.p && !str_eq(initial, STR("=")))
		fine = base64_decode(initial, &first, err) && strbuf_ok(&first, err);
	if (fine && str_eq_nocase(mechanism, STR("PLAIN")))
		fine = run_plain(session, prompt, &first, initial.p, c, err);
	else if (fine)
		fine = run_login(session, prompt, &first, initial.p, c, err);
	wipe(&first);
	return fine;
}
