/*
 * Calendars as files: below the account's calendar-dir a directory for each calendar
 * with one .ics file for each event (a vdir), and beside it one merged read-only file
 * for each calendar. Downward only: what people change in these files is saved aside
 * when the server's version is written over it.
 */
#ifndef CALENDAR_FILES_H
#define CALENDAR_FILES_H

#include <stdbool.h>

#include "base/err.h"

struct account;
struct calendar_files;

/*
 * calendar_files_start() - make the directories, start the thread that keeps them current
 * @account: with calendar_dir configured; must outlive the files
 * Errors: ERR_DENIED, ERR_BROKEN the directories cannot be made; no thread.
 */
MUST_CHECK bool calendar_files_start(struct account *account,
				     struct calendar_files **files_r, struct err *err);
/* Waits for the file that is being written; NULL is fine. */
void calendar_files_stop(struct calendar_files *files);

#endif
