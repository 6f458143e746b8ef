/*
 * The tree of parts of a message (RFC 5322, RFC 2045, RFC 2046) with the places of
 * headers and bodies in the original octets. Any input gives a tree: what is broken is
 * taken as text or left out, never refused.
 */
#ifndef BRIDGE_MIME_STRUCTURE_H
#define BRIDGE_MIME_STRUCTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

#define MIME_DEPTH_MAX 100 /* nested parts; deeper ones are left as plain content */
#define MIME_PARTS_MAX 10000 /* of one message; later ones are left as plain content */
#define MIME_PARAMS_MAX 500 /* of one field; later ones are left out */

enum mime_kind { MIME_LEAF, MIME_MULTIPART, MIME_MESSAGE };

enum mime_encoding {
	MIME_ENCODING_NONE, /* 7bit, 8bit, binary, absent */
	MIME_ENCODING_QP,
	MIME_ENCODING_BASE64,
	MIME_ENCODING_UUENCODE,
	MIME_ENCODING_UNKNOWN
};

struct mime_param {
	struct str name; /* as in the message, RFC 2231 marks ("filename*0*") included */
	struct str value; /* unquoted */
	struct mime_param *next;
};

struct mime_word { /* of Content-Language */
	struct str text;
	struct mime_word *next;
};

struct mime_part {
	struct mime_part *parent; /* NULL for the message itself */
	struct mime_part *child; /* first; a MIME_MESSAGE has one: the message in it */
	struct mime_part *last_child;
	struct mime_part *next; /* sibling */
	unsigned child_count;
	enum mime_kind kind;
	struct str header; /* with the blank line that ends it, if there is one */
	struct str body; /* still encoded; without the line end before a boundary */
	size_t body_lines; /* line feeds in the body */

	/* From the header; unset (.p == NULL) where absent or unreadable. */
	struct str type, subtype; /* as written; unset: text/plain, or the digest's */
	struct mime_param *params;
	struct str encoding_name;
	enum mime_encoding encoding;
	struct str id, description, md5, location;
	struct str disposition;
	struct mime_param *disposition_params;
	struct mime_word *languages;
};

struct mime_tree {
	struct str octets; /* borrowed: must outlive the tree */
	struct mime_part *root;
	unsigned part_count;
	struct mime_block *blocks; /* memory of parts and unquoted text */
};

/*
 * mime_tree_init() - find the parts of a message
 * @octets: the whole message with CRLF (bare LF is understood); borrowed
 * Never fails. Cost is linear in the size times the depth of open boundaries.
 */
void mime_tree_init(struct mime_tree *tree, struct str octets);
void mime_tree_finish(struct mime_tree *tree); /* zeroed is fine */

/* mime_part_type() - is it @type/@subtype (empty @subtype: any)? Defaults count. */
bool mime_part_type(const struct mime_part *part, struct str type, struct str subtype);

/* mime_param_find() - plain value of a parameter, any case; false if absent. */
bool mime_param_find(const struct mime_param *params, struct str name,
		     struct str *value_r);

/* mime_part_next() - the next part in document order, NULL after the last. */
const struct mime_part *mime_part_next(const struct mime_part *part);

#endif
