/* passerelle status: what the running daemon says of its accounts. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"

#include "bridge/cmd.h"
#include "bridge/config.h"
#include "bridge/control.h"

enum { FAILING_SHOWN = 10, ANSWER_MAX = 1 << 20 };

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static long long number_of(json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

static void show_age(const char *what, long long unix_ms)
{
	if (unix_ms)
		printf("  %-13s %lld s ago\n", what, (clock_unix_ms() - unix_ms) / 1000);
	else
		printf("  %-13s never\n", what);
}

#define REFUSED_SHOWN 10

/* Without what a terminal would obey. */
static void print_text(const char *text)
{
	for (; *text; text++)
		putchar((unsigned char)*text < ' ' || *text == 127 ? '?' : *text);
}

static void show_refused(json_t *a)
{
	json_t *notices = json_object_get(a, "notices");

	printf("  %-13s %lld in the last month, the newest:\n", "refused",
	       number_of(a, "refused"));
	for (size_t i = 0; i < json_array_size(notices) && i < REFUSED_SHOWN; i++) {
		json_t *n = json_array_get(notices, i);

		printf("    %lld min ago, %s '",
		       (clock_unix_ms() - number_of(n, "at_unix_ms")) / 60000,
		       text_of(n, "change"));
		print_text(text_of(n, "what"));
		fputs("': ", stdout);
		print_text(text_of(n, "why"));
		printf(" (content: %s)\n", text_of(n, "content"));
	}
}

/* The first few by name; --json has more. */
static void show_failing(json_t *list)
{
	for (size_t i = 0; i < json_array_size(list) && i < FAILING_SHOWN; i++) {
		json_t *f = json_array_get(list, i);

		printf("    %s, UID %lld, \"%s\": %s (%lld tries, again in %lld s)\n",
		       text_of(f, "folder"), number_of(f, "uid"), text_of(f, "subject"),
		       text_of(f, "reason"), number_of(f, "tries"),
		       MAX_OF(number_of(f, "next_unix_s") - (long long)clock_unix_s(),
			      0LL));
	}
}

static void show_cache(json_t *a)
{
	const json_t *ahead = json_object_get(a, "bodies_ahead");

	printf("  %-13s %lld MiB", "body cache", number_of(a, "cache_bytes") >> 20);
	if (number_of(a, "cache_limit_bytes"))
		printf(" of at most %lld", number_of(a, "cache_limit_bytes") >> 20);
	if (json_is_integer(ahead))
		printf("; of the newest %lld days, others on demand\n",
		       number_of(a, "bodies_ahead"));
	else
		printf("; %s\n", strcmp(text_of(a, "bodies_ahead"), "all") == 0
					 ? "all messages"
					 : "on demand");
}

static void show(json_t *a)
{
	bool connected = json_is_true(json_object_get(a, "connected"));

	printf("%s (%s)\n", text_of(a, "name"), text_of(a, "address"));
	printf("  %-13s %s%s\n", "server",
	       strcmp(text_of(a, "state"), "sign-in") == 0 ? "sign in again: "
	       : !connected				   ? "not connected: "
	       : json_is_true(json_object_get(a, "streaming"))
		       ? "connected, pushes changes"
	       : json_is_true(json_object_get(a, "pulling"))
		       ? "connected, is asked for news"
		       : "connected, is polled",
	       connected ? "" : text_of(a, "reason"));
	printf("  %-13s %lld\n", "folders", number_of(a, "folders"));
	printf("  %-13s %lld, %lld with body here (%lld KiB)%s\n", "messages",
	       number_of(a, "messages"), number_of(a, "bodies"),
	       number_of(a, "body_bytes") / 1024,
	       json_is_true(json_object_get(a, "initial_done"))
		       ? ""
		       : ", first synchronisation under way");
	show_cache(a);
	printf("  %-13s %lld KiB, %lld bodies to come\n", "text index",
	       number_of(a, "text_bytes") / 1024, number_of(a, "text_pending"));
	if (number_of(a, "failing"))
		printf("  %-13s %lld, asked for again by and by; the last: %s\n",
		       "not readable", number_of(a, "failing"),
		       text_of(a, "failing_reason"));
	show_failing(json_object_get(a, "failing_messages"));
	if (!json_is_true(json_object_get(a, "initial_done")))
		printf("  %-13s %lld of %lld folders read\n", "index",
		       number_of(a, "folders_indexed"), number_of(a, "folders_to_index"));
	if (number_of(a, "index_total"))
		printf("  %-13s %lld of %lld messages of a long folder read\n", "",
		       number_of(a, "index_done"), number_of(a, "index_total"));
	printf("  %-13s %lld\n", "events", number_of(a, "events"));
	printf("  %-13s %lld%s\n", "pending", number_of(a, "pending"),
	       number_of(a, "pending") ? " changes on their way up" : "");
	if (number_of(a, "refused"))
		show_refused(a);
	show_age("last change", number_of(a, "last_change_unix_ms"));
	show_age("last sync", number_of(a, "last_sync_unix_ms"));
}

static int print_answer(struct str answer)
{
	json_t *json = json_loadb(answer.p, answer.len, 0, NULL), *accounts;

	if (!json) {
		fputs("passerelle: the daemon's answer is not JSON\n", stderr);
		return 1;
	}
	printf("passerelle %s, pid %lld\n", text_of(json, "version"),
	       number_of(json, "pid"));
	accounts = json_object_get(json, "accounts");
	for (size_t i = 0; i < json_array_size(accounts); i++)
		show(json_array_get(accounts, i));
	json_decref(json);
	return 0;
}

static int run(int argc, char **argv)
{
	CLEANUP(strbuf_finish) struct strbuf answer = STRBUF(ANSWER_MAX);
	CLEANUP(config_finish) struct config config = { 0 };
	const char *path = NULL;
	bool as_json = false;
	struct err err;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			as_json = true;
		else if (!cmd_option(argc, argv, &i, "config", &path))
			return cmd_usage(&cmd_status, argv[i]);
	}
	if (!path)
		return cmd_usage(&cmd_status, NULL);
	if (!config_load_places(path, &config, &err) ||
	    !control_ask(config.state_dir, "status", &answer, &err))
		return cmd_fail(&err);
	if (!as_json)
		return print_answer(strbuf_str(&answer));
	fputs(strbuf_cstr(&answer), stdout);
	return 0;
}

const struct cmd cmd_status = { "status", "--config FILE [--json]",
				"what the running daemon knows of each account", run };
