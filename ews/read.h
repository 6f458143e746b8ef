/* Readers that several operations share: fields by table, ids, people, properties. */
#ifndef EWS_READ_H
#define EWS_READ_H

#include "ews/batch.h"
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

/* ews_delete_name() - as requests spell it. */
const char *ews_delete_name(enum ews_delete how);

/* ews_enum_value() - index of @text in @names, 0 when it is not there. */
int ews_enum_value(struct str text, const char *const *names);

void ews_read_id(const struct soap_reader *r, struct ews_arena *arena,
		 struct ews_id *id_r);
/* ews_read_texts() - String elements. */
void ews_read_texts(struct soap_reader *r, struct ews_arena *arena,
		    struct ews_texts *out);
void ews_read_mailbox(struct soap_reader *r, struct ews_arena *arena,
		      struct ews_mailbox *mailbox_r);
/* ews_read_people() - every child is a mailbox, whatever its name. */
void ews_read_people(struct soap_reader *r, struct ews_arena *arena,
		     struct ews_mailboxes *out);
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
/* ews_read_mark() - an ExtendedProperty, if it is the caller's @mark (or NULL). */
void ews_read_mark(struct soap_reader *r, struct ews_arena *arena,
		   const struct ews_property *mark, char **value_r);
int64_t ews_property_int(const struct ews_read_property *property, int64_t otherwise);
bool ews_property_bool(const struct ews_read_property *property);

/*
 * Batches: @list has @count elements of @size bytes, each beginning with its struct
 * ews_status. @payload is called on each child of a message that is no status.
 */
struct ews_batch {
	void *list;
	size_t count, size;
	const size_t *index; /* which element the nth message is about; NULL: the nth */
	void (*init)(void *element); /* fields to "not told"; or NULL */
	void (*payload)(struct soap_reader *r, void *element, void *context);
	void *context;
};
/* ews_batch_new() - a list for @batch, every status saying that no answer came. */
void *ews_batch_new(struct ews_arena *arena, struct ews_batch *batch, size_t count);
bool ews_read_batch(struct soap_reader *r, const struct ews_batch *batch,
		    struct err *err);

/* A page of rows. */
struct ews_page {
	uint32_t offset; /* the caller's: of its first row */
	uint32_t next_offset;
	bool last;
	int64_t total; /* -1: not told */
};
/*
 * ews_read_rows() - a RootFolder element with a page of rows; false: it is another one
 * @list: "Items" or "Folders"; @row: called on each element in it
 */
bool ews_read_rows(struct soap_reader *r, const char *list,
		   void (*row)(struct soap_reader *r, void *context), void *context,
		   struct ews_page *page);
/* soap_put_page() - @name: "m:IndexedPageItemView" or its kin. */
void soap_put_page(struct soap_writer *w, const char *name, uint32_t offset,
		   uint32_t max);
/* soap_put_order() - SortOrder by DateTimeReceived; @order: "Ascending", "Descending". */
void soap_put_order(struct soap_writer *w, const char *order);

/* A call that is about one thing and is answered by one message. */
struct ews_single {
	enum ews_op op;
	bool flat; /* the answer is the message: no ResponseMessages around it */
	void (*write)(struct soap_writer *w, const void *request);
	const void *request;
	/* The caller's result, which begins with its struct ews_arena: emptied before
	 * each (re)read, and then given to @init for what is not zero; or NULL. */
	void *out;
	size_t out_size;
	void (*init)(void *out);
	/* Called on each child of the message that is no status; or NULL. */
	void (*payload)(struct soap_reader *r, void *context);
	void *context; /* NULL: @out */
};
MUST_CHECK bool ews_single_run(struct ews_conn *conn, const struct ews_single *single,
			       struct err *err);

/* A batch that is asked for in as many requests as it takes: see batch.h. */
struct ews_batch_call {
	enum ews_op op;
	enum ews_batch_kind kind;
	/* Writes the request for the elements @index[0..count). */
	void (*write)(struct soap_writer *w, const void *request, const size_t *index,
		      size_t count);
	const void *request;
	struct ews_batch batch; /* its list is filled */
};
/*
 * ews_batch_run() - every element gets its status, whatever it takes
 * Return: false when nothing was changed on the server; else failures are told by the
 * statuses.
 */
MUST_CHECK bool ews_batch_run(struct ews_conn *conn, const struct ews_batch_call *call,
			      struct err *err);
/*
 * ews_batch_run_quietly() - the same for what could send read receipts: none is sent
 * @newer: row of the operation for servers that take soap_put_no_receipts(); @call's own
 * is for older ones, which forget the receipts of @refs before
 */
MUST_CHECK bool ews_batch_run_quietly(struct ews_conn *conn,
				      const struct ews_batch_call *call,
				      enum ews_op newer, const struct ews_ref *refs,
				      size_t count, struct err *err);
/* soap_put_no_receipts() - the attribute, in versions that have it. */
void soap_put_no_receipts(struct soap_writer *w);
/* ews_batch_item_ids() - ItemIds of those elements. */
void ews_batch_item_ids(struct soap_writer *w, const struct ews_ref *refs,
			const size_t *index, size_t count);

/* ews_ids_batch() - empties @out for a batch that is answered by ItemId or FolderId. */
struct ews_batch ews_ids_batch(struct ews_id_results *out, size_t count);
/* ews_read_ids() - such a batch in one request. */
bool ews_read_ids(struct soap_reader *r, struct ews_id_results *out, size_t count,
		  struct err *err);
/* ews_read_one_status() - answers with one message and nothing else to keep. */
bool ews_read_one_status(struct soap_reader *r, void *status, struct err *err);

void ews_read_folder(struct soap_reader *r, struct ews_arena *arena,
		     struct ews_folder *folder);
bool ews_is_folder(const struct soap_reader *r); /* at a folder element? */
void soap_put_folder_shape(struct soap_writer *w); /* what ews_read_folder() reads */

/* ews_read_item_child() - one child of an item element of mail. */
void ews_read_item_child(struct soap_reader *r, struct ews_arena *arena,
			 const struct ews_property *mark, struct ews_item *item);
void ews_item_init(struct ews_item *item); /* "not told" everywhere */
/* soap_put_item_shape() - what ews_read_item_child() reads, and @more (or NULL). */
void soap_put_item_shape(struct soap_writer *w, const char *body_type,
			 const char *const *more, const struct ews_property *mark);

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
/* ews_parse_int() - whole part of a number, "50" or "50.0"; 0 when odd. */
int ews_parse_int(struct str text);
/* ews_parse_days() - "Monday Thursday", "Weekday" as bits. */
unsigned ews_parse_days(struct str text);
extern const char *const ews_calendar_type_names[];
extern const char *const ews_busy_names[]; /* of enum ews_busy */
/* ews_parse_weekday() - "Monday" to 1, -1 when odd. */
int ews_parse_weekday(struct str text);

#endif
