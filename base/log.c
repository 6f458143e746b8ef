/* The log sink: see log.h. The level is one of the two mutable globals of the program. */
#include "base/log.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

static enum log_level lowest_level = LOG_LEVEL_INFO;

void log_set_level(enum log_level lowest)
{
	lowest_level = lowest;
}

bool log_wants(enum log_level level)
{
	return level >= lowest_level;
}

static size_t put_head(char *line, size_t size, enum log_level level, const char *who)
{
	static const char *const names[] = { "debug", "info ", "warn ", "error" };
	int64_t now_ms = clock_unix_ms();
	time_t now_s = (time_t)(now_ms / 1000);
	struct tm tm;
	size_t used;

	gmtime_r(&now_s, &tm);
	used = strftime(line, size, "%Y-%m-%dT%H:%M:%S", &tm);
	used += (size_t)snprintf(line + used, size - used,
				 ".%03dZ %s %.60s: ", (int)(now_ms % 1000), names[level],
				 who);
	return used;
}

void log_write(enum log_level level, const char *who, const char *fmt, ...)
{
	char line[1024];
	size_t used;
	va_list ap;

	if (!log_wants(level))
		return;
	used = put_head(line, sizeof(line), level, who);
	va_start(ap, fmt);
	vsnprintf(line + used, sizeof(line) - used - 1, fmt, ap);
	va_end(ap);
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	used = strlen(line);
	line[used++] = '\n';
	if (write(STDERR_FILENO, line, used) < 0)
		return; /* nowhere left to complain */
}
