/* A whole command as it comes from a client: its line, its words, its arguments. */
#include <stdlib.h>
#include <string.h>

#include "imapfront/imap/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of its own, so that reading past the end is seen. */
	char *copy = malloc(size + 1);
	struct imap_args args = { 0 };
	struct imap_reader in = { .rest = str_make(copy, size), .pool = &args.pool };
	struct imap_line line;
	struct err err;

	memcpy(copy, data, size);
	if (imap_line_parse(&in, &line, &err) && line.command &&
	    imap_args_parse(&line, &in, &args, &err)) {
		imap_set_resolve(&args.set, 1000);
		if (args.search.root)
			imap_search_resolve(&args.search, 10, 1000);
	}
	imap_args_finish(&args);
	free(copy);
	return 0;
}
