/* Readers that several operations share: fields by table, ids, people, properties. */
#ifndef EWS_READ_H
#define EWS_READ_H

#include "ews/calendar.h"
#include "ews/call.h"
#include "ews/ews.h"

/* How an element's content goes into a member of a result struct. */
enum ews_field_kind {
	EWS_FIELD_TEXT, /* char * */
	EWS_FIELD_INT64, /* int64_t; kept when it is no number */
	EWS_FIELD_INT, /* int; likewise */
	EWS_FIELD_TIME, /* int64_t */
	EWS_FIELD_BOOL,
	EWS_FIELD_ENUM, /* int-sized enum, by the names of the row */
	EWS_FIELD_TEXTS, /* struct ews_texts of String elements */
	EWS_FIELD_MAILBOXES, /* struct ews_mailboxes of Mailbox elements */
	EWS_FIELD_ID, /* struct ews_id from attributes */
	EWS_FIELD_ID_TEXT /* char * from the Id attribute */
};

struct ews_field {
	const char *name; /* local name of the element */
	enum ews_field_kind kind;
	size_t offset;
	const char *const *values; /* ENUM: NULL-terminated, index = value */
};

/* ews_read_field() - store the current element if @table knows it; false: it does not. */
bool ews_read_field(struct soap_reader *r, struct ews_arena *arena,
		    const struct ews_field *table, size_t count, void *object);

/* ews_enum_value() - index of @text in @names, 0 when it is not there. */
int ews_enum_value(struct str text, const char *const *names);

void ews_read_id(const struct soap_reader *r, struct ews_arena *arena,
		 struct ews_id *id_r);
void ews_read_mailbox(struct soap_reader *r, struct ews_arena *arena,
		      struct ews_mailbox *mailbox_r);
enum ews_item_type ews_read_item_type(const struct soap_reader *r);
/* ews_read_rights() - EffectiveRights as EWS_RIGHT_* bits. */
unsigned ews_read_rights(struct soap_reader *r);

/* An ExtendedProperty of an answer. */
struct ews_read_property {
	struct ews_property key; /* texts in the arena */
	char *value; /* NULL: it has several */
};
void ews_read_property(struct soap_reader *r, struct ews_arena *arena,
		       struct ews_read_property *property_r);
/* ews_property_is() - the answer's form of naming may differ from the request's. */
bool ews_property_is(const struct ews_read_property *property,
		     const struct ews_property *wanted);
int64_t ews_property_int(const struct ews_read_property *property, int64_t otherwise);
bool ews_property_bool(const struct ews_read_property *property);

/*
 * Batches: @list has @count elements of @size bytes, each beginning with its struct
 * ews_status. @payload is called on each child of a message that is no status.
 */
struct ews_batch {
	void *list;
	size_t count, size;
	void (*payload)(struct soap_reader *r, void *element, void *context);
	void *context;
};
/* ews_batch_new() - the list, every status saying that no answer came. */
void *ews_batch_new(struct ews_arena *arena, size_t count, size_t size);
bool ews_read_batch(struct soap_reader *r, const struct ews_batch *batch,
		    struct err *err);

/* ews_read_ids() - a batch that is answered by ItemId or FolderId elements. */
bool ews_read_ids(struct soap_reader *r, struct ews_id_results *out, size_t count,
		  struct err *err);
/* ews_read_one_status() - answers with one message and nothing else to keep. */
bool ews_read_one_status(struct soap_reader *r, void *status, struct err *err);

void ews_read_folder(struct soap_reader *r, struct ews_arena *arena,
		     struct ews_folder *folder);
bool ews_is_folder(const struct soap_reader *r); /* at a folder element? */
extern const char *const ews_folder_fields[];
extern const struct ews_property ews_folder_properties[];
#define EWS_FOLDER_PROPERTY_COUNT 3

/* ews_read_item_child() - one child of an item element of mail. */
void ews_read_item_child(struct soap_reader *r, struct ews_arena *arena,
			 const struct ews_property *mark, struct ews_item *item);
void ews_item_init(struct ews_item *item); /* "not told" everywhere */
extern const struct ews_property ews_item_properties[];
#define EWS_ITEM_PROPERTY_COUNT 9

/* ews_read_attachments() - an Attachments element. */
void ews_read_attachments(struct soap_reader *r, struct ews_arena *arena,
			  struct ews_attachment **list_r, size_t *count_r);
/* ews_read_attachment_child() - one child of an attachment element. */
void ews_read_attachment_child(struct soap_reader *r, struct ews_arena *arena,
			       struct ews_attachment *attachment);
bool ews_attachment_type_of(const struct soap_reader *r, enum ews_attachment_type *type);

void ews_read_recurrence(struct soap_reader *r, struct ews_recurrence *recurrence_r);
void ews_read_time_zone(struct soap_reader *r, struct ews_arena *arena,
			struct ews_tz *tz_r);

/* ews_parse_duration() - xs:duration of days to seconds, "-PT1H30M". */
bool ews_parse_duration(struct str text, int64_t *seconds_r);
/* ews_parse_date() - "2026-07-02" with any zone behind it; year 0 when odd. */
struct ews_date ews_parse_date(struct str text);
/* ews_parse_weekday() - "Monday" to 1, -1 when odd. */
int ews_parse_weekday(struct str text);

#endif
