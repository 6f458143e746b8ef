/*
 * Directory and file names: letters, digits and a few signs; no leading dot (hidden to
 * vdir readers); hashes in lower case, because server ids may differ only in case.
 */
#include "calendar/files_name.h"

#include "base/utf8.h"
#include "calendar/hash.h"

#define DIR_BYTES_MAX 100
#define UID_BYTES_MAX 64

static bool is_plain(uint32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-' || c == '+';
}

void files_name_dir(const char *folder, struct strbuf *out)
{
	struct str rest = str_from(folder);
	size_t from = out->len;

	while (rest.len && out->len - from < DIR_BYTES_MAX) {
		uint32_t c = utf8_next(&rest);

		if (c == UTF8_BAD || (c == '.' && out->len == from) ||
		    (c < 0xA0 && !is_plain(c)))
			c = '_';
		utf8_add(out, c);
	}
	if (out->len == from)
		strbuf_add(out, STR("calendar"));
}

static void add_hash(const char *text, struct strbuf *out)
{
	char hex[HASH_HEX_MAX];

	hash_hex(text, str_from(text).len, hex);
	strbuf_addf(out, "%.40s.ics", hex);
}

void files_name_event(const char *uid, struct strbuf *out)
{
	struct str text = str_from(uid);
	bool plain = text.len && text.len <= UID_BYTES_MAX && uid[0] != '.';

	for (size_t i = 0; i < text.len; i++)
		plain = plain && (is_plain((unsigned char)uid[i]) || uid[i] == '@');
	if (plain)
		strbuf_addf(out, "%s.ics", uid);
	else
		add_hash(uid, out);
}

void files_name_other(const char *item_id, struct strbuf *out)
{
	strbuf_add(out, STR("x"));
	add_hash(item_id, out);
}
