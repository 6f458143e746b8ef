/* One calendar as a directory of files, inside calendar/files*.c. */
#ifndef CALENDAR_FILES_BOX_H
#define CALENDAR_FILES_BOX_H

#include "bridge/store_sync.h"
#include "calendar/zone.h"

/* What all calendars of an account share; the thread's own. */
struct files_context {
	struct store *store;
	struct zone_set zones;
	char *who; /* for the log */
	char *own_address;
	char *root; /* calendar-dir */
	char *merged_dir;
};

struct files_box {
	bool there; /* the store has its folder: not before a lost cache is read again */
	int64_t id;
	char *dir; /* name below root */
	char *title; /* display name */
	uint64_t stamp; /* files hold every change up to here */
	bool complete; /* the store knows every event: else none is taken for gone */
	bool listed; /* the whole calendar was looked at since the start */
	bool merged_stale;
	int64_t held_until_ms; /* monotonic; 0: no deletions are held */
};
void files_box_finish(struct files_box *box);

/*
 * files_box_update() - bring the directory in line with the store
 * @whole: look at every event and file, not only at what changed
 * Many deletions at once are held: held_until_ms says when to come again with @whole.
 * Errors: of the store or the disk. Blocks: disk.
 */
MUST_CHECK bool files_box_update(struct files_context *context, struct files_box *box,
				 bool whole, struct err *err);
/* files_box_merge() - write the merged file if its text changed. */
MUST_CHECK bool files_box_merge(struct files_context *context, struct files_box *box,
				struct err *err);
/* files_box_retire() - the calendar is gone: its directory is moved out of the root. */
void files_box_retire(struct files_context *context, const struct files_box *box);

#endif
