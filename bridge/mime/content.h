/*
 * Content-Type, Content-Disposition and their parameters (RFC 2045 section 5, RFC 2183,
 * RFC 2231).
 */
#ifndef BRIDGE_MIME_CONTENT_H
#define BRIDGE_MIME_CONTENT_H

#include "base/strbuf.h"
#include "bridge/mime/structure.h"

/*
 * mime_param_decode() - value of a parameter as UTF-8
 * @name: e.g. "filename"; RFC 2231 continuations and charsets are put together, and
 *        encoded words, which are illegal here but common, are decoded
 * Return: false if there is no such parameter; nothing is appended then.
 */
bool mime_param_decode(const struct mime_param *params, struct str name,
		       struct strbuf *out);

/*
 * mime_param_join() - a parameter with its RFC 2231 continuations in one
 * @param: one of @params; @name and @value are replaced: "name*" if it is encoded
 * Return: false if @param is a later piece of one that has been given before.
 */
bool mime_param_join(const struct mime_param *params, const struct mime_param *param,
		     struct strbuf *name, struct strbuf *value);

/* mime_part_filename() - from the disposition, else the type's name; false if none. */
bool mime_part_filename(const struct mime_part *part, struct strbuf *out);

#endif
