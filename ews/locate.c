/*
 * An account without a configured URL: Autodiscover before its first call, and again when
 * the mailbox seems to have moved. A URL that was found once is used until a better one
 * is known, so that nothing waits for Autodiscover but the very first call.
 */
#include "ews/locate.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "ews/account_state.h"

#define AGAIN_MS (15 * 60 * 1000)

static bool is_stopped(void *context)
{
	return atomic_load((const atomic_bool *)context);
}

/* Is a search this thread's to do? Waits for another's; then *ok_r is its outcome. */
static bool begin(struct ews_account *account, const atomic_bool *stopped, bool *ok_r,
		  struct err *err)
{
	struct ews_place *p = &account->place;
	bool waited = false, mine = false;

	pthread_mutex_lock(&account->lock);
	while (p->searching && !atomic_load(stopped)) {
		waited = true;
		pthread_cond_wait(&account->slot_free, &account->lock);
	}
	*ok_r = account->url != NULL;
	if (atomic_load(stopped))
		*ok_r = err_set(err, ERR_OFFLINE, "stopped");
	else if (waited && !*ok_r)
		*err = p->failure;
	else
		mine = p->wanted && (!account->url || p->misplaced);
	p->searching |= mine;
	pthread_mutex_unlock(&account->lock);
	return mine;
}

static bool end(struct ews_account *account, bool found,
		const struct ews_discovery *discovery, struct err *err)
{
	struct ews_place *p = &account->place;
	bool ok, news;

	pthread_mutex_lock(&account->lock);
	news = found && (!account->url || strcmp(account->url, discovery->url) != 0);
	if (news) {
		mem_free_ptr(&account->url);
		account->url = mem_strdup(discovery->url);
	}
	p->searching = p->misplaced = false;
	p->searched_ms = clock_mono_ms();
	p->failure = found ? (struct err){ 0 } : *err;
	ok = account->url != NULL;
	pthread_cond_broadcast(&account->slot_free);
	pthread_mutex_unlock(&account->lock);
	if (news && p->found)
		p->found(p->context, discovery);
	return ok;
}

bool ews_account_locate(struct ews_account *account, const atomic_bool *stopped,
			struct err *err)
{
	struct strbuf password = STRBUF(4096);
	struct ews_discover_config config = {
		.address = account->address,
		.login = account->login,
		.ca_file = account->ca_file,
		.user_agent = account->user_agent,
		.stopped = is_stopped,
		.context = (void *)(uintptr_t)stopped,
	};
	struct ews_discovery discovery = { 0 };
	bool ok;

	if (!begin(account, stopped, &ok, err))
		return ok;
	ews_account_password(account, &password);
	config.password = strbuf_cstr(&password);
	ok = ews_discover(&config, &discovery, err);
	ews_password_finish(&password);
	if (ok)
		log_info("ews", "%s is at %s (told by %s)", account->address,
			 discovery.url, discovery.told_by);
	else
		log_debug("ews", "Autodiscover for %s: %s", account->address, err->text);
	ok = end(account, ok, &discovery, err);
	ews_discovery_finish(&discovery);
	return ok;
}

void ews_account_url(struct ews_account *account, struct strbuf *out)
{
	pthread_mutex_lock(&account->lock);
	strbuf_add_cstr(out, account->url);
	pthread_mutex_unlock(&account->lock);
}

void ews_account_misplaced(struct ews_account *account)
{
	struct ews_place *p = &account->place;

	pthread_mutex_lock(&account->lock);
	p->misplaced |= p->wanted && (p->searched_ms == 0 ||
				      clock_mono_ms() - p->searched_ms > AGAIN_MS);
	pthread_mutex_unlock(&account->lock);
}
