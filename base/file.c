/* Whole files: see file.h. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail_point.h"
#include "base/mem.h"
#include "base/random.h"

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

bool file_read(const char *path, struct strbuf *out, struct err *err)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char part[16384];
	ssize_t got;

	if (fd < 0)
		return err_errno(err,
				 errno == ENOENT   ? ERR_NOT_FOUND
				 : errno == EACCES ? ERR_DENIED
						   : ERR_BROKEN,
				 errno, "%s", path);
	while ((got = read(fd, part, sizeof(part))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(err, ERR_BROKEN, errno, "%s", path);
		strbuf_add_mem(out, part, (size_t)got);
		if (out->overflow)
			break;
	}
	return strbuf_ok(out, err) || err_prefix(err, "%s", path);
}

static bool write_all(int fd, struct str s)
{
	while (s.len) {
		ssize_t put = write(fd, s.p, s.len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		s = str_sub(s, (size_t)put, s.len);
	}
	return true;
}

static void temp_name(const char *path, struct strbuf *temp, struct strbuf *dir)
{
	const char *slash = strrchr(path, '/');
	size_t dir_len = slash ? (size_t)(slash - path) + 1 : 0;

	strbuf_add_mem(dir, path, dir_len);
	if (!dir_len)
		strbuf_add(dir, STR("./"));
	strbuf_add(temp, strbuf_str(dir));
	strbuf_addc(temp, '.');
	random_hex(8, temp);
	strbuf_add(temp, STR(".tmp"));
}

static bool sync_dir(const char *dir)
{
	CLEANUP(close_fd) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && fsync(fd) == 0;
}

bool file_replace(const char *path, struct str content, unsigned mode, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf temp = STRBUF(8192), dir = STRBUF(4096);
	CLEANUP(close_fd) int fd = -1;
	int failed;

	temp_name(path, &temp, &dir);
	if (!strbuf_ok(&temp, err))
		return false;
	fd = open(strbuf_cstr(&temp), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return err_errno(err, ERR_BROKEN, errno, "%s", strbuf_cstr(&temp));
	if (fchmod(fd, mode) == 0 && write_all(fd, content) && fsync(fd) == 0) {
		FAIL_POINT("file.written");
		if (rename(strbuf_cstr(&temp), path) == 0 &&
		    sync_dir(strbuf_cstr(&dir))) {
			FAIL_POINT("file.renamed");
			return true;
		}
	}
	failed = errno;
	unlink(strbuf_cstr(&temp));
	return err_errno(err, ERR_BROKEN, failed, "%s", path);
}

bool file_make_dirs(const char *path, unsigned mode, struct err *err)
{
	CLEANUP(mem_free_ptr) char *copy = mem_strdup(path);

	for (char *c = copy + 1;; c++) {
		char was = *c;

		if (was != '/' && was != '\0')
			continue;
		*c = '\0';
		if (mkdir(copy, mode) != 0 && errno != EEXIST)
			return err_errno(err, ERR_BROKEN, errno, "%s", copy);
		*c = was;
		if (was == '\0')
			return true;
	}
}
