/*
 * Content of any size, never whole in memory: sinks take decoded octets as they arrive,
 * sources give octets that are encoded as they leave.
 */
#ifndef EWS_CONTENT_H
#define EWS_CONTENT_H

#include <stdint.h>

#include "base/err.h"
#include "base/macros.h"
#include "base/strbuf.h"

struct ews_sink {
	/* Takes @bytes, at most some 64 KiB. False with @err set ends the item. */
	bool (*write)(void *context, struct str bytes, struct err *err);
	/* Forget what was written: it comes again from its start. NULL: it cannot, and
	 * then a broken connection fails the call instead of being tried again. */
	bool (*restart)(void *context, struct err *err);
	void *context;
};

struct ews_source {
	/* Fills @into with the @size octets from @offset on; any offset may be asked for
	 * again. False with @err set fails the call. */
	bool (*read)(void *context, uint64_t offset, char *into, size_t size,
		     struct err *err);
	void *context;
	uint64_t size_bytes; /* of the whole */
};

/* ews_sink_buffer() - into @buffer, up to its ceiling (ERR_LIMIT). */
struct ews_sink ews_sink_buffer(struct strbuf *buffer);
/* ews_sink_fd() - into a file open for writing, from its start; @fd lives on. Errors:
 * ERR_BROKEN disk. */
struct ews_sink ews_sink_fd(const int *fd);

/* ews_source_bytes() - @bytes lives until the call is over. */
struct ews_source ews_source_bytes(const struct str *bytes);
/* ews_source_fd() - a file open for reading, its first @size_bytes; @fd lives on. Errors:
 * ERR_BROKEN disk, or the file is shorter. */
struct ews_source ews_source_fd(const int *fd, uint64_t size_bytes);

#endif
