/*
 * An account: configuration, back-off, how many calls run at once, and the schema version
 * that its server takes.
 */
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
/* Exchange allows 27 calls and 5 of sync at once, shared with the user's Outlook. */
#define CALLS 5
#define SYNCS 2
#define QUIET_CALLS 100 /* without complaint, until one more is tried */

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
	struct str url = str_from(config->url ? config->url : config->kept_url);

	if (config->auth != EWS_AUTH_BASIC)
		return err_set(err, ERR_STATE, "login method '%s' is not supported yet",
			       names[config->auth]);
	if (!config->url && !config->address)
		return err_set(err, ERR_SYNTAX, "without a URL an address is needed");
	if (url.p && !str_starts_nocase(url, STR("https://")) &&
	    !str_starts_nocase(url, STR("http://")))
		return err_set(err, ERR_SYNTAX, "'%.*s' is no https:// URL",
			       STR_FMT(str_sub(url, 0, 100)));
	return config->version == NULL ||
	       soap_version_find(str_from(config->version)) < SOAP_VERSION_COUNT ||
	       err_set(err, ERR_SYNTAX, "'%s' is no RequestServerVersion",
		       config->version);
}

static void init_slots(struct ews_slots *slots, unsigned wanted, unsigned otherwise)
{
	slots->limit = slots->most = wanted > 0 ? wanted : otherwise;
}

struct ews_account *ews_account_new(const struct ews_config *config, struct err *err)
{
	struct ews_account *account;

	if (!check(config, err))
		return NULL;
	account = mem_alloc(sizeof(*account));
	account->url = mem_strdup(config->url ? config->url : config->kept_url);
	account->place = (struct ews_place){ .wanted = !config->url,
					     .found = config->found,
					     .context = config->found_context };
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
	account->version = config->version ? soap_version_find(str_from(config->version))
					   : SOAP_2013_SP1;
	init_slots(&account->slots[EWS_SLOT_CALL], config->max_calls, CALLS);
	init_slots(&account->slots[EWS_SLOT_SYNC], config->max_syncs, SYNCS);
	pthread_mutex_init(&account->lock, NULL);
	pthread_cond_init(&account->slot_free, NULL);
	return account;
}

void ews_account_free(struct ews_account *account)
{
	if (!account)
		return;
	wipe(account->password);
	ews_cookies_free(account->cookies);
	pthread_mutex_destroy(&account->lock);
	pthread_cond_destroy(&account->slot_free);
	mem_free_ptr(&account->url);
	mem_free_ptr(&account->login);
	mem_free_ptr(&account->password);
	mem_free_ptr(&account->address);
	mem_free_ptr(&account->ca_file);
	mem_free_ptr(&account->user_agent);
	mem_free_ptr(&account);
}

void ews_account_password_set(struct ews_account *account, const char *password)
{
	pthread_mutex_lock(&account->lock);
	wipe(account->password);
	mem_free_ptr(&account->password);
	account->password = mem_strdup(password);
	pthread_mutex_unlock(&account->lock);
}

void ews_account_password(struct ews_account *account, struct strbuf *out)
{
	pthread_mutex_lock(&account->lock);
	strbuf_add_cstr(out, account->password);
	pthread_mutex_unlock(&account->lock);
}

void ews_password_finish(struct strbuf *password)
{
	if (password->p)
		wipe(password->p);
	strbuf_finish(password);
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

/* --- Calls at once ----------------------------------------------------------------- */

static bool has_slots(const struct ews_account *account, unsigned slots)
{
	for (unsigned i = 0; i < EWS_SLOT_COUNT; i++) {
		if (slots & 1u << i && account->slots[i].used >= account->slots[i].limit)
			return false;
	}
	return true;
}

bool ews_account_enter(struct ews_account *account, unsigned slots,
		       const atomic_bool *stopped, struct err *err)
{
	bool stop;

	pthread_mutex_lock(&account->lock);
	while (!(stop = atomic_load(stopped)) && !has_slots(account, slots))
		pthread_cond_wait(&account->slot_free, &account->lock);
	for (unsigned i = 0; !stop && i < EWS_SLOT_COUNT; i++)
		account->slots[i].used += (slots >> i) & 1;
	pthread_mutex_unlock(&account->lock);
	return !stop || err_set(err, ERR_OFFLINE, "stopped");
}

void ews_account_leave(struct ews_account *account, unsigned slots)
{
	pthread_mutex_lock(&account->lock);
	for (unsigned i = 0; i < EWS_SLOT_COUNT; i++) {
		struct ews_slots *s = &account->slots[i];

		if (!(slots & 1u << i))
			continue;
		s->used--;
		if (s->limit < s->most && ++s->quiet >= QUIET_CALLS) {
			s->limit++;
			s->quiet = 0;
		}
	}
	pthread_cond_broadcast(&account->slot_free);
	pthread_mutex_unlock(&account->lock);
}

void ews_account_crowded(struct ews_account *account, enum ews_slot slot)
{
	pthread_mutex_lock(&account->lock);
	account->slots[slot].limit = MAX_OF(account->slots[slot].limit / 2, 1);
	account->slots[slot].quiet = 0;
	pthread_mutex_unlock(&account->lock);
}

void ews_account_wake(struct ews_account *account)
{
	pthread_mutex_lock(&account->lock);
	pthread_cond_broadcast(&account->slot_free);
	pthread_mutex_unlock(&account->lock);
}

/* --- Schema version ---------------------------------------------------------------- */

enum soap_version ews_account_soap_version(struct ews_account *account, bool *proven_r)
{
	enum soap_version version;

	pthread_mutex_lock(&account->lock);
	version = account->version;
	*proven_r = account->version_proven;
	pthread_mutex_unlock(&account->lock);
	return version;
}

const char *ews_account_version(struct ews_account *account)
{
	bool proven;

	return soap_version_name(ews_account_soap_version(account, &proven));
}

void ews_account_understood(struct ews_account *account, enum soap_version version)
{
	pthread_mutex_lock(&account->lock);
	account->version_proven |= account->version == version;
	pthread_mutex_unlock(&account->lock);
}

bool ews_account_step_down(struct ews_account *account, enum soap_version version)
{
	bool more = version + 1 < SOAP_VERSION_COUNT;

	pthread_mutex_lock(&account->lock);
	if (more && account->version <= version) {
		account->version = version + 1;
		account->version_proven = false;
	}
	pthread_mutex_unlock(&account->lock);
	return more;
}

void ews_account_step_back(struct ews_account *account, enum soap_version version)
{
	pthread_mutex_lock(&account->lock);
	if (!account->version_proven)
		account->version = version;
	pthread_mutex_unlock(&account->lock);
}

void ews_account_note_server(struct ews_account *account, const struct ews_server *server)
{
	if (server->major == 0)
		return;
	pthread_mutex_lock(&account->lock);
	account->server = *server;
	pthread_mutex_unlock(&account->lock);
}

struct ews_server ews_account_server(struct ews_account *account)
{
	struct ews_server server;

	pthread_mutex_lock(&account->lock);
	server = account->server;
	pthread_mutex_unlock(&account->lock);
	return server;
}
