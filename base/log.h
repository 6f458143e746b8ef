/*
 * Log lines to standard error, one write each, safe from any thread:
 *   2026-07-02T09:00:00.123Z info  sync[work]: text
 * Libraries never log above debug; session and sync loops log an error once.
 * Secrets and message content are never logged.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/macros.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

/* Set once in main, before the first thread; INFO by default. */
void log_set_level(enum log_level lowest);
bool log_wants(enum log_level level);

/* @who: "module" or "module[account]"; control characters in the text become '?'. */
void log_write(enum log_level level, const char *who, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

#define log_debug(who, ...) log_write(LOG_LEVEL_DEBUG, who, __VA_ARGS__)
#define log_info(who, ...) log_write(LOG_LEVEL_INFO, who, __VA_ARGS__)
#define log_warn(who, ...) log_write(LOG_LEVEL_WARN, who, __VA_ARGS__)
#define log_error(who, ...) log_write(LOG_LEVEL_ERROR, who, __VA_ARGS__)

#endif
