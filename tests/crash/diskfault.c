/*
 * A library for LD_PRELOAD: makes the disk fail, or the process die, at chosen writes
 * below one directory. What is chosen stands in a small file that the test maps too, so
 * that it can change its mind while the daemon runs.
 *
 *   DISKFAULT_DIR=/path      only files below it
 *   DISKFAULT_CONTROL=FILE   struct control
 *
 * Every call that changes a file counts: open with O_CREAT of a new file, write, pwrite,
 * ftruncate, fallocate, fsync, fdatasync, rename, unlink, mkdir.
 */
#define _GNU_SOURCE
#undef _FILE_OFFSET_BITS /* open and open64 are two functions here */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum op {
	OP_WRITE = 1,
	OP_SYNC = 2,
	OP_TRUNCATE = 4,
	OP_RENAME = 8,
	OP_UNLINK = 16,
	OP_CREATE = 32,
};

struct control { /* tests/crash/rig.py knows this layout */
	uint32_t ops; /* 0: do nothing, not even count */
	uint32_t error; /* errno; 0: SIGKILL; UINT32_MAX: count only */
	uint32_t skip; /* this many pass first */
	uint32_t limit; /* this many fail */
	uint32_t seen, fired; /* since the test zeroed them */
	uint32_t torn; /* a failing write writes the first half */
	char match[100]; /* in the path; "": all */
};

static struct control *control;
static const char *dir;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("DISKFAULT_CONTROL");
	int fd;

	dir = getenv("DISKFAULT_DIR");
	if (!dir || !path)
		return;
	fd = REAL(open)(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		abort();
	control = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (control == MAP_FAILED)
		abort();
	close(fd);
}

/* Return: is this call to fail? errno is set then. */
static int hit(enum op op, const char *path)
{
	uint32_t n;

	if (!control || !(control->ops & op) || strncmp(path, dir, strlen(dir)) != 0 ||
	    (control->match[0] && !strstr(path, control->match)))
		return 0;
	n = __atomic_fetch_add(&control->seen, 1, __ATOMIC_RELAXED);
	if (control->error == UINT32_MAX || n < control->skip ||
	    n - control->skip >= control->limit)
		return 0;
	__atomic_fetch_add(&control->fired, 1, __ATOMIC_RELAXED);
	if (control->error == 0)
		kill(getpid(), SIGKILL);
	errno = (int)control->error;
	return 1;
}

static int hit_fd(enum op op, int fd)
{
	char link[64], path[4096];
	ssize_t len;

	if (!control || !(control->ops & op))
		return 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0)
		return 0;
	path[len] = '\0';
	return hit(op, path);
}

ssize_t write(int fd, const void *p, size_t len)
{
	if (!hit_fd(OP_WRITE, fd))
		return REAL(write)(fd, p, len);
	return control->torn && len > 1 ? REAL(write)(fd, p, len / 2) : -1;
}

ssize_t pwrite(int fd, const void *p, size_t len, off_t at)
{
	if (!hit_fd(OP_WRITE, fd))
		return REAL(pwrite)(fd, p, len, at);
	if (control->torn && len > 1 && REAL(pwrite)(fd, p, len / 2, at) < 0)
		return -1;
	errno = (int)control->error;
	return -1;
}

ssize_t pwrite64(int fd, const void *p, size_t len, off64_t at)
{
	return pwrite(fd, p, len, at);
}

int fsync(int fd)
{
	return hit_fd(OP_SYNC, fd) ? -1 : REAL(fsync)(fd);
}

int fdatasync(int fd)
{
	return hit_fd(OP_SYNC, fd) ? -1 : REAL(fdatasync)(fd);
}

int ftruncate(int fd, off_t size)
{
	return hit_fd(OP_TRUNCATE, fd) ? -1 : REAL(ftruncate)(fd, size);
}

int ftruncate64(int fd, off64_t size)
{
	return ftruncate(fd, size);
}

int posix_fallocate(int fd, off_t at, off_t len)
{
	return hit_fd(OP_WRITE, fd) ? errno : REAL(posix_fallocate)(fd, at, len);
}

int rename(const char *from, const char *to)
{
	return hit(OP_RENAME, to) ? -1 : REAL(rename)(from, to);
}

int unlink(const char *path)
{
	return hit(OP_UNLINK, path) ? -1 : REAL(unlink)(path);
}

int mkdir(const char *path, mode_t mode)
{
	return hit(OP_CREATE, path) ? -1 : REAL(mkdir)(path, mode);
}

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;

	if (flags & O_CREAT) {
		va_list list;

		va_start(list, flags);
		mode = va_arg(list, mode_t);
		va_end(list);
		if (REAL(access)(path, F_OK) != 0 && hit(OP_CREATE, path))
			return -1;
	}
	return REAL(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	mode_t mode = 0;

	if (flags & O_CREAT) {
		va_list list;

		va_start(list, flags);
		mode = va_arg(list, mode_t);
		va_end(list);
	}
	return open(path, flags, mode);
}
