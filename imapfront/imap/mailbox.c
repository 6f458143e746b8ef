/* Mailbox names between wire and store, and LIST's wildcards: see mailbox.h. */
#include "imapfront/imap/mailbox.h"

#include "base/utf8.h"
#include "bridge/mime/utf7.h"

/* "%2F" or "%25" at the front? */
static bool is_escape(struct str s)
{
	return str_starts_nocase(s, STR("%2f")) || str_starts(s, STR("%25"));
}

static bool is_inbox(struct str wire)
{
	struct str first = wire;
	ptrdiff_t slash = str_find_char(wire, '/');

	if (slash >= 0)
		first = str_sub(wire, 0, (size_t)slash);
	return str_eq_nocase(first, STR("INBOX"));
}

static bool check_names(struct str path, struct err *err)
{
	struct str rest = path, name;

	for (size_t i = 0; i < path.len; i++)
		if ((unsigned char)path.p[i] < ' ' || path.p[i] == 127)
			return err_set(err, ERR_STATE,
				       "mailbox name with a control character");
	if (path.len && path.p[path.len - 1] == '/')
		return err_set(err, ERR_STATE, "mailbox name with an empty part");
	while (str_split(&rest, '/', &name))
		if (!name.len)
			return err_set(err, ERR_STATE, "mailbox name with an empty part");
	return true;
}

static void escape_percent(struct str utf8, struct strbuf *path)
{
	for (size_t i = 0; i < utf8.len; i++) {
		struct str rest = str_sub(utf8, i, utf8.len);

		if (is_escape(rest)) {
			strbuf_add_cstr(path, rest.p[2] == '5' ? "%25" : "%2F");
			i += 2;
		} else if (utf8.p[i] == '%') {
			strbuf_add(path, STR("%25"));
		} else {
			strbuf_addc(path, utf8.p[i]);
		}
	}
}

static bool decode(struct str wire, bool is_utf8, struct strbuf *utf8, struct err *err)
{
	struct err why;

	if (!is_utf8)
		return mime_utf7_decode(wire, utf8, &why) ||
		       err_set(err, ERR_STATE, "mailbox name: %s", why.text);
	strbuf_add(utf8, wire);
	return utf8_valid(wire) ||
	       err_set(err, ERR_STATE, "mailbox name that is no UTF-8");
}

bool imap_mailbox_path(struct str wire, bool is_utf8, struct strbuf *path,
		       struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf utf8 = STRBUF(IMAP_MAILBOX_BYTES);
	size_t start = path->len;

	if (wire.len > 1 && wire.p[wire.len - 1] == '/')
		wire.len--;
	if (!wire.len)
		return err_set(err, ERR_STATE, "empty mailbox name");
	if (is_inbox(wire)) {
		strbuf_add(&utf8, STR("INBOX"));
		wire = str_sub(wire, 5, wire.len);
	}
	if (!decode(wire, is_utf8, &utf8, err))
		return false;
	escape_percent(strbuf_str(&utf8), path);
	return strbuf_ok(&utf8, err) && strbuf_ok(path, err) &&
	       check_names(str_sub(strbuf_str(path), start, path->len), err);
}

void imap_mailbox_wire(struct str path, bool is_utf8, struct strbuf *wire)
{
	CLEANUP(strbuf_finish) struct strbuf utf8 = STRBUF(IMAP_MAILBOX_BYTES);

	for (size_t i = 0; i < path.len; i++) {
		struct str rest = str_sub(path, i, path.len);

		strbuf_addc(&utf8, path.p[i]);
		/* "%25" stays only where a bare '%' would read as an escape. */
		if (str_starts(rest, STR("%25"))) {
			struct str after = str_sub(rest, 3, rest.len);

			if (str_starts(after, STR("25")) ||
			    str_starts_nocase(after, STR("2f")))
				strbuf_add(&utf8, STR("25"));
			i += 2;
		}
	}
	if (is_utf8)
		strbuf_add(wire, strbuf_str(&utf8));
	else
		mime_utf7_encode(strbuf_str(&utf8), wire);
}

void imap_mailbox_quote(struct str path, bool utf8, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf wire = STRBUF(2 * IMAP_MAILBOX_BYTES);

	imap_mailbox_wire(path, utf8, &wire);
	strbuf_addc(out, '"');
	for (size_t i = 0; i < wire.len; i++) {
		if (wire.p[i] == '"' || wire.p[i] == '\\')
			strbuf_addc(out, '\\');
		strbuf_addc(out, wire.p[i]);
	}
	strbuf_addc(out, '"');
}

/*
 * Greedy with one point to come back to per kind of wildcard: the last '*' may take one
 * octet more at any time, the last '%' behind it only up to the next '/'.
 */
static bool match(struct str pattern, struct str name)
{
	size_t p = 0, n = 0, star_p = 0, star_n = 0, part_p = 0, part_n = 0;
	bool star = false, part = false;

	while (n < name.len || p < pattern.len) {
		char c = p < pattern.len ? pattern.p[p] : '\0';

		if (p < pattern.len && c == '*') {
			star = true;
			part = false;
			star_p = ++p;
			star_n = n;
		} else if (p < pattern.len && c == '%') {
			part = true;
			part_p = ++p;
			part_n = n;
		} else if (p < pattern.len && n < name.len && c == name.p[n]) {
			p++;
			n++;
		} else if (part && part_n < name.len && name.p[part_n] != '/') {
			n = ++part_n;
			p = part_p;
		} else if (star && star_n < name.len) {
			n = ++star_n;
			p = star_p;
			part = false;
		} else {
			return false;
		}
	}
	return true;
}

bool imap_mailbox_match(struct str pattern, struct str wire)
{
	CLEANUP(strbuf_finish) struct strbuf upper = STRBUF(IMAP_MAILBOX_BYTES);

	/* "inbox", "Inbox/%", but also "in*": compare the first five without case. */
	if (is_inbox(wire)) {
		size_t same = 0;

		while (same < 5 && same < pattern.len &&
		       str_lower_char(pattern.p[same]) == "inbox"[same])
			same++;
		strbuf_add(&upper, str_sub(wire, 0, same));
		strbuf_add(&upper, str_sub(pattern, same, pattern.len));
		pattern = strbuf_str(&upper);
	}
	return match(pattern, wire);
}
