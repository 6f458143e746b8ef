/* passerelle check: validates the configuration, then logs in to each account's server.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include <arpa/inet.h>

#include "bridge/cmd.h"
#include "bridge/config.h"
#include "bridge/control.h"
#include "ews/ews.h"

/* Can it be listened on? */
static bool try_listen(const char *what, const struct listen_config *listen,
		       const char *path)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(listen->port) };
	int fd, on = 1;
	bool ok;

	if (!listen->host || inet_pton(AF_INET, listen->host, &a.sin_addr) != 1)
		return true; /* IPv6 is tried by serve */
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	ok = bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
	if (!ok)
		printf("%s:%u: %s: port %u: %s; choose another port, or stop what has "
		       "it\n",
		       path, listen->line, what, listen->port, strerror(errno));
	close(fd);
	return ok;
}

static void tell_place(void *context, const struct ews_discovery *found)
{
	const struct account_config *a = context;

	printf("account %s: Autodiscover (%s) says url = %s\n", a->name, found->told_by,
	       found->url);
}

static bool try_server(const struct account_config *a, int64_t *messages_r,
		       struct err *err)
{
	static const struct ews_folder_ref inbox = { .distinguished = "inbox" };
	struct ews_config config = { .url = a->url,
				     .found = tell_place,
				     .found_context = (void *)(uintptr_t)a,
				     .ca_file = a->ca_file,
				     .login = a->login,
				     .password = a->password,
				     .address = a->address,
				     .connect_timeout_ms = 15000,
				     .idle_timeout_ms = 30000 };
	struct ews_folders folders = { 0 };
	struct ews_account *account = ews_account_new(&config, err);
	struct ews_conn *conn = account ? ews_conn_new(account, err) : NULL;
	bool ok = conn && ews_folder_get(conn, &inbox, 1, &folders, err) &&
		  ews_status_check(&folders.list[0].status, err);

	if (ok)
		*messages_r = folders.list[0].total;
	ews_folders_finish(&folders);
	ews_conn_free(conn);
	ews_account_free(account);
	return ok;
}

static bool try_account(const struct config *config, const struct account_config *a)
{
	int64_t messages = 0;
	struct err err = { 0 };

	if (!try_server(a, &messages, &err)) {
		printf("%s:%u: account %s: %s\n", config->path, a->line, a->name,
		       err.text);
		return false;
	}
	printf("account %s: logged in as %s, %lld messages in the Inbox\n", a->name,
	       a->login, (long long)messages);
	return true;
}

static int run(int argc, char **argv)
{
	CLEANUP(config_finish) struct config config = { 0 };
	CLEANUP(strbuf_finish) struct strbuf answer = STRBUF(1 << 20);
	const char *path = NULL;
	bool ok = true;
	struct err err;

	for (int i = 1; i < argc; i++)
		if (!cmd_option(argc, argv, &i, "config", &path))
			return cmd_usage(&cmd_check, argv[i]);
	if (!path)
		return cmd_usage(&cmd_check, NULL);
	if (!config_load(path, &config, &err) || !ews_process_init(&err))
		return cmd_fail(&err);
	printf("%s: no mistake found\n", path);
	if (control_ask(config.state_dir, "status", &answer, NULL)) {
		puts("a daemon is running with this state directory");
	} else {
		ok &= try_listen("imap", &config.imap, path);
		ok &= try_listen("smtp", &config.smtp, path);
	}
	for (size_t i = 0; i < config.account_count; i++)
		ok &= try_account(&config, &config.accounts[i]);
	return ok ? 0 : 1;
}

const struct cmd cmd_check = { "check", "--config FILE",
			       "validate the file and try each account", run };
