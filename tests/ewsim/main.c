/* The simulator as a program: see docs/ewsim.md for the options. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>

#include "base/mem.h"
#include "tests/ewsim/ewsim.h"

enum { MAX_LIST = 64 };

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static bool user(char *text, struct ewsim_options *o, struct ewsim_user *users)
{
	char *colon = strchr(text, ':');

	if (!colon || o->user_count == MAX_LIST)
		return false;
	*colon = 0;
	users[o->user_count++] = (struct ewsim_user){ text, colon + 1 };
	return true;
}

static bool option(const char *name, char *value, struct ewsim_options *o,
		   struct ewsim_user *users, const char **settings)
{
	const struct {
		const char *name, **slot;
	} texts[] = {
		{ "--listen", &o->listen },    { "--https", &o->https },
		{ "--cert", &o->cert },	       { "--key", &o->key },
		{ "--control", &o->control },  { "--mailbox", &o->mailbox },
		{ "--state", &o->state_file },
	};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (strcmp(name, texts[i].name) == 0) {
			*texts[i].slot = value;
			return true;
		}
	if (strcmp(name, "--user") == 0)
		return user(value, o, users);
	if (strcmp(name, "--set") != 0)
		return false;
	while (settings[n])
		n++;
	settings[n] = value;
	return n < MAX_LIST;
}

int main(int argc, char **argv)
{
	struct ewsim_user users[MAX_LIST];
	const char *settings[MAX_LIST + 2] = { NULL };
	struct ewsim_options o = { .listen = "127.0.0.1:0",
				   .control = "127.0.0.1:0",
				   .users = users,
				   .settings = settings };
	struct sigaction action = { .sa_handler = on_signal };
	struct ewsim *sim;
	struct err err = { 0 };

	for (int i = 1; i < argc; i += 2)
		if (i + 1 >= argc || !option(argv[i], argv[i + 1], &o, users, settings)) {
			fprintf(stderr,
				"usage: ewsim --listen HOST:PORT --control HOST:PORT"
				" --mailbox demo|empty|generate:COUNT[:BYTES]|DIR"
				" [--user NAME:PASSWORD ...] [--state FILE]"
				" [--set NAME=VALUE ...]"
				" [--https HOST:PORT --cert FILE --key FILE]\n");
			return 2;
		}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	xmlInitParser();
	if (!ewsim_start(&o, &sim, &err)) {
		fprintf(stderr, "ewsim: %s\n", err.text);
		return 1;
	}
	printf("listening 127.0.0.1:%u control 127.0.0.1:%u", ewsim_port(sim),
	       ewsim_control_port(sim));
	if (ewsim_https_port(sim))
		printf(" https 127.0.0.1:%u", ewsim_https_port(sim));
	printf("\nready\n");
	fflush(stdout);
	while (!stop && !ewsim_wait(sim, 200))
		;
	ewsim_stop(sim);
	xmlCleanupParser();
	return 0;
}
