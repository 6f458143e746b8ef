/* What the threads of an account share; between account.c and call.c. */
#ifndef EWS_ACCOUNT_STATE_H
#define EWS_ACCOUNT_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "ews/account.h"
#include "ews/batch.h"
#include "ews/coding.h"
#include "ews/soap_write.h"

/* Cookies of an account, shared by its connections: libcurl's, so it is in call.c. */
struct ews_cookies;
struct ews_cookies *ews_cookies_new(void);
void ews_cookies_free(struct ews_cookies *cookies);

/* What only so many calls may do at once. */
enum ews_slot {
	EWS_SLOT_CALL, /* any call but a stream */
	EWS_SLOT_SYNC, /* SyncFolderItems, SyncFolderHierarchy: ConcurrentSyncCalls */
	EWS_SLOT_COUNT
};

struct ews_slots {
	unsigned used, limit, most; /* limit moves between 1 and most */
	unsigned quiet; /* calls since the last complaint */
};

struct ews_place { /* locate.c's */
	/* Constant: */
	bool wanted; /* the configuration names no URL */
	void (*found)(void *context, const struct ews_discovery *discovery);
	void *context;
	/* With the lock: */
	bool searching, misplaced;
	int64_t searched_ms; /* 0: not in this process */
	struct err failure; /* of the last search */
};

struct ews_account {
	/* Constant after ews_account_new(). */
	char *login, *address, *ca_file, *user_agent;
	int64_t connect_timeout_ms, idle_timeout_ms;
	struct ews_cookies *cookies; /* has its own locks */

	pthread_mutex_t lock; /* of what follows; never held across I/O */
	char *password;
	char *url; /* NULL: not found yet */
	struct ews_place place;
	int64_t quiet_until_ms; /* monotonic: send nothing before */
	int64_t next_wait_ms; /* when the server does not say how long; doubles */
	enum soap_version version;
	bool version_proven; /* a call was understood in this version */
	struct ews_server server;
	pthread_cond_t slot_free; /* or a search for the server has ended */
	struct ews_slots slots[EWS_SLOT_COUNT];
	struct ews_batch_size batch_sizes[EWS_BATCH_COUNT]; /* batch.c's */
	struct ews_coding coding; /* of contents */
};

/* ews_account_password() - a copy, wiped by ews_password_finish(). */
void ews_account_password(struct ews_account *account, struct strbuf *out);
void ews_password_finish(struct strbuf *password);

/* ews_account_enter() - wait for a slot of each kind in @slots (bits 1 << kind)
 * Errors: ERR_OFFLINE @stopped meanwhile. Blocks: until other calls of the account end.
 */
MUST_CHECK bool ews_account_enter(struct ews_account *account, unsigned slots,
				  const atomic_bool *stopped, struct err *err);
void ews_account_leave(struct ews_account *account, unsigned slots);
/* ews_account_crowded() - the server found too many at once: fewer from now on, and one
 * more again after a while without complaint. */
void ews_account_crowded(struct ews_account *account, enum ews_slot slot);
/* ews_account_wake() - look at the stop flags again. */
void ews_account_wake(struct ews_account *account);

/* ews_account_quiet() - the server wants peace for @wait_ms; -1: it did not say how long.
 * Return: milliseconds that were set. */
int64_t ews_account_quiet(struct ews_account *account, int64_t wait_ms);
/* ews_account_answered() - a request went through: forget about doubling. */
void ews_account_answered(struct ews_account *account);
enum soap_version ews_account_soap_version(struct ews_account *account, bool *proven_r);
/* ews_account_understood() - a call in @version was. */
void ews_account_understood(struct ews_account *account, enum soap_version version);
/* ews_account_step_down() - @version was refused. Return: false when it was the last. */
bool ews_account_step_down(struct ews_account *account, enum soap_version version);
/* ews_account_step_back() - no version was taken for a reason that is not the version. */
void ews_account_step_back(struct ews_account *account, enum soap_version version);
void ews_account_note_server(struct ews_account *account,
			     const struct ews_server *server);

#endif
