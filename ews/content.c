/* Sinks and sources over memory and files: see content.h. */
#include "ews/content.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static bool buffer_write(void *context, struct str bytes, struct err *err)
{
	strbuf_add(context, bytes);
	return strbuf_ok(context, err);
}

static bool buffer_restart(void *context, struct err *err)
{
	strbuf_reset(context);
	return true;
}

struct ews_sink ews_sink_buffer(struct strbuf *buffer)
{
	return (struct ews_sink){ buffer_write, buffer_restart, buffer };
}

static bool fd_write(void *context, struct str bytes, struct err *err)
{
	const int *fd = context;

	while (bytes.len > 0) {
		ssize_t n = write(*fd, bytes.p, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(err, ERR_BROKEN, "cannot write the content: %s",
				       strerror(errno));
		bytes = str_sub(bytes, (size_t)n, bytes.len);
	}
	return true;
}

static bool fd_restart(void *context, struct err *err)
{
	const int *fd = context;

	if (lseek(*fd, 0, SEEK_SET) == 0 && ftruncate(*fd, 0) == 0)
		return true;
	return err_set(err, ERR_BROKEN, "cannot begin the content anew: %s",
		       strerror(errno));
}

struct ews_sink ews_sink_fd(const int *fd)
{
	return (struct ews_sink){ fd_write, fd_restart, (void *)fd };
}

static bool bytes_read(void *context, uint64_t offset, char *into, size_t size,
		       struct err *err)
{
	const struct str *bytes = context;

	memcpy(into, bytes->p + offset, size);
	return true;
}

struct ews_source ews_source_bytes(const struct str *bytes)
{
	return (struct ews_source){ bytes_read, (void *)bytes, bytes->len };
}

static bool fd_read(void *context, uint64_t offset, char *into, size_t size,
		    struct err *err)
{
	const int *fd = context;

	while (size > 0) {
		ssize_t n = pread(*fd, into, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(err, ERR_BROKEN, "cannot read the content: %s",
				       n < 0 ? strerror(errno) : "it is shorter");
		into += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return true;
}

struct ews_source ews_source_fd(const int *fd, uint64_t size_bytes)
{
	return (struct ews_source){ fd_read, (void *)fd, size_bytes };
}
