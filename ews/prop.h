/*
 * Fields of typed items as a table that serves CreateItem (the table is in the schema's
 * order), UpdateItem (one SetItemField or DeleteItemField each) and GetItem.
 */
#ifndef EWS_PROP_H
#define EWS_PROP_H

#include "ews/edit.h"
#include "ews/read.h"

enum ews_prop_kind {
	EWS_PROP_TEXT, /* const char * */
	EWS_PROP_BODY, /* struct ews_text */
	EWS_PROP_BOOL,
	EWS_PROP_INT, /* int */
	EWS_PROP_ENUM, /* by names; an empty name is left out */
	EWS_PROP_TEXTS, /* struct ews_texts */
	EWS_PROP_TIME, /* int64_t */
	EWS_PROP_WHEN, /* struct ews_when; written only */
	EWS_PROP_DATE, /* struct ews_date, as midnight UTC */
	EWS_PROP_BIRTHDAY, /* struct ews_date, as 11:59 UTC, as Outlook does */
	EWS_PROP_PEOPLE, /* struct ews_mailboxes as attendees; written only */
	EWS_PROP_ZONE, /* const char *: a Windows id; written only */
	EWS_PROP_RECURRENCE,
	EWS_PROP_ENTRIES, /* const char *[]: a dictionary, by names of keys */
	EWS_PROP_ADDRESSES, /* struct ews_address[], likewise */
	EWS_PROP_PROPERTIES /* struct ews_property_value *, and size_t behind it */
};

struct ews_prop {
	unsigned bit;
	const char *uri; /* "item:Subject"; of dictionaries that of an entry */
	const char *element; /* "t:Subject" */
	enum ews_prop_kind kind;
	size_t offset;
	const char *const *names; /* NULL-terminated */
};

/* A row by the names that most have: EWS_PROP(bit, "item", "Subject", TEXT, AT(subject),
 * NULL). */
#define EWS_PROP(bit, space, name, kind, offset, names)                                  \
	{                                                                                \
		bit, space ":" name, "t:" name, EWS_PROP_##kind, offset, names           \
	}

/* Rows that calendar items and tasks begin with; @bits: EWS_CAL or EWS_TASK. */
#define EWS_PROPS_OF_ITEM(bits)                                                          \
	EWS_PROP(bits##_SUBJECT, "item", "Subject", TEXT, AT(subject), NULL),            \
		EWS_PROP(bits##_SENSITIVITY, "item", "Sensitivity", ENUM,                \
			 AT(sensitivity), ews_sensitivity_names),                        \
		EWS_PROP(bits##_BODY, "item", "Body", BODY, AT(body), NULL),             \
		EWS_PROP(bits##_CATEGORIES, "item", "Categories", TEXTS, AT(categories), \
			 NULL),                                                          \
		EWS_PROP(bits##_IMPORTANCE, "item", "Importance", ENUM, AT(importance),  \
			 ews_importance_names)

struct ews_prop_table {
	const char *item; /* "t:Task" */
	const struct ews_prop *list;
	size_t count;
};

/* ews_props_write() - the item's element with what is @set. */
void ews_props_write(struct soap_writer *w, const struct ews_prop_table *table,
		     unsigned set, const void *object);
/* ews_props_update() - Updates, for what is @set. */
void ews_props_update(struct soap_writer *w, const struct ews_prop_table *table,
		      unsigned set, const void *object);
/* ews_props_shape() - ItemShape with all of them, @more and @mark. */
void ews_props_shape(struct soap_writer *w, const struct ews_prop_table *table,
		     const char *const *more, const struct ews_property *mark);
/* ews_prop_read() - the current element. Return: its row's bit, 0 when unknown. */
unsigned ews_prop_read(struct soap_reader *r, struct ews_arena *arena,
		       const struct ews_prop_table *table, void *object);

/* Names that several tables use. */
extern const char *const ews_importance_names[], *const ews_sensitivity_names[];

void soap_put_recurrence(struct soap_writer *w, const struct ews_recurrence *recurrence);

/* One item is created: @write fills <m:Items>; @message, @invitations: attributes or
 * NULL. */
struct ews_item_new {
	const struct ews_folder_ref *folder; /* NULL: where such items go */
	const char *message, *invitations;
	const struct ews_prop_table *table; /* or NULL, and then @write */
	unsigned set;
	const void *object;
	void (*write)(struct soap_writer *w, const void *object);
};
MUST_CHECK bool ews_item_new(struct ews_conn *conn, const struct ews_item_new *create,
			     struct ews_id_results *out, struct err *err);

struct ews_item_set {
	struct ews_calendar_ref ref;
	const char *invitations; /* or NULL */
	const struct ews_prop_table *table;
	unsigned set;
	const void *object;
	bool once; /* it sends something */
};
MUST_CHECK bool ews_item_set(struct ews_conn *conn, const struct ews_item_set *update,
			     struct ews_id_results *out, struct err *err);

/* Items that nobody is told of: tasks, contacts. */
struct ews_item_kept {
	const struct ews_prop_table *table;
	unsigned set;
	const void *object;
};
MUST_CHECK bool ews_item_kept_new(struct ews_conn *conn,
				  const struct ews_folder_ref *folder,
				  const struct ews_item_kept *kept,
				  struct ews_id_results *out, struct err *err);
MUST_CHECK bool ews_item_kept_set(struct ews_conn *conn, const struct ews_ref *ref,
				  const struct ews_item_kept *kept,
				  struct ews_id_results *out, struct err *err);

void soap_put_calendar_ref(struct soap_writer *w, const struct ews_calendar_ref *ref);

#endif
