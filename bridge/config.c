/*
 * Reads the INI file with inih. inih hands out neither line numbers nor lines that are
 * too long for it, so its reader function here counts lines and refuses long ones.
 */
#include "bridge/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <ini.h>

#include "base/command.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/strbuf.h"

#include "bridge/password.h"

enum { ACCOUNTS_MAX = 64, SECRET_MAX_BYTES = 4096, SEEN_MAX = 4096 };
/* password-command may ask a person who sits there at the start, and nobody later. */
enum { COMMAND_MS = 300 * 1000, COMMAND_AGAIN_MS = 20 * 1000 };

struct reading {
	FILE *file;
	struct config *config;
	struct account_config *account; /* of the section being read */
	char section[64];
	struct strbuf seen; /* keys of this section, a line feed around each */
	unsigned line;
	int64_t command_ms; /* how long password-command may take */
	bool no_secrets; /* they are not read */
	bool ok;
	struct err *err;
};

static void reading_finish(struct reading *r)
{
	strbuf_finish(&r->seen);
}

static bool fail(struct reading *r, unsigned line, const char *text, const char *what)
{
	if (r->ok && line == 0)
		err_set(r->err, ERR_SYNTAX, "%s: %s%s", r->config->path, text, what);
	else if (r->ok)
		err_set(r->err, ERR_SYNTAX, "%s:%u: %s%s", r->config->path, line, text,
			what);
	r->ok = false;
	return false;
}

/* ---- values ---------------------------------------------------------------------------
 */

static bool set_text(char **slot, const char *value)
{
	free(*slot);
	*slot = mem_strdup(value);
	return true;
}

static bool set_listen(struct reading *r, struct listen_config *slot, const char *value)
{
	const char *colon = strrchr(value, ':');
	uint32_t port;

	if (!colon || colon == value || !num_u32(str_from(colon + 1), &port) ||
	    port > 65535)
		return fail(r, r->line,
			    "want HOST:PORT, for example 127.0.0.1:1143, not ", value);
	free(slot->host);
	slot->host = mem_strndup(value, (size_t)(colon - value));
	slot->port = (uint16_t)port;
	slot->line = r->line;
	return true;
}

static bool set_listen_tls(struct reading *r, struct listen_config *slot,
			   const char *value)
{
	slot->implicit_tls = true;
	return set_listen(r, slot, value);
}

static bool set_unsigned(struct reading *r, unsigned *slot, const char *value,
			 unsigned min, unsigned max)
{
	uint32_t number;

	if (!num_u32(str_from(value), &number) || number < min || number > max)
		return fail(r, r->line, "not a sensible number: ", value);
	*slot = number;
	return true;
}

/* In another unit than the file's. */
static bool set_times(struct reading *r, unsigned *slot, const char *value, unsigned unit)
{
	if (!set_unsigned(r, slot, value, 1, 100000))
		return false;
	*slot *= unit;
	return true;
}

static bool set_mib(struct reading *r, uint64_t *slot, const char *value)
{
	unsigned mib;

	if (!set_unsigned(r, &mib, value, 0, 1u << 30))
		return false;
	*slot = (uint64_t)mib << 20;
	return true;
}

static bool set_bodies(struct reading *r, struct store_limits *limits, const char *value)
{
	uint32_t days;

	if (strcmp(value, "all") == 0)
		limits->ahead = STORE_AHEAD_ALL;
	else if (strcmp(value, "on-demand") == 0)
		limits->ahead = STORE_AHEAD_NONE;
	else if (num_u32(str_from(value), &days) && days > 0 && days <= 36500)
		limits->ahead = STORE_AHEAD_DAYS;
	else
		return fail(r, r->line, "want all, on-demand, or a number of days, not ",
			    value);
	limits->days = limits->ahead == STORE_AHEAD_DAYS ? days : 0;
	return true;
}

static bool set_yes_no(struct reading *r, bool *slot, const char *value)
{
	*slot = strcmp(value, "yes") == 0;
	return *slot || strcmp(value, "no") == 0 ||
	       fail(r, r->line, "want yes or no, not ", value);
}

static void labels_clear(struct message_labels *labels)
{
	for (size_t i = 0; i < MESSAGE_LABELS; i++) {
		free(labels->categories[i]);
		labels->categories[i] = NULL;
	}
}

/* "A, B, , D": categories for $label1, $label2, ...; an empty one, or "no": none. */
static bool set_labels(struct reading *r, struct message_labels *labels,
		       const char *value)
{
	struct str rest = str_from(value), name;
	size_t i = 0;

	labels_clear(labels);
	if (strcmp(value, "no") == 0)
		return true;
	while (rest.len > 0 && str_split(&rest, ',', &name)) {
		if (i == MESSAGE_LABELS)
			return fail(r, r->line, "want at most five categories: ", value);
		name = str_trim(name);
		if (name.len > 0)
			labels->categories[i] = mem_strndup(name.p, name.len);
		i++;
	}
	return true;
}

static bool set_auth(struct reading *r, enum account_auth *slot, const char *value)
{
	if (strcmp(value, "basic") == 0) {
		*slot = AUTH_BASIC;
		return true;
	}
	if (strcmp(value, "negotiate") == 0 || strcmp(value, "ntlm") == 0 ||
	    strcmp(value, "oauth2") == 0)
		return fail(
			r, r->line,
			"this version can only log in with auth = basic, not yet with ",
			value);
	return fail(r, r->line, "unknown auth, want basic: ", value);
}

static bool set_expunge(struct reading *r, enum account_expunge *slot, const char *value)
{
	static const char *const names[] = { [EXPUNGE_SOFT] = "soft",
					     [EXPUNGE_TO_TRASH] = "deleted-items",
					     [EXPUNGE_HARD] = "hard" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(value, names[i]) == 0) {
			*slot = (enum account_expunge)i;
			return true;
		}
	return fail(r, r->line,
		    "unknown delete, want soft, deleted-items or hard: ", value);
}

static bool secret_line(struct reading *r, const struct strbuf *text, char **slot,
			const char *source)
{
	struct str line = strbuf_str(text);
	ptrdiff_t lf = str_find_char(line, '\n');

	if (lf >= 0)
		line.len = (size_t)lf;
	if (line.len && line.p[line.len - 1] == '\r')
		line.len--;
	if (!line.len || memchr(line.p, '\0', line.len))
		return fail(r, r->line, "no password on the first line of ", source);
	free(*slot);
	*slot = mem_strndup(line.p, line.len);
	return true;
}

static bool secret_from_file(struct reading *r, char **slot, const char *path)
{
	struct strbuf text = STRBUF(SECRET_MAX_BYTES);
	struct stat st;
	struct err why;
	bool ok;

	if (stat(path, &st) != 0) {
		err_set(&why, ERR_NOT_FOUND,
			"cannot read the password from '%s' (%s); write it there and "
			"run chmod 600",
			path, strerror(errno));
		return fail(r, r->line, why.text, "");
	}
	if (st.st_mode & 077)
		return fail(r, r->line, "others can read this secret; run chmod 600 ",
			    path);
	ok = file_read(path, &text, &why) ? secret_line(r, &text, slot, path)
					  : fail(r, r->line, why.text, "");
	if (text.p)
		crypto_wipe(text.p, text.capacity);
	strbuf_finish(&text);
	return ok;
}

static bool secret_from_command(struct reading *r, char **slot, const char *command)
{
	struct strbuf text = STRBUF(SECRET_MAX_BYTES);
	struct err why;
	bool ok = command_output(command, r->command_ms, &text, &why);

	ok = ok ? secret_line(r, &text, slot, "what password-command prints")
		: fail(r, r->line, "password-command failed: ", why.text);
	if (text.p)
		crypto_wipe(text.p, text.capacity);
	strbuf_finish(&text);
	return ok;
}

static bool password_read(struct reading *r, const struct account_config *a, char **slot)
{
	if (r->no_secrets)
		return true;
	return a->password_by_command ? secret_from_command(r, slot, a->password_from)
				      : secret_from_file(r, slot, a->password_from);
}

/* ---- keys -----------------------------------------------------------------------------
 */

static bool bridge_key(struct reading *r, const char *key, const char *value)
{
	struct config *c = r->config;

	if (strcmp(key, "state") == 0) {
		c->state_line = r->line;
		return set_text(&c->state_dir, value);
	}
	if (strcmp(key, "imap") == 0)
		return set_listen(r, &c->imap, value);
	if (strcmp(key, "smtp") == 0)
		return set_listen(r, &c->smtp, value);
	if (strcmp(key, "imaps") == 0)
		return set_listen_tls(r, &c->imaps, value);
	if (strcmp(key, "smtps") == 0)
		return set_listen_tls(r, &c->smtps, value);
	if (strcmp(key, "tls-cert") == 0)
		return set_text(&c->tls_cert, value);
	if (strcmp(key, "tls-key") == 0)
		return set_text(&c->tls_key, value);
	if (strcmp(key, "require-tls") == 0)
		return set_yes_no(r, &c->require_tls, value);
	if (strcmp(key, "pop3") == 0 || strcmp(key, "http") == 0 ||
	    strcmp(key, "ldap") == 0)
		return fail(r, r->line,
			    "this version does not serve it yet, remove: ", key);
	return fail(r, r->line, "unknown key in [bridge] (README lists them): ", key);
}

static bool account_key(struct reading *r, const char *key, const char *value)
{
	struct account_config *a = r->account;

	if (strcmp(key, "address") == 0)
		return set_text(&a->address, value);
	if (strcmp(key, "url") == 0)
		return set_text(&a->url, value);
	if (strcmp(key, "ca-file") == 0)
		return set_text(&a->ca_file, value);
	if (strcmp(key, "login") == 0)
		return set_text(&a->login, value);
	if (strcmp(key, "auth") == 0)
		return set_auth(r, &a->auth, value);
	if (strcmp(key, "password-file") == 0 || strcmp(key, "password-command") == 0) {
		a->password_by_command = strcmp(key, "password-command") == 0;
		return set_text(&a->password_from, value) &&
		       password_read(r, a, &a->password);
	}
	if (strcmp(key, "bridge-password-file") == 0)
		return r->no_secrets || secret_from_file(r, &a->bridge_password, value);
	if (strcmp(key, "calendar-dir") == 0)
		return set_text(&a->calendar_dir, value);
	if (strcmp(key, "calendar-merged-dir") == 0)
		return set_text(&a->merged_dir, value);
	if (strcmp(key, "labels") == 0)
		return set_labels(r, &a->labels, value);
	if (strcmp(key, "show-all-folders") == 0)
		return set_yes_no(r, &a->show_all_folders, value);
	if (strcmp(key, "delete") == 0)
		return set_expunge(r, &a->expunge, value);
	if (strcmp(key, "poll-seconds") == 0)
		return set_unsigned(r, &a->poll_seconds, value, 1, 86400);
	if (strcmp(key, "safety-poll-minutes") == 0)
		return set_times(r, &a->safety_poll_seconds, value, 60);
	if (strcmp(key, "compare-hours") == 0)
		return set_times(r, &a->compare_seconds, value, 3600);
	if (strcmp(key, "cache-mb") == 0)
		return set_mib(r, &a->limits.bytes, value);
	if (strcmp(key, "bodies") == 0)
		return set_bodies(r, &a->limits, value);
	if (strcmp(key, "body-threads") == 0)
		return set_unsigned(r, &a->body_threads, value, 1, 8);
	return fail(r, r->line,
		    "unknown key in [account ...] (README lists them): ", key);
}

/* ---- sections -------------------------------------------------------------------------
 */

static bool safe_name(const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789_-.@+";

	return name[0] && name[0] != '.' && strspn(name, allowed) == strlen(name);
}

static bool account_begin(struct reading *r, const char *name)
{
	struct config *c = r->config;
	struct account_config *a;

	if (!safe_name(name))
		return fail(r, r->line,
			    "an account's name may have letters, digits and "
			    "_-.@+ only: ",
			    name);
	for (size_t i = 0; i < c->account_count; i++)
		if (strcmp(c->accounts[i].name, name) == 0)
			return fail(r, r->line, "this account is there twice: ", name);
	if (c->account_count == ACCOUNTS_MAX)
		return fail(r, r->line, "too many accounts; run a second daemon", "");
	a = &c->accounts[c->account_count++];
	*a = (struct account_config){ .name = mem_strdup(name),
				      .poll_seconds = 60,
				      .safety_poll_seconds = 15 * 60,
				      .compare_seconds = 168 * 3600,
				      .body_threads = 3,
				      .line = r->line };
	a->memory = password_memory_new();
	(void)!set_labels(r, &a->labels, "Important, Work, Personal, To Do, Later");
	r->account = a;
	return true;
}

static bool section_begin(struct reading *r, const char *section)
{
	r->account = NULL;
	strbuf_reset(&r->seen);
	strbuf_addc(&r->seen, '\n');
	r->section[0] = '\0';
	strncat(r->section, section, sizeof(r->section) - 1);
	if (strcmp(section, "bridge") == 0)
		return true;
	if (strncmp(section, "account ", 8) == 0)
		return account_begin(r, section + 8);
	return fail(r, r->line,
		    "unknown section (known: [bridge], [account NAME]): ", section);
}

/* Of two values one would be ignored silently. */
static bool is_twice(struct reading *r, const char *key)
{
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(SEEN_MAX);
	bool twice;

	strbuf_addf(&line, "\n%s\n", key);
	twice = str_find(strbuf_str(&r->seen), strbuf_str(&line)) >= 0;
	strbuf_addf(&r->seen, "%s\n", key);
	return twice;
}

static int on_value(void *user, const char *section, const char *key, const char *value)
{
	struct reading *r = user;

	if (!r->ok)
		return 0;
	if (!section[0])
		return fail(r, r->line, "a key before the first [section]: ", key);
	if (strcmp(section, r->section) != 0 && !section_begin(r, section))
		return 0;
	if (is_twice(r, key))
		return fail(r, r->line, "this key is there twice, remove one: ", key);
	return r->account ? account_key(r, key, value) : bridge_key(r, key, value);
}

/* Like fgets, but counts and refuses what inih would cut in two. */
static char *next_line(char *into, int size, void *user)
{
	struct reading *r = user;

	if (!r->ok || !fgets(into, size, r->file))
		return NULL;
	r->line++;
	if (!strchr(into, '\n') && !feof(r->file)) {
		fail(r, r->line, "line too long; shorten the path or use a symbolic link",
		     "");
		return NULL;
	}
	return into;
}

/* ---- the whole ------------------------------------------------------------------------
 */

static bool account_whole(struct reading *r, struct account_config *a)
{
	const char *missing = !a->address     ? "address"
			      : r->no_secrets ? NULL
			      : !a->password  ? "password-file (or password-command)"
			      : !a->bridge_password ? "bridge-password-file"
						    : NULL;
	struct strbuf merged = STRBUF(4096);

	if (missing)
		return fail(r, a->line, "this account still needs a key: ", missing);
	if (!a->url && !strchr(a->address, '@'))
		return fail(r, a->line,
			    "url is missing, and without it the server is found by an "
			    "address like me@example.com, not ",
			    a->address);
	if (a->url && strncmp(a->url, "https://", 8) != 0 &&
	    strncmp(a->url, "http://", 7) != 0)
		return fail(r, a->line, "url wants https://HOST/EWS/Exchange.asmx, not ",
			    a->url);
	if (!a->login)
		a->login = mem_strdup(a->address);
	if (a->calendar_dir && !a->merged_dir) {
		strbuf_addf(&merged, "%s-merged", a->calendar_dir);
		a->merged_dir = strbuf_take(&merged);
	}
	return true;
}

static bool whole(struct reading *r)
{
	struct config *c = r->config;

	if (!c->state_dir)
		return fail(r, r->line, "[bridge] needs the key state, a directory", "");
	if (!c->tls_cert != !c->tls_key)
		return fail(r, r->line, "tls-cert and tls-key go together", "");
	if (!c->account_count)
		return fail(r, r->line, "no [account NAME] section", "");
	for (size_t i = 0; i < c->account_count; i++) {
		struct account_config *a = &c->accounts[i];

		if (!account_whole(r, a))
			return false;
		for (size_t j = 0; j < i; j++)
			if (str_eq_nocase(str_from(a->address),
					  str_from(c->accounts[j].address)))
				return fail(r, a->line,
					    "clients could not tell two accounts apart "
					    "that have the address ",
					    a->address);
	}
	return true;
}

static bool load(const char *path, bool no_secrets, struct config *config_r,
		 struct err *err)
{
	CLEANUP(reading_finish)
	struct reading r = { .config = config_r,
			     .seen = STRBUF(SEEN_MAX),
			     .command_ms = COMMAND_MS,
			     .no_secrets = no_secrets,
			     .err = err };
	int bad;

	*config_r = (struct config){ .path = mem_strdup(path) };
	config_r->accounts = mem_array(ACCOUNTS_MAX, sizeof(*config_r->accounts));
	r.file = fopen(path, "re");
	if (!r.file)
		return err_errno(err, ERR_NOT_FOUND, errno,
				 "cannot read the configuration %s", path);
	r.ok = true;
	bad = ini_parse_stream(next_line, &r, on_value, &r);
	fclose(r.file);
	if (bad > 0 && r.ok)
		fail(&r, (unsigned)bad, "not a [section] and not KEY = VALUE", "");
	return r.ok && whole(&r);
}

bool config_load(const char *path, struct config *config_r, struct err *err)
{
	return load(path, false, config_r, err);
}

bool config_load_places(const char *path, struct config *config_r, struct err *err)
{
	return load(path, true, config_r, err);
}

bool config_is_loopback(const char *host)
{
	return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 ||
	       str_eq_nocase(str_from(host), STR("localhost"));
}

bool config_wants_tls(const struct config *config)
{
	return config->tls_cert || config->require_tls || config->imaps.host ||
	       config->smtps.host ||
	       (config->imap.host && !config_is_loopback(config->imap.host)) ||
	       (config->smtp.host && !config_is_loopback(config->smtp.host));
}

void config_password_free(char *password)
{
	if (password)
		crypto_wipe(password, strlen(password));
	free(password);
}

bool config_password_again(const struct account_config *account, char **password_r,
			   struct err *err)
{
	struct config place = { .path = account->name };
	struct reading r = {
		.config = &place, .ok = true, .err = err, .command_ms = COMMAND_AGAIN_MS
	};

	*password_r = NULL;
	return password_read(&r, account, password_r);
}

static void account_config_finish(struct account_config *a)
{
	free(a->name);
	free(a->address);
	free(a->url);
	free(a->ca_file);
	free(a->login);
	config_password_free(a->password);
	free(a->password_from);
	config_password_free(a->bridge_password);
	free(a->calendar_dir);
	free(a->merged_dir);
	labels_clear(&a->labels);
	password_memory_free(a->memory);
}

void config_finish(struct config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < config->account_count; i++)
		account_config_finish(&config->accounts[i]);
	free(config->accounts);
	free(config->imap.host);
	free(config->smtp.host);
	free(config->imaps.host);
	free(config->smtps.host);
	free(config->tls_cert);
	free(config->tls_key);
	free(config->state_dir);
	free(config->path);
	*config = (struct config){ 0 };
}
