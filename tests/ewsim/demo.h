/*
 * The sample mailbox: invented folders, mail and calendars for the users of a
 * demonstration. A pure function of the user and of "now", handed out through a sink, so
 * that it knows nothing of how the server keeps it.
 */
#ifndef EWSIM_DEMO_H
#define EWSIM_DEMO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "tests/ewsim/model.h"

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

struct demo_sink {
	void *arg;
	bool (*folder)(void *arg, const struct demo_folder *f, struct err *err);
	bool (*message)(void *arg, const struct demo_message *m, struct err *err);
	/* @folder: key of a calendar */
	bool (*event)(void *arg, const char *folder, const struct sim_event *e,
		      struct err *err);
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
