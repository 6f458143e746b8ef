/* An account on an ewsim of its own, in this process, with a temporary directory. */
#ifndef TESTS_UNIT_SYNC_BENCH_H
#define TESTS_UNIT_SYNC_BENCH_H

#include "tests/unit/test.h"

#include "bridge/account.h"
#include "bridge/config.h"
#include "tests/ewsim/ewsim.h"

#define BENCH_WAIT_MS 60000 /* a step that takes so long has failed */

struct bench {
	struct ewsim *sim;
	char dir[128], url[128];
	struct account_config config;
	struct account *account; /* NULL while stopped */
};

void bench_process_init(void); /* once */
void bench_start(struct bench *b, const char *mailbox, const char *const *settings);
/* @faults: commands to the control port before the account starts; ends with NULL */
void bench_start_with(struct bench *b, const char *mailbox, const char *const *settings,
		      const char *const *faults);
void bench_finish(struct bench *b);

void bench_account_start(struct bench *b);
void bench_account_stop(struct bench *b);

/* One line to ewsim's control port, with @payload behind it; the answer goes to @out
 * (NULL: must be "ok"). */
void bench_control(struct bench *b, const char *line, struct str payload,
		   struct strbuf *out);
/* bench_calls() - of @operation that ewsim has seen; "requests": of all */
uint64_t bench_calls(struct bench *b, const char *operation);
/* A new message in @folder ("inbox", ...) of alice. */
void bench_deliver(struct bench *b, const char *folder, const char *subject);

/* Waits until @done says so; fails the test after BENCH_WAIT_MS. */
typedef bool bench_done_fn(struct bench *b, void *context);
void bench_wait(struct bench *b, const char *what, bench_done_fn *done, void *context);
bool bench_is_initial(struct bench *b, void *context);
bool bench_is_settled(struct bench *b, void *context); /* all bodies, empty journal */

struct store_box bench_box(struct bench *b, const char *path); /* zeroed: none */
uint32_t bench_messages(struct bench *b, const char *path);

#endif
