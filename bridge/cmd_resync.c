/* passerelle resync: tells the running daemon to look at the server again now, with the
 * password as it is now. */
#include <stdio.h>

#include "bridge/cmd.h"
#include "bridge/config.h"
#include "bridge/control.h"

static int run(int argc, char **argv)
{
	CLEANUP(strbuf_finish)
	struct strbuf answer = STRBUF(65536), request = STRBUF(512);
	CLEANUP(config_finish) struct config config = { 0 };
	const char *path = NULL, *name = NULL;
	struct err err;

	for (int i = 1; i < argc; i++)
		if (!cmd_option(argc, argv, &i, "config", &path) &&
		    !cmd_option(argc, argv, &i, "account", &name))
			return cmd_usage(&cmd_resync, argv[i]);
	if (!path)
		return cmd_usage(&cmd_resync, NULL);
	strbuf_addf(&request, "resync %s", name ? name : "");
	if (!config_load_places(path, &config, &err) || !strbuf_ok(&request, &err) ||
	    !control_ask(config.state_dir, strbuf_cstr(&request), &answer, &err))
		return cmd_fail(&err);
	fputs(strbuf_cstr(&answer), stdout);
	return str_find(strbuf_str(&answer), STR("\"error\"")) < 0 ? 0 : 1;
}

const struct cmd cmd_resync = { "resync", "--config FILE [--account NAME]",
				"look at the server again now", run };
