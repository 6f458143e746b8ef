/* Errors as values: see err.h. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* Texts quote what peers say. Cut in the middle of a character by the buffer's end, or
 * with a line break in it, one would spoil a line of the protocol or a JSON document. */
static bool tidy(struct err *err)
{
	struct str rest = str_from(err->text);

	while (rest.len > 0) {
		char *at = err->text + (rest.p - err->text);
		bool cut = rest.len < 4 && strlen(err->text) == sizeof(err->text) - 1;
		uint32_t code = utf8_next(&rest);

		if (code == UTF8_BAD && cut)
			*at = '\0';
		else if (code == UTF8_BAD)
			*at = '?';
		else if (code < 0x20 || code == 0x7F)
			*at = ' ';
		if (!*at)
			break;
	}
	return false;
}

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
	return tidy(err);
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
	return tidy(err);
}

bool err_errno(struct err *err, enum err_code code, int errnum, const char *fmt, ...)
{
	char reason[80];
	size_t used;
	va_list ap;

	if (!err)
		return false;
	err->code = code;
	if (code == ERR_BROKEN && (errnum == ENOSPC || errnum == EDQUOT))
		err->code = ERR_FULL;
	err->retry_after_s = 0;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	if (strerror_r(errnum, reason, sizeof(reason)) != 0)
		snprintf(reason, sizeof(reason), "error %d", errnum);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s", reason);
	return tidy(err);
}

const char *err_name(enum err_code code)
{
	static const char *const names[] = {
		"ok",	"syntax",  "state",	"not-found", "exists", "denied", "limit",
		"auth", "offline", "throttled", "broken",    "full",   "quota",
	};

	_Static_assert(ARRAY_LEN(names) == ERR_CODE_COUNT, "a name for each code");
	return (unsigned)code < ERR_CODE_COUNT ? names[code] : "?";
}
