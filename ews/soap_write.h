/* Writes requests: elements with the prefixes m: and t:, escaped, in one buffer. */
#ifndef EWS_SOAP_WRITE_H
#define EWS_SOAP_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "ews/body.h"
#include "ews/types.h"

#define SOAP_WRITE_DEPTH 24

enum soap_version { /* newest first: stepping down adds 1 */
		    SOAP_2016,
		    SOAP_2013_SP1,
		    SOAP_2013,
		    SOAP_2010_SP2,
		    SOAP_2010,
		    SOAP_VERSION_COUNT
};

/* soap_version_name() - "Exchange2013_SP1". */
const char *soap_version_name(enum soap_version version);
/* soap_version_find() - SOAP_VERSION_COUNT when it is none of them. */
enum soap_version soap_version_find(struct str name);

struct soap_writer {
	struct ews_body *body;
	struct strbuf *out; /* the body's text */
	enum soap_version version;
	const char *open[SOAP_WRITE_DEPTH]; /* names are literals */
	int depth;
	bool in_tag; /* attributes may follow */
};

/* soap_begin(), soap_end() - the envelope around one operation's element. */
void soap_begin(struct soap_writer *w, struct ews_body *body, enum soap_version version);
void soap_end(struct soap_writer *w);

void soap_open(struct soap_writer *w, const char *name);
void soap_put_attr(struct soap_writer *w, const char *name, const char *value);
void soap_put_attr_int(struct soap_writer *w, const char *name, int64_t value);
void soap_put(struct soap_writer *w, const char *text); /* illegal characters go */
/* soap_put_base64() - @source's octets, encoded while they are sent. */
void soap_put_base64(struct soap_writer *w, const struct ews_source *source);
void soap_close(struct soap_writer *w);

/* soap_leaf() - an element with text. */
void soap_leaf(struct soap_writer *w, const char *name, const char *text);
void soap_leaf_bool(struct soap_writer *w, const char *name, bool value);
void soap_leaf_int(struct soap_writer *w, const char *name, int64_t value);

/* Vocabulary that several operations use. */
void soap_put_folder(struct soap_writer *w, const struct ews_folder_ref *ref);
/* soap_put_folder_in() - one folder inside the element @name. */
void soap_put_folder_in(struct soap_writer *w, const char *name,
			const struct ews_folder_ref *ref);
/* soap_put_mailbox() - name, address and routing type in the element @name. */
void soap_put_mailbox(struct soap_writer *w, const char *name,
		      const struct ews_mailbox *mailbox);
/* soap_put_item_id() - @name is "t:ItemId", "m:ItemId", "t:ReferenceItemId", ... */
void soap_put_item_id(struct soap_writer *w, const char *name, const struct ews_ref *ref);
void soap_put_item_ids(struct soap_writer *w, const struct ews_ref *refs, size_t count);
void soap_put_field(struct soap_writer *w, const char *field_uri);
void soap_put_property(struct soap_writer *w, const struct ews_property *property);
/* soap_put_property_value() - ExtendedProperty. */
void soap_put_property_value(struct soap_writer *w,
			     const struct ews_property_value *value);
/* PidTagFlagStatus, instead of Flag for servers before 2013: see soap_has_flag(). */
extern const struct ews_property soap_flag_status;
#define SOAP_FLAG_COMPLETE "1"
#define SOAP_FLAG_FLAGGED "2"
static inline bool soap_has_flag(const struct soap_writer *w)
{
	return w->version <= SOAP_2013;
}
/* soap_put_shape() - ItemShape or FolderShape: IdOnly and these fields and properties. */
struct soap_shape {
	const char *name; /* "m:ItemShape" */
	bool mime;
	const char *body_type; /* "Text", "HTML", "Best" or NULL */
	const char *const *fields, *const *more; /* NULL-terminated, or NULL */
	const struct ews_property *properties;
	size_t property_count;
	const struct ews_property *mark; /* one more, or NULL */
};
void soap_put_shape(struct soap_writer *w, const struct soap_shape *shape);

/* soap_format_time() - "2026-01-02T03:04:05Z". */
void soap_format_time(int64_t unix_s, char *out, size_t size);

#endif
