/* HTML bodies as plain text, where the server gave no text itself. */
#ifndef CALENDAR_HTML_TEXT_H
#define CALENDAR_HTML_TEXT_H

#include "base/strbuf.h"

/* Appends the text of @html: tags dropped, blocks on lines of their own, entities read.
 */
void html_text(struct str html, struct strbuf *out);

#endif
