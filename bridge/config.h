/*
 * The INI file: [bridge] and one [account NAME] a mailbox (names: docs/architecture.md).
 * Every error names file and line and says what to do.
 */
#ifndef BRIDGE_CONFIG_H
#define BRIDGE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "bridge/message.h"
#include "bridge/store_sync.h"

struct password_memory;

enum account_auth { AUTH_BASIC, AUTH_NEGOTIATE, AUTH_NTLM, AUTH_OAUTH2 };

enum account_expunge { EXPUNGE_SOFT, EXPUNGE_TO_TRASH, EXPUNGE_HARD };

struct account_config {
	char *name; /* of the section; also the directory below state */
	char *address; /* what clients log in with */
	char *url; /* of Exchange.asmx; NULL: found by Autodiscover */
	char *ca_file; /* PEM, roots to trust besides the system's; NULL: none */
	char *login; /* for Exchange; the address when absent */
	enum account_auth auth;
	char *password; /* read from password-file or password-command; wiped at finish */
	char *password_from; /* that file, or command */
	bool password_by_command;
	char *bridge_password; /* plain or "scrypt:..." line of bridge-password-file */
	char *calendar_dir; /* NULL: no calendar files */
	char *merged_dir; /* calendar-merged-dir; default CALENDAR_DIR-merged */
	struct message_labels labels; /* Important, Work, Personal, To Do, Later */
	bool show_all_folders; /* in IMAP also those that hold no mail */
	unsigned poll_seconds; /* where streaming fails; 60 */
	unsigned safety_poll_seconds; /* where streaming works; 15 minutes */
	unsigned compare_seconds; /* whole lists of ids; a week */
	unsigned body_threads; /* 3 */
	struct store_limits limits; /* how many bodies are kept, and fetched ahead */
	enum account_expunge expunge; /* what an EXPUNGE does on the server */
	struct password_memory *memory; /* bridge/password.h; never NULL */
	unsigned line; /* of the section, for messages */
};

struct listen_config {
	char *host; /* NULL: not wanted */
	uint16_t port;
	unsigned line;
	bool implicit_tls; /* imaps, smtps */
};

struct config {
	char *path;
	char *state_dir;
	unsigned state_line; /* of the file */
	struct listen_config imap, smtp, imaps, smtps;
	char *tls_cert, *tls_key; /* PEM files; NULL: made in state_dir when needed */
	bool require_tls; /* no login without it, on loopback neither */
	struct account_config *accounts;
	size_t account_count;
};

/* Errors: ERR_SYNTAX "FILE:LINE: ..."; ERR_NOT_FOUND; ERR_DENIED (a secret others can
 * read). */
/* config_load() - *config_r is to be finished whatever the result. */
MUST_CHECK bool config_load(const char *path, struct config *config_r, struct err *err);
/* config_load_places() - without secrets, for who only asks the daemon: nothing is run,
 * and the passwords stay NULL */
MUST_CHECK bool config_load_places(const char *path, struct config *config_r,
				   struct err *err);
void config_finish(struct config *config);
/*
 * config_password_again() - what password-file or password-command gives now
 * @password_r: heap; config_password_free() it
 * Errors: as config_load(). Blocks: while the command runs, 20 s at most.
 */
MUST_CHECK bool config_password_again(const struct account_config *account,
				      char **password_r, struct err *err);
void config_password_free(char *password);
/* config_wants_tls() - is a certificate needed? */
bool config_wants_tls(const struct config *config);
/* config_is_loopback() - is @host an address of this machine alone? "localhost" is. */
bool config_is_loopback(const char *host);

#endif
