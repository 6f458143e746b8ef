/* XML out (into a strbuf) and in (libxml2 trees). */
#ifndef EWSIM_XML_H
#define EWSIM_XML_H

#include <stdint.h>

#include <libxml/tree.h>

#include "base/strbuf.h"

/* x_escape() - character data or attribute value; what XML 1.0 forbids becomes '?'. */
void x_escape(struct strbuf *out, struct str text);
void x_text(struct strbuf *out, const char *element, struct str text);
void x_bool(struct strbuf *out, const char *element, bool value);
void x_int(struct strbuf *out, const char *element, int64_t value);
void x_time(struct strbuf *out, const char *element, int64_t unix_s);
void x_time_value(struct strbuf *out, int64_t unix_s); /* 2026-01-02T03:04:05Z */

/* x_plain() - character data of a stored element, entities resolved. */
void x_plain(struct strbuf *out, const char *xml);

const xmlNode *x_first(const xmlNode *parent); /* first child element or NULL */
const xmlNode *x_next(const xmlNode *node); /* next sibling element or NULL */
const xmlNode *x_child(const xmlNode *parent, const char *name); /* parent may be NULL */
bool x_is(const xmlNode *node, const char *name);
/* x_attr() - borrowed value of an attribute, STR_NONE when absent. */
struct str x_attr(const xmlNode *node, const char *name);
/* x_content() - text below @node, appended; NULL node adds nothing. */
void x_content(const xmlNode *node, struct strbuf *out);
/* x_short() - trimmed text of one node without entities; borrowed; else STR_NONE. */
struct str x_short(const xmlNode *node);
bool x_true(struct str s); /* "true" or "1" */
/* x_copy() - the element again, in the types namespace with prefix t. */
void x_copy(const xmlNode *node, struct strbuf *out);
/* x_time_parse() - xs:dateTime; @zone_offset_s is used when it carries none.
 * @local_r: it carried none. */
bool x_time_parse(struct str s, int64_t *unix_r, bool *local_r);

/* x_intern() - the same pointer for the same element name, for ever. */
const char *x_intern(const char *name);

#endif
