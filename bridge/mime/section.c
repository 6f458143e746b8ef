/*
 * Sections. Part numbers count inside a multipart; a message that is none has its body
 * as part 1; numbers go through message/rfc822 to the parts of the message in it.
 */
#include "bridge/mime/section.h"

#include "base/num.h"
#include "bridge/mime/header.h"

static bool read_what(struct str word, bool has_path, enum mime_section_what *what_r)
{
	static const struct {
		struct str name;
		enum mime_section_what what;
	} names[] = {
		{ { "HEADER", 6 }, MIME_SECTION_HEADER },
		{ { "HEADER.FIELDS", 13 }, MIME_SECTION_HEADER_FIELDS },
		{ { "HEADER.FIELDS.NOT", 17 }, MIME_SECTION_HEADER_FIELDS_NOT },
		{ { "TEXT", 4 }, MIME_SECTION_TEXT },
		{ { "MIME", 4 }, MIME_SECTION_MIME },
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq_nocase(word, names[i].name)) {
			*what_r = names[i].what;
			return has_path || names[i].what != MIME_SECTION_MIME;
		}
	return false;
}

bool mime_section_parse(struct str text, struct mime_section *section_r, struct err *err)
{
	struct mime_section *s = section_r;
	struct str rest = text, number;

	*s = (struct mime_section){ 0 };
	if (!text.len)
		return true;
	while (rest.len && rest.p[0] >= '0' && rest.p[0] <= '9') {
		if (s->path_len == MIME_DEPTH_MAX)
			return err_set(err, ERR_LIMIT, "section too deep");
		if (!str_split(&rest, '.', &number) ||
		    !num_u32(number, &s->path[s->path_len++]) ||
		    s->path[s->path_len - 1] == 0)
			return err_set(err, ERR_SYNTAX, "bad part number in section");
		if (!rest.p)
			return true;
	}
	if (!read_what(rest, s->path_len > 0, &s->what))
		return err_set(err, ERR_SYNTAX, "bad section");
	return true;
}

static const struct mime_part *nth_child(const struct mime_part *part, uint32_t n)
{
	const struct mime_part *child = part->child;

	while (child && --n)
		child = child->next;
	return child;
}

const struct mime_part *mime_section_part(const struct mime_tree *tree,
					  const struct mime_section *section)
{
	const struct mime_part *part = tree->root;
	bool whole = true; /* part is a message, not yet its body as part 1 */
	bool one = false; /* a 1 was taken for the part itself */

	for (size_t i = 0; i < section->path_len && part; i++) {
		if (!whole && part->kind == MIME_MESSAGE) {
			part = part->child;
			one = false;
		}
		if (part->kind == MIME_MULTIPART) {
			part = nth_child(part, section->path[i]);
		} else {
			/* Also "2.1" where 2 has no parts, as in Dovecot. */
			if (one || section->path[i] != 1)
				return NULL;
			one = true;
		}
		whole = false;
	}
	return part;
}

struct str mime_section_header(struct str header, const struct mime_section *section,
			       struct strbuf *scratch)
{
	bool inverse = section->what == MIME_SECTION_HEADER_FIELDS_NOT;

	if (section->what == MIME_SECTION_HEADER)
		return header;
	strbuf_reset(scratch);
	mime_header_fields(header, section->fields, section->field_count, inverse,
			   scratch);
	/* RFC 9051 section 6.4.5.1 wants a blank line where the header has one. Other
	 * servers end a choice of a message's fields with one in any case. */
	if (!inverse && section->path_len == 0 &&
	    !str_ends(strbuf_str(scratch), STR("\n\r\n")) &&
	    !str_eq(strbuf_str(scratch), STR("\r\n")))
		strbuf_add(scratch, STR("\r\n"));
	return strbuf_str(scratch);
}

/* HEADER and TEXT are of a message: the whole one, or one that is a part. */
static const struct mime_part *message_at(const struct mime_tree *tree,
					  const struct mime_section *section)
{
	const struct mime_part *part = mime_section_part(tree, section);

	if (!part || section->path_len == 0)
		return part;
	return part->kind == MIME_MESSAGE ? part->child : NULL;
}

static bool get_of_message(const struct mime_part *message,
			   const struct mime_section *section, struct strbuf *scratch,
			   struct str *octets_r)
{
	if (!message)
		return false;
	if (section->what == MIME_SECTION_TEXT) {
		*octets_r = message->body;
	} else {
		*octets_r = mime_section_header(message->header, section, scratch);
	}
	return true;
}

bool mime_section_get(const struct mime_tree *tree, const struct mime_section *section,
		      struct strbuf *scratch, struct str *octets_r)
{
	const struct mime_part *part;

	if (section->what != MIME_SECTION_ALL && section->what != MIME_SECTION_MIME)
		return get_of_message(message_at(tree, section), section, scratch,
				      octets_r);
	part = mime_section_part(tree, section);
	if (!part)
		return false;
	if (section->what == MIME_SECTION_MIME)
		*octets_r = part->header;
	else
		*octets_r = section->path_len ? part->body : tree->octets;
	return true;
}
