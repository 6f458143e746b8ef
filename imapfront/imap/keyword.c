/* The reversible code between categories and IMAP keywords: see keyword.h. */
#include "imapfront/imap/keyword.h"

#include "base/num.h"

static bool is_atom_char(char c)
{
	return c > ' ' && c < 127 && !strchr("(){%*\"\\]", c);
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

/* Does @s start with "=XX"? */
static bool is_escape(struct str s)
{
	return s.len >= 3 && s.p[0] == '=' && is_hex(s.p[1]) && is_hex(s.p[2]);
}

/* "$label3" is 2 if it stands for a category, else -1. */
static int label_number(struct str atom, const struct message_labels *labels)
{
	static const struct str start = { "$label", 6 };
	int i;

	if (!labels || atom.len != start.len + 1 ||
	    !str_eq_nocase(str_sub(atom, 0, start.len), start))
		return -1;
	i = atom.p[start.len] - '1';
	return i >= 0 && i < MESSAGE_LABELS && labels->categories[i] ? i : -1;
}

static int label_of(struct str name, const struct message_labels *labels)
{
	for (int i = 0; labels && i < MESSAGE_LABELS; i++)
		if (labels->categories[i] &&
		    str_eq_nocase(name, str_from(labels->categories[i])))
			return i;
	return -1;
}

#define BY_NAME "-by-name"

bool imap_keyword_is_stale(struct str name, const struct message_labels *labels)
{
	return label_number(name, labels) >= 0 ||
	       (str_starts_nocase(name, STR("$label")) && str_ends(name, STR(BY_NAME)));
}

bool imap_keyword_by_name(struct str name, const struct message_labels *labels,
			  struct strbuf *mark)
{
	int label = label_of(name, labels);

	if (label < 0)
		return false;
	strbuf_addf(mark, "$label%d" BY_NAME, label + 1);
	return true;
}

void imap_keyword_encode(struct str name, const struct message_labels *labels,
			 struct strbuf *atom)
{
	int label = label_of(name, labels);

	if (label >= 0) {
		strbuf_addf(atom, "$label%d", label + 1);
		return;
	}
	if (name.len > 1 && name.p[0] == MESSAGE_CATEGORY_MARK) {
		name = message_category_name(name);
		strbuf_addf(atom, "=%02X", (unsigned char)name.p[0]);
		name = str_sub(name, 1, name.len);
	}
	for (size_t i = 0; i < name.len; i++) {
		char c = name.p[i];

		if (is_atom_char(c) && !is_escape(str_sub(name, i, name.len)))
			strbuf_addc(atom, c);
		else
			strbuf_addf(atom, "=%02X", (unsigned char)c);
	}
}

static void unescape(struct str atom, struct strbuf *name)
{
	for (size_t i = 0; i < atom.len; i++) {
		struct str rest = str_sub(atom, i, atom.len);
		uint64_t value;

		if (is_escape(rest) && num_hex_u64(str_sub(rest, 1, 2), &value) &&
		    value != '\n' && value != '\0') {
			strbuf_addc(name, (char)value);
			i += 2;
		} else {
			strbuf_addc(name, atom.p[i]);
		}
	}
}

/* "=24Budget" is the category "$Budget"; "$Budget" is a client's own mark. */
void imap_keyword_decode(struct str atom, const struct message_labels *labels,
			 struct strbuf *name)
{
	CLEANUP(strbuf_finish) struct strbuf raw = STRBUF(IMAP_KEYWORD_BYTES);
	int label = label_number(atom, labels);

	if (label >= 0) {
		strbuf_add_cstr(name, labels->categories[label]);
		return;
	}
	unescape(atom, &raw);
	if (is_escape(atom))
		message_category_in(strbuf_str(&raw), name);
	else
		strbuf_add(name, strbuf_str(&raw));
}
