/*
 * passerelle demo: an embedded Exchange with a sample mailbox for alice and bob, and the
 * bridge in front of it. The Exchange is the program ewsim, run as a child that ends with
 * its parent.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "base/file.h"
#include "base/num.h"
#include "base/random.h"

#include "bridge/cmd.h"

enum { PATH_BYTES = 600, PASSWORD_BYTES = 9 };

struct demo_user {
	const char *name, *address;
	char exchange_password[2 * PASSWORD_BYTES + 1];
	char password[2 * PASSWORD_BYTES + 1];
};

struct demo {
	char dir[400];
	uint32_t base;
	struct demo_user users[2];
	pid_t exchange;
	int exchange_out; /* its standard output */
};

static bool put(const struct demo *d, const char *name, struct str text, struct err *err)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/%s", d->dir, name);
	return file_replace(path, text, 0600, err);
}

/* A password from an earlier run is kept, so that mail programs stay configured. */
static bool secret(const struct demo *d, const char *name,
		   char out[2 * PASSWORD_BYTES + 1], struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf old = STRBUF(2 * PASSWORD_BYTES);
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(2 * PASSWORD_BYTES);
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/%s", d->dir, name);
	if (!file_read(path, &old, NULL) || old.len != 2 * PASSWORD_BYTES) {
		random_hex(PASSWORD_BYTES, &text);
		if (!put(d, name, strbuf_str(&text), err))
			return false;
		snprintf(out, 2 * PASSWORD_BYTES + 1, "%s", strbuf_cstr(&text));
		return true;
	}
	snprintf(out, 2 * PASSWORD_BYTES + 1, "%s", strbuf_cstr(&old));
	return true;
}

static bool make_secrets(struct demo *d, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(d->users); i++) {
		struct demo_user *u = &d->users[i];
		char name[64];

		snprintf(name, sizeof(name), "%s.password", u->name);
		if (!secret(d, name, u->password, err))
			return false;
		snprintf(name, sizeof(name), "%s.exchange-password", u->name);
		if (!secret(d, name, u->exchange_password, err))
			return false;
	}
	return true;
}

static bool make_config(const struct demo *d, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(16384);

	strbuf_addf(
		&text,
		"[bridge]\nstate = %s/state\nimap = 127.0.0.1:%u\nsmtp = 127.0.0.1:%u\n",
		d->dir, d->base + 143, d->base + 25);
	for (size_t i = 0; i < ARRAY_LEN(d->users); i++) {
		const struct demo_user *u = &d->users[i];

		strbuf_addf(&text,
			    "\n[account %s]\naddress = %s\n"
			    "url = http://127.0.0.1:%u/EWS/Exchange.asmx\nlogin = %s\n"
			    "auth = basic\npassword-file = %s/%s.exchange-password\n"
			    "bridge-password-file = %s/%s.password\n"
			    "calendar-dir = %s/calendars/%s\n",
			    u->name, u->address, d->base + 380, u->address, d->dir,
			    u->name, d->dir, u->name, d->dir, u->name);
	}
	return strbuf_ok(&text, err) && put(d, "passerelle.conf", strbuf_str(&text), err);
}

static json_t *describe(const struct demo *d, const struct demo_user *u)
{
	char calendar[PATH_BYTES], url[80];

	snprintf(calendar, sizeof(calendar), "%s/calendars/%s", d->dir, u->name);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/EWS/Exchange.asmx",
		 d->base + 380);
	return json_pack(
		"{s:s, s:s, s:s, s:{s:s, s:i}, s:{s:s, s:i}, s:s, s:{s:s, s:s, s:s}}",
		"address", u->address, "login", u->address, "password", u->password,
		"imap", "host", "127.0.0.1", "port", (int)d->base + 143, "smtp", "host",
		"127.0.0.1", "port", (int)d->base + 25, "calendar_dir", calendar,
		"exchange", "url", url, "login", u->address, "password",
		u->exchange_password);
}

static bool make_json(const struct demo *d, struct err *err)
{
	json_t *json = json_pack("{s:[o, o]}", "accounts", describe(d, &d->users[0]),
				 describe(d, &d->users[1]));
	char *text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
	bool ok = text && put(d, "demo.json", str_from(text), err);

	free(text);
	json_decref(json);
	return ok;
}

/* ewsim lies beside this program. */
static bool find_ewsim(char *path, size_t size, struct err *err)
{
	ssize_t len = readlink("/proc/self/exe", path, size - 1);
	char *slash;

	path[len > 0 ? len : 0] = '\0';
	slash = strrchr(path, '/');
	if (!slash || (size_t)(slash - path) + sizeof("/ewsim") > size)
		return err_set(err, ERR_BROKEN, "cannot tell where this program lies");
	snprintf(slash, size - (size_t)(slash - path), "/ewsim");
	if (access(path, X_OK) != 0)
		return err_errno(err, ERR_NOT_FOUND, errno,
				 "%s, the embedded Exchange; build it with ./bootstrap",
				 path);
	return true;
}

/* The child's whole life; what it prints goes to @out. */
static void exchange_exec(const struct demo *d, const char *program, int out)
{
	char listen[32], control[32], state[PATH_BYTES], users[2][128];
	sigset_t none;

	snprintf(listen, sizeof(listen), "127.0.0.1:%u", d->base + 380);
	snprintf(control, sizeof(control), "127.0.0.1:%u", d->base + 381);
	snprintf(state, sizeof(state), "%s/exchange.state", d->dir);
	for (size_t i = 0; i < ARRAY_LEN(users); i++)
		snprintf(users[i], sizeof(users[i]), "%s:%s", d->users[i].address,
			 d->users[i].exchange_password);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	setpgid(0, 0); /* the terminal's Control-C is for the bridge, which stops us */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(out, STDOUT_FILENO);
	execl(program, program, "--listen", listen, "--control", control, "--mailbox",
	      "demo", "--user", users[0], "--user", users[1], "--state", state, NULL);
	_exit(127);
}

static bool wait_ready(int fd)
{
	CLEANUP(strbuf_finish) struct strbuf said = STRBUF(4096);
	char part[256];
	ssize_t got;

	while ((got = read(fd, part, sizeof(part))) > 0) {
		strbuf_add_mem(&said, part, (size_t)got);
		if (str_find(strbuf_str(&said), STR("ready\n")) >= 0)
			return true;
	}
	return false;
}

static bool exchange_start(struct demo *d, struct err *err)
{
	char program[PATH_BYTES];
	bool ready;
	int ends[2];

	if (!find_ewsim(program, sizeof(program), err))
		return false;
	if (pipe(ends) != 0)
		return err_errno(err, ERR_BROKEN, errno, "pipe");
	d->exchange = fork();
	if (d->exchange < 0)
		return err_errno(err, ERR_BROKEN, errno, "fork");
	if (d->exchange == 0) {
		close(ends[0]);
		exchange_exec(d, program, ends[1]);
	}
	close(ends[1]);
	ready = wait_ready(ends[0]);
	d->exchange_out = ends[0]; /* kept open, so that it may print */
	return ready ||
	       err_set(err, ERR_BROKEN,
		       "the embedded Exchange did not start on port %u (see above); "
		       "is a demo running already? --ports BASE moves it",
		       d->base + 380);
}

static void exchange_stop(struct demo *d)
{
	if (d->exchange <= 0)
		return;
	kill(d->exchange, SIGTERM);
	waitpid(d->exchange, NULL, 0);
}

static void explain(void *arg)
{
	const struct demo *d = arg;

	puts("Passerelle demo: an Exchange with two mailboxes, and the bridge before "
	     "it.\n"
	     "In a mail program, without TLS (everything is on this machine):");
	for (size_t i = 0; i < ARRAY_LEN(d->users); i++)
		printf("  %s\n    IMAP server  127.0.0.1, port %u, user name %s, "
		       "password %s\n"
		       "    SMTP server  127.0.0.1, port %u, the same user name and "
		       "password\n"
		       "    calendars    %s/calendars/%s\n",
		       d->users[i].address, d->base + 143, d->users[i].address,
		       d->users[i].password, d->base + 25, d->dir, d->users[i].name);
	printf("All of it stands in %s/demo.json. State: passerelle status --config "
	       "%s/passerelle.conf\nStop with Control-C.\n",
	       d->dir, d->dir);
}

static bool parse(int argc, char **argv, struct demo *d, const char **bad_r)
{
	const char *dir = NULL, *ports = NULL;

	for (int i = 1; i < argc; i++) {
		*bad_r = argv[i];
		if (!cmd_option(argc, argv, &i, "dir", &dir) &&
		    !cmd_option(argc, argv, &i, "ports", &ports))
			return false;
	}
	*bad_r = ports;
	if (ports && (!num_u32(str_from(ports), &d->base) || d->base > 65000))
		return false;
	*bad_r = dir;
	if (!dir)
		dir = "passerelle-demo";
	/* Made absolute: the configuration names files below it. */
	if (dir[0] == '/')
		return snprintf(d->dir, sizeof(d->dir), "%s", dir) < (int)sizeof(d->dir);
	return getcwd(d->dir, sizeof(d->dir)) &&
	       strlen(d->dir) + strlen(dir) + 2 < sizeof(d->dir) &&
	       snprintf(d->dir + strlen(d->dir), sizeof(d->dir) - strlen(d->dir), "/%s",
			dir) > 0;
}

static int run(int argc, char **argv)
{
	struct demo d = { .base = 1000,
			  .users = { { .name = "alice", .address = "alice@example.test" },
				     { .name = "bob", .address = "bob@example.test" } } };
	char config[PATH_BYTES];
	const char *bad = NULL;
	struct err err;
	int status;

	if (!parse(argc, argv, &d, &bad))
		return cmd_usage(&cmd_demo, bad);
	serve_block_signals();
	snprintf(config, sizeof(config), "%s/passerelle.conf", d.dir);
	if (!file_make_dirs(d.dir, 0700, &err) || !make_secrets(&d, &err) ||
	    !make_config(&d, &err) || !make_json(&d, &err) || !exchange_start(&d, &err)) {
		exchange_stop(&d);
		return cmd_fail(&err);
	}
	status = serve_run(config, explain, &d);
	exchange_stop(&d);
	return status;
}

const struct cmd cmd_demo = { "demo", "[--dir DIR] [--ports BASE]",
			      "an embedded Exchange and the bridge before it", run };
