/* IMAP sections: BODY[1.2.HEADER], BODY[TEXT], ... (RFC 9051 section 6.4.5.1). */
#ifndef BRIDGE_MIME_SECTION_H
#define BRIDGE_MIME_SECTION_H

#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "bridge/mime/structure.h"

#define MIME_SECTION_FIELDS_MAX 1000

enum mime_section_what {
	MIME_SECTION_ALL, /* [] or [1.2] */
	MIME_SECTION_HEADER,
	MIME_SECTION_HEADER_FIELDS,
	MIME_SECTION_HEADER_FIELDS_NOT,
	MIME_SECTION_TEXT,
	MIME_SECTION_MIME
};

struct mime_section {
	uint32_t path[MIME_DEPTH_MAX]; /* part numbers, from 1 */
	size_t path_len;
	enum mime_section_what what;
	const struct str *fields; /* names for HEADER_FIELDS(_NOT); borrowed */
	size_t field_count;
};

/*
 * mime_section_parse() - the text between the brackets, up to a list of field names
 * @text: "", "1.2", "HEADER", "1.MIME", "HEADER.FIELDS" ...; the list of names, which may
 *        hold literals, is the caller's to read and to put into fields
 * Errors: ERR_SYNTAX, ERR_LIMIT (path too deep).
 */
MUST_CHECK bool mime_section_parse(struct str text, struct mime_section *section_r,
				   struct err *err);

/* mime_section_part() - the part at the section's path, NULL if there is none. */
const struct mime_part *mime_section_part(const struct mime_tree *tree,
					  const struct mime_section *section);

/* mime_section_header() - the fields of @header (or all) that the section asks for. */
struct str mime_section_header(struct str header, const struct mime_section *section,
			       struct strbuf *scratch);

/*
 * mime_section_get() - the section's octets
 * @scratch: holds chosen header fields; anything else is borrowed from the message
 * Return: false if the message has no such section (answer NIL).
 */
bool mime_section_get(const struct mime_tree *tree, const struct mime_section *section,
		      struct strbuf *scratch, struct str *octets_r);

#endif
