/* An account: configuration, back-off and the schema version that its server takes. */
#include "ews/account.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ews/account_state.h"

#define FIRST_WAIT_MS 60000
#define LONGEST_WAIT_MS 600000
#define CONNECT_TIMEOUT_MS 30000
/* Exchange ends a batch after a minute; so long a silence means that nothing comes. */
#define IDLE_TIMEOUT_MS 120000

static void wipe(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
}

static bool check(const struct ews_config *config, struct err *err)
{
	static const char *const names[] = {
		[EWS_AUTH_BASIC] = "basic",
		[EWS_AUTH_NEGOTIATE] = "negotiate",
		[EWS_AUTH_NTLM] = "ntlm",
		[EWS_AUTH_OAUTH2] = "oauth2",
	};
	struct str url = str_from(config->url);

	if (config->auth != EWS_AUTH_BASIC)
		return err_set(err, ERR_STATE, "login method '%s' is not supported yet",
			       names[config->auth]);
	if (!str_starts_nocase(url, STR("https://")) &&
	    !str_starts_nocase(url, STR("http://")))
		return err_set(err, ERR_SYNTAX, "'%.*s' is no https:// URL",
			       STR_FMT(str_sub(url, 0, 100)));
	return true;
}

struct ews_account *ews_account_new(const struct ews_config *config, struct err *err)
{
	struct ews_account *account;

	if (!check(config, err))
		return NULL;
	account = mem_alloc(sizeof(*account));
	account->url = mem_strdup(config->url);
	account->login = mem_strdup(config->login);
	account->password = mem_strdup(config->password);
	account->address = mem_strdup(config->address);
	account->ca_file = mem_strdup(config->ca_file);
	account->user_agent = mem_strdup(config->user_agent
						 ? config->user_agent
						 : "Passerelle/" PASSERELLE_VERSION);
	account->connect_timeout_ms = config->connect_timeout_ms > 0
					      ? config->connect_timeout_ms
					      : CONNECT_TIMEOUT_MS;
	account->idle_timeout_ms = config->idle_timeout_ms > 0 ? config->idle_timeout_ms
							       : IDLE_TIMEOUT_MS;
	account->next_wait_ms = FIRST_WAIT_MS;
	account->cookies = ews_cookies_new();
	pthread_mutex_init(&account->lock, NULL);
	return account;
}

void ews_account_free(struct ews_account *account)
{
	if (!account)
		return;
	wipe(account->password);
	ews_cookies_free(account->cookies);
	pthread_mutex_destroy(&account->lock);
	mem_free_ptr(&account->url);
	mem_free_ptr(&account->login);
	mem_free_ptr(&account->password);
	mem_free_ptr(&account->address);
	mem_free_ptr(&account->ca_file);
	mem_free_ptr(&account->user_agent);
	mem_free_ptr(&account);
}

int64_t ews_account_backoff_ms(struct ews_account *account)
{
	int64_t left;

	pthread_mutex_lock(&account->lock);
	left = account->quiet_until_ms - clock_mono_ms();
	pthread_mutex_unlock(&account->lock);
	return MAX_OF(left, 0);
}

int64_t ews_account_quiet(struct ews_account *account, int64_t wait_ms)
{
	pthread_mutex_lock(&account->lock);
	if (wait_ms < 0) {
		wait_ms = account->next_wait_ms;
		account->next_wait_ms = MIN_OF(2 * wait_ms, LONGEST_WAIT_MS);
	}
	/* Captures go up to five minutes; an hour is a server gone mad. */
	wait_ms = MIN_OF(wait_ms, 6 * LONGEST_WAIT_MS);
	account->quiet_until_ms = MAX_OF(account->quiet_until_ms,
					 clock_mono_ms() + wait_ms);
	pthread_mutex_unlock(&account->lock);
	return wait_ms;
}

void ews_account_answered(struct ews_account *account)
{
	pthread_mutex_lock(&account->lock);
	account->next_wait_ms = FIRST_WAIT_MS;
	pthread_mutex_unlock(&account->lock);
}

enum soap_version ews_account_version(struct ews_account *account)
{
	enum soap_version version;

	pthread_mutex_lock(&account->lock);
	version = account->version;
	pthread_mutex_unlock(&account->lock);
	return version;
}

bool ews_account_step_down(struct ews_account *account, enum soap_version version)
{
	bool more = version + 1 < SOAP_VERSION_COUNT;

	pthread_mutex_lock(&account->lock);
	if (more && account->version <= version)
		account->version = version + 1;
	pthread_mutex_unlock(&account->lock);
	return more;
}
