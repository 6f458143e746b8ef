/*
 * A byte filter in front of the XML parser. Exchange sends what XML 1.0 forbids; one bad
 * subject must not cost a whole batch. It also finds where a document ends, because a
 * stream of notifications is many documents in one answer.
 */
#ifndef EWS_XML_FILTER_H
#define EWS_XML_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

struct xml_filter { /* zeroed at the start of each document */
	int state;
	int resume; /* state to go back to after an entity */
	int depth; /* open elements */
	bool ended; /* the root element is closed */
	char quote; /* around the attribute value that is being read */
	char last[2]; /* the last characters, to know "-->", "]]>", "/>" */
	char hold[24]; /* markup or an entity that is not decided yet */
	size_t held;
	unsigned char utf8[4]; /* an unfinished UTF-8 sequence */
	size_t utf8_len;
};

/*
 * xml_filter_feed() - pass @in on to @out, in any split
 * Replaced by U+FFFD: control characters, invalid UTF-8, surrogates, U+FFFE and U+FFFF,
 * as bytes or as character references, and unknown entities. A lone '&' is escaped.
 * Dropped: XML declarations, processing instructions, comments, DOCTYPE, and whatever is
 * outside the root element.
 * Return: bytes of @in that were used; less than all when the root element ended.
 */
size_t xml_filter_feed(struct xml_filter *f, struct str in, struct strbuf *out);

#endif
