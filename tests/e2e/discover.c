/*
 * ews_discover() alone, for autodiscover.py: with a name server that is none of the
 * system's.
 *
 *	discover ADDRESS CA-FILE NAME-SERVER       password in $EWS_PASSWORD
 */
#include <stdio.h>
#include <stdlib.h>

#include "ews/ews.h"

int main(int argc, char **argv)
{
	CLEANUP(ews_discovery_finish) struct ews_discovery found = { 0 };
	struct ews_discover_config config = { .password = getenv("EWS_PASSWORD") };
	struct err err;
	bool ok;

	if (argc != 4 || !config.password) {
		fputs("usage: EWS_PASSWORD=... discover ADDRESS CA-FILE NAME-SERVER\n",
		      stderr);
		return 2;
	}
	config.address = argv[1];
	config.ca_file = argv[2];
	config.name_server = argv[3];
	ok = ews_process_init(&err) && ews_discover(&config, &found, &err);
	if (ok)
		printf("%s (%s)\n", found.url, found.told_by);
	else
		printf("%s\n", err.text);
	ews_process_finish();
	return ok ? 0 : 1;
}
