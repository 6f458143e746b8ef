/*
 * Feeds a fuzz target every file of a corpus directory, then each again with single bytes
 * changed and cut short, so that the ordinary test run sees a little more than the seeds.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEED_MAX = 1 << 20, CHANGES = 60 };

static void feed(struct str s)
{
	/* An exact heap copy, so that the sanitizer sees a read past the end. */
	uint8_t *copy = malloc(s.len ? s.len : 1);

	if (!copy)
		abort();
	if (s.len)
		memcpy(copy, s.p, s.len);
	LLVMFuzzerTestOneInput(copy, s.len);
	free(copy);
}

static void feed_changed(struct strbuf *seed)
{
	uint32_t state = 1;

	for (int i = 0; i < CHANGES && seed->len; i++) {
		size_t at;
		char was;

		state = state * 1664525 + 1013904223;
		at = (state >> 4) % seed->len;
		was = seed->p[at];
		seed->p[at] = (char)(state >> 24);
		feed(strbuf_str(seed));
		seed->p[at] = was;
		feed(str_sub(strbuf_str(seed), 0, at));
	}
}

int main(int argc, char **argv)
{
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	struct dirent *entry;
	int files = 0;

	if (!dir) {
		fprintf(stderr, "no corpus directory\n");
		return 1;
	}
	while ((entry = readdir(dir))) {
		CLEANUP(strbuf_finish) struct strbuf seed = STRBUF(SEED_MAX);
		char path[1024];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
		if (!file_read(path, &seed, NULL))
			continue;
		feed(strbuf_str(&seed));
		feed_changed(&seed);
		files++;
	}
	closedir(dir);
	printf("%d seeds\n", files);
	return files ? 0 : 1;
}
