/*
 * A library for LD_PRELOAD: which names this machine can look up stands in a file that
 * the test changes while the daemon runs.
 *
 *   NAMES_FILE=FILE   one name a line; each is 127.0.0.1, others are not found
 *
 * Each name that is looked up is added to FILE.asked.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static bool listed(const char *path, const char *name)
{
	FILE *f = fopen(path, "re");
	char line[300];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		found = strcmp(line, name) == 0;
	}
	if (f)
		fclose(f);
	return found;
}

static void note(const char *path, const char *name)
{
	char asked[4096];
	FILE *f;

	snprintf(asked, sizeof(asked), "%s.asked", path);
	f = fopen(asked, "ae");
	if (!f)
		return;
	fprintf(f, "%s\n", name);
	fclose(f);
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **list_r)
{
	const char *path = getenv("NAMES_FILE");

	if (!path || !name || strspn(name, "0123456789.:") == strlen(name))
		return REAL(getaddrinfo)(name, service, hints, list_r);
	note(path, name);
	if (!listed(path, name))
		return EAI_NONAME;
	return REAL(getaddrinfo)("127.0.0.1", service, hints, list_r);
}
