/* The one table from error codes to IMAP: see status.h. */
#include "imapfront/imap/status.h"

static const struct {
	const char *condition, *code;
} rows[] = {
	[ERR_OK] = { "OK", "" },
	[ERR_SYNTAX] = { "BAD", "" },
	[ERR_STATE] = { "NO", "[CANNOT] " },
	[ERR_NOT_FOUND] = { "NO", "[NONEXISTENT] " },
	[ERR_EXISTS] = { "NO", "[ALREADYEXISTS] " },
	[ERR_DENIED] = { "NO", "[NOPERM] " },
	[ERR_LIMIT] = { "NO", "[LIMIT] " },
	[ERR_QUOTA] = { "NO", "[OVERQUOTA] " },
	[ERR_AUTH] = { "NO", "[AUTHENTICATIONFAILED] " },
	[ERR_OFFLINE] = { "NO", "[UNAVAILABLE] " },
	[ERR_THROTTLED] = { "NO", "[UNAVAILABLE] " },
	[ERR_BROKEN] = { "NO", "[SERVERBUG] " },
	[ERR_FULL] = { "NO", "[UNAVAILABLE] " },
};
_Static_assert(ARRAY_LEN(rows) == ERR_CODE_COUNT, "a row for each code");

void imap_status_write(const struct err *err, struct strbuf *out)
{
	struct str text = str_from(err->text);

	strbuf_addf(out, "%s %s", rows[err->code].condition, rows[err->code].code);
	/* resp-text must not start with '[' and holds printable ASCII only. */
	if (!text.len)
		strbuf_add(out, STR("failed"));
	else if (text.p[0] == '[')
		strbuf_add(out, STR("error: "));
	for (size_t i = 0; i < text.len; i++)
		strbuf_addc(out, text.p[i] < ' ' || text.p[i] > '~' ? '?' : text.p[i]);
}
