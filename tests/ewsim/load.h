/* Filling mailboxes of ewsim from somewhere. Before the server starts, or with the lock
 * of the model held. */
#ifndef EWSIM_LOAD_H
#define EWSIM_LOAD_H

#include "base/err.h"
#include "tests/ewsim/model.h"

/*
 * load_demo() - the sample mailbox of @user, special folders renamed
 * @name:     "alice", "bob"; another name leaves the mailbox with its usual folders
 * @now_unix: what dates are relative to
 */
MUST_CHECK bool load_demo(struct sim_user *user, const char *name, int64_t now_unix,
			  struct err *err);

/*
 * load_directory() - a mailbox from files
 * @path: a directory per mail folder, nested ones are subfolders; *.eml are messages in
 *        the order of their names, *.ics calendar items. A directory named as a
 *        distinguished folder ("inbox", "sentitems", ...; also "INBOX") is that folder;
 *        .eml files directly in @path go to the inbox, .ics files to the calendar. A
 *        directory with .ics files and without .eml files becomes a calendar.
 * What can't be read is told in the log and left out, a file that is no calendar too.
 * Errors: ERR_NOT_FOUND no such directory; ERR_BROKEN.
 */
MUST_CHECK bool load_directory(struct sim_user *user, const char *path, struct err *err);

/*
 * load_ics() - the events of an iCalendar text into @calendar
 * @count_r: how many items that made
 * Errors: ERR_SYNTAX not a calendar.
 */
MUST_CHECK bool load_ics(struct sim_folder *calendar, struct str text, size_t *count_r,
			 struct err *err);

#endif
