/*
 * Typed items other than mail: calendar items to write, tasks and contacts to read and
 * write, and meetings to answer. What calendar items are read as is in calendar.h.
 */
#ifndef EWS_EDIT_H
#define EWS_EDIT_H

#include "ews/calendar.h"

/* Who is told about a change of a meeting. */
enum ews_notify { EWS_NOTIFY_NONE, EWS_NOTIFY_ALL, EWS_NOTIFY_CHANGED };

struct ews_text {
	const char *text;
	bool is_html;
};

/* An instant; or, with a date, that day's midnight in the item's own zone. */
struct ews_when {
	int64_t unix_s;
	struct ews_date date;
};

/* --- Calendar items ---------------------------------------------------------------- */

/* Which fields of struct ews_calendar_edit are meant. */
#define EWS_CAL_SUBJECT 0x1u
#define EWS_CAL_SENSITIVITY 0x2u
#define EWS_CAL_BODY 0x4u
#define EWS_CAL_CATEGORIES 0x8u
#define EWS_CAL_IMPORTANCE 0x10u
#define EWS_CAL_REMINDER 0x20u
#define EWS_CAL_REMINDER_MINUTES 0x40u
#define EWS_CAL_UID 0x80u /* when created only */
#define EWS_CAL_START 0x100u /* together with END */
#define EWS_CAL_END 0x200u
#define EWS_CAL_ALL_DAY 0x400u
#define EWS_CAL_BUSY 0x800u
#define EWS_CAL_LOCATION 0x1000u
#define EWS_CAL_RESPONSE_REQUESTED 0x2000u
#define EWS_CAL_REQUIRED 0x4000u
#define EWS_CAL_OPTIONAL 0x8000u
#define EWS_CAL_RESOURCES 0x10000u
#define EWS_CAL_RECURRENCE 0x20000u /* setting it wipes the series' exceptions */
#define EWS_CAL_ZONES 0x40000u
#define EWS_CAL_NEW_TIME 0x80000u
#define EWS_CAL_PROPERTIES 0x100000u

struct ews_calendar_edit {
	unsigned set; /* EWS_CAL_*; with update a text NULL or an empty list deletes */
	const char *subject, *location, *uid;
	struct ews_text body;
	enum ews_sensitivity sensitivity;
	enum ews_importance importance;
	enum ews_busy busy;
	struct ews_texts categories;
	struct ews_when start, end; /* end is exclusive */
	bool is_all_day; /* then start and end are dates */
	const char *start_tz_id, *end_tz_id; /* Windows ids; recurring items need them */
	bool reminder_set;
	int reminder_minutes;
	bool response_requested, allow_new_time;
	struct ews_mailboxes required, optional, resources;
	struct ews_recurrence recurrence;
	const struct ews_property_value *properties;
	size_t property_count;
};

/* An item, or one occurrence of a series. */
struct ews_calendar_ref {
	struct ews_ref item; /* with @instance: the master */
	unsigned instance; /* 1..: slots of the pattern, deleted ones too; 0: the item */
};

/*
 * ews_calendar_create() - CreateItem; never repeated
 * @folder: NULL: the calendar
 * @notify: ALL invites the attendees
 * @out: one entry. After a failure look at ews_conn_last()->outcome_unknown.
 */
MUST_CHECK bool ews_calendar_create(struct ews_conn *conn,
				    const struct ews_folder_ref *folder,
				    const struct ews_calendar_edit *edit,
				    enum ews_notify notify, struct ews_id_results *out,
				    struct err *err);
/*
 * ews_calendar_update() - UpdateItem of what is set; with @notify never repeated
 * With a ChangeKey in @ref a change made meanwhile fails it: ERR_STATE,
 * EWS_CODE_CONFLICT.
 */
MUST_CHECK bool ews_calendar_update(struct ews_conn *conn,
				    const struct ews_calendar_ref *ref,
				    const struct ews_calendar_edit *edit,
				    enum ews_notify notify, struct ews_id_results *out,
				    struct err *err);
/* ews_calendar_delete() - DeleteItem; ALL sends cancellations when one is the organizer.
 */
MUST_CHECK bool ews_calendar_delete(struct ews_conn *conn,
				    const struct ews_calendar_ref *ref,
				    enum ews_delete how, enum ews_notify notify,
				    struct err *err);

enum ews_answer { EWS_ANSWER_ACCEPT, EWS_ANSWER_TENTATIVE, EWS_ANSWER_DECLINE };

struct ews_reply {
	enum ews_answer answer;
	const char *text; /* for the organizer; NULL: none */
	bool silent; /* recorded here alone */
	int64_t proposed_start_unix, proposed_end_unix; /* EWS_TIME_NONE: no proposal;
							   Exchange 2013 SP1 */
};

/*
 * ews_calendar_reply() - AcceptItem, TentativelyAcceptItem, DeclineItem; never repeated
 * @item: the calendar item, one occurrence of it, or the request, with its ChangeKey
 */
MUST_CHECK bool ews_calendar_reply(struct ews_conn *conn, const struct ews_ref *item,
				   const struct ews_reply *reply, struct err *err);
/* ews_calendar_cancel() - CancelCalendarItem: the organizer calls it off; never repeated
 */
MUST_CHECK bool ews_calendar_cancel(struct ews_conn *conn, const struct ews_ref *item,
				    const char *text, struct err *err);

/* --- Tasks ------------------------------------------------------------------------- */

#define EWS_TASK_SUBJECT 0x1u
#define EWS_TASK_SENSITIVITY 0x2u
#define EWS_TASK_BODY 0x4u
#define EWS_TASK_CATEGORIES 0x8u
#define EWS_TASK_IMPORTANCE 0x10u
#define EWS_TASK_REMINDER_DUE 0x20u
#define EWS_TASK_REMINDER 0x40u
#define EWS_TASK_DUE 0x80u
#define EWS_TASK_PERCENT 0x100u
#define EWS_TASK_RECURRENCE 0x200u
#define EWS_TASK_START 0x400u
#define EWS_TASK_STATUS 0x800u
#define EWS_TASK_PROPERTIES 0x1000u

enum ews_task_status {
	EWS_TASK_NOT_STARTED,
	EWS_TASK_IN_PROGRESS,
	EWS_TASK_COMPLETED,
	EWS_TASK_WAITING,
	EWS_TASK_DEFERRED
};

struct ews_task {
	struct ews_status status; /* of reading */
	struct ews_id id; /* read; so are the next six */
	char *parent_id;
	int64_t modified_unix;
	struct ews_date completed; /* the server's own doing */
	bool is_complete, is_recurring;
	char *mark; /* the caller's property */
	unsigned set; /* EWS_TASK_*: what was told, or is to be written */
	const char *subject;
	struct ews_text body;
	enum ews_sensitivity sensitivity;
	enum ews_importance importance;
	struct ews_texts categories;
	int64_t reminder_due_unix;
	bool reminder_set;
	struct ews_date due, start; /* year 0: none */
	int percent;
	enum ews_task_status state; /* COMPLETED makes the next one of a series */
	struct ews_recurrence recurrence;
	const struct ews_property_value *properties; /* written only */
	size_t property_count;
};

struct ews_tasks {
	struct ews_arena arena;
	struct ews_task *list; /* one for each id of the request, in its order */
	size_t count;
};
void ews_tasks_finish(struct ews_tasks *tasks);

/* ews_task_get() - GetItem. @mark: one more property to be read, or NULL. Entries that
 * are no Task have status ERR_SYNTAX, EWS_CODE_OTHER. */
MUST_CHECK bool ews_task_get(struct ews_conn *conn, const struct ews_ref *refs,
			     size_t count, const struct ews_property *mark,
			     struct ews_tasks *out, struct err *err);
/* ews_task_create() - CreateItem; never repeated. @folder NULL: the tasks. */
MUST_CHECK bool ews_task_create(struct ews_conn *conn,
				const struct ews_folder_ref *folder,
				const struct ews_task *task, struct ews_id_results *out,
				struct err *err);
/* ews_task_update() - UpdateItem of what is set. */
MUST_CHECK bool ews_task_update(struct ews_conn *conn, const struct ews_ref *ref,
				const struct ews_task *task, struct ews_id_results *out,
				struct err *err);

/* --- Contacts ---------------------------------------------------------------------- */

#define EWS_CONTACT_BODY 0x1u
#define EWS_CONTACT_CATEGORIES 0x2u
#define EWS_CONTACT_FILE_AS 0x4u
#define EWS_CONTACT_NAMES 0x8u /* display, given, middle, surname, nick, suffix */
#define EWS_CONTACT_WORK 0x10u /* company, department, office, job, manager, ... */
#define EWS_CONTACT_EMAILS 0x20u
#define EWS_CONTACT_ADDRESSES 0x40u
#define EWS_CONTACT_PHONES 0x80u
#define EWS_CONTACT_IMS 0x100u
#define EWS_CONTACT_DATES 0x200u /* birthday, wedding */
#define EWS_CONTACT_PAGE 0x400u
#define EWS_CONTACT_SPOUSE 0x800u
#define EWS_CONTACT_PROPERTIES 0x1000u

/* PhoneNumberKeyType of Exchange 2010 to 2019. */
enum ews_phone_key {
	EWS_PHONE_ASSISTANT,
	EWS_PHONE_BUSINESS_FAX,
	EWS_PHONE_BUSINESS,
	EWS_PHONE_BUSINESS2,
	EWS_PHONE_CALLBACK,
	EWS_PHONE_CAR,
	EWS_PHONE_COMPANY,
	EWS_PHONE_HOME_FAX,
	EWS_PHONE_HOME,
	EWS_PHONE_HOME2,
	EWS_PHONE_ISDN,
	EWS_PHONE_MOBILE,
	EWS_PHONE_OTHER_FAX,
	EWS_PHONE_OTHER,
	EWS_PHONE_PAGER,
	EWS_PHONE_PRIMARY,
	EWS_PHONE_RADIO,
	EWS_PHONE_TELEX,
	EWS_PHONE_TTY,
	EWS_PHONE_COUNT
};
enum ews_address_key {
	EWS_ADDRESS_BUSINESS,
	EWS_ADDRESS_HOME,
	EWS_ADDRESS_OTHER,
	EWS_ADDRESS_COUNT
};
#define EWS_CONTACT_SLOTS 3 /* e-mail addresses and IM addresses */

struct ews_address {
	const char *street, *city, *state, *country, *postcode;
};

struct ews_contact {
	struct ews_status status; /* of reading */
	struct ews_id id; /* read; so are the next six */
	char *parent_id;
	int64_t modified_unix;
	bool has_picture;
	struct ews_attachment *attachments; /* the picture is among them */
	size_t attachment_count;
	char *mark; /* the caller's property */
	unsigned set; /* EWS_CONTACT_*: to be written */
	struct ews_text body; /* the note */
	struct ews_texts categories;
	const char *file_as, *display_name, *given_name, *middle_name, *surname;
	const char *nickname, *generation, *initials;
	const char *company, *department, *office, *job_title, *manager, *assistant;
	const char *profession, *spouse, *page;
	const char *emails[EWS_CONTACT_SLOTS], *ims[EWS_CONTACT_SLOTS];
	const char *phones[EWS_PHONE_COUNT];
	struct ews_address addresses[EWS_ADDRESS_COUNT];
	struct ews_date birthday, wedding; /* year 0: none */
	const struct ews_property_value *properties; /* written only */
	size_t property_count;
};

struct ews_contacts {
	struct ews_arena arena;
	struct ews_contact *list; /* one for each id of the request, in its order */
	size_t count;
};
void ews_contacts_finish(struct ews_contacts *contacts);

/* ews_contact_get(), ews_contact_create(), ews_contact_update() - as for tasks. An update
 * of a group of fields deletes those that are NULL. */
MUST_CHECK bool ews_contact_get(struct ews_conn *conn, const struct ews_ref *refs,
				size_t count, const struct ews_property *mark,
				struct ews_contacts *out, struct err *err);
MUST_CHECK bool ews_contact_create(struct ews_conn *conn,
				   const struct ews_folder_ref *folder,
				   const struct ews_contact *contact,
				   struct ews_id_results *out, struct err *err);
MUST_CHECK bool ews_contact_update(struct ews_conn *conn, const struct ews_ref *ref,
				   const struct ews_contact *contact,
				   struct ews_id_results *out, struct err *err);

#endif
