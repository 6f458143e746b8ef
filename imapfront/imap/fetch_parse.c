/* What FETCH is asked for: RFC 3501 section 6.4.5 and fetch-att in section 9. */
#include "imapfront/imap/fetch.h"

enum {
	FAST = IMAP_FETCH_FLAGS | IMAP_FETCH_INTERNALDATE | IMAP_FETCH_SIZE,
	ALL = FAST | IMAP_FETCH_ENVELOPE,
	FULL = ALL | IMAP_FETCH_BODY,
	LABEL_BYTES = 64 * 1024,
	FIELD_NAME_BYTES = 1000,
};

static const struct {
	struct str name;
	unsigned items;
	bool macro; /* only alone, not in a list */
} simple[] = {
	{ { "ALL", 3 }, ALL, true },
	{ { "FAST", 4 }, FAST, true },
	{ { "FULL", 4 }, FULL, true },
	{ { "UID", 3 }, IMAP_FETCH_UID, false },
	{ { "FLAGS", 5 }, IMAP_FETCH_FLAGS, false },
	{ { "INTERNALDATE", 12 }, IMAP_FETCH_INTERNALDATE, false },
	{ { "RFC822.SIZE", 11 }, IMAP_FETCH_SIZE, false },
	{ { "ENVELOPE", 8 }, IMAP_FETCH_ENVELOPE, false },
	{ { "BODY", 4 }, IMAP_FETCH_BODY, false },
	{ { "BODYSTRUCTURE", 13 }, IMAP_FETCH_BODYSTRUCTURE, false },
	{ { "MODSEQ", 6 }, IMAP_FETCH_MODSEQ, false },
	{ { "EMAILID", 7 }, IMAP_FETCH_EMAILID, false },
	{ { "THREADID", 8 }, IMAP_FETCH_THREADID, false },
	{ { "PREVIEW", 7 }, IMAP_FETCH_PREVIEW, false },
	{ { "SAVEDATE", 8 }, IMAP_FETCH_SAVEDATE, false },
};

static const struct { /* sections under the names of RFC 822 */
	struct str name;
	enum mime_section_what what;
	bool peek;
} old[] = {
	{ { "RFC822", 6 }, MIME_SECTION_ALL, false },
	{ { "RFC822.HEADER", 13 }, MIME_SECTION_HEADER, true },
	{ { "RFC822.TEXT", 11 }, MIME_SECTION_TEXT, false },
};

struct parser {
	struct imap_reader *in;
	struct imap_fetch fetch;
	struct imap_fetch_section **tail;
	unsigned section_count;
};

static bool is_name_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '.';
}

/* The item's name: ends before '[', which an atom would not. */
static struct str take_name(struct imap_reader *in)
{
	size_t len = 0;
	struct str name;

	while (len < in->rest.len && is_name_char(in->rest.p[len]))
		len++;
	name = str_sub(in->rest, 0, len);
	in->rest = str_sub(in->rest, len, in->rest.len);
	return name;
}

/* NULL: ERR_LIMIT */
static struct imap_fetch_section *add_section(struct parser *p, struct err *err)
{
	struct imap_fetch_section *section;

	if (p->section_count++ >= IMAP_FETCH_SECTIONS_MAX) {
		err_set(err, ERR_LIMIT, "more than %d sections", IMAP_FETCH_SECTIONS_MAX);
		return NULL;
	}
	section = pool_alloc(p->in->pool, sizeof(*section));
	*p->tail = section;
	p->tail = &section->next;
	return section;
}

/* A field name in the label: as an atom where it is one, else quoted. */
static void label_field(struct str name, struct strbuf *label)
{
	bool atom = name.len > 0;

	for (size_t i = 0; i < name.len; i++)
		atom = atom && name.p[i] > ' ' && name.p[i] < 127 &&
		       !strchr("(){%*\"\\[]", name.p[i]);
	if (atom) {
		strbuf_add(label, name);
		return;
	}
	strbuf_addc(label, '"');
	for (size_t i = 0; i < name.len; i++) {
		if (name.p[i] == '"' || name.p[i] == '\\')
			strbuf_addc(label, '\\');
		strbuf_addc(label, name.p[i] < ' ' ? '?' : name.p[i]);
	}
	strbuf_addc(label, '"');
}

/* header-list = "(" header-fld-name *(SP header-fld-name) ")" */
static bool read_fields(struct imap_reader *in, struct mime_section *section,
			struct strbuf *label, struct err *err)
{
	struct str *fields = pool_alloc(in->pool,
					MIME_SECTION_FIELDS_MAX * sizeof(*fields));
	size_t count = 0;

	if (!imap_read_sp(in, err) || !imap_read_char(in, '(', err))
		return false;
	strbuf_add(label, STR(" ("));
	do {
		if (count >= MIME_SECTION_FIELDS_MAX)
			return err_set(err, ERR_LIMIT, "more than %d header fields",
				       MIME_SECTION_FIELDS_MAX);
		if (!imap_read_astring(in, &fields[count], err))
			return false;
		if (fields[count].len > FIELD_NAME_BYTES)
			return err_set(err, ERR_LIMIT, "name of a field too long");
		if (count)
			strbuf_addc(label, ' ');
		label_field(fields[count++], label);
	} while (imap_take(in, ' '));
	strbuf_addc(label, ')');
	section->fields = fields;
	section->field_count = count;
	return imap_read_char(in, ')', err);
}

static bool read_section(struct imap_reader *in, struct mime_section *section,
			 struct strbuf *label, struct err *err)
{
	struct str text = take_name(in);

	if (!mime_section_parse(text, section, err))
		return false;
	for (size_t i = 0; i < text.len; i++)
		strbuf_addc(label, text.p[i] >= 'a' && text.p[i] <= 'z'
					   ? (char)(text.p[i] - 32)
					   : text.p[i]);
	if (str_ends(strbuf_str(label), STR("HEADER")) && str_starts(in->rest, STR(".")))
		return err_set(err, ERR_SYNTAX, "bad section");
	if ((section->what == MIME_SECTION_HEADER_FIELDS ||
	     section->what == MIME_SECTION_HEADER_FIELDS_NOT) &&
	    !read_fields(in, section, label, err))
		return false;
	return imap_read_char(in, ']', err);
}

static bool read_partial(struct imap_reader *in, struct imap_fetch_section *s,
			 struct strbuf *label, struct err *err)
{
	if (!imap_take(in, '<'))
		return true;
	if (!imap_read_number(in, &s->offset, err) || !imap_read_char(in, '.', err) ||
	    !imap_read_number(in, &s->length, err) || !imap_read_char(in, '>', err))
		return false;
	if (!s->length)
		return err_set(err, ERR_SYNTAX, "partial fetch of nothing");
	s->partial = true;
	strbuf_addf(label, "<%u>", s->offset);
	return true;
}

/* Items with a section in brackets. */
static const struct {
	struct str name, label;
	enum imap_section_kind kind;
	bool peek;
} bracketed[] = {
	{ { "BODY", 4 }, { "BODY[", 5 }, IMAP_SECTION_BODY, false },
	{ { "BODY.PEEK", 9 }, { "BODY[", 5 }, IMAP_SECTION_BODY, true },
	{ { "BINARY", 6 }, { "BINARY[", 7 }, IMAP_SECTION_BINARY, false },
	{ { "BINARY.PEEK", 11 }, { "BINARY[", 7 }, IMAP_SECTION_BINARY, true },
	{ { "BINARY.SIZE", 11 }, { "BINARY.SIZE[", 12 }, IMAP_SECTION_BINARY_SIZE, true },
};

/* name section ["<" number "." nz-number ">"], from the '[' on */
static bool read_bracketed(struct parser *p, size_t row, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf label = STRBUF(LABEL_BYTES);
	struct imap_fetch_section *s;

	strbuf_add(&label, bracketed[row].label);
	if (!imap_read_char(p->in, '[', err) || !(s = add_section(p, err)) ||
	    !read_section(p->in, &s->section, &label, err))
		return false;
	s->kind = bracketed[row].kind;
	if (s->kind != IMAP_SECTION_BODY && s->section.what != MIME_SECTION_ALL)
		return err_set(err, ERR_SYNTAX, "BINARY is of whole parts");
	strbuf_addc(&label, ']');
	if ((s->kind != IMAP_SECTION_BINARY_SIZE &&
	     !read_partial(p->in, s, &label, err)) ||
	    !strbuf_ok(&label, err))
		return false;
	s->label = pool_dup(p->in->pool, strbuf_str(&label));
	p->fetch.sets_seen |= !bracketed[row].peek;
	return true;
}

static bool read_item(struct parser *p, bool alone, struct err *err)
{
	struct str name = take_name(p->in);

	for (size_t i = 0; imap_peek(p->in, '[') && i < ARRAY_LEN(bracketed); i++)
		if (str_eq_nocase(name, bracketed[i].name))
			return read_bracketed(p, i, err);
	for (size_t i = 0; i < ARRAY_LEN(simple); i++)
		if (str_eq_nocase(name, simple[i].name) && (alone || !simple[i].macro)) {
			p->fetch.items |= simple[i].items;
			if (simple[i].items == IMAP_FETCH_PREVIEW &&
			    imap_take_word(p->in, STR(" (LAZY)")))
				p->fetch.items |= IMAP_FETCH_PREVIEW_LAZY;
			return true;
		}
	for (size_t i = 0; i < ARRAY_LEN(old); i++) {
		struct imap_fetch_section *s;

		if (!str_eq_nocase(name, old[i].name))
			continue;
		if (!(s = add_section(p, err)))
			return false;
		s->section.what = old[i].what;
		s->label = old[i].name;
		p->fetch.sets_seen |= !old[i].peek;
		return true;
	}
	return err_set(err, ERR_SYNTAX, "unknown item to fetch");
}

bool imap_fetch_parse(struct imap_reader *in, struct imap_fetch *fetch_r, struct err *err)
{
	struct parser p = { .in = in, .fetch.labels = in->labels };

	p.tail = &p.fetch.sections;
	if (!imap_take(in, '(')) {
		if (!read_item(&p, true, err))
			return false;
	} else {
		do {
			if (!read_item(&p, false, err))
				return false;
		} while (imap_take(in, ' '));
		if (!imap_read_char(in, ')', err))
			return false;
	}
	*fetch_r = p.fetch;
	return true;
}
