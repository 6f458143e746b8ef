/*
 * The mailboxes of ewsim, as those see them who fill them: users, folders, messages,
 * calendar items. Texts are copied. Not locked: fill before the server starts, or hold
 * the lock of sim.h.
 */
#ifndef EWSIM_MODEL_H
#define EWSIM_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct sim;
struct sim_user;
struct sim_folder;
struct sim_item;

struct sim *sim_new(void);
void sim_free(struct sim *sim);

/*
 * sim_user_add() - a mailbox with the usual folders
 * @address: primary address, also the login; "DOMAIN\local" and "local" log in too
 * @name:    display name; NULL makes one from the address
 */
struct sim_user *sim_user_add(struct sim *sim, const char *address, const char *name,
			      const char *password);
/* By address, "DOMAIN\local" or local part, ASCII case ignored; NULL if unknown. */
struct sim_user *sim_user_find(struct sim *sim, struct str login);
size_t sim_user_count(const struct sim *sim);
struct sim_user *sim_user_at(struct sim *sim, size_t index); /* in order of creation */

/* By DistinguishedFolderId ("inbox", "calendar", "msgfolderroot"); NULL if unknown. */
struct sim_folder *sim_folder_special(struct sim_user *user, const char *id);
/*
 * sim_folder_add() - a folder
 * @parent:       NULL is msgfolderroot
 * @folder_class: NULL is "IPF.Note"; "IPF.Appointment" makes a calendar
 */
struct sim_folder *sim_folder_add(struct sim_user *user, struct sim_folder *parent,
				  const char *name, const char *folder_class);
/* sim_folder_named() - by DistinguishedFolderId, or by names ("Inbox/Project") */
struct sim_folder *sim_folder_named(struct sim_user *user, struct str name);
void sim_folder_rename(struct sim_folder *folder, const char *name); /* localised names */
void sim_folder_hide(struct sim_folder *folder); /* PidTagAttributeHidden */

enum sim_flag { SIM_FLAG_NONE = 0, SIM_FLAG_COMPLETE = 1, SIM_FLAG_FLAGGED = 2 };

struct sim_mail {
	struct str mime; /* a whole message, CRLF or LF */
	int64_t received_unix; /* 0: from the Date field, else now */
	bool read, draft;
	enum sim_flag flag;
	int last_verb; /* PidTagLastVerbExecuted: 0, 102 reply, 103 all, 104 forward */
	const char *const *categories; /* NULL-terminated, or NULL */
	const char *item_class; /* NULL is IPM.Note */
	bool broken_mime; /* GetItem answers ErrorMimeContentConversionFailed */
};

/* sim_mail_new() - a message that is not in @folder yet. */
struct sim_item *sim_mail_new(const struct sim_folder *folder,
			      const struct sim_mail *mail);
/* sim_mail_add() - put a message into @folder; article numbers rise in this order. */
struct sim_item *sim_mail_add(struct sim_folder *folder, const struct sim_mail *mail);

enum sim_pattern {
	SIM_ONCE,
	SIM_DAILY,
	SIM_WEEKLY,
	SIM_MONTHLY_DAY, /* the 15th */
	SIM_MONTHLY_NTH, /* the second Tuesday */
	SIM_YEARLY_DAY,
	SIM_YEARLY_NTH,
};

struct sim_date {
	int year, month, day; /* month 1..12; year 0: no date */
};

struct sim_recurrence {
	enum sim_pattern pattern;
	int interval; /* 1..; not with the yearly patterns */
	unsigned weekdays; /* bit 0 Sunday .. bit 6 Saturday; NTH: several bits are a set
			    * as in Day (0x7f), Weekday (0x3e), WeekendDay (0x41) */
	int first_weekday; /* 0 Sunday .. 6; weekly only */
	int day; /* of the month, 1..31; 31 clips to the last */
	int nth; /* 1..4, -1 last */
	int month; /* 1..12, yearly only */
	struct sim_date
		start; /* local date of the first; year 0: from the event's start */
	struct sim_date until; /* local, inclusive; year 0: none */
	int count; /* 0: none; counts deleted slots too */
};

enum sim_role { SIM_REQUIRED, SIM_OPTIONAL, SIM_RESOURCE };

struct sim_attendee {
	const char *name, *address;
	enum sim_role role;
	const char *response; /* ResponseType: NULL is "Unknown"; "Accept", ... */
};

struct sim_event;

struct sim_exception {
	int64_t original_start_unix; /* the slot in the series */
	const struct sim_event *event; /* times and those texts that differ; NULL texts
					* are the series' own */
};

struct sim_event {
	const char *uid; /* NULL makes one as Exchange does */
	const char *subject, *location;
	const char *body; /* NULL: none */
	bool body_is_html;
	int64_t start_unix, end_unix; /* all-day: midnights in the zone */
	const char *start_zone, *end_zone; /* Windows id or whatever a client left there;
					    * NULL is "W. Europe Standard Time" */
	bool all_day;
	const char *busy; /* LegacyFreeBusyStatus, NULL is "Busy" */
	const char *sensitivity, *importance; /* NULL is "Normal" */
	bool reminder;
	int reminder_minutes; /* before the start */
	const char *const *categories; /* NULL-terminated, or NULL */
	const char *organizer_name, *organizer_address; /* NULL: the mailbox's owner */
	const struct sim_attendee *attendees;
	size_t attendee_count;
	const char *my_response; /* NULL: "Organizer" or, with attendees, computed */
	bool cancelled;
	int sequence;
	struct sim_recurrence recurrence;
	const int64_t *deleted_unix; /* original starts of deleted occurrences */
	size_t deleted_count;
	const struct sim_exception *exceptions;
	size_t exception_count;
};

/* sim_event_add() - put an appointment, meeting or series into a calendar folder. */
struct sim_item *sim_event_add(struct sim_folder *folder, const struct sim_event *event);

/*
 * sim_prop_set() - an extended property as EWS would show it
 * @key:   "0x007d:String" or "{guid}:34160:Integer" or "{guid}:name:String", lower-case
 *         hexadecimal, decimal id
 * @value: text of t:Value (Binary in base64)
 */
void sim_prop_set(struct sim_item *item, const char *key, const char *value);

#endif
