/* Names of directories and files in a vdir. Pure. */
#ifndef CALENDAR_FILES_NAME_H
#define CALENDAR_FILES_NAME_H

#include "base/strbuf.h"

/* files_name_dir() - a folder's name as one safe directory name */
void files_name_dir(const char *folder, struct strbuf *out);
/* files_name_event() - "UID.ics", or a hash of a UID that is long or has odd characters
 */
void files_name_event(const char *uid, struct strbuf *out);
/* A name that no UID has: for when the first is taken. */
void files_name_other(const char *item_id, struct strbuf *out);

#endif
