/* What the threads of an account share; between account.c and call.c. */
#ifndef EWS_ACCOUNT_STATE_H
#define EWS_ACCOUNT_STATE_H

#include <pthread.h>

#include "ews/account.h"
#include "ews/soap_write.h"

/* Cookies of an account, shared by its connections: libcurl's, so it is in call.c. */
struct ews_cookies;
struct ews_cookies *ews_cookies_new(void);
void ews_cookies_free(struct ews_cookies *cookies);

struct ews_account {
	/* Constant after ews_account_new(). */
	char *url, *login, *password, *address, *ca_file, *user_agent;
	int64_t connect_timeout_ms, idle_timeout_ms;
	struct ews_cookies *cookies; /* has its own locks */

	pthread_mutex_t lock; /* of what follows; never held across I/O */
	int64_t quiet_until_ms; /* monotonic: send nothing before */
	int64_t next_wait_ms; /* when the server does not say how long; doubles */
	enum soap_version version;
};

/* ews_account_quiet() - the server wants peace for @wait_ms; -1: it did not say how long.
 * Return: milliseconds that were set. */
int64_t ews_account_quiet(struct ews_account *account, int64_t wait_ms);
/* ews_account_answered() - a request went through: forget about doubling. */
void ews_account_answered(struct ews_account *account);
enum soap_version ews_account_version(struct ews_account *account);
/* ews_account_step_down() - @version was refused. Return: false when it was the last. */
bool ews_account_step_down(struct ews_account *account, enum soap_version version);

#endif
