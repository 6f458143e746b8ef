/* The one table from error codes to SMTP: see status.h. */
#include "imapfront/smtp/status.h"

static const char *const REPLIES[] = {
	[ERR_OK] = "250 2.0.0",	     [ERR_SYNTAX] = "554 5.6.0",
	[ERR_STATE] = "554 5.3.0",   [ERR_NOT_FOUND] = "550 5.1.1",
	[ERR_EXISTS] = "554 5.3.0",  [ERR_DENIED] = "550 5.7.1",
	[ERR_LIMIT] = "552 5.3.4",   [ERR_AUTH] = "451 4.7.0",
	[ERR_OFFLINE] = "451 4.4.1", [ERR_THROTTLED] = "451 4.3.2",
	[ERR_BROKEN] = "451 4.3.0",  [ERR_FULL] = "452 4.3.1",
	[ERR_QUOTA] = "552 5.2.2",
};
_Static_assert(ARRAY_LEN(REPLIES) == ERR_CODE_COUNT, "a reply for each code");

void smtp_status_write(const struct err *err, struct strbuf *out)
{
	strbuf_addf(out, "%s ", REPLIES[err->code]);
	if (!err->text[0])
		strbuf_add(out, STR("failed"));
	for (const char *c = err->text; *c; c++)
		strbuf_addc(out, *c < ' ' || *c > '~' ? '?' : *c);
}
