/*
 * Commands: see command.h. Like popen(), but with an end. The command shares our terminal
 * and process group, since it may ask a person for something.
 */
#include "base/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crypto.h"

extern char **environ;

static bool spawn(const char *command, int out, pid_t *pid_r)
{
	char *argv[] = { "sh", "-c", (char *)command, NULL };
	posix_spawn_file_actions_t actions;
	bool ok;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	ok = posix_spawn(pid_r, "/bin/sh", &actions, NULL, argv, environ) == 0;
	posix_spawn_file_actions_destroy(&actions);
	return ok;
}

/* Return: false when it took too long. */
static bool read_all(int fd, int64_t until_ms, struct strbuf *out)
{
	char part[512];
	ssize_t got = 1;

	while (got > 0) {
		struct pollfd poller = { .fd = fd, .events = POLLIN };
		int64_t left_ms = until_ms - clock_mono_ms();

		if (left_ms <= 0)
			return false;
		if (poll(&poller, 1, (int)MIN_OF(left_ms, INT32_MAX)) <= 0)
			continue;
		got = read(fd, part, sizeof(part));
		if (got > 0)
			strbuf_add_mem(out, part, (size_t)got);
		else if (got < 0 && (errno == EINTR || errno == EAGAIN))
			got = 1;
	}
	crypto_wipe(part, sizeof(part));
	return true;
}

/* Return: as above. */
static bool wait_for(pid_t pid, int64_t until_ms, int *status_r)
{
	pid_t done = 0;

	while (done == 0 && clock_mono_ms() < until_ms) {
		done = waitpid(pid, status_r, WNOHANG);
		if (done == 0)
			clock_sleep_ms(10);
	}
	return done == pid;
}

static bool run(pid_t pid, int fd, int64_t limit_ms, struct strbuf *out, struct err *err)
{
	int64_t until_ms = clock_mono_ms() + limit_ms;
	int status = 0;

	if (!read_all(fd, until_ms, out) || !wait_for(pid, until_ms, &status)) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		return err_set(err, ERR_BROKEN, "no end within %lld s",
			       (long long)limit_ms / 1000);
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_set(err, ERR_BROKEN, "exit status %d",
			       WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return strbuf_ok(out, err);
}

bool command_output(const char *command, int64_t limit_ms, struct strbuf *out,
		    struct err *err)
{
	int ends[2];
	pid_t pid;
	bool fine;

	if (pipe(ends) != 0)
		return err_errno(err, ERR_BROKEN, errno, "cannot run it");
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	fine = spawn(command, ends[1], &pid);
	close(ends[1]);
	fine = fine ? run(pid, ends[0], limit_ms, out, err)
		    : err_set(err, ERR_BROKEN, "cannot run it");
	close(ends[0]);
	return fine;
}
