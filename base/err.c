/* Errors as values: see err.h. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return false;
	err->code = code;
	err->retry_after_s = 0;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return false;
}

bool err_prefix(struct err *err, const char *fmt, ...)
{
	char old[sizeof(err->text)];
	size_t used;
	va_list ap;

	if (!err)
		return false;
	memcpy(old, err->text, sizeof(old));
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s", old);
	return false;
}

bool err_errno(struct err *err, enum err_code code, int errnum, const char *fmt, ...)
{
	char reason[80];
	size_t used;
	va_list ap;

	if (!err)
		return false;
	err->code = code;
	err->retry_after_s = 0;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	if (strerror_r(errnum, reason, sizeof(reason)) != 0)
		snprintf(reason, sizeof(reason), "error %d", errnum);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s", reason);
	return false;
}

const char *err_name(enum err_code code)
{
	static const char *const names[] = {
		"ok",	 "syntax", "state",   "not-found", "exists", "denied",
		"limit", "auth",   "offline", "throttled", "broken",
	};

	_Static_assert(ARRAY_LEN(names) == ERR_CODE_COUNT, "a name for each code");
	return (unsigned)code < ERR_CODE_COUNT ? names[code] : "?";
}
