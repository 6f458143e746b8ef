/* The grammar's words: see reader.h. */
#include "imapfront/imap/reader.h"

#include <string.h>

#include "base/num.h"
#include "imapfront/imap/flags.h"
#include "imapfront/imap/mailbox.h"

static bool fail(const struct imap_reader *in, const char *wanted, struct err *err)
{
	return err_set(err, ERR_SYNTAX,
		       in->rest.len ? "expected %s" : "expected %s at the end", wanted);
}

static void skip(struct imap_reader *in, size_t len)
{
	in->rest = str_sub(in->rest, len, in->rest.len);
}

/* ATOM-CHAR: RFC 3501 section 9. */
static bool is_atom_char(char c)
{
	return c > ' ' && c < 127 && !strchr("(){%*\"\\]", c);
}

static struct str take_while(struct imap_reader *in, bool (*wanted)(char))
{
	size_t len = 0;
	struct str taken;

	while (len < in->rest.len && wanted(in->rest.p[len]))
		len++;
	taken = str_sub(in->rest, 0, len);
	skip(in, len);
	return taken;
}

bool imap_peek(const struct imap_reader *in, char c)
{
	return in->rest.len && in->rest.p[0] == c;
}

bool imap_at_end(const struct imap_reader *in)
{
	return in->rest.len == 0;
}

bool imap_take(struct imap_reader *in, char c)
{
	if (!imap_peek(in, c))
		return false;
	skip(in, 1);
	return true;
}

bool imap_take_word(struct imap_reader *in, struct str word)
{
	if (!str_starts_nocase(in->rest, word) ||
	    (in->rest.len > word.len && is_atom_char(in->rest.p[word.len])))
		return false;
	skip(in, word.len);
	return true;
}

bool imap_read_char(struct imap_reader *in, char c, struct err *err)
{
	char wanted[] = { '\'', c, '\'', '\0' };

	return imap_take(in, c) || fail(in, wanted, err);
}

bool imap_read_sp(struct imap_reader *in, struct err *err)
{
	return imap_take(in, ' ') || fail(in, "a space", err);
}

bool imap_read_end(struct imap_reader *in, struct err *err)
{
	/* Blanks before the line's end are wrong, and some clients send them. */
	while (imap_take(in, ' '))
		;
	return imap_at_end(in) || fail(in, "the end of the line", err);
}

static bool is_tag_char(char c)
{
	return c != '+' && (is_atom_char(c) || c == ']');
}

bool imap_read_tag(struct imap_reader *in, struct str *tag_r, struct err *err)
{
	*tag_r = take_while(in, is_tag_char);
	return tag_r->len || fail(in, "a tag", err);
}

bool imap_read_atom(struct imap_reader *in, struct str *atom_r, struct err *err)
{
	*atom_r = take_while(in, is_atom_char);
	return atom_r->len || fail(in, "a word", err);
}

static bool read_quoted(struct imap_reader *in, struct str *text_r, struct err *err)
{
	size_t end = 1, len = 0;
	char *text;

	while (end < in->rest.len && in->rest.p[end] != '"') {
		if (in->rest.p[end] == '\r' || in->rest.p[end] == '\n' ||
		    in->rest.p[end] == '\0')
			return fail(in, "a quoted string", err);
		end += in->rest.p[end] == '\\' ? 2 : 1;
	}
	if (end >= in->rest.len)
		return err_set(err, ERR_SYNTAX, "quoted string without its end");
	text = pool_alloc(in->pool, end);
	for (size_t i = 1; i < end; i++) {
		if (in->rest.p[i] == '\\')
			i++;
		text[len++] = in->rest.p[i];
	}
	*text_r = str_make(text, len);
	skip(in, end + 1);
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool read_literal_head(struct imap_reader *in, uint64_t *size_r, bool *plus_r,
			      struct err *err)
{
	struct str digits;
	bool plus;

	if (!imap_take(in, '{'))
		return fail(in, "a literal", err);
	digits = take_while(in, is_digit);
	plus = imap_take(in, '+');
	if (!num_u64(digits, size_r) || !imap_take(in, '}'))
		return err_set(err, ERR_SYNTAX, "bad size of a literal");
	*plus_r = plus;
	return true;
}

static bool read_literal(struct imap_reader *in, struct str *text_r, struct err *err)
{
	uint64_t size;
	bool plus;

	if (!read_literal_head(in, &size, &plus, err))
		return false;
	if (!str_starts(in->rest, STR("\r\n")) || in->rest.len - 2 < size)
		return err_set(err, ERR_SYNTAX, "literal is not all here");
	*text_r = str_sub(in->rest, 2, (size_t)size);
	skip(in, 2 + (size_t)size);
	return !memchr(text_r->p, '\0', text_r->len) ||
	       err_set(err, ERR_SYNTAX, "NUL in a literal");
}

bool imap_read_string(struct imap_reader *in, struct str *text_r, struct err *err)
{
	if (imap_peek(in, '"'))
		return read_quoted(in, text_r, err);
	if (imap_peek(in, '{'))
		return read_literal(in, text_r, err);
	return fail(in, "a string", err);
}

/* ASTRING-CHAR, and the wildcards: imaplib2 sends them without quotes in names. */
static bool is_astring_char(char c)
{
	return is_atom_char(c) || c == ']' || c == '%' || c == '*';
}

bool imap_read_astring(struct imap_reader *in, struct str *text_r, struct err *err)
{
	if (imap_peek(in, '"') || imap_peek(in, '{'))
		return imap_read_string(in, text_r, err);
	*text_r = take_while(in, is_astring_char);
	return text_r->len || fail(in, "a string", err);
}

bool imap_read_nstring(struct imap_reader *in, struct str *text_r, struct err *err)
{
	if (!imap_take_word(in, STR("NIL")))
		return imap_read_string(in, text_r, err);
	*text_r = STR_NONE;
	return true;
}

bool imap_read_number64(struct imap_reader *in, uint64_t *number_r, struct err *err)
{
	return num_u64(take_while(in, is_digit), number_r) || fail(in, "a number", err);
}

bool imap_read_number(struct imap_reader *in, uint32_t *number_r, struct err *err)
{
	return num_u32(take_while(in, is_digit), number_r) || fail(in, "a number", err);
}

static bool is_set_char(char c)
{
	return is_digit(c) || c == ',' || c == ':' || c == '*' || c == '$';
}

bool imap_read_set(struct imap_reader *in, struct imap_set *set_r, struct err *err)
{
	return imap_set_parse(take_while(in, is_set_char), in->pool, set_r, err);
}

bool imap_read_mailbox(struct imap_reader *in, struct str *path_r, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf path = STRBUF(IMAP_MAILBOX_BYTES);
	struct str wire;

	if (!imap_read_astring(in, &wire, err) ||
	    !imap_mailbox_path(wire, in->utf8, &path, err))
		return false;
	*path_r = pool_dup(in->pool, strbuf_str(&path));
	return true;
}

bool imap_read_pattern(struct imap_reader *in, struct str *pattern_r, struct err *err)
{
	if (imap_peek(in, '"') || imap_peek(in, '{')) {
		if (!imap_read_string(in, pattern_r, err))
			return false;
	} else {
		*pattern_r = take_while(in, is_astring_char);
		if (!pattern_r->len)
			return fail(in, "a mailbox pattern", err);
	}
	return pattern_r->len <= IMAP_MAILBOX_BYTES ||
	       err_set(err, ERR_LIMIT, "mailbox pattern longer than %d bytes",
		       IMAP_MAILBOX_BYTES);
}

static bool read_flag(struct imap_reader *in, unsigned *flags, struct strbuf *keywords,
		      struct err *err)
{
	const char *start = in->rest.p;
	size_t before = in->rest.len;
	struct str atom;

	imap_take(in, '\\');
	return imap_read_atom(in, &atom, err) &&
	       imap_flag_add(str_make(start, before - in->rest.len), in->labels, flags,
			     keywords, err);
}

bool imap_read_flags(struct imap_reader *in, bool bare, unsigned *flags_r,
		     struct str *keywords_r, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf keywords = STRBUF(IMAP_KEYWORDS_BYTES);
	bool list = imap_take(in, '(');
	unsigned flags = 0, count = 0;

	if (!list && !bare)
		return fail(in, "a list of flags", err);
	while (!(list && imap_peek(in, ')'))) {
		if (count++ && !imap_read_sp(in, err))
			return false;
		if (count > IMAP_FLAGS_MAX)
			return err_set(err, ERR_LIMIT, "more than %d flags",
				       IMAP_FLAGS_MAX);
		if (!read_flag(in, &flags, &keywords, err))
			return false;
		if (!list && !imap_peek(in, ' '))
			break;
	}
	if (list && !imap_read_char(in, ')', err))
		return false;
	*flags_r = flags;
	*keywords_r = pool_dup(in->pool, strbuf_str(&keywords));
	return true;
}

bool imap_read_literal_size(struct imap_reader *in, uint64_t *size_r, bool *plus_r,
			    struct err *err)
{
	return read_literal_head(in, size_r, plus_r, err) &&
	       (imap_at_end(in) || fail(in, "the end of the line", err));
}

bool imap_literal_at_end(struct str line, uint64_t *size_r, bool *plus_r)
{
	size_t end = line.len, start;
	bool plus;

	if (end < 3 || line.p[--end] != '}')
		return false;
	plus = line.p[end - 1] == '+';
	if (plus)
		end--;
	start = end;
	while (start && is_digit(line.p[start - 1]))
		start--;
	if (start == end || !start || line.p[start - 1] != '{')
		return false;
	if (!num_u64(str_sub(line, start, end - start), size_r))
		*size_r = UINT64_MAX;
	*plus_r = plus;
	return true;
}
