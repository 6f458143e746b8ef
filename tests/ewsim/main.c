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
	size_t n = 0;

	if (strcmp(name, "--listen") == 0)
		o->listen = value;
	else if (strcmp(name, "--control") == 0)
		o->control = value;
	else if (strcmp(name, "--mailbox") == 0)
		o->mailbox = value;
	else if (strcmp(name, "--state") == 0)
		o->state_file = value;
	else if (strcmp(name, "--user") == 0)
		return user(value, o, users);
	else if (strcmp(name, "--set") == 0) {
		while (settings[n])
			n++;
		settings[n] = value;
		return n < MAX_LIST;
	} else
		return false;
	return true;
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
				" [--set NAME=VALUE ...]\n");
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
	printf("listening 127.0.0.1:%u control 127.0.0.1:%u\nready\n", ewsim_port(sim),
	       ewsim_control_port(sim));
	fflush(stdout);
	while (!stop && !ewsim_wait(sim, 200))
		;
	ewsim_stop(sim);
	xmlCleanupParser();
	return 0;
}
