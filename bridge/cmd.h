/* The subcommands of passerelle, one file each, listed in main.c. */
#ifndef BRIDGE_CMD_H
#define BRIDGE_CMD_H

#include "base/err.h"

struct cmd {
	const char *name;
	const char *usage; /* after the name */
	const char *what; /* one line */
	int (*run)(int argc, char **argv); /* argv[0] is the name; Return: exit status */
};

extern const struct cmd cmd_serve, cmd_demo, cmd_check, cmd_status, cmd_resync,
	cmd_passwd, cmd_cert;

/*
 * cmd_option() - take "--NAME VALUE" or "--NAME=VALUE" at argv[*at]
 * Return: was it this option? *value_r is NULL when its value is missing.
 */
bool cmd_option(int argc, char **argv, int *at, const char *name, const char **value_r);
/* cmd_usage() - complain about @arg (NULL: something missing); Return: 2. */
int cmd_usage(const struct cmd *cmd, const char *arg);
int cmd_fail(const struct err *err); /* prints the text; Return: 1 */

/* serve_run() - serve @config_path until SIGTERM or SIGINT; @before_ready prints what
 * belongs before the line "ready". Signals must be blocked already. Return: exit status.
 */
int serve_run(const char *config_path, void (*before_ready)(void *), void *arg);
struct config;
struct tls_server;
/* serve_tls_open() - the listeners' certificate, made if it has to be; *server_r is NULL
 * where none is wanted. */
bool serve_tls_open(const struct config *config, struct tls_server **server_r,
		    struct err *err);
/* Blocks SIGTERM and SIGINT in this thread and those it starts; ignores SIGPIPE. */
void serve_block_signals(void);

#endif
