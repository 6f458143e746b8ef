/*
 * passerelle serve: the daemon. Opens accounts, starts fronts, then sync, and says
 * "ready"; stops in the opposite order on SIGTERM or SIGINT. Where a database turns out
 * to be damaged, it stops all and starts again, which makes the file anew. Process-wide
 * initialisation happens here, before the first thread.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/tls.h"

#include "bridge/account.h"
#include "bridge/cmd.h"
#include "bridge/config.h"
#include "bridge/control.h"
#include "bridge/wake.h"
#include "calendar/calendar.h"
#include "calendar/files.h"
#include "ews/ews.h"
#include "imapfront/imap/imap.h"
#include "imapfront/listen.h"
#include "imapfront/smtp/smtp.h"

#define DAMAGED SIGUSR1 /* sent by ourselves */
#define DAMAGES_MAX 3 /* starts after damage, each within: */
#define DAMAGES_WITHIN_MS (10 * 60 * 1000)

struct served {
	struct account_set accounts;
	struct calendar_files **calendars; /* one an account, NULL: none wanted */
	struct tls_server *tls; /* NULL: not wanted */
	struct front *imap, *smtp, *imaps, *smtps;
	struct control *control;
	struct wake *wake;
};

static void served_stop(struct served *s)
{
	wake_stop(s->wake);
	control_stop(s->control);
	front_stop(s->imap);
	front_stop(s->smtp);
	front_stop(s->imaps);
	front_stop(s->smtps);
	tls_server_free(s->tls);
	for (size_t i = 0; i < s->accounts.count; i++)
		calendar_files_stop(s->calendars[i]);
	for (size_t i = 0; i < s->accounts.count; i++)
		account_stop(s->accounts.items[i]);
	mem_free_ptr(&s->calendars);
	mem_free_ptr(&s->accounts.items);
}

static void on_damage(void *context)
{
	(void)context;
	kill(getpid(), DAMAGED);
}

static bool open_accounts(struct served *s, const struct config *config, struct err *err)
{
	s->accounts.items = mem_array(config->account_count, sizeof(struct account *));
	s->calendars = mem_array(config->account_count, sizeof(*s->calendars));
	for (size_t i = 0; i < config->account_count; i++) {
		const struct account_config *a = &config->accounts[i];

		if (!account_open(a, config->state_dir, &s->accounts.items[i], err))
			return err_prefix(err, "%s:%u: account %s", config->path, a->line,
					  a->name);
		s->accounts.count++;
		account_on_damage(s->accounts.items[i], on_damage, NULL);
		if (a->calendar_dir &&
		    !calendar_files_start(s->accounts.items[i], &s->calendars[i], err))
			return err_prefix(err, "%s:%u: account %s: calendar-dir",
					  config->path, a->line, a->name);
	}
	return true;
}

/* Behind the fronts: with a port that is taken, nothing was asked of the server. */
static bool start_accounts(struct served *s, const struct config *config, struct err *err)
{
	for (size_t i = 0; i < s->accounts.count; i++)
		if (!account_start(s->accounts.items[i], err))
			return err_prefix(err, "account %s", config->accounts[i].name);
	return true;
}

static void wake_accounts(void *context, const char *reason)
{
	struct account_set *accounts = context;

	log_info("serve", "%s: looking at the servers again", reason);
	for (size_t i = 0; i < accounts->count; i++)
		account_wake(accounts->items[i]);
}

static bool start_wake(struct served *s, struct err *err)
{
	struct wake_source sources[WAKE_SOURCES_MAX];
	size_t count = wake_system(sources);

	return wake_start(sources, count, wake_accounts, &s->accounts, &s->wake, err);
}

typedef bool front_starter(const struct listen_config *listen,
			   const struct front_tls *tls,
			   const struct account_set *accounts, struct front **front_r,
			   struct err *err);

static bool start_front(front_starter *start, const struct config *config,
			const struct listen_config *listen, const struct served *s,
			struct front **front_r, struct err *err)
{
	struct front_tls tls = { s->tls, listen->implicit_tls, config->require_tls };

	if (!listen->host)
		return true;
	return start(listen, &tls, &s->accounts, front_r, err) ||
	       err_prefix(err, "%s:%u", config->path, listen->line);
}

static bool start_all(struct served *s, const struct config *config, struct err *err)
{
	if (!file_make_dirs(config->state_dir, 0700, err))
		return err_prefix(err, "%s:%u: state", config->path, config->state_line);
	return serve_tls_open(config, &s->tls, err) && open_accounts(s, config, err) &&
	       start_front(front_imap_start, config, &config->imap, s, &s->imap, err) &&
	       start_front(front_smtp_start, config, &config->smtp, s, &s->smtp, err) &&
	       start_front(front_imap_start, config, &config->imaps, s, &s->imaps, err) &&
	       start_front(front_smtp_start, config, &config->smtps, s, &s->smtps, err) &&
	       control_start(config->state_dir, &s->accounts, &s->control, err) &&
	       start_accounts(s, config, err) && start_wake(s, err);
}

static sigset_t stop_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, DAMAGED);
	return set;
}

void serve_block_signals(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t set = stop_signals();

	pthread_sigmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

static void renew_all(const struct account_set *accounts)
{
	struct err err;

	log_info("serve", "SIGHUP: reading passwords again");
	for (size_t i = 0; i < accounts->count; i++)
		if (!account_renew(accounts->items[i], &err))
			log_warn("serve", "%s", err.text);
}

/* Damage that was found before everything stopped is mended by the start. */
static void forget_damage(void)
{
	const struct timespec at_once = { 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, DAMAGED);
	while (sigtimedwait(&set, NULL, &at_once) > 0)
		;
}

/* *caught_r: the signal that ended it. */
static bool serve_once(const struct config *config, void (*before_ready)(void *),
		       void *arg, int *caught_r, struct err *err)
{
	CLEANUP(served_stop) struct served served = { 0 };
	sigset_t set = stop_signals();

	forget_damage();
	if (!start_all(&served, config, err))
		return false;
	if (before_ready)
		before_ready(arg);
	puts("ready");
	fflush(stdout);
	while (sigwait(&set, caught_r) == 0 && *caught_r == SIGHUP)
		renew_all(&served.accounts);
	return true;
}

int serve_run(const char *config_path, void (*before_ready)(void *), void *arg)
{
	CLEANUP(config_finish) struct config config = { 0 };
	struct err err = { 0 };
	unsigned damages = 0;

	mem_process_init();
	if (!config_load(config_path, &config, &err) || !store_process_init(&err) ||
	    !ews_process_init(&err) || !calendar_process_init(&err))
		return cmd_fail(&err);
	for (;;) {
		int64_t began_ms = clock_mono_ms();
		int caught = 0;

		if (!serve_once(&config, before_ready, arg, &caught, &err))
			return cmd_fail(&err);
		if (caught != DAMAGED) {
			log_info("serve", "signal %d: stopping", caught);
			return 0;
		}
		if (clock_mono_ms() - began_ms > DAMAGES_WITHIN_MS)
			damages = 0;
		if (++damages > DAMAGES_MAX)
			break;
		log_warn("serve", "a database is damaged: starting again");
		before_ready = NULL;
	}
	err_set(&err, ERR_BROKEN,
		"databases in %s are damaged again and again: look at the disk, and "
		"start again",
		config.state_dir);
	return cmd_fail(&err);
}

static int run(int argc, char **argv)
{
	const char *path = NULL;

	for (int i = 1; i < argc; i++)
		if (!cmd_option(argc, argv, &i, "config", &path))
			return cmd_usage(&cmd_serve, argv[i]);
	if (!path)
		return cmd_usage(&cmd_serve, NULL);
	serve_block_signals();
	return serve_run(path, NULL, NULL);
}

const struct cmd cmd_serve = { "serve", "--config FILE", "the daemon", run };
