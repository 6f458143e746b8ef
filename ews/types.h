/* Pieces that the operations share: ids, folders, people, extended properties. */
#ifndef EWS_TYPES_H
#define EWS_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ews/arena.h"
#include "ews/status.h"

/*
 * Conventions of all results: texts are NUL-terminated UTF-8, owned by the result that
 * they are in, NULL when the server did not send them; times are seconds since 1970 UTC,
 * EWS_TIME_NONE when absent; ids are opaque and compared bytewise.
 */
#define EWS_TIME_NONE INT64_MIN

struct ews_id {
	char *id;
	char *change_key; /* NULL: not told */
};

/* An item in a request; borrowed. */
struct ews_ref {
	const char *id;
	const char *change_key; /* NULL: leave it out */
};

/* A folder in a request: an id or a distinguished name ("inbox", "msgfolderroot"). */
struct ews_folder_ref {
	const char *id;
	const char *distinguished;
	const char
		*mailbox; /* with distinguished: owner's address, or NULL for oneself */
};

enum ews_item_type { /* the element's name: what kind of thing it is */
		     EWS_ITEM_OTHER,
		     EWS_ITEM_ITEM,
		     EWS_ITEM_MESSAGE,
		     EWS_ITEM_POST,
		     EWS_ITEM_MEETING_MESSAGE,
		     EWS_ITEM_MEETING_REQUEST,
		     EWS_ITEM_MEETING_RESPONSE,
		     EWS_ITEM_MEETING_CANCELLATION,
		     EWS_ITEM_CALENDAR,
		     EWS_ITEM_CONTACT,
		     EWS_ITEM_DISTRIBUTION_LIST,
		     EWS_ITEM_TASK,
		     EWS_ITEM_TYPE_COUNT
};

enum ews_folder_type {
	EWS_FOLDER_PLAIN,
	EWS_FOLDER_CALENDAR,
	EWS_FOLDER_CONTACTS,
	EWS_FOLDER_TASKS,
	EWS_FOLDER_SEARCH
};

struct ews_mailbox {
	char *name;
	char *address; /* with routing type EX a legacyDN, not an SMTP address */
	char *routing_type; /* "SMTP", "EX", ... */
	char *type; /* MailboxType: "Mailbox", "OneOff", "PublicDL", ... */
};

struct ews_mailboxes {
	struct ews_mailbox *list;
	size_t count;
};

struct ews_texts {
	char **list;
	size_t count;
};

enum ews_property_type {
	EWS_PROPERTY_STRING,
	EWS_PROPERTY_INTEGER,
	EWS_PROPERTY_LONG, /* 64 bits */
	EWS_PROPERTY_BOOLEAN,
	EWS_PROPERTY_BINARY,
	EWS_PROPERTY_TIME
};

/*
 * A MAPI property: a tag; or a property set with a name or a number. Static constants of
 * callers, e.g. { .set = EWS_SET_PUBLIC_STRINGS, .name = "passerelle-mark" }.
 */
struct ews_property {
	unsigned tag; /* 0x0E07; 0 = named */
	const char *set; /* name of a distinguished set, see below */
	const char *guid; /* or the GUID of another set */
	const char *name;
	unsigned id; /* PropertyId, when name is NULL */
	enum ews_property_type type;
};
#define EWS_SET_PUBLIC_STRINGS "PublicStrings"
#define EWS_SET_APPOINTMENT "Appointment"
#define EWS_SET_MEETING "Meeting"
#define EWS_SET_COMMON "Common"
#define EWS_SET_INTERNET_HEADERS "InternetHeaders"

struct ews_property_value {
	struct ews_property property;
	const char *value; /* as on the wire: decimal, true/false, base64, UTC dateTime */
};

/* One id of a batch that is answered by an id (update, move, copy, delete, ...). */
struct ews_id_result {
	struct ews_status status;
	struct ews_id id; /* new id or ChangeKey; id NULL when the server told none */
};

struct ews_id_results {
	struct ews_arena arena;
	struct ews_id_result *list; /* one for each id of the request, in its order */
	size_t count;
};
void ews_id_results_finish(struct ews_id_results *results);

#endif
