/* The configuration reader on any bytes (secrets are not reached: no such files). */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "bridge/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[] = "/tmp/passerelle-fuzz-XXXXXX";
	struct str text = str_make((const char *)data, size);
	struct config config = { 0 };
	int fd;

	/* Never let random input run a command. */
	if (str_find_nocase(text, STR("command")) >= 0)
		return 0;
	fd = mkstemp(path);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
	(void)!config_load(path, &config, NULL);
	config_finish(&config);
	unlink(path);
	return 0;
}
