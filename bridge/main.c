/* passerelle: the bridge's program. Picks the subcommand; each has its file, cmd_*.c. */
#include <stdio.h>
#include <string.h>

#include "base/fail_point.h"
#include "base/log.h"

#include "bridge/cmd.h"

static const struct cmd *const commands[] = {
	&cmd_serve,  &cmd_demo,	  &cmd_check, &cmd_status,
	&cmd_resync, &cmd_passwd, &cmd_cert,
};

bool cmd_option(int argc, char **argv, int *at, const char *name, const char **value_r)
{
	const char *arg = argv[*at];
	size_t len = strlen(name);

	if (strncmp(arg, "--", 2) != 0 || strncmp(arg + 2, name, len) != 0)
		return false;
	if (arg[2 + len] == '=') {
		*value_r = arg + 2 + len + 1;
		return true;
	}
	if (arg[2 + len])
		return false;
	*value_r = *at + 1 < argc ? argv[++*at] : NULL;
	return true;
}

int cmd_usage(const struct cmd *cmd, const char *arg)
{
	if (arg)
		fprintf(stderr, "passerelle %s: do not understand '%s'\n", cmd->name,
			arg);
	fprintf(stderr, "usage: passerelle %s %s\n", cmd->name, cmd->usage);
	return 2;
}

int cmd_fail(const struct err *err)
{
	fprintf(stderr, "passerelle: %s\n", err->text);
	return 1;
}

static int usage(FILE *out, int status)
{
	fputs("usage: passerelle [--debug] COMMAND ...\n\n", out);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		fprintf(out, "  %-7s %-38s %s\n", commands[i]->name, commands[i]->usage,
			commands[i]->what);
	return status;
}

int main(int argc, char **argv)
{
	int at = 1;

	if (at < argc && strcmp(argv[at], "--debug") == 0) {
		log_set_level(LOG_LEVEL_DEBUG);
		at++;
	}
	if (at == argc)
		return usage(stderr, 2);
	if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "help") == 0)
		return usage(stdout, 0);
	if (strcmp(argv[at], "--version") == 0) {
		puts("passerelle " PASSERELLE_VERSION);
		return 0;
	}
	if (strcmp(argv[at], "fail-points") == 0) { /* for tests */
		for (size_t i = 0; fail_point_list(i); i++)
			puts(fail_point_list(i));
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(argv[at], commands[i]->name) == 0)
			return commands[i]->run(argc - at, argv + at);
	fprintf(stderr, "passerelle: unknown command '%s'\n", argv[at]);
	return usage(stderr, 2);
}
