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

void imap_keyword_encode(struct str name, struct strbuf *atom)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.p[i];

		if (is_atom_char(c) && !is_escape(str_sub(name, i, name.len)))
			strbuf_addc(atom, c);
		else
			strbuf_addf(atom, "=%02X", (unsigned char)c);
	}
}

void imap_keyword_decode(struct str atom, struct strbuf *name)
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
