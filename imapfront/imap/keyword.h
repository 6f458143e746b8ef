/*
 * Category names as IMAP keywords. A name that is an atom goes as it is; every other
 * octet becomes "=XX" (upper-case hexadecimal), and so does an "=" that would otherwise
 * read as such an escape. "Projekt X" <-> "Projekt=20X". A category that is named like a
 * client's own mark begins with an escape: "$Budget" <-> "=24Budget". Every name survives
 * the way out and back.
 */
#ifndef IMAPFRONT_IMAP_KEYWORD_H
#define IMAPFRONT_IMAP_KEYWORD_H

#include "base/strbuf.h"
#include "bridge/message.h"

/* Of one raw name: Exchange's categories have up to 255 UTF-16 units. */
#define IMAP_KEYWORD_BYTES 1024

/* @labels: categories that go as $label1 to $label5; NULL: none */
void imap_keyword_encode(struct str name, const struct message_labels *labels,
			 struct strbuf *atom);
/* Any atom decodes; an escaped line feed or NUL stays escaped (see message.h). */
void imap_keyword_decode(struct str atom, const struct message_labels *labels,
			 struct strbuf *name);
/* Is @name a tag that was set before its number stood for a category, or a mark of
 * imap_keyword_by_name()? Not to be shown. */
bool imap_keyword_is_stale(struct str name, const struct message_labels *labels);
/*
 * imap_keyword_by_name() - a client that names the category of a tag itself ("Work"
 * instead of "$label2") is to see that name again: append the local mark that says so
 * Return: false: @name is no tag's category.
 */
bool imap_keyword_by_name(struct str name, const struct message_labels *labels,
			  struct strbuf *mark);

#endif
