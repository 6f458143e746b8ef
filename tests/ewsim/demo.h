/*
 * The sample mailbox: invented folders, mail and calendars for the users of a
 * demonstration. A pure function of the user and of "now", handed out through a sink, so
 * that it knows nothing of the server that keeps it.
 */
#ifndef EWSIM_DEMO_H
#define EWSIM_DEMO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct demo_folder {
	const char *key; /* names the folder in this interface */
	const char *parent; /* key of the parent, NULL for the top */
	const char *name; /* display name, UTF-8; may hold a slash */
	const char *role; /* distinguished id ("inbox"), or NULL */
	const char *folder_class; /* "IPF.Note", "IPF.Appointment", ... */
};

enum {
	DEMO_READ = 1,
	DEMO_FLAGGED = 2,
	DEMO_ANSWERED = 4,
	DEMO_FORWARDED = 8,
	DEMO_DRAFT = 16,
	DEMO_HIGH = 32,
	DEMO_LOW = 64,
};

struct demo_message {
	const char *folder; /* key */
	struct str mime; /* CRLF lines; valid during the call */
	int64_t received_unix;
	unsigned flags; /* DEMO_* */
	const char *categories; /* separated by ';', or NULL */
};

enum demo_repeat {
	DEMO_ONCE,
	DEMO_DAILY,
	DEMO_WEEKLY,
	DEMO_MONTHLY_DAY, /* day_of_month */
	DEMO_MONTHLY_NTH, /* nth weekday of the month */
	DEMO_YEARLY_DAY, /* month, day_of_month */
	DEMO_YEARLY_NTH,
};

/* One occurrence that differs; times are instants. */
struct demo_exception {
	int64_t original_unix; /* start by the pattern */
	bool cancelled; /* then nothing below counts */
	int64_t start_unix, end_unix;
	const char *subject, *location; /* NULL: as in the series */
};

struct demo_attendee {
	const char *name, *address;
	char kind; /* 'r'equired, 'o'ptional, 'x' resource */
	char answer; /* 'a'ccepted, 't'entative, 'd'eclined, '-' none yet */
};

enum { DEMO_EXCEPTIONS = 4, DEMO_ATTENDEES = 6 };

struct demo_event {
	const char *folder; /* key of a calendar */
	const char *uid;
	const char *subject, *location;
	const char *body; /* UTF-8 or NULL */
	bool body_html;
	int64_t start_unix, end_unix; /* end exclusive; all-day: midnights of the zone */
	bool all_day;
	const char *zone, *end_zone; /* as the server names them */
	const char *iana; /* what @zone means */
	const char *categories; /* separated by ';', or NULL */
	const char *busy; /* Free, Tentative, Busy, OOF, WorkingElsewhere */
	const char *sensitivity; /* Normal, Personal, Private, Confidential */
	const char *importance; /* Low, Normal, High */
	int reminder_min; /* before the start; -1 for none */

	enum demo_repeat repeat;
	int interval;
	unsigned weekdays; /* bit 0 = Sunday */
	int day_of_month, month; /* 1..31, 1..12 */
	int nth; /* 1..4, -1 last */
	int count; /* 0: no number */
	int64_t until_unix; /* 0: no end; else start of the last day that counts */
	size_t exception_count;
	struct demo_exception exceptions[DEMO_EXCEPTIONS];

	bool meeting;
	const char *organizer_name, *organizer_address; /* NULL unless @meeting */
	char my_answer; /* 'o' organizer, else as demo_attendee.answer */
	size_t attendee_count;
	struct demo_attendee attendees[DEMO_ATTENDEES];
};

struct demo_contact {
	const char *given, *surname, *company, *address, *phone;
};

struct demo_task {
	const char *subject;
	int64_t due_unix;
	bool done;
};

struct demo_sink {
	void *arg;
	bool (*folder)(void *arg, const struct demo_folder *f, struct err *err);
	bool (*message)(void *arg, const struct demo_message *m, struct err *err);
	bool (*event)(void *arg, const struct demo_event *e, struct err *err);
};

/*
 * demo_generate() - hand out everything of one user, folders (parents first), messages
 * from the oldest to the newest of each folder, events
 * @user:     "alice", "bob"; any other name gets special folders alone
 * @now_unix: what dates are relative to
 * Errors: those of the sink.
 */
MUST_CHECK bool demo_generate(const char *user, int64_t now_unix,
			      const struct demo_sink *sink, struct err *err);

/* The parts of it; see demo_generate(). */
MUST_CHECK bool demo_folders(const char *user, int64_t now_unix,
			     const struct demo_sink *sink, struct err *err);
MUST_CHECK bool demo_mails(const char *user, int64_t now_unix,
			   const struct demo_sink *sink, struct err *err);
MUST_CHECK bool demo_events(const char *user, int64_t now_unix,
			    const struct demo_sink *sink, struct err *err);

#endif
