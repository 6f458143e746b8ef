/* Login with an account's address and bridge password; see session.h. */
#include "base/clock.h"
#include "base/log.h"
#include "bridge/password.h"
#include "imapfront/front.h"
#include "imapfront/limits.h"
#include "imapfront/session.h"

/* The time that a name without account takes is an scrypt short of a wrong password's;
 * which accounts exist here is no secret to users of this machine. */
static struct account *check(struct session *session, struct str login,
			     struct str password)
{
	struct account *account = account_set_find(session->front->accounts, login);

	if (!account || !account_password_check(account_config(account), password))
		return NULL;
	return account;
}

bool session_login(struct session *session, struct str login, struct str password,
		   struct err *err)
{
	struct guess_table *guesses = session->front->guesses;
	struct account *account = NULL;

	if (!session_may_login(session))
		return err_set(err, ERR_DENIED, "start TLS first");
	if (login.len > FRONT_LOGIN_BYTES || password.len > FRONT_LOGIN_BYTES)
		return err_set(err, ERR_AUTH, "wrong login name or password");
	if (!session_pause(session, guess_reserve(guesses, login, clock_mono_ms())))
		return err_set(err, ERR_STATE, "shutting down");
	account = check(session, login, password);
	guess_result(guesses, login, account != NULL, clock_mono_ms());
	if (!account) {
		log_warn(session->who, "login refused");
		return err_set(err, ERR_AUTH, "wrong login name or password");
	}
	session->account = account;
	log_debug(session->who, "logged in to account %s", account_name(account));
	return true;
}
