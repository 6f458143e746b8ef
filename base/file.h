/* Whole files: read with a ceiling, replace so that readers see the old or the new. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>

#include "base/strbuf.h"

/*
 * file_read() - append the whole file to @out
 * Errors: ERR_NOT_FOUND, ERR_DENIED, ERR_LIMIT (over out's ceiling), ERR_BROKEN.
 */
MUST_CHECK bool file_read(const char *path, struct strbuf *out, struct err *err);

/*
 * file_replace() - write a temporary file beside @path, fsync, rename, fsync the
 * directory
 * @mode: permission bits, e.g. 0600, whatever the umask
 * The temporary name starts with a dot and ends in ".tmp".
 * Errors: ERR_BROKEN.
 */
MUST_CHECK bool file_replace(const char *path, struct str content, unsigned mode,
			     struct err *err);

/* file_make_dirs() - mkdir -p with @mode for the directories that are missing. */
MUST_CHECK bool file_make_dirs(const char *path, unsigned mode, struct err *err);

#endif
