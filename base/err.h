/* The one error type: on the caller's stack, no allocation, no thread-local. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

#include "base/macros.h"

enum err_code {
	ERR_OK = 0,
	/* The request is at fault: answer the client, go on. */
	ERR_SYNTAX,
	ERR_STATE,
	ERR_NOT_FOUND,
	ERR_EXISTS,
	ERR_DENIED,
	ERR_LIMIT,
	/* The server or the network is at fault: retry later. */
	ERR_AUTH,
	ERR_OFFLINE,
	ERR_THROTTLED,
	/* We are at fault, or the disk: log, drop what we were doing. */
	ERR_BROKEN,
	ERR_FULL, /* no room on the disk: later, when there is some */
	/* The request is at fault: the mailbox is full. Here, for numbers are in
	   journals. */
	ERR_QUOTA,
	ERR_CODE_COUNT
};

struct err {
	enum err_code code;
	unsigned retry_after_s; /* only with ERR_THROTTLED, else 0 */
	char text[160]; /* for people; never parsed; one line of valid UTF-8 */
};

/*
 * err_set() - describe a failure
 * @err: may be NULL when the caller does not want to know
 * Return: always false, so that `return err_set(...)` fails the caller.
 */
bool err_set(struct err *err, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* err_prefix() - put context before the text that is there. Return: always false. */
bool err_prefix(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* err_errno() - err_set() with ": strerror(@errnum)" after the text; ERR_BROKEN becomes
 * ERR_FULL where the disk is. Return: false. */
bool err_errno(struct err *err, enum err_code code, int errnum, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

/* err_name() - short lower-case name of @code for logs, e.g. "not-found". */
const char *err_name(enum err_code code);

#endif
