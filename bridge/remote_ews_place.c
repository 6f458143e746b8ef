/*
 * Where Autodiscover found the server, kept in the account's directory for a start
 * without it: a file "server" with the address that was asked for and the URL, a line
 * each.
 */
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "bridge/remote_ews.h"

enum { PLACE_MAX_BYTES = 2000 };

char *remote_ews_place_read(const char *path, const char *address)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(PLACE_MAX_BYTES);
	struct str rest, asked_for, url;

	if (!file_read(path, &text, NULL))
		return NULL;
	rest = strbuf_str(&text);
	if (!str_split(&rest, '\n', &asked_for) || !str_split(&rest, '\n', &url) ||
	    !str_eq_nocase(asked_for, str_from(address)) ||
	    !(str_starts_nocase(url, STR("https://")) ||
	      str_starts_nocase(url, STR("http://"))))
		return NULL;
	return mem_strndup(url.p, url.len);
}

void remote_ews_place_write(const char *path, const char *address, const char *url)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(PLACE_MAX_BYTES);
	struct err err;

	strbuf_addf(&text, "%s\n%s\n", address, url);
	if (!strbuf_ok(&text, &err) || !file_replace(path, strbuf_str(&text), 0600, &err))
		log_warn("ews", "the server's place is not kept: %s", err.text);
}
